/* SPDX-License-Identifier: ISC */
/*
 * The usual entry of `journalctl -o json` at one go: see entry_scan().
 *
 * First all bytes of the line that are not plain are mapped, 64 at a time;
 * then the map leads from quote to quote.  That way it takes no branch on how
 * long a key or a value is, which nothing could predict.
 */
#include <string.h>

#include "base/plain.h"
#include "trace/parse_entry.h"

/* Longer lines take the way of all others. */
#define SCAN_MAX 16384
/* Copies are made in pieces of so many bytes. */
#define SCAN_PIECE 16

struct scan {
	const char *text;
	size_t len;
	size_t word;   /* of the map, that `left` is of */
	uint64_t left; /* its bits that were not looked at */
	uint64_t map[SCAN_MAX / 64 + 1];
};

/* Where the next byte stands that is not plain; len at the end. */
static inline size_t
scan__next(struct scan *s)
{
	size_t bit;

	while (s->left == 0)
		s->left = s->map[++s->word];
	bit = (size_t)__builtin_ctzll(s->left);
	s->left &= s->left - 1;
	return s->word * 64 + bit;
}

static void
scan__start(struct scan *s, const char *text, size_t len)
{
	s->text = text;
	s->len = len;
	plain_map(text, len, s->map);
	/* One more byte that is not plain, to stop at. */
	if (len % 64 == 0)
		s->map[len / 64] = 0;
	s->map[len / 64] |= UINT64_C(1) << len % 64;
	s->word = 0;
	s->left = s->map[0];
}

/* Copies a few bytes, and maybe some more where both sides have them. */
static inline void
scan__copy(char *out, const struct scan *s, size_t at, size_t n)
{
	if (at + n + SCAN_PIECE > s->len) {
		memcpy(out, s->text + at, n);
		return;
	}
	for (size_t i = 0; i < n; i += SCAN_PIECE)
		memcpy(out + i, s->text + at + i, SCAN_PIECE);
}

/*
 * Takes the value that begins at `at`, quotes and backslashes of which may be
 * escaped; returns where its last quote stands, 0: it is another form.  It is
 * never longer than its text, for which e has room.
 */
static size_t
scan__value(struct scan *s, struct entry *e, enum entry_field field, size_t at)
{
	char *from = e->mem.data + e->mem.len, *out = from;
	struct entry_message *m;
	size_t end;
	char c;

	for (;;) {
		end = scan__next(s);
		if (end + 1 >= s->len)
			return 0;
		scan__copy(out, s, at, end - at);
		out += end - at;
		if (s->text[end] == '"')
			break;
		c = s->text[end] == '\\' ? s->text[end + 1] : '\0';
		if ((c != '"' && c != '\\') || scan__next(s) != end + 1)
			return 0;
		*out++ = c;
		at = end + 2;
	}
	*out = '\0';
	if (field != ENTRY_MESSAGE) {
		e->fields[field].at = e->mem.len;
		e->mem.len += (size_t)(out - from) + 1;
		return e->fields[field].count++ == 0 ? end : 0;
	}
	if (e->n > 0)
		return 0;
	m = entry_message_room(e);
	m->kind = ENTRY_TEXT;
	m->at = e->mem.len;
	m->len = (size_t)(out - from);
	e->mem.len += m->len + 1;
	return end;
}

/* Takes the member at `at`, and moves behind it; 0: another form. */
static size_t
scan__member(struct scan *s, struct entry *e, size_t at)
{
	const char *key = s->text + at + 1;
	enum entry_field field;
	size_t end;

	/* Two quotes at least, so that there is a key. */
	if (at + 2 > s->len || scan__next(s) != at)
		return 0;
	end = scan__next(s);
	/* Behind the key at least `":""}`. */
	if (end + 5 > s->len || memcmp(s->text + end, "\":\"", 3) != 0 ||
	    scan__next(s) != end + 2)
		return 0;
	/* Names of the journal are in capitals: msg, of a bare line, is none.
	 */
	if (s->text[at] != '"' || (*key >= 'a' && *key <= 'z'))
		return 0;
	field = entry_field_of(key, end - at - 1);
	at = end + 3;
	if (field != ENTRY_FIELD_MAX) {
		end = scan__value(s, e, field, at);
		return end > 0 ? end + 1 : 0;
	}
	end = scan__next(s);
	return end < s->len && s->text[end] == '"' ? end + 1 : 0;
}

bool
entry_scan(struct entry *e, const char *text, size_t len)
{
	struct scan s;
	size_t at = 0;

	entry_reset(e);
	if (len < 2 || len > SCAN_MAX - 1 || *text != '{')
		return false;
	scan__start(&s, text, len);
	buf_reserve(&e->mem, len + SCAN_PIECE);
	do
		at = scan__member(&s, e, at + 1);
	while (at > 0 && at < len && text[at] == ',');
	return at > 0 && at + 1 == len && text[at] == '}' && e->n == 1;
}
