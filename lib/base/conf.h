/* SPDX-License-Identifier: ISC */
/*
 * A configuration file: flat "KEY = VALUE" lines, blank ones, and comments
 * behind a "#" that begins a line.  What keys there are is a table, from which
 * the documents and the commented file that is installed are made too.
 *
 * Each key has a value at any time: what was set last (conf_set), else the
 * file's, else the table's.
 */
#ifndef BASE_CONF_H
#define BASE_CONF_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/error.h"

enum conf_type {
	CONF_COUNT,    /* a whole number */
	CONF_BYTES,    /* "2G", "500M" (of 1024), or bytes */
	CONF_DURATION, /* "1min 30s"; the number is nanoseconds */
	CONF_BOOL,     /* yes or no; the number is 1 or 0 */
	CONF_TEXT,
	CONF_PATH, /* text that begins with "/" */
};

struct conf_key {
	const char *name;
	enum conf_type type;
	/*
	 * As they would be written: the bounds of the first three types.  most
	 * of CONF_TEXT: the words that it may be, a blank between; NULL: any.
	 */
	const char *least, *most;
	const char *fallback; /* as it would be written; NULL: no value */
	const char *about;    /* one sentence */
};

struct conf;

/* All values are those of the table, which is borrowed. */
struct conf *conf_new(const struct conf_key *keys, size_t n);
struct conf *conf_free(struct conf *c);
/*
 * Takes the file's values, for all others those of the table.  One that is not
 * understood leaves all as it was: err says the first fault, "FILE:LINE: what
 * is wrong and what would be right", and faults (may be NULL) gets every one, a
 * line each, safe to print. -ENOENT and the like: it could not be read.
 */
int conf_read(struct conf *c, const char *path, struct buf *faults,
    struct error *err);
/* Sets one value over the file's; the text of a fault names no place. */
int conf_set(struct conf *c, size_t key, const char *value, struct error *err);
/* Of the numeric types. */
int64_t conf_number(const struct conf *c, size_t key);
/* Of the others; NULL: it has no value.  Good until it is set or read. */
const char *conf_text(const struct conf *c, size_t key);
/* "a duration from 10ms to 1d": what may be written as that key's value. */
void conf_describe(const struct conf_key *key, struct buf *out);

DEFINE_FREEP(struct conf *, conf_free);

#endif
