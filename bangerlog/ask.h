/* SPDX-License-Identifier: ISC */
/*
 * Which operations a command line asks for: the options -q, -S and -U, which
 * mean the same wherever they are taken.  docs/query.md describes both
 * languages.
 */
#ifndef BANGERLOG_ASK_H
#define BANGERLOG_ASK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cmd.h"
#include "trace/filter.h"
#include "trace/query_stats.h"

/* The options' rows. */
#define ASK_OPT_QUERY                                                    \
	{                                                                \
		'q', "query", "EXPR", NULL, NULL,                        \
		    "Only operations that match, as in 'took > 2s or "   \
		    "failed'; -q help lists the fields (docs/query.md)." \
	}
#define ASK_OPT_SINCE                                                  \
	{                                                              \
		'S', "since", "WHEN", NULL, NULL,                      \
		    "Only those that began then or later: '2h ago', "  \
		    "yesterday, '2026-04-26 22:13' (systemd.time(7))." \
	}
#define ASK_OPT_UNTIL                                        \
	{                                                    \
		'U', "until", "WHEN", NULL, NULL,            \
		    "Only those that began then or earlier." \
	}

struct ask {
	struct filter *filter;      /* owned, or NULL */
	int64_t since_ns, until_ns; /* INT64_MIN and INT64_MAX: not given */
	int64_t now_ns;             /* that "2h ago" counted from */
	bool spans; /* --since may be a span alone, as "24h"; set by the caller
		     */
};
#define ASK_INIT                                     \
	{                                            \
		NULL, INT64_MIN, INT64_MAX, 0, false \
	}

/*
 * Reads the options; the command must have all three.  1: all is said (-q
 * help, or an expression shown with its mistake on stderr), and the command
 * ends with *ret_status.
 */
int ask_read(const struct cmd_ctx *ctx, struct ask *ret, int *ret_status,
    struct error *err);
/* Warns on stderr where a pattern was given up. */
void ask_warn(const struct ask *ask);
/* The same where figures miss operations that were pruned. */
void ask_warn_pruned(const struct stats *st);
void ask_done(struct ask *ask);

#define _cleanup_ask_ __attribute__((cleanup(ask_done)))

#endif
