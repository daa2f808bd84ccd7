/* SPDX-License-Identifier: ISC */
#include "trace/journal_frame.h"

#include <string.h>

/* ---- writing ----------------------------------------------------------- */

void
journal_frame_put_num(struct buf *out, enum entry_field field, uint64_t v)
{
	char text[20], *p = text + sizeof(text);

	/* Two for every entry: printf() would be felt. */
	do {
		*--p = (char)('0' + v % 10);
		v /= 10;
	} while (v > 0);
	journal_frame_put(out, field, 0, p, (size_t)(text + sizeof(text) - p));
}

void
journal_frame_put_text(struct buf *out, enum journal_what what, unsigned aux,
    const char *text)
{
	journal_frame_put(out, what, aux, text,
	    strnlen(text, JOURNAL_TEXT_MAX));
}

/* ---- reading ----------------------------------------------------------- */

/* True when a piece with that head may come next. */
static bool
journal_frame__is_good(const struct journal_frame *f,
    const struct journal_head *head)
{
	if (head->what <= JOURNAL_MESSAGE)
		return head->len <= JOURNAL_VALUE_MAX &&
		    f->size + sizeof(*head) + head->len <= JOURNAL_ENTRY_MAX &&
		    head->aux <= (head->what == JOURNAL_MESSAGE);
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

	if (!f->open)
		entry_reset(e);
	f->open = true;
	f->size += sizeof(*head) + head->len;
	if (head->what < ENTRY_MESSAGE) {
		entry_put(e, (enum entry_field)head->what, s, head->len);
		return;
	}
	entry_message(e, ENTRY_TEXT, s, head->len);
	e->messages[e->n - 1].cut = head->aux != 0;
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
		if (head.what > JOURNAL_MESSAGE)
			break;
		journal_frame__field(f, &head, s + at);
		at += head.len;
	}
	*ret_used = at + head.len;
	if (head.what == JOURNAL_ENTRY) {
		f->open = false;
		f->size = 0;
		return JOURNAL_FRAME_ENTRY;
	}
	ret_word->what = (enum journal_what)head.what;
	ret_word->aux = head.aux;
	ret_word->text = s + at;
	ret_word->len = head.len;
	return JOURNAL_FRAME_WORD;
}
