/* SPDX-License-Identifier: ISC */
/*
 * The usual entry of `journalctl -o json` at one go: see entry_scan().
 *
 * What an earlier entry had byte for byte is known (entry_known.h); the rest
 * is read here.
 */
#include <string.h>

#include "base/plain.h"
#include "trace/entry_known.h"
#include "trace/line_form.h"
#include "trace/parse_entry.h"

/* Longer entries take the way of all others. */
#define SCAN_MAX 16384

struct scan {
	struct entry *e;
	const char *text;
	size_t len; /* as much may be read */
};

/* What 64 bytes are: a bit for each, the first in the lowest. */
struct scan_map {
	uint64_t quotes, slashes;
	uint64_t odd; /* controls, and beyond ASCII */
};

/* The same of 16 bytes, whose first is number `at`. */
static inline void
scan__map_16(struct scan_map *m, const char *s, unsigned at)
{
#ifdef __SSE2__
	__m128i v;

	memcpy(&v, s + at, sizeof(v));
	m->quotes |= (uint64_t)(unsigned)_mm_movemask_epi8(
			 _mm_cmpeq_epi8(v, _mm_set1_epi8('"')))
	    << at;
	m->slashes |= (uint64_t)(unsigned)_mm_movemask_epi8(
			  _mm_cmpeq_epi8(v, _mm_set1_epi8('\\')))
	    << at;
	/* As signed numbers those beyond ASCII are small as well. */
	m->odd |= (uint64_t)(unsigned)_mm_movemask_epi8(
		      _mm_cmplt_epi8(v, _mm_set1_epi8(0x20)))
	    << at;
#else
	for (unsigned i = at; i < at + 16; i++) {
		m->quotes |= (uint64_t)(s[i] == '"') << i;
		m->slashes |= (uint64_t)(s[i] == '\\') << i;
		m->odd |= (uint64_t)((unsigned char)s[i] < 0x20 ||
			      (unsigned char)s[i] >= 0x80)
		    << i;
	}
#endif
}

static inline struct scan_map
scan__map(const char *s)
{
	struct scan_map m = { 0, 0, 0 };

	scan__map_16(&m, s, 0);
	scan__map_16(&m, s, 16);
	scan__map_16(&m, s, 32);
	scan__map_16(&m, s, 48);
	return m;
}

/*
 * Where the string that begins at `at` has its last quote, when nothing in it
 * is escaped but quotes; 0: it is of another form.
 */
static size_t
scan__quoted(const struct scan *s, size_t at)
{
	uint64_t escaped, carry = 0, end;
	char tail[64] = "";
	struct scan_map m;

	for (; at < s->len; at += 64) {
		const char *from = s->text + at;

		if (s->len - at < sizeof(tail))
			from = memcpy(tail, from, s->len - at);
		m = scan__map(from);
		escaped = m.slashes << 1 | carry;
		carry = m.slashes >> 63;
		end = m.quotes & ~escaped;
		m.odd |= escaped & ~m.quotes;
		/* Only what stands before it. */
		m.odd &= (end & -end) - 1;
		if (m.odd != 0)
			return 0;
		if (end != 0)
			return at + (size_t)__builtin_ctzll(end);
	}
	return 0;
}

/* The same for any with quotes and backslashes, which goes into mem. */
static size_t
scan__decode(const struct scan *s, size_t at)
{
	char *out = s->e->mem.data + s->e->mem.len;
	struct entry_message *m = entry_message_room(s->e);
	size_t n;

	m->kind = ENTRY_TEXT;
	m->at = s->e->mem.len;
	for (;; at += n) {
		n = plain_run(s->text + at, s->len - at);
		memcpy(out, s->text + at, n);
		out += n;
		at += n;
		if (at + 1 >= s->len)
			return 0;
		if (s->text[at] == '"')
			break;
		n = 2;
		if (s->text[at] != '\\' ||
		    (s->text[at + 1] != '"' && s->text[at + 1] != '\\'))
			return 0;
		*out++ = s->text[at + 1];
	}
	*out = '\0';
	m->len = (size_t)(out - s->e->mem.data) - m->at;
	s->e->mem.len += m->len + 1;
	return at;
}

/* Behind the value that begins at `at`, or 0: it is of another form. */
static size_t
scan__message(const struct scan *s, size_t at)
{
	struct entry_message *m;
	size_t end;

	if (s->e->n > 0)
		return 0;
	end = scan__quoted(s, at);
	if (end == 0) {
		end = scan__decode(s, at);
		return end > 0 ? end + 1 : 0;
	}
	m = entry_message_room(s->e);
	m->kind = ENTRY_TEXT;
	m->len = end - at;
	m->quoted = s->text + at;
	if (s->len - end >= LINE_FORM_SLACK)
		return end + 1;
	/* The same where there is some room behind it. */
	m->quoted = memcpy(s->e->mem.data + s->e->mem.len, m->quoted, m->len);
	s->e->mem.len += m->len + LINE_FORM_SLACK;
	return end + 1;
}

