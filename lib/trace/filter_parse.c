/* SPDX-License-Identifier: ISC */
/*
 * Text to tree:
 *
 *     or      = and { "or" and }
 *     and     = not { "and" not }
 *     not     = "not" not | "(" or ")" | test
 *     test    = WORD | field [ operator value ]
 *     field   = NAME | NAME ":" KEY
 *
 * filter_value.c reads what stands behind an operator.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"
#include "trace/filter_int.h"

static const char parse__name_bytes[] = "abcdefghijklmnopqrstuvwxyz"
					"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					"0123456789_.-";

static const struct {
	const char *text;
	enum filter_op op;
} parse__ops[] = {
	/* The longer of two that begin alike comes first. */
	{ "!=", FILTER_NE },
	{ "!~", FILTER_NOMATCH },
	{ "<=", FILTER_LE },
	{ ">=", FILTER_GE },
	{ "=", FILTER_EQ },
	{ "~", FILTER_MATCH },
	{ "<", FILTER_LT },
	{ ">", FILTER_GT },
};

/* The operators of each type: a bit each, and in words. */
static const struct {
	unsigned ops;
	const char *words;
} parse__types[FILTER_TYPE_MAX] = {
	[FILTER_TEXT] = { 1u << FILTER_EQ | 1u << FILTER_NE |
		1u << FILTER_MATCH | 1u << FILTER_NOMATCH,
	    "a text: use =, !=, ~ or !~" },
	[FILTER_DURATION] = { 1u << FILTER_EQ | 1u << FILTER_NE |
		1u << FILTER_LT | 1u << FILTER_LE | 1u << FILTER_GT |
		1u << FILTER_GE,
	    "a duration: use <, <=, >, >=, = or !=" },
	[FILTER_NUMBER] = { 1u << FILTER_EQ | 1u << FILTER_NE |
		1u << FILTER_LT | 1u << FILTER_LE | 1u << FILTER_GT |
		1u << FILTER_GE,
	    "a number: use <, <=, >, >=, = or !=" },
	[FILTER_TIME] = { 1u << FILTER_LT | 1u << FILTER_LE | 1u << FILTER_GT |
		1u << FILTER_GE,
	    "a time: use <, <=, > or >=" },
	[FILTER_FLAG] = { 0, "a word of its own: no comparison follows it" },
};

int
filter_fail(struct filter_parser *p, size_t at, const char *fmt, ...)
{
	char what[ERROR_TEXT_MAX];
	size_t column = 1, n;
	uint32_t cp;
	va_list ap;

	for (size_t i = 0; i<at; i += n> 0 ? n : 1, column++)
		n = text_utf8_next(p->text + i, at - i, &cp);
	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	*p->ret_at = at;
	return error_set(p->err, -EINVAL, "column %zu: %s", column, what);
}

void
filter_skip_blanks(struct filter_parser *p)
{
	p->at += strspn(p->text + p->at, " \t\r\n");
}

size_t
filter_word(const struct filter_parser *p)
{
	return strspn(p->text + p->at, parse__name_bytes);
}

/* True when that keyword stands at p->at. */
static bool
parse__at(const struct filter_parser *p, const char *keyword)
{
	size_t len = strlen(keyword);

	return filter_word(p) == len &&
	    strncasecmp(p->text + p->at, keyword, len) == 0;
}

static bool
parse__take(struct filter_parser *p, const char *keyword)
{
	if (!parse__at(p, keyword))
		return false;
	p->at += strlen(keyword);
	return true;
}

/* What stands at p->at, short enough for a message. */
static int
parse__unexpected(struct filter_parser *p, const char *wanted)
{
	const char *s = p->text + p->at;
	size_t len = filter_word(p), n;
	uint32_t cp;

	if (*s == '\0')
		return filter_fail(p, p->at, "%s is missing at the end",
		    wanted);
	n = text_utf8_next(s, strlen(s), &cp);
	if (len == 0)
		len = strncmp(s, "&&", 2) == 0 || strncmp(s, "||", 2) == 0 ? 2
		    : n > 0                                                ? n
									   : 1;
	return filter_fail(p, p->at, "%s is missing before \"%.*s\"", wanted,
	    (int)(len < 40 ? len : 40), s);
}

