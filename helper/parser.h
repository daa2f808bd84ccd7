/* SPDX-License-Identifier: ISC */
/*
 * Starts the process that reads what a guest wrote: this program anew, by its
 * own descriptor, in namespaces of its own, under a user that no VM has,
 * without capabilities, with the disk, a request and a way to answer as its
 * only descriptors, and limits on memory, time and what it can write.  Behind
 * that it puts a filter of system calls over itself (confine_parser()).
 */
#ifndef HELPER_PARSER_H
#define HELPER_PARSER_H

#include <sys/types.h>

#include "base/error.h"

#include "ext4.h"

/* What the process is called, and knows itself by. */
#define PARSER_NAME "banger-helper: parser"

struct parser {
	pid_t pid;
	int pidfd;  /* readable when it has ended */
	int result; /* its answer comes here; does not block */
};

/* disk is borrowed; uid is not root's.  What *ret holds is the caller's. */
int parser_start(int disk, const struct ext4_request *req, uid_t uid,
    struct parser *ret, struct error *err);
/*
 * Takes the end of a process that has ended, or is about to: 0 when it did all
 * that was asked, 1 when there was nothing to do.  Closes what the parser
 * holds.
 */
int parser_finish(struct parser *p, struct error *err);

#endif
