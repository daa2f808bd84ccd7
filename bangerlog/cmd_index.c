/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/jsonw.h"
#include "base/mem.h"
#include "base/text.h"
#include "trace/source.h"

#include "bangerlog.h"
#include "progress.h"

/* Notes what could not be read, and goes on. */
static int
index__lost(struct store *s, const struct error *why, struct error *err)
{
	_cleanup_buf_ struct buf line = BUF_INIT;

	buf_puts(&line, "bangerlog: ");
	text_escape(&line, why->text, strlen(why->text), false);
	buf_putc(&line, '\n');
	fputs(buf_str(&line), stderr);
	return store_gap(s, 0, "lost", why->text, err);
}

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

static int
index__read(struct store *s, struct source *src, struct progress *p,
    struct error *err)
{
	_cleanup_record_ struct record own;
	const struct record *r;
	struct error why = ERROR_INIT;
	enum source_status st;
	int rc = 0;

	record_init(&own);
	while (rc == 0 && index_stopped == 0 &&
	    (st = source_borrow(src, &own, &r, &why)) != SOURCE_END) {
		if (st == SOURCE_MORE) {
			rc = store_append(s, r, err);
			progress_tick(p, src);
		} else if (st == SOURCE_LOST) {
			progress_clear(p);
			rc = index__lost(s, &why, err);
		} else {
			/* Nothing waits: readers see all there is. */
			rc = store_commit(s, err);
			if (rc == 0 && index_stopped == 0)
				source_wait(src);
		}
	}
	progress_clear(p);
	return rc < 0 ? rc : store_commit(s, err);
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

/* The units that --unit names, each with its type where that was left out. */
struct index_units {
	struct buf text;
	const char **names; /* into text; NULL at the end */
};

static void
index__units_done(struct index_units *u)
{
	buf_done(&u->text);
	free(u->names);
}

static int
index__units(struct index_units *u, const char *list, struct error *err)
{
	_cleanup_free_ char *copy = xstrdup(list);
	char *rest = copy, *name;
	size_t n = 0, at = 0;

	while ((name = strsep(&rest, ",")) != NULL) {
		if (*name == '\0')
			return cmd_usage_error(err,
			    "--unit wants names, separated by commas");
		buf_puts(&u->text, name);
		if (strchr(name, '.') == NULL)
			buf_puts(&u->text, ".service");
		buf_putc(&u->text, '\0');
		n++;
	}
	u->names = xcalloc(n + 1, sizeof(*u->names));
	for (size_t i = 0; i < n; i++) {
		u->names[i] = u->text.data + at;
		at += strlen(u->names[i]) + 1;
	}
	return 0;
}

/* ---- inputs ------------------------------------------------------------ */

/* What is read: the journal where it was asked for, else the operands. */
struct index_input {
	const char *journal; /* its file or folder, "" this host's; or NULL */
	const char **names;  /* what the index calls them; n of them */
	struct source_resume *resumes;
	size_t n;
};

/* What the index calls this host's journal: no name of a file. */
#define INDEX_JOURNAL "journal://"

static void
index__input_done(struct index_input *in)
{
	for (size_t i = 0; in->resumes != NULL && i < in->n; i++)
		free(in->resumes[i].cursor);
	free(in->resumes);
	free(in->names);
}

static int
index__input(const struct cmd_ctx *ctx, struct index_input *in,
    struct error *err)
{
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
	in->n = in->journal != NULL ? 1 : (size_t)ctx->argc;
	in->names = xcalloc(in->n, sizeof(*in->names));
	in->resumes = xcalloc(in->n, sizeof(*in->resumes));
	for (size_t i = 0; i < in->n; i++)
		in->names[i] = in->journal == NULL ? ctx->argv[i]
		    : in->journal[0] != '\0'       ? in->journal
						   : INDEX_JOURNAL;
	return 0;
}

/* Asks the index where each input was left, and opens them there. */
static int
index__open(const struct cmd_ctx *ctx, struct store *s, struct index_input *in,
    const char *const *units, struct source **ret, struct error *err)
{
	unsigned flags = cmd_given(ctx, "follow") ? SOURCE_FOLLOW : 0;

	for (size_t i = 0; !cmd_given(ctx, "rescan") && i < in->n; i++)
		if (store_resume(s, in->names[i], &in->resumes[i], err) < 0)
			return -1;
	if (in->journal != NULL)
		return source_open_journal(in->journal[0] != '\0' ? in->journal
								  : NULL,
		    units, flags, &in->resumes[0], ret, err);
	if (source_open_files(in->names, in->resumes, in->n, flags, ret, err) <
	    0)
		return -1;
	source_units(*ret, units);
	return 0;
}

/* True when no reading of the inputs can take long. */
static bool
index__has_end(const struct index_input *in)
{
	struct stat st;

	for (size_t i = 0; in->journal == NULL && i < in->n; i++)
		if (stat(in->names[i], &st) < 0 || !S_ISREG(st.st_mode))
			return false;
	return true;
}

static int
index__store(const struct cmd_ctx *ctx, struct store **ret, struct error *err)
{
	_cleanup_free_ char *path = bangerlog_db(ctx);

	return bangerlog_open_write(path, ret, err);
}

static int
index__exec(struct cmd_ctx *ctx, struct error *err)
{
	static const char *const formats[] = { "text", "json", NULL };
	_cleanup_(store_freep) struct store *s = NULL;
	_cleanup_(index__units_done) struct index_units units = { 0 };
	_cleanup_(index__input_done) struct index_input in = { 0 };
	_cleanup_(source_freep) struct source *src = NULL;
	_cleanup_(progress_clear) struct progress progress = { 0 };
	const char *list = cmd_value(ctx, "unit");
	_cleanup_buf_ struct buf out = BUF_INIT;
	int64_t began = clock_mono_ns();
	struct source_stats stats;
	int format, rc;

	if (cmd_choice(ctx, "format", formats, &format, err) < 0 ||
	    (list != NULL && index__units(&units, list, err) < 0) ||
	    index__input(ctx, &in, err) < 0)
		return -1;
	rc = index__store(ctx, &s, err);
	if (rc != 0)
		return rc;
	index__catch();
	if (index__open(ctx, s, &in, units.names, &src, err) < 0)
		return -1;
	for (size_t i = 0; i < in.n; i++)
		if (store_input(s, (unsigned)i, in.names[i], err) < 0)
			return -1;
	if (!cmd_given(ctx, "follow") && index__has_end(&in))
		src = source_ahead(src);
	progress_init(&progress, !cmd_given(ctx, "follow"));
	if (index__read(s, src, &progress, err) < 0)
		return -1;
	source_stats(src, &stats);
	if (format == 0)
		index__text(s, &stats, &out);
	else
		index__json(s, &stats, clock_mono_ns() - began, &out);
	fwrite(buf_str(&out), 1, out.len, stdout);
	/* A service that is stopped has done its work; Ctrl-C cut it short. */
	return index_stopped == SIGINT && !cmd_given(ctx, "follow")
	    ? 128 + SIGINT
	    : CMD_OK;
}

static const struct cmd_opt index_opts[] = {
	BANGERLOG_OPT_DB,
	{ 0, "journal", "[=PATH]", NULL, NULL,
	    "Read the systemd journal: this host's, or the journal file or "
	    "folder named." },
	{ 'f', "follow", NULL, NULL, NULL,
	    "Go on reading what is written, through rotation, until stopped." },
	{ 0, "rescan", NULL, NULL, NULL,
	    "Read from the start again; what is known adds nothing." },
	{ 0, "unit", "NAMES", NULL, NULL,
	    "Units whose journal entries count, separated by commas; without "
	    "it bangerd, banger-helper and bangerd-root." },
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
