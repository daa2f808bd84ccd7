/* SPDX-License-Identifier: ISC */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/mem.h"

#include "bangerlog.h"
#include "refresh.h"

#define MAIN_SYSTEM_DB "/var/lib/banger/index.db"

static const char *
bangerlog__system(void)
{
	const char *path = getenv("BANGERLOG_SYSTEM_DB");

	return path != NULL && path[0] == '/' ? path : MAIN_SYSTEM_DB;
}

char *
bangerlog_db(const struct cmd_ctx *ctx)
{
	const char *given = cmd_value(ctx, "db"), *dir;

	if (given != NULL && given[0] != '\0')
		return xstrdup(given);
	if (geteuid() == 0)
		return xstrdup(bangerlog__system());
	dir = getenv("XDG_STATE_HOME");
	if (dir != NULL && dir[0] == '/')
		return xasprintf("%s/banger/index.db", dir);
	dir = getenv("HOME");
	return xasprintf("%s/.local/state/banger/index.db",
	    dir != NULL && dir[0] == '/' ? dir : "");
}

/* For reading: where a user has no index, the system's if it can be read. */
static char *
bangerlog__db_to_read(const struct cmd_ctx *ctx)
{
	const char *given = cmd_value(ctx, "db");
	_cleanup_free_ char *path = bangerlog_db(ctx);

	if ((given == NULL || given[0] == '\0') && access(path, F_OK) < 0 &&
	    access(bangerlog__system(), R_OK) == 0)
		return xstrdup(bangerlog__system());
	return steal(&path);
}

static bool
bangerlog__is_missing(const struct error *err)
{
	return err->kind != NULL &&
	    (strcmp(err->kind, STORE_MISSING) == 0 ||
		strcmp(err->kind, STORE_EMPTY) == 0);
}

int
bangerlog_open_as_is(const struct cmd_ctx *ctx, struct store **ret,
    struct error *err)
{
	_cleanup_free_ char *path = bangerlog__db_to_read(ctx);
	int rc = store_open_read(path, ret, err);

	if (rc < 0 && bangerlog__is_missing(err))
		error_hint(err, "make it with: bangerlog index --db %s FILE...",
		    path);
	return rc;
}

int
bangerlog_open(const struct cmd_ctx *ctx, struct store **ret, struct error *err)
{
	_cleanup_free_ char *path = bangerlog_db(ctx);
	int rc = bangerlog_open_as_is(ctx, ret, err);

	if (cmd_given(ctx, "no-refresh"))
		return rc;
	if (rc == 0)
		refresh(*ret, false);
	if (rc == 0 || !bangerlog__is_missing(err))
		return rc;
	refresh_new(path);
	error_clear(err);
	return bangerlog_open_as_is(ctx, ret, err);
}

/* What can be wrong with an index; the numbers are those of sysexits.h. */
static const struct cmd_exit main_exits[] = {
	{ EX_DATAERR, STORE_ALIEN, "The file is no index of bangerlog." },
	{ EX_NOINPUT, STORE_EMPTY, "The index is an empty file." },
	{ EX_UNAVAILABLE, STORE_MISSING, "There is no index yet." },
	{ EX_IOERR, STORE_DAMAGED, "The index is damaged, or its disk is." },
	{ EX_TEMPFAIL, STORE_LOCKED,
	    "Another process holds the index; for bangerlog index, one that "
	    "writes it.  Try again later." },
	{ EX_PROTOCOL, STORE_NEWER,
	    "The index was made by a newer version of bangerlog." },
	{ EX_CONFIG, STORE_OLDER,
	    "The index was made by an older version of bangerlog, or left by "
	    "one that was killed; bangerlog index puts that right." },
	{ 128 + SIGINT, NULL,
	    "Of bangerlog index: Ctrl-C cut it short.  What was read is in "
	    "the index." },
	CMD_EXIT_END,
};

static const struct cmd_words main_words[] = {
	{ "FORMAT", "text json" },
	{ "--color", "auto always never" },
	{ "REF", "?op" },
	{ "SHELL", "bash zsh" },
	CMD_WORDS_END,
};

int
main(int argc, char **argv)
{
	static const struct cmd_entry *const entries[] = {
		&bangerlog_index,
		&bangerlog_trace,
		&bangerlog_ops,
		&bangerlog_raw,
		&bangerlog_export,
		&bangerlog_bundle,
		&bangerlog_stats,
		&bangerlog_blame,
		&bangerlog_errors,
		&bangerlog_audit,
		&bangerlog_prune,
		&bangerlog_sql,
		&bangerlog_why,
		&bangerlog_diff,
		&bangerlog_grep,
		&bangerlog_tail,
		&bangerlog_info,
		&bangerlog_verify,
		&bangerlog_completion,
		&bangerlog_complete,
		NULL,
	};
	static const struct cmd_program program = {
		.name = "bangerlog",
		.about = "Indexes the log of banger and traces its operations.",
		.section = "1",
		.entries = entries,
		.exits = main_exits,
		.words = main_words,
		.pages = true,
	};

	return cmd_main(&program, argc, argv);
}
