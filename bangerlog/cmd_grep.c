/* SPDX-License-Identifier: ISC */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/jsonw.h"
#include "base/text.h"
#include "trace/query.h"

#include "ask.h"
#include "bangerlog.h"
#include "style.h"

#define GREP_LIMIT_MAX 1000000000UL
/* On a terminal: of the line before the hit, where it does not fit whole. */
#define GREP_LEAD 24

struct grep {
	const struct render_style *style;
	bool json, raw, terminal;
	unsigned long left; /* hits; 0: any number */
	uint64_t hits;
};

/* Appends a part of the raw line, escaped. */
static void
grep__part(struct buf *out, const struct query_hit *hit, size_t from, size_t to)
{
	text_escape(out, buf_str(&hit->r->raw) + from, to - from, false);
}

/* The line, with the hit in it painted; on a terminal what fits of it. */
static void
grep__line(const struct grep *g, const struct query_hit *hit, size_t used,
    struct buf *out)
{
	_cleanup_buf_ struct buf before = BUF_INIT, in = BUF_INIT,
				 after = BUF_INIT, fit = BUF_INIT;
	const char *raw = buf_str(&hit->r->raw);
	size_t room = g->style->width > used ? g->style->width - used : 1;
	size_t from = 0;

	if (g->terminal && hit->start > GREP_LEAD)
		from = hit->start - GREP_LEAD;
	/* Not in the middle of a character. */
	while (from > 0 && ((unsigned char)raw[from] & 0xc0) == 0x80)
		from--;
	grep__part(&before, hit, from, hit->start);
	grep__part(&in, hit, hit->start, hit->end);
	grep__part(&after, hit, hit->end, hit->r->raw.len);
	if (!g->terminal || !g->style->color) {
		buf_puts(&before, buf_str(&in));
		buf_puts(&before, buf_str(&after));
		if (g->terminal)
			text_fit(&fit, buf_str(&before), room, false,
			    g->style->ascii);
		buf_puts(out, buf_str(g->terminal ? &fit : &before));
		return;
	}
	text_fit(&fit, buf_str(&in),
	    text_width(buf_str(&in)) < room ? text_width(buf_str(&in)) : room,
	    false, g->style->ascii);
	used = text_width(buf_str(&before)) + text_width(buf_str(&fit));
	if (used > room)
		buf_reset(&before);
	buf_printf(out, "%s\x1b[1;31m%s\x1b[0m", buf_str(&before),
	    buf_str(&fit));
	if (used < room)
		text_fit(out, buf_str(&after), room - used, false,
		    g->style->ascii);
}

static void
grep__text(const struct grep *g, const struct query_hit *hit, struct buf *out)
{
	char text[CLOCK_RFC3339_MAX];

	clock_format_rfc3339(hit->r->time_ns, text);
	text[10] = ' ';
	text[19] = '\0';
	buf_printf(out, "%-19s  %s  ", hit->op_id != NULL ? hit->op_id : "-",
	    text);
	grep__line(g, hit, text_width(buf_str(out)), out);
	buf_putc(out, '\n');
}

static void
grep__json(const struct query_hit *hit, struct buf *out)
{
	struct jsonw w = JSONW_INIT(out);
	const struct record *r = hit->r;

	jsonw_object(&w, NULL);
	jsonw_string(&w, "op_id", hit->op_id);
	jsonw_string(&w, "operation", hit->operation);
	jsonw_string(&w, "vm_name", hit->vm);
	if (r->time_from != RECORD_TIME_NONE)
		jsonw_time(&w, "time", r->time_ns);
	else
		jsonw_null(&w, "time");
	jsonw_string(&w, "kind", record_kind_name(r->kind));
	jsonw_string(&w, "msg",
	    r->kind == RECORD_EVENT || r->kind == RECORD_OTHER ? r->ev.msg
							       : NULL);
	jsonw_string(&w, "attribute", hit->key);
	jsonw_uint(&w, "start", hit->start);
	jsonw_uint(&w, "end", hit->end);
	jsonw_string(&w, "line", buf_str(&r->raw));
	jsonw_object_end(&w);
	buf_putc(out, '\n');
}

