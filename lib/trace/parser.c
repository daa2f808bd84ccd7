/* SPDX-License-Identifier: ISC */
/* What stands around a message: lines and entries to records. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "trace/join.h"
#include "trace/message.h"
#include "trace/parse.h"
#include "trace/parse_origin.h"
#include "trace/parse_policy.h"
#include "trace/parse_short.h"

enum parser_form {
	PARSER_UNKNOWN, /* no line has told yet */
	PARSER_BARE,
	PARSER_SHORT,
};

struct parser {
	const char *const *units;
	enum parser_form form;
	bool complete, journal;
	int64_t pid; /* from the head of a short line, or -1 */
	struct line outer;
	struct entry entry;
	struct message_reader *messages;
	bool unread; /* their reading is left to others */
	struct origins origins;
	bool fed_entry; /* the entry is whole, not being filled */
	size_t next;
	struct join join;
	struct record_pos at; /* of the line that was fed */
	uint64_t number;      /* and its place in the input */
	struct buf cursor;    /* behind at.safe_cursor */
	uint64_t fed;
};

struct parser *
parser_new(void)
{
	struct parser *p = xcalloc(1, sizeof(*p));

	p->units = parse_usual_units;
	p->messages = message_reader_new();
	origins_init(&p->origins);
	return p;
}

struct parser *
parser_free(struct parser *p)
{
	if (p == NULL)
		return NULL;
	line_done(&p->outer);
	entry_done(&p->entry);
	message_reader_free(p->messages);
	join_done(&p->join);
	buf_done(&p->cursor);
	origins_done(&p->origins);
	free(p);
	return NULL;
}

void
parser_units(struct parser *p, const char *const *units)
{
	p->units = units != NULL ? units : parse_usual_units;
	origins_forget(&p->origins);
}

void
parser_leave_unread(struct parser *p, bool unread)
{
	p->unread = unread;
}

void
parser_restart(struct parser *p)
{
	p->form = PARSER_UNKNOWN;
}

struct entry *
parser_entry(struct parser *p)
{
	return &p->entry;
}

/* What every line begins with. */
static void
parser__start(struct parser *p, bool complete)
{
	p->complete = complete;
	p->journal = false;
	p->pid = -1;
	p->fed_entry = true;
	p->next = 0;
	p->number = ++p->fed;
}

/* ---- lines ------------------------------------------------------------- */

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

/* "[12.3K blob data]": the short forms leave out what is not printable. */
static bool
parser__is_blob(const char *s, size_t len)
{
	static const char end[] = " blob data]";
	size_t tail = sizeof(end) - 1, digits;

	if (len <= tail + 1 || *s != '[' ||
	    memcmp(s + len - tail, end, tail) != 0)
		return false;
	digits = strspn(s + 1, "0123456789.");
	return digits > 0 &&
	    1 + digits + strspn(s + 1 + digits, "BKMG") == len - tail;
}

/* A line that is no entry: with or without a head. */
static void
parser__plain(struct parser *p, const char *text, size_t len)
{
	size_t head = 0;

	if (p->form != PARSER_BARE)
		head = short_head(text, len, &p->pid);
	if (head > 0)
		p->form = PARSER_SHORT;
	if (head > 0 && parser__is_blob(text + head, len - head))
		entry_message(&p->entry, ENTRY_NULL, text, len);
	else
		entry_message(&p->entry, ENTRY_TEXT, text + head, len - head);
}

bool
parser_learn(struct parser *p, const char *text, size_t len)
{
	size_t at = 0;
	int64_t pid;

	while (at < len && strchr("\xef\xbb\xbf \t\r", text[at]) != NULL &&
	    text[at] != '\0')
		at++;
	if (p->form == PARSER_UNKNOWN && at < len && text[at] == '{')
		p->form = PARSER_BARE;
	if (p->form == PARSER_UNKNOWN && short_head(text, len, &pid) > 0)
		p->form = PARSER_SHORT;
	return p->form != PARSER_UNKNOWN;
}

/* ---- records ----------------------------------------------------------- */

/* The record of a message, but for what follows from its text. */
static void
parser__fill(struct parser *p, const struct entry_message *m, struct record *r)
{
	record_reset(r);
	r->pid = p->pid;
	if (p->journal)
		origins_fill(&p->origins, &p->entry, p->units, r);
	if (m->kind == ENTRY_ABSENT)
		r->kind = RECORD_NOMSG;
	/* What is not ours is not missed. */
	if ((r->flags & RECORD_ELSEWHERE) == 0) {
		if (m->kind == ENTRY_NULL)
			r->flags |= p->journal ? RECORD_WITHHELD
					       : RECORD_WITHHELD | RECORD_BLOB;
		if (m->cut)
			r->flags |= RECORD_CUT;
	}
	r->pos = p->at;
	r->pos.safe_cursor = NULL;
}

/* ---- split lines ------------------------------------------------------- */

/*
 * Keeps back a piece of a split line.  Others' lines are not joined: they are
 * no evidence, and must not push ours out.
 */
