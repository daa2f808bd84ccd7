/* SPDX-License-Identifier: ISC */
#include "wire/event.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"

#include "event_int.h"

/* ---- the tables ------------------------------------------------------------
 */

#define INFO LINE_INFO
#define WARN LINE_WARN
#define ERROR LINE_ERROR
#define SUBJECT                                                          \
	FIELD_VM_ID, FIELD_VM_NAME, FIELD_IMAGE_ID, FIELD_IMAGE_NAME,    \
	    FIELD_ARTIFACT_DIR, FIELD_ROOTFS_PATH, FIELD_WORK_SEED_PATH, \
	    FIELD_GUEST_IP, FIELD_API_SOCKET, FIELD_LOG_PATH
#define EXTRA EVENT_SLOT_EXTRA

#define EVENT(id, text, lvl, emitter, sentence, ...) \
	static const uint8_t fields_##id[] = { __VA_ARGS__, EVENT_SLOT_END };
#include "wire/events.def"
#undef EVENT

static const struct event_info event_infos[EVENT_MAX] = {
	[EVENT_OTHER] = { "", 0, "", "", LINE_INFO, NULL },
#define EVENT(id, text, lvl, emitter, sentence, ...) \
	[EVENT_##id] = { .msg = (text),              \
		.msg_len = sizeof(text) - 1,         \
		.by = (emitter),                     \
		.about = (sentence),                 \
		.level = (lvl),                      \
		.fields = fields_##id },
#include "wire/events.def"
#undef EVENT
};

#define STR FIELD_STR
#define INT FIELD_INT
#define MS FIELD_MS
const struct event_field event_fields[FIELD_MAX] = {
#define FIELD(id, name, kind) \
	[FIELD_##id] = { (name), sizeof(name) - 1, kind, ",\"" name "\":" },
#include "wire/fields.def"
#undef FIELD
};
_Static_assert(FIELD_MAX <= 64, "struct event has one bit a field");

const struct event_info *
event_info(enum event_kind kind)
{
	return &event_infos[kind];
}

enum event_kind
event_kind_of(const char *msg, size_t len)
{
	for (int i = EVENT_OTHER + 1; i < EVENT_MAX; i++)
		if (event_infos[i].msg_len == len &&
		    memcmp(msg, event_infos[i].msg, len) == 0)
			return (enum event_kind)i;
	return EVENT_OTHER;
}

const char *
field_key(enum field_id id)
{
	return event_fields[id].key;
}

enum field_type
field_type(enum field_id id)
{
	return event_fields[id].type;
}

enum field_id
field_find(const char *key, size_t len)
{
	for (int i = 0; i < FIELD_MAX; i++)
		if (event_fields[i].len == len &&
		    memcmp(event_fields[i].key, key, len) == 0)
			return (enum field_id)i;
	return FIELD_MAX;
}

uint64_t
field_subjects(void)
{
	static const uint8_t subject[] = { SUBJECT };
	uint64_t set = 0;

	/* So that it is worked out when this is compiled. */
#pragma GCC unroll 64
	for (size_t i = 0; i < ARRAY_LEN(subject); i++)
		set |= UINT64_C(1) << subject[i];
	return set;
}

bool
field_is_subject(enum field_id id)
{
	return (field_subjects() >> id & 1) != 0;
}

/* ---- filling
 * ----------------------------------------------------------------- */

void
event_init(struct event *ev, enum event_kind kind)
{
	ev->kind = kind;
	ev->level = event_infos[kind].level;
	ev->has_level = true;
	ev->has_time = false;
	ev->time_ns = 0;
	ev->msg = event_infos[kind].msg;
	ev->set = 0;
	ev->extra = NULL;
	ev->n_extra = 0;
}

void
event_set_str(struct event *ev, enum field_id id, const char *value)
{
	if (value == NULL)
		return;
	ev->field[id].str = value;
	ev->set |= UINT64_C(1) << id;
}

void
event_set_int(struct event *ev, enum field_id id, int64_t value)
{
	ev->field[id].num = value;
	ev->set |= UINT64_C(1) << id;
}

void
event_set_ms(struct event *ev, enum field_id id, int64_t ns)
{
	event_set_int(ev, id, ns);
}

/* ---- encoding
 * ---------------------------------------------------------------- */

/* What must stay free for the end of the line. */
static const char encode_tail[] = ",\"truncated\":true}\n";

struct encoder {
	struct buf *out;
	size_t limit; /* of out->len, tail not counted */
	bool truncated;
};

/* True when a key of that length and a short value still fit. */
static bool
encoder__fits(struct encoder *e, size_t len)
{
	if (e->out->len + len + 40 <= e->limit)
		return true;
	e->truncated = true;
	return false;
}

static void
encoder__str(struct encoder *e, const char *s, size_t len)
{
	if (!line_put_string(e->out, s, len, e->limit - e->out->len))
		e->truncated = true;
}

static void
encoder__field(struct encoder *e, const struct event *ev, enum field_id id)
{
	char ms[CLOCK_DURATION_MAX];

	if (!event_has(ev, id) || !encoder__fits(e, event_fields[id].len))
		return;
	buf_put(e->out, event_fields[id].lead, event_fields[id].len + 4);
	if (event_fields[id].type == FIELD_STR)
		encoder__str(e, ev->field[id].str, strlen(ev->field[id].str));
	else if (event_fields[id].type == FIELD_MS)
		buf_put(e->out, ms, clock_format_ms(ev->field[id].num, ms));
	else
		text_put_int(e->out, ev->field[id].num);
}

static void
encoder__extra(struct encoder *e, const struct event *ev)
{
	for (size_t i = 0; i < ev->n_extra; i++) {
		const struct line_attr *a = &ev->extra[i];
		size_t whole = a->type == LINE_STRING ? 0 : a->text_len;

		if (!encoder__fits(e, a->key_len + whole))
			continue;
		buf_put(e->out, ",\"", 2);
		buf_put(e->out, a->key, a->key_len);
		buf_put(e->out, "\":", 2);
		if (a->type == LINE_STRING)
			encoder__str(e, a->text, a->text_len);
		else if (a->type == LINE_TRUE || a->type == LINE_FALSE)
			buf_puts(e->out,
			    a->type == LINE_TRUE ? "true" : "false");
		else
			buf_put(e->out, a->text, a->text_len);
	}
}

/* Puts time, level, msg, run and seq. */
static void
encoder__head(struct encoder *e, const struct event *ev)
{
	char text[CLOCK_RFC3339_MAX], level[16];
	size_t text_len = clock_format_rfc3339(ev->time_ns, text);
	size_t level_len = line_format_level(ev->level, level);

	buf_put(e->out, "{\"time\":\"", 9);
	buf_put(e->out, text, text_len);
	buf_put(e->out, "\",\"level\":\"", 11);
	buf_put(e->out, level, level_len);
	buf_put(e->out, "\",\"msg\":", 8);
	if (!line_put_string(e->out, ev->msg, strlen(ev->msg),
		e->limit - e->out->len))
		e->truncated = true;
	encoder__field(e, ev, FIELD_RUN);
	encoder__field(e, ev, FIELD_SEQ);
}

void
event_encode(const struct event *ev, struct buf *out)
{
	const uint8_t *slot = event_infos[ev->kind].fields;
	struct encoder e = { out,
		out->len + LINE_MAX_BYTES - sizeof(encode_tail), false };

	encoder__head(&e, ev);
	for (; slot != NULL && *slot != EVENT_SLOT_END; slot++) {
		if (*slot == EVENT_SLOT_EXTRA)
			encoder__extra(&e, ev);
		else
			encoder__field(&e, ev, (enum field_id) * slot);
	}
	if (e.truncated)
		buf_puts(out, encode_tail);
	else
		buf_put(out, "}\n", 2);
}
