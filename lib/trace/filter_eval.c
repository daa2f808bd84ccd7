/* SPDX-License-Identifier: ISC */
/* The tree against an operation in memory. */
#include <string.h>

#include "trace/filter_int.h"

static bool
eval__text(const struct filter_node *n, const char *text)
{
	if (text == NULL)
		return false;
	switch (n->op) {
	case FILTER_EQ:
		return strcmp(text, n->text) == 0;
	case FILTER_NE:
		return strcmp(text, n->text) != 0;
	case FILTER_MATCH:
		return regex_match(n->regex, text, strlen(text)) == 1;
	case FILTER_NOMATCH:
		return regex_match(n->regex, text, strlen(text)) == 0;
	default:
		return false;
	}
}

static bool
eval__number(const struct filter_node *n, int64_t v)
{
	if (v == FILTER_UNKNOWN || n->number == FILTER_UNKNOWN)
		return false;
	switch (n->op) {
	case FILTER_HAS:
		return v != 0;
	case FILTER_EQ:
		return v == n->number;
	case FILTER_NE:
		return v != n->number;
	case FILTER_LT:
		return v < n->number;
	case FILTER_LE:
		return v <= n->number;
	case FILTER_GT:
		return v > n->number;
	case FILTER_GE:
		return v >= n->number;
	default:
		return false;
	}
}

/* Of part i. */
static bool
eval__part(const struct filter_node *n, const struct op *op, size_t i,
    int64_t now_ns)
{
	const struct filter_field *field = n->field;
	const char *key;

	if (n->key != NULL) {
		key = field->key(op, i);
		if (key == NULL || strcmp(key, n->key) != 0)
			return false;
		if (n->op == FILTER_HAS)
			return true;
	}
	if (field->type == FILTER_TEXT)
		return eval__text(n, field->text(op, i));
	return eval__number(n, field->number(op, i, now_ns));
}

static bool
eval__test(const struct filter_node *n, const struct op *op, int64_t now_ns)
{
	size_t parts = n->field->part == FILTER_STAGES ? op->n_stages
	    : n->field->part == FILTER_CALLS           ? op->n_calls
						       : 1;

	for (size_t i = 0; i < parts; i++)
		if (eval__part(n, op, i, now_ns))
			return true;
	return false;
}

static bool
eval__node(const struct filter_node *n, const struct op *op, int64_t now_ns)
{
	switch (n->kind) {
	case FILTER_TEST:
		return eval__test(n, op, now_ns);
	case FILTER_NOT:
		return !eval__node(n->child, op, now_ns);
	case FILTER_AND:
		for (n = n->child; n != NULL; n = n->next)
			if (!eval__node(n, op, now_ns))
				return false;
		return true;
	case FILTER_OR:
		for (n = n->child; n != NULL; n = n->next)
			if (eval__node(n, op, now_ns))
				return true;
		return false;
	}
	return false;
}

bool
filter_match(struct filter *f, const struct op *op, int64_t now_ns)
{
	filter_set_now(f, now_ns);
	return eval__node(f->root, op, now_ns);
}
