/* SPDX-License-Identifier: ISC */
#include "trace/parse_entry.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

/*
 * Every key of every entry is looked up, and most are not here: one place to
 * look at, told by the length and the second letter.  A name that takes a
 * place twice does not compile.
 */
#define ENTRY_PLACES 64
#define PLACE(len, second) (((len) + (second)) % ENTRY_PLACES)
#define ROW(id, second, text)                                               \
	[PLACE(sizeof(text) - 1, second)] = { sizeof(text) - 1, ENTRY_##id, \
		(text) }
static const struct {
	uint8_t len, field;
	char name[22];
} entry_places[ENTRY_PLACES] = {
	ROW(REALTIME, '_', "__REALTIME_TIMESTAMP"),
	ROW(MONOTONIC, '_', "__MONOTONIC_TIMESTAMP"),
	ROW(BOOT, 'B', "_BOOT_ID"),
	ROW(PID, 'P', "_PID"),
	ROW(UID, 'U', "_UID"),
	ROW(EXE, 'E', "_EXE"),
	ROW(TRANSPORT, 'T', "_TRANSPORT"),
	ROW(SYSTEMD_UNIT, 'S', "_SYSTEMD_UNIT"),
	ROW(LINE_BREAK, 'L', "_LINE_BREAK"),
	ROW(STREAM, 'S', "_STREAM_ID"),
	ROW(PRIORITY, 'R', "PRIORITY"),
	ROW(UNIT, 'N', "UNIT"),
	ROW(OBJECT_UNIT, 'B', "OBJECT_SYSTEMD_UNIT"),
	ROW(COREDUMP_UNIT, 'O', "COREDUMP_UNIT"),
	ROW(MESSAGE_ID, 'E', "MESSAGE_ID"),
	ROW(N_DROPPED, '_', "N_DROPPED"),
	ROW(CURSOR, '_', "__CURSOR"),
	ROW(MESSAGE, 'E', "MESSAGE"),
};
#undef ROW

enum entry_field
entry_field_of(const char *name, size_t len)
{
	size_t place = len > 1 ? PLACE(len, (unsigned char)name[1]) : 0;

	return entry_places[place].len == len && len > 0 &&
		memcmp(entry_places[place].name, name, len) == 0
	    ? (enum entry_field)entry_places[place].field
	    : ENTRY_FIELD_MAX;
}

void
entry_reset(struct entry *e)
{
	for (size_t i = 0; i < ENTRY_STAMPS; i++)
		e->fields[i] = (struct entry_value){ 0 };
	if (e->filled)
		memset(e->fields, 0, sizeof(e->fields));
	e->filled = e->usual = false;
	e->like = 0;
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
	free(e->known);
}

struct entry_message *
entry_message_room(struct entry *e)
{
	struct entry_message *m;

	if (e->n == e->cap) {
		e->cap = e->cap == 0 ? 4 : 2 * e->cap;
		e->messages = xreallocarray(e->messages, e->cap,
		    sizeof(*e->messages));
	}
	m = &e->messages[e->n++];
	memset(m, 0, sizeof(*m));
	return m;
}

void
entry_message(struct entry *e, enum entry_kind kind, const char *s, size_t len)
{
	struct entry_message *m = entry_message_room(e);

	m->kind = kind;
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
	e->filled = true;
	e->fields[field].at = e->mem.len;
	buf_put(&e->mem, value, len);
	buf_putc(&e->mem, '\0');
}

void
entry_put_num(struct entry *e, enum entry_field field, uint64_t value)
{
	entry_put(e, field, (const char *)&value, sizeof(value));
	e->fields[field].number = true;
}

void
entry_add(struct entry *e, const char *key, size_t key_len, const char *value,
    size_t len, bool cut)
{
	enum entry_field field = entry_field_of(key, key_len);

	if (field == ENTRY_MESSAGE) {
		entry_message(e, ENTRY_TEXT, value, len);
		e->messages[e->n - 1].cut = cut;
		return;
	}
	if (field != ENTRY_FIELD_MAX)
		entry_put(e, field, value, len);
}

size_t
entry_put_unquoted(char *out, const char *s, size_t len)
{
	const char *end = s + len, *slash;
	char *from = out;

	while ((slash = memchr(s, '\\', (size_t)(end - s))) != NULL) {
		memcpy(out, s, (size_t)(slash - s));
		out += slash - s;
		*out++ = slash[1];
		s = slash + 2;
	}
	memcpy(out, s, (size_t)(end - s));
	return (size_t)(out - from) + (size_t)(end - s);
}

void
entry_unquote(struct entry *e, struct entry_message *m)
{
	if (m->quoted == NULL)
		return;
	buf_reserve(&e->mem, m->len + 1);
	m->at = e->mem.len;
	m->len = entry_put_unquoted(e->mem.data + m->at, m->quoted, m->len);
	m->quoted = NULL;
	e->mem.len += m->len;
	buf_putc(&e->mem, '\0');
}

const char *
entry_str(const struct entry *e, enum entry_field field)
{
	if (e->fields[field].count != 1)
		return NULL;
	return e->fields[field].kept != NULL
	    ? e->fields[field].kept
	    : e->mem.data + e->fields[field].at;
}

int64_t
entry_num(const struct entry *e, enum entry_field field, int64_t scale)
{
	const char *s = entry_str(e, field);
	uint64_t v, max = (uint64_t)(INT64_MAX / scale);

	if (s == NULL)
		return -1;
	if (e->fields[field].number)
		memcpy(&v, s, sizeof(v));
	else if (!text_parse_u64(s, 0, max, &v))
		return -1;
	return v <= max ? (int64_t)v * scale : -1;
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

		if (entry_field_of(a->key, a->key_len) == ENTRY_MESSAGE) {
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
