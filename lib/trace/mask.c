/* SPDX-License-Identifier: ISC */
#include "trace/mask.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "trace/filter_int.h"

/* Of those that match at a place the first counts; case does not. */
static const struct {
	const char *pattern, *instead;
} masks[] = {
	{ "\"[^\"]*\"", "\"<name>\"" },
	{ "(?<!\\w)'[^']*'(?!\\w)", "'<name>'" },
	{ "(?<!\\w)`[^`]*`(?!\\w)", "`<name>`" },
	/* What mask_text() put there, and placeholders of the log's own. */
	{ "<[a-z]+>", NULL },
	{ "\\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\\b", "<uuid>" },
	{ "\\b(?:op|vm|im)-x?[0-9a-f]{4,}\\b", "<id>" },
	{ "\\b\\d{4}-\\d\\d-\\d\\d(?:[T ]\\d\\d:\\d\\d(?::\\d\\d(?:\\.\\d+)?)?"
	  "(?:Z|[+-]\\d\\d:?\\d\\d)?)?\\b",
	    "<time>" },
	{ "\\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\\b", "<mac>" },
	{ "\\b\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?\\b", "<time>" },
	{ "\\b\\d{1,3}(?:\\.\\d{1,3}){3}(?:/\\d+)?(?::\\d+)?\\b", "<ip>" },
	{ "(?<![\\w:])(?=[0-9a-f:]*\\d)(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}"
	  "(?:/\\d+)?(?![\\w:])",
	    "<ip>" },
	/* It ends before what the sentence goes on with. */
	{ "(?<![\\w/.])(?:~|\\.{1,2}|\xe2\x80\xa6)?/"
	  "(?:[^\\s\"',;:()\\[\\]]*[^\\s\"',;:()\\[\\].])?",
	    "<path>" },
	{ "\\b0x[0-9a-f]+\\b", "<hex>" },
	{ "\\b(?=[a-f]*\\d)(?=\\d*[a-f])[0-9a-f]{8,}\\b", "<hex>" },
	{ "\\d+(?:\\.\\d+)?", "<n>" },
};

struct mask {
	struct regex *any; /* of them; which one is its mark */
	uint64_t undecided;
	struct buf named;
};

struct mask *
mask_new(void)
{
	struct mask *m = xcalloc(1, sizeof(*m));
	_cleanup_buf_ struct buf all = BUF_INIT;
	struct error err = ERROR_INIT;
	size_t at;

	for (size_t i = 0; i < ARRAY_LEN(masks); i++)
		buf_printf(&all, "%s(?:%s)(*MARK:%zu)", i > 0 ? "|" : "",
		    masks[i].pattern, i);
	/* The patterns are ours: it is our fault where they are wrong. */
	if (regex_new(all.data, all.len, true, &m->undecided, &m->any, &at,
		&err) < 0)
		abort();
	return m;
}

struct mask *
mask_free(struct mask *m)
{
	if (m == NULL)
		return NULL;
	regex_free(m->any);
	buf_done(&m->named);
	free(m);
	return NULL;
}

/* ---- names ------------------------------------------------------------- */

static bool
mask__in_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-' ||
	    (unsigned char)c >= 0x80;
}

/* Does that name stand there, and not within a longer one? */
static size_t
mask__name_at(const char *text, size_t at, const char *name)
{
	size_t len = name != NULL ? strlen(name) : 0;

	/* One letter is no name to go by. */
	if (len < 2 || strncmp(text + at, name, len) != 0 ||
	    (at > 0 && mask__in_word(text[at - 1])) ||
	    mask__in_word(text[at + len]))
		return 0;
	return len;
}

static void
mask__names(struct mask *m, const char *text, const char *const *names,
    size_t n)
{
	size_t len;

	buf_reset(&m->named);
	for (size_t at = 0; at < MASK_TEXT_MAX && text[at] != '\0'; at += len) {
		len = 0;
		for (size_t i = 0; i < n && len == 0; i++)
			len = mask__name_at(text, at, names[i]);
		if (len > 0) {
			buf_puts(&m->named, "<name>");
			continue;
		}
		len = 1;
		buf_putc(&m->named, text[at]);
	}
	if (m->named.len > 0)
		text_cut_utf8(m->named.data);
	m->named.len = strlen(buf_str(&m->named));
}

/* ---- all of it --------------------------------------------------------- */

void
mask_text(struct mask *m, const char *text, const char *const *names, size_t n,
    struct buf *out)
{
	struct regex_hit hit;
	const char *s;
	size_t at = 0;

	mask__names(m, text, names, n);
	s = buf_str(&m->named);
	while (at < m->named.len &&
	    regex_find(m->any, s, m->named.len, at, &hit) == 1) {
		const char *instead = hit.mark != NULL
		    ? masks[strtoul(hit.mark, NULL, 10)].instead
		    : NULL;

		buf_put(out, s + at, hit.start - at);
		if (instead != NULL)
			buf_puts(out, instead);
		else
			buf_put(out, s + hit.start, hit.end - hit.start);
		/* None of them matches nothing. */
		at = hit.end;
	}
	buf_put(out, s + at, m->named.len - at);
}
