/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/jsonw.h"
#include "base/text.h"
#include "trace/store_verify.h"

#include "bangerlog.h"

#define VERIFY_EVERY_NS (NSEC_PER_SEC / 10)
/* Calls between two looks at the clock. */
#define VERIFY_TICKS 64

struct verify {
	bool json, bar, drawn;
	unsigned ticks;
	int64_t drawn_ns;
};

static void
verify__clear(struct verify *v)
{
	if (v->drawn)
		fputs("\r\x1b[K", stderr);
	v->drawn = false;
}

static void
verify__problem(void *arg, const char *text)
{
	struct verify *v = arg;
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct jsonw w = JSONW_INIT(&out);

	verify__clear(v);
	if (v->json) {
		jsonw_object(&w, NULL);
		jsonw_string(&w, "problem", text);
		jsonw_object_end(&w);
	} else {
		text_escape(&out, text, strlen(text), false);
	}
	printf("%s\n", buf_str(&out));
}

static void
verify__progress(void *arg, const char *what, uint64_t done, uint64_t of)
{
	struct verify *v = arg;
	_cleanup_buf_ struct buf out = BUF_INIT;
	int64_t now;

	if (!v->bar || ++v->ticks % VERIFY_TICKS != 0)
		return;
	now = clock_mono_ns();
	if (now - v->drawn_ns < VERIFY_EVERY_NS)
		return;
	v->drawn_ns = now;
	v->drawn = true;
	buf_puts(&out, "\r\x1b[K");
	text_escape(&out, what, strlen(what), false);
	if (of > 0)
		buf_printf(&out, ": %" PRIu64 " %%",
		    done >= of ? 100 : done * 100 / of);
	else
		buf_printf(&out, ": %" PRIu64 " lines", done);
	fputs(buf_str(&out), stderr);
}

static void
verify__json(const struct store_verify *r, const char *path, struct buf *out)
{
	struct jsonw w = JSONW_INIT(out);

	jsonw_object(&w, NULL);
	jsonw_string(&w, "db", path);
	jsonw_bool(&w, "ok", r->problems == 0);
	jsonw_uint(&w, "problems", r->problems);
	jsonw_bool(&w, "deep", r->deep);
	jsonw_uint(&w, "operations", r->operations);
	jsonw_uint(&w, "all_operations", r->all_operations);
	jsonw_uint(&w, "lines", r->lines);
	jsonw_uint(&w, "runs", r->runs);
	jsonw_uint(&w, "inputs", r->inputs);
	jsonw_uint(&w, "input_lines", r->input_lines);
	jsonw_object_end(&w);
	buf_putc(out, '\n');
}

static void
verify__text(const struct store_verify *r, const char *path, struct buf *out)
{
	text_escape(out, path, strlen(path), false);
	if (r->problems == 0)
		buf_puts(out, ": nothing is wrong\n");
	else
		buf_printf(out,
		    ": %" PRIu64 " problem%s%s; move it aside and index "
		    "again\n",
		    r->problems, r->problems == 1 ? "" : "s",
		    r->problems > STORE_VERIFY_TOLD ? ", not all shown" : "");
	buf_printf(out,
	    "%" PRIu64 " of %" PRIu64 " operations put together anew\n",
	    r->operations, r->all_operations);
	if (r->deep)
		buf_printf(out,
		    "%" PRIu64 " packed lines and the spans of %" PRIu64
		    " runs counted\n"
		    "%" PRIu64 " lines of %" PRIu64 " inputs read again\n",
		    r->lines, r->runs, r->input_lines, r->inputs);
	else
		buf_puts(out, "--deep looks at everything\n");
}

static int
verify__exec(struct cmd_ctx *ctx, struct error *err)
{
	static const char *const formats[] = { "text", "json", NULL };
	_cleanup_(store_freep) struct store *s = NULL;
	struct verify v = { .bar = isatty(STDERR_FILENO) };
	struct store_verify r = {
		.deep = cmd_given(ctx, "deep"),
		.problem = verify__problem,
		.progress = verify__progress,
		.arg = &v,
	};
	_cleanup_buf_ struct buf out = BUF_INIT;
	int format, rc;

	if (cmd_choice(ctx, "format", formats, &format, err) < 0 ||
	    bangerlog_open_as_is(ctx, &s, err) < 0)
		return -1;
	v.json = format == 1;
	rc = store_verify(s, &r, err);
	verify__clear(&v);
	if (rc < 0)
		return -1;
	if (v.json)
		verify__json(&r, store_path(s), &out);
	else
		verify__text(&r, store_path(s), &out);
	fwrite(buf_str(&out), 1, out.len, stdout);
	return r.problems == 0 ? CMD_OK : CMD_FAILED;
}

static const struct cmd_opt verify_opts[] = {
	BANGERLOG_OPT_FILE,
	{ 0, "deep", NULL, NULL, NULL,
	    "Look at all operations and all lines, and read again what is "
	    "left of the inputs." },
	{ 0, "format", "FORMAT", NULL, "text",
	    "text, or json: an object for each problem, then one for all." },
	CMD_OPT_END,
};

const struct cmd_entry bangerlog_verify = {
	.name = "verify",
	.opts = verify_opts,
	.about = "Sees whether the index is sound, and its summaries are what "
		 "its lines say; exit status 1: they are not.",
	.exec = verify__exec,
};
