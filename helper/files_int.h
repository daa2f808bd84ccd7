/* SPDX-License-Identifier: ISC */
/* What files.c has for files_work.c. */
#ifndef HELPER_FILES_INT_H
#define HELPER_FILES_INT_H

#include <sys/stat.h>

#include "files.h"

#define FILES_PATH_MAX 256

/* Opens path beneath dir, following no link of any sort; -errno. */
int files__beneath(int dir, const char *path, int flags, mode_t mode);
/* The directory that the administrator named; links in it are theirs. */
int files__base(const char *path, int *ret_fd, struct error *err);
/* Unlinks what is in the directory; a directory in it stays and is told.  The
 * descriptor is taken. */
int files__empty(int fd, struct error *err);
/* Removes VMM_ROOT_SOCKETS and what is in it from that directory; gone is fine.
 */
int files__remove_sockets(int run_dir, struct error *err);
/* A disk in the VM's directory, which becomes the VM's.  1: not there. */
int files__open_own(const struct config *cfg, const char *vm_id,
    const char *name, uid_t vm_uid, int *ret_fd, struct stat *ret_st,
    struct error *err);

#endif