static size_t
scan__value(const struct scan *s, enum entry_field field, size_t at)
{
	struct entry *e = s->e;
	size_t n;

	if (field == ENTRY_MESSAGE)
		return scan__message(s, at);
	n = plain_run(s->text + at, s->len - at);
	if (at + n == s->len || s->text[at + n] != '"')
		return 0;
	if (field != ENTRY_FIELD_MAX) {
		if (e->fields[field].count++ > 0)
			return 0;
		e->filled = e->filled || field >= ENTRY_STAMPS;
		e->fields[field].at = e->mem.len;
		memcpy(e->mem.data + e->mem.len, s->text + at, n);
		e->mem.len += n;
		e->mem.data[e->mem.len++] = '\0';
	}
	return at + n + 1;
}

/* A member that was not there before. */
static size_t
scan__new(const struct scan *s, size_t at)
{
	const char *key = s->text + at + 1;
	enum entry_field field;
	size_t key_len, value, end;

	/* At least `"K":""`. */
	if (at + 6 > s->len || s->text[at] != '"')
		return 0;
	key_len = plain_run(key, s->len - at - 1);
	value = at + key_len + 4;
	/* Names of the journal are in capitals: msg, of a bare line, is none.
	 */
	if (value > s->len || memcmp(key + key_len, "\":\"", 3) != 0 ||
	    (*key >= 'a' && *key <= 'z'))
		return 0;
	field = entry_field_of(key, key_len);
	end = scan__value(s, field, value);
	if (end > 0)
		known_keep(s->e->known, s->text + at, s->len - at, end - at,
		    value - at, field,
		    field == ENTRY_REALTIME || field == ENTRY_MONOTONIC ||
			field == ENTRY_CURSOR || field == ENTRY_MESSAGE);
	return end;
}

/* Behind the member at `at`, or 0: it is of another form. */
static inline size_t
scan__member(const struct scan *s, size_t at)
{
	const struct known_member *m;
	size_t len;

	m = known_find(s->e->known, s->text + at, s->len - at, &len);
	if (m == NULL)
		return scan__new(s, at);
	if (m->open)
		return scan__value(s, m->field, at + len);
	return known_note(s->e->known, m) ? at + len : 0;
}

/* Makes the members that were noted fields; false: one of them is twice. */
static bool
scan__spread(struct entry *e)
{
	const struct known *k = e->known;
	const struct known_member *m;
	struct entry_value *v;
	bool once = true;

	for (size_t i = 0; i < KNOWN_MEMBERS / 64; i++)
		for (uint64_t left = k->seen.bits[i]; left != 0;
		     left &= left - 1) {
			m = &k->members[64 * i + (size_t)__builtin_ctzll(left)];
			if (m == k->members || m->field == ENTRY_FIELD_MAX)
				continue;
			v = &e->fields[m->field];
			v->kept = m->value;
			once = v->count++ == 0 && once;
		}
	e->filled = true;
	return once;
}

void
entry_spread(struct entry *e)
{
	if (e->usual)
		scan__spread(e);
	e->usual = false;
}

/* Takes the members that were noted; false: one of them is twice. */
static bool
scan__known(struct entry *e)
{
	bool known = !e->filled; /* all of them are */

	e->usual = known && known_is_usual(e->known);
	if (!e->usual) {
		if (!scan__spread(e))
			return false;
		/* Whether it is a piece of a line is asked of each entry. */
		if (!known || entry_has(e, ENTRY_LINE_BREAK))
			return true;
		known_make_usual(e->known);
	}
	e->like = known_like(e->known);
	return true;
}

size_t
entry_scan(struct entry *e, const char *text, size_t room)
{
	struct scan s = { e, text, room < SCAN_MAX ? room : SCAN_MAX };
	size_t at = 0;

	entry_reset(e);
	if (s.len < 2 || *text != '{')
		return 0;
	if (e->known == NULL)
		e->known = known_new();
	known_begin(e->known);
	/* For all values, which are never longer than their texts, and for the
	 * message once more.
	 */
	buf_reserve(&e->mem, 2 * s.len + LINE_FORM_SLACK);
	do
		at = scan__member(&s, at + 1);
	while (at > 0 && at < s.len && text[at] == ',');
	if (at == 0 || at == s.len || text[at] != '}' || e->n != 1)
		return 0;
	return scan__known(e) ? at + 1 : 0;
}
