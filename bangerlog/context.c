/* SPDX-License-Identifier: ISC */
#include "context.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/jsonw.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/text.h"
#include "trace/query.h"
#include "trace/source.h"

#include "journal_name.h"

struct context_line {
	int64_t time_ns;
	char *source, *text; /* owned */
	size_t order;
};

struct context_lines {
	const struct op *op;
	int64_t from_ns, to_ns;
	bool choose; /* only what is about the operation */
	bool lossy;  /* what its source lost is no failure */
	struct context_line *lines;
	size_t n, more;
};

static void
context__done(struct context_lines *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->lines[i].source);
		free(l->lines[i].text);
	}
	free(l->lines);
}

/* ---- which lines ------------------------------------------------------- */

/* The unit of the VM has its id, or its name, between other characters. */
static bool
context__names(const struct op *op, const char *unit)
{
	static const enum field_id ids[] = { FIELD_VM_ID, FIELD_VM_NAME };

	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		const char *name = op_subject(op, ids[i]);
		const char *at = name != NULL && name[0] != '\0'
		    ? strstr(unit, name)
		    : NULL;

		if (at != NULL && (at == unit || strchr("-@_", at[-1])) &&
		    strchr("-@_.", at[strlen(name)]))
			return true;
	}
	return false;
}

/* Of the lines of other units: what can be why a VM fails. */
static bool
context__matters(const struct context_lines *l, const struct record *r)
{
	static const char *const words[] = { "kvm", "out of memory", "oom-kill",
		"oom_reaper", "killed process", "oom killer" };

	if (context__names(l->op, r->unit))
		return true;
	for (size_t i = 0; r->unit[0] == '\0' && i < ARRAY_LEN(words); i++)
		if (strcasestr(buf_str(&r->raw), words[i]) != NULL)
			return true;
	return false;
}

static void
context__take(void *arg, const struct record *r)
{
	struct context_lines *l = arg;
	struct context_line *line;
	const char *emitter = record_emitter(r);

	if (r->time_ns < l->from_ns || r->time_ns > l->to_ns ||
	    r->op.text[0] != '\0' || (l->choose && !context__matters(l, r)))
		return;
	if (l->n == CONTEXT_MAX) {
		l->more++;
		return;
	}
	l->lines = xreallocarray(l->lines, l->n + 1, sizeof(*l->lines));
	line = &l->lines[l->n];
	line->order = l->n++;
	line->time_ns = r->time_ns;
	line->source = xstrdup(emitter[0] != '\0' ? emitter
		: r->kind == RECORD_FOREIGN       ? "journal"
						  : "log");
	line->text = xmemdup(buf_str(&r->raw), r->raw.len);
}

/* Takes the source over; what it lost in between is not about this. */
static int
context__source(struct context_lines *l, struct source *src, struct error *err)
{
	_cleanup_(source_freep) struct source *own = src;
	struct error lost = ERROR_INIT;
	_cleanup_record_ struct record r;
	enum source_status st;

	record_init(&r);
	l->choose = true;
	while ((st = source_next(own, &r, &lost)) != SOURCE_END) {
		if (st == SOURCE_MORE)
			context__take(l, &r);
		else if (st == SOURCE_LOST && !l->lossy)
			return error_set(err, lost.code, "%s", lost.text);
	}
	return 0;
}

/* path NULL: this host's. */
static int
context__journal(struct context_lines *l, const char *path, struct error *err)
{
	struct source *src;

	/* It can be damaged elsewhere, and say so. */
	l->lossy = true;
	if (source_open_journal_span(path, l->from_ns, l->to_ns, &src, err) < 0)
		return -1;
	return context__source(l, src, err);
}

static bool
context__is_journal(const char *path)
{
	size_t len = strlen(path);
	struct stat st;

	return (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) ||
	    (len > 8 && strcmp(path + len - 8, ".journal") == 0) ||
	    (len > 9 && strcmp(path + len - 9, ".journal~") == 0);
}

static int
context__from(struct context_lines *l, const char *from, struct error *err)
{
	struct source *src;

	if (strcmp(from, CONTEXT_JOURNAL) == 0)
		return context__journal(l, NULL, err);
	if (context__is_journal(from))
		return context__journal(l, from, err);
	if (source_open_file(from, 0, NULL, &src, err) < 0)
		return -1;
	return context__source(l, src, err);
}

