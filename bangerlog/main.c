/* SPDX-License-Identifier: ISC */
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

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
