/* SPDX-License-Identifier: ISC */
/*
 * Compressed input, a piece at a time: gzip (RFC 1952, several members) and
 * zstd (RFC 8878, several frames), told by their first bytes.
 */
#ifndef TRACE_UNPACK_H
#define TRACE_UNPACK_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/error.h"

/* So many first bytes tell. */
#define UNPACK_HEAD 4

enum unpack_form { UNPACK_NONE, UNPACK_GZIP, UNPACK_ZSTD };

struct unpack;

enum unpack_form unpack_recognize(const char *head, size_t len);
/* Of that form, not NONE; first are bytes that were read of it already. */
struct unpack *unpack_new(enum unpack_form form, const char *first, size_t len);
struct unpack *unpack_free(struct unpack *u);
/*
 * Reads on from fd and unpacks at most cap bytes.  Returns how many; 0 at the
 * end; negative with err when the input is damaged, cut off, or cannot be
 * read: what came before that was given.
 */
ssize_t unpack_read(struct unpack *u, int fd, char *out, size_t cap,
    struct error *err);
/* Bytes of the input that were taken so far, the first ones too. */
uint64_t unpack_taken(const struct unpack *u);

DEFINE_FREEP(struct unpack *, unpack_free);

#endif
