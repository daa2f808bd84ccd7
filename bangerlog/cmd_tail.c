/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/jsonw.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/text.h"
#include "trace/query.h"

#include "ask.h"
#include "bangerlog.h"
#include "style.h"
#include "watch.h"

#define TAIL_LIMIT_MAX 100000UL
/* Of the newest operations, so many are looked at again for what is new. */
#define TAIL_WINDOW 1000

/* What was told of an operation; the values of the map. */
#define TAIL_BEGUN ((void *)1)
#define TAIL_ENDED ((void *)2)

struct tail {
	struct render_style style;
	bool json, fit;
	struct map *told; /* op_id: TAIL_BEGUN or TAIL_ENDED */
};

struct tail_event {
	const struct query_row *row;
	int64_t time_ns;
	bool end;
};

struct tail_events {
	struct tail_event *events;
	size_t n;
};

static bool
tail__is_running(const struct query_row *row)
{
	return strcmp(row->status, "running") == 0;
}

/* ---- events ------------------------------------------------------------ */

static void
tail__add(struct tail_events *ev, const struct query_row *row, bool end)
{
	struct tail_event *e;

	ev->events = xreallocarray(ev->events, ev->n + 1, sizeof(*ev->events));
	e = &ev->events[ev->n++];
	e->row = row;
	e->end = end;
	e->time_ns = row->start_ns;
	if (end && row->duration_ns > 0 &&
	    __builtin_add_overflow(e->time_ns, row->duration_ns, &e->time_ns))
		e->time_ns = INT64_MAX;
}

static int
tail__by_time(const void *a, const void *b)
{
	const struct tail_event *x = a, *y = b;

	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	/* Of one operation the beginning first. */
	return x->row == y->row ? x->end - y->end
				: strcmp(x->row->op_id, y->row->op_id);
}

/* What of the rows was not told yet. */
static void
tail__events(struct tail *t, const struct query_rows *rows,
    struct tail_events *ret)
{
	for (size_t i = 0; i < rows->n; i++) {
		const struct query_row *row = &rows->rows[i];
		const void *told = map_find(t->told, row->op_id);
		bool running = tail__is_running(row);

		if (told == NULL)
			tail__add(ret, row, false);
		if (!running && told != TAIL_ENDED)
			tail__add(ret, row, true);
		map_put(t->told, row->op_id, running ? TAIL_BEGUN : TAIL_ENDED);
	}
	if (ret->n > 0)
		qsort(ret->events, ret->n, sizeof(*ret->events), tail__by_time);
}

/* ---- one line each ----------------------------------------------------- */

static void
tail__json(const struct tail_event *e, struct buf *out)
{
	const struct query_row *row = e->row;
	struct jsonw w = JSONW_INIT(out);

	jsonw_object(&w, NULL);
	jsonw_time(&w, "time", e->time_ns);
	jsonw_string(&w, "event", e->end ? "end" : "begin");
	jsonw_string(&w, "op_id", row->op_id);
	jsonw_string(&w, "operation", row->name);
	jsonw_string(&w, "vm_name", row->vm_name);
	jsonw_string(&w, "status", e->end ? row->status : "running");
	jsonw_ms(&w, "duration_ms", e->end ? row->duration_ns : -1);
	jsonw_string(&w, "stage", e->end ? row->stage : NULL);
	jsonw_string(&w, "error", e->end ? row->error : NULL);
	jsonw_object_end(&w);
	buf_putc(out, '\n');
}

/* "22:13:04.123  op-7f00000000000001  vm.start web-1 completed in 2.163s". */
static void
tail__text(const struct tail *t, const struct tail_event *e, struct buf *out)
{
	const struct query_row *row = e->row;
	_cleanup_buf_ struct buf line = BUF_INIT, safe = BUF_INIT;
	char time[CLOCK_RFC3339_MAX], took[CLOCK_DURATION_MAX];
	bool good = e->end && strcmp(row->status, "completed") == 0;

	clock_format_rfc3339(e->time_ns, time);
	time[19] = '\0';
	buf_printf(&line, "%s  %s  %s", time + 11, row->op_id,
	    row->name != NULL ? row->name : "?");
	if (row->vm_name != NULL)
		buf_printf(&line, " %s", row->vm_name);
	buf_printf(&line, " %s", e->end ? row->status : "began");
	if (e->end && row->duration_ns >= 0)
		buf_printf(&line, " %s %s", good ? "in" : "after",
		    clock_format_duration(row->duration_ns, took));
	if (e->end && !good && row->stage != NULL)
		buf_printf(&line, " in %s", row->stage);
	if (e->end && row->error != NULL)
		buf_printf(&line, ": %s", row->error);
	text_escape(&safe, buf_str(&line), line.len, false);
	buf_reset(&line);
	if (t->fit)
		text_fit(&line, buf_str(&safe), t->style.width, false,
		    t->style.ascii);
	else
		buf_puts(&line, buf_str(&safe));
	while (line.len > 0 && line.data[line.len - 1] == ' ')
		line.data[--line.len] = '\0';
	if (t->style.color && e->end)
		buf_printf(out, "\x1b[%sm%s\x1b[0m\n", good ? "32" : "1;31",
		    buf_str(&line));
	else
		buf_printf(out, "%s\n", buf_str(&line));
}

