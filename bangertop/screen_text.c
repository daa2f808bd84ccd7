/* SPDX-License-Identifier: ISC */
#include "screen.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"

/* A character with its marks; "" behind a wide one, NULL for a blank. */
struct screen_text {
	struct screen head;
	int cols, rows;
	char **cells;
};

static void
screen_text__size(const struct screen *s, int *ret_cols, int *ret_rows)
{
	const struct screen_text *t = (const struct screen_text *)s;

	*ret_cols = t->cols;
	*ret_rows = t->rows;
}

static void
screen_text__clear(struct screen *s)
{
	struct screen_text *t = (struct screen_text *)s;

	for (int i = 0; i < t->cols * t->rows; i++)
		xset(&t->cells[i], NULL);
}

/* The bytes of the character at s and of the marks that stand on it. */
static size_t
screen_text__cluster(const char *s, size_t len, size_t *ret_width)
{
	size_t n = 0, step;
	char one[8];
	uint32_t cp;

	*ret_width = 0;
	while (n < len) {
		step = text_utf8_next(s + n, len - n, &cp);
		step += step == 0;
		memcpy(one, s + n, step);
		one[step] = '\0';
		if (n > 0 && text_width(one) > 0)
			break;
		*ret_width += text_width(one);
		n += step;
	}
	return n;
}

static void
screen_text__put(struct screen *s, int x, int y, const char *text,
    unsigned role)
{
	struct screen_text *t = (struct screen_text *)s;
	size_t left = strlen(text), n, width;

	(void)role;
	if (x < 0 || y < 0 || y >= t->rows)
		return;
	for (; left > 0; text += n, left -= n, x += (int)width) {
		n = screen_text__cluster(text, left, &width);
		if (x + (int)width > t->cols || width == 0)
			return;
		free(t->cells[y * t->cols + x]);
		t->cells[y * t->cols + x] = xmemdup(text, n);
		if (width == 2)
			xset(&t->cells[y * t->cols + x + 1], "");
	}
}

static void
screen_text__nothing(struct screen *s)
{
	(void)s;
}

static int
screen_text__key(struct screen *s)
{
	(void)s;
	return SCREEN_KEY_NONE;
}

static int
screen_text__fd(const struct screen *s)
{
	(void)s;
	return -1;
}

static void
screen_text__close(struct screen *s)
{
	struct screen_text *t = (struct screen_text *)s;

	screen_text__clear(s);
	free(t->cells);
	free(t);
}

static const struct screen_ops screen_text_ops = {
	.size = screen_text__size,
	.clear = screen_text__clear,
	.put = screen_text__put,
	.flush = screen_text__nothing,
	.repaint = screen_text__nothing,
	.alert = screen_text__nothing,
	.key = screen_text__key,
	.fd = screen_text__fd,
	.leave = screen_text__nothing,
	.close = screen_text__close,
};

struct screen *
screen_text_new(int cols, int rows, bool ascii)
{
	struct screen_text *t = xcalloc(1, sizeof(*t));

	t->head.ops = &screen_text_ops;
	t->head.ascii = ascii;
	t->cols = cols;
	t->rows = rows;
	t->cells = xcalloc((size_t)cols * (size_t)rows, sizeof(*t->cells));
	return &t->head;
}

void
screen_text_print(const struct screen *s, struct buf *out)
{
	const struct screen_text *t = (const struct screen_text *)s;

	for (int y = 0; y < t->rows; y++) {
		for (int x = 0; x < t->cols; x++) {
			const char *cell = t->cells[y * t->cols + x];

			buf_puts(out, cell != NULL ? cell : " ");
		}
		while (out->len > 0 && out->data[out->len - 1] == ' ')
			out->len--;
		buf_putc(out, '\n');
	}
}
