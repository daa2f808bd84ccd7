/* SPDX-License-Identifier: ISC */
#include "trace/filter.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/when.h"
#include "trace/filter_int.h"

struct filter_node *
filter_node_new(enum filter_kind kind)
{
	struct filter_node *n = xcalloc(1, sizeof(*n));

	n->kind = kind;
	return n;
}

struct filter_node *
filter_node_free(struct filter_node *n)
{
	struct filter_node *next;

	if (n == NULL)
		return NULL;
	for (struct filter_node *c = n->child; c != NULL; c = next) {
		next = c->next;
		filter_node_free(c);
	}
	free(n->key);
	free(n->text);
	regex_free(n->regex);
	free(n);
	return NULL;
}

struct filter *
filter_free(struct filter *f)
{
	if (f == NULL)
		return NULL;
	filter_node_free(f->root);
	free(f);
	return NULL;
}

uint64_t
filter_undecided(const struct filter *f)
{
	return f->undecided;
}

static void
filter__set_times(struct filter_node *n, int64_t now_ns)
{
	for (struct filter_node *c = n->child; c != NULL; c = c->next)
		filter__set_times(c, now_ns);
	/* It was one when it was parsed; by now it can be out of range. */
	if (n->kind == FILTER_TEST && n->field->type == FILTER_TIME &&
	    when_parse(n->text, now_ns, &n->number, NULL) < 0)
		n->number = FILTER_UNKNOWN;
}

void
filter_set_now(struct filter *f, int64_t now_ns)
{
	if (!f->has_times || f->now_ns == now_ns)
		return;
	f->now_ns = now_ns;
	filter__set_times(f->root, now_ns);
}
