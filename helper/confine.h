/* SPDX-License-Identifier: ISC */
/*
 * What the helper gives up for good at its start, however it was started: the
 * capabilities that no row of privops.def needs (from the bounding set too),
 * the way to gain any by an exec, and the system calls that nothing it or a
 * VMM does is made of.  Children inherit all of it; the jail takes away more.
 */
#ifndef HELPER_CONFINE_H
#define HELPER_CONFINE_H

#include <stdint.h>

#include "base/error.h"

/* Bit N is capability N: what stays at most. */
uint64_t confine_caps_kept(void);
/* As root, in a process of one thread. */
int confine_apply(struct error *err);

/*
 * The same for a process that reads what a guest wrote: from here on it has
 * memory, the descriptors it holds, and its end.  Anything else kills it.
 */
int confine_parser(struct error *err);

#endif
