/* SPDX-License-Identifier: ISC */
/*
 * One function a privileged operation, named by privops.def.  Each receives
 * checked parameters alone.  0: c->result is the result; negative: err says
 * why not; DISPATCH_LATER: dispatch_finish() follows.
 */
#ifndef HELPER_HANDLERS_H
#define HELPER_HANDLERS_H

#include "base/error.h"

#include "dispatch.h"

#define PRIVOP(id, name, fn, params, about) \
	int handler_##fn(struct call *c, struct error *err);
#include "wire/privops.def"
#undef PRIVOP

#endif
