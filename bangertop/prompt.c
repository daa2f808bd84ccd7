/* SPDX-License-Identifier: ISC */
#include "prompt.h"

#include "base/text.h"

#include "screen.h"

#define PROMPT_CTRL_U 21 /* all of it */
#define PROMPT_CTRL_W 23 /* a word */
#define PROMPT_CTRL_C 3
#define PROMPT_CTRL_G 7

void
prompt_begin(struct prompt *p, enum prompt_kind kind, const char *text)
{
	prompt_end(p);
	p->kind = kind;
	if (text != NULL)
		buf_puts(&p->text, text);
}

void
prompt_end(struct prompt *p)
{
	p->kind = PROMPT_NONE;
	buf_reset(&p->text);
	buf_reset(&p->wrong);
}

void
prompt_free(struct prompt *p)
{
	buf_done(&p->text);
	buf_done(&p->wrong);
}

static void
prompt__put(struct buf *b, uint32_t cp)
{
	char out[4];
	size_t n = 0;

	if (cp < 0x80) {
		out[n++] = (char)cp;
	} else if (cp < 0x800) {
		out[n++] = (char)(0xc0 | cp >> 6);
		out[n++] = (char)(0x80 | (cp & 63));
	} else if (cp < 0x10000) {
		out[n++] = (char)(0xe0 | cp >> 12);
		out[n++] = (char)(0x80 | (cp >> 6 & 63));
		out[n++] = (char)(0x80 | (cp & 63));
	} else {
		out[n++] = (char)(0xf0 | cp >> 18);
		out[n++] = (char)(0x80 | (cp >> 12 & 63));
		out[n++] = (char)(0x80 | (cp >> 6 & 63));
		out[n++] = (char)(0x80 | (cp & 63));
	}
	if (b->len + n <= PROMPT_TEXT_MAX)
		buf_put(b, out, n);
}

static void
prompt__cut(struct buf *b, size_t len)
{
	if (b->data == NULL)
		return;
	b->len = len;
	b->data[len] = '\0';
}

/* Without the last character, or the last word. */
static void
prompt__back(struct buf *b, bool word)
{
	size_t len = b->len;

	while (word && len > 0 && b->data[len - 1] == ' ')
		len--;
	while (word && len > 0 && b->data[len - 1] != ' ')
		len--;
	while (
	    !word && len > 0 && ((unsigned char)b->data[--len] & 0xc0) == 0x80)
		;
	prompt__cut(b, len);
}

enum prompt_answer
prompt_key(struct prompt *p, int code)
{
	size_t before = p->text.len;

	switch (code) {
	case SCREEN_KEY_ENTER:
		return PROMPT_DONE;
	case SCREEN_KEY_ESC:
	case PROMPT_CTRL_C:
	case PROMPT_CTRL_G:
		return PROMPT_GIVEN_UP;
	case SCREEN_KEY_BACKSPACE:
	case '\b':
		if (before == 0)
			return PROMPT_GIVEN_UP;
		prompt__back(&p->text, false);
		break;
	case PROMPT_CTRL_U:
		prompt__cut(&p->text, 0);
		break;
	case PROMPT_CTRL_W:
		prompt__back(&p->text, true);
		break;
	default:
		if (code < ' ' || code > 0x10ffff ||
		    (code >= 0xd800 && code < 0xe000) ||
		    text_is_hostile((uint32_t)code))
			return PROMPT_GOES_ON;
		prompt__put(&p->text, (uint32_t)code);
	}
	if (p->text.len == before)
		return PROMPT_GOES_ON;
	buf_reset(&p->wrong);
	return PROMPT_CHANGED;
}

const char *
prompt_label(enum prompt_kind kind)
{
	return kind == PROMPT_SEARCH ? "search" : "filter";
}
