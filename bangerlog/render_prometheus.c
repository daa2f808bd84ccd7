/* SPDX-License-Identifier: ISC */
/*
 * Metrics for node_exporter's textfile collector: counters and histograms of
 * the operations that were asked for, in Prometheus' text format 0.0.4.
 *
 * A family has at most PROM_SERIES_MAX sets of labels, because they come from
 * a log; what is beyond counts under the labels "(other)".
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/text.h"

#include "render.h"

#define PROM_SERIES_MAX 1000

/* Upper bounds in seconds, as they are written. */
static const struct prom_bound {
	const char *text;
	int64_t ns;
} prom_bounds[] = {
	{ "0.001", 1000000 },
	{ "0.005", 5000000 },
	{ "0.01", 10000000 },
	{ "0.05", 50000000 },
	{ "0.1", 100000000 },
	{ "0.25", 250000000 },
	{ "0.5", 500000000 },
	{ "1", 1000000000 },
	{ "2.5", 2500000000 },
	{ "5", 5000000000 },
	{ "10", 10000000000 },
	{ "30", 30000000000 },
	{ "60", 60000000000 },
	{ "120", 120000000000 },
	{ "300", 300000000000 },
};
#define PROM_BOUNDS ARRAY_LEN(prom_bounds)

enum prom_type { PROM_COUNTER, PROM_GAUGE, PROM_HISTOGRAM };
static const char *const prom_types[] = { "counter", "gauge", "histogram" };

enum prom_family {
	PROM_OPERATIONS,
	PROM_IN_FLIGHT,
	PROM_DURATION,
	PROM_STAGE,
	PROM_CALLS,
	PROM_CALL,
	PROM_FAMILIES
};

static const struct prom_info {
	const char *name, *help;
	enum prom_type type;
	const char *labels[2]; /* NULL: fewer */
} prom_infos[PROM_FAMILIES] = {
	[PROM_OPERATIONS] = { "banger_operations_total",
	    "Operations that have ended, by how.", PROM_COUNTER,
	    { "operation", "status" } },
	[PROM_IN_FLIGHT] = { "banger_operations_in_flight",
	    "Operations without an end that are not given up.", PROM_GAUGE,
	    { "operation", NULL } },
	[PROM_DURATION] = { "banger_operation_duration_seconds",
	    "How long operations took, where their end says so.",
	    PROM_HISTOGRAM, { "operation", "status" } },
	[PROM_STAGE] = { "banger_stage_duration_seconds",
	    "How long the stages of ended operations took.", PROM_HISTOGRAM,
	    { "operation", "stage" } },
	[PROM_CALLS] = { "banger_helper_calls_total",
	    "Calls to banger-helper, by how they ended.", PROM_COUNTER,
	    { "method", "status" } },
	[PROM_CALL] = { "banger_helper_call_duration_seconds",
	    "How long calls to banger-helper took.", PROM_HISTOGRAM,
	    { "method", NULL } },
};

struct prom_series {
	uint64_t n;
	double sum;
	uint64_t bucket[PROM_BOUNDS]; /* not yet added up */
};

struct prom {
	struct map *family[PROM_FAMILIES]; /* labels: struct prom_series */
};

static void
prom__begin(struct render *r)
{
	struct prom *p = xcalloc(1, sizeof(*p));

	for (size_t i = 0; i < PROM_FAMILIES; i++)
		p->family[i] = map_new(free);
	r->state = p;
}

/* ---- counting ---------------------------------------------------------- */

/* A label's value; what is not to be printed is made visible first. */
static void
prom__label(struct buf *out, const char *name, const char *value)
{
	_cleanup_buf_ struct buf safe = BUF_INIT;

	if (value == NULL)
		value = "";
	text_escape(&safe, value, strlen(value), false);
	buf_printf(out, "%s%s=\"", out->len > 0 ? "," : "", name);
	for (const char *s = buf_str(&safe); *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			buf_putc(out, '\\');
		buf_putc(out, *s);
	}
	buf_putc(out, '"');
}

