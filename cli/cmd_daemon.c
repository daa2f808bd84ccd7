/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "base/clock.h"
#include "cli.h"
#include "cmd.h"

static int
daemon__ping(struct cmd_ctx *ctx, struct error *err)
{
	_cleanup_answer_ struct cli_answer a = { 0 };
	char elapsed[CLOCK_DURATION_MAX];
	int r = cli_call(ctx, "ping", NULL, &a, err);

	if (r < 0)
		return r;
	if (a.json)
		cli_print_json(a.result);
	else
		printf("bangerd answers in %s\n",
		    clock_format_duration(a.elapsed_ns, elapsed));
	return 0;
}

static int
daemon__version(struct cmd_ctx *ctx, struct error *err)
{
	_cleanup_answer_ struct cli_answer a = { 0 };
	int r = cli_call(ctx, "version", NULL, &a, err);

	if (r < 0)
		return r;
	if (a.json)
		cli_print_json(a.result);
	else
		cli_print_members(a.result);
	return 0;
}

const struct cmd_entry cmd_ping = {
	.name = "ping",
	.about = "Say whether the daemon answers, and how fast.",
	.exec = daemon__ping,
};

const struct cmd_entry cmd_version = {
	.name = "version",
	.about = "Print the versions of the daemon, the helper, the kernel and "
		 "the VMM.",
	.exec = daemon__version,
};
