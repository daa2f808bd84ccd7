/* SPDX-License-Identifier: ISC */
/* Between ext4.c, the child's life, and ext4_seed.c, what it writes. */
#ifndef HELPER_EXT4_INT_H
#define HELPER_EXT4_INT_H

#include <ext2fs/ext2fs.h>

#include "ext4.h"

/* Opens the disk anew, on a descriptor that goes with the file system. */
errcode_t ext4__open(int flags, ext2_filsys *ret);
/*
 * Writes the request's files into an open file system, which bears the mark of
 * one that is not clean meanwhile.
 */
errcode_t ext4__write(ext2_filsys fs, const struct ext4_request *req);
/* 0 when the disk, opened anew, holds what the request says. */
errcode_t ext4__verify(const struct ext4_request *req);

#endif
