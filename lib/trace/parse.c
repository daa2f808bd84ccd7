/* SPDX-License-Identifier: ISC */
#include "trace/parse.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/hash.h"

/* Keys beyond these are not looked at for repetition. */
#define PARSE_DUP_KEYS 64

/* The start of the text behind a byte order mark and blanks. */
static const char *
parse__skip(const char *p, const char *end)
{
	if (end - p >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
		p += 3;
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\r'))
		p++;
	return p;
}

/*
 * An id for text that is none, so that what bears it can be found all the
 * same: "op-x" and its hash (FNV-1a).
 */
static void
parse__odd_op(struct opid *ret, const char *s, size_t len)
{
	static const char hex[] = "0123456789abcdef";
	uint64_t h = hash_fnv1a(HASH_FNV_START, s, len);

	memcpy(ret->text, "op-x", 4);
	for (size_t i = 0; i < 16; i++)
		ret->text[4 + i] = hex[h >> (60 - 4 * i) & 15];
	ret->text[20] = '\0';
}

/* A number below 64 that is the same for the same key. */
static unsigned
parse__key_mark(const struct line_attr *a)
{
	/* There is a NUL behind every key. */
	return ((unsigned)a->key_len * 5 + (unsigned char)a->key[0] * 3 +
		   (unsigned char)a->key[a->key_len / 2]) %
	    64;
}

/* True of what slog writes in place of a key or value that it could not. */
static bool
parse__is_mishap(const char *s, size_t len)
{
	static const struct {
		const char *text;
		size_t len;
		bool whole; /* else what went wrong follows */
	} words[] = {
		{ "!BADKEY", 7, true },
		{ "!ERROR:", 7, false },
		{ "!PANIC:", 7, false },
		{ "<nil>", 5, true },
	};

	if (s[0] != '!' && s[0] != '<')
		return false;
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if ((words[i].whole ? len == words[i].len
				    : len >= words[i].len) &&
		    memcmp(s, words[i].text, words[i].len) == 0)
			return true;
	return false;
}

static void
parse__op(struct record *r, const struct line_attr *a, struct opid *ret)
{
	if (opid_parse(a->text, a->text_len, ret))
		return;
	parse__odd_op(ret, a->text, a->text_len);
	r->flags |= RECORD_ODD_OP;
}

/* Takes the operation's id and the flags that follow from the attributes. */
static void
parse__attrs(struct record *r)
{
	const struct line_attr *first = NULL, *a, *b;
	size_t n = r->line.n < PARSE_DUP_KEYS ? r->line.n : PARSE_DUP_KEYS;
	uint64_t marks = 0, mark;

	for (size_t i = 0; i < r->line.n; i++) {
		a = &r->line.attrs[i];
		if (parse__is_mishap(a->key, a->key_len) ||
		    (a->type == LINE_STRING &&
			parse__is_mishap(a->text, a->text_len)))
			r->flags |= RECORD_SLOG_ERROR;
		if (a->key_len != 5 || memcmp(a->key, "op_id", 5) != 0 ||
		    a->type != LINE_STRING || a->text_len == 0)
			continue;
		if (first == NULL) {
			first = a;
			parse__op(r, a, &r->op);
		} else if ((r->flags & RECORD_TWO_OPS) == 0 &&
		    (first->text_len != a->text_len ||
			memcmp(first->text, a->text, a->text_len) != 0)) {
			r->flags |= RECORD_TWO_OPS;
			parse__op(r, a, &r->other_op);
		}
	}
	/* Most keys are unlike by their length and their ends. */
	for (size_t i = 0; i < n; i++) {
		a = &r->line.attrs[i];
		mark = UINT64_C(1) << parse__key_mark(a);
		if ((marks & mark) == 0) {
			marks |= mark;
			continue;
		}
		for (b = r->line.attrs; b < a; b++)
			if (a->key_len == b->key_len &&
			    memcmp(a->key, b->key, a->key_len) == 0)
				r->flags |= RECORD_DUP_KEY;
	}
}

/* The value of "key":"…" in text that is not JSON; false when not there. */
static bool
parse__scan(const struct buf *text, const char *key, const char **ret,
    size_t *ret_len)
{
	const char *p = text->data, *end = p + text->len, *stop;

	p = memmem(p, text->len, key, strlen(key));
	if (p == NULL)
		return false;
	p += strlen(key);
	while (p < end && (*p == ' ' || *p == ':'))
		p++;
	if (p == end || *p++ != '"')
		return false;
	stop = memchr(p, '"', (size_t)(end - p));
	if (stop == NULL)
		return false;
	*ret = p;
	*ret_len = (size_t)(stop - p);
	return true;
}

/* What a broken line still tells: its operation and its time. */
static void
parse__salvage(struct record *r)
{
	const char *s;
	size_t len;

	event_init(&r->ev, EVENT_OTHER);
	r->ev.msg = NULL;
	r->ev.has_level = false;
	if (parse__scan(&r->raw, "\"op_id\"", &s, &len))
		opid_parse(s, len, &r->op);
	if (parse__scan(&r->raw, "\"time\"", &s, &len))
		r->ev.has_time = clock_parse_rfc3339(s, len, &r->ev.time_ns);
}

void
parse_message(struct record *r, bool complete)
{
	const char *end = buf_str(&r->raw) + r->raw.len;
	const char *p = parse__skip(buf_str(&r->raw), end);

	r->flags &= RECORD_OUTER;
	r->op.text[0] = r->other_op.text[0] = '\0';
	if ((r->flags & RECORD_ELSEWHERE) != 0) {
		r->kind = RECORD_FOREIGN;
	} else if (r->kind == RECORD_NOMSG) {
		;
	} else if ((r->flags & RECORD_NOTE) != 0) {
		r->kind = RECORD_TEXT;
	} else if ((r->flags & RECORD_WITHHELD) != 0) {
		r->kind = RECORD_BAD;
	} else if (p == end || *p != '{') {
		r->kind = RECORD_TEXT;
	} else if (event_decode(p, (size_t)(end - p), &r->line, &r->ev, NULL) ==
	    0) {
		r->kind = r->ev.kind == EVENT_OTHER ? RECORD_OTHER
						    : RECORD_EVENT;
		parse__attrs(r);
	} else {
		r->kind = complete && !r->line_break_eof ? RECORD_BAD
							 : RECORD_TORN;
		parse__salvage(r);
	}
	if (r->ev.has_time) {
		r->time_ns = r->ev.time_ns;
		r->time_from = RECORD_TIME_OWN;
	} else if (r->real_ns >= 0) {
		r->time_ns = r->real_ns;
		r->time_from = RECORD_TIME_JOURNAL;
	} else {
		r->time_ns = 0;
		r->time_from = RECORD_TIME_NONE;
	}
}
