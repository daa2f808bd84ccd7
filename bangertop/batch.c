/* SPDX-License-Identifier: ISC */
#include "batch.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>

#include "base/buf.h"
#include "frame_csv.h"
#include "frame_json.h"

#define BATCH_ROWS_MAX 10000

static void
batch__text(struct ui *ui, const struct batch *b, bool first, struct buf *out)
{
	_cleanup_(screen_freep) struct screen *screen = NULL;
	struct view_frame f = { .view = ui->tab, .source = ui->source };
	int rows = b->rows;

	if (rows == 0)
		rows = view_frame_rows(ui->model, ui->tab, b->cols, b->ascii);
	rows = rows < BATCH_ROWS_MAX ? rows : BATCH_ROWS_MAX;
	screen = screen_text_new(b->cols, rows, b->ascii);
	view_draw(ui->model, &f, screen);
	if (!first)
		buf_putc(out, '\n');
	screen_text_print(screen, out);
}

static int
batch__print(struct ui *ui, const struct batch *b, bool first,
    struct error *err)
{
	_cleanup_buf_ struct buf out = BUF_INIT;

	if (b->format == BATCH_TEXT)
		batch__text(ui, b, first, &out);
	else if (b->format == BATCH_JSON)
		frame_json(ui->model, b->sources, b->n_sources, &out);
	else {
		if (first)
			frame_csv_head(&out);
		frame_csv(ui->model, &out);
	}
	if (fwrite(buf_str(&out), 1, out.len, stdout) == out.len &&
	    fflush(stdout) == 0)
		return 0;
	return errno == EPIPE ? 1 : error_errno(err, errno, "printing a frame");
}

/* Reads for so long; with 0 what is there.  True at the end of it all. */
static bool
batch__read(struct feed *f, int64_t for_ns)
{
	int64_t until = clock_mono_ns() + for_ns, left, wait;
	enum source_status st;

	for (;;) {
		st = feed_read(f, NULL);
		left = until - clock_mono_ns();
		if (st == SOURCE_END)
			return true;
		if (left <= 0 && (st == SOURCE_WAIT || for_ns > 0))
			return false;
		if (st != SOURCE_WAIT)
			continue;
		wait = source_timeout(f->source);
		wait = wait >= 0 && wait < left ? wait : left;
		poll(&(struct pollfd){ .fd = source_fd(f->source),
			 .events = POLLIN },
		    1, (int)(wait / NSEC_PER_MSEC) + 1);
	}
}

/* The present of a frame, by whichever clock there is. */
static int64_t
batch__now(struct ui *ui, const struct batch *b)
{
	return ui->replay != NULL ? ui->replay->now_ns
	    : b->has_now          ? b->now_ns
				  : clock_real_ns();
}

int
batch_run(struct ui *ui, const struct batch *b, struct error *err)
{
	struct feed *f = ui->feed;
	bool over = false;
	int r = 0;

	/* A recording counts as it ends, however long ago that was. */
	if (ui->replay == NULL)
		over = batch__read(f, b->settle_ns);
	for (unsigned long i = 0; r == 0; i++) {
		opset_tick(f->set, over ? f->newest_ns : batch__now(ui, b));
		ui->model->anew = true;
		model_update(ui->model, f->set, f->stats, &f->seen,
		    batch__now(ui, b));
		r = batch__print(ui, b, i == 0, err);
		if (r != 0 || i + 1 == b->frames)
			break;
		if (over || (ui->replay != NULL && ui->replay->over))
			break;
		if (ui->replay != NULL)
			replay_advance(ui->replay, b->delay_ns);
		else
			over = batch__read(f, b->delay_ns);
	}
	return r > 0 ? 0 : r;
}
