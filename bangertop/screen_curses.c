/* SPDX-License-Identifier: ISC */
#include "screen.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>

#include <curses.h>
#include <term.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "crash.h"
#include "theme.h"

#define SCREEN_ESC_MS 25 /* how long the rest of a key's sequence may take */

struct screen_curses {
	struct screen head;
	SCREEN *term;
	FILE *keys; /* stdin, or one of our own */
	enum theme_id theme;
	int colours; /* 0: none are used */
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
	struct theme_look look = theme_look(c->theme, c->colours, role);
	short pair = 0;

	if (look.colour >= 0)
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

/* What the mouse did, as far as it is for us. */
static int
screen_curses__mouse(struct screen *s)
{
	MEVENT e;

	if (getmouse(&e) != OK)
		return SCREEN_KEY_OTHER;
	s->mouse.x = e.x;
	s->mouse.y = e.y;
	if ((e.bstate & BUTTON1_PRESSED) != 0)
		s->mouse.what = SCREEN_MOUSE_PRESS;
	else if ((e.bstate & BUTTON4_PRESSED) != 0)
		s->mouse.what = SCREEN_MOUSE_UP;
	else if ((e.bstate & BUTTON5_PRESSED) != 0)
		s->mouse.what = SCREEN_MOUSE_DOWN;
	else
		return SCREEN_KEY_OTHER;
	return SCREEN_KEY_MOUSE;
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

	if (screen_curses__resized())
		return SCREEN_KEY_RESIZE;
	kind = wget_wch(stdscr, &ch);
	if (kind == ERR)
		return SCREEN_KEY_NONE;
	if (kind == OK)
		return ch == 0x7f ? SCREEN_KEY_BACKSPACE
		    : ch == '\n'  ? SCREEN_KEY_ENTER
				  : (int)ch;
	if (ch == KEY_MOUSE)
		return screen_curses__mouse(s);
	for (size_t i = 0; i < ARRAY_LEN(map); i++)
		if (map[i].theirs == (int)ch)
			return map[i].ours;
	return SCREEN_KEY_OTHER;
}

static int
screen_curses__fd(const struct screen *s)
{
	return fileno(((const struct screen_curses *)s)->keys);
}

static void
screen_curses__leave(struct screen *s)
{
	(void)s;
	endwin();
}

static void
screen_curses__alert(struct screen *s)
{
	(void)s;
	beep();
}

static void
screen_curses__close(struct screen *s)
{
	struct screen_curses *c = (struct screen_curses *)s;

	mousemask(0, NULL);
	endwin();
	crash_disarm();
	delscreen(c->term);
	if (c->keys != stdin)
		fclose(c->keys);
	free(c);
}

static const struct screen_ops screen_curses_ops = {
	.size = screen_curses__size,
	.clear = screen_curses__clear,
	.put = screen_curses__put,
	.flush = screen_curses__flush,
	.repaint = screen_curses__repaint,
	.key = screen_curses__key,
	.fd = screen_curses__fd,
	.leave = screen_curses__leave,
	.alert = screen_curses__alert,
	.close = screen_curses__close,
};

/* Where keys come from: stdin, unless a log does; NULL: from nowhere. */
static FILE *
screen_curses__keys(void)
{
	return isatty(STDIN_FILENO) ? stdin : fopen("/dev/tty", "re");
}

int
screen_curses_check(struct error *err)
{
	const char *name = getenv("TERM");
	FILE *keys;
	bool can;
	int status;

	keys = screen_curses__keys();
	if (keys == NULL || !isatty(STDOUT_FILENO)) {
		if (keys != NULL && keys != stdin)
			fclose(keys);
		return error_set(err, -ENOTTY,
		    "standard input and output are no terminal");
	}
	if (keys != stdin)
		fclose(keys);
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
	c->colours = COLORS;
	use_default_colors();
	/* A pair's number is its colour's, and one. */
	for (short i = 0; i < COLORS && i < 256 && i + 1 < COLOR_PAIRS; i++)
		init_pair((short)(i + 1), i, -1);
}

/* What brings the terminal back, for a handler that may only write. */
static void
screen_curses__arm(bool mouse)
{
	const char *const parts[] = { exit_attribute_mode, cursor_normal,
		keypad_local, exit_ca_mode };
	_cleanup_buf_ struct buf text = BUF_INIT;

	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		for (const char *p = parts[i]; p != NULL && *p != '\0'; p++) {
			/* Without the delays that terminfo writes as $<5>. */
			if (p[0] == '$' && p[1] == '<' &&
			    strchr(p, '>') != NULL)
				p = strchr(p, '>');
			else
				buf_putc(&text, *p);
		}
	if (mouse)
		buf_puts(&text, "\033[?1006l\033[?1000l");
	crash_arm(buf_str(&text));
}

int
screen_curses_open(bool ascii, enum theme_id theme, bool mouse,
    struct screen **ret, struct error *err)
{
	struct screen_curses *c;
	FILE *keys;
	SCREEN *term;
	int rc;

	rc = screen_curses_check(err);
	if (rc < 0)
		return rc;
	keys = screen_curses__keys();
	crash_save_terminal();
	term = newterm(NULL, stdout, keys);
	if (term == NULL) {
		if (keys != stdin)
			fclose(keys);
		return error_set(err, -ENOTTY, "the terminal cannot be set up");
	}
	c = xcalloc(1, sizeof(*c));
	c->keys = keys;
	c->head.ops = &screen_curses_ops;
	c->head.ascii = ascii;
	c->term = term;
	c->theme = theme;
	screen_curses__colours(c);
	set_escdelay(SCREEN_ESC_MS);
	cbreak();
	noecho();
	nonl();
	curs_set(0);
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	leaveok(stdscr, FALSE);
	if (mouse) {
		mouseinterval(0); /* a press is told at once */
		mousemask(BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED,
		    NULL);
	}
	screen_curses__arm(mouse);
	signal(SIGTSTP, SIG_DFL); /* leave() is asked for first */
	*ret = &c->head;
	return 0;
}
