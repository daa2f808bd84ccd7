/* SPDX-License-Identifier: ISC */
/*
 * Output on a terminal that is longer than its screen goes through a pager:
 * $BANGER_PAGER, else $PAGER, else less where it is installed; "cat" and the
 * empty string stand for none.  Output that fits stays as it is.
 *
 * While one is open the stream `stdout` is ours, and descriptor 1 still the
 * terminal: whoever asks how wide it is, or whether it is one, gets the same
 * answer as without.  A pager that is quit early ends nothing: what is written
 * after that is dropped, and the command's exit status is its own.
 */
#ifndef BASE_PAGER_H
#define BASE_PAGER_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include "base/buf.h"

struct pager {
	FILE *screen; /* the stdout of before; NULL: nothing was opened */
	const char *command;
	struct buf held; /* what was written, until it is a screenful */
	size_t rows, columns, row, column;
	pid_t pid; /* 0: not started */
	int fd;
	bool quit;
	/* What these signals did before it was started. */
	void (*old_pipe)(int), (*old_int)(int);
};

/* Takes stdout over, where that is a terminal and a pager is wanted. */
void pager_open(struct pager *p);
/* Gives it back, when the reader has seen enough. */
void pager_close(struct pager *p);

#endif
