/* SPDX-License-Identifier: ISC */
#include "ui.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/mem.h"
#include "ui_int.h"

#define UI_WHEEL_ROWS 3

void
ui_init(struct ui *u, struct model *model, struct feed *feed,
    const char *source)
{
	memset(u, 0, sizeof(*u));
	u->model = model;
	u->feed = feed;
	u->source = source;
	u->view = u->tab = &view_flight;
}

void
ui_done(struct ui *u)
{
	prompt_free(&u->prompt);
}

/* ---- views ----------------------------------------------------------------
 */

static unsigned
ui__show_tab(struct ui *u, const struct view_ops *tab)
{
	if (u->tab != tab)
		u->model->table_cursor = u->model->table_top = 0;
	u->view = u->tab = tab;
	u->model->want_figures = tab->figures;
	model_close(u->model);
	return UI_REDRAW | UI_UPDATE;
}

void
ui_show(struct ui *u, const struct view_ops *tab)
{
	ui__show_tab(u, tab);
}

const struct view_ops *
ui_view(const char *name)
{
	for (size_t i = 0; view_tabs[i] != NULL; i++)
		if (strcasecmp(view_tabs[i]->name, name) == 0)
			return view_tabs[i];
	return NULL;
}

static unsigned
ui__next_tab(struct ui *u)
{
	size_t i = 0;

	while (view_tabs[i] != NULL && view_tabs[i] != u->tab)
		i++;
	if (view_tabs[i] == NULL || view_tabs[i + 1] == NULL)
		return ui__show_tab(u, view_tabs[0]);
	return ui__show_tab(u, view_tabs[i + 1]);
}

static unsigned
ui__react(struct ui *u, unsigned reaction)
{
	if ((reaction & VIEW_OPEN) != 0 && model_open(u->model, u->feed->set)) {
		model_refresh_open(u->model, u->feed->set, u->feed->stats);
		u->view = &view_op;
	}
	if ((reaction & VIEW_CONSOLE) != 0)
		ui_console(u);
	if (u->model->tree && u->view == &view_flight)
		model_peek(u->model, u->feed->set);
	if ((reaction & VIEW_BACK) != 0) {
		u->view = u->view == &view_help && u->model->open != NULL
		    ? &view_op
		    : u->tab;
		if (u->view == u->tab)
			model_close(u->model);
	}
	return (reaction != VIEW_NOTHING ? UI_REDRAW : 0) |
	    ((reaction & VIEW_ANEW) != 0 ? UI_UPDATE : 0);
}

/* ---- searching and filtering ----------------------------------------------
 */

static void
ui__search(struct ui *u, const char *text, int dir, bool here)
{
	u->say[0] = '\0';
	if (text == NULL || text[0] == '\0')
		snprintf(u->say, sizeof(u->say),
		    "nothing to search for; / takes it");
	else if (!model_search(u->model, text, dir, here))
		snprintf(u->say, sizeof(u->say), "no row has that text");
}

/* Takes the filter that was typed; false: it is wrong, and says why. */
static bool
ui__filter(struct ui *u, int64_t now_ns)
{
	struct prompt *p = &u->prompt;
	struct error err = ERROR_INIT;
	struct filter *filter;

	if (p->text.len == 0) {
		model_filter(u->model, NULL, NULL);
		return true;
	}
	if (filter_parse(buf_str(&p->text), now_ns, &filter, &p->wrong_at,
		&err) < 0) {
		buf_reset(&p->wrong);
		buf_puts(&p->wrong, err.text);
		return false;
	}
	model_filter(u->model, filter, xstrdup(buf_str(&p->text)));
	return true;
}

static void
ui__select_before(struct ui *u)
{
	model_select_none(u->model);
	model_select(u->model, &u->before);
}

static unsigned
ui__typed(struct ui *u, int code, int64_t now_ns)
{
	struct prompt *p = &u->prompt;
	bool search = p->kind == PROMPT_SEARCH;

	switch (prompt_key(p, code)) {
	case PROMPT_CHANGED:
		if (search) {
			ui__select_before(u);
			ui__search(u, buf_str(&p->text), 1, true);
		}
		return UI_REDRAW;
	case PROMPT_DONE:
		if (!search && !ui__filter(u, now_ns))
			return UI_REDRAW;
		prompt_end(p);
		return UI_REDRAW | (search ? 0 : UI_UPDATE);
	case PROMPT_GIVEN_UP:
		if (search)
			ui__select_before(u);
		u->say[0] = '\0';
		prompt_end(p);
		return UI_REDRAW;
	default:
		return UI_NOTHING;
	}
}

/* ---- keys -----------------------------------------------------------------
 */

static unsigned
ui__begin(struct ui *u, enum prompt_kind kind)
{
	if (u->view != &view_flight)
		ui__show_tab(u, &view_flight);
	u->before = u->model->selected;
	prompt_begin(&u->prompt, kind,
	    kind == PROMPT_FILTER ? u->model->filter_text : NULL);
	return UI_REDRAW;
}

