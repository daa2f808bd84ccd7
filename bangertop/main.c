/* SPDX-License-Identifier: ISC */
/* bangertop: the operations of this host, live. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cmd.h"
#include "base/mem.h"

#include "app.h"
#include "batch.h"
#include "options.h"
#include "wire/client.h"

/* bangerd tells what is under way at once, and not that this was all. */
#define MAIN_SETTLE_NS (300 * NSEC_PER_MSEC)

/* All that is made of the options; on_done() frees it. */
struct main_work {
	struct options q;
	struct model *model;
	struct feed feed;
	struct recording recording;
	struct replay replay;
	struct ui ui;
	char *source; /* its name */
	char *socket; /* of bangerd */
};

static void
main__done(struct main_work *w)
{
	ui_done(&w->ui);
	model_free(w->model);
	feed_done(&w->feed);
	recording_done(&w->recording);
	free(w->source);
	free(w->socket);
	options_done(&w->q);
}

/* The path of one file, the names of several, or what else there is. */
static char *
main__source(const struct options *q)
{
	struct buf text = BUF_INIT;
	const char *slash;

	if (q->n_files == 0)
		return xstrdup(q->db != NULL ? q->db
			: q->daemon != NULL  ? "bangerd"
					     : "journal");
	if (q->n_files == 1)
		return xstrdup(q->files[0]);
	for (size_t i = 0; i < q->n_files; i++) {
		slash = strrchr(q->files[i], '/');
		buf_printf(&text, "%s%s", i > 0 ? ", " : "",
		    slash != NULL ? slash + 1 : q->files[i]);
	}
	return buf_steal(&text);
}

static int
main__open_source(const struct main_work *w, bool follow, struct source **ret,
    struct error *err)
{
	const struct options *q = &w->q;
	unsigned flags = follow ? SOURCE_FOLLOW : 0;

	if (q->n_files > 0)
		return source_open_files(q->files, NULL, q->n_files, flags, ret,
		    err);
	if (q->daemon != NULL)
		return source_open_watch(w->socket, ret, err);
	if (q->db != NULL)
		return source_open_index(q->db, OPTIONS_DB_OPS, flags, ret,
		    err);
	return source_open_journal(NULL, NULL, flags, NULL, ret, err);
}

static int
main__open_replay(struct main_work *w, struct error *err)
{
	_cleanup_(source_freep) struct source *source = NULL;
	const struct options *q = &w->q;
	int r;

	if ((r = main__open_source(w, false, &source, err)) == 0)
		r = recording_of_source(source, &w->recording, err);
	if (r < 0)
		return r;
	if (w->recording.n == 0)
		return error_set(err, -ENODATA, "%s has no lines to play back",
		    w->source);
	r = replay_begin(&w->replay, &w->recording, &w->feed, q->at_ns,
	    (int)q->speed, err);
	w->ui.replay = &w->replay;
	return r;
}

static int
main__open(struct main_work *w, bool follow, struct error *err)
{
	struct source *source;
	int r;

	if (w->q.replay)
		return main__open_replay(w, err);
	r = main__open_source(w, follow, &source, err);
	if (r < 0)
		return r;
	feed_begin(&w->feed, source);
	return 0;
}

static void
main__begin(struct main_work *w)
{
	struct options *q = &w->q;
	struct replay *replay = w->ui.replay;

	ui_init(&w->ui, w->model, &w->feed, w->source);
	w->ui.replay = replay;
	w->ui.config = q->config;
	w->ui.readonly = q->readonly;
	w->model->tree = q->config.tree;
	w->model->hidden = q->config.hidden;
	w->model->sort = q->config.sort;
	w->model->invert = q->config.invert;
	if (q->filter != NULL)
		model_filter(w->model, steal(&q->filter),
		    xstrdup(q->config.filter));
	ui_show(&w->ui, q->config.view);
}

static int
main__batch(struct main_work *w, struct error *err)
{
	struct batch *b = &w->q.batch;
	int r;

	/* One frame is of what is there; more of them go on with it. */
	r = main__open(w, b->frames != 1, err);
	if (r < 0)
		return r;
	main__begin(w);
	w->model->want_figures |= b->format == BATCH_JSON;
	b->settle_ns = w->q.daemon != NULL ? MAIN_SETTLE_NS : 0;
	b->sources = w->q.n_files > 0 ? w->q.files
				      : (const char *const *)&w->source;
	b->n_sources = w->q.n_files > 0 ? w->q.n_files : 1;
	return batch_run(&w->ui, b, err);
}

