/* SPDX-License-Identifier: ISC */
/* What the command line and the file of settings ask for. */
#ifndef TOP_OPTIONS_H
#define TOP_OPTIONS_H

#include "base/cmd.h"
#include "batch.h"
#include "config.h"

#define OPTIONS_DB_OPS 5000 /* the newest of an index that are looked at */

struct options {
	const char *const *files; /* borrowed; none: the journal, or db */
	size_t n_files;
	const char *db;     /* NULL: no index */
	const char *daemon; /* "": its usual socket; NULL: not its source */
	const char *socket; /* of it, for what is canceled; NULL: the usual */
	bool readonly;
	bool once, is_batch, replay;
	int64_t at_ns; /* INT64_MIN: from the start */
	unsigned long speed;
	struct batch batch;
	struct config config;
	struct filter *filter; /* of config.filter, owned, or NULL */
};

extern const struct cmd_opt options_table[];

int options_read(struct cmd_ctx *ctx, struct options *ret, struct error *err);
void options_done(struct options *q);

#endif
