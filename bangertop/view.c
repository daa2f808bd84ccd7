/* SPDX-License-Identifier: ISC */
#include "view.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"

#define VIEW_LEAST_COLS 40
#define VIEW_LEAST_ROWS 6
#define VIEW_ROOMY_ROWS 12 /* from here on a line is left free */
#define VIEW_HEAD_ROWS 2

const struct view_ops *const view_tabs[] = { &view_flight, &view_stages,
	&view_errors, &view_helper, NULL };

unsigned
view_status_role(enum op_status status)
{
	if (status == OP_COMPLETED)
		return THEME_GOOD;
	if (status == OP_RUNNING)
		return THEME_PLAIN;
	return model_is_failure(status) ? THEME_BAD : THEME_WARN;
}

/* Puts safe text at *x, followed by a gap, if all of it fits before limit. */
static void
view__item(struct screen *s, int *x, int y, int limit, unsigned role,
    const char *text)
{
	int w = (int)text_width(text);

	if (*x + w > limit)
		return;
	draw_text(s, *x, y, w, text, DRAW_LEFT, role);
	*x += w + 3;
}

static void
view__count(struct screen *s, int *x, int y, int limit, unsigned role,
    uint64_t n, const char *what)
{
	char text[64];

	snprintf(text, sizeof(text), "%" PRIu64 " %s", n, what);
	view__item(s, x, y, limit, role, text);
}

/* "7 failed, 2/min"; the part behind the comma where there is any. */
static void
view__ended(struct screen *s, int *x, int limit, unsigned role, uint64_t n,
    const char *what, uint32_t a_minute)
{
	char text[96];

	snprintf(text, sizeof(text), "%" PRIu64 " %s, %u/min", n, what,
	    a_minute);
	if (a_minute == 0 || *x + (int)text_width(text) > limit)
		view__count(s, x, 0, limit, role, n, what);
	else
		view__item(s, x, 0, limit, role, text);
}

/* Who we are, how many operations, and the time of the picture. */
static void
view__title(const struct model *m, struct screen *s, int cols)
{
	const struct model_counts *c = &m->counts;
	char now[CLOCK_RFC3339_MAX], more[64];
	int x = 1, limit = cols - 12;

	clock_format_rfc3339(m->now_ns - m->now_ns % NSEC_PER_SEC, now);
	if (cols < 56)
		limit = cols;
	else
		view__item(s, &x, 0, cols, THEME_NAME, "bangertop");
	view__count(s, &x, 0, limit, THEME_STRONG, c->in_flight, "in flight");
	view__ended(s, &x, limit, THEME_PLAIN, c->completed,
	    cols < 56 ? "ok" : "completed", c->finished_a_minute);
	view__ended(s, &x, limit, c->failed > 0 ? THEME_BAD : THEME_PLAIN,
	    c->failed, "failed", c->failed_a_minute);
	if (c->canceled > 0)
		view__count(s, &x, 0, limit, THEME_WARN, c->canceled,
		    "canceled");
	snprintf(more, sizeof(more), "%" PRIu64 " older", c->evicted);
	if (c->evicted > 0)
		view__item(s, &x, 0, limit, THEME_DIM, more);
	if (limit < cols)
		draw_text(s, cols - 10, 0, 9, now + 11, DRAW_LEFT, THEME_DIM);
}

/* The path without as many of its first folders as do not fit. */
static const char *
view__path(const char *path, int cells)
{
	const char *slash;

	while ((int)text_width(path) > cells &&
	    (slash = strchr(path, '/')) != NULL)
		path = slash + 1;
	return path;
}

/* What was read, and whether all of it could be. */
static void
view__source(const struct model *m, const char *source, struct screen *s, int y,
    int cols)
{
	const struct model_feed *f = &m->feed;
	char took[CLOCK_DURATION_MAX], lag[48];
	int x = 1;

	view__count(s, &x, y, cols, THEME_DIM, f->lines, "lines");
	view__count(s, &x, y, cols, f->bad > 0 ? THEME_WARN : THEME_DIM, f->bad,
	    "bad");
	view__count(s, &x, y, cols, f->dropped > 0 ? THEME_WARN : THEME_DIM,
	    f->dropped, "dropped");
	if (f->suppressed > 0)
		view__count(s, &x, y, cols, THEME_WARN, f->suppressed,
		    "suppressed");
	snprintf(lag, sizeof(lag), "lag %s",
	    clock_format_duration(f->lag_ns, took));
	if (f->lag_ns >= 0 && f->note[0] == '\0')
		view__item(s, &x, y, cols,
		    f->lag_ns > NSEC_PER_SEC ? THEME_WARN : THEME_DIM, lag);
	if (f->note[0] != '\0')
		draw_log(s, x, y, cols - x - 1, f->note, DRAW_LEFT, THEME_WARN);
	else
		draw_log(s, x, y, cols - x - 1,
		    view__path(source, cols - x - 1), DRAW_LEFT, THEME_DIM);
}

