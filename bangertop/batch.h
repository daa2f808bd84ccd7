/* SPDX-License-Identifier: ISC */
/* Frames for scripts and pipes: the numbers of the screen, without a screen. */
#ifndef TOP_BATCH_H
#define TOP_BATCH_H

#include "ui.h"

enum batch_format { BATCH_TEXT, BATCH_JSON, BATCH_CSV };

struct batch {
	enum batch_format format;
	unsigned long frames; /* 0: until its end, or for ever */
	int64_t delay_ns;     /* between them */
	int64_t settle_ns;    /* to wait for lines before the first; 0: none */
	int cols, rows;       /* of text; rows 0: as it takes */
	bool ascii, has_now;
	int64_t now_ns;             /* to reckon from, with has_now */
	const char *const *sources; /* names for JSON */
	size_t n_sources;
};

/* Prints to standard output; a reader that has gone is no error. */
int batch_run(struct ui *ui, const struct batch *b, struct error *err);

#endif
