/* SPDX-License-Identifier: ISC */
/*
 * The process that reads the journal, because libsystemd may end its caller.
 * It writes entries in export form (export.h) into a pipe; what it has to say
 * itself is an entry of one field, __BANGER_CONTROL, which no field of the
 * journal can be called:
 *
 *	open            the journal is open
 *	error N TEXT    it is not, errno N; the child ends
 *	at CURSOR       where it stands without having given that entry
 *	lost TEXT
 *	damaged TEXT    the same, of a file that stays as it is
 *	end             there is no more; the child ends
 */
#ifndef TRACE_JOURNAL_CHILD_H
#define TRACE_JOURNAL_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct journal_job {
	const char *path; /* NULL: this host's */
	const char *const *units;
	bool follow, from_end;
	bool careful;       /* hand over each entry at once */
	const char *cursor; /* to begin with, or NULL */
	uint64_t skip_us;   /* not 0: begin at that wall clock instead */
};

/* The read end of its pipe goes to *ret_fd; its pid, or -errno. */
pid_t journal_child_start(const struct journal_job *job, int *ret_fd);

#endif
