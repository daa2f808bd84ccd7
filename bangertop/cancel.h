/* SPDX-License-Identifier: ISC */
/*
 * Asks bangerd to cancel an operation, without waiting for it: the request is
 * sent, and the loop takes the reply when it comes.
 */
#ifndef TOP_CANCEL_H
#define TOP_CANCEL_H

#include "base/loop.h"
#include "wire/opid.h"

struct cancel;

/* What came of it, for people; the cancel may be freed from in here. */
typedef void cancel_fn(void *arg, const char *text);

/*
 * Calls back once, never from within; NULL with err where not even the request
 * could be sent.  Borrows the loop.
 */
struct cancel *cancel_begin(struct loop *loop, const char *socket,
    const struct opid *op, cancel_fn *fn, void *arg, struct error *err);
/* Takes NULL; returns NULL.  One that is under way does not call back. */
struct cancel *cancel_free(struct cancel *c);

DEFINE_FREEP(struct cancel *, cancel_free);

#endif
