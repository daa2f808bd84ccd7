/* SPDX-License-Identifier: ISC */
/*
 * Scope-bound cleanup (gcc's cleanup attribute) and ownership transfer.
 *
 * A variable declared `_cleanup_(f)` is passed by address to f() when it goes
 * out of scope.  steal() moves the value out, so a function that succeeds
 * hands its result over and one that fails leaves nothing behind.
 */
#ifndef BASE_CLEANUP_H
#define BASE_CLEANUP_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(f) __attribute__((cleanup(f)))

/* Defines NAMEp(), the cleanup function of a destructor that takes NULL. */
#define DEFINE_FREEP(type, fn)            \
	static inline void fn##p(type *p) \
	{                                 \
		fn(*p);                   \
		*p = NULL;                \
	}                                 \
	struct cleanup_semicolon

/* Takes the pointer out of *p and leaves NULL. */
#define steal(p)                                               \
	__extension__({                                        \
		__typeof__(p) cleanup_p = (p);                 \
		__typeof__(*cleanup_p) cleanup_v = *cleanup_p; \
		*cleanup_p = NULL;                             \
		cleanup_v;                                     \
	})

static inline void
cleanup_freep(void *p)
{
	void **pp = p;

	free(*pp);
	*pp = NULL;
}

static inline void
cleanup_closep(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static inline void
cleanup_fclosep(FILE **fp)
{
	if (*fp != NULL)
		fclose(*fp);
	*fp = NULL;
}

/* Takes the descriptor out of *fd and leaves -1. */
static inline int
steal_fd(int *fd)
{
	int v = *fd;

	*fd = -1;
	return v;
}

#define _cleanup_free_ _cleanup_(cleanup_freep)
#define _cleanup_close_ _cleanup_(cleanup_closep)
#define _cleanup_fclose_ _cleanup_(cleanup_fclosep)

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
