/* SPDX-License-Identifier: ISC */
/*
 * What a view draws on: a grid of cells, of a real terminal (screen_curses.c)
 * or of memory (screen_text.c).  Views know neither; they go through draw.h,
 * which is the only caller of put: what it puts is safe to print, and fits
 * between x and the right edge.
 */
#ifndef TOP_SCREEN_H
#define TOP_SCREEN_H

#include <stdbool.h>

#include "base/cleanup.h"
#include "base/error.h"

#include "theme.h"

struct buf;

/* What key() returns beside characters. */
enum screen_key {
	SCREEN_KEY_NONE = -1, /* nothing was pressed */
	SCREEN_KEY_ENTER = '\r',
	SCREEN_KEY_ESC = 27,
	SCREEN_KEY_UP = 0x110000, /* past all characters */
	SCREEN_KEY_DOWN,
	SCREEN_KEY_PAGE_UP,
	SCREEN_KEY_PAGE_DOWN,
	SCREEN_KEY_HOME,
	SCREEN_KEY_END,
	SCREEN_KEY_BACKSPACE,
	SCREEN_KEY_RESIZE, /* size() says something else now */
	SCREEN_KEY_MOUSE,  /* screen.mouse says what of it */
	SCREEN_KEY_OTHER,  /* one that has no name here */
};

struct screen;

struct screen_ops {
	void (*size)(const struct screen *s, int *ret_cols, int *ret_rows);
	void (*clear)(struct screen *s);
	/* role: enum theme_role, and THEME_SELECTED */
	void (*put)(struct screen *s, int x, int y, const char *text,
	    unsigned role);
	void (*flush)(struct screen *s);
	/* All cells are written anew by the next flush. */
	void (*repaint)(struct screen *s);
	int (*key)(struct screen *s);      /* never waits */
	int (*fd)(const struct screen *s); /* readable when a key is there */
	/* Gives the terminal back until the next flush. */
	void (*leave)(struct screen *s);
	void (*alert)(struct screen *s);
	void (*close)(struct screen *s);
};

enum screen_mouse_what {
	SCREEN_MOUSE_PRESS,
	SCREEN_MOUSE_UP, /* the wheel */
	SCREEN_MOUSE_DOWN,
};

struct screen_mouse {
	enum screen_mouse_what what;
	int x, y;
};

/* The head of both kinds; theirs stands behind it. */
struct screen {
	const struct screen_ops *ops;
	struct screen_mouse mouse;
	bool ascii; /* nothing but ASCII is to be put */
};

/*
 * Fails where stdout is no terminal, or none that can place the cursor, or
 * there is none to read keys from: stdin, or else the controlling one.  Writes
 * nothing.
 */
int screen_curses_check(struct error *err);
/*
 * Takes over that terminal until it is closed; fails as the check does.  The
 * mouse is the terminal's own unless it is asked for.
 */
int screen_curses_open(bool ascii, enum theme_id theme, bool mouse,
    struct screen **ret, struct error *err);
/* cols and rows are at least 1. */
struct screen *screen_text_new(int cols, int rows, bool ascii);
/* Appends the grid, a line a row, without blanks at the ends of lines. */
void screen_text_print(const struct screen *s, struct buf *out);
/* Takes NULL; returns NULL. */
static inline struct screen *
screen_free(struct screen *s)
{
	if (s != NULL)
		s->ops->close(s);
	return NULL;
}

DEFINE_FREEP(struct screen *, screen_free);

#endif
