/* SPDX-License-Identifier: ISC */
/* A line that is typed in at the bottom: a search, or a filter. */
#ifndef TOP_PROMPT_H
#define TOP_PROMPT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

#define PROMPT_TEXT_MAX 1024

enum prompt_kind { PROMPT_NONE, PROMPT_SEARCH, PROMPT_FILTER };

struct prompt {
	enum prompt_kind kind;
	struct buf text;  /* UTF-8 */
	struct buf wrong; /* why it was not taken; "": nothing is */
	size_t wrong_at;  /* at which byte of the text */
};

enum prompt_answer {
	PROMPT_GOES_ON,
	PROMPT_CHANGED,
	PROMPT_DONE,
	PROMPT_GIVEN_UP,
};

/* Begins one with this text in it. */
void prompt_begin(struct prompt *p, enum prompt_kind kind, const char *text);
/* code: as screen_ops.key gives it. */
enum prompt_answer prompt_key(struct prompt *p, int code);
void prompt_end(struct prompt *p);
void prompt_free(struct prompt *p);
const char *prompt_label(enum prompt_kind kind);

#endif
