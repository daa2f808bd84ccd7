/* SPDX-License-Identifier: ISC */
/* What stands behind an operator. */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/when.h"
#include "trace/filter_int.h"

/* A value as it was written: where, and what it says. */
struct value {
	size_t at;    /* of its first byte, quote or slash included */
	bool plain;   /* neither quoted nor in slashes */
	bool pattern; /* in slashes */
	bool caseless;
	struct buf text;
};

static void
value__done(struct value *v)
{
	buf_done(&v->text);
}

/*
 * Up to `end`, which a backslash before it makes an ordinary character; with
 * `twice`, two backslashes are one.  All others stay, for patterns.
 */
static int
value__until(struct filter_parser *p, bool twice, struct buf *ret)
{
	size_t open = p->at;
	char end = p->text[open], c;

	for (p->at++; (c = p->text[p->at]) != end; p->at++) {
		if (c == '\0')
			return filter_fail(p, open, "the closing %c is missing",
			    end);
		if (c == '\\' && p->text[p->at + 1] == end)
			c = p->text[++p->at];
		else if (c == '\\' && p->text[p->at + 1] == '\\' && !twice)
			/* Both, so that the second escapes nothing. */
			buf_putc(ret, p->text[p->at++]);
		else if (c == '\\' && p->text[p->at + 1] == '\\')
			p->at++;
		buf_putc(ret, c);
	}
	p->at++;
	return 0;
}

int
filter_quoted(struct filter_parser *p, struct buf *ret)
{
	return value__until(p, true, ret);
}

/* The letters behind a pattern's closing slash. */
static int
value__flags(struct filter_parser *p, struct value *v)
{
	for (; filter_word(p) > 0; p->at++) {
		if (p->text[p->at] != 'i')
			return filter_fail(p, p->at,
			    "the only letter behind a pattern is i: upper and "
			    "lower case are the same");
		v->caseless = true;
	}
	return 0;
}

static bool
value__is_keyword(const char *s, size_t len)
{
	return (len == 3 && strncasecmp(s, "and", 3) == 0) ||
	    (len == 3 && strncasecmp(s, "not", 3) == 0) ||
	    (len == 2 && strncasecmp(s, "or", 2) == 0);
}

static int
value__read(struct filter_parser *p, bool matching, struct value *v)
{
	const char *s;
	size_t len;

	filter_skip_blanks(p);
	v->at = p->at;
	s = p->text + p->at;
	/* A pattern keeps its backslashes, whatever it stands in. */
	if (*s == '"' || *s == '\'')
		return value__until(p, !matching, &v->text);
	if (*s == '/' && !matching)
		return filter_fail(p, p->at,
		    "a pattern in slashes needs ~ or !~; put a text that "
		    "begins so in quotes");
	if (*s == '/') {
		v->pattern = true;
		if (value__until(p, false, &v->text) < 0)
			return -EINVAL;
		return value__flags(p, v);
	}
	v->plain = true;
	len = strcspn(s, " \t\r\n()\"'");
	if (len == 0 || value__is_keyword(s, len))
		return filter_fail(p, p->at,
		    len == 0 ? "a value is missing here"
			     : "a value is missing here; put the word in "
			       "quotes if it is one");
	buf_put(&v->text, s, len);
	p->at += len;
	return 0;
}

/* ---- by type ----------------------------------------------------------- */

/* Where in the expression the byte of a pattern stands. */
static size_t
value__place(const struct filter_parser *p, const struct value *v,
    size_t offset)
{
	const char *s = p->text + v->at;
	char end = v->plain ? '\0' : *s;
	size_t at = v->plain ? 0 : 1;

	while (offset-- > 0) {
		/* Only an escaped end was shortened. */
		if (s[at] == '\\' && s[at + 1] == end && !v->plain)
			at++;
		else if (s[at] == '\\' && s[at + 1] == '\\' && offset > 0) {
			at++;
			offset--;
		}
		at++;
	}
	return v->at + at;
}

static int
value__pattern(struct filter_parser *p, const struct value *v,
    struct filter_node *n)
{
	struct error why = ERROR_INIT;
	size_t offset = 0;

	if (regex_new(buf_str(&v->text), v->text.len, v->caseless,
		&p->f->undecided, &n->regex, &offset, &why) < 0)
		return filter_fail(p, value__place(p, v, offset),
		    "in this pattern: %s", why.text);
	return 0;
}

/* The status that the value is: one of a fixed set, so a typo is told. */
static int
value__status(struct filter_parser *p, const struct value *v,
    struct filter_node *n)
{
	const char *status = filter_status(buf_str(&v->text), v->text.len);
	const char *near;

	if (status != NULL) {
		n->text = xstrdup(status);
		return 0;
	}
	near = filter_nearest(buf_str(&v->text), v->text.len, true);
	if (near != NULL)
		return filter_fail(p, v->at,
		    "there is no such status; did you mean \"%s\"?", near);
	return filter_fail(p, v->at,
	    "there is no such status; use running, completed, failed, "
	    "canceled, interrupted or lost");
}

/* A number, duration or time. */
static int
value__number(struct filter_parser *p, const struct value *v,
    struct filter_node *n)
{
	struct error why = ERROR_INIT;
	const char *s = buf_str(&v->text);
	uint64_t number;

	switch (n->field->type) {
	case FILTER_DURATION:
		if (when_parse_span(s, 0, &n->number, &why) < 0)
			return filter_fail(p, v->at, "%s", why.text);
		return 0;
	case FILTER_TIME:
		if (when_parse(s, p->now_ns, &n->number, &why) < 0)
			return filter_fail(p, v->at, "%s", why.text);
		n->text = xstrdup(s);
		p->f->has_times = true;
		return 0;
	default:
		if (!text_parse_u64(s, 0, INT64_MAX, &number))
			return filter_fail(p, v->at,
			    "\"%s\" is no whole number", s);
		n->number = (int64_t)number;
		return 0;
	}
}

int
filter_value(struct filter_parser *p, struct filter_node *n)
{
	_cleanup_(value__done) struct value v = { 0 };
	bool matching = n->op == FILTER_MATCH || n->op == FILTER_NOMATCH;

	if (value__read(p, matching, &v) < 0)
		return -EINVAL;
	if (matching)
		return value__pattern(p, &v, n);
	if (n->field->type != FILTER_TEXT)
		return value__number(p, &v, n);
	if (strcmp(n->field->name, "status") == 0)
		return value__status(p, &v, n);
	n->text = xstrdup(buf_str(&v.text));
	return 0;
}
