/* SPDX-License-Identifier: ISC */
/*
 * The end of a VM's console log.  Where it lies the log of the daemon says,
 * which is anybody's text: what is opened is a regular file by that very name,
 * with the rights of who runs us, and nothing of it is waited for.
 */
#ifndef TOP_CONSOLE_H
#define TOP_CONSOLE_H

#include "base/buf.h"
#include "base/error.h"
#include "trace/op.h"

#define CONSOLE_BYTES (64 * 1024) /* of its end, that are read */

/* Its path, of an operation whose lines tell; owned, or NULL. */
char *console_path(const struct op *op);
/* Appends its last lines, each with a NUL behind it. */
int console_read(const char *path, struct buf *out, struct error *err);

#endif
