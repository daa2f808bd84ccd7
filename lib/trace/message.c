/* SPDX-License-Identifier: ISC */
#include "trace/message.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "trace/line_form.h"
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

void
message_read(struct message_reader *m, const char *quoted, size_t len,
    bool complete, struct record *r)
{
	bool text = message__is_text(r);
	struct line_cut cut;

	if (!text &&
	    message__fill(m,
		line_form_cut(m->forms, quoted, len, &r->raw, &cut), &cut, r))
		return;
	buf_reset(&r->raw);
	buf_reserve(&r->raw, len + 1);
	r->raw.len = entry_put_unquoted(r->raw.data, quoted, len);
	r->raw.data[r->raw.len] = '\0';
	parse_message(r, complete);
	if (!text)
		line_form_learn(m->forms, quoted, len, r);
}

/* As much of it as has anything: its ends come last. */
static size_t
message__cut_len(const struct line_cut *cut)
{
	return offsetof(struct line_cut, ends) + cut->n * sizeof(*cut->ends);
}

void
message_keep(struct message_reader *m, const char *quoted, size_t len,
    struct record *r)
{
	struct line_cut cut;

	if (message__is_text(r) ||
	    line_form_cut(m->forms, quoted, len, &m->text, &cut) == NULL) {
		message_read(m, quoted, len, true, r);
		return;
	}
	buf_put(&r->raw, &cut, message__cut_len(&cut));
	buf_put(&r->raw, m->text.data, m->text.len);
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
