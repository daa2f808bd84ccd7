/* SPDX-License-Identifier: ISC */
/* The reading half of line.h. */
#include "wire/line.h"

#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "base/plain.h"
#include "base/text.h"

#include "line_int.h"

struct reader {
	const char *start, *p, *end;
	struct buf *mem; /* decoded strings; has room for all of them */
	struct error *err;
};

static int
reader__fail(const struct reader *r, const char *what)
{
	return error_set(r->err, -EBADMSG, "byte %zu: %s",
	    (size_t)(r->p - r->start) + 1, what);
}

static void
reader__blanks(struct reader *r)
{
	while (r->p < r->end &&
	    (*r->p == ' ' || *r->p == '\t' || *r->p == '\r' || *r->p == '\n'))
		r->p++;
}

/* Four hex digits at p, or -1. */
static int
reader__hex4(const struct reader *r, const char *p)
{
	int v = 0;

	if (r->end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		char c = p[i];

		v <<= 4;
		if (c >= '0' && c <= '9')
			v |= c - '0';
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			v |= (c | 0x20) - 'a' + 10;
		else
			return -1;
	}
	return v;
}

static void
reader__put_utf8(struct buf *out, uint32_t cp)
{
	if (cp < 0x80) {
		buf_putc(out, (char)cp);
	} else if (cp < 0x800) {
		buf_putc(out, (char)(0xc0 | cp >> 6));
		buf_putc(out, (char)(0x80 | (cp & 0x3f)));
	} else if (cp < 0x10000) {
		buf_putc(out, (char)(0xe0 | cp >> 12));
		buf_putc(out, (char)(0x80 | (cp >> 6 & 0x3f)));
		buf_putc(out, (char)(0x80 | (cp & 0x3f)));
	} else {
		buf_putc(out, (char)(0xf0 | cp >> 18));
		buf_putc(out, (char)(0x80 | (cp >> 12 & 0x3f)));
		buf_putc(out, (char)(0x80 | (cp >> 6 & 0x3f)));
		buf_putc(out, (char)(0x80 | (cp & 0x3f)));
	}
}

/* p stands behind "\u"; a pair of surrogates is one code point. */
static int
reader__unicode(struct reader *r)
{
	int hi = reader__hex4(r, r->p), lo;
	uint32_t cp;

	if (hi < 0)
		return reader__fail(r, "\\u wants four hex digits");
	cp = (uint32_t)hi;
	if (hi >= 0xdc00 && hi <= 0xdfff)
		return reader__fail(r, "lone surrogate");
	if (hi >= 0xd800 && hi <= 0xdbff) {
		if (r->end - r->p < 10 || r->p[4] != '\\' || r->p[5] != 'u')
			return reader__fail(r, "lone surrogate");
		lo = reader__hex4(r, r->p + 6);
		if (lo < 0xdc00 || lo > 0xdfff)
			return reader__fail(r, "lone surrogate");
		cp = 0x10000 + ((cp & 0x3ff) << 10) + ((uint32_t)lo & 0x3ff);
		r->p += 6;
	}
	r->p += 4;
	reader__put_utf8(r->mem, cp);
	return 0;
}

/* p stands behind the backslash. */
static int
reader__escape(struct reader *r)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *at;

	if (r->p == r->end)
		return reader__fail(r, "unfinished string");
	if (*r->p == 'u') {
		r->p++;
		return reader__unicode(r);
	}
	at = *r->p != '\0' ? strchr(from, *r->p) : NULL;
	if (at == NULL)
		return reader__fail(r, "unknown escape");
	buf_putc(r->mem, to[at - from]);
	r->p++;
	return 0;
}