static int
main__live(struct main_work *w, struct error *err)
{
	_cleanup_(screen_freep) struct screen *screen = NULL;
	struct error why = ERROR_INIT;
	int r;

	if (screen_curses_check(&why) < 0) {
		w->q.batch.frames = 1;
		r = main__batch(w, err);
		if (r < 0)
			return r;
		fprintf(stderr,
		    "bangertop: %s; this was one frame, as --once gives it\n",
		    why.text);
		return CMD_USAGE;
	}
	r = main__open(w, true, err);
	if (r < 0)
		return r;
	main__begin(w);
	if (w->ui.replay == NULL)
		feed_catch_up(&w->feed);
	app_hold_signals();
	r = screen_curses_open(w->q.batch.ascii, w->q.config.theme,
	    w->q.config.mouse, &screen, err);
	return r < 0 ? r : app_run(&w->ui, screen, w->socket, err);
}

static int
main__exec(struct cmd_ctx *ctx, struct error *err)
{
	__attribute__((cleanup(
	    main__done))) struct main_work w = { .recording = RECORDING_INIT };
	int r;

	r = options_read(ctx, &w.q, err);
	if (r < 0)
		return r;
	w.source = main__source(&w.q);
	w.socket = client_daemon_socket(w.q.socket);
	w.model = model_new();
	return w.q.once || w.q.is_batch ? main__batch(&w, err)
					: main__live(&w, err);
}

static const struct cmd_entry main_entry = {
	.args = "[FILE ...]",
	.min = 0,
	.max = -1,
	.opts = options_table,
	.about = "Shows the operations in flight, and those that just ended.",
	.exec = main__exec,
};

static const struct cmd_entry *const main_entries[] = { &main_entry, NULL };

static const char main_details[] =
    "Without a FILE the journal of this host is read, for which membership in\n"
    "the group\n"
    ".Sy systemd-journal\n"
    "or the like is needed.\n"
    "The log is read from its beginning, so that operations that are under\n"
    "way are known and there is a history to compare with, and followed\n"
    "through rotation and truncation; \"-\" is standard input.\n"
    "Operations that ended stay for ten seconds, failed ones until they are\n"
    "acknowledged.\n"
    "The bottom line names the keys, and\n"
    ".Ic \\&?\n"
    "explains them.\n"
    ".Pp\n"
    "With\n"
    ".Fl Fl replay\n"
    "a recorded log is played back by its own times.\n"
    ".Pp\n"
    "Settings are read from\n"
    ".Pa $XDG_CONFIG_HOME/banger/bangertop.conf\n"
    "(else\n"
    ".Pa ~/.config ) :\n"
    "lines of\n"
    ".Dq key = value\n"
    "for theme, ascii, view, sort, invert, filter, hide (columns), tree,\n"
    "mouse and bell; the key S writes them.\n"
    ".Pp\n"
    "The key c asks bangerd to cancel the selected operation.\n"
    ".Pp\n"
    "Where there is no terminal to draw on, one frame is printed and the\n"
    "exit status is 2.\n"
    ".Ev NO_COLOR\n"
    "is honoured.\n";

static const struct cmd_program main_program = {
	.name = "bangertop",
	.about = "Shows the operations of this host, live.",
	.section = "1",
	.entries = main_entries,
	.details = main_details,
};

/*
 * --file says what the operands are, so that it takes one or several; this
 * lets --file=FILE say the same.
 */
int
main(int argc, char **argv)
{
	static const char joined[] = "--file=";
	size_t skip = sizeof(joined) - 1, room = 2 * (size_t)argc + 1;
	_cleanup_free_ char **args = xcalloc(room, sizeof(char *));
	static char file[] = "--file";
	int n = 0;

	for (int i = 0; i < argc; i++) {
		if (strncmp(argv[i], joined, skip) == 0) {
			args[n++] = file;
			args[n++] = argv[i] + skip;
		} else {
			args[n++] = argv[i];
		}
	}
	return cmd_main(&main_program, n, args);
}
