/* SPDX-License-Identifier: ISC */
/*
 * What the commands of bangerlog share.  Each cmd_*.c has one entry; main.c
 * lists them.
 */
#ifndef BANGERLOG_H
#define BANGERLOG_H

#include "base/cmd.h"
#include "base/error.h"
#include "trace/store.h"

extern const struct cmd_entry bangerlog_index;
extern const struct cmd_entry bangerlog_trace;
extern const struct cmd_entry bangerlog_ops;
extern const struct cmd_entry bangerlog_audit;
extern const struct cmd_entry bangerlog_prune;
extern const struct cmd_entry bangerlog_raw;
extern const struct cmd_entry bangerlog_export;
extern const struct cmd_entry bangerlog_bundle;
extern const struct cmd_entry bangerlog_sql;
extern const struct cmd_entry bangerlog_why;
extern const struct cmd_entry bangerlog_diff;
extern const struct cmd_entry bangerlog_grep;
extern const struct cmd_entry bangerlog_tail;
extern const struct cmd_entry bangerlog_info;
extern const struct cmd_entry bangerlog_verify;
extern const struct cmd_entry bangerlog_completion;
extern const struct cmd_entry bangerlog_complete;
extern const struct cmd_entry bangerlog_stats;
extern const struct cmd_entry bangerlog_blame;
extern const struct cmd_entry bangerlog_errors;

/* The row of --db alone: of a command that writes the index. */
#define BANGERLOG_OPT_FILE                                                     \
	{                                                                      \
		0, "db", "FILE", "BANGERLOG_DB", NULL,                         \
		    "The index; without it /var/lib/banger/index.db as root, " \
		    "else banger/index.db in the user's state folder; where "  \
		    "that is not there, a question goes to root's if it can "  \
		    "be read."                                                 \
	}
/* The rows of every command that calls bangerlog_open(). */
#define BANGERLOG_OPT_DB                                                    \
	BANGERLOG_OPT_FILE,                                                 \
	{                                                                   \
		0, "no-refresh", NULL, "BANGERLOG_NO_REFRESH", NULL,        \
		    "Answer from the index as it is: do not first read on " \
		    "in what it was made from."                             \
	}

/*
 * The index that this command line means, for who writes it; owned by the
 * caller.  Who asks gets the system's where the user has none.
 */
char *bangerlog_db(const struct cmd_ctx *ctx);
/*
 * Opens it for reading, brought up to date (refresh.h) unless --no-refresh was
 * given; where there is none, err says how to make one.
 */
int bangerlog_open(const struct cmd_ctx *ctx, struct store **ret,
    struct error *err);
/* The same of the index as it is: nothing is read for it. */
int bangerlog_open_as_is(const struct cmd_ctx *ctx, struct store **ret,
    struct error *err);

#endif
