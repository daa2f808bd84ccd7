/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/jsonw.h"
#include "base/table.h"
#include "base/text.h"
#include "trace/query_info.h"

#include "bangerlog.h"

static const char *const info_states[] = {
	[QUERY_INPUT_READ] = "read",
	[QUERY_INPUT_BEHIND] = "behind",
	[QUERY_INPUT_REPLACED] = "replaced",
	[QUERY_INPUT_GONE] = "gone",
	[QUERY_INPUT_STREAM] = "stream",
	[QUERY_INPUT_JOURNAL] = "journal",
};

static void
info__json_time(struct jsonw *w, const char *key, int64_t ns)
{
	if (ns > 0)
		jsonw_time(w, key, ns);
	else
		jsonw_null(w, key);
}

static void
info__json_known(struct jsonw *w, const char *key, int64_t n)
{
	if (n >= 0)
		jsonw_int(w, key, n);
	else
		jsonw_null(w, key);
}

static void
info__json(const struct query_info *info, const char *path, struct buf *out)
{
	struct jsonw w = JSONW_INIT(out);

	jsonw_object(&w, NULL);
	jsonw_string(&w, "db", path);
	jsonw_int(&w, "bytes", info->bytes);
	jsonw_int(&w, "version", info->version);
	jsonw_int(&w, "records", info->lines);
	jsonw_int(&w, "operations", info->operations);
	jsonw_int(&w, "running", info->running);
	jsonw_int(&w, "runs", info->runs);
	jsonw_int(&w, "gaps", info->gaps);
	info__json_time(&w, "first", info->first_ns);
	info__json_time(&w, "last", info->last_ns);
	info__json_time(&w, "committed", info->commit_ns);
	info__json_known(&w, "writer", info->writer > 0 ? info->writer : -1);
	jsonw_array(&w, "inputs");
	for (size_t i = 0; i < info->n_inputs; i++) {
		const struct query_input *in = &info->inputs[i];

		jsonw_object(&w, NULL);
		jsonw_string(&w, "path", in->path);
		jsonw_string(&w, "state", info_states[in->state]);
		jsonw_uint(&w, "offset", in->offset);
		jsonw_uint(&w, "lines", in->lines);
		info__json_known(&w, "bytes", in->size);
		info__json_known(&w, "behind", in->behind);
		info__json_time(&w, "read", in->read_ns);
		jsonw_object_end(&w);
	}
	jsonw_array_end(&w);
	jsonw_object_end(&w);
	buf_putc(out, '\n');
}

/* "2026-04-26 22:13:04", or "-". */
static const char *
info__time(int64_t ns, char out[CLOCK_RFC3339_MAX])
{
	if (ns <= 0)
		return "-";
	clock_format_rfc3339(ns, out);
	out[10] = ' ';
	out[19] = '\0';
	return out;
}

static void
info__inputs(const struct query_info *info, struct buf *out)
{
	static const struct table_column columns[] = {
		{ "INPUT", TABLE_SHRINK },
		{ "STATE", 0 },
		{ "AT BYTE", TABLE_RIGHT },
		{ "BEHIND", TABLE_RIGHT },
		{ "READ (UTC)", 0 },
	};
	_cleanup_(table_freep) struct table *t = table_new(columns,
	    ARRAY_LEN(columns));
	char text[CLOCK_RFC3339_MAX];

	if (info->n_inputs == 0)
		return;
	for (size_t i = 0; i < info->n_inputs; i++) {
		const struct query_input *in = &info->inputs[i];

		table_cell(t, in->path);
		table_cell(t, info_states[in->state]);
		table_cellf(t, "%" PRIu64, in->offset);
		if (in->behind >= 0)
			table_cellf(t, "%" PRIi64, in->behind);
		else
			table_cell(t, NULL);
		table_cell(t, info__time(in->read_ns, text));
	}
	buf_putc(out, '\n');
	table_print(t,
	    isatty(STDOUT_FILENO) ? text_terminal_width(STDOUT_FILENO, 80) : 0,
	    out);
}

static void
info__text(const struct query_info *info, const char *path, struct buf *out)
{
	char first[CLOCK_RFC3339_MAX], last[CLOCK_RFC3339_MAX];
	char took[CLOCK_DURATION_MAX];

	buf_puts(out, "index       ");
	text_escape(out, path, strlen(path), false);
	buf_printf(out,
	    "\nsize        %" PRIi64 " bytes, version %" PRIi64
	    "\nrecords     %" PRIi64 " of %" PRIi64 " runs"
	    "\noperations  %" PRIi64 ", %" PRIi64 " running"
	    "\ngaps        %" PRIi64 "\n",
	    info->bytes, info->version, info->lines, info->runs,
	    info->operations, info->running, info->gaps);
	buf_printf(out, "time (UTC)  %s to %s",
	    info__time(info->first_ns, first), info__time(info->last_ns, last));
	if (info->first_ns > 0)
		buf_printf(out, " (%s)",
		    clock_format_duration(clock_diff(info->last_ns,
					      info->first_ns),
			took));
	buf_printf(out, "\ncommitted   %s\nwriter      ",
	    info__time(info->commit_ns, first));
	if (info->writer > 0)
		buf_printf(out, "process %d\n", (int)info->writer);
	else if (info->writer < 0)
		buf_puts(out, "a process that is not seen from here\n");
	else
		buf_puts(out, "none\n");
	info__inputs(info, out);
}

static int
info__exec(struct cmd_ctx *ctx, struct error *err)
{
	static const char *const formats[] = { "text", "json", NULL };
	_cleanup_(store_freep) struct store *s = NULL;
	_cleanup_info_ struct query_info info = { 0 };
	_cleanup_buf_ struct buf out = BUF_INIT;
	int format;

	if (cmd_choice(ctx, "format", formats, &format, err) < 0 ||
	    bangerlog_open_as_is(ctx, &s, err) < 0 ||
	    query_info(s, &info, err) < 0)
		return -1;
	if (format == 1)
		info__json(&info, store_path(s), &out);
	else
		info__text(&info, store_path(s), &out);
	fwrite(buf_str(&out), 1, out.len, stdout);
	return CMD_OK;
}

static const struct cmd_opt info_opts[] = {
	BANGERLOG_OPT_FILE,
	{ 0, "format", "FORMAT", NULL, "text", "text, or json: one object." },
	CMD_OPT_END,
};

const struct cmd_entry bangerlog_info = {
	.name = "info",
	.opts = info_opts,
	.about = "Says what the index holds, how far its inputs were read, and "
		 "who writes it.",
	.exec = info__exec,
};
