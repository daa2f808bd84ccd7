/* SPDX-License-Identifier: ISC */
#include "cli.h"
#include "cmd.h"

/* VM NAME, and one line. */
static int
snapshot__call(struct cmd_ctx *ctx, const char *method, const char *done,
    struct error *err)
{
	_cleanup_answer_ struct cli_answer a = { 0 };
	_cleanup_json_ json_t *params = NULL;
	int r;

	if ((r = cli_params(ctx, "vm", &params, err)) < 0 ||
	    (r = cli_put_text(params, "name", ctx->argv[1],
		 "the snapshot's name", err)) < 0 ||
	    (r = cli_call(ctx, method, steal(&params), &a, err)) < 0)
		return r;
	cli_print_done(&a, done, ctx->argv[0],
	    cli_member(&a, "snapshot", "name", ctx->argv[1]));
	return 0;
}

static int
snapshot__create(struct cmd_ctx *ctx, struct error *err)
{
	return snapshot__call(ctx, "snapshot.create", "kept a snapshot of",
	    err);
}

static int
snapshot__restore(struct cmd_ctx *ctx, struct error *err)
{
	return snapshot__call(ctx, "snapshot.restore", "restored", err);
}

static int
snapshot__delete(struct cmd_ctx *ctx, struct error *err)
{
	return snapshot__call(ctx, "snapshot.delete", "deleted a snapshot of",
	    err);
}

static int
snapshot__list(struct cmd_ctx *ctx, struct error *err)
{
	static const struct table_column columns[] = {
		{ "NAME", TABLE_SHRINK },
		{ "ID", 0 },
		{ "BYTES", TABLE_RIGHT },
		{ "CREATED", TABLE_SHRINK },
	};
	static const char *const keys[] = { "name", "snapshot_id", "bytes",
		"created" };
	_cleanup_answer_ struct cli_answer a = { 0 };
	json_t *params = NULL;
	int r;

	if ((r = cli_params(ctx, "vm", &params, err)) < 0 ||
	    (r = cli_call(ctx, "snapshot.list", params, &a, err)) < 0)
		return r;
	cli_print_list(&a, "snapshots", columns, keys, ARRAY_LEN(columns));
	return 0;
}

const struct cmd_entry cmd_snapshot_create = { "snapshot create", "VM NAME", 2,
	2, NULL, "Keep a copy of a stopped VM's disk.", snapshot__create,
	false };
const struct cmd_entry cmd_snapshot_list = { "snapshot list", "VM", 1, 1, NULL,
	"List a VM's snapshots, oldest first.", snapshot__list, false };
const struct cmd_entry cmd_snapshot_restore = { "snapshot restore", "VM NAME",
	2, 2, NULL,
	"Put a snapshot in place of a stopped VM's disk; what the disk holds "
	"is lost.",
	snapshot__restore, false };
const struct cmd_entry cmd_snapshot_delete = { "snapshot delete", "VM NAME", 2,
	2, NULL, "Remove a snapshot of a stopped VM.", snapshot__delete,
	false };
