/* SPDX-License-Identifier: ISC */
/*
 * A call that may take long, while it is under way: the stages come as they
 * are entered, and are shown on stderr: on a terminal as one line that changes
 * (stage, time so far, what is usual), elsewhere as a line each.
 *
 * Ctrl-C asks the daemon to cancel the operation, whose end then gives status
 * 130; a second one leaves it alone and ends the process with status 131.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "wire/opid.h"
#include "wire/rpc.h"

#define PROGRESS_STAGES_MAX 64
#define PROGRESS_CANCELED 130 /* what a shell gives for SIGINT */
#define PROGRESS_LEFT 131     /* it goes on */

struct progress_stage {
	char name[32];
	int64_t since_start_ns;
};

struct progress {
	const char *path,
	    *method;        /* borrowed: the daemon's socket, "vm.start" */
	bool quiet;         /* show nothing */
	int64_t silence_ns; /* then the daemon is asked whether it goes on */
	/* Filled as it goes. */
	struct opid op;
	struct progress_stage stages[PROGRESS_STAGES_MAX];
	size_t n_stages;
	int64_t start_ns, end_ns; /* monotonic */
	int64_t heard_ns;         /* when the daemon last said something */
	int64_t p50_ns, p90_ns;   /* usual; 0: not known */
	bool canceling, terminal, drawn;
	char *console; /* the end of the guest's console, of one that failed */
};

/*
 * As client_call(); the request is sent on fd, which answers it.  p->path,
 * method, quiet and silence_ns are set.  timeout_ns 0: it is waited for as long
 * as the daemon, when asked after so much silence, says that it goes on; a
 * daemon that does not answer is given up after twice that time.
 */
int progress_call(struct progress *p, int fd, const json_t *params,
    int64_t timeout_ns, struct rpc_reply *ret, struct error *err);
/* The stages of one that failed, and its console's end; on stderr. */
void progress_explain(const struct progress *p);
void progress_done(struct progress *p);

#endif
