/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/jsonw.h"
#include "base/mem.h"
#include "base/text.h"
#include "trace/source.h"

#include "bangerlog.h"

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

static int
index__read(struct store *s, struct source *src, struct error *err)
{
	_cleanup_record_ struct record r;
	struct error why = ERROR_INIT;
	enum source_status st;

	record_init(&r);
	while ((st = source_next(src, &r, &why)) != SOURCE_END) {
		if (st == SOURCE_MORE && store_append(s, &r, err) < 0)
			return -1;
		if (st == SOURCE_LOST && index__lost(s, &why, err) < 0)
			return -1;
	}
	return store_commit(s, err);
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

static int
index__exec(struct cmd_ctx *ctx, struct error *err)
{
	static const char *const formats[] = { "text", "json", NULL };
	_cleanup_free_ char *path = bangerlog_db(ctx);
	_cleanup_(store_freep) struct store *s = NULL;
	_cleanup_(index__units_done) struct index_units units = { 0 };
	_cleanup_(source_freep) struct source *src = NULL;
	const char *list = cmd_value(ctx, "unit");
	_cleanup_buf_ struct buf out = BUF_INIT;
	int64_t began = clock_mono_ns();
	struct source_stats in;
	int format, rc;

	if (cmd_choice(ctx, "format", formats, &format, err) < 0 ||
	    (list != NULL && index__units(&units, list, err) < 0) ||
	    source_open_files((const char *const *)ctx->argv, (size_t)ctx->argc,
		0, &src, err) < 0)
		return -1;
	source_units(src, units.names);
	rc = store_open_write(path, &s, err);
	if (rc < 0 && err->kind != NULL &&
	    strcmp(err->kind, STORE_LOCKED) == 0) {
		buf_puts(&out, "bangerlog: ");
		text_escape(&out, err->text, strlen(err->text), false);
		fprintf(stderr, "%s\n", buf_str(&out));
		return BANGERLOG_LOCKED;
	}
	if (rc < 0)
		return rc;
	for (int i = 0; i < ctx->argc; i++)
		if (store_input(s, (unsigned)i, ctx->argv[i], err) < 0)
			return -1;
	if (index__read(s, src, err) < 0)
		return -1;
	source_stats(src, &in);
	if (format == 0)
		index__text(s, &in, &out);
	else
		index__json(s, &in, clock_mono_ns() - began, &out);
	fwrite(buf_str(&out), 1, out.len, stdout);
	return CMD_OK;
}

static const struct cmd_opt index_opts[] = {
	BANGERLOG_OPT_DB,
	{ 0, "unit", "NAMES", NULL, NULL,
	    "Units whose journal entries count, separated by commas; without "
	    "it bangerd, banger-helper and bangerd-root." },
	{ 0, "format", "FORMAT", NULL, "text",
	    "How to say what was read: text or json." },
	CMD_OPT_END,
};

const struct cmd_entry bangerlog_index = {
	.name = "index",
	.args = "FILE...",
	.min = 1,
	.max = -1,
	.opts = index_opts,
	.about = "Reads log files (- is standard input) into the index.",
	.exec = index__exec,
};
