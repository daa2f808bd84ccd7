/* SPDX-License-Identifier: ISC */
/*
 * What a file is known by when it is met again, under whatever name: its
 * device and inode, and a hash of its first bytes, since an inode number may
 * be another file's by then.  A value type; all zero stands for no file.
 */
#ifndef TRACE_FILE_ID_H
#define TRACE_FILE_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* At most so many of the first bytes are hashed. */
#define FILE_ID_HEAD 1024

struct file_id {
	uint64_t dev, ino;
	uint64_t head_len, head_hash; /* of its first head_len bytes */
};

/*
 * Of an open regular file, over as many bytes as it has (up to FILE_ID_HEAD);
 * all zero for anything else.  0 or -errno.
 */
int file_id_get(int fd, struct file_id *ret);
/*
 * Is the open file the one that was known so?  It may have grown since; a file
 * that is shorter than the head was, or begins differently, is another.
 */
bool file_id_matches(int fd, const struct file_id *known);
/* The head_hash of a file that begins with these head_len bytes. */
uint64_t file_id_hash(const void *head, size_t len);
bool file_id_is_set(const struct file_id *id);

#endif
