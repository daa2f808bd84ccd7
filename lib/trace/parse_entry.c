/* SPDX-License-Identifier: ISC */
#include "trace/parse_entry.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

#define NAME(text)                       \
	{                                \
		(text), sizeof(text) - 1 \
	}
static const struct {
	const char *name;
	size_t len;
} entry_names[ENTRY_FIELD_MAX] = {
	[ENTRY_REALTIME] = NAME("__REALTIME_TIMESTAMP"),
	[ENTRY_MONOTONIC] = NAME("__MONOTONIC_TIMESTAMP"),
	[ENTRY_BOOT] = NAME("_BOOT_ID"),
	[ENTRY_PID] = NAME("_PID"),
	[ENTRY_UID] = NAME("_UID"),
	[ENTRY_TRANSPORT] = NAME("_TRANSPORT"),
	[ENTRY_SYSTEMD_UNIT] = NAME("_SYSTEMD_UNIT"),
	[ENTRY_LINE_BREAK] = NAME("_LINE_BREAK"),
	[ENTRY_STREAM] = NAME("_STREAM_ID"),
	[ENTRY_PRIORITY] = NAME("PRIORITY"),
	[ENTRY_UNIT] = NAME("UNIT"),
	[ENTRY_OBJECT_UNIT] = NAME("OBJECT_SYSTEMD_UNIT"),
	[ENTRY_COREDUMP_UNIT] = NAME("COREDUMP_UNIT"),
	[ENTRY_MESSAGE_ID] = NAME("MESSAGE_ID"),
	[ENTRY_N_DROPPED] = NAME("N_DROPPED"),
	[ENTRY_CURSOR] = NAME("__CURSOR"),
};
#undef NAME

/* The field of that name, or ENTRY_FIELD_MAX. */
static enum entry_field
entry__find(const char *name, size_t len)
{
	int i = 0;

	while (i < ENTRY_FIELD_MAX &&
	    (entry_names[i].len != len ||
		memcmp(entry_names[i].name, name, len) != 0))
		i++;
	return (enum entry_field)i;
}

void
entry_reset(struct entry *e)
{
	memset(e->fields, 0, sizeof(e->fields));
	e->n = 0;
	buf_reset(&e->mem);
}

void
entry_done(struct entry *e)
{
	free(e->messages);
	buf_done(&e->mem);
	line_done(&e->inner);
	buf_done(&e->scratch);
	buf_done(&e->bytes);
}

void
entry_message(struct entry *e, enum entry_kind kind, const char *s, size_t len)
{
	struct entry_message *m;

	if (e->n == e->cap) {
		e->cap = e->cap == 0 ? 4 : 2 * e->cap;
		e->messages = xreallocarray(e->messages, e->cap,
		    sizeof(*e->messages));
	}
	m = &e->messages[e->n++];
	m->kind = kind;
	m->cut = false;
	m->at = e->mem.len;
	m->len = len;
	buf_put(&e->mem, s, len);
	buf_putc(&e->mem, '\0');
}

void
entry_put(struct entry *e, enum entry_field field, const char *value,
    size_t len)
{
	if (e->fields[field].count++ > 0)
		return;
	e->fields[field].at = e->mem.len;
	buf_put(&e->mem, value, len);
	buf_putc(&e->mem, '\0');
}

void
entry_add(struct entry *e, const char *key, size_t key_len, const char *value,
    size_t len, bool cut)
{
	enum entry_field field;

	if (key_len == 7 && memcmp(key, "MESSAGE", 7) == 0) {
		entry_message(e, ENTRY_TEXT, value, len);
		e->messages[e->n - 1].cut = cut;
		return;
	}
	field = entry__find(key, key_len);
	if (field != ENTRY_FIELD_MAX)
		entry_put(e, field, value, len);
}

const char *
entry_str(const struct entry *e, enum entry_field field)
{
	return e->fields[field].count == 1 ? e->mem.data + e->fields[field].at
					   : NULL;
}

