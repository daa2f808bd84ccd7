/* SPDX-License-Identifier: ISC */
/*
 * The drawing edge: everything that reaches a screen passes here.  Text from a
 * log goes through draw_log(), which makes it safe; all of it is cut and
 * padded to the cells it is given and clipped at the screen's edges.
 */
#ifndef TOP_DRAW_H
#define TOP_DRAW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "screen.h"
#include "theme.h"

struct buf;

struct rect {
	int x, y, w, h;
};

enum draw_glyph {
	DRAW_ODD,
	DRAW_EVEN,
	DRAW_NOW,
	DRAW_CALL,
	DRAW_LINE,
	DRAW_GLYPH_MAX
};

enum draw_flags { DRAW_LEFT = 0, DRAW_RIGHT = 1 };

/* Text of ours, which may be cut; x, y and cells may lie off the screen. */
void draw_text(struct screen *s, int x, int y, int cells, const char *text,
    enum draw_flags flags, unsigned role);
/* Text of anybody's; NULL is shown as "-". */
void draw_log(struct screen *s, int x, int y, int cells, const char *text,
    enum draw_flags flags, unsigned role);
/*
 * Appends anybody's text made safe, as draw_log() has it; a mark without a
 * character to stand on gets one.
 */
void draw_safe(const struct screen *s, const char *text, struct buf *out);
/*
 * Bytes of safe text for a line of so many cells: as much as fits, or (words)
 * to the last blank that fits; at least one character.
 */
size_t draw_fitting(const char *text, size_t cells, bool words);
/* The same glyph so many times. */
void draw_run(struct screen *s, int x, int y, int cells, enum draw_glyph glyph,
    unsigned role);
/* Text of anybody's over at most `rows` lines; returns how many it took. */
int draw_wrapped(struct screen *s, struct rect area, const char *text,
    unsigned role);
/* How many lines that would be, without a bound. */
int draw_wrapped_lines(const struct screen *s, int cells, const char *text);
/* A column a value, the last ones of n where there are more than cells. */
void draw_levels(struct screen *s, int x, int y, int cells,
    const uint32_t *values, size_t n, unsigned role);
/*
 * The stages of an operation as a bar: marks are their starts, total is now.
 * Stages alternate; the one that is `open` has a look of its own.
 */
void draw_stages(struct screen *s, int x, int y, int cells,
    const int64_t *marks, size_t n, int64_t total, bool open,
    unsigned selected);
/* A time that ticks: "4.2s", "2m03s". */
const char *draw_elapsed(int64_t ns, char out[CLOCK_DURATION_MAX]);

#endif
