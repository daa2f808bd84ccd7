/* SPDX-License-Identifier: ISC */
/* Between nat.c, the rules of one VM, and nat_sweep.c, those of none. */
#ifndef HELPER_NAT_INT_H
#define HELPER_NAT_INT_H

#include "nat.h"

/* Puts ip_forward back, if we had set it. */
int nat__forward_restore(const struct config *cfg, struct error *err);

#endif
