/* SPDX-License-Identifier: ISC */
/*
 * Whether the fast ways of reading a line say what the general ones say, and
 * jansson where it can.  Both the unit test and the fuzzer ask it.
 *
 * The fast ways remember lines (entry_known.h, line_form.h), so it is asked of
 * one line after another, and what it asks them has seen all of these.
 */
#ifndef TESTS_FUZZ_SCAN_JUDGE_H
#define TESTS_FUZZ_SCAN_JUDGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "trace/message.h"
#include "trace/parse.h"
#include "trace/parse_entry.h"
#include "wire/line.h"
#include "wire/line_int.h"

/* The newest hints, held against the first record that had them. */
#define JUDGE_HINTS 1024

struct scan_judge {
	struct line fast, slow;
	struct entry entry, want;
	bool line_taken, entry_taken; /* by the fast way, the last time */
	struct parser *p, *general;   /* the first remembers */
	struct parser *cutting; /* and this one leaves messages unread, for: */
	struct message_reader *filling;
	struct record got, cut, filled, due;
	struct buf shapes[JUDGE_HINTS], shape, room;
	uint64_t hints[JUDGE_HINTS];
	uint64_t remembered; /* records with the hint of an earlier one */
};

static inline void
scan_judge_init(struct scan_judge *j)
{
	memset(j, 0, sizeof(*j));
	j->p = parser_new();
	j->general = parser_new();
	j->cutting = parser_new();
	parser_leave_unread(j->cutting, true);
	j->filling = message_reader_new();
	record_init(&j->got);
	record_init(&j->cut);
	record_init(&j->filled);
	record_init(&j->due);
}

static inline void
scan_judge_done(struct scan_judge *j)
{
	line_done(&j->fast);
	line_done(&j->slow);
	entry_done(&j->entry);
	entry_done(&j->want);
	parser_free(j->p);
	parser_free(j->general);
	parser_free(j->cutting);
	message_reader_free(j->filling);
	record_done(&j->got);
	record_done(&j->cut);
	record_done(&j->filled);
	record_done(&j->due);
	for (size_t i = 0; i < JUDGE_HINTS; i++)
		buf_done(&j->shapes[i]);
	buf_done(&j->shape);
	buf_done(&j->room);
}

static inline bool
judge__attr(const struct line_attr *a, const struct line_attr *b)
{
	return a->type == b->type && a->key_len == b->key_len &&
	    a->text_len == b->text_len && a->at == b->at &&
	    a->span == b->span && memcmp(a->key, b->key, a->key_len + 1) == 0 &&
	    memcmp(a->text, b->text, a->text_len + 1) == 0;
}

/* True when jansson reads the same strings; of a repeated key it has one. */
static inline bool
judge__jansson(const struct line *ln, const char *text, size_t len)
{
	json_t *root = json_loadb(text, len,
	    JSON_DECODE_INT_AS_REAL | JSON_ALLOW_NUL, NULL);
	bool same = json_is_object(root);

	for (size_t i = 0; same && i < ln->n; i++) {
		const struct line_attr *a = &ln->attrs[i];
		const json_t *v = json_object_get(root, a->key);

		if (json_object_size(root) < ln->n)
			continue;
		same = a->type == LINE_STRING ? json_is_string(v) &&
			json_string_length(v) == a->text_len &&
			memcmp(json_string_value(v), a->text, a->text_len) == 0
					      : v != NULL && !json_is_string(v);
	}
	json_decref(root);
	return same;
}

/* jansson refuses numbers that a double does not hold. */
static inline bool
judge__has_number(const struct line *ln)
{
	for (size_t i = 0; i < ln->n; i++)
		if (ln->attrs[i].type == LINE_NUMBER &&
		    ln->attrs[i].text_len > 17)
			return true;
	return false;
}

