/* SPDX-License-Identifier: ISC */
/*
 * The journal export format, as `journalctl -o export` writes it: each field a
 * line KEY=VALUE, or KEY, newline, the length as 64 bits little-endian, that
 * many bytes, newline; an empty line ends the entry.
 *
 * It is read piece by piece: export_take() is given what there is and says how
 * much of it was used.  The entry is the caller's.
 */
#ifndef TRACE_EXPORT_H
#define TRACE_EXPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/parse_entry.h"

/* A longer value is cut. */
#define EXPORT_VALUE_MAX (4 * 1024 * 1024)

struct export
{
	struct entry *entry;
	bool open;     /* the entry has a field */
	uint64_t skip; /* of a value that was cut: bytes still to come */
	bool line;     /* of such a value: to the end of its line */
};

enum export_status {
	EXPORT_FIELD, /* one was taken */
	EXPORT_MORE,  /* what follows is not all there */
	EXPORT_ENTRY, /* the entry is complete; reset it before going on */
	EXPORT_LINE,  /* not a field: a line of another form; nothing used */
};

/* True when the input that begins so is of this form. */
bool export_is_start(const char *s, size_t len);
enum export_status export_take(struct export *x, const char *s, size_t len,
    size_t *ret_used);
/* Takes the unfinished field at the end of the input. */
void export_rest(struct export *x, const char *s, size_t len);

#endif
