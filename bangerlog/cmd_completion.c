/* SPDX-License-Identifier: ISC */
/* What shells complete: the script, and what it asks while somebody types. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "trace/query_complete.h"

#include "bangerlog.h"

/* As many are offered at most. */
#define COMPLETE_MAX 50

static int
completion__exec(struct cmd_ctx *ctx, struct error *err)
{
	_cleanup_buf_ struct buf out = BUF_INIT;

	if (!cmd_completion(ctx->program, ctx->argv[0], &out))
		return cmd_usage_error(err, "\"%s\": use bash or zsh",
		    ctx->argv[0]);
	fwrite(buf_str(&out), 1, out.len, stdout);
	return CMD_OK;
}

const struct cmd_entry bangerlog_completion = {
	.name = "completion",
	.args = "SHELL",
	.min = 1,
	.max = 1,
	.about = "Prints a script for bash or zsh that completes commands, "
		 "options, and names of the index: source it.",
	.exec = completion__exec,
};

/* Prints one that begins so; text that a terminal could not show is left out.
 */
static void
complete__offer(void *arg, const char *text)
{
	const char *prefix = arg;
	_cleanup_buf_ struct buf safe = BUF_INIT;

	if (strncmp(text, prefix, strlen(prefix)) != 0)
		return;
	text_escape(&safe, text, strlen(text), false);
	if (strcmp(buf_str(&safe), text) == 0)
		printf("%s\n", text);
}

static void
complete__vm(void *arg, const char *text)
{
	_cleanup_buf_ struct buf ref = BUF_INIT;

	buf_printf(&ref, "vm:%s", text);
	complete__offer(arg, buf_str(&ref));
}

/*
 * For a REF: its other forms too.  Silent about all that goes wrong: it is
 * asked between two key strokes.
 */
static int
complete__exec(struct cmd_ctx *ctx, struct error *err)
{
	_cleanup_(store_freep) struct store *s = NULL;
	char *prefix = ctx->argv[1];
	bool op = strcmp(ctx->argv[0], "op") == 0;

	if (!op && strcmp(ctx->argv[0], "vm") != 0)
		return CMD_OK;
	if (op) {
		complete__offer(prefix, "last");
		complete__offer(prefix, "last-failed");
	}
	if (bangerlog_open_as_is(ctx, &s, err) < 0)
		return CMD_OK;
	if (!op) {
		query_complete_vm(s, prefix, COMPLETE_MAX, complete__offer,
		    prefix);
	} else if (prefix[0] == 'v') {
		query_complete_vm(s,
		    strncmp(prefix, "vm:", 3) == 0 ? prefix + 3 : "",
		    COMPLETE_MAX, complete__vm, prefix);
	} else {
		query_complete_op(s, prefix, COMPLETE_MAX, complete__offer,
		    prefix);
	}
	return CMD_OK;
}

static const struct cmd_opt complete_opts[] = {
	BANGERLOG_OPT_FILE,
	CMD_OPT_END,
};

const struct cmd_entry bangerlog_complete = {
	.name = "complete",
	.args = "KIND PREFIX",
	.min = 2,
	.max = 2,
	.opts = complete_opts,
	.about = "Prints what can follow, for the script of completion.",
	.exec = complete__exec,
	.hidden = true,
};