/* The replay's keys; false: it is none of them. */
static bool
ui__replay(struct ui *u, enum keys_id key)
{
	struct replay *r = u->replay;
	bool found = true;

	if (key < KEYS_STEP || key > KEYS_SLOWER)
		return false;
	if (r == NULL) {
		snprintf(u->say, sizeof(u->say), "that key is for --replay");
		return true;
	}
	if (key == KEYS_STEP)
		found = replay_step(r);
	else if (key == KEYS_FAILURE)
		found = replay_failure(r);
	else if (key == KEYS_FASTER || key == KEYS_SLOWER)
		replay_faster(r, key == KEYS_FASTER);
	else if (replay_seek(r,
		     key == KEYS_REWIND        ? INT64_MIN
			 : key == KEYS_EARLIER ? r->now_ns - REPLAY_JUMP_NS
					       : r->now_ns + REPLAY_JUMP_NS,
		     NULL) < 0)
		found = false;
	/* Who steps wants to look; the clock goes on with Space. */
	r->stands |= key == KEYS_STEP || key == KEYS_FAILURE;
	if (!found)
		snprintf(u->say, sizeof(u->say), "there is no further one");
	u->model->anew = true;
	return true;
}

/* The keys that mean the same everywhere; false: it is none of them. */
static bool
ui__common(struct ui *u, enum keys_id key, unsigned *ret)
{
	*ret = UI_REDRAW;
	switch (key) {
	case KEYS_QUIT:
		*ret = UI_QUIT;
		break;
	case KEYS_PAUSE:
		if (u->replay != NULL) {
			u->replay->stands = !u->replay->stands;
			break;
		}
		model_pause(u->model, !u->model->paused);
		*ret |= UI_UPDATE;
		break;
	case KEYS_REPAINT:
		*ret |= UI_REPAINT;
		break;
	case KEYS_SEARCH:
		*ret = ui__begin(u, PROMPT_SEARCH);
		break;
	case KEYS_FILTER:
		*ret = ui__begin(u, PROMPT_FILTER);
		break;
	case KEYS_SEARCH_NEXT:
	case KEYS_SEARCH_BACK:
		ui__search(u, u->model->search,
		    key == KEYS_SEARCH_NEXT ? 1 : -1, false);
		break;
	case KEYS_TAB:
		*ret = ui__next_tab(u);
		break;
	case KEYS_VIEW_1:
	case KEYS_VIEW_2:
	case KEYS_VIEW_3:
	case KEYS_VIEW_4:
		*ret = ui__show_tab(u, view_tabs[key - KEYS_VIEW_1]);
		break;
	case KEYS_HELP:
		u->view = &view_help;
		break;
	case KEYS_CANCEL:
		ui_ask(u);
		break;
	case KEYS_SAVE:
		ui_save(u);
		break;
	case KEYS_COLUMNS:
		if (u->view == &view_columns)
			return false;
		ui__show_tab(u, &view_flight);
		u->model->table_cursor = u->model->table_top = 0;
		u->view = &view_columns;
		break;
	default:
		*ret |= UI_UPDATE;
		return ui__replay(u, key);
	}
	return true;
}

unsigned
ui_key(struct ui *u, int code, int64_t now_ns)
{
	enum keys_id key = keys_find(code);
	unsigned reaction;

	if (code == SCREEN_KEY_RESIZE)
		return UI_REDRAW;
	model_touch(u->model, now_ns);
	if (u->prompt.kind != PROMPT_NONE)
		return ui__typed(u, code, now_ns);
	u->say[0] = '\0';
	if (opid_is_set(&u->asked))
		return ui_answered(u, code);
	if (u->view == &view_help && key != KEYS_QUIT)
		return ui__react(u, VIEW_BACK);
	/* Where there is something to tick, Space ticks it. */
	if (!(u->view == &view_columns && key == KEYS_PAUSE) &&
	    ui__common(u, key, &reaction))
		return reaction;
	return ui__react(u, u->view->key(u->model, key));
}

static struct view_frame
ui__frame(const struct ui *u)
{
	return (struct view_frame){
		.view = u->view,
		.source = u->source,
		.live = true,
		.readonly = u->readonly,
		.prompt = u->prompt.kind != PROMPT_NONE ? &u->prompt : NULL,
		.say = u->say[0] != '\0' ? u->say : NULL,
	};
}

unsigned
ui_mouse(struct ui *u, const struct screen *s, int64_t now_ns)
{
	const struct screen_mouse *at = &s->mouse;
	struct view_frame f = ui__frame(u);
	const struct view_ops *tab;
	unsigned reaction = 0;

	if (at->what != SCREEN_MOUSE_PRESS) {
		for (int i = 0; i < UI_WHEEL_ROWS; i++)
			reaction |= ui_key(u,
			    at->what == SCREEN_MOUSE_UP ? SCREEN_KEY_UP
							: SCREEN_KEY_DOWN,
			    now_ns);
		return reaction;
	}
	/* What is typed, or asked, is for keys alone. */
	if (u->prompt.kind != PROMPT_NONE || opid_is_set(&u->asked))
		return UI_NOTHING;
	model_touch(u->model, now_ns);
	u->say[0] = '\0';
	tab = view_click(u->model, &f, s, at->x, at->y, &reaction);
	if (tab != NULL)
		return ui__show_tab(u, tab);
	return ui__react(u, reaction) | UI_REDRAW;
}

void
ui_draw(struct ui *u, struct screen *s)
{
	_cleanup_buf_ struct buf source = BUF_INIT;
	struct view_frame f = ui__frame(u);

	if (u->replay != NULL) {
		buf_printf(&source, "replay x%d%s: %s", u->replay->speed,
		    u->replay->over         ? ", at its end"
			: u->replay->stands ? ", stands"
					    : "",
		    u->source);
		f.source = buf_str(&source);
	}
	if (u->view == &view_op && u->model->open == NULL)
		f.view = u->view = u->tab;
	view_draw(u->model, &f, s);
}
