/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/when.h"
#include "trace/query.h"
#include "trace/query_stats.h"

#include "ask.h"
#include "bangerlog.h"
#include "render_stats.h"

static const char *const stats_words[] = { "operation", "stage", "helper", "vm",
	"image", NULL };
static const enum stats_by stats_bys[] = { STATS_OPERATION, STATS_STAGE,
	STATS_HELPER, STATS_VM, STATS_IMAGE };
_Static_assert(ARRAY_LEN(stats_words) == ARRAY_LEN(stats_bys) + 1,
    "a word for each");

/* "FROM..TO": both are times. */
static int
stats__two_times(const char *value, const char *dots, int64_t now_ns,
    int64_t *ret_since, int64_t *ret_until, struct error *err)
{
	_cleanup_free_ char *from = xmemdup(value, (size_t)(dots - value));
	struct error why = ERROR_INIT;

	if (when_parse(from, now_ns, ret_since, &why) < 0 ||
	    when_parse(dots + 2, now_ns, ret_until, &why) < 0)
		return cmd_usage_error(err, "--compare: %s", why.text);
	if (*ret_since > *ret_until)
		return cmd_usage_error(err,
		    "--compare: \"%s\" ends before it begins", value);
	return 0;
}

/* Since the version of bangerd that runs now began, and that before it. */
#define STATS_VERSION "version"

static int
stats__versions(struct store *s, struct ask *ask, int64_t *ret_since,
    int64_t *ret_until, struct error *err)
{
	int64_t since, before;

	if (query_versions(s, &since, &before, err) < 0)
		return -1;
	if (ask->since_ns < since)
		ask->since_ns = since;
	*ret_since = before;
	*ret_until = since - 1;
	return 0;
}

/*
 * The window to compare with: the one named, or as much time as the span says
 * before the window that is looked at, which is as long unless --since says
 * when it begins.
 */
static int
stats__compare(const char *value, struct ask *ask, int64_t *ret_since,
    int64_t *ret_until, struct error *err)
{
	const char *dots = strstr(value, "..");
	struct error why = ERROR_INIT;
	int64_t span, end;

	if (dots != NULL)
		return stats__two_times(value, dots, ask->now_ns, ret_since,
		    ret_until, err);
	if (when_parse_span(value, 0, &span, &why) < 0)
		return cmd_usage_error(err,
		    "--compare wants a span such as 7d, two times, FROM..TO, "
		    "or version: %s",
		    why.text);
	if (ask->since_ns == INT64_MIN) {
		end = ask->until_ns < ask->now_ns ? ask->until_ns : ask->now_ns;
		ask->since_ns = clock_diff(end, span);
	}
	*ret_until = ask->since_ns - 1;
	*ret_since = clock_diff(ask->since_ns, span);
	return 0;
}

/* The figures of a window. */
static int
stats__ask(struct store *s, enum stats_by by, const struct ask *ask,
    int64_t since_ns, int64_t until_ns, struct stats *ret, struct error *err)
{
	struct stats_want want = { 1u << by, since_ns, until_ns, ask->filter,
		ask->now_ns };

	if (query_stats(s, &want, ret, err) < 0)
		return -1;
	ask_warn_pruned(ret);
	return 0;
}

static int
stats__exec(struct cmd_ctx *ctx, struct error *err)
{
	static const char *const formats[] = { "text", "json", NULL };
	_cleanup_(store_freep) struct store *s = NULL;
	_cleanup_stats_ struct stats st = { 0 }, was = { 0 };
	_cleanup_ask_ struct ask ask = ASK_INIT;
	_cleanup_buf_ struct buf out = BUF_INIT;
	const char *compare = cmd_value(ctx, "compare");
	const struct stats *before = compare != NULL ? &was : NULL;
	int64_t since = 0, until = 0;
	int format, word, status, rc;
	enum stats_by by;
	bool version;

	if (cmd_choice(ctx, "format", formats, &format, err) < 0 ||
	    cmd_choice(ctx, "by", stats_words, &word, err) < 0)
		return -1;
	by = stats_bys[word];
	rc = ask_read(ctx, &ask, &status, err);
	if (rc != 0)
		return rc < 0 ? rc : status;
	if (compare == NULL && cmd_given(ctx, "slower"))
		return cmd_usage_error(err,
		    "--slower is about what --compare finds");
	version = compare != NULL && strcmp(compare, STATS_VERSION) == 0;
	if (compare != NULL && !version &&
	    stats__compare(compare, &ask, &since, &until, err) < 0)
		return -1;
	if (bangerlog_open(ctx, &s, err) < 0 ||
	    (version && stats__versions(s, &ask, &since, &until, err) < 0) ||
	    stats__ask(s, by, &ask, ask.since_ns, ask.until_ns, &st, err) < 0 ||
	    (compare != NULL &&
		stats__ask(s, by, &ask, since, until, &was, err) < 0))
		return -1;
	ask_warn(&ask);
	if (format == 1)
		render_stats_json(&st, before, by, &out);
	else
		render_stats_text(&st, before, by, &out);
	fwrite(buf_str(&out), 1, out.len, stdout);
	return cmd_given(ctx, "slower") && render_stats_slower(&st, &was, by)
	    ? CMD_FAILED
	    : CMD_OK;
}

static const struct cmd_opt stats_opts[] = {
	BANGERLOG_OPT_DB,
	{ 0, "by", "WHAT", NULL, "operation",
	    "operation, stage, helper (calls of banger-helper), vm or image." },
	ASK_OPT_QUERY,
	ASK_OPT_SINCE,
	ASK_OPT_UNTIL,
	{ 0, "compare", "WINDOW", NULL, NULL,
	    "Beside another time: a span such as 7d, just before --since (of "
	    "the last 7d without it), FROM..TO, or version: of the version of "
	    "bangerd that started last with the one before it." },
	{ 0, "slower", NULL, NULL, NULL,
	    "Exit with 1 when --compare finds anything slower: for cron." },
	{ 0, "format", "FORMAT", NULL, "text",
	    "text, or json: one object a line." },
	CMD_OPT_END,
};

const struct cmd_entry bangerlog_stats = {
	.name = "stats",
	.opts = stats_opts,
	.about = "Says how long operations and their parts take: how many, "
		 "percentiles where so many carry them, the longest, and the "
		 "spread (median absolute deviation).",
	.exec = stats__exec,
};
