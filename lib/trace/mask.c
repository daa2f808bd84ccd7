/* SPDX-License-Identifier: ISC */
#include "trace/mask.h"

#include <assert.h>

#include "base/mem.h"
#include "trace/filter_int.h"

/*
 * Of those that match at one place the first counts.  Groups within a pattern
 * must be (?:...): the number of the row is the number of its group.
 */
static const struct mask_row {
	const char *pattern;
	const char *put; /* NULL: it says what failed, and stays */
} mask_rows[] = {
	{ "\\b(?:status|signal|errno|code|error) -?\\d+\\b", NULL },
	{ "\\bop-[A-Za-z0-9_-]{1,125}", "<op>" },
	{ "\"[^\"]*\"|\\x{201c}[^\\x{201d}]*\\x{201d}", "<quoted>" },
	{ "\\b[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){5}\\b", "<mac>" },
	{ "\\b(?:\\d{4}-\\d\\d-\\d\\d[T ])?\\d\\d:\\d\\d:\\d\\d(?:[.,]\\d+)?"
	  "(?:Z|[+-]\\d\\d:?\\d\\d)?",
	    "<time>" },
	{ "\\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\\b",
	    "<uuid>" },
	{ "\\b\\d{1,3}(?:\\.\\d{1,3}){3}(?:/\\d{1,2}|:\\d{1,5})?\\b", "<ip>" },
	{ "(?<![\\w:])(?=[0-9a-fA-F]*:[0-9a-fA-F:]*:)[0-9a-fA-F:]{2,38}"
	  "[0-9a-fA-F](?:/\\d{1,3})?(?!\\w)",
	    "<ip>" },
	{ "(?<![\\w/.~<])~?/[^\\s\"',;:()<>\\[\\]]+", "<path>" },
	{ "\\b0[xX][0-9a-fA-F]+\\b", "<hex>" },
	{ "\\b(?:\\d+(?:\\.\\d+)?(?:ns|us|\\x{b5}s|ms|s|sec|min|m|h|d))+\\b",
	    "<duration>" },
	{ "\\b\\d+(?:\\.\\d+)?\\s?(?:[KMGT]i?)?B\\b", "<size>" },
	/* Eight digits and letters of hex, with both in it: an id. */
	{ "\\b(?=[a-f]*\\d)(?=\\d*[a-f])[0-9a-f]{8,}\\b", "<hex>" },
	/* web1, bg-tap7, vm-62e854db: a word that has a number in it. */
	{ "\\b[A-Za-z_][A-Za-z_-]*\\d[\\w-]*", "<name>" },
	{ "\\d+(?:\\.\\d+)*", "<n>" },
};

struct mask {
	struct filter_regex *re;
	uint64_t undecided;
};

struct mask *
mask_new(void)
{
	struct mask *m = xcalloc(1, sizeof(*m));
	_cleanup_buf_ struct buf all = BUF_INIT;
	size_t at;
	int rc;

	for (size_t i = 0; i < ARRAY_LEN(mask_rows); i++)
		buf_printf(&all, "%s(%s)", i > 0 ? "|" : "",
		    mask_rows[i].pattern);
	rc = filter_regex_new(all.data, all.len, false, &m->undecided, &m->re,
	    &at, NULL);
	assert(rc == 0);
	return m;
}

struct mask *
mask_free(struct mask *m)
{
	if (m != NULL)
		filter_regex_free(m->re);
	free(m);
	return NULL;
}

void
mask_text(struct mask *m, const char *text, size_t len, struct buf *out)
{
	struct filter_hit hit;
	const char *put;
	size_t at = 0;

	if (len > MASK_TEXT_MAX)
		len = MASK_TEXT_MAX;
	/* No row matches the empty text, so each turn goes on. */
	while (at < len && filter_regex_find(m->re, text, len, at, &hit) == 1) {
		put = mask_rows[hit.group - 1].put;
		buf_put(out, text + at, hit.start - at);
		if (put != NULL)
			buf_puts(out, put);
		else
			buf_put(out, text + hit.start, hit.end - hit.start);
		at = hit.end;
	}
	/* The rest, or what was too hard: as it is. */
	buf_put(out, text + at, len - at);
}
