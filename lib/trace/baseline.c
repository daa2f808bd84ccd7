/* SPDX-License-Identifier: ISC */
#include "trace/baseline.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/quantile.h"
#include "trace/mask.h"
#include "trace/query.h"

/* Names beyond are left out; an operation has a dozen. */
#define BASELINE_PARTS_MAX 128
/* Slow is what lies so many times the spread beyond the median ... */
#define BASELINE_SPREADS 4
/* ... and by this much of the median, and by this at least. */
#define BASELINE_SHARE 4 /* a quarter */
#define BASELINE_LEAST_NS (2 * NSEC_PER_MSEC)

struct series {
	enum baseline_part part;
	char *name;
	size_t of; /* which operation the last value is of, from 1 */
	size_t n;
	int64_t ns[BASELINE_MAX];
};

struct baseline {
	size_t ops;
	struct series *series;
	size_t n;
};

/* ---- taking them in ---------------------------------------------------- */

static struct series *
baseline__find(const struct baseline *b, enum baseline_part part,
    const char *name)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->series[i].part == part &&
		    strcmp(b->series[i].name, name) == 0)
			return &b->series[i];
	return NULL;
}

static void
baseline__add(struct baseline *b, enum baseline_part part, const char *name,
    int64_t ns)
{
	struct series *s = baseline__find(b, part, name);

	if (ns < 0 || (s == NULL && b->n == BASELINE_PARTS_MAX))
		return;
	if (s == NULL) {
		b->series = xreallocarray(b->series, b->n + 1,
		    sizeof(*b->series));
		s = &b->series[b->n++];
		memset(s, 0, sizeof(*s));
		s->part = part;
		s->name = xstrdup(name);
	}
	if (s->of == b->ops && s->n > 0) {
		s->ns[s->n - 1] += ns;
		return;
	}
	s->of = b->ops;
	if (s->n < BASELINE_MAX)
		s->ns[s->n++] = ns;
}

/* [[name, ..., duration in us, ...], ...] */
static void
baseline__parts(struct baseline *b, enum baseline_part part, const char *json,
    size_t duration_at)
{
	json_t *all = json != NULL ? json_loads(json, 0, NULL) : NULL;
	json_t *one;
	size_t i;

	json_array_foreach(all, i, one)
	{
		const json_t *us = json_array_get(one, duration_at);
		const char *name = json_string_value(json_array_get(one, 0));

		if (name != NULL && json_is_integer(us))
			baseline__add(b, part, name,
			    json_integer_value(us) * NSEC_PER_USEC);
	}
	json_decref(all);
}

static void
baseline__take(void *arg, const struct query_past *past)
{
	struct baseline *b = arg;

	b->ops++;
	baseline__add(b, BASELINE_WHOLE, "", past->duration_ns);
	baseline__parts(b, BASELINE_STAGE, past->stages, 2);
	baseline__parts(b, BASELINE_CALL, past->calls, 4);
}

int
baseline_load(struct store *s, const char *operation, int64_t start_ns,
    struct baseline **ret, struct error *err)
{
	_cleanup_(baseline_freep) struct baseline *b = xcalloc(1, sizeof(*b));

	if (query_past(s, operation, start_ns, false, BASELINE_MAX,
		baseline__take, b, err) < 0)
		return -1;
	for (size_t i = 0; i < b->n; i++)
		quantile_sort(b->series[i].ns, b->series[i].n);
	*ret = steal(&b);
	return 0;
}

struct baseline *
baseline_free(struct baseline *b)
{
	for (size_t i = 0; b != NULL && i < b->n; i++)
		free(b->series[i].name);
	if (b != NULL)
		free(b->series);
	free(b);
	return NULL;
}

/* ---- asking ------------------------------------------------------------ */

/* Of sorted values; the mean of the two in the middle. */
static int64_t
baseline__median(const int64_t *ns, size_t n)
{
	return n % 2 != 0 ? ns[n / 2]
			  : ns[n / 2 - 1] + (ns[n / 2] - ns[n / 2 - 1]) / 2;
}

void
baseline_stat(const struct baseline *b, enum baseline_part part,
    const char *name, struct baseline_stat *ret)
{
	const struct series *s = baseline__find(b, part,
	    name != NULL ? name : "");
	int64_t away[BASELINE_MAX];

	*ret = (struct baseline_stat){ s != NULL ? s->n : 0, -1, -1, -1 };
	if (ret->n < BASELINE_MIN)
		return;
	ret->median_ns = baseline__median(s->ns, s->n);
	for (size_t i = 0; i < s->n; i++)
		away[i] = llabs(s->ns[i] - ret->median_ns);
	quantile_sort(away, s->n);
	ret->mad_ns = baseline__median(away, s->n);
	if (s->n >= BASELINE_P90_MIN)
		ret->p90_ns = quantile_of(s->ns, s->n, 90);
}

const char *
baseline_name(const struct baseline *b, enum baseline_part part, size_t i)
{
	for (size_t at = 0; at < b->n; at++)
		if (b->series[at].part == part && i-- == 0)
			return b->series[at].name;
	return NULL;
}

bool
baseline_is_slow(const struct baseline_stat *stat, int64_t ns)
{
	int64_t over = ns - stat->median_ns;

	return stat->median_ns >= 0 && over > BASELINE_LEAST_NS &&
	    over > BASELINE_SPREADS * stat->mad_ns &&
	    over > stat->median_ns / BASELINE_SHARE;
}

/* ---- failures ---------------------------------------------------------- */

/* Failures repeat themselves to the letter, and masking costs. */
#define SAME_YES ((void *)1)
#define SAME_NO ((void *)2)

struct same {
	struct mask *mask;
	struct map *known; /* by the text as it was: SAME_YES or SAME_NO */
	struct buf wanted, text;
	struct baseline_same *ret;
};

static bool
baseline__is_same(struct same *same, const char *error)
{
	void *known = map_find(same->known, error);

	if (known == NULL) {
		buf_reset(&same->text);
		mask_text(same->mask, error, NULL, 0, &same->text);
		known = strcmp(buf_str(&same->text), buf_str(&same->wanted)) ==
			0
		    ? SAME_YES
		    : SAME_NO;
		map_put(same->known, error, known);
	}
	return known == SAME_YES;
}

static void
baseline__compare(void *arg, const struct query_past *past)
{
	struct same *same = arg;
	struct baseline_same *ret = same->ret;

	ret->looked++;
	if (past->error == NULL || !baseline__is_same(same, past->error))
		return;
	/* The newest comes first. */
	if (ret->same++ == 0) {
		opid_parse(past->op_id, strlen(past->op_id), &ret->last);
		ret->last_ns = past->start_ns;
	}
	opid_parse(past->op_id, strlen(past->op_id), &ret->first);
	ret->first_ns = past->start_ns;
}

int
baseline_same(struct store *s, const char *operation, const char *error,
    int64_t start_ns, struct baseline_same *ret, struct error *err)
{
	_cleanup_(mask_freep) struct mask *mask = mask_new();
	_cleanup_(map_freep) struct map *known = map_new(NULL);
	struct baseline_same found = { 0 };
	struct same same = { mask, known, BUF_INIT, BUF_INIT, &found };
	int rc;

	mask_text(mask, error, NULL, 0, &same.wanted);
	rc = query_past(s, operation, start_ns, true, 0, baseline__compare,
	    &same, err);
	buf_done(&same.wanted);
	buf_done(&same.text);
	if (rc == 0)
		*ret = found;
	return rc;
}
