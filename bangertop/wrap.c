/* SPDX-License-Identifier: ISC */
#include "wrap.h"

#include <string.h>

#include "base/buf.h"

/* Rows of all lines; draws those from top on where s is to be drawn on. */
static size_t
wrap__walk(const struct screen *look, struct screen *s, struct rect area,
    const struct buf *lines, size_t top, unsigned role)
{
	_cleanup_buf_ struct buf safe = BUF_INIT, piece = BUF_INIT;
	const char *at = buf_str(lines), *end = at + lines->len, *text;
	size_t row = 0, n;

	for (; at < end; at += strlen(at) + 1) {
		buf_reset(&safe);
		draw_safe(look, at, &safe);
		text = buf_str(&safe);
		do {
			if (s != NULL && row >= top + (size_t)area.h)
				return row;
			n = draw_fitting(text, (size_t)area.w, false);
			if (s != NULL && row >= top) {
				buf_reset(&piece);
				buf_put(&piece, text, n);
				draw_text(s, area.x, area.y + (int)(row - top),
				    area.w, buf_str(&piece), DRAW_LEFT, role);
			}
			text += n;
			row++;
		} while (text[0] != '\0');
	}
	return row;
}

size_t
wrap_rows(const struct screen *s, const struct buf *lines, int w)
{
	struct rect area = { 0, 0, w, 0 };

	return w > 0 ? wrap__walk(s, NULL, area, lines, 0, 0) : 0;
}

void
wrap_draw(struct screen *s, struct rect area, const struct buf *lines,
    size_t top, unsigned role)
{
	if (area.w > 0 && area.h > 0)
		wrap__walk(s, s, area, lines, top, role);
}
