/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/jsonw.h"
#include "base/mem.h"
#include "base/text.h"
#include "trace/source.h"

#include "bangerlog.h"
#include "indexing.h"
#include "journal_name.h"

/* Ctrl-C and SIGTERM end the reading after what was read is committed. */
static volatile sig_atomic_t index_stopped;

static void
index__stop(int signo)
{
	index_stopped = signo;
}

/* Without SA_RESTART: a wait for more ends too. */
static void
index__catch(void)
{
	struct sigaction sa = { .sa_handler = index__stop };

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
}

static void
index__text(const struct store *s, const struct source_stats *in,
    struct buf *out)
{
	struct store_stats st;

	store_stats(s, &st);
	buf_printf(out, "%" PRIu64 " record%s of %" PRIu64 " operation%s into ",
	    st.records, st.records == 1 ? "" : "s", st.operations,
	    st.operations == 1 ? "" : "s");
	text_escape(out, store_path(s), strlen(store_path(s)), false);
	buf_printf(out,
	    "\n%" PRIu64 " lines read: %" PRIu64 " text, %" PRIu64
	    " bad, %" PRIu64 " torn, %" PRIu64 " foreign, %" PRIu64
	    " known already, %" PRIu64 " blank\n",
	    in->lines, st.text, st.bad, st.torn, st.foreign, st.duplicates,
	    in->blank);
}

static void
index__json(const struct store *s, const struct source_stats *in,
    int64_t took_ns, struct buf *out)
{
	struct jsonw w = JSONW_INIT(out);
	struct store_stats st;

	store_stats(s, &st);
	jsonw_object(&w, NULL);
	jsonw_uint(&w, "records", st.records);
	jsonw_uint(&w, "operations", st.operations);
	jsonw_uint(&w, "text", st.text);
	jsonw_uint(&w, "bad", st.bad);
	jsonw_uint(&w, "torn", st.torn);
	jsonw_uint(&w, "foreign", st.foreign);
	jsonw_uint(&w, "duplicates", st.duplicates);
	jsonw_uint(&w, "gaps", st.gaps);
	jsonw_uint(&w, "lines", in->lines);
	jsonw_uint(&w, "blank", in->blank);
	jsonw_uint(&w, "bytes", in->bytes);
	jsonw_seconds(&w, "seconds", took_ns);
	jsonw_string(&w, "db", store_path(s));
	jsonw_object_end(&w);
	buf_putc(out, '\n');
}

/* ---- inputs ------------------------------------------------------------ */

/* What is read: the journal where it was asked for, else the operands. */
static int
index__input(const struct cmd_ctx *ctx, struct indexing *in,
    struct journal_name *name, struct error *err)
{
	const char *units = cmd_value(ctx, "unit");

	in->journal = cmd_given(ctx, "journal") ? cmd_value(ctx, "journal")
						: NULL;
	if (in->journal != NULL && ctx->argc > 0)
		return cmd_usage_error(err,
		    "--journal and files are two inputs: index them one after "
		    "the other (a journal elsewhere: --journal=%s)",
		    ctx->argv[0]);
	if (in->journal == NULL && ctx->argc == 0)
		return cmd_usage_error(err,
		    "nothing to read: name files, - for standard input, or "
		    "--journal");
	if (in->journal != NULL) {
		if (journal_name_given(in->journal, units, name, err) < 0)
			return -1;
		indexing_add(in, name->name);
	} else if (units != NULL && journal_name_units(units, name, err) < 0) {
		return -1;
	}
	in->units = name->units;
	for (int i = 0; i < ctx->argc; i++)
		indexing_add(in, ctx->argv[i]);
	return 0;
}

/* True when no reading of the inputs can take long. */
static bool
index__has_end(const struct indexing *in)
{
	struct stat st;

	for (size_t i = 0; in->journal == NULL && i < in->n; i++)
		if (stat(in->names[i], &st) < 0 || !S_ISREG(st.st_mode))
			return false;
	return true;
}