/* ---- one comparison ---------------------------------------------------- */

static bool
parse__operator(struct filter_parser *p, enum filter_op *ret)
{
	for (size_t i = 0; i < ARRAY_LEN(parse__ops); i++) {
		size_t len = strlen(parse__ops[i].text);

		if (strncmp(p->text + p->at, parse__ops[i].text, len) == 0) {
			*ret = parse__ops[i].op;
			p->at += len;
			return true;
		}
	}
	return false;
}

/* A name that is none: says which one is like it. */
static int
parse__unknown(struct filter_parser *p, size_t at, size_t len)
{
	const char *word = p->text + at, *near;
	int shown = (int)(len < 40 ? len : 40);

	near = filter_nearest(word, len, false);
	if (near != NULL)
		return filter_fail(p, at,
		    "there is no field \"%.*s\"; did you mean \"%s\"?", shown,
		    word, near);
	return filter_fail(p, at,
	    "there is no field \"%.*s\"; -q help lists them", shown, word);
}

/* Reads the KEY behind the ":" of a field that has one. */
static int
parse__key(struct filter_parser *p, struct filter_node *n)
{
	_cleanup_buf_ struct buf key = BUF_INIT;
	size_t len;

	p->at++;
	if (p->text[p->at] == '"' || p->text[p->at] == '\'') {
		if (filter_quoted(p, &key) < 0)
			return -EINVAL;
		n->key = xstrdup(buf_str(&key));
		return 0;
	}
	len = filter_word(p);
	if (len == 0)
		return parse__unexpected(p, "a name");
	n->key = xmemdup(p->text + p->at, len);
	p->at += len;
	return 0;
}

/* A status, standing alone, is short for "status = ...". */
static bool
parse__status(struct filter_node *n, const char *word, size_t len)
{
	const char *status = filter_status(word, len);

	if (status == NULL)
		return false;
	n->field = filter_field("status", strlen("status"), false);
	n->op = FILTER_EQ;
	n->text = xstrdup(status);
	return true;
}

/* The operator and the value, where they are due. */
static int
parse__comparison(struct filter_parser *p, struct filter_node *n, size_t at)
{
	size_t op_at;
	bool found;

	filter_skip_blanks(p);
	op_at = p->at;
	found = parse__operator(p, &n->op);
	if (!found && (n->key != NULL || n->field->type == FILTER_FLAG)) {
		n->op = FILTER_HAS;
		return 0;
	}
	if (!found)
		return filter_fail(p, op_at,
		    "a comparison is missing: \"%s\" is %s", n->field->name,
		    parse__types[n->field->type].words);
	if ((parse__types[n->field->type].ops & 1u << n->op) == 0)
		return filter_fail(p, op_at, "\"%.*s\" is %s",
		    (int)strcspn(p->text + at, " \t\r\n=!~<>"), p->text + at,
		    parse__types[n->field->type].words);
	if (strchr("=~<>!", p->text[p->at]) != NULL && p->text[p->at] != '\0')
		return filter_fail(p, op_at,
		    "there is no such operator; use =, !=, ~, !~, <, <=, > "
		    "or >=");
	return filter_value(p, n);
}

static int
parse__test(struct filter_parser *p, struct filter_node **ret)
{
	_cleanup_(filter_node_freep) struct filter_node *n = NULL;
	size_t at = p->at, len = filter_word(p);
	enum filter_op op;

	if (len == 0 || parse__at(p, "and") || parse__at(p, "or"))
		return parse__unexpected(p, "a comparison, such as took > 2s,");
	n = filter_node_new(FILTER_TEST);
	p->at += len;
	if (p->text[p->at] == ':') {
		n->field = filter_field(p->text + at, len, true);
		if (n->field == NULL)
			return filter_fail(p, at,
			    "only stage:NAME and helper:METHOD have a \":\"");
		if (parse__key(p, n) < 0)
			return -EINVAL;
	} else if (parse__status(n, p->text + at, len)) {
		filter_skip_blanks(p);
		len = p->at;
		if (parse__operator(p, &op))
			return filter_fail(p, len, "\"%s\" is %s", n->text,
			    parse__types[FILTER_FLAG].words);
		*ret = steal(&n);
		return 0;
	} else {
		n->field = filter_field(p->text + at, len, false);
		if (n->field == NULL)
			return parse__unknown(p, at, len);
	}
	if (parse__comparison(p, n, at) < 0)
		return -EINVAL;
	*ret = steal(&n);
	return 0;
}

