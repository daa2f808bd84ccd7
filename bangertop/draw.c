/* SPDX-License-Identifier: ISC */
#include "draw.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"

static const struct {
	const char *wide, *ascii;
} draw_glyphs[DRAW_GLYPH_MAX] = {
	[DRAW_ODD] = { "\xe2\x96\x92", "-" },  /* medium shade */
	[DRAW_EVEN] = { "\xe2\x96\x93", "=" }, /* dark shade */
	[DRAW_NOW] = { "\xe2\x96\x88", "#" },  /* full block */
	[DRAW_CALL] = { "\xe2\x96\xac", "~" }, /* black rectangle */
	[DRAW_LINE] = { "\xe2\x94\x80", "-" }, /* light horizontal */
};

void
draw_text(struct screen *s, int x, int y, int cells, const char *text,
    enum draw_flags flags, unsigned role)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	int cols, rows;

	s->ops->size(s, &cols, &rows);
	if (cells > cols - x)
		cells = cols - x;
	if (x < 0 || y < 0 || y >= rows || cells <= 0)
		return;
	text_fit(&out, text, (size_t)cells, (flags & DRAW_RIGHT) != 0,
	    s->ascii);
	s->ops->put(s, x, y, buf_str(&out), role);
}

/* Puts '?' for every character that is not ASCII. */
static void
draw__to_ascii(struct buf *b)
{
	size_t to = 0, n;
	uint32_t cp;

	for (size_t i = 0; i < b->len; i += n) {
		n = text_utf8_next(b->data + i, b->len - i, &cp);
		n += n == 0;
		b->data[to++] = n == 1 ? b->data[i] : '?';
	}
	b->len = to;
	if (b->data != NULL)
		b->data[to] = '\0';
}

void
draw_safe(const struct screen *s, const char *text, struct buf *out)
{
	uint32_t cp;
	char first[8];
	size_t n;

	n = text[0] != '\0' ? text_utf8_next(text, strlen(text), &cp) : 0;
	memcpy(first, text, n);
	first[n] = '\0';
	if (n > 1 && text_width(first) == 0 && !s->ascii)
		buf_puts(out, "\xe2\x97\x8c");
	text_escape(out, text, strlen(text), false);
	if (s->ascii)
		draw__to_ascii(out);
}

void
draw_log(struct screen *s, int x, int y, int cells, const char *text,
    enum draw_flags flags, unsigned role)
{
	_cleanup_buf_ struct buf safe = BUF_INIT;

	draw_safe(s, text != NULL ? text : "-", &safe);
	draw_text(s, x, y, cells, buf_str(&safe), flags, role);
}

void
draw_run(struct screen *s, int x, int y, int cells, enum draw_glyph glyph,
    unsigned role)
{
	_cleanup_buf_ struct buf run = BUF_INIT;
	const char *one = s->ascii ? draw_glyphs[glyph].ascii
				   : draw_glyphs[glyph].wide;

	for (int i = 0; i < cells; i++)
		buf_puts(&run, one);
	draw_text(s, x, y, cells, buf_str(&run), DRAW_LEFT, role);
}

void
draw_levels(struct screen *s, int x, int y, int cells, const uint32_t *values,
    size_t n, unsigned role)
{
	static const char ascii[] = " .:-=+*#@";
	_cleanup_buf_ struct buf out = BUF_INIT;
	uint32_t most = 1;
	unsigned level;

	if (cells > 0 && n > (size_t)cells) {
		values += n - (size_t)cells;
		n = (size_t)cells;
	}
	for (size_t i = 0; i < n; i++)
		most = values[i] > most ? values[i] : most;
	for (size_t i = 0; i < n; i++) {
		level = (unsigned)(((uint64_t)values[i] * 8 + most - 1) / most);
		if (s->ascii || level == 0)
			buf_putc(&out, ascii[level]);
		else /* U+2581 to U+2588: blocks, ever higher */
			buf_printf(&out, "\xe2\x96%c", 0x80 + (int)level);
	}
	draw_text(s, x, y, cells, buf_str(&out), DRAW_LEFT, role);
}

