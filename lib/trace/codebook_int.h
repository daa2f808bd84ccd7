/* SPDX-License-Identifier: ISC */
/* What the files of the codebook share. */
#ifndef TRACE_CODEBOOK_INT_H
#define TRACE_CODEBOOK_INT_H

#include "trace/codebook.h"

/* Origins that lines have in turn. */
#define CODEBOOK_RECENT 4
/* Forms that lines had of late, by what is known of a line at once. */
#define CODEBOOK_LIKELY 256
/* Hints of lines (record.h) whose forms are known. */
#define CODEBOOK_HINTS 256

struct codebook_hint {
	uint64_t hint; /* 0: none */
	uint32_t form;
	uint8_t slot[CODEBOOK_SLOTS_MAX]; /* the attributes in its slots */
};

struct codebook {
	struct dict dicts[CODEBOOK_KINDS];
	struct dict keys;
	struct codebook_form *forms;
	uint32_t cap_forms;
	struct codebook_origin *origins;
	uint32_t cap_origins;
	uint32_t recent[CODEBOOK_RECENT]; /* the newest first */
	uint32_t likely[CODEBOOK_LIKELY]; /* 0, or 1 + a form's number */
	struct codebook_hint hints[CODEBOOK_HINTS]; /* of 0: of no line */
	uint32_t *seen;
	struct buf scratch;
	codebook_fetch_fn *fetch; /* or NULL */
	void *fetch_arg;
};

/* The text of an origin that is not there, as it is stored; DICT_NONE: full. */
uint32_t codebook_add_origin(struct codebook *b, const char *text, size_t len,
    uint64_t hash);

#endif
