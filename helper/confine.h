/* SPDX-License-Identifier: ISC */
/*
 * What the helper gives up for good at its start, however it was started: the
 * capabilities that no row of privops.def needs (from the bounding set too),
 * the way to gain any by an exec, and the system calls that nothing it or a
 * VMM does is made of.  Children inherit all of it; the jail takes away more.
 */
#ifndef HELPER_CONFINE_H
#define HELPER_CONFINE_H

#include <linux/filter.h>
#include <stdint.h>

#include "base/error.h"

/* Bit N is capability N: what stays at most. */
uint64_t confine_caps_kept(void);
/* All others are given up for good; part of confine_apply(). */
int confine_drop_caps(struct error *err);
/* As root, in a process of one thread. */
int confine_apply(struct error *err);

/*
 * The same for a process that reads what a guest wrote: from here on it has
 * memory, the descriptors it holds, and its end.  Anything else kills it.
 */
int confine_parser(struct error *err);

/*
 * A filter, as prctl(2) takes it, for a VMM that shares the host's network
 * namespace to open its tap there: it can speak to nobody who does not speak to
 * it first, and makes no file, directory or link, only sockets.  The filter is
 * the caller's; confine_filter_done() frees it.
 */
int confine_host_net(struct sock_fprog *ret, struct error *err);
void confine_filter_done(struct sock_fprog *filter);

#endif
