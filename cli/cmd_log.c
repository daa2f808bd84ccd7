/* SPDX-License-Identifier: ISC */
/* What bangerlog knows of an operation, without leaving banger. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "cmd.h"

/* Becomes bangerlog, as it is found on the way that we were. */
static int
log__exec(struct cmd_ctx *ctx, const char *command, struct error *err)
{
	/* Its prototype predates const; execvp() writes through none. */
	char *argv[] = { xstrdup("bangerlog"), xstrdup(command), xstrdup("--"),
		ctx->argc > 0 ? xstrdup(ctx->argv[0]) : NULL, NULL };
	int rc;

	execvp(argv[0], argv);
	rc = error_errno(err, errno, "running bangerlog");
	error_hint(err, "is it installed, and in PATH?");
	for (size_t i = 0; argv[i] != NULL; i++)
		free(argv[i]);
	return rc;
}

static int
log__trace(struct cmd_ctx *ctx, struct error *err)
{
	return log__exec(ctx, "trace", err);
}

static int
log__why(struct cmd_ctx *ctx, struct error *err)
{
	return log__exec(ctx, "why", err);
}

const struct cmd_entry cmd_trace = {
	.name = "trace",
	.args = "OP",
	.min = 1,
	.max = 1,
	.about = "Show where an operation's time went: bangerlog trace.",
	.exec = log__trace,
};

const struct cmd_entry cmd_why = {
	.name = "why",
	.args = "OP",
	.min = 1,
	.max = 1,
	.about = "Show why an operation failed or took long: bangerlog why.",
	.exec = log__why,
};
