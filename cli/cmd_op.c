/* SPDX-License-Identifier: ISC */
#include "cli.h"
#include "cmd.h"

static int
op__list(struct cmd_ctx *ctx, struct error *err)
{
	static const struct table_column columns[] = {
		{ "OP", 0 },
		{ "OPERATION", 0 },
		{ "VM", TABLE_SHRINK },
		{ "STATE", 0 },
		{ "STAGE", TABLE_SHRINK },
		{ "STARTED", TABLE_SHRINK },
		{ "ELAPSED", TABLE_RIGHT },
		{ "ERROR", TABLE_SHRINK },
	};
	static const char *const keys[] = { "op_id", "operation", "vm_name",
		"state", "stage", "started", "elapsed_ms", "error" };
	_cleanup_answer_ struct cli_answer a = { 0 };
	int r = cli_call(ctx, "op.list", NULL, &a, err);

	if (r < 0)
		return r;
	cli_print_list(&a, "operations", columns, keys, ARRAY_LEN(columns));
	return 0;
}

#define OP_LIST                                                             \
	.about = "List the operations under way, and the last that ended.", \
	.exec = op__list

const struct cmd_entry cmd_op_list = { .name = "op list", OP_LIST };
const struct cmd_entry cmd_ops = { .name = "ops", OP_LIST };