/* Across the whole screen, so that nobody takes it for the present. */
static void
view__paused(const struct model *m, struct screen *s, int y, int cols)
{
	char text[96];
	int w, x;

	snprintf(text, sizeof(text), "  PAUSED   %" PRIu64 " %s  ", m->waiting,
	    m->waiting == 1 ? "change waits" : "changes wait");
	w = (int)strlen(text);
	x = cols > w ? (cols - w) / 2 : 0;
	draw_run(s, 0, y, cols, DRAW_LINE, THEME_PAUSED);
	draw_text(s, x, y, w, text, DRAW_LEFT, THEME_PAUSED);
}

/* The tabs and, where there is room, what is shown and in which order. */
static void
view__tabs(const struct model *m, const struct view_frame *f, struct screen *s,
    int y, int cols)
{
	_cleanup_buf_ struct buf what = BUF_INIT;
	char tab[64];
	int x = 1, w;

	for (int i = 0; view_tabs[i] != NULL; i++) {
		w = snprintf(tab, sizeof(tab), " %d %s ", i + 1,
		    view_tabs[i]->name);
		if (x + w > cols)
			break;
		draw_text(s, x, y, w, tab, DRAW_LEFT,
		    view_tabs[i] == f->view ? THEME_TAB : THEME_DIM);
		x += w + 1;
	}
	if (f->view != &view_flight)
		return;
	if (m->filter_text != NULL)
		buf_printf(&what, "%" PRIu64 " hidden by: %s", m->counts.hidden,
		    m->filter_text);
	else if (m->sort != MODEL_BY_AGE || m->invert || m->tree)
		buf_printf(&what, "by %s%s%s", m->tree ? "VM, " : "",
		    model_sort_name(m->sort),
		    m->invert ? ", turned round" : "");
	if (what.len > 0)
		draw_log(s, x + 1, y, cols - x - 2, buf_str(&what), DRAW_LEFT,
		    m->filter_text != NULL ? THEME_WARN : THEME_DIM);
}

/* The keys, as many as there is room for; in brackets those that are off. */
static void
view__keys(const struct view_frame *f, struct screen *s, int y, int cols)
{
	char off[64];
	const struct keys_info *k;
	int x = 1, key, label;

	for (int i = 0; i < KEYS_MAX; i++) {
		k = keys_info((enum keys_id)i);
		key = (int)strlen(k->keys);
		snprintf(off, sizeof(off),
		    i == KEYS_CANCEL && f->readonly ? "(%s: off)" : "%s",
		    k->label);
		label = (int)strlen(off);
		if (k->label[0] == '\0' || x + key + 1 + label > cols)
			continue;
		draw_text(s, x, y, key, k->keys, DRAW_LEFT,
		    i == KEYS_CANCEL && f->readonly ? THEME_DIM : THEME_KEY);
		draw_text(s, x + key + 1, y, label, off, DRAW_LEFT, THEME_DIM);
		x += key + label + 3;
	}
}

/*
 * What is typed, and above it what is wrong with it and where.  Of a text that
 * is too long its end is shown.
 */
static void
view__prompt(const struct prompt *p, struct screen *s, int y, int cols)
{
	_cleanup_buf_ struct buf safe = BUF_INIT, before = BUF_INIT;
	const char *label = prompt_label(p->kind), *shown;
	int x = (int)strlen(label) + 3, room = cols - x - 1, skipped = 0;
	int at;

	text_escape(&safe, buf_str(&p->text), p->text.len, false);
	text_escape(&before, buf_str(&p->text),
	    p->wrong_at < p->text.len ? p->wrong_at : p->text.len, false);
	shown = buf_str(&safe);
	while ((int)text_width(shown) > room - 1) {
		do
			shown++;
		while (((unsigned char)*shown & 0xc0) == 0x80);
		skipped = (int)(text_width(buf_str(&safe)) - text_width(shown));
	}
	draw_text(s, 0, y, cols, "", DRAW_LEFT, THEME_PLAIN);
	draw_text(s, 1, y, x - 2, label, DRAW_LEFT, THEME_KEY);
	draw_log(s, x, y, room, shown, DRAW_LEFT, THEME_STRONG);
	draw_text(s, x + (int)text_width(shown), y, 1, "_", DRAW_LEFT,
	    THEME_STRONG);
	if (p->wrong.len == 0)
		return;
	at = x + (int)text_width(buf_str(&before)) - skipped;
	draw_text(s, 0, y - 2, cols, "", DRAW_LEFT, THEME_PLAIN);
	draw_text(s, 0, y - 1, cols, "", DRAW_LEFT, THEME_PLAIN);
	draw_log(s, 1, y - 2, cols - 2, buf_str(&p->wrong), DRAW_LEFT,
	    THEME_BAD);
	draw_text(s, at > x ? at : x, y - 1, 1, "v", DRAW_LEFT, THEME_BAD);
}

