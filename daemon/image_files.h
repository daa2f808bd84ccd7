/* SPDX-License-Identifier: ISC */
/*
 * Making an image: its files are put into STATE/image/.ID/, which is renamed
 * to STATE/image/ID/ when it is whole; then the record is written.  What was
 * cut off in between is swept at the next start (image_sweep).
 */
#ifndef DAEMON_IMAGE_FILES_H
#define DAEMON_IMAGE_FILES_H

#include <stdbool.h>

#include "base/error.h"
#include "daemon.h"

struct image;
struct op;

enum image_file {
	IMAGE_KERNEL,
	IMAGE_INITRD, /* an image may do without */
	IMAGE_ROOTFS,
	IMAGE_FILE_MAX
};

/* "kernel", "initrd", "rootfs.raw" */
const char *image_file_name(enum image_file file);
/* STATE/image/ID/FILE, or the directory when file is IMAGE_FILE_MAX; owned. */
char *image_path(const struct config *config, const char *image_id,
    enum image_file file);

/* Fit to be a new image's name; already_exists when there is one. */
int image_check_name(struct daemon *d, const char *name, struct error *err);
/* A record with an id of its own and the rest empty; owned. */
struct image *image_new(const char *name, const char *cmdline);

/*
 * Calls fill, which puts the files into the directory that it is given (with
 * stages of its own) and says in im what they are; then publishes and records
 * them.  Nothing is left behind on failure.
 */
int image_make(struct op *op, struct image *im,
    int (*fill)(struct op *op, struct image *im, const char *dir, void *arg,
	struct error *err),
    void *arg, struct error *err);
/* Removes an image's files; the record is gone already. */
void image_discard(const struct config *config, const char *image_id);
/* Removes what was cut off in STATE/image/. */
void image_sweep(struct daemon *d);

#endif