static void
parser__join(struct parser *p)
{
	struct entry *e = &p->entry;
	struct entry_message *m = e->messages;
	const char *stream = entry_str(e, ENTRY_STREAM), *text;
	enum join_break how = join_break_of(entry_str(e, ENTRY_LINE_BREAK));
	int64_t pid = entry_num(e, ENTRY_PID, 1);
	struct join_line *line;

	join_expire(&p->join, entry_str(e, ENTRY_BOOT),
	    entry_num(e, ENTRY_MONOTONIC, NSEC_PER_USEC),
	    entry_num(e, ENTRY_REALTIME, NSEC_PER_USEC));
	if (stream == NULL || !policy_is_evidence(p->units, e))
		return;
	line = join_find(&p->join, stream, pid);
	if (e->n != 1 || m->kind != ENTRY_TEXT) {
		if (line != NULL)
			join_end(&p->join, line, false);
		return;
	}
	entry_unquote(e, m);
	text = e->mem.data + m->at;
	/* The end of the line before it was empty, and dropped. */
	if (line != NULL && join_is_object(&p->join, text, m->len)) {
		join_end(&p->join, line, true);
		line = NULL;
	}
	if (line == NULL) {
		if ((how != JOIN_MAX && how != JOIN_NUL) ||
		    (how == JOIN_MAX && join_is_object(&p->join, text, m->len)))
			return;
		line = join_begin(&p->join, stream, pid, p->number);
		parser__fill(p, m, &line->r);
		if (p->at.safe_cursor != NULL)
			record_set_cursor(&line->r, p->at.safe_cursor);
	}
	join_put(&p->join, line, text, m->len, how, p->complete);
	p->next = e->n;
}

/* Behind every entry; what is whole takes the way of a line. */
static void
parser__entry(struct parser *p)
{
	p->journal = true;
	if (p->join.n > 0)
		entry_spread(&p->entry);
	if (p->join.n > 0 || entry_has(&p->entry, ENTRY_LINE_BREAK))
		parser__join(p);
}

void
parser_feed_entry(struct parser *p, bool complete)
{
	parser__start(p, complete);
	if (p->entry.n == 0)
		entry_message(&p->entry, ENTRY_ABSENT, "", 0);
	parser__entry(p);
}

size_t
parser_scan(struct parser *p, const char *text, size_t room)
{
	size_t len;

	/* What the input is, its first line tells. */
	if (p->form == PARSER_UNKNOWN)
		return 0;
	len = entry_scan(&p->entry, text, room);
	return len < room && text[len] == '\n' ? len : 0;
}

void
parser_feed(struct parser *p, const char *text, size_t len, bool complete)
{
	const char *s = text, *end = text + len;

	entry_reset(&p->entry);
	parser__start(p, complete);
	if (len >= 3 && memcmp(s, "\xef\xbb\xbf", 3) == 0)
		s += 3;
	while (s < end && (*s == ' ' || *s == '\t' || *s == '\r'))
		s++;
	if (s == end)
		return;
	if (*s == '{' && p->form == PARSER_UNKNOWN)
		p->form = PARSER_BARE;
	if (entry_scan(&p->entry, s, (size_t)(end - s)) == (size_t)(end - s)) {
		parser__entry(p);
		return;
	}
	entry_reset(&p->entry);
	if (*s == '{' && parser__is_entry(p, s, (size_t)(end - s))) {
		entry_from_json(&p->entry, &p->outer, text, len);
		parser__entry(p);
		return;
	}
	parser__plain(p, text, len);
}

void
parser_at(struct parser *p, const struct record_pos *at)
{
	p->at = *at;
	buf_reset(&p->cursor);
	if (at->safe_cursor == NULL)
		return;
	buf_puts(&p->cursor, at->safe_cursor);
	p->at.safe_cursor = p->cursor.data;
}

void
parser_flush(struct parser *p)
{
	const struct join_line *first = join_first(&p->join);

	p->fed_entry = false;
	if (first == NULL)
		return;
	/* Reading on must begin with the first piece, were the rest there. */
	p->number = first->number;
	parser_at(p, &first->r.pos);
	join_flush(&p->join);
}

/* ---- out --------------------------------------------------------------- */

/* Where reading on would miss nothing, once this record was taken. */
static void
parser__safe(const struct parser *p, struct record *r)
{
	const struct join_line *first = join_first(&p->join);
	const struct record_pos *at = &p->at;

	if (first != NULL && first->number < p->number)
		at = &first->r.pos;
	r->pos.safe_offset = at->safe_offset;
	r->pos.safe_lines = at->safe_lines;
	r->pos.safe_cursor = NULL;
	if (at->safe_cursor != NULL)
		record_set_cursor(r, at->safe_cursor);
}

/* The record's text, and what follows from it. */
static void
parser__message(struct parser *p, struct entry_message *m, struct record *r)
{
	struct line_text text = { m->quoted, m->len, true };

	if (m->quoted == NULL) {
		buf_reserve(&p->entry.mem, LINE_FORM_SLACK);
		text.s = p->entry.mem.data + m->at;
		text.quoted = false;
	}
	if (m->kind != ENTRY_TEXT) {
		buf_put(&r->raw, text.s, text.len);
		parse_message(r, p->complete);
		if (m->kind == ENTRY_ODD && r->kind != RECORD_FOREIGN)
			r->kind = RECORD_BAD;
	} else if (p->unread && p->complete) {
		message_keep(p->messages, &text, r);
	} else {
		message_read(p->messages, &text, p->complete, r);
	}
}

bool
parser_next(struct parser *p, struct record *r)
{
	struct entry_message *m;

	if (join_take(&p->join, r)) {
		parser__safe(p, r);
		return true;
	}
	if (p->next == p->entry.n)
		p->fed_entry = false;
	if (!p->fed_entry)
		return false;
	m = &p->entry.messages[p->next];
	parser__fill(p, m, r);
	/* One notice is one gap, were its text there twice. */
	if (p->next > 0)
		r->flags &= ~(unsigned)RECORD_SUPPRESSED;
	parser__message(p, m, r);
	r->pos.sub = (unsigned)p->next++;
	r->pos.more = p->next < p->entry.n;
	parser__safe(p, r);
	return true;
}