static void
view__bottom(const struct view_frame *f, struct screen *s, int y, int cols)
{
	if (f->prompt != NULL)
		view__prompt(f->prompt, s, y, cols);
	else if (f->say == NULL)
		view__keys(f, s, y, cols);
	if (f->say != NULL)
		draw_log(s, 1, f->prompt != NULL ? y - 1 : y, cols - 2, f->say,
		    DRAW_LEFT, THEME_WARN);
}

static void
view__too_small(struct screen *s, int cols, int rows)
{
	char text[64];

	snprintf(text, sizeof(text), "%dx%d: needs %dx%d", cols, rows,
	    VIEW_LEAST_COLS, VIEW_LEAST_ROWS);
	draw_text(s, 0, 0, cols, "bangertop", DRAW_LEFT, THEME_NAME);
	draw_text(s, 0, rows > 1 ? 1 : 0, cols, text, DRAW_LEFT, THEME_PLAIN);
	s->ops->flush(s);
}

static struct rect
view__area(const struct view_frame *f, int cols, int rows, int *ret_gap)
{
	int gap = rows >= VIEW_ROOMY_ROWS || !f->live;

	*ret_gap = gap;
	return (struct rect){ 0, VIEW_HEAD_ROWS + gap, cols,
		rows - VIEW_HEAD_ROWS - gap - f->live };
}

/* The tab whose cell that is, or NULL. */
static const struct view_ops *
view__tab_at(int at)
{
	int x = 1;

	for (int i = 0; view_tabs[i] != NULL; i++) {
		int w = 4 + (int)strlen(view_tabs[i]->name);

		if (at >= x && at < x + w)
			return view_tabs[i];
		x += w + 1;
	}
	return NULL;
}

const struct view_ops *
view_click(struct model *m, const struct view_frame *f, const struct screen *s,
    int x, int y, unsigned *ret_reaction)
{
	struct rect area;
	int cols, rows, gap;

	*ret_reaction = VIEW_NOTHING;
	s->ops->size(s, &cols, &rows);
	area = view__area(f, cols, rows, &gap);
	if (gap && y == VIEW_HEAD_ROWS)
		return view__tab_at(x);
	if (f->view->click != NULL && x >= area.x && x < area.x + area.w &&
	    y >= area.y && y < area.y + area.h)
		*ret_reaction = f->view->click(m, s, area, x, y);
	return NULL;
}

void
view_draw(struct model *m, const struct view_frame *f, struct screen *s)
{
	struct rect area;
	int cols, rows, gap;

	s->ops->size(s, &cols, &rows);
	s->ops->clear(s);
	if (cols < VIEW_LEAST_COLS || rows < VIEW_LEAST_ROWS) {
		view__too_small(s, cols, rows);
		return;
	}
	area = view__area(f, cols, rows, &gap);
	view__title(m, s, cols);
	view__source(m, f->source, s, 1, cols);
	if (gap && f->live)
		view__tabs(m, f, s, VIEW_HEAD_ROWS, cols);
	f->view->fit(m, s, area);
	f->view->draw(m, s, area);
	if (f->live)
		view__bottom(f, s, rows - 1, cols);
	if (m->paused)
		view__paused(m, s, VIEW_HEAD_ROWS + gap - 1, cols);
	s->ops->flush(s);
}

int
view_frame_rows(const struct model *m, const struct view_ops *view, int cols,
    bool ascii)
{
	struct screen s = { .ascii = ascii };
	int rows = VIEW_HEAD_ROWS + 1 + view->lines(m, &s, cols);

	return rows > VIEW_LEAST_ROWS ? rows : VIEW_LEAST_ROWS;
}
