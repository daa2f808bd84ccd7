/* SPDX-License-Identifier: ISC */
/* bangertop: the operations of this host, live. */
#include <errno.h>
#include <langinfo.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cmd.h"
#include "base/mem.h"
#include "base/text.h"

#include "app.h"
#include "frame_json.h"
#include "view.h"

#define MAIN_COLS 80
#define MAIN_SIDE_MAX 10000 /* of a frame that is printed, either way */

enum main_format { MAIN_TEXT, MAIN_JSON };

/* What the options say. */
struct main_asked {
	const char *const *files;
	size_t n_files;
	int format;
	bool has_now;
	int64_t now_ns;
	int cols, rows; /* 0: as fits */
	bool ascii;
};

static const struct cmd_opt main_opts[] = {
	{ 'f', "file", NULL, NULL, NULL,
	    "The operands are log files; several are merged by time." },
	{ '1', "once", NULL, NULL, NULL,
	    "Print one frame of what the files hold, and exit." },
	{ 0, "format", "FORMAT", NULL, "text",
	    "With --once: text, or json (one object)." },
	{ 0, "now", "TIME", NULL, NULL,
	    "With --once: the time (RFC 3339) to reckon from." },
	{ 0, "size", "WxH", NULL, NULL, "With --once: the size of the text." },
	{ 0, "width", "N", NULL, NULL,
	    "With --once: the width of the text; its height is what it "
	    "takes." },
	{ 0, "ascii", NULL, NULL, NULL, "Put nothing but ASCII." },
	CMD_OPT_END,
};

static int
main__size(struct cmd_ctx *ctx, struct main_asked *q, struct error *err)
{
	const char *size = cmd_value(ctx, "size");
	unsigned long n;
	int used = 0, r;

	if (size != NULL &&
	    (sscanf(size, "%5dx%5d%n", &q->cols, &q->rows, &used) != 2 ||
		size[used] != '\0' || q->cols < 1 || q->rows < 1 ||
		q->cols > MAIN_SIDE_MAX || q->rows > MAIN_SIDE_MAX))
		return cmd_usage_error(err,
		    "--size \"%s\": use 80x24 or the like", size);
	if (cmd_value(ctx, "width") != NULL) {
		r = cmd_number(ctx, "width", 1, MAIN_SIDE_MAX, &n, err);
		if (r < 0)
			return r;
		q->cols = (int)n;
	}
	if (q->cols == 0)
		q->cols = (int)text_terminal_width(STDOUT_FILENO, MAIN_COLS);
	return 0;
}

static int
main__asked(struct cmd_ctx *ctx, struct main_asked *q, struct error *err)
{
	static const char *const formats[] = { "text", "json", NULL };
	const char *now = cmd_value(ctx, "now");
	int r;

	q->files = (const char *const *)ctx->argv;
	q->n_files = (size_t)ctx->argc;
	q->ascii = cmd_given(ctx, "ascii") ||
	    strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
	r = cmd_choice(ctx, "format", formats, &q->format, err);
	if (r < 0)
		return r;
	if (!cmd_given(ctx, "once") &&
	    (now != NULL || q->format != MAIN_TEXT ||
		cmd_value(ctx, "size") != NULL ||
		cmd_value(ctx, "width") != NULL))
		return cmd_usage_error(err,
		    "--format, --now, --size and --width go with --once");
	q->has_now = now != NULL;
	if (now != NULL && !clock_parse_rfc3339(now, strlen(now), &q->now_ns))
		return cmd_usage_error(err,
		    "--now \"%s\": use a time like 2006-01-02T15:04:05Z", now);
	return main__size(ctx, q, err);
}

/* The path of one file, or the names of several; owned by the caller. */
static char *
main__source(const struct main_asked *q)
{
	struct buf text = BUF_INIT;
	const char *slash;

	if (q->n_files == 1)
		return xstrdup(q->files[0]);
	for (size_t i = 0; i < q->n_files; i++) {
		slash = strrchr(q->files[i], '/');
		buf_printf(&text, "%s%s", i > 0 ? ", " : "",
		    slash != NULL ? slash + 1 : q->files[i]);
	}
	return buf_steal(&text);
}

