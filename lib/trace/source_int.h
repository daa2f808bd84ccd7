/* SPDX-License-Identifier: ISC */
/*
 * What source_file.c (bytes to records), source_input.c (the file, its
 * rotation, what it is packed in) and source_resume.c (where to go on) share;
 * private to them.
 */
#ifndef TRACE_SOURCE_INT_H
#define TRACE_SOURCE_INT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "trace/export.h"
#include "trace/parse.h"
#include "trace/source.h"
#include "trace/unpack.h"

#define SOURCE_CHUNK (256 * 1024)
/* As many bytes tell an export stream from lines. */
#define SOURCE_FORM_BYTES 24

enum source_form { SOURCE_UNKNOWN, SOURCE_LINES, SOURCE_EXPORT };

struct source_file {
	struct source head;
	char *path;
	unsigned flags;
	int fd;      /* -1: the followed file is not there */
	int notify;  /* inotify, or -1 */
	int watch;   /* of the file itself, or -1 */
	bool stream; /* a pipe or terminal, not a file */
	bool behind; /* an older file under another name */
	bool copy;   /* of the file that pos.file names: packed, say */
	bool fresh;  /* nothing was read of it: what it is packed in is open */
	struct unpack *unpack; /* NULL: it is not packed */
	uint64_t unpacked;     /* taken of packed files before this one */
	bool ended;
	struct error lost;   /* to be told first; code 0: nothing */
	struct error broken; /* once what was read is taken */

	struct buf in; /* from offset on; the first `taken` bytes are done */
	size_t taken;
	size_t scanned; /* no newline before this one */
	bool skipping;  /* the rest of an overlong line */
	bool flushed;   /* no line is left that lacks a piece */
	bool cut;       /* the line that was fed is the head of one */

	uint64_t offset; /* in the file, of the next line */
	uint64_t line;   /* lines fed of this file */
	struct record_pos pos;
	int64_t last_ns; /* carried time */
	bool has_last;

	enum source_form form;
	struct export export;

	struct parser *parser;
	struct source_stats stats;
};

/*
 * Opens what the name means, at its start, or where resume says; 0 or -errno.
 * What is gone meanwhile is left in f->lost.
 */
int source_input_open(struct source_file *f,
    const struct source_resume *resume);
/* Watches the folder, where a new file of that name will appear. */
void source_input_watch(struct source_file *f);
/* What comes next is the start of a file. */
void source_input_restart(struct source_file *f);
/* Turns to an open file, from its start; takes the descriptor; 0 or -errno. */
int source_input_use(struct source_file *f, int fd);
/* Goes on with the file that stands under the name; 0 or -errno. */
int source_input_next(struct source_file *f);
/*
 * Goes on with the file that was written next: another one that the name was
 * rotated to, else what stands under it; 0 or -errno.  What is gone of them is
 * left in f->lost.
 */
int source_input_advance(struct source_file *f);
void source_input_close(struct source_file *f);
/* Skips what is there, to the first line that begins after it. */
void source_input_to_end(struct source_file *f);
/*
 * Reads more into f->in; the count, 0 at the end, -EAGAIN: later, or another
 * negative with err.
 */
ssize_t source_input_read(struct source_file *f, struct error *err);
/* Takes the events off the watch. */
void source_input_drain(const struct source_file *f);
/* Bytes of files that were taken, as they lie on the disk. */
uint64_t source_input_taken(const struct source_file *f);
/* Hands over what was lost, once. */
enum source_status source_file_tell(struct error *what, struct error *err);
/* Feeds what stands behind the last newline; false when all is done. */
bool source_file_rest(struct source_file *f);
/*
 * At the end of a followed file: has it been cut short, or is the name another
 * file's now?  MORE: go on reading.
 */
enum source_status source_input_rotated(struct source_file *f,
    struct error *err);

#endif