static bool
grep__hit(void *arg, const struct query_hit *hit)
{
	struct grep *g = arg;
	_cleanup_buf_ struct buf out = BUF_INIT;

	if (g->json) {
		grep__json(hit, &out);
	} else if (g->raw && !g->terminal) {
		buf_put(&out, buf_str(&hit->r->raw), hit->r->raw.len);
		buf_putc(&out, '\n');
	} else if (g->raw) {
		grep__part(&out, hit, 0, hit->r->raw.len);
		buf_putc(&out, '\n');
	} else {
		grep__text(g, hit, &out);
	}
	fwrite(buf_str(&out), 1, out.len, stdout);
	g->hits++;
	return g->left == 0 || --g->left > 0;
}

static int
grep__run(struct cmd_ctx *ctx, struct ask *ask, struct grep *g,
    struct error *err)
{
	_cleanup_(store_freep) struct store *s = NULL;
	struct query_grep grep = { ctx->argv[0], cmd_given(ctx, "ignore-case"),
		QUERY_WANT_INIT, 0 };
	struct error why = ERROR_INIT;
	int rc;

	grep.want.everything = true;
	grep.want.since_ns = ask->since_ns;
	grep.want.until_ns = ask->until_ns;
	grep.want.filter = ask->filter;
	grep.want.now_ns = ask->now_ns;
	if (bangerlog_open(ctx, &s, err) < 0)
		return -1;
	rc = query_grep(s, &grep, grep__hit, g, &why);
	if (rc < 0 && why.kind != NULL && strcmp(why.kind, QUERY_PATTERN) == 0)
		return cmd_usage_error(err, "%s", why.text);
	if (rc < 0) {
		*err = why;
		return rc;
	}
	ask_warn(ask);
	if (grep.hard > 0)
		fprintf(stderr,
		    "bangerlog: %" PRIu64 " texts were too hard for the "
		    "pattern, and taken as no match\n",
		    grep.hard);
	/* As grep(1) has it. */
	return g->hits > 0 ? CMD_OK : CMD_FAILED;
}

static int
grep__exec(struct cmd_ctx *ctx, struct error *err)
{
	static const char *const formats[] = { "text", "json", NULL };
	_cleanup_ask_ struct ask ask = ASK_INIT;
	struct render_style style;
	struct grep g = { .style = &style, .raw = cmd_given(ctx, "raw") };
	int format, status, rc;

	if (cmd_choice(ctx, "format", formats, &format, err) < 0 ||
	    style_read(ctx, &style, err) < 0 ||
	    cmd_number(ctx, "number", 0, GREP_LIMIT_MAX, &g.left, err) < 0)
		return -1;
	g.json = format == 1;
	g.terminal = isatty(STDOUT_FILENO) == 1 ||
	    cmd_value(ctx, "width") != NULL;
	rc = ask_read(ctx, &ask, &status, err);
	if (rc != 0)
		return rc < 0 ? rc : status;
	return grep__run(ctx, &ask, &g, err);
}

static const struct cmd_opt grep_opts[] = {
	BANGERLOG_OPT_DB,
	ASK_OPT_QUERY,
	ASK_OPT_SINCE,
	ASK_OPT_UNTIL,
	{ 'i', "ignore-case", NULL, NULL, NULL,
	    "Upper and lower case are one." },
	{ 'n', "number", "N", NULL, "0",
	    "Stop after so many hits; 0: do not." },
	{ 0, "raw", NULL, NULL, NULL,
	    "Only the lines, byte for byte (on a terminal: escaped)." },
	{ 0, "format", "FORMAT", NULL, "text",
	    "text, or json: one object a hit." },
	STYLE_OPTS,
	CMD_OPT_END,
};

const struct cmd_entry bangerlog_grep = {
	.name = "grep",
	.args = "PATTERN",
	.min = 1,
	.max = 1,
	.opts = grep_opts,
	.about = "Prints the lines that match a regular expression (PCRE2), "
		 "and the operation of each; exit status 1: none does.",
	.exec = grep__exec,
};
