/* SPDX-License-Identifier: ISC */
#include "options.h"

#include <langinfo.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "base/when.h"

#define OPTIONS_COLS 80
#define OPTIONS_SIDE_MAX 10000 /* of a frame that is printed, either way */
#define OPTIONS_FRAMES_MAX 1000000000UL
#define OPTIONS_DELAY_MIN (10 * NSEC_PER_MSEC)
#define OPTIONS_DELAY_MAX (3600 * NSEC_PER_SEC)

const struct cmd_opt options_table[] = {
	{ 'f', "file", NULL, NULL, NULL,
	    "The operands are log files; several are merged by time." },
	{ 0, "db", "FILE", NULL, NULL,
	    "Read an index of bangerlog instead: its newest operations." },
	{ 0, "daemon", "[=SOCKET]", NULL, NULL,
	    "Read what bangerd tells of its operations, instead of a log." },
	{ 0, "socket", "PATH", "BANGER_SOCKET", NULL,
	    "bangerd's socket, for that and for what is canceled; by default "
	    "bangerd.sock in $BANGER_RUN_DIR, or in /run/banger." },
	{ 0, "readonly", NULL, NULL, NULL, "Cancel nothing." },
	{ '1', "once", NULL, NULL, NULL,
	    "Print one frame of what is there, and exit." },
	{ 'b', "batch", NULL, NULL, NULL, "Print frames, without a terminal." },
	{ 'n', "number", "N", NULL, "0", "With -b: how many; 0: no end." },
	{ 'd', "delay", "SPAN", NULL, "1s", "With -b: between two frames." },
	{ 0, "format", "FORMAT", NULL, "text",
	    "With -b, --once: text, json (one object a frame), or csv (one "
	    "row an operation)." },
	{ 0, "now", "TIME", NULL, NULL,
	    "With -b, --once: the time (RFC 3339) to reckon from." },
	{ 0, "size", "WxH", NULL, NULL,
	    "With -b, --once: the size of the text." },
	{ 0, "width", "N", NULL, NULL,
	    "With -b, --once: the width of the text; its height is what it "
	    "takes." },
	{ 0, "replay", NULL, NULL, NULL,
	    "Play the log back by its own times." },
	{ 0, "at", "TIME", NULL, NULL,
	    "With --replay: where to begin, as '2026-04-26 22:13' "
	    "(systemd.time(7)); else at the first line." },
	{ 0, "speed", "N", NULL, "1",
	    "With --replay: seconds of the log a second." },
	{ 'V', "view", "VIEW", NULL, NULL,
	    "Begin with operations, stages, errors or helper." },
	{ 'q', "query", "EXPR", NULL, NULL,
	    "Show only operations that match, as in 'took > 2s or failed' "
	    "(docs/query.md)." },
	{ 's', "sort", "COLUMN", NULL, NULL,
	    "Sort by age, operation, vm, stage, elapsed, state ..." },
	{ 'i', "invert", NULL, NULL, NULL, "Turn the order round." },
	{ 0, "theme", "THEME", NULL, NULL, "default, contrast or mono." },
	{ 0, "tree", NULL, NULL, NULL, "Group the operations by VM." },
	{ 0, "mouse", NULL, NULL, NULL,
	    "Take the mouse: rows, titles and tabs can be clicked." },
	{ 0, "bell", NULL, NULL, NULL,
	    "Ring the bell when an operation fails or gets stuck." },
	{ 0, "ascii", NULL, NULL, NULL, "Put nothing but ASCII." },
	CMD_OPT_END,
};

static int
options__size(struct cmd_ctx *ctx, struct batch *b, struct error *err)
{
	const char *size = cmd_value(ctx, "size");
	unsigned long n;
	int used = 0, r;

	if (size != NULL &&
	    (sscanf(size, "%5dx%5d%n", &b->cols, &b->rows, &used) != 2 ||
		size[used] != '\0' || b->cols < 1 || b->rows < 1 ||
		b->cols > OPTIONS_SIDE_MAX || b->rows > OPTIONS_SIDE_MAX))
		return cmd_usage_error(err,
		    "--size \"%s\": use 80x24 or the like", size);
	if (cmd_value(ctx, "width") != NULL) {
		r = cmd_number(ctx, "width", 1, OPTIONS_SIDE_MAX, &n, err);
		if (r < 0)
			return r;
		b->cols = (int)n;
	}
	if (b->cols == 0)
		b->cols = (int)text_terminal_width(STDOUT_FILENO, OPTIONS_COLS);
	return 0;
}