int64_t
entry_num(const struct entry *e, enum entry_field field, int64_t scale)
{
	const char *s = entry_str(e, field);
	uint64_t v;

	if (s == NULL ||
	    !text_parse_u64(s, 0, (uint64_t)(INT64_MAX / scale), &v))
		return -1;
	return (int64_t)v * scale;
}

/* ---- from journalctl's JSON -------------------------------------------- */

/*
 * Decodes "[123,10]" into out; false when an element is not a whole number
 * from 0 to 255.  The text is a valid JSON array.
 */
static bool
entry__bytes(const char *s, struct buf *out)
{
	unsigned n = 0, digits = 0;

	buf_reset(out);
	for (s++; *s != '\0'; s++) {
		if (strchr("0123456789,] \t\r\n", *s) == NULL)
			return false;
		if (*s >= '0' && *s <= '9') {
			n = n * 10 + (unsigned)(*s - '0');
			digits++;
		}
		if (n > 255)
			return false;
		if ((*s == ',' || *s == ']') && digits > 0) {
			buf_putc(out, (char)n);
			n = digits = 0;
		}
	}
	return true;
}

/* The end of the JSON value at p: the comma or bracket behind it. */
static const char *
entry__element_end(const char *p, const char *end)
{
	bool quoted = false;
	int depth = 0;

	for (; p < end; p++) {
		if (quoted) {
			p += *p == '\\';
			quoted = *p != '"';
		} else if (*p == '"') {
			quoted = true;
		} else if (*p == '[' || *p == '{') {
			depth++;
		} else if (depth == 0 && (*p == ',' || *p == ']')) {
			break;
		} else if (*p == ']' || *p == '}') {
			depth--;
		}
	}
	return p;
}

/* One value of the field; an array here can only be bytes. */
static void
entry__single(struct entry *e, const struct line_attr *a, const char *text,
    size_t len)
{
	if (a->type == LINE_STRING)
		entry_message(e, ENTRY_TEXT, a->text, a->text_len);
	else if (a->type == LINE_NULL)
		entry_message(e, ENTRY_NULL, text, len);
	else if (a->type == LINE_ARRAY && entry__bytes(a->text, &e->bytes))
		entry_message(e, ENTRY_TEXT, buf_str(&e->bytes), e->bytes.len);
	else
		entry_message(e, ENTRY_ODD, a->text, a->text_len);
}

/* Takes a MESSAGE apart: a flat array of numbers is one value. */
static void
entry__messages(struct entry *e, const struct line_attr *a, const char *text,
    size_t len)
{
	const char *at, *end = a->text + a->text_len, *stop;

	if (a->type != LINE_ARRAY || strpbrk(a->text + 1, "\"[{ntf") == NULL) {
		entry__single(e, a, text, len);
		return;
	}
	for (at = a->text + 1; at < end; at = stop + 1) {
		stop = entry__element_end(at, end);
		/* Read by the one reader of JSON, as an object of one key. */
		buf_reset(&e->scratch);
		buf_puts(&e->scratch, "{\"v\":");
		buf_put(&e->scratch, at, (size_t)(stop - at));
		buf_putc(&e->scratch, '}');
		if (line_read(e->scratch.data, e->scratch.len, &e->inner,
			NULL) == 0)
			entry__single(e, &e->inner.attrs[0], text, len);
	}
}

void
entry_from_json(struct entry *e, const struct line *ln, const char *text,
    size_t len)
{
	bool message = false;

	entry_reset(e);
	for (size_t i = 0; i < ln->n; i++) {
		const struct line_attr *a = &ln->attrs[i];

		if (a->key_len == 7 && memcmp(a->key, "MESSAGE", 7) == 0) {
			/* An object has one value a key: the first. */
			if (!message)
				entry__messages(e, a, text, len);
			message = true;
			continue;
		}
		entry_add(e, a->key, a->key_len, a->text, a->text_len, false);
		/* A repeated field: there, and no one value of it is meant. */
		if (a->type != LINE_STRING)
			entry_add(e, a->key, a->key_len, "", 0, false);
	}
	if (!message)
		entry_message(e, ENTRY_ABSENT, "", 0);
}
