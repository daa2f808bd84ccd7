/* SPDX-License-Identifier: ISC */
/*
 * What keys mean: which view is shown, what is typed, what is done to the
 * model.  It knows neither terminal nor clock, so that tests can press keys.
 */
#ifndef TOP_UI_H
#define TOP_UI_H

#include "config.h"
#include "feed.h"
#include "model.h"
#include "prompt.h"
#include "replay.h"
#include "screen.h"
#include "view.h"

enum ui_reaction {
	UI_NOTHING = 0,
	UI_REDRAW = 1,
	UI_UPDATE = 2, /* the model first */
	UI_QUIT = 4,
	UI_REPAINT = 8,
};

struct ui {
	struct model *model; /* borrowed, as the three below */
	struct feed *feed;
	const char *source;
	struct replay *replay;             /* NULL: what is shown is live */
	const struct view_ops *view, *tab; /* what is shown; the last tab */
	struct prompt prompt;
	struct opid before; /* what was selected when the search began */
	char say[512];      /* an answer to the last key, or ""; any text */

	struct config config; /* borrowed text; what S saves beside the model */
	bool readonly;        /* nothing is canceled */
	struct opid asked;    /* what the question is about; unset: none */
	/* Has it canceled; NULL: there is nobody to ask. */
	void (*cancel)(void *arg, const struct opid *op);
	void *cancel_arg;
};

/* Begins with the operations. */
void ui_init(struct ui *u, struct model *model, struct feed *feed,
    const char *source);
void ui_done(struct ui *u);
/* A key of screen_ops.key; answers with enum ui_reaction bits. */
unsigned ui_key(struct ui *u, int code, int64_t now_ns);
void ui_draw(struct ui *u, struct screen *s);
/* The mouse of screen_ops.key, as ui_key(). */
unsigned ui_mouse(struct ui *u, const struct screen *s, int64_t now_ns);
/* After the model was updated: what else is shown that grows. */
void ui_refresh(struct ui *u);
/* Says that at the bottom until the next key; any text. */
void ui_say(struct ui *u, const char *text);
/* The view of that name, as a tab has it, in any case; or NULL. */
const struct view_ops *ui_view(const char *name);
/* Shows it, one of view_tabs. */
void ui_show(struct ui *u, const struct view_ops *tab);

#endif
