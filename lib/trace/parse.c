/* SPDX-License-Identifier: ISC */
#include "trace/parse.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"

/* Keys beyond these are not looked at for repetition. */
#define PARSE_DUP_KEYS 64

/* ---- the message ------------------------------------------------------- */

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
	uint64_t h = 0xcbf29ce484222325ULL;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)s[i]) * 0x100000001b3ULL;
	memcpy(ret->text, "op-x", 4);
	for (size_t i = 0; i < 16; i++)
		ret->text[4 + i] = hex[h >> (60 - 4 * i) & 15];
	ret->text[20] = '\0';
}

/* Takes the operation's id and the flags that follow from the attributes. */
static void
parse__attrs(struct record *r)
{
	const struct line_attr *first = NULL, *a, *b;
	size_t n = r->line.n < PARSE_DUP_KEYS ? r->line.n : PARSE_DUP_KEYS;

	for (size_t i = 0; i < r->line.n; i++) {
		a = &r->line.attrs[i];
		if (strcmp(a->key, "op_id") != 0 || a->type != LINE_STRING ||
		    a->text_len == 0)
			continue;
		if (first == NULL)
			first = a;
		else if (first->text_len != a->text_len ||
		    memcmp(first->text, a->text, a->text_len) != 0)
			r->flags |= RECORD_TWO_OPS;
	}
	if (first != NULL &&
	    !opid_parse(first->text, first->text_len, &r->op)) {
		parse__odd_op(&r->op, first->text, first->text_len);
		r->flags |= RECORD_ODD_OP;
	}
	for (size_t i = 1; i < n; i++) {
		a = &r->line.attrs[i];
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

	r->flags &= RECORD_CUT | RECORD_NO_TEXT | RECORD_WITHHELD;
	r->op.text[0] = '\0';
	if ((r->flags & RECORD_WITHHELD) != 0) {
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

/* ---- the line around it ------------------------------------------------ */

/* One message of a journal entry. */
enum value_kind {
	VALUE_TEXT,
	VALUE_ABSENT, /* no MESSAGE */
	VALUE_NULL,   /* withheld by journalctl */
	VALUE_ODD,    /* a JSON value that is no text; kept as it stands */
};

struct value {
	enum value_kind kind;
	size_t at, len; /* in parser.values_mem */
};

struct parser {
	struct buf input;
	bool complete, journal;
	struct line outer, inner; /* the entry; one element of an array */
	struct buf scratch, bytes;

	struct value *values;
	size_t n_values, cap_values, next;
	struct buf values_mem;
};

struct parser *
parser_new(void)
{
	return xcalloc(1, sizeof(struct parser));
}

struct parser *
parser_free(struct parser *p)
{
	if (p == NULL)
		return NULL;
	buf_done(&p->input);
	line_done(&p->outer);
	line_done(&p->inner);
	buf_done(&p->scratch);
	buf_done(&p->bytes);
	free(p->values);
	buf_done(&p->values_mem);
	free(p);
	return NULL;
}

static void
parser__value(struct parser *p, enum value_kind kind, const char *s, size_t len)
{
	struct value *v;

	if (p->n_values == p->cap_values) {
		p->cap_values = p->cap_values == 0 ? 4 : 2 * p->cap_values;
		p->values = xreallocarray(p->values, p->cap_values,
		    sizeof(*p->values));
	}
	v = &p->values[p->n_values++];
	v->kind = kind;
	v->at = p->values_mem.len;
	v->len = len;
	buf_put(&p->values_mem, s, len);
}

/*
 * Decodes "[123,10]" into out; false when an element is not a whole number
 * from 0 to 255.  The text is a valid JSON array.
 */
static bool
parser__bytes(const char *s, struct buf *out)
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
parser__element_end(const char *p, const char *end)
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
parser__single(struct parser *p, const struct line_attr *a)
{
	if (a->type == LINE_STRING)
		parser__value(p, VALUE_TEXT, a->text, a->text_len);
	else if (a->type == LINE_NULL)
		parser__value(p, VALUE_NULL, p->input.data, p->input.len);
	else if (a->type == LINE_ARRAY && parser__bytes(a->text, &p->bytes))
		parser__value(p, VALUE_TEXT, buf_str(&p->bytes), p->bytes.len);
	else
		parser__value(p, VALUE_ODD, a->text, a->text_len);
}

/* Takes a MESSAGE apart: a flat array of numbers is one value. */
static void
parser__message(struct parser *p, const struct line_attr *a)
{
	const char *at, *end = a->text + a->text_len, *stop;

	if (a->type != LINE_ARRAY || strpbrk(a->text + 1, "\"[{ntf") == NULL) {
		parser__single(p, a);
		return;
	}
	for (at = a->text + 1; at < end; at = stop + 1) {
		stop = parser__element_end(at, end);
		/* Read by the one reader of JSON, as an object of one key. */
		buf_reset(&p->scratch);
		buf_puts(&p->scratch, "{\"v\":");
		buf_put(&p->scratch, at, (size_t)(stop - at));
		buf_putc(&p->scratch, '}');
		if (line_read(p->scratch.data, p->scratch.len, &p->inner,
			NULL) == 0)
			parser__single(p, &p->inner.attrs[0]);
	}
}

/* True when the object is an entry of `journalctl -o json`. */
static bool
parser__is_entry(struct parser *p, const char *text, size_t len)
{
	static const char stamp[] = "\"__REALTIME_TIMESTAMP\"";
	static const char message[] = "\"MESSAGE\"";

	if (memmem(text, len, stamp, sizeof(stamp) - 1) == NULL &&
	    memmem(text, len, message, sizeof(message) - 1) == NULL)
		return false;
	return line_read(text, len, &p->outer, NULL) == 0 &&
	    line_find(&p->outer, "msg") == NULL &&
	    (line_find(&p->outer, "MESSAGE") != NULL ||
		line_find(&p->outer, "__REALTIME_TIMESTAMP") != NULL);
}

void
parser_feed(struct parser *p, const char *text, size_t len, bool complete)
{
	const struct line_attr *message;
	const char *s, *end;

	buf_reset(&p->input);
	buf_reset(&p->values_mem);
	buf_put(&p->input, text, len);
	p->complete = complete;
	p->journal = false;
	p->n_values = p->next = 0;
	end = p->input.data + len;
	s = parse__skip(p->input.data, end);
	if (s == end)
		return;
	if (*s == '{' && parser__is_entry(p, s, (size_t)(end - s))) {
		p->journal = true;
		message = line_find(&p->outer, "MESSAGE");
		if (message == NULL)
			parser__value(p, VALUE_ABSENT, "", 0);
		else
			parser__message(p, message);
		return;
	}
	parser__value(p, VALUE_TEXT, p->input.data, len);
}

/* A trusted field of the entry; NULL when it is missing or not one string. */
static const char *
parser__field(const struct parser *p, const char *key)
{
	const struct line_attr *a = line_find(&p->outer, key);

	return a != NULL && a->type == LINE_STRING ? a->text : NULL;
}

/* A decimal field times scale, or -1. */
static int64_t
parser__number(const struct parser *p, const char *key, int64_t scale)
{
	const char *s = parser__field(p, key);
	uint64_t v;

	if (s == NULL ||
	    !text_parse_u64(s, 0, (uint64_t)(INT64_MAX / scale), &v))
		return -1;
	return (int64_t)v * scale;
}

bool
parser_next(struct parser *p, struct record *r)
{
	const struct value *v;
	const char *broken;
	int64_t level;

	if (p->next == p->n_values)
		return false;
	record_reset(r);
	v = &p->values[p->next];
	buf_put(&r->raw, buf_str(&p->values_mem) + v->at, v->len);
	if (p->journal) {
		record_set_origin(r, parser__field(p, "_SYSTEMD_UNIT"),
		    parser__field(p, "_BOOT_ID"));
		r->real_ns = parser__number(p, "__REALTIME_TIMESTAMP",
		    NSEC_PER_USEC);
		r->mono_ns = parser__number(p, "__MONOTONIC_TIMESTAMP",
		    NSEC_PER_USEC);
		r->pid = parser__number(p, "_PID", 1);
		level = parser__number(p, "PRIORITY", 1);
		r->priority = level <= 7 ? (int)level : -1;
		broken = parser__field(p, "_LINE_BREAK");
		r->line_break_eof = broken != NULL &&
		    strcmp(broken, "eof") == 0;
	}
	if (v->kind == VALUE_ABSENT)
		r->flags |= RECORD_NO_TEXT;
	if (v->kind == VALUE_NULL)
		r->flags |= RECORD_WITHHELD;
	parse_message(r, p->complete);
	if (v->kind == VALUE_ODD)
		r->kind = RECORD_BAD;
	r->pos.sub = (unsigned)p->next++;
	return true;
}