/* Reads a string into mem; p stands on its opening quote. */
static int
reader__string(struct reader *r, const char **ret_text, size_t *ret_len)
{
	size_t at = r->mem->len, n;
	const char *run;
	uint32_t cp;

	r->p++;
	for (;;) {
		run = r->p;
		r->p += plain_run(run, (size_t)(r->end - run));
		buf_put(r->mem, run, (size_t)(r->p - run));
		if (r->p == r->end)
			return reader__fail(r, "unfinished string");
		if (*r->p == '"')
			break;
		if (*r->p == '\\') {
			r->p++;
			if (reader__escape(r) < 0)
				return -EBADMSG;
			continue;
		}
		if ((unsigned char)*r->p < 0x20)
			return reader__fail(r, "raw control character");
		n = text_utf8_next(r->p, (size_t)(r->end - r->p), &cp);
		if (n == 0)
			return reader__fail(r, "invalid UTF-8");
		buf_put(r->mem, r->p, n);
		r->p += n;
	}
	r->p++;
	*ret_text = r->mem->data + at;
	*ret_len = r->mem->len - at;
	buf_putc(r->mem, '\0');
	return 0;
}

static bool
reader__digits(struct reader *r)
{
	const char *from = r->p;

	while (r->p < r->end && *r->p >= '0' && *r->p <= '9')
		r->p++;
	return r->p > from;
}

static int
reader__number(struct reader *r)
{
	if (*r->p == '-')
		r->p++;
	if (r->p < r->end && *r->p == '0')
		r->p++;
	else if (!reader__digits(r))
		return reader__fail(r, "not a value");
	if (r->p < r->end && *r->p == '.') {
		r->p++;
		if (!reader__digits(r))
			return reader__fail(r, "digits wanted after the point");
	}
	if (r->p < r->end && (*r->p == 'e' || *r->p == 'E')) {
		r->p++;
		if (r->p < r->end && (*r->p == '+' || *r->p == '-'))
			r->p++;
		if (!reader__digits(r))
			return reader__fail(r, "digits wanted in the exponent");
	}
	return 0;
}

static int
reader__word(struct reader *r, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(r->end - r->p) < n || memcmp(r->p, word, n) != 0)
		return reader__fail(r, "not a value");
	r->p += n;
	return 0;
}

static int reader__skip(struct reader *r, enum line_type *ret, int depth);

/* Reads a key into mem, and moves to its value. */
static int
reader__key(struct reader *r, const char **ret_text, size_t *ret_len)
{
	if (r->p == r->end || *r->p != '"')
		return reader__fail(r, "key wanted");
	if (reader__string(r, ret_text, ret_len) < 0)
		return -EBADMSG;
	reader__blanks(r);
	if (r->p == r->end || *r->p != ':')
		return reader__fail(r, "':' wanted");
	r->p++;
	reader__blanks(r);
	return 0;
}

/* Checks a key within a nested object. */
static int
reader__skip_key(struct reader *r)
{
	size_t mark = r->mem->len, len;
	const char *text;

	if (reader__key(r, &text, &len) < 0)
		return -EBADMSG;
	r->mem->len = mark;
	return 0;
}

/* Behind the opening bracket: true, and behind the closing one, when empty. */
static bool
reader__is_empty(struct reader *r, char close)
{
	reader__blanks(r);
	if (r->p == r->end || *r->p != close)
		return false;
	r->p++;
	return true;
}

/* Behind a member: 1 and at the next one, or 0 and behind the closing. */
static int
reader__next(struct reader *r, char close, const char *unfinished)
{
	reader__blanks(r);
	if (r->p == r->end)
		return reader__fail(r, unfinished);
	if (*r->p != close && *r->p != ',')
		return reader__fail(r, "',' wanted");
	if (*r->p++ == close)
		return 0;
	reader__blanks(r);
	return 1;
}

/* Checks the members of a nested object or array; p stands on its bracket. */
static int
reader__nested(struct reader *r, int depth)
{
	char open = *r->p++, close = open == '{' ? '}' : ']';
	enum line_type type;
	int more;

	if (depth > LINE_DEPTH_MAX)
		return reader__fail(r, "nested too deep");
	if (reader__is_empty(r, close))
		return 0;
	do {
		if (open == '{' && reader__skip_key(r) < 0)
			return -EBADMSG;
		if (reader__skip(r, &type, depth) < 0)
			return -EBADMSG;
		more = reader__next(r, close, "unfinished value");
	} while (more > 0);
	return more;
}

