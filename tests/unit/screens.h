/* SPDX-License-Identifier: ISC */
/* bangertop over a log, with keys to press and a screen of text. */
#ifndef TESTS_UNIT_SCREENS_H
#define TESTS_UNIT_SCREENS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../bangertop/feed.h"
#include "../../bangertop/model_int.h"
#include "../../bangertop/ui.h"
#include "base/buf.h"
#include "base/text.h"

#define HISTORY "tests/data/top_history.jsonl"
#define FLIGHT "tests/data/top_flight.jsonl"
#define HOSTILE "tests/data/top_hostile.jsonl"
#define EMPTY "tests/data/empty.jsonl"
#define OLDER "tests/data/failed.jsonl"

#define AT_HISTORY "2026-03-01T10:03:00Z"
#define AT_FLIGHT "2026-03-01T10:00:32Z"
#define AT_HOSTILE "2026-03-01T10:00:12Z"

struct fixture {
	struct feed feed;
	struct model *model;
	struct ui ui;
	int64_t now;
};

static inline void
begin(struct fixture *f, const char *file, const char *now)
{
	struct error err = ERROR_INIT;

	memset(f, 0, sizeof(*f));
	assert_true(clock_parse_rfc3339(now, strlen(now), &f->now));
	assert_int_equal(feed_open(&f->feed, &file, 1, 0, &err), 0);
	while (feed_read(&f->feed, NULL) == SOURCE_MORE)
		;
	opset_tick(f->feed.set, f->now);
	f->model = model_new();
	ui_init(&f->ui, f->model, &f->feed, file);
	model_update(f->model, f->feed.set, f->feed.stats, &f->feed.seen,
	    f->now);
}

static inline void
end(struct fixture *f)
{
	ui_done(&f->ui);
	model_free(f->model);
	feed_done(&f->feed);
}

/* Presses keys as the terminal's loop does. */
static inline unsigned
press(struct fixture *f, const char *keys)
{
	unsigned all = 0;

	for (; *keys != '\0'; keys++) {
		unsigned r = ui_key(&f->ui,
		    *keys == '\n'       ? SCREEN_KEY_ENTER
			: *keys == '\b' ? SCREEN_KEY_BACKSPACE
					: *keys,
		    f->now);

		if ((r & UI_UPDATE) != 0)
			model_update(f->model, f->feed.set, f->feed.stats,
			    &f->feed.seen, f->now);
		all |= r;
	}
	return all;
}

static inline void
draw(struct fixture *f, int cols, int rows, bool ascii, struct buf *out)
{
	struct screen *s = screen_text_new(cols, rows, ascii);

	ui_draw(&f->ui, s);
	screen_text_print(s, out);
	screen_free(s);
}

/* Whom it was asked to cancel. */
static inline void
note_cancel(void *arg, const struct opid *op)
{
	struct opid *asked = arg;

	if (asked != NULL)
		*asked = *op;
}

#endif
