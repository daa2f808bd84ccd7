/* SPDX-License-Identifier: ISC */
#include "trace/message.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "trace/parse.h"

struct message_reader {
	struct line_forms *forms;
	struct form_clock clock;
	struct buf text; /* of the line that was cut */
};

struct message_reader *
message_reader_new(void)
{
	struct message_reader *m = xcalloc(1, sizeof(*m));

	m->forms = line_forms_new();
	return m;
}

struct message_reader *
message_reader_free(struct message_reader *m)
{
	if (m == NULL)
		return NULL;
	line_forms_free(m->forms);
	buf_done(&m->text);
	free(m);
	return NULL;
}

/* Of others' lines, and of notes, there is only the text. */
static bool
message__is_text(const struct record *r)
{
	return (r->flags & (RECORD_ELSEWHERE | RECORD_NOTE)) != 0;
}

/* form NULL: it has none. */
static bool
message__fill(struct message_reader *m, const struct form *form,
    const struct line_cut *cut, struct record *r)
{
	if (form == NULL || !line_form_fill(form, &m->clock, cut, r))
		return false;
	r->time_ns = r->ev.time_ns;
	r->time_from = RECORD_TIME_OWN;
	return true;
}

/* The line's own text. */
static void
message__put(struct buf *raw, const struct line_text *text)
{
	buf_reset(raw);
	buf_reserve(raw, text->len + 1);
	if (text->quoted)
		raw->len = entry_put_unquoted(raw->data, text->s, text->len);
	else
		buf_put(raw, text->s, text->len);
	raw->data[raw->len] = '\0';
}

/* The same of a line that has a form; raw has it already if it was quoted. */
static const struct form *
message__cut(struct message_reader *m, const struct line_text *text,
    struct buf *raw, struct line_cut *cut)
{
	const struct form *form = line_form_cut(m->forms, text, raw, cut);

	if (form != NULL && !text->quoted)
		message__put(raw, text);
	return form;
}

void
message_read(struct message_reader *m, const struct line_text *text,
    bool complete, struct record *r)
{
	bool evidence = !message__is_text(r);
	struct line_cut cut;

	if (evidence &&
	    message__fill(m, message__cut(m, text, &r->raw, &cut), &cut, r))
		return;
	message__put(&r->raw, text);
	parse_message(r, complete);
	if (evidence)
		line_form_learn(m->forms, text, r);
}

/* As much of it as has anything: its ends come last. */
static size_t
message__cut_len(const struct line_cut *cut)
{
	return offsetof(struct line_cut, ends) + cut->n * sizeof(*cut->ends);
}

void
message_keep(struct message_reader *m, const struct line_text *text,
    struct record *r)
{
	struct line_cut cut;

	if (message__is_text(r) ||
	    line_form_cut(m->forms, text, &m->text, &cut) == NULL) {
		message_read(m, text, true, r);
		return;
	}
	buf_put(&r->raw, &cut, message__cut_len(&cut));
	if (text->quoted)
		buf_put(&r->raw, m->text.data, m->text.len);
	else
		buf_put(&r->raw, text->s, text->len);
	r->unread = true;
}

void
message_read_kept(struct message_reader *m, const char *kept, size_t len,
    struct record *r)
{
	const struct form *form;
	struct line_cut cut;
	size_t at;

	memcpy(&cut, kept, offsetof(struct line_cut, ends));
	at = message__cut_len(&cut);
	memcpy(&cut, kept, at);
	buf_reset(&r->raw);
	buf_put(&r->raw, kept + at, len - at);
	form = line_form_of(m->forms, cut.number);
	if (message__fill(m, form, &cut, r))
		return;
	parse_message(r, true);
	if (form == NULL)
		line_form_learn_number(m->forms, cut.number, r);
}
