/* SPDX-License-Identifier: ISC */
/*
 * A VM's files on the host.  Every path is made here of a fixed directory and
 * a checked id, and resolved by openat2() beneath that directory, so no
 * symbolic link takes part.  What was opened is then judged and changed
 * through its descriptor alone.
 *
 * STATE_DIR/vm/ID/{disk.qcow2,disk.raw,work.raw},
 * STATE_DIR/image/ID/{kernel,initrd,rootfs.raw} are the daemon's;
 * RUN_DIR/vm/ID/ and LOG_DIR/vm/ID/ are ours, for the client's group to look
 * into.  Descriptors returned are the caller's.
 */
#ifndef HELPER_FILES_H
#define HELPER_FILES_H

#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

#include "config.h"

#define FILES_WORK "work.raw"

enum files_log { FILES_VMM_LOG, FILES_CONSOLE_LOG };

/* "vmm.log", "console.log". */
const char *files_log_name(enum files_log log);

/* A directory of ours: made when missing, root's, no one else may write. */
int files_ensure_dir(const char *path, mode_t mode, gid_t gid, int *ret_fd,
    struct error *err);
/*
 * A program that root may run for others: a regular file of root's that nobody
 * else may write and everybody may execute.
 */
int files_check_program(const char *path, struct error *err);
/* RUN_DIR/vm/ID and LOG_DIR/vm/ID, made when missing. */
int files_run_dir(const struct config *cfg, const char *vm_id, int *ret_fd,
    struct error *err);
int files_log_dir(const struct config *cfg, const char *vm_id, int *ret_fd,
    struct error *err);
/*
 * RUN_DIR/vm/ID/run, empty: the one directory that a VMM may make sockets in.
 * Nobody but the client comes to them, whatever their own modes are.
 */
int files_socket_dir(const struct config *cfg, int run_dir, uid_t vm_uid,
    int *ret_fd, struct error *err);

/*
 * The VM's own disk of that file name, for reading and writing: a regular file
 * of one name that is the client's or already the VM's.  It becomes vm_uid's,
 * with the client's group and mode 0660.
 */
int files_open_disk(const struct config *cfg, const char *vm_id,
    const char *name, uid_t vm_uid, int *ret_fd, struct error *err);
/* The same of its work disk, and its size in bytes.  1: it has none. */
int files_open_work(const struct config *cfg, const char *vm_id, uid_t vm_uid,
    int *ret_fd, uint64_t *ret_size, struct error *err);
/*
 * A work disk of that many bytes, sparse, the VM's already, that bears no name
 * yet: it is gone with its descriptor unless it is published (0), which 1 says
 * is not to be since there is one by now.
 */
int files_make_work(const struct config *cfg, const char *vm_id, uid_t vm_uid,
    uint64_t size, int *ret_dir, int *ret_fd, struct error *err);
int files_publish_work(int dir, int fd, struct error *err);
/*
 * A file of an image, for reading: a regular file of the client's or root's
 * that everybody may read, since the VM's user does.  1: it is not there.
 */
int files_open_image(const struct config *cfg, const char *image_id,
    const char *name, int *ret_fd, struct error *err);
/* A log of the VM, for appending, 0640 root and the client's group. */
int files_open_log(const struct config *cfg, int log_dir, enum files_log log,
    int *ret_fd, struct error *err);

/* Takes the work disk's name away; gone is fine. */
int files_remove_work(const struct config *cfg, const char *vm_id,
    struct error *err);
/* Removes DIR/vm/ID, its sockets' directory and the plain files in both; gone
 * is fine. */
int files_remove(const char *dir, const char *vm_id, struct error *err);

#endif
