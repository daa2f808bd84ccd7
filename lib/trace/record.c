/* SPDX-License-Identifier: ISC */
#include "trace/record.h"

#include <string.h>

#include "trace/parse.h"

void
record_init(struct record *r)
{
	memset(r, 0, sizeof(*r));
	record_reset(r);
}

void
record_done(struct record *r)
{
	line_done(&r->line);
	buf_done(&r->raw);
	buf_done(&r->mem);
}

/* What follows from the text. */
static void
record__reset_inner(struct record *r)
{
	r->time_ns = 0;
	r->time_from = RECORD_TIME_NONE;
	r->form_hint = 0;
	r->op.text[0] = r->other_op.text[0] = '\0';
	r->line.n = 0;
	event_init(&r->ev, EVENT_OTHER);
	r->ev.msg = NULL;
	r->ev.has_level = false;
}

void
record_reset(struct record *r)
{
	/* Of an unread one it was never filled. */
	if (!r->unread)
		record__reset_inner(r);
	r->unread = false;
	r->line_break_eof = false;
	r->kind = RECORD_TEXT;
	r->flags = 0;
	r->priority = -1;
	r->real_ns = r->mono_ns = r->pid = -1;
	r->unit = r->boot = r->about = "";
	r->dropped = -1;
	r->origin_hint = 0;
	memset(&r->pos, 0, sizeof(r->pos));
	buf_reset(&r->raw);
	buf_reset(&r->mem);
}

/* Appends a string to mem, and leads those before it to where it moved. */
static const char *
record__keep(struct record *r, const char *text)
{
	const char *old = r->mem.data;
	size_t at = r->mem.len, unit = 0, boot = 0, about = 0;

	if (at > 0) {
		unit = (size_t)(r->unit - old);
		boot = (size_t)(r->boot - old);
		/* "" is no part of it. */
		about = r->about[0] != '\0' ? (size_t)(r->about - old) : 0;
	}
	buf_put(&r->mem, text, strlen(text) + 1);
	if (at > 0) {
		r->unit = r->mem.data + unit;
		r->boot = r->mem.data + boot;
		if (about > 0)
			r->about = r->mem.data + about;
	}
	return r->mem.data + at;
}

void
record_set_origin(struct record *r, const char *unit, const char *boot)
{
	buf_reset(&r->mem);
	r->unit = r->boot = record__keep(r, unit != NULL ? unit : "");
	r->about = "";
	r->boot = record__keep(r, boot != NULL ? boot : "");
}

void
record_set_names(struct record *r, const char *text, size_t len, size_t boot)
{
	buf_reset(&r->mem);
	buf_put(&r->mem, text, len);
	r->unit = r->mem.data;
	r->boot = r->mem.data + boot;
	r->about = "";
}

void
record_set_about(struct record *r, const char *about)
{
	r->about = record__keep(r, about);
}

void
record_set_cursor(struct record *r, const char *cursor)
{
	r->pos.safe_cursor = record__keep(r, cursor);
}

/* What a text of src's memory is in the copy of that memory. */
static const char *
record__copied(const struct record *dst, const struct record *src,
    const char *text)
{
	/* "" need not be a part of it. */
	if (text == NULL || text[0] == '\0')
		return text != NULL ? "" : NULL;
	return dst->mem.data + (text - src->mem.data);
}

void
record_copy_outer(struct record *dst, const struct record *src)
{
	struct buf mem = dst->mem, raw = dst->raw;

	record__reset_inner(dst);
	memcpy(dst, src, offsetof(struct record, time_from));
	dst->unread = false;
	dst->kind = RECORD_TEXT;
	dst->raw = raw;
	dst->mem = mem;
	buf_reset(&dst->raw);
	buf_reset(&dst->mem);
	buf_put(&dst->mem, src->mem.data, src->mem.len);
	dst->unit = record__copied(dst, src, src->unit);
	dst->boot = record__copied(dst, src, src->boot);
	dst->about = record__copied(dst, src, src->about);
	dst->pos.safe_cursor = record__copied(dst, src, src->pos.safe_cursor);
}

void
record_copy(struct record *dst, const struct record *src)
{
	record_copy_outer(dst, src);
	buf_put(&dst->raw, src->raw.data, src->raw.len);
	/* Everything that points into the text is found in the copy anew. */
	parse_message(dst, src->kind != RECORD_TORN);
	dst->kind = src->kind;
	dst->time_ns = src->time_ns;
	dst->time_from = src->time_from;
}

void
record_move(struct record *dst, struct record *src)
{
	struct record old = *dst;

	/* Memory goes both ways, so that neither side allocates anew. */
	*dst = *src;
	*src = old;
	record_reset(src);
}

const char *
record_kind_name(enum record_kind kind)
{
	static const char *const names[RECORD_KIND_MAX] = {
		[RECORD_EVENT] = "event",
		[RECORD_OTHER] = "other",
		[RECORD_TEXT] = "text",
		[RECORD_BAD] = "bad",
		[RECORD_TORN] = "torn",
		[RECORD_FOREIGN] = "foreign",
		[RECORD_NOMSG] = "nomsg",
	};

	return names[kind];
}

const char *
record_emitter(const struct record *r)
{
	const char *by;

	if (r->unit[0] != '\0')
		return r->unit;
	by = event_info(r->ev.kind)->by;
	/* What every program writes does not say which one did. */
	return strcmp(by, "both") == 0 ? "" : by;
}

bool
record_level(const struct record *r, int *ret)
{
	static const int levels[] = { LINE_ERROR, LINE_ERROR, LINE_ERROR,
		LINE_ERROR, LINE_WARN, LINE_INFO, LINE_INFO, LINE_DEBUG };

	if ((r->kind == RECORD_EVENT || r->kind == RECORD_OTHER) &&
	    r->ev.has_level) {
		*ret = r->ev.level;
		return true;
	}
	if (r->kind != RECORD_TEXT || r->priority < 0 || r->priority > 7)
		return false;
	*ret = levels[r->priority];
	return true;
}

const char *
record_run(const struct record *r)
{
	return event_str(&r->ev, FIELD_RUN);
}