/* A command that brings the index up to date holds it for a moment. */
#define INDEX_PATIENCE_NS (NSEC_PER_SEC / 2)
#define INDEX_POLL_NS (10 * NSEC_PER_MSEC)

static bool
index__is_locked(const struct error *err)
{
	return err->kind != NULL && strcmp(err->kind, STORE_LOCKED) == 0;
}

static int
index__store(const char *path, struct store **ret, struct error *err)
{
	const struct timespec poll = { 0, INDEX_POLL_NS };
	int64_t began = clock_mono_ns();
	int rc;

	while ((rc = store_open_write(path, ret, err)) < 0 &&
	    index__is_locked(err) &&
	    clock_mono_ns() - began < INDEX_PATIENCE_NS) {
		error_clear(err);
		nanosleep(&poll, NULL);
	}
	return rc;
}

static int
index__exec(struct cmd_ctx *ctx, struct error *err)
{
	static const char *const formats[] = { "text", "json", NULL };
	_cleanup_free_ char *path = bangerlog_db(ctx);
	_cleanup_(store_freep) struct store *s = NULL;
	_cleanup_journal_name_ struct journal_name name = JOURNAL_NAME_INIT;
	_cleanup_(indexing_done) struct indexing in = INDEXING_INIT;
	struct indexing_run run = { .stop = &index_stopped };
	_cleanup_(source_freep) struct source *src = NULL;
	_cleanup_buf_ struct buf out = BUF_INIT;
	int64_t began = clock_mono_ns();
	struct source_stats stats;
	int format;

	if (cmd_choice(ctx, "format", formats, &format, err) < 0 ||
	    index__input(ctx, &in, &name, err) < 0)
		return -1;
	if (index__store(path, &s, err) < 0)
		return -1;
	index__catch();
	in.follow = cmd_given(ctx, "follow");
	in.rescan = cmd_given(ctx, "rescan");
	if (indexing_open(&in, s, &src, err) < 0)
		return -1;
	if (!in.follow && index__has_end(&in))
		src = source_ahead(src,
		    in.journal != NULL ? SOURCE_AHEAD_JOURNAL
				       : SOURCE_AHEAD_FILES);
	progress_init(&run.progress, !in.follow);
	if (indexing_read(s, src, &run, err) < 0)
		return -1;
	source_stats(src, &stats);
	if (format == 0)
		index__text(s, &stats, &out);
	else
		index__json(s, &stats, clock_mono_ns() - began, &out);
	fwrite(buf_str(&out), 1, out.len, stdout);
	/* A service that is stopped has done its work; Ctrl-C cut it short. */
	return index_stopped == SIGINT && !in.follow ? 128 + SIGINT : CMD_OK;
}

static const struct cmd_opt index_opts[] = {
	BANGERLOG_OPT_FILE,
	{ 0, "journal", "[=PATH]", NULL, NULL,
	    "Read the systemd journal: this host's, or the journal file or "
	    "folder named." },
	{ 'f', "follow", NULL, NULL, NULL,
	    "Go on reading what is written, through rotation, until stopped." },
	{ 0, "rescan", NULL, NULL, NULL,
	    "Read from the start again; what is known adds nothing." },
	{ 0, "unit", "NAMES", NULL, NULL,
	    "Units whose journal entries count, separated by commas; without "
	    "it bangerd, banger-helper and bangerd-root.  Of --journal they "
	    "are kept: what reads on later reads the same." },
	{ 0, "format", "FORMAT", NULL, "text",
	    "How to say what was read: text or json." },
	CMD_OPT_END,
};

const struct cmd_entry bangerlog_index = {
	.name = "index",
	.args = "[FILE...]",
	.min = 0,
	.max = -1,
	.opts = index_opts,
	.about = "Reads log files (- is standard input) or the journal into "
		 "the index, from where it stopped last.",
	.exec = index__exec,
};
