/* SPDX-License-Identifier: ISC */
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

#include "bangerlog.h"
#include "refresh.h"

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

static bool
bangerlog__is_missing(const struct error *err)
{
	return err->kind != NULL && strcmp(err->kind, STORE_MISSING) == 0;
}

int
bangerlog_open(const struct cmd_ctx *ctx, struct store **ret, struct error *err)
{
	_cleanup_free_ char *path = bangerlog_db(ctx);
	bool fresh = !cmd_given(ctx, "no-refresh");
	int rc = store_open_read(path, ret, err);

	if (rc < 0 && bangerlog__is_missing(err) && fresh) {
		refresh_new(path);
		error_clear(err);
		rc = store_open_read(path, ret, err);
	} else if (rc == 0 && fresh) {
		refresh(*ret, false);
	}
	if (rc < 0 && bangerlog__is_missing(err))
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
		&bangerlog_sql,
		&bangerlog_why,
		&bangerlog_diff,
		&bangerlog_grep,
		&bangerlog_tail,
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
