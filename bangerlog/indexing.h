/* SPDX-License-Identifier: ISC */
/*
 * Reading inputs into an index that is open for writing, each from where it
 * was left: what `index` does, and every other command before it answers
 * (refresh.h).
 */
#ifndef BANGERLOG_INDEXING_H
#define BANGERLOG_INDEXING_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "trace/source.h"
#include "trace/store.h"

#include "progress.h"

/* What is read.  The texts are borrowed. */
struct indexing {
	const char *journal; /* its file or folder, "" this host's; or NULL */
	const char *const *units; /* ending in NULL; NULL: the usual ones */
	bool follow, rescan;
	/* What the index calls each input; with a journal that one alone. */
	const char **names;
	struct source_resume *resumes;
	size_t n;
};
#define INDEXING_INIT                                   \
	{                                               \
		NULL, NULL, false, false, NULL, NULL, 0 \
	}

void indexing_add(struct indexing *in, const char *name);
void indexing_done(struct indexing *in);

/* Opens the inputs where the index was left, and names them to it. */
int indexing_open(struct indexing *in, struct store *s, struct source **ret,
    struct error *err);

struct indexing_run {
	const volatile sig_atomic_t *stop; /* ends it when not 0; or NULL */
	struct progress progress;
};
/* Reads to the end, or until stopped, and commits; says on stderr what is lost.
 */
int indexing_read(struct store *s, struct source *src, struct indexing_run *run,
    struct error *err);

#endif