static inline const char *
judge__line(struct scan_judge *j, const char *text, size_t len)
{
	j->line_taken = line__scan(text, len, &j->fast);
	if (!j->line_taken)
		return j->fast.n == 0 ? NULL : "refused, and not empty";
	if (line__read_any(text, len, &j->slow, NULL) < 0)
		return "taken, and no line for the reader";
	if (j->fast.n != j->slow.n)
		return "another number of attributes";
	for (size_t i = 0; i < j->fast.n; i++)
		if (!judge__attr(&j->fast.attrs[i], &j->slow.attrs[i]))
			return "another attribute";
	if (!judge__has_number(&j->fast) &&
	    !judge__jansson(&j->fast, text, len))
		return "jansson reads something else";
	return NULL;
}

static inline const char *
judge__entry_in(struct scan_judge *j, const char *text, size_t all, size_t room)
{
	const struct entry *a = &j->entry, *b = &j->want;
	/* It may end before the text does, or behind it. */
	size_t len = entry_scan(&j->entry, text, room);
	enum entry_field f;

	j->entry_taken = len > 0 && len == all;
	if (len == 0)
		return NULL;
	entry_spread(&j->entry);
	if (line__read_any(text, len, &j->slow, NULL) < 0)
		return "an entry, and no line for the reader";
	if (line_find(&j->slow, "msg") != NULL)
		return "an entry, and the line of a program";
	entry_from_json(&j->want, &j->slow, text, len);
	for (f = 0; f < ENTRY_FIELD_MAX; f++) {
		if (a->fields[f].count != b->fields[f].count)
			return "a field more or less";
		if (a->fields[f].count == 1 &&
		    strcmp(entry_str(a, f), entry_str(b, f)) != 0)
			return "another value of a field";
	}
	entry_unquote(&j->entry, &j->entry.messages[0]);
	if (a->n != 1 || b->n != 1 ||
	    a->messages[0].kind != b->messages[0].kind || a->messages[0].cut ||
	    a->messages[0].len != b->messages[0].len ||
	    memcmp(a->mem.data + a->messages[0].at,
		b->mem.data + b->messages[0].at, a->messages[0].len + 1) != 0)
		return "another message";
	return NULL;
}

static inline const char *
judge__entry(struct scan_judge *j, const char *text, size_t len)
{
	const char *wrong;

	/* What stands behind it makes no difference. */
	buf_reset(&j->room);
	buf_put(&j->room, text, len);
	buf_put(&j->room, text, len);
	wrong = judge__entry_in(j, j->room.data, len, j->room.len);
	return wrong != NULL ? wrong : judge__entry_in(j, text, len, len);
}

static inline bool
judge__event(const struct event *a, const struct event *b)
{
	bool same = a->kind == b->kind && a->has_level == b->has_level &&
	    a->has_time == b->has_time && a->set == b->set &&
	    (a->msg == NULL) == (b->msg == NULL);

	if (!same || (a->has_level && a->level != b->level) ||
	    (a->has_time && a->time_ns != b->time_ns) ||
	    (a->msg != NULL && strcmp(a->msg, b->msg) != 0))
		return false;
	for (enum field_id id = 0; id < FIELD_MAX; id++) {
		if (!event_has(a, id))
			continue;
		if (field_type(id) == FIELD_STR
			? strcmp(event_str(a, id), event_str(b, id)) != 0
			: event_num(a, id, 0) != event_num(b, id, 0))
			return false;
	}
	return true;
}

static inline const char *
judge__same(const struct record *a, const struct record *b)
{
	bool json = a->kind == RECORD_EVENT || a->kind == RECORD_OTHER;

	if (a->kind != b->kind || a->flags != b->flags)
		return "another kind of record";
	if (a->raw.len != b->raw.len ||
	    memcmp(buf_str(&a->raw), buf_str(&b->raw), a->raw.len + 1) != 0)
		return "another text";
	if (!opid_eq(&a->op, &b->op) || !opid_eq(&a->other_op, &b->other_op))
		return "another operation";
	if (a->time_ns != b->time_ns || a->time_from != b->time_from ||
	    a->real_ns != b->real_ns || a->mono_ns != b->mono_ns)
		return "another time";
	if (strcmp(a->unit, b->unit) != 0 || strcmp(a->boot, b->boot) != 0 ||
	    strcmp(a->about, b->about) != 0 || a->dropped != b->dropped ||
	    a->pid != b->pid || a->priority != b->priority ||
	    a->line_break_eof != b->line_break_eof)
		return "another origin";
	if (!json)
		return a->form_hint == 0 ? NULL : "the form of no line";
	if (!judge__event(&a->ev, &b->ev) || a->line.n != b->line.n)
		return "another event";
	for (size_t i = 0; i < a->line.n; i++)
		if (!judge__attr(&a->line.attrs[i], &b->line.attrs[i]))
			return "another attribute of a record";
	return NULL;
}