/* ---- the whole --------------------------------------------------------- */

static int parse__or(struct filter_parser *p, struct filter_node **ret);

static int
parse__deeper(struct filter_parser *p)
{
	if (p->depth++ < FILTER_DEPTH_MAX)
		return 0;
	return filter_fail(p, p->at, "more than %d levels of ( and not",
	    FILTER_DEPTH_MAX);
}

static int
parse__group(struct filter_parser *p, struct filter_node **ret)
{
	_cleanup_(filter_node_freep) struct filter_node *inner = NULL;

	if (parse__deeper(p) < 0)
		return -EINVAL;
	p->at++;
	if (parse__or(p, &inner) < 0)
		return -EINVAL;
	if (p->text[p->at] != ')')
		return parse__unexpected(p, "\")\", \"and\" or \"or\"");
	p->at++;
	p->depth--;
	*ret = steal(&inner);
	return 0;
}

static int
parse__not(struct filter_parser *p, struct filter_node **ret)
{
	_cleanup_(filter_node_freep) struct filter_node *n = NULL;

	filter_skip_blanks(p);
	if (p->text[p->at] == '(')
		return parse__group(p, ret);
	if (!parse__at(p, "not"))
		return parse__test(p, ret);
	if (parse__deeper(p) < 0)
		return -EINVAL;
	parse__take(p, "not");
	n = filter_node_new(FILTER_NOT);
	if (parse__not(p, &n->child) < 0)
		return -EINVAL;
	p->depth--;
	*ret = steal(&n);
	return 0;
}

/* One or more of `inner` with the keyword between them. */
static int
parse__list(struct filter_parser *p, enum filter_kind kind, const char *keyword,
    int (*inner)(struct filter_parser *, struct filter_node **),
    struct filter_node **ret)
{
	_cleanup_(filter_node_freep) struct filter_node *n = NULL;
	struct filter_node *first = NULL, **last;

	if (inner(p, &first) < 0)
		return -EINVAL;
	filter_skip_blanks(p);
	if (!parse__at(p, keyword)) {
		*ret = first;
		return 0;
	}
	n = filter_node_new(kind);
	n->child = first;
	for (last = &first->next; parse__take(p, keyword);
	     last = &(*last)->next) {
		if (inner(p, last) < 0)
			return -EINVAL;
		filter_skip_blanks(p);
	}
	*ret = steal(&n);
	return 0;
}

static int
parse__and(struct filter_parser *p, struct filter_node **ret)
{
	return parse__list(p, FILTER_AND, "and", parse__not, ret);
}

static int
parse__or(struct filter_parser *p, struct filter_node **ret)
{
	return parse__list(p, FILTER_OR, "or", parse__and, ret);
}

int
filter_parse(const char *text, int64_t now_ns, struct filter **ret, size_t *at,
    struct error *err)
{
	_cleanup_(filter_freep) struct filter *f = xcalloc(1, sizeof(*f));
	struct filter_parser p = { f, text, 0, 0, now_ns, at, err };

	if (strlen(text) > FILTER_TEXT_MAX)
		return filter_fail(&p, FILTER_TEXT_MAX,
		    "an expression has at most %d bytes", FILTER_TEXT_MAX);
	f->now_ns = now_ns;
	if (parse__or(&p, &f->root) < 0)
		return -EINVAL;
	if (text[p.at] == ')')
		return filter_fail(&p, p.at, "this \")\" has no \"(\"");
	if (text[p.at] != '\0')
		return parse__unexpected(&p, "\"and\" or \"or\"");
	*ret = steal(&f);
	return 0;
}
