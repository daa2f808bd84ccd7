/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/jsonw.h"
#include "base/table.h"
#include "base/text.h"
#include "trace/baseline.h"
#include "trace/query.h"

#include "align.h"
#include "bangerlog.h"
#include "ref.h"
#include "render_page.h"
#include "style.h"

/* One side: an operation, or what is normal for that of the other side. */
struct side {
	struct query_rows rows;
	struct query_trace t;
	struct baseline *base; /* or NULL */
	int64_t ns;            /* the whole */
	size_t n;              /* samples of the baseline */
	struct parts stages, calls;
};

static void
diff__done(struct side *s)
{
	query_rows_done(&s->rows);
	query_trace_done(&s->t);
	baseline_free(s->base);
	parts_done(&s->stages);
	parts_done(&s->calls);
}

/* ---- the two sides ----------------------------------------------------- */

static int
diff__op(struct store *s, const char *ref, struct side *ret, struct error *err)
{
	const struct op *op;
	int rc = ref_find(s, ref, &ret->rows, err);

	if (rc != CMD_OK)
		return rc;
	if (query_trace(s, ret->rows.rows[0].op_id, &ret->t, err) < 0)
		return -1;
	op = ret->t.op;
	if (op == NULL)
		return error_set(err, -1, "no line of %s is in %s",
		    ret->rows.rows[0].op_id, store_path(s));
	ret->ns = op_elapsed(op, op->last_ns);
	for (size_t i = 0; i < op->n_stages; i++)
		parts_add(&ret->stages, op->stages[i].name,
		    op->stages[i].duration_ns);
	for (size_t i = 0; i < op->n_calls; i++)
		parts_add(&ret->calls, op->calls[i].method,
		    op->calls[i].duration_ns);
	return CMD_OK;
}

static void
diff__medians(const struct baseline *b, enum baseline_part part,
    struct parts *ret)
{
	struct baseline_stat stat;
	const char *name;

	for (size_t i = 0; (name = baseline_name(b, part, i)) != NULL; i++) {
		baseline_stat(b, part, name, &stat);
		/* What few of them have is not normal. */
		if (stat.median_ns >= 0)
			parts_add(ret, name, stat.median_ns);
	}
}

static int
diff__baseline(struct store *s, const struct op *op, struct side *ret,
    struct error *err)
{
	struct baseline_stat stat;

	if (baseline_load(s, op->name != NULL ? op->name : "", op->start_ns,
		&ret->base, err) < 0)
		return -1;
	baseline_stat(ret->base, BASELINE_WHOLE, NULL, &stat);
	if (stat.median_ns < 0)
		return error_set(err, -1,
		    "no baseline: only %zu of the operations before %s went "
		    "well, and %d are wanted; compare it with one: bangerlog "
		    "diff REF %s",
		    stat.n, op->id.text, BASELINE_MIN, op->id.text);
	ret->ns = stat.median_ns;
	ret->n = stat.n;
	diff__medians(ret->base, BASELINE_STAGE, &ret->stages);
	diff__medians(ret->base, BASELINE_CALL, &ret->calls);
	return CMD_OK;
}

/* ---- attributes -------------------------------------------------------- */

typedef void diff_attr_fn(void *arg, const char *name, const char *a,
    const char *b);

static void
diff__attr(const char *name, const char *a, const char *b, diff_attr_fn *fn,
    void *arg)
{
	if (a == NULL ? b != NULL : b == NULL || strcmp(a, b) != 0)
		fn(arg, name, a, b);
}

/* What the two were about, and how they ended, where that differs. */
static void
diff__attrs(const struct op *a, const struct op *b, diff_attr_fn *fn, void *arg)
{
	if (a == NULL)
		return;
	diff__attr("operation", a->name, b->name, fn, arg);
	diff__attr("status", op_status_name(a->status),
	    op_status_name(b->status), fn, arg);
	diff__attr("error", a->error, b->error, fn, arg);
	diff__attr("code", a->code, b->code, fn, arg);
	diff__attr("run", a->run, b->run, fn, arg);
	for (int f = 0; f < FIELD_MAX; f++)
		if (field_is_subject((enum field_id)f))
			diff__attr(field_key((enum field_id)f),
			    op_subject(a, (enum field_id)f),
			    op_subject(b, (enum field_id)f), fn, arg);
}

/* ---- text -------------------------------------------------------------- */

