/* SPDX-License-Identifier: ISC */
/*
 * Who writes an index, and one that nobody writes: at rest all of it is in its
 * one file.  In a folder that is not ours to write it is opened by a way of its
 * own, because SQLite would else put what readers of a write-ahead log share
 * beside it.
 */
#ifndef TRACE_STORE_REST_H
#define TRACE_STORE_REST_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"

/* The writer's pid; 0: there is none, -1: its pid is not of our namespace. */
pid_t store_writer(const char *path);
/*
 * True when it is so at this moment; then uri is what SQLite opens it by.  A
 * writer that begins later is not seen through that: what is read is what the
 * file held, until that writer moves its log into it.
 */
bool store_rest(const char *path, struct buf *uri);

#endif
