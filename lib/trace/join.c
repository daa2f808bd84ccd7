/* SPDX-License-Identifier: ISC */
#include "trace/join.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "trace/parse.h"

static void
join__append(struct join_line **list, struct join_line *line)
{
	while (*list != NULL)
		list = &(*list)->next;
	line->next = NULL;
	*list = line;
}

static void
join__remove(struct join_line **list, const struct join_line *line)
{
	while (*list != line)
		list = &(*list)->next;
	*list = line->next;
}

static void
join__free(struct join_line *line)
{
	record_done(&line->r);
	free(line->stream);
	free(line);
}

void
join_done(struct join *j)
{
	struct join_line *line;

	join_flush(j);
	while ((line = j->ready) != NULL) {
		j->ready = line->next;
		join__free(line);
	}
	line_done(&j->scratch);
}

enum join_break
join_break_of(const char *text)
{
	if (text == NULL)
		return JOIN_NONE;
	if (strcmp(text, "line-max") == 0)
		return JOIN_MAX;
	if (strcmp(text, "nul") == 0)
		return JOIN_NUL;
	return strcmp(text, "eof") == 0 || strcmp(text, "pid-change") == 0
	    ? JOIN_STOP
	    : JOIN_NONE;
}

struct join_line *
join_find(const struct join *j, const char *stream, int64_t pid)
{
	for (struct join_line *l = j->open; l != NULL; l = l->next)
		if (l->pid == pid && strcmp(l->stream, stream) == 0)
			return l;
	return NULL;
}

struct join_line *
join_begin(struct join *j, const char *stream, int64_t pid, uint64_t number)
{
	struct join_line *line;

	if (j->n == JOIN_LINES)
		join_end(j, j->open, false);
	line = xcalloc(1, sizeof(*line));
	record_init(&line->r);
	line->stream = xstrdup(stream);
	line->pid = pid;
	line->number = number;
	join__append(&j->open, line);
	j->n++;
	return line;
}

static void
join__text(struct record *r, const char *text, size_t len)
{
	size_t room = JOIN_BYTES - r->raw.len;

	if (len > room) {
		len = room;
		r->flags |= RECORD_CUT;
	}
	buf_put(&r->raw, text, len);
}

void
join_put(struct join *j, struct join_line *line, const char *text, size_t len,
    enum join_break how, bool complete)
{
	struct record *r = &line->r;

	if (line->pieces++ > 0)
		r->flags |= RECORD_JOINED;
	join__text(r, text, len);
	if (how == JOIN_NUL) {
		join__text(r, "", 1);
		line->nul = true;
		return;
	}
	/*
	 * A line that is a multiple of LineMax long has no last piece, since
	 * journald drops the empty rest: an object needs none.
	 */
	if (how == JOIN_MAX &&
	    (line->nul || !join_is_object(j, r->raw.data, r->raw.len)))
		return;
	r->line_break_eof = how == JOIN_STOP || !complete;
	join_end(j, line, true);
}

void
join_end(struct join *j, struct join_line *line, bool whole)
{
	struct record *r = &line->r;

	join__remove(&j->open, line);
	j->n--;
	parse_message(r, whole);
	if (!whole && r->kind != RECORD_EVENT && r->kind != RECORD_OTHER)
		r->kind = RECORD_TORN;
	else if (line->nul)
		r->kind = RECORD_BAD;
	join__append(&j->ready, line);
}

bool
join_is_object(struct join *j, const char *text, size_t len)
{
	while (len > 0 && (*text == ' ' || *text == '\t')) {
		text++;
		len--;
	}
	return len > 1 && *text == '{' && text[len - 1] == '}' &&
	    line_read(text, len, &j->scratch, NULL) == 0;
}

void
join_expire(struct join *j, const char *boot, int64_t mono_ns, int64_t real_ns)
{
	const struct record *r;
	int64_t age;

	while (j->open != NULL) {
		r = &j->open->r;
		if (mono_ns >= 0 && r->mono_ns >= 0 && boot != NULL &&
		    strcmp(boot, r->boot) == 0)
			age = mono_ns - r->mono_ns;
		else if (real_ns >= 0 && r->real_ns >= 0)
			age = real_ns - r->real_ns;
		else
			return;
		if (age <= JOIN_AGE_NS)
			return;
		join_end(j, j->open, false);
	}
}

void
join_flush(struct join *j)
{
	while (j->open != NULL)
		join_end(j, j->open, false);
}

bool
join_take(struct join *j, struct record *r)
{
	struct join_line *line = j->ready;

	if (line == NULL)
		return false;
	j->ready = line->next;
	record_move(r, &line->r);
	join__free(line);
	return true;
}

const struct join_line *
join_first(const struct join *j)
{
	const struct join_line *first = j->open;

	for (const struct join_line *l = j->ready; l != NULL; l = l->next)
		if (first == NULL || l->number < first->number)
			first = l;
	return first;
}
