/* SPDX-License-Identifier: ISC */
/*
 * What a piece of the screen means, and how that looks.  Views name a role and
 * never a colour; everything is to be told apart without colour too, by words
 * and glyphs.
 */
#ifndef TOP_THEME_H
#define TOP_THEME_H

enum theme_role {
	THEME_PLAIN,
	THEME_NAME,    /* the program's */
	THEME_DIM,     /* what is there if one looks for it */
	THEME_HEADING, /* titles of columns */
	THEME_SORTED,  /* the title of the column that rows are sorted by */
	THEME_TAB,     /* the view that is shown */
	THEME_STRONG,  /* what the eye looks for */
	THEME_GOOD,
	THEME_WARN,
	THEME_BAD,
	THEME_BAR_ODD, /* stages that are over, by turns */
	THEME_BAR_EVEN,
	THEME_BAR_NOW, /* the stage that is under way */
	THEME_BAR_CALL,
	THEME_PAUSED,
	THEME_KEY,
	THEME_MAX
};

/* Added to a role: it stands in the selected row. */
#define THEME_SELECTED 0x100

enum theme_attr {
	THEME_BOLD = 1,
	THEME_FAINT = 2,
	THEME_REVERSE = 4,
	THEME_UNDERLINE = 8,
};

enum theme_id {
	THEME_DEFAULT,
	THEME_CONTRAST, /* bright colours, nothing faint */
	THEME_MONO,     /* no colour at all */
	THEME_ID_MAX
};

struct theme_look {
	/* 0 to 7 as terminals number them, or up to 255 of a terminal that has
	 * these; -1: the default. */
	int colour;
	unsigned attrs;
};

/* The role's look where there are so many colours; selected is taken in. */
struct theme_look theme_look(enum theme_id theme, int colours, unsigned role);
const char *theme_name(enum theme_id theme);

#endif