static struct prom_series *
prom__series(struct prom *p, enum prom_family f, const char *a, const char *b)
{
	const struct prom_info *info = &prom_infos[f];
	_cleanup_buf_ struct buf labels = BUF_INIT;
	struct prom_series *s;

	prom__label(&labels, info->labels[0], a);
	if (info->labels[1] != NULL)
		prom__label(&labels, info->labels[1], b);
	s = map_find(p->family[f], buf_str(&labels));
	if (s != NULL)
		return s;
	if (map_len(p->family[f]) >= PROM_SERIES_MAX &&
	    (a == NULL || strcmp(a, "(other)") != 0))
		return prom__series(p, f, "(other)", "(other)");
	s = xcalloc(1, sizeof(*s));
	map_put(p->family[f], buf_str(&labels), s);
	return s;
}

static void
prom__observe(struct prom_series *s, int64_t ns)
{
	if (ns < 0)
		return;
	s->n++;
	s->sum += (double)ns / 1e9;
	for (size_t i = 0; i < PROM_BOUNDS; i++) {
		if (ns <= prom_bounds[i].ns) {
			s->bucket[i]++;
			break;
		}
	}
}

static void
prom__op(struct render *r, const struct render_job *job)
{
	struct prom *p = r->state;
	const struct op *op = job->trace->op;
	const char *status = op_status_name(op->status);

	for (size_t i = 0; i < op->n_calls; i++) {
		const struct op_call *c = &op->calls[i];

		prom__series(p, PROM_CALLS, c->method,
		    c->failed ? "failed" : "completed")
		    ->n++;
		prom__observe(prom__series(p, PROM_CALL, c->method, NULL),
		    c->duration_ns);
	}
	if (op->status == OP_RUNNING) {
		prom__series(p, PROM_IN_FLIGHT, op->name, NULL)->n++;
		return;
	}
	prom__series(p, PROM_OPERATIONS, op->name, status)->n++;
	if (op->duration_ns >= 0)
		prom__observe(prom__series(p, PROM_DURATION, op->name, status),
		    op->duration_ns);
	for (size_t i = 0; i < op->n_stages; i++)
		if (op->stages[i].duration_ns >= 0 &&
		    (op->status != OP_INTERRUPTED || i + 1 < op->n_stages))
			prom__observe(prom__series(p, PROM_STAGE, op->name,
					  op->stages[i].name),
			    op->stages[i].duration_ns);
}

/* ---- writing ----------------------------------------------------------- */

static void
prom__histogram(struct buf *out, const char *name, const char *labels,
    const struct prom_series *s)
{
	uint64_t n = 0;

	for (size_t i = 0; i < PROM_BOUNDS; i++) {
		n += s->bucket[i];
		buf_printf(out, "%s_bucket{%s,le=\"%s\"} %" PRIu64 "\n", name,
		    labels, prom_bounds[i].text, n);
	}
	buf_printf(out, "%s_bucket{%s,le=\"+Inf\"} %" PRIu64 "\n", name, labels,
	    s->n);
	buf_printf(out, "%s_sum{%s} %.6f\n", name, labels, s->sum);
	buf_printf(out, "%s_count{%s} %" PRIu64 "\n", name, labels, s->n);
}

static int
prom__by_labels(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
prom__family(struct buf *out, const struct prom_info *info,
    const struct map *family)
{
	size_t n = 0, pos = 0;
	_cleanup_free_ const char **labels = xcalloc(map_len(family) + 1,
	    sizeof(*labels));

	buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", info->name, info->help,
	    info->name, prom_types[info->type]);
	while (map_next(family, &pos, &labels[n]) != NULL)
		n++;
	qsort(labels, n, sizeof(*labels), prom__by_labels);
	for (size_t i = 0; i < n; i++) {
		const struct prom_series *s = map_find(family, labels[i]);

		if (info->type == PROM_HISTOGRAM)
			prom__histogram(out, info->name, labels[i], s);
		else
			buf_printf(out, "%s{%s} %" PRIu64 "\n", info->name,
			    labels[i], s->n);
	}
}

static void
prom__end(struct render *r)
{
	const struct prom *p = r->state;

	for (size_t i = 0; i < PROM_FAMILIES; i++)
		if (map_len(p->family[i]) > 0)
			prom__family(r->out, &prom_infos[i], p->family[i]);
}

static void
prom__done(struct render *r)
{
	struct prom *p = r->state;

	for (size_t i = 0; p != NULL && i < PROM_FAMILIES; i++)
		map_free(p->family[i]);
	free(p);
}

const struct renderer render_prometheus = {
	.name = "prometheus",
	.about = "metrics for the textfile collector",
	.flags = RENDER_MANY,
	.begin = prom__begin,
	.op = prom__op,
	.end = prom__end,
	.done = prom__done,
};
