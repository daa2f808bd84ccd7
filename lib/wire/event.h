/* SPDX-License-Identifier: ISC */
/*
 * One log line and what it means, in both directions: a struct event is
 * encoded into the line that Go's slog.JSONHandler would write, and decoded
 * from it.  Encoder and decoder stand in one module so that they cannot drift.
 *
 * Emitters fill an event with event_init() and event_set_*(), and hand it to
 * the logger.  Readers call event_decode() on any line; the vocabulary is
 * events.def, the attributes are fields.def.
 *
 * Ownership: an event borrows every string it points to.  After a decode they
 * live in the struct line that was passed, until its next use.
 */
#ifndef WIRE_EVENT_H
#define WIRE_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "wire/line.h"

enum field_id {
#define FIELD(id, key, type) FIELD_##id,
#include "wire/fields.def"
#undef FIELD
	FIELD_MAX
};

enum field_type { FIELD_STR, FIELD_INT, FIELD_MS };

enum event_kind {
	EVENT_OTHER, /* a line of ours or of a peer that no row names */
#define EVENT(id, msg, level, by, about, ...) EVENT_##id,
#include "wire/events.def"
#undef EVENT
	EVENT_MAX
};

struct event {
	enum event_kind kind;
	int level; /* enum line_level, or between and beyond */
	bool has_level, has_time;
	int64_t time_ns; /* wall clock */
	const char *msg; /* NULL when the line has none */
	uint64_t set;    /* bit FIELD_x: the field has a value */
	union {
		const char *str;
		int64_t num; /* INT: the number; MS: nanoseconds */
	} field[FIELD_MAX];
	const struct line_attr *extra; /* encode only: put where EXTRA is */
	size_t n_extra;
};

/* What the tables say, for documents and tests. */
struct event_info {
	const char *msg;
	size_t msg_len;
	const char *by, *about;
	int level;
	const uint8_t
	    *fields; /* enum field_id or EVENT_SLOT_*, EVENT_SLOT_END */
};
#define EVENT_SLOT_EXTRA 0xfe
#define EVENT_SLOT_END 0xff

const struct event_info *event_info(enum event_kind kind);
enum event_kind event_kind_of(const char *msg, size_t len);
const char *field_key(enum field_id id);
enum field_type field_type(enum field_id id);
/* The field's id, or FIELD_MAX. */
enum field_id field_find(const char *key, size_t len);
/* True for the attributes that say what an operation is about (a VM …). */
bool field_is_subject(enum field_id id);
/* A bit for each of these, as in event.set. */
uint64_t field_subjects(void);

/* An event of this kind with its table's level and message, nothing set. */
void event_init(struct event *ev, enum event_kind kind);
/* A NULL string leaves the field unset. */
void event_set_str(struct event *ev, enum field_id id, const char *value);
void event_set_int(struct event *ev, enum field_id id, int64_t value);
/* Nanoseconds. */
void event_set_ms(struct event *ev, enum field_id id, int64_t ns);

static inline bool
event_has(const struct event *ev, enum field_id id)
{
	return (ev->set >> id & 1) != 0;
}

/* The string, or NULL when it is not set. */
static inline const char *
event_str(const struct event *ev, enum field_id id)
{
	return event_has(ev, id) ? ev->field[id].str : NULL;
}

/* The number (MS: nanoseconds), or fallback when it is not set. */
static inline int64_t
event_num(const struct event *ev, enum field_id id, int64_t fallback)
{
	return event_has(ev, id) ? ev->field[id].num : fallback;
}

/*
 * Appends the line and its newline: time, level, msg, run, seq, then the
 * fields in the order of events.def.  The line never passes LINE_MAX: strings
 * are cut to what fits and "truncated":true says so.
 */
void event_encode(const struct event *ev, struct buf *out);
/*
 * Reads one line (without its newline).  0: *ret is filled, and ln holds all
 * attributes in their order, known and unknown.  Of a repeated key the first
 * is taken.  A known key whose value has another type is left unset (ln still
 * has it).  Negative: not one JSON object; err says where ("byte 17: …").
 */
int event_decode(const char *text, size_t len, struct line *ln,
    struct event *ret, struct error *err);
/*
 * What event_decode() does with an attribute of that field: sets it, unless it
 * is set already, or the value has another type than its row says.
 */
void event_take(struct event *ev, enum field_id id, const struct line_attr *a);

#endif
