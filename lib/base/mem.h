/* SPDX-License-Identifier: ISC */
/*
 * Allocation that does not fail: out of memory aborts the process.  State that
 * must outlive it is on disk, and the service manager starts it again.
 * Everything returned is owned by the caller and freed with free().
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

void *xmalloc(size_t size) __attribute__((malloc));
void *xcalloc(size_t n, size_t size) __attribute__((malloc));
void *xreallocarray(void *p, size_t n, size_t size);
char *xstrdup(const char *s) __attribute__((malloc));
/* Copies len bytes and puts a NUL behind them. */
char *xmemdup(const void *data, size_t len) __attribute__((malloc));
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Puts a copy of s (NULL stays NULL) in place of the owned string *p. */
void xset(char **p, const char *s);

#endif
