/* SPDX-License-Identifier: ISC */
/*
 * The tree as a condition on the table `op`.
 *
 * A NOT is pushed down to the comparisons: they are true or not, and never
 * NULL behind an IS NOT TRUE, so De Morgan's laws hold; and the deepest
 * condition of a list comes first.  Both keep SQLite's parser, whose stack has
 * 100 entries, from needing more than one for each level.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "trace/filter_int.h"

struct sql {
	struct filter_sql *out;
	size_t first;
	int64_t now_ns;
};

/* Adds a parameter and puts its "?N". */
static void
sql__param(struct sql *s, const struct filter_param *param)
{
	struct filter_sql *out = s->out;

	/* Grows by doubling: at 0, 1, 2, 4 ... of them. */
	if ((out->n & (out->n - 1)) == 0)
		out->params = xreallocarray(out->params,
		    out->n == 0 ? 1 : 2 * out->n, sizeof(*out->params));
	buf_printf(&out->where, "?%zu", s->first + out->n);
	out->params[out->n++] = *param;
}

static void
sql__number(struct sql *s, int64_t number)
{
	struct filter_param param = { FILTER_PARAM_NUMBER, number, NULL, NULL };

	sql__param(s, &param);
}

static void
sql__text(struct sql *s, const char *text)
{
	struct filter_param param = { FILTER_PARAM_TEXT, 0, text, NULL };

	sql__param(s, &param);
}

/* The field's expression, with now in its place. */
static void
sql__field(struct sql *s, const char *expression)
{
	const char *at;

	while ((at = strchr(expression, '@')) != NULL) {
		buf_put(&s->out->where, expression, (size_t)(at - expression));
		sql__number(s, s->now_ns);
		expression = at + 1;
	}
	buf_puts(&s->out->where, expression);
}

/* The comparison itself: true, false, or NULL where something is unknown. */
static void
sql__compare(struct sql *s, const struct filter_node *n)
{
	static const char *const ops[FILTER_OP_MAX] = {
		[FILTER_EQ] = " = ",
		[FILTER_NE] = " <> ",
		[FILTER_LT] = " < ",
		[FILTER_LE] = " <= ",
		[FILTER_GT] = " > ",
		[FILTER_GE] = " >= ",
	};
	struct buf *where = &s->out->where;

	if (n->regex != NULL) {
		struct filter_param param = { FILTER_PARAM_REGEX, 0, NULL,
			n->regex };

		buf_puts(where,
		    n->op == FILTER_NOMATCH ? "NOT " FILTER_SQL_MATCH "("
					    : FILTER_SQL_MATCH "(");
		sql__param(s, &param);
		buf_puts(where, ", ");
		sql__field(s, n->field->sql);
		buf_putc(where, ')');
		return;
	}
	sql__field(s, n->field->sql);
	if (n->op == FILTER_HAS)
		return;
	buf_puts(where, ops[n->op]);
	if (n->field->type == FILTER_TEXT)
		sql__text(s, n->text);
	else if (n->number == FILTER_UNKNOWN)
		buf_puts(where, "NULL");
	else
		sql__number(s, n->number);
}

/* Any of the parts: EXISTS is never NULL. */
static void
sql__parts(struct sql *s, const struct filter_node *n, bool negate)
{
	struct buf *where = &s->out->where;

	buf_printf(where, "%sEXISTS (SELECT 1 FROM json_each(op.%s) p WHERE ",
	    negate ? "NOT " : "",
	    n->field->part == FILTER_STAGES ? "stages" : "calls");
	if (n->key != NULL) {
		sql__field(s, n->field->key_sql);
		buf_puts(where, " = ");
		sql__text(s, n->key);
	}
	if (n->key != NULL && n->op != FILTER_HAS)
		buf_puts(where, " AND ");
	if (n->key == NULL || n->op != FILTER_HAS)
		sql__compare(s, n);
	buf_putc(where, ')');
}

static size_t
sql__depth(const struct filter_node *n)
{
	size_t depth = 0, d;

	for (const struct filter_node *c = n->child; c != NULL; c = c->next) {
		d = sql__depth(c);
		if (d > depth)
			depth = d;
	}
	return depth + 1;
}

static void sql__node(struct sql *s, const struct filter_node *n, bool negate);

/* A list, its deepest condition first. */
static void
sql__list(struct sql *s, const struct filter_node *n, bool negate)
{
	const struct filter_node *deepest = n->child;
	size_t most = 0, d;

	for (const struct filter_node *c = n->child; c != NULL; c = c->next) {
		d = sql__depth(c);
		if (d > most) {
			most = d;
			deepest = c;
		}
	}
	buf_putc(&s->out->where, '(');
	sql__node(s, deepest, negate);
	for (const struct filter_node *c = n->child; c != NULL; c = c->next) {
		if (c == deepest)
			continue;
		buf_puts(&s->out->where,
		    (n->kind == FILTER_AND) != negate ? " AND " : " OR ");
		sql__node(s, c, negate);
	}
	buf_putc(&s->out->where, ')');
}

static void
sql__node(struct sql *s, const struct filter_node *n, bool negate)
{
	for (; n->kind == FILTER_NOT; n = n->child)
		negate = !negate;
	if (n->kind != FILTER_TEST) {
		sql__list(s, n, negate);
	} else if (n->field->part != FILTER_WHOLE) {
		sql__parts(s, n, negate);
	} else {
		if (negate)
			buf_putc(&s->out->where, '(');
		sql__compare(s, n);
		if (negate)
			buf_puts(&s->out->where, ") IS NOT TRUE");
	}
}

void
filter_to_sql(struct filter *f, int64_t now_ns, size_t first,
    struct filter_sql *ret)
{
	struct sql s = { ret, first, now_ns };

	filter_set_now(f, now_ns);
	buf_putc(&ret->where, '(');
	sql__node(&s, f->root, false);
	buf_putc(&ret->where, ')');
}

void
filter_sql_done(struct filter_sql *sql)
{
	buf_done(&sql->where);
	free(sql->params);
	sql->params = NULL;
	sql->n = 0;
}