/* The last `most` of them, or all. */
static void
tail__print(const struct tail *t, const struct tail_events *ev, size_t most)
{
	_cleanup_buf_ struct buf out = BUF_INIT;

	for (size_t i = ev->n > most ? ev->n - most : 0; i < ev->n; i++) {
		if (t->json)
			tail__json(&ev->events[i], &out);
		else
			tail__text(t, &ev->events[i], &out);
	}
	fwrite(buf_str(&out), 1, out.len, stdout);
}

/* ---- what there is, and what comes ------------------------------------- */

/*
 * Only what can still change, or be seen again, is remembered: what began
 * before the window is over, or has left it for good.
 */
static void
tail__forget(struct tail *t, const struct query_rows *rows)
{
	struct map *kept = map_new(NULL);

	for (size_t i = 0; i < rows->n; i++)
		map_put(kept, rows->rows[i].op_id,
		    map_find(t->told, rows->rows[i].op_id));
	map_free(t->told);
	t->told = kept;
}

static int
tail__look(struct store *s, struct tail *t, const struct ask *ask, size_t most,
    struct error *err)
{
	_cleanup_rows_ struct query_rows rows = QUERY_ROWS_INIT;
	struct query_want want = QUERY_WANT_INIT;
	struct tail_events ev = { NULL, 0 };

	want.limit = most > TAIL_WINDOW ? most : TAIL_WINDOW;
	want.since_ns = ask->since_ns;
	want.until_ns = ask->until_ns;
	want.filter = ask->filter;
	want.now_ns = clock_real_ns();
	if (query_find(s, &want, &rows, err) < 0)
		return -1;
	tail__events(t, &rows, &ev);
	tail__print(t, &ev, most);
	tail__forget(t, &rows);
	free(ev.events);
	return 0;
}

static int
tail__run(struct cmd_ctx *ctx, struct tail *t, const struct ask *ask,
    unsigned long most, struct error *err)
{
	_cleanup_(store_freep) struct store *s = NULL;
	struct watch w;

	if (bangerlog_open(ctx, &s, err) < 0 ||
	    tail__look(s, t, ask, most, err) < 0)
		return -1;
	if (!cmd_given(ctx, "follow"))
		return CMD_OK;
	watch_init(&w, ctx, s);
	while (watch_next(&w))
		if (tail__look(s, t, ask, SIZE_MAX, err) < 0)
			return -1;
	return store_at_rest(s) ? CMD_FAILED : CMD_OK;
}

static int
tail__exec(struct cmd_ctx *ctx, struct error *err)
{
	static const char *const formats[] = { "text", "json", NULL };
	_cleanup_ask_ struct ask ask = ASK_INIT;
	struct tail t = { .fit = isatty(STDOUT_FILENO) == 1 ||
		    cmd_value(ctx, "width") != NULL };
	unsigned long most;
	int format, status, rc;

	if (cmd_choice(ctx, "format", formats, &format, err) < 0 ||
	    style_read(ctx, &t.style, err) < 0 ||
	    cmd_number(ctx, "number", 0, TAIL_LIMIT_MAX, &most, err) < 0)
		return -1;
	t.json = format == 1;
	rc = ask_read(ctx, &ask, &status, err);
	if (rc != 0)
		return rc < 0 ? rc : status;
	t.told = map_new(NULL);
	rc = tail__run(ctx, &t, &ask, most, err);
	ask_warn(&ask);
	map_free(t.told);
	return rc;
}

static const struct cmd_opt tail_opts[] = {
	BANGERLOG_OPT_DB,
	{ 'f', "follow", NULL, NULL, NULL,
	    "Go on with what begins and ends, until stopped." },
	{ 'n', "number", "N", NULL, "10", "How many of the newest events." },
	ASK_OPT_QUERY,
	ASK_OPT_SINCE,
	ASK_OPT_UNTIL,
	{ 0, "format", "FORMAT", NULL, "text",
	    "text, or json: one object an event." },
	STYLE_OPTS,
	CMD_OPT_END,
};

const struct cmd_entry bangerlog_tail = {
	.name = "tail",
	.opts = tail_opts,
	.about = "Prints the newest operations as they began and ended, one "
		 "line for each event.",
	.exec = tail__exec,
};
