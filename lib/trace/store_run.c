/* SPDX-License-Identifier: ISC */
/* The runs that wrote the lines. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "trace/store_int.h"

/* The run's row, made where it is missing; NULL with err. */
static struct store_run *
store__run_load(struct store *s, const char *name, struct error *err)
{
	sqlite3_stmt *st = store_stmt(s, STMT_RUN_NEW, err);
	struct store_run *run;

	if (st == NULL)
		return NULL;
	store_bind_text(st, 1, name);
	if (store_run_stmt(s, st, err) < 0)
		return NULL;
	st = store_stmt(s, STMT_RUN_GET, err);
	if (st == NULL)
		return NULL;
	store_bind_text(st, 1, name);
	if (sqlite3_step(st) != SQLITE_ROW) {
		store_fail(s, err, "reading a run");
		return NULL;
	}
	run = xcalloc(1, sizeof(*run));
	strcpy(run->name, name);
	run->id = sqlite3_column_int64(st, 0);
	run->first_ns = sqlite3_column_int64(st, 1);
	run->last_ns = sqlite3_column_int64(st, 2);
	run->start_ns = sqlite3_column_int64(st, 3);
	run->emitter = store_column_dup(st, 4);
	sqlite3_reset(st);
	map_put(s->runs, name, run);
	return run;
}

/* Lines of two processes, or few, come in turn: these are at hand. */
static struct store_run *
store__recent_run(const struct store *s, const char *name)
{
	for (size_t i = 0; i < STORE_RECENT; i++)
		if (s->recent[i] != NULL &&
		    strcmp(s->recent[i]->name, name) == 0)
			return s->recent[i];
	return NULL;
}

/* One that is not at hand; NULL with err. */
static struct store_run *
store__run(struct store *s, const char *name, struct error *err)
{
	struct store_run *run = map_find(s->runs, name);

	if (run == NULL)
		run = store__run_load(s, name, err);
	if (run != NULL)
		s->recent[s->next_recent++ % STORE_RECENT] = run;
	return run;
}

static void
store__run_emitter(struct store_run *run, const struct record *r)
{
	const char *emitter = record_emitter(r);

	if (emitter[0] == '\0')
		return;
	free(run->emitter);
	run->emitter = xstrdup(emitter);
	run->dirty = true;
}

int
store_find_run(struct store *s, const struct record *r, struct store_run **ret,
    struct error *err)
{
	const char *name = record_run(r);
	struct store_run *run;

	*ret = NULL;
	if (name == NULL || name[0] == '\0' ||
	    event_num(&r->ev, FIELD_SEQ, -1) < 0)
		return 0;
	run = store__recent_run(s, name);
	if (run == NULL && strlen(name) > STORE_RUN_NAME_MAX)
		return 0;
	if (run == NULL)
		run = store__run(s, name, err);
	if (run == NULL)
		return -EIO;
	*ret = run;
	if (run->emitter[0] == '\0')
		store__run_emitter(run, r);
	if (r->time_from == RECORD_TIME_NONE)
		return 0;
	if (run->first_ns == 0 || r->time_ns < run->first_ns)
		run->first_ns = r->time_ns;
	if (r->time_ns > run->last_ns)
		run->last_ns = r->time_ns;
	if (r->ev.kind == EVENT_DAEMON_STARTED ||
	    r->ev.kind == EVENT_HELPER_STARTED ||
	    event_num(&r->ev, FIELD_SEQ, 0) == 1)
		run->start_ns = r->time_ns;
	run->dirty = true;
	return 0;
}

int
store_flush_runs(struct store *s, struct error *err)
{
	struct store_run *run;
	sqlite3_stmt *st;
	size_t pos = 0;

	while ((run = map_next(s->runs, &pos, NULL)) != NULL) {
		if (store_span_flush(s, run, err) < 0)
			return -EIO;
		if (!run->dirty)
			continue;
		st = store_stmt(s, STMT_RUN_SET, err);
		if (st == NULL)
			return -EIO;
		sqlite3_bind_int64(st, 1, run->id);
		if (run->first_ns != 0)
			sqlite3_bind_int64(st, 2, run->first_ns);
		if (run->last_ns != 0)
			sqlite3_bind_int64(st, 3, run->last_ns);
		if (run->start_ns != 0)
			sqlite3_bind_int64(st, 4, run->start_ns);
		store_bind_text(st, 5, run->emitter);
		if (store_run_stmt(s, st, err) < 0)
			return -EIO;
		run->dirty = false;
	}
	return 0;
}
