/* SPDX-License-Identifier: ISC */
/* The usual entry of `journalctl -o json` at one go: see entry_scan(). */
#include <string.h>

#include "base/plain.h"
#include "trace/parse_entry.h"

/* Behind the plain bytes from p on: on the quote that ends them, or NULL. */
static const char *
scan__string(const char *p, const char *end)
{
	p += plain_run(p, (size_t)(end - p));
	return p < end && *p == '"' ? p : NULL;
}

/*
 * Takes the value that begins at p, quotes and backslashes of which may be
 * escaped; on its last quote, or NULL.  It is never longer than its text, for
 * which e has room.
 */
static const char *
scan__value(struct entry *e, enum entry_field field, const char *p,
    const char *end)
{
	char *out = e->mem.data + e->mem.len;
	size_t at = e->mem.len, len, n;

	for (;;) {
		n = plain_copy(out, p, (size_t)(end - p));
		out += n;
		p += n;
		if (end - p < 2)
			return NULL;
		if (*p == '"')
			break;
		if (*p != '\\' || (p[1] != '"' && p[1] != '\\'))
			return NULL;
		*out++ = p[1];
		p += 2;
	}
	*out = '\0';
	len = (size_t)(out - e->mem.data) - at;
	e->mem.len += len + 1;
	if (field != ENTRY_MESSAGE) {
		e->fields[field].at = at;
		return e->fields[field].count++ == 0 ? p : NULL;
	}
	entry_message(e, ENTRY_TEXT, NULL, 0);
	e->messages[0].at = at;
	e->messages[0].len = len;
	return e->n == 1 ? p : NULL;
}

/* Takes the member at p, and moves behind it; NULL: another form. */
static const char *
scan__member(struct entry *e, const char *p, const char *end)
{
	enum entry_field field;
	const char *key = p + 1;

	/* Names of the journal are in capitals: msg, of a bare line, is none.
	 */
	if (end - p < 2 || *p != '"' || (*key >= 'a' && *key <= 'z'))
		return NULL;
	p = scan__string(key, end);
	if (p == NULL || end - p < 3 || memcmp(p, "\":\"", 3) != 0)
		return NULL;
	field = entry_field_of(key, (size_t)(p - key));
	p += 3;
	p = field == ENTRY_FIELD_MAX ? scan__string(p, end)
				     : scan__value(e, field, p, end);
	return p != NULL ? p + 1 : NULL;
}

bool
entry_scan(struct entry *e, const char *text, size_t len)
{
	const char *p = text, *end = text + len;

	entry_reset(e);
	if (len < 2 || *p != '{')
		return false;
	buf_reserve(&e->mem, len + PLAIN_COPY_ROOM);
	do
		p = scan__member(e, p + 1, end);
	while (p != NULL && p < end && *p == ',');
	return p != NULL && p + 1 == end && *p == '}' && e->n == 1;
}
