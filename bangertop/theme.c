/* SPDX-License-Identifier: ISC */
#include "theme.h"

enum { RED = 1, GREEN, YELLOW, BLUE, MAGENTA, CYAN };

static const struct theme_look theme_looks[THEME_MAX] = {
	[THEME_PLAIN] = { -1, 0 },
	[THEME_NAME] = { -1, THEME_BOLD },
	[THEME_DIM] = { -1, THEME_FAINT },
	[THEME_HEADING] = { CYAN, THEME_BOLD },
	[THEME_SORTED] = { CYAN, THEME_BOLD | THEME_REVERSE },
	[THEME_TAB] = { -1, THEME_BOLD | THEME_REVERSE },
	[THEME_STRONG] = { -1, THEME_BOLD },
	[THEME_GOOD] = { GREEN, 0 },
	[THEME_WARN] = { YELLOW, 0 },
	[THEME_BAD] = { RED, THEME_BOLD },
	[THEME_BAR_ODD] = { BLUE, 0 },
	[THEME_BAR_EVEN] = { CYAN, 0 },
	[THEME_BAR_NOW] = { GREEN, 0 },
	[THEME_BAR_CALL] = { MAGENTA, 0 },
	[THEME_PAUSED] = { YELLOW, THEME_BOLD | THEME_REVERSE },
	[THEME_KEY] = { -1, THEME_BOLD },
};

/* Where a terminal has 256 colours: softer ones, and brighter ones. */
static const int theme_rich[THEME_ID_MAX][8] = {
	[THEME_DEFAULT] = { 0, 203, 114, 179, 68, 139, 73, 7 },
	[THEME_CONTRAST] = { 0, 196, 46, 226, 75, 213, 51, 15 },
};

struct theme_look
theme_look(enum theme_id theme, int colours, unsigned role)
{
	struct theme_look look = theme_looks[role & (THEME_SELECTED - 1)];

	if (theme == THEME_MONO || colours < 8)
		look.colour = -1;
	else if (colours >= 256 && look.colour >= 0)
		look.colour = theme_rich[theme][look.colour];
	if (theme == THEME_CONTRAST) {
		look.attrs &= ~(unsigned)THEME_FAINT;
		if (look.colour >= 0)
			look.attrs |= THEME_BOLD;
	}
	if ((role & THEME_SELECTED) != 0) {
		look.attrs |= THEME_REVERSE;
		look.attrs &= ~(unsigned)THEME_FAINT;
	}
	return look;
}

const char *
theme_name(enum theme_id theme)
{
	static const char *const names[THEME_ID_MAX] = { "default", "contrast",
		"mono" };

	return names[theme];
}