static int
options__batch(struct cmd_ctx *ctx, struct options *q, struct error *err)
{
	static const char *const formats[] = { "text", "json", "csv", NULL };
	const char *now = cmd_value(ctx, "now");
	struct batch *b = &q->batch;
	struct error why = ERROR_INIT;
	int format;

	if (cmd_choice(ctx, "format", formats, &format, err) < 0 ||
	    cmd_number(ctx, "number", 0, OPTIONS_FRAMES_MAX, &b->frames, err) <
		0)
		return -1;
	b->format = (enum batch_format)format;
	if (!q->once && !q->is_batch &&
	    (now != NULL || format != BATCH_TEXT || b->frames != 0 ||
		cmd_value(ctx, "size") != NULL ||
		cmd_value(ctx, "width") != NULL))
		return cmd_usage_error(err,
		    "--format, --number, --now, --size and --width go with "
		    "--batch or --once");
	if (q->once)
		b->frames = 1;
	b->has_now = now != NULL;
	if (now != NULL && !clock_parse_rfc3339(now, strlen(now), &b->now_ns))
		return cmd_usage_error(err,
		    "--now \"%s\": use a time like 2006-01-02T15:04:05Z", now);
	if (when_parse_span(cmd_value(ctx, "delay"), NSEC_PER_SEC, &b->delay_ns,
		&why) < 0)
		return cmd_usage_error(err, "--delay: %s", why.text);
	if (b->delay_ns < OPTIONS_DELAY_MIN || b->delay_ns > OPTIONS_DELAY_MAX)
		return cmd_usage_error(err, "--delay: from 10ms to 1h");
	return options__size(ctx, b, err);
}

static int
options__replay(struct cmd_ctx *ctx, struct options *q, struct error *err)
{
	const char *at = cmd_value(ctx, "at");
	struct error why = ERROR_INIT;

	q->replay = cmd_given(ctx, "replay");
	q->at_ns = INT64_MIN;
	if (q->replay && q->daemon != NULL)
		return cmd_usage_error(err,
		    "--replay: bangerd tells of nothing that is over; name "
		    "files, --db, or neither for the journal");
	if (at != NULL && !q->replay)
		return cmd_usage_error(err, "--at goes with --replay");
	if (at != NULL && when_parse(at, clock_real_ns(), &q->at_ns, &why) < 0)
		return cmd_usage_error(err, "--at: %s", why.text);
	return cmd_number(ctx, "speed", 1, REPLAY_SPEED_MAX, &q->speed, err);
}

/* The file of settings, and then what is given here. */
static int
options__config(struct cmd_ctx *ctx, struct options *q, struct error *err)
{
	static const struct {
		const char *option, *key;
	} map[] = {
		{ "view", "view" },
		{ "sort", "sort" },
		{ "theme", "theme" },
		{ "query", "filter" },
	};
	struct error why = ERROR_INIT;
	const char *value;
	size_t at = 0;

	if (config_load(&q->config, err) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(map); i++) {
		value = cmd_value(ctx, map[i].option);
		if (value != NULL &&
		    config_set(&q->config, map[i].key, value, &why) < 0)
			return cmd_usage_error(err, "--%s", why.text);
	}
	q->config.invert |= cmd_given(ctx, "invert");
	q->config.tree |= cmd_given(ctx, "tree");
	q->config.mouse |= cmd_given(ctx, "mouse");
	q->config.bell |= cmd_given(ctx, "bell");
	q->batch.ascii = q->config.ascii || cmd_given(ctx, "ascii") ||
	    strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
	if (q->config.filter == NULL || q->config.filter[0] == '\0')
		return 0;
	if (filter_parse(q->config.filter, clock_real_ns(), &q->filter, &at,
		&why) < 0)
		return cmd_usage_error(err, "the filter: %s", why.text);
	return 0;
}

static int
options__sources(struct cmd_ctx *ctx, struct options *q, struct error *err)
{
	q->files = (const char *const *)ctx->argv;
	q->n_files = (size_t)ctx->argc;
	q->db = cmd_value(ctx, "db");
	q->daemon = cmd_value(ctx, "daemon");
	q->socket = cmd_value(ctx, "socket");
	if (q->daemon != NULL && q->daemon[0] != '\0')
		q->socket = q->daemon;
	q->readonly = cmd_given(ctx, "readonly");
	if ((q->db != NULL) + (q->n_files > 0) + (q->daemon != NULL) > 1)
		return cmd_usage_error(err,
		    "--db, --daemon or files, one of them");
	if (q->n_files == 0 && cmd_given(ctx, "file"))
		return cmd_usage_error(err, "--file: name at least one file");
	return 0;
}

int
options_read(struct cmd_ctx *ctx, struct options *ret, struct error *err)
{
	config_init(&ret->config);
	ret->once = cmd_given(ctx, "once");
	ret->is_batch = cmd_given(ctx, "batch");
	if (options__sources(ctx, ret, err) < 0 ||
	    options__batch(ctx, ret, err) < 0 ||
	    options__replay(ctx, ret, err) < 0)
		return -1;
	return options__config(ctx, ret, err);
}

void
options_done(struct options *q)
{
	config_done(&q->config);
	q->filter = filter_free(q->filter);
}