size_t
draw_fitting(const char *text, size_t cells, bool words)
{
	size_t len = strlen(text), used = 0, i = 0, blank = 0, n, w;
	char one[8];
	uint32_t cp;

	for (; i < len; i += n, used += w) {
		n = text_utf8_next(text + i, len - i, &cp);
		n += n == 0;
		memcpy(one, text + i, n);
		one[n] = '\0';
		w = text_width(one);
		if (used + w > cells)
			return blank > 0 ? blank : i > 0 ? i : n;
		if (words && text[i] == ' ')
			blank = i;
	}
	return i;
}

/* Draws up to `rows` lines, or only counts them when screen is NULL. */
static int
draw__wrap(struct screen *s, struct rect area, const char *text, unsigned role)
{
	_cleanup_buf_ struct buf line = BUF_INIT;
	int y = 0;

	for (size_t n; text[0] != '\0' && y < area.h; y++) {
		n = draw_fitting(text, (size_t)area.w, true);
		/* The last line has all that is left, and is cut. */
		if (y == area.h - 1)
			n = strlen(text);
		buf_reset(&line);
		buf_put(&line, text, n);
		if (s != NULL)
			draw_text(s, area.x, area.y + y, area.w, buf_str(&line),
			    DRAW_LEFT, role);
		text += n;
		text += strspn(text, " ");
	}
	return y;
}

int
draw_wrapped(struct screen *s, struct rect area, const char *text,
    unsigned role)
{
	_cleanup_buf_ struct buf safe = BUF_INIT;

	draw_safe(s, text, &safe);
	return area.w > 0 ? draw__wrap(s, area, buf_str(&safe), role) : 0;
}

int
draw_wrapped_lines(const struct screen *s, int cells, const char *text)
{
	struct rect area = { 0, 0, cells, INT32_MAX };
	_cleanup_buf_ struct buf safe = BUF_INIT;

	draw_safe(s, text, &safe);
	return cells > 0 ? draw__wrap(NULL, area, buf_str(&safe), 0) : 0;
}

/* The stage that was under way at that time; -1 before the first of them. */
static int
draw__stage_at(const int64_t *marks, int n, int64_t at)
{
	while (n > 0 && marks[n - 1] > at)
		n--;
	return n - 1;
}

void
draw_stages(struct screen *s, int x, int y, int cells, const int64_t *marks,
    size_t n_marks, int64_t total, bool open, unsigned selected)
{
	static const unsigned roles[] = { [DRAW_ODD] = THEME_BAR_ODD,
		[DRAW_EVEN] = THEME_BAR_EVEN,
		[DRAW_NOW] = THEME_BAR_NOW };
	int n = (int)n_marks, last = -1, stage, least;
	enum draw_glyph glyph;

	draw_text(s, x, y, cells, "", DRAW_LEFT, selected);
	for (int c = 0; c < cells && n > 0; c++) {
		stage = draw__stage_at(marks, n,
		    (int64_t)((double)total * (c + 0.5) / cells));
		/* None is left out, however short, while there are cells. */
		least = n - (cells - c);
		stage = stage > last + 1 ? last + 1 : stage;
		stage = stage < last ? last : stage;
		stage = stage < least ? least : stage;
		last = stage;
		if (stage < 0)
			continue;
		glyph = stage == n - 1 && open ? DRAW_NOW
		    : stage % 2 == 0           ? DRAW_ODD
					       : DRAW_EVEN;
		draw_run(s, x + c, y, 1, glyph, roles[glyph] | selected);
	}
}

const char *
draw_elapsed(int64_t ns, char out[CLOCK_DURATION_MAX])
{
	if (ns >= 60 * NSEC_PER_SEC)
		return clock_format_duration(ns, out);
	snprintf(out, CLOCK_DURATION_MAX, "%d.%ds", (int)(ns / NSEC_PER_SEC),
	    (int)(ns / (NSEC_PER_SEC / 10) % 10));
	return out;
}
