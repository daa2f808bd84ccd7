/* SPDX-License-Identifier: ISC */
#include "screen.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include <curses.h>
#include <term.h>

#include "base/mem.h"
#include "base/text.h"
#include "theme.h"

#define SCREEN_ESC_MS 25 /* how long the rest of a key's sequence may take */

struct screen_curses {
	struct screen head;
	SCREEN *term;
	bool colour;
};

static void
screen_curses__size(const struct screen *s, int *ret_cols, int *ret_rows)
{
	(void)s;
	getmaxyx(stdscr, *ret_rows, *ret_cols);
}

static void
screen_curses__clear(struct screen *s)
{
	(void)s;
	werase(stdscr);
}

static attr_t
screen_curses__attrs(struct theme_look look)
{
	static const struct {
		unsigned ours;
		attr_t theirs;
	} map[] = {
		{ THEME_BOLD, A_BOLD },
		{ THEME_FAINT, A_DIM },
		{ THEME_REVERSE, A_REVERSE },
		{ THEME_UNDERLINE, A_UNDERLINE },
	};
	attr_t attrs = A_NORMAL;

	for (size_t i = 0; i < ARRAY_LEN(map); i++)
		if ((look.attrs & map[i].ours) != 0)
			attrs |= map[i].theirs;
	return attrs;
}

/* True when the text has characters that are not one cell wide each. */
static bool
screen_curses__uneven(const char *text)
{
	size_t left = strlen(text), cells = text_width(text), points = 0, n;
	uint32_t cp;

	for (; left > 0; text += n, left -= n, points++) {
		n = text_utf8_next(text, left, &cp);
		n += n == 0;
	}
	return points != cells;
}

static void
screen_curses__put(struct screen *s, int x, int y, const char *text,
    unsigned role)
{
	struct screen_curses *c = (struct screen_curses *)s;
	struct theme_look look = theme_look(role);
	short pair = 0;

	if (c->colour && look.colour >= 0)
		pair = (short)(look.colour + 1);
	wattr_set(stdscr, screen_curses__attrs(look), pair, NULL);
	mvwaddnstr(stdscr, y, x, text, -1);
	/* The terminal may count such cells otherwise: no patching there. */
	if (screen_curses__uneven(text))
		wredrawln(stdscr, y, 1);
}

static void
screen_curses__flush(struct screen *s)
{
	(void)s;
	wrefresh(stdscr);
}

static void
screen_curses__repaint(struct screen *s)
{
	(void)s;
	clearok(stdscr, TRUE);
}

/* Takes over the terminal's size; true when it is another one. */
static bool
screen_curses__resized(void)
{
	struct winsize ws;
	int cols, rows;

	getmaxyx(stdscr, rows, cols);
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) < 0 || ws.ws_col == 0 ||
	    ws.ws_row == 0 || (ws.ws_col == cols && ws.ws_row == rows))
		return false;
	resize_term(ws.ws_row, ws.ws_col);
	clearok(stdscr, TRUE);
	return true;
}

static int
screen_curses__key(struct screen *s)
{
	static const struct {
		int theirs, ours;
	} map[] = {
		{ KEY_UP, SCREEN_KEY_UP },
		{ KEY_DOWN, SCREEN_KEY_DOWN },
		{ KEY_PPAGE, SCREEN_KEY_PAGE_UP },
		{ KEY_NPAGE, SCREEN_KEY_PAGE_DOWN },
		{ KEY_HOME, SCREEN_KEY_HOME },
		{ KEY_END, SCREEN_KEY_END },
		{ KEY_BACKSPACE, SCREEN_KEY_BACKSPACE },
		{ KEY_ENTER, SCREEN_KEY_ENTER },
		{ KEY_RESIZE, SCREEN_KEY_RESIZE },
	};
	wint_t ch;
	int kind;

	(void)s;
	if (screen_curses__resized())
		return SCREEN_KEY_RESIZE;
	kind = wget_wch(stdscr, &ch);
	if (kind == ERR)
		return SCREEN_KEY_NONE;
	if (kind == OK)
		return ch == 0x7f ? SCREEN_KEY_BACKSPACE
		    : ch == '\n'  ? SCREEN_KEY_ENTER
				  : (int)ch;
	for (size_t i = 0; i < ARRAY_LEN(map); i++)
		if (map[i].theirs == (int)ch)
			return map[i].ours;
	return SCREEN_KEY_OTHER;
}

static void
screen_curses__close(struct screen *s)
{
	struct screen_curses *c = (struct screen_curses *)s;

	endwin();
	delscreen(c->term);
	free(c);
}

static const struct screen_ops screen_curses_ops = {
	.size = screen_curses__size,
	.clear = screen_curses__clear,
	.put = screen_curses__put,
	.flush = screen_curses__flush,
	.repaint = screen_curses__repaint,
	.key = screen_curses__key,
	.close = screen_curses__close,
};

int
screen_curses_check(struct error *err)
{
	const char *name = getenv("TERM");
	bool can;
	int status;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return error_set(err, -ENOTTY,
		    "standard input and output are no terminal");
	if (name == NULL || name[0] == '\0')
		return error_set(err, -ENOTTY, "TERM is not set");
	if (setupterm(name, STDOUT_FILENO, &status) != OK)
		return error_set(err, -ENOTTY,
		    "the terminal type \"%s\" is not known", name);
	can = cursor_address != NULL;
	del_curterm(cur_term);
	if (!can)
		return error_set(err, -ENOTTY,
		    "a terminal of type \"%s\" cannot place the cursor", name);
	return 0;
}

static void
screen_curses__colours(struct screen_curses *c)
{
	const char *no_color = getenv("NO_COLOR");

	if ((no_color != NULL && no_color[0] != '\0') || !has_colors() ||
	    start_color() != OK)
		return;
	c->colour = true;
	use_default_colors();
	for (short i = 0; i < 8; i++)
		init_pair((short)(i + 1), i, -1);
}

int
screen_curses_open(bool ascii, struct screen **ret, struct error *err)
{
	struct screen_curses *c;
	SCREEN *term;
	int rc;

	rc = screen_curses_check(err);
	if (rc < 0)
		return rc;
	term = newterm(NULL, stdout, stdin);
	if (term == NULL)
		return error_set(err, -ENOTTY, "the terminal cannot be set up");
	c = xcalloc(1, sizeof(*c));
	c->head.ops = &screen_curses_ops;
	c->head.ascii = ascii;
	c->term = term;
	screen_curses__colours(c);
	set_escdelay(SCREEN_ESC_MS);
	cbreak();
	noecho();
	nonl();
	curs_set(0);
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	leaveok(stdscr, FALSE);
	*ret = &c->head;
	return 0;
}
