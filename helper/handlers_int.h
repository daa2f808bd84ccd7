/* SPDX-License-Identifier: ISC */
/* Between handlers.c and handlers_net.c, the network's part of it. */
#ifndef HELPER_HANDLERS_INT_H
#define HELPER_HANDLERS_INT_H

#include "base/error.h"

#include "dispatch.h"

/* invalid_state while the VM's VMM runs. */
int handlers__not_running(const struct call *c, struct error *err);

#endif
