/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"

#include "bangerlog.h"

char *
bangerlog_db(const struct cmd_ctx *ctx)
{
	const char *given = cmd_value(ctx, "db"), *dir;

	if (given != NULL && given[0] != '\0')
		return xstrdup(given);
	if (geteuid() == 0)
		return xstrdup("/var/lib/banger/index.db");
	dir = getenv("XDG_STATE_HOME");
	if (dir != NULL && dir[0] == '/')
		return xasprintf("%s/banger/index.db", dir);
	dir = getenv("HOME");
	return xasprintf("%s/.local/state/banger/index.db",
	    dir != NULL && dir[0] == '/' ? dir : "");
}

int
bangerlog_open(const struct cmd_ctx *ctx, struct store **ret, struct error *err)
{
	_cleanup_free_ char *path = bangerlog_db(ctx);
	int rc = store_open_read(path, ret, err);

	if (rc < 0 && err->kind != NULL &&
	    strcmp(err->kind, STORE_MISSING) == 0)
		error_hint(err, "make it with: bangerlog index --db %s FILE...",
		    path);
	return rc;
}

int
bangerlog_open_write(const char *path, struct store **ret, struct error *err)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	int rc = store_open_write(path, ret, err);

	if (rc >= 0 || err->kind == NULL ||
	    strcmp(err->kind, STORE_LOCKED) != 0)
		return rc;
	buf_puts(&out, "bangerlog: ");
	text_escape(&out, err->text, strlen(err->text), false);
	fprintf(stderr, "%s\n", buf_str(&out));
	return BANGERLOG_LOCKED;
}

int
main(int argc, char **argv)
{
	static const struct cmd_entry *const entries[] = {
		&bangerlog_index,
		&bangerlog_trace,
		&bangerlog_ops,
		&bangerlog_raw,
		&bangerlog_stats,
		&bangerlog_blame,
		&bangerlog_errors,
		&bangerlog_audit,
		&bangerlog_prune,
		&bangerlog_sql,
		NULL,
	};
	static const struct cmd_program program = {
		.name = "bangerlog",
		.about = "Indexes the log of banger and traces its operations.",
		.section = "1",
		.entries = entries,
	};

	return cmd_main(&program, argc, argv);
}