/* Checks one value of any type and moves behind it. */
static int
reader__skip(struct reader *r, enum line_type *ret, int depth)
{
	size_t mark = r->mem->len, len;
	const char *text;

	if (r->p == r->end)
		return reader__fail(r, "value wanted");
	switch (*r->p) {
	case '"':
		*ret = LINE_STRING;
		if (reader__string(r, &text, &len) < 0)
			return -EBADMSG;
		r->mem->len = mark;
		return 0;
	case '{':
		*ret = LINE_OBJECT;
		return reader__nested(r, depth + 1);
	case '[':
		*ret = LINE_ARRAY;
		return reader__nested(r, depth + 1);
	case 't':
		*ret = LINE_TRUE;
		return reader__word(r, "true");
	case 'f':
		*ret = LINE_FALSE;
		return reader__word(r, "false");
	case 'n':
		*ret = LINE_NULL;
		return reader__word(r, "null");
	default:
		*ret = LINE_NUMBER;
		return reader__number(r);
	}
}

/* Reads one key and value of the line into a. */
static int
reader__attr(struct reader *r, struct line_attr *a)
{
	enum line_type type;
	const char *from;
	size_t len;

	if (reader__key(r, &a->key, &len) < 0)
		return -EBADMSG;
	a->key_len = (uint32_t)len;
	from = r->p;
	a->at = (uint32_t)(from - r->start);
	if (r->p < r->end && *r->p == '"') {
		a->type = LINE_STRING;
		if (reader__string(r, &a->text, &len) < 0)
			return -EBADMSG;
		a->text_len = (uint32_t)len;
		a->span = (uint32_t)(r->p - from);
		return 0;
	}
	if (reader__skip(r, &type, 1) < 0)
		return -EBADMSG;
	a->type = type;
	a->text = r->mem->data + r->mem->len;
	a->text_len = a->span = (uint32_t)(r->p - from);
	buf_put(r->mem, from, a->text_len);
	buf_putc(r->mem, '\0');
	return 0;
}

struct line_attr *
line__attr(struct line *ln)
{
	if (ln->n == ln->cap) {
		ln->cap = ln->cap == 0 ? 16 : ln->cap * 2;
		ln->attrs = xreallocarray(ln->attrs, ln->cap,
		    sizeof(*ln->attrs));
	}
	return &ln->attrs[ln->n];
}

void
line_room(struct line *ln, size_t n)
{
	ln->n = 0;
	if (n <= ln->cap)
		return;
	ln->cap = n;
	ln->attrs = xreallocarray(ln->attrs, ln->cap, sizeof(*ln->attrs));
}

/* Reads the attributes of the one object that the line is. */
static int
reader__object(struct reader *r, struct line *ln)
{
	int more;

	if (r->p == r->end || *r->p != '{')
		return reader__fail(r, "not a JSON object");
	r->p++;
	if (reader__is_empty(r, '}'))
		return 0;
	do {
		if (reader__attr(r, line__attr(ln)) < 0)
			return -EBADMSG;
		ln->n++;
		more = reader__next(r, '}', "unfinished object");
	} while (more > 0);
	return more;
}

int
line__read_any(const char *text, size_t len, struct line *ln, struct error *err)
{
	struct reader r = { text, text, text + len, &ln->mem, err };
	int rc;

	ln->n = 0;
	buf_reset(&ln->mem);
	if (len > LINE_TEXT_MAX)
		return error_set(err, -EMSGSIZE,
		    "too long for a line: %zu bytes", len);
	/*
	 * What is decoded is never longer than its source: each NUL that is
	 * added stands for a quote, a comma or a brace.  With this room the
	 * buffer does not move, and attributes may point into it.
	 */
	buf_reserve(&ln->mem, len + 2);
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		r.p += 3;
	reader__blanks(&r);
	rc = reader__object(&r, ln);
	reader__blanks(&r);
	if (rc == 0 && r.p != r.end)
		rc = reader__fail(&r, "text behind the object");
	if (rc < 0)
		ln->n = 0;
	return rc;
}

int
line_read(const char *text, size_t len, struct line *ln, struct error *err)
{
	return line__scan(text, len, ln) ? 0
					 : line__read_any(text, len, ln, err);
}
