/* SPDX-License-Identifier: ISC */
/* Every key with its sentence, from the table. */
#include "view.h"

#include <string.h>

#define HELP_KEY_W 8

static int
help__lines(const struct model *m, const struct screen *s, int width)
{
	int n = 0;

	(void)m;
	(void)s;
	(void)width;
	for (int i = 0; i < KEYS_MAX; i++)
		n += keys_info((enum keys_id)i)->about[0] != '\0';
	return n;
}

static void
help__fit(struct model *m, const struct screen *s, struct rect area)
{
	(void)m;
	(void)s;
	(void)area;
}

/* In two columns where there are fewer lines than keys. */
static void
help__draw(const struct model *m, struct screen *s, struct rect area)
{
	int n = help__lines(m, s, area.w), y = area.y, x = area.x + 1;
	int w = area.h < n ? area.w / 2 : area.w;

	for (int i = 0; i < KEYS_MAX; i++) {
		const struct keys_info *k = keys_info((enum keys_id)i);

		if (k->about[0] == '\0')
			continue;
		if (y == area.y + area.h) {
			y = area.y;
			x += w;
		}
		if (x >= area.x + area.w)
			return;
		draw_text(s, x, y, HELP_KEY_W, k->keys, DRAW_LEFT, THEME_KEY);
		draw_text(s, x + HELP_KEY_W + 1, y, w - HELP_KEY_W - 3,
		    k->about, DRAW_LEFT, THEME_PLAIN);
		y++;
	}
}

/* Any key leads back. */
static unsigned
help__key(struct model *m, enum keys_id key)
{
	(void)m;
	(void)key;
	return VIEW_BACK;
}

const struct view_ops view_help = {
	.lines = help__lines,
	.fit = help__fit,
	.draw = help__draw,
	.key = help__key,
};
