/* SPDX-License-Identifier: ISC */
/*
 * An ext4 that a guest may have written, read and changed by libext2fs in a
 * process that has nothing but one descriptor of it (parser.h): never mounted,
 * never opened by name.  ext4_child() is all that this process does.
 *
 * What is written is one fixed directory with fixed names; every step to it is
 * a look-up in a directory's inode, so no symbolic link in the image is ever
 * followed.  What was written is read back from the image, opened anew.
 */
#ifndef HELPER_EXT4_H
#define HELPER_EXT4_H

#include <stdint.h>

#include "base/error.h"

#include "check.h"

#define EXT4_FD_DISK 3
#define EXT4_FD_REQUEST 4
#define EXT4_FD_RESULT 5

#define EXT4_NETWORK_MAX 256

enum ext4_task { EXT4_FORMAT, EXT4_SEED };

/* Names beneath /etc/banger in the image, and the texts they get. */
#define EXT4_FILE_MAX 3

/* What the child is told, as one piece; by its own parent alone. */
struct ext4_request {
	uint32_t task;
	uint64_t size; /* of the disk, in bytes */
	char hostname[CHECK_HOSTNAME_MAX + 2];
	char ssh_key[CHECK_KEY_MAX + 2];
	char network[EXT4_NETWORK_MAX];
};

/* What it answers: where it ended and why; nothing of it is text. */
struct ext4_result {
	uint32_t step; /* EXT4_STEP_MAX: all done */
	int64_t code;  /* libext2fs' or errno; all done: 1 says it was so */
};

/* The whole life of the child; returns its exit status. */
int ext4_child(void);
/*
 * 0 when the result says that all was done, 1 when there was nothing to do;
 * else err says what was not done.
 */
int ext4_judge(const struct ext4_result *res, struct error *err);

#endif
