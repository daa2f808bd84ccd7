/* SPDX-License-Identifier: ISC */
#include "trace/message.h"

#include <stdlib.h>

#include "base/mem.h"
#include "trace/line_form.h"
#include "trace/parse.h"

struct message_reader {
	struct line_forms *forms;
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
	free(m);
	return NULL;
}

void
message_read(struct message_reader *m, const char *quoted, size_t len,
    bool complete, struct record *r)
{
	/* Of others' lines, and of notes, there is only the text. */
	bool text = (r->flags & (RECORD_ELSEWHERE | RECORD_NOTE)) != 0;

	if (!text && line_form_read(m->forms, quoted, len, r)) {
		r->time_ns = r->ev.time_ns;
		r->time_from = RECORD_TIME_OWN;
		return;
	}
	buf_reset(&r->raw);
	buf_reserve(&r->raw, len + 1);
	r->raw.len = entry_put_unquoted(r->raw.data, quoted, len);
	r->raw.data[r->raw.len] = '\0';
	parse_message(r, complete);
	if (!text)
		line_form_learn(m->forms, quoted, len, r);
}

void
message_keep(struct record *r, const char *quoted, size_t len)
{
	buf_reserve(&r->raw, len + LINE_FORM_SLACK);
	buf_put(&r->raw, quoted, len);
	r->unread = true;
}

void
message_read_later(struct message_reader *m, const struct record *r,
    struct record *ret)
{
	record_copy_outer(ret, r);
	message_read(m, r->raw.data, r->raw.len, true, ret);
}
