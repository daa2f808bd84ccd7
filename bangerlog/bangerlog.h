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

/* Exit status when another process writes the index (sysexits' TEMPFAIL). */
#define BANGERLOG_LOCKED 75

extern const struct cmd_entry bangerlog_index;
extern const struct cmd_entry bangerlog_trace;
extern const struct cmd_entry bangerlog_ops;
extern const struct cmd_entry bangerlog_audit;
extern const struct cmd_entry bangerlog_prune;
extern const struct cmd_entry bangerlog_raw;
extern const struct cmd_entry bangerlog_sql;
extern const struct cmd_entry bangerlog_stats;
extern const struct cmd_entry bangerlog_blame;
extern const struct cmd_entry bangerlog_errors;

/* The row of every command's --db. */
#define BANGERLOG_OPT_DB                                                       \
	{                                                                      \
		0, "db", "FILE", "BANGERLOG_DB", NULL,                         \
		    "The index; without it /var/lib/banger/index.db as root, " \
		    "else banger/index.db in the user's state folder."         \
	}

/* The index that this command line means; owned by the caller. */
char *bangerlog_db(const struct cmd_ctx *ctx);
/* Opens it for reading; where there is none, err says how to make one. */
int bangerlog_open(const struct cmd_ctx *ctx, struct store **ret,
    struct error *err);
/*
 * Opens it for writing; BANGERLOG_LOCKED, said on stderr, when another process
 * writes it.
 */
int bangerlog_open_write(const char *path, struct store **ret,
    struct error *err);

#endif
