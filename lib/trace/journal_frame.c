/* SPDX-License-Identifier: ISC */
#include "trace/journal_frame.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* ---- writing ----------------------------------------------------------- */

void
journal_frame_put_text(struct buf *out, enum journal_what what, unsigned aux,
    const char *text)
{
	journal_frame_put(out, what, aux, text,
	    strnlen(text, JOURNAL_TEXT_MAX));
}

/* ---- reading ----------------------------------------------------------- */

static void
journal_frame__close(struct journal_frame *f)
{
	f->open = f->told = false;
	f->size = f->fields = 0;
}

void
journal_frame_begin(struct journal_frame *f, struct entry *entry)
{
	if (f->kinds == NULL)
		f->kinds = xcalloc(JOURNAL_KINDS, sizeof(*f->kinds));
	for (size_t i = 0; i < JOURNAL_KINDS; i++)
		f->kinds[i].like = 0;
	f->entry = entry;
	journal_frame__close(f);
}

void
journal_frame_done(struct journal_frame *f)
{
	for (size_t i = 0; f->kinds != NULL && i < JOURNAL_KINDS; i++)
		buf_done(&f->kinds[i].mem);
	free(f->kinds);
	f->kinds = NULL;
}

static bool
journal_frame__is_stamp(const struct journal_head *head)
{
	return head->what == ENTRY_REALTIME || head->what == ENTRY_MONOTONIC;
}

/* One of those that JOURNAL_KEEP is about. */
static bool
journal_frame__is_field(const struct journal_head *head)
{
	return head->what >= ENTRY_STAMPS && head->what < ENTRY_MESSAGE;
}

/* True when a piece with that head may come next. */
static bool
journal_frame__is_good(const struct journal_frame *f,
    const struct journal_head *head)
{
	if (head->what <= JOURNAL_MESSAGE)
		return head->len <= JOURNAL_VALUE_MAX &&
		    f->size + sizeof(*head) + head->len <= JOURNAL_ENTRY_MAX &&
		    head->aux <= (head->what == JOURNAL_MESSAGE) &&
		    (!journal_frame__is_stamp(head) ||
			head->len == sizeof(uint64_t)) &&
		    (!f->told || !journal_frame__is_field(head));
	if (head->what == JOURNAL_KEEP)
		return f->open && head->len == 0 && head->aux < JOURNAL_KINDS &&
		    !f->told && f->fields <= JOURNAL_KIND_MAX;
	if (head->what == JOURNAL_LIKE)
		return f->open && head->len == 0 && head->aux < JOURNAL_KINDS &&
		    !f->told && f->fields == 0 && f->kinds[head->aux].like != 0;
	if (head->what == JOURNAL_ENTRY)
		return f->open && head->len == 0 && head->aux == 0;
	return head->what > JOURNAL_ENTRY && head->what < JOURNAL_WHAT_MAX &&
	    head->len <= JOURNAL_TEXT_MAX && !f->open;
}

static void
journal_frame__field(struct journal_frame *f, const struct journal_head *head,
    const char *s)
{
	struct entry *e = f->entry;
	uint64_t stamp;

	if (!f->open)
		entry_reset(e);
	f->open = true;
	f->size += sizeof(*head) + head->len;
	if (journal_frame__is_field(head))
		f->fields += sizeof(*head) + head->len;
	if (journal_frame__is_stamp(head)) {
		memcpy(&stamp, s, sizeof(stamp));
		entry_put_num(e, (enum entry_field)head->what, stamp);
		return;
	}
	if (head->what < ENTRY_MESSAGE) {
		entry_put(e, (enum entry_field)head->what, s, head->len);
		return;
	}
	entry_message(e, ENTRY_TEXT, s, head->len);
	e->messages[e->n - 1].cut = head->aux != 0;
}

/* The entry's fields are those of that kind from now on. */
static void
journal_frame__keep(struct journal_frame *f, struct journal_kind *kind)
{
	struct entry *e = f->entry;
	struct entry_value *v;

	buf_reset(&kind->mem);
	for (size_t i = ENTRY_STAMPS; i < ENTRY_MESSAGE; i++) {
		v = &kind->fields[i];
		*v = e->fields[i];
		if (v->count == 0)
			continue;
		v->at = kind->mem.len;
		buf_puts(&kind->mem, e->mem.data + e->fields[i].at);
		buf_putc(&kind->mem, '\0');
	}
	for (size_t i = ENTRY_STAMPS; i < ENTRY_MESSAGE; i++)
		if (kind->fields[i].count > 0)
			kind->fields[i].kept = kind->mem.data +
			    kind->fields[i].at;
	kind->like = e->like = ++f->like;
}

static void
journal_frame__like(struct entry *e, const struct journal_kind *kind)
{
	memcpy(e->fields + ENTRY_STAMPS, kind->fields + ENTRY_STAMPS,
	    (ENTRY_MESSAGE - ENTRY_STAMPS) * sizeof(*e->fields));
	e->filled = true;
	e->like = kind->like;
}

/* A piece of an entry. */
static void
journal_frame__piece(struct journal_frame *f, const struct journal_head *head,
    const char *s)
{
	if (head->what == JOURNAL_KEEP)
		journal_frame__keep(f, &f->kinds[head->aux]);
	else if (head->what == JOURNAL_LIKE)
		journal_frame__like(f->entry, &f->kinds[head->aux]);
	else
		journal_frame__field(f, head, s);
	f->told = f->told || head->what > JOURNAL_MESSAGE;
}

enum journal_frame_status
journal_frame_take(struct journal_frame *f, const char *s, size_t len,
    size_t *ret_used, struct journal_word *ret_word)
{
	struct journal_head head;
	size_t at = 0;

	for (;;) {
		*ret_used = at;
		if (len - at < sizeof(head))
			return JOURNAL_FRAME_MORE;
		memcpy(&head, s + at, sizeof(head));
		if (!journal_frame__is_good(f, &head))
			return JOURNAL_FRAME_BAD;
		if (len - at - sizeof(head) < head.len)
			return JOURNAL_FRAME_MORE;
		at += sizeof(head);
		if (head.what >= JOURNAL_ENTRY)
			break;
		journal_frame__piece(f, &head, s + at);
		at += head.len;
	}
	*ret_used = at + head.len;
	if (head.what == JOURNAL_ENTRY) {
		journal_frame__close(f);
		return JOURNAL_FRAME_ENTRY;
	}
	ret_word->what = (enum journal_what)head.what;
	ret_word->aux = head.aux;
	ret_word->text = s + at;
	ret_word->len = head.len;
	return JOURNAL_FRAME_WORD;
}