static void
diff__cell_ns(struct table *t, int64_t ns)
{
	char text[CLOCK_DURATION_MAX];

	table_cell(t, ns >= 0 ? clock_format_duration(ns, text) : NULL);
}

static void
diff__row(struct table *t, const struct pair *p)
{
	char text[CLOCK_DURATION_MAX];
	int64_t diff;
	bool known = align_diff(p, &diff);

	table_cell(t, known && align_matters(p->a->ns, diff) ? "*" : "");
	table_cell(t, p->a != NULL ? p->a->name : p->b->name);
	diff__cell_ns(t, p->a != NULL ? p->a->ns : -1);
	diff__cell_ns(t, p->b != NULL ? p->b->ns : -1);
	if (!known) {
		table_cell(t,
		    p->a == NULL       ? "only b"
			: p->b == NULL ? "only a"
				       : NULL);
		table_cell(t, NULL);
		return;
	}
	table_cellf(t, "%s%s", diff < 0 ? "-" : "+",
	    clock_format_duration(diff < 0 ? -diff : diff, text));
	if (p->a->ns > 0)
		table_cellf(t, "%+.0f%%",
		    100.0 * (double)diff / (double)p->a->ns);
	else
		table_cell(t, NULL);
}

static void
diff__table(const char *title, const struct parts *a, const struct parts *b,
    const struct render_style *style, struct buf *out)
{
	const struct table_column columns[] = {
		{ "", 0 },
		{ title, TABLE_SHRINK },
		{ "A", TABLE_RIGHT },
		{ "B", TABLE_RIGHT },
		{ "B-A", TABLE_RIGHT },
		{ "", TABLE_RIGHT },
	};
	_cleanup_(table_freep) struct table *t = table_new(columns,
	    ARRAY_LEN(columns));
	_cleanup_free_ struct pair *pairs = NULL;
	size_t n = align(a, b, &pairs);

	if (n == 0)
		return;
	for (size_t i = 0; i < n; i++)
		diff__row(t, &pairs[i]);
	buf_putc(out, '\n');
	table_print(t, style->width, out);
}

static void
diff__text_attr(void *arg, const char *name, const char *a, const char *b)
{
	struct page *p = arg;
	_cleanup_buf_ struct buf line = BUF_INIT;
	char lead[32];

	buf_puts(p->out, p->n++ == 0 ? "\n" : "");
	snprintf(lead, sizeof(lead), "  %-12s  ", name);
	buf_printf(&line, "%s %s %s", a != NULL ? a : "-",
	    page_mark(p, "\u2192", "->"), b != NULL ? b : "-");
	page_wrap(p, NULL, lead, buf_str(&line));
}

static void
diff__text_side(struct page *p, const char *name, const struct side *s,
    const struct side *other)
{
	char text[CLOCK_DURATION_MAX];
	_cleanup_buf_ struct buf line = BUF_INIT;

	buf_puts(p->out, name);
	buf_putc(p->out, ' ');
	p->t = &s->t;
	if (s->base == NULL) {
		page_title(p);
		buf_printf(&line, "%s", s->t.op->id.text);
	} else {
		buf_printf(&line,
		    "normal: %s (median of the last %zu %s before B that went "
		    "well)",
		    clock_format_duration(s->ns, text), s->n,
		    other->t.op->name);
	}
	page_wrap(p, NULL, s->base == NULL ? "    " : "", buf_str(&line));
}

static void
diff__text(const struct side *a, const struct side *b,
    const struct render_style *style, struct buf *out)
{
	struct render_style narrow = *style;
	struct page p = { .style = &narrow, .out = out };
	struct parts whole[2] = { { NULL, 0 }, { NULL, 0 } };

	narrow.width -= 2;
	diff__text_side(&p, "A", a, b);
	diff__text_side(&p, "B", b, a);
	parts_add(&whole[0], "all of it", a->ns);
	parts_add(&whole[1], "all of it", b->ns);
	diff__table("", &whole[0], &whole[1], style, out);
	parts_done(&whole[0]);
	parts_done(&whole[1]);
	diff__table("STAGE", &a->stages, &b->stages, style, out);
	diff__table("HELPER CALL", &a->calls, &b->calls, style, out);
	diff__attrs(a->t.op, b->t.op, diff__text_attr, &p);
}

/* ---- json -------------------------------------------------------------- */