static void
main__print_text(const struct main_asked *q, struct model *model,
    struct buf *out)
{
	_cleanup_(screen_freep) struct screen *screen = NULL;
	_cleanup_free_ char *source = main__source(q);
	int rows = q->rows;

	if (rows == 0)
		rows = view_frame_rows(model, &view_flight, q->cols, q->ascii);
	if (rows > MAIN_SIDE_MAX)
		rows = MAIN_SIDE_MAX;
	screen = screen_text_new(q->cols, rows, q->ascii);
	view_draw(model,
	    &(struct view_frame){ .view = &view_flight, .source = source },
	    screen);
	screen_text_print(screen, out);
}

/*
 * One frame of all that is there.  The log counts as recorded: an operation
 * is under way when the log leaves it so, however long ago that was.
 */
static int
main__once(const struct main_asked *q, struct error *err)
{
	_cleanup_(model_freep) struct model *model = model_new();
	_cleanup_feed_ struct feed feed = { 0 };
	_cleanup_buf_ struct buf out = BUF_INIT;
	int r;

	r = feed_open(&feed, q->files, q->n_files, 0, err);
	if (r < 0)
		return r;
	while (feed_read(&feed, NULL) == SOURCE_MORE)
		;
	opset_tick(feed.set, feed.newest_ns);
	model_update(model, feed.set, feed.stats, &feed.seen,
	    q->has_now ? q->now_ns : clock_real_ns());
	if (q->format == MAIN_JSON)
		frame_json(model, q->files, q->n_files, &out);
	else
		main__print_text(q, model, &out);
	fwrite(buf_str(&out), 1, out.len, stdout);
	return 0;
}

static int
main__live(const struct main_asked *q, struct error *err)
{
	_cleanup_(screen_freep) struct screen *screen = NULL;
	_cleanup_free_ char *source = main__source(q);
	_cleanup_feed_ struct feed feed = { 0 };
	struct error why = ERROR_INIT;
	int r;

	if (screen_curses_check(&why) < 0) {
		r = main__once(q, err);
		if (r < 0)
			return r;
		fflush(stdout);
		fprintf(stderr,
		    "bangertop: %s; this was one frame, as --once gives it\n",
		    why.text);
		return CMD_USAGE;
	}
	for (size_t i = 0; i < q->n_files; i++)
		if (strcmp(q->files[i], "-") == 0)
			return cmd_usage_error(err,
			    "\"-\" goes with --once; keys come from there");
	r = feed_open(&feed, q->files, q->n_files, SOURCE_FOLLOW, err);
	if (r < 0)
		return r;
	feed_catch_up(&feed);
	r = screen_curses_open(q->ascii, &screen, err);
	return r < 0 ? r : app_run(&feed, screen, source, err);
}

static int
main__exec(struct cmd_ctx *ctx, struct error *err)
{
	struct main_asked q = { 0 };
	int r;

	r = main__asked(ctx, &q, err);
	if (r < 0)
		return r;
	return cmd_given(ctx, "once") ? main__once(&q, err)
				      : main__live(&q, err);
}

static const struct cmd_entry main_entry = {
	.args = "FILE ...",
	.min = 1,
	.max = -1,
	.opts = main_opts,
	.about = "Shows the operations in flight, and those that just ended.",
	.exec = main__exec,
};

static const struct cmd_entry *const main_entries[] = { &main_entry, NULL };

static const char main_details[] =
    "The log files of\n"
    ".Xr bangerd 8\n"
    "and\n"
    ".Xr banger-helper 8\n"
    "are read from their beginning, so that operations that are under way\n"
    "are known, and followed through rotation and truncation.\n"
    "Operations that ended stay for ten seconds, failed ones until they are\n"
    "acknowledged.\n"
    "The bottom line names the keys, and\n"
    ".Ic \\&?\n"
    "explains them.\n"
    ".Pp\n"
    "Where there is no terminal to draw on, one frame is printed and the\n"
    "exit status is 2.\n"
    ".Ev NO_COLOR\n"
    "is honoured.\n";

static const struct cmd_program main_program = {
	"bangertop",
	"Shows the operations of this host, live.",
	"1",
	main_entries,
	NULL,
	main_details,
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