/* What must be the same in all records of one hint. */
static inline const char *
judge__hint(struct scan_judge *j, const struct record *r)
{
	size_t place = r->form_hint % JUDGE_HINTS, from = 0;
	struct buf *first = &j->shapes[place];

	if (r->form_hint == 0)
		return NULL;
	if (j->hints[place] != r->form_hint)
		buf_reset(first);
	else
		j->remembered++;
	j->hints[place] = r->form_hint;
	buf_reset(&j->shape);
	for (size_t i = 0; i < r->line.n; i++) {
		const struct line_attr *a = &r->line.attrs[i];

		if (strcmp(a->key, "level") == 0 || strcmp(a->key, "msg") == 0)
			continue;
		buf_put(&j->shape, r->raw.data + from, a->at - from);
		buf_putc(&j->shape, (char)('0' + a->type));
		from = a->at + a->span;
	}
	buf_put(&j->shape, r->raw.data + from, r->raw.len - from);
	if (first->len == 0)
		buf_put(first, j->shape.data, j->shape.len);
	return first->len == j->shape.len &&
		memcmp(first->data, j->shape.data, first->len) == 0
	    ? NULL
	    : "another form, but the hint is the same";
}

/* The next record by who leaves it unread; NULL: it has none. */
static inline const struct record *
judge__filled(struct scan_judge *j)
{
	if (!parser_next(j->cutting, &j->cut))
		return NULL;
	if (!j->cut.unread)
		return &j->cut;
	record_copy_outer(&j->filled, &j->cut);
	message_read_kept(j->filling, j->cut.raw.data, j->cut.raw.len,
	    &j->filled);
	return &j->filled;
}

/* The next record by the general way alone: the reader of messages remembers.
 */
static inline bool
judge__due(struct scan_judge *j)
{
	bool more = parser_next(j->general, &j->due);

	if (more &&
	    (j->due.kind == RECORD_EVENT || j->due.kind == RECORD_OTHER))
		parse_message(&j->due, true);
	return more;
}

/* The records of one line, by who remembers and by the general way. */
static inline const char *
judge__records(struct scan_judge *j, const char *text, size_t len)
{
	const struct record *filled;
	const char *what = NULL;
	bool more = true;

	parser_feed(j->p, text, len, true);
	parser_feed(j->cutting, text, len, true);
	if (j->entry_taken) {
		parser_learn(j->general, text, len);
		entry_from_json(parser_entry(j->general), &j->slow, text, len);
		parser_feed_entry(j->general, true);
	} else {
		parser_feed(j->general, text, len, true);
	}
	while (more && what == NULL) {
		more = parser_next(j->p, &j->got);
		filled = judge__filled(j);
		if (judge__due(j) != more || (filled != NULL) != more)
			return "a record more or less";
		if (more)
			what = judge__same(&j->got, &j->due);
		if (more && what == NULL)
			what = judge__same(filled, &j->due);
		if (more && what == NULL)
			what = judge__hint(j, &j->got);
	}
	return what;
}

/* NULL, or what is not the same. */
static inline const char *
scan_judge(struct scan_judge *j, const char *text, size_t len)
{
	const char *what = judge__line(j, text, len);

	if (what == NULL)
		what = judge__entry(j, text, len);
	return what != NULL ? what : judge__records(j, text, len);
}

#endif