static void
diff__json_pair(struct jsonw *w, const struct pair *p)
{
	int64_t diff;
	bool known = align_diff(p, &diff);

	jsonw_object(w, NULL);
	jsonw_string(w, "name", p->a != NULL ? p->a->name : p->b->name);
	jsonw_bool(w, "in_a", p->a != NULL);
	jsonw_bool(w, "in_b", p->b != NULL);
	jsonw_ms(w, "a_ms", p->a != NULL ? p->a->ns : -1);
	jsonw_ms(w, "b_ms", p->b != NULL ? p->b->ns : -1);
	jsonw_bool(w, "marked", known && align_matters(p->a->ns, diff));
	jsonw_object_end(w);
}

static void
diff__json_parts(struct jsonw *w, const char *key, const struct parts *a,
    const struct parts *b)
{
	_cleanup_free_ struct pair *pairs = NULL;
	size_t n = align(a, b, &pairs);

	jsonw_array(w, key);
	for (size_t i = 0; i < n; i++)
		diff__json_pair(w, &pairs[i]);
	jsonw_array_end(w);
}

static void
diff__json_attr(void *arg, const char *name, const char *a, const char *b)
{
	struct jsonw *w = arg;

	jsonw_object(w, NULL);
	jsonw_string(w, "name", name);
	jsonw_string(w, "a", a);
	jsonw_string(w, "b", b);
	jsonw_object_end(w);
}

static void
diff__json(const struct side *a, const struct side *b, struct buf *out)
{
	struct jsonw w = JSONW_INIT(out);

	jsonw_object(&w, NULL);
	jsonw_string(&w, "a", a->base == NULL ? a->t.op->id.text : NULL);
	jsonw_string(&w, "b", b->t.op->id.text);
	if (a->base != NULL)
		jsonw_uint(&w, "n", a->n);
	else
		jsonw_null(&w, "n");
	jsonw_ms(&w, "a_ms", a->ns);
	jsonw_ms(&w, "b_ms", b->ns);
	diff__json_parts(&w, "stages", &a->stages, &b->stages);
	diff__json_parts(&w, "helper_calls", &a->calls, &b->calls);
	jsonw_array(&w, "attributes");
	diff__attrs(a->t.op, b->t.op, diff__json_attr, &w);
	jsonw_array_end(&w);
	jsonw_object_end(&w);
	buf_putc(out, '\n');
}

static int
diff__exec(struct cmd_ctx *ctx, struct error *err)
{
	static const char *const formats[] = { "text", "json", NULL };
	_cleanup_(store_freep) struct store *s = NULL;
	_cleanup_(diff__done) struct side a = { .ns = -1 }, b = { .ns = -1 };
	_cleanup_buf_ struct buf out = BUF_INIT;
	bool normal = cmd_given(ctx, "baseline");
	struct render_style style;
	int format, rc;

	if (cmd_choice(ctx, "format", formats, &format, err) < 0 ||
	    style_read(ctx, &style, err) < 0)
		return -1;
	if (ctx->argc != (normal ? 1 : 2))
		return cmd_usage_error(err,
		    "diff wants two operations, or --baseline and one");
	if (bangerlog_open(ctx, &s, err) < 0)
		return -1;
	rc = diff__op(s, ctx->argv[normal ? 0 : 1], &b, err);
	if (rc == CMD_OK)
		rc = normal ? diff__baseline(s, b.t.op, &a, err)
			    : diff__op(s, ctx->argv[0], &a, err);
	if (rc != CMD_OK)
		return rc;
	if (format == 0)
		diff__text(&a, &b, &style, &out);
	else
		diff__json(&a, &b, &out);
	fwrite(buf_str(&out), 1, out.len, stdout);
	return CMD_OK;
}

static const struct cmd_opt diff_opts[] = {
	BANGERLOG_OPT_DB,
	{ 0, "baseline", NULL, NULL, NULL,
	    "Compare one operation with what is normal: the medians of the "
	    "last good ones of its name." },
	{ 0, "format", "FORMAT", NULL, "text", "text, or json: one object." },
	STYLE_OPTS,
	CMD_OPT_END,
};

const struct cmd_entry bangerlog_diff = {
	.name = "diff",
	.args = "REF [REF]",
	.min = 1,
	.max = 2,
	.opts = diff_opts,
	.about = "Compares two operations, stage by stage and call by call; a "
		 "star marks what is 2 ms and a quarter off.  " REF_ABOUT,
	.exec = diff__exec,
};
