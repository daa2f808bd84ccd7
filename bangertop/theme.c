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

struct theme_look
theme_look(unsigned role)
{
	struct theme_look look = theme_looks[role & (THEME_SELECTED - 1)];

	if ((role & THEME_SELECTED) != 0) {
		look.attrs |= THEME_REVERSE;
		look.attrs &= ~(unsigned)THEME_FAINT;
	}
	return look;
}
