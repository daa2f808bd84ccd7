/* SPDX-License-Identifier: ISC */
/*
 * The process that reads the journal, because libsystemd may end its caller.
 * What it writes into its pipe is told by journal_frame.h.
 */
#ifndef TRACE_JOURNAL_CHILD_H
#define TRACE_JOURNAL_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct journal_job {
	const char *path;         /* NULL: this host's */
	const char *const *units; /* NULL: whatever unit */
	bool follow, from_end;
	bool careful;       /* hand over each entry at once */
	const char *cursor; /* to begin with, or NULL */
	uint64_t skip_us;   /* not 0: begin at that wall clock instead */
	uint64_t until_us;  /* not 0: the first entry behind it is the end */
	/*
	 * Files that end before it were looked at already (journal_check.h);
	 * with until_us none are.
	 */
	uint64_t check_us;
};

/* The read end of its pipe goes to *ret_fd; its pid, or -errno. */
pid_t journal_child_start(const struct journal_job *job, int *ret_fd);

#endif
