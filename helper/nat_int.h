/* SPDX-License-Identifier: ISC */
/* Between nat.c, the rules of one VM, and nat_sweep.c, those of none. */
#ifndef HELPER_NAT_INT_H
#define HELPER_NAT_INT_H

#include <jansson.h>

#include "nat.h"

/* Runs one batch.  JSON that it prints, if it lists, goes to *ret_out. */
int nat__run(const char *batch, json_t **ret_out, struct error *err);
/* 1 when our table of that family is there, 0 when not. */
int nat__table_exists(const struct config *cfg, const char *family,
    struct error *err);
/* Puts ip_forward back, if we had set it. */
int nat__forward_restore(const struct config *cfg, struct error *err);

#endif
