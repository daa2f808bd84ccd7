/* SPDX-License-Identifier: ISC */
/* Which rows are shown, in which order, and finding one of them. */
#include "model.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "model_int.h"

/* ---- comparing ------------------------------------------------------------
 */

static int
sort__numbers(int64_t a, int64_t b)
{
	return a < b ? 1 : a > b ? -1 : 0; /* the largest first */
}

/* What is unknown comes last. */
static int
sort__texts(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b ? 0 : a == NULL ? 1 : -1;
	return strcmp(a, b);
}

static int
sort__age(const struct model_row *a, const struct model_row *b)
{
	if (a->section == MODEL_ENDED)
		return sort__numbers(b->ago_ns, a->ago_ns);
	return sort__numbers(b->start_ns, a->start_ns);
}

static int
sort__operation(const struct model_row *a, const struct model_row *b)
{
	return sort__texts(a->operation, b->operation);
}

static int
sort__by_vm(const struct model_row *a, const struct model_row *b)
{
	return sort__texts(model_row_vm(a), model_row_vm(b));
}

static int
sort__stage(const struct model_row *a, const struct model_row *b)
{
	return sort__texts(a->stage, b->stage);
}

static int
sort__step(const struct model_row *a, const struct model_row *b)
{
	return sort__numbers((int64_t)a->stage_index, (int64_t)b->stage_index);
}

static int
sort__elapsed(const struct model_row *a, const struct model_row *b)
{
	return sort__numbers(a->elapsed_ns, b->elapsed_ns);
}

static int
sort__in_stage(const struct model_row *a, const struct model_row *b)
{
	return sort__numbers(a->stage_ns, b->stage_ns);
}

static int
sort__eta(const struct model_row *a, const struct model_row *b)
{
	return sort__numbers(a->eta_high_ns, b->eta_high_ns);
}

static int
sort__state(const struct model_row *a, const struct model_row *b)
{
	if (a->section == MODEL_ENDED)
		return sort__numbers(a->status, b->status);
	return sort__numbers(a->state, b->state);
}

static int
sort__calls(const struct model_row *a, const struct model_row *b)
{
	return sort__numbers((int64_t)a->calls, (int64_t)b->calls);
}

static int
sort__id(const struct model_row *a, const struct model_row *b)
{
	return strcmp(a->id.text, b->id.text);
}

static const struct {
	const char *name;
	int (*compare)(const struct model_row *a, const struct model_row *b);
} sort_ways[MODEL_SORT_MAX] = {
	[MODEL_BY_AGE] = { "age", sort__age },
	[MODEL_BY_OPERATION] = { "operation", sort__operation },
	[MODEL_BY_VM] = { "VM", sort__by_vm },
	[MODEL_BY_STAGE] = { "stage", sort__stage },
	[MODEL_BY_STEP] = { "#", sort__step },
	[MODEL_BY_ELAPSED] = { "elapsed", sort__elapsed },
	[MODEL_BY_IN_STAGE] = { "in stage", sort__in_stage },
	[MODEL_BY_ETA] = { "ETA", sort__eta },
	[MODEL_BY_STATE] = { "state", sort__state },
	[MODEL_BY_CALLS] = { "calls", sort__calls },
	[MODEL_BY_ID] = { "op id", sort__id },
};

static int
sort__compare(const void *a, const void *b, void *arg)
{
	const struct model_row *x = a, *y = b;
	const struct model *m = arg;
	int r = m->tree ? sort__by_vm(x, y) : 0;

	if (r != 0)
		return r;
	r = sort_ways[m->sort].compare(x, y);
	if (m->invert)
		r = -r;
	if (r == 0)
		r = sort__age(x, y);
	return r != 0 ? r : sort__id(x, y);
}

static void
sort__rows(struct model *m)
{
	m->listed = false;
	if (m->n_rows == 0)
		return;
	qsort_r(m->rows, m->n_flight, sizeof(*m->rows), sort__compare, m);
	qsort_r(m->rows + m->n_flight, m->n_rows - m->n_flight,
	    sizeof(*m->rows), sort__compare, m);
}

void
model_sort_rows(struct model *m)
{
	/* The operation set gives them by age. */
	m->listed = true;
	if (m->sort != MODEL_BY_AGE || m->invert || m->tree)
		sort__rows(m);
}

void
model_head_rows(struct model *m)
{
	for (size_t i = 0; i < m->n_rows; i++)
		m->rows[i].heads = m->tree &&
		    (i == 0 || i == m->n_flight ||
			sort__by_vm(&m->rows[i - 1], &m->rows[i]) != 0);
}

/* ---- keys -----------------------------------------------------------------
 */

/* A paused picture is sorted as it stands. */
static void
sort__changed(struct model *m)
{
	m->anew = true;
	sort__rows(m);
	model_head_rows(m);
	model_find_selected(m);
}

void
model_sort_next(struct model *m, int by)
{
	int n = (int)m->sort + by;

	m->sort = (enum model_sort)((n + MODEL_SORT_MAX) % MODEL_SORT_MAX);
	sort__changed(m);
}

void
model_sort_invert(struct model *m)
{
	m->invert = !m->invert;
	sort__changed(m);
}

void
model_sort_by(struct model *m, enum model_sort sort)
{
	m->invert = m->sort == sort && !m->invert;
	m->sort = sort;
	sort__changed(m);
}

const char *
model_sort_name(enum model_sort sort)
{
	return sort_ways[sort].name;
}

void
model_filter(struct model *m, struct filter *filter, char *text)
{
	filter_free(m->filter);
	free(m->filter_text);
	m->filter = filter;
	m->filter_text = text;
	m->counts.hidden = 0;
	m->anew = true;
}

/* ---- searching ------------------------------------------------------------
 */

static bool
sort__has(const struct model_row *r, const char *text)
{
	const char *const where[] = { r->operation, r->vm_name, r->vm_id,
		r->image, r->stage, r->error, r->id.text,
		op_status_name(r->status), model_state_name(r->state) };

	for (size_t i = 0; i < ARRAY_LEN(where); i++)
		if (where[i] != NULL && strcasestr(where[i], text) != NULL)
			return true;
	return false;
}

bool
model_search(struct model *m, const char *text, int dir, bool here)
{
	bool set = opid_is_set(&m->selected);
	size_t n = m->n_rows, at = set ? m->cursor : dir > 0 ? 0 : n - 1;

	if (text != m->search)
		xset(&m->search, text);
	for (size_t i = 0; i < n; i++) {
		if (i > 0 || (set && !here))
			at = dir > 0 ? (at + 1) % n : (at + n - 1) % n;
		if (sort__has(&m->rows[at], text)) {
			model_select(m, &m->rows[at].id);
			return true;
		}
	}
	return false;
}