static void
context__not_read(const struct error *why)
{
	_cleanup_buf_ struct buf text = BUF_INIT;

	text_escape(&text, why->text, strlen(why->text), false);
	fprintf(stderr,
	    "bangerlog: what is around it may be more: %s; name another with "
	    "--context-from\n",
	    buf_str(&text));
}

/* Each journal once, however many readings of it the index has. */
static int
context__inputs(struct context_lines *l, struct store *s, struct error *err)
{
	_cleanup_inputs_ struct query_inputs inputs = QUERY_INPUTS_INIT;
	_cleanup_(map_freep) struct map *done = map_new(NULL);

	if (query_inputs(s, &inputs, err) < 0)
		return -1;
	for (size_t i = 0; i < inputs.n; i++) {
		_cleanup_journal_name_ struct journal_name name =
		    JOURNAL_NAME_INIT;
		struct error why = ERROR_INIT;
		const char *key;

		if (!journal_name_of(&inputs.inputs[i], &name))
			continue;
		key = name.path != NULL ? name.path : JOURNAL_NAME_HOST;
		if (map_find(done, key) != NULL)
			continue;
		map_put(done, key, l);
		if (context__journal(l, name.path, &why) < 0)
			context__not_read(&why);
	}
	return 0;
}

/* ---- as text ----------------------------------------------------------- */

static int
context__by_time(const void *a, const void *b)
{
	const struct context_line *x = a, *y = b;

	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static void
context__text(const struct context *c, const struct op *op,
    const struct context_line *line, struct buf *out)
{
	int64_t ns = clock_diff(line->time_ns, op->start_ns);
	int64_t size = ns >= 0 ? ns : ns > INT64_MIN ? -ns : INT64_MAX;
	_cleanup_buf_ struct buf raw = BUF_INIT, safe = BUF_INIT;
	char text[CLOCK_DURATION_MAX];

	buf_printf(&raw, "  %c%9s  %s: %s", ns < 0 ? '-' : '+',
	    clock_format_duration(size, text), line->source, line->text);
	text_escape(&safe, buf_str(&raw), raw.len, false);
	buf_reset(&raw);
	text_fit(&raw, buf_str(&safe), c->style.width, false, c->style.ascii);
	while (raw.len > 0 && raw.data[raw.len - 1] == ' ')
		raw.data[--raw.len] = '\0';
	buf_printf(out, "%s\n", buf_str(&raw));
}

static void
context__json(const struct op *op, const struct context_line *line,
    struct buf *out)
{
	struct jsonw w = JSONW_INIT(out);

	jsonw_object(&w, NULL);
	jsonw_string(&w, "context", op->id.text);
	jsonw_time(&w, "time", line->time_ns);
	jsonw_string(&w, "source", line->source);
	jsonw_string(&w, "line", line->text);
	jsonw_object_end(&w);
	buf_putc(out, '\n');
}

int
context_print(struct store *s, const struct op *op,
    const struct context *context, struct buf *out, struct error *err)
{
	_cleanup_(context__done) struct context_lines l = { .op = op };

	if (__builtin_sub_overflow(op->first_ns, context->around_ns,
		&l.from_ns))
		l.from_ns = INT64_MIN;
	if (__builtin_add_overflow(op->last_ns, context->around_ns, &l.to_ns))
		l.to_ns = INT64_MAX;
	if (query_around(s, l.from_ns, l.to_ns, context__take, &l, err) < 0 ||
	    (context->from != NULL ? context__from(&l, context->from, err)
				   : context__inputs(&l, s, err)) < 0)
		return -1;
	if (l.n > 0)
		qsort(l.lines, l.n, sizeof(*l.lines), context__by_time);
	if (!context->json)
		buf_printf(out, "\n  around it%s\n",
		    l.n == 0 ? ": nothing" : "");
	for (size_t i = 0; i < l.n; i++) {
		if (context->json)
			context__json(op, &l.lines[i], out);
		else
			context__text(context, op, &l.lines[i], out);
	}
	if (!context->json && l.more > 0)
		buf_printf(out, "  and %zu more\n", l.more);
	return 0;
}
