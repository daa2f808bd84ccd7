/* SPDX-License-Identifier: ISC */
/* bangerd's one way to the helper: a call carries the op's id and its number.
 */
#ifndef DAEMON_PRIV_H
#define DAEMON_PRIV_H

#include <jansson.h>

#include "base/error.h"

struct op;
struct vm;

/*
 * Asks the helper.  params is taken (NULL: none).  0: *ret_result, when asked
 * for, is the result and the caller's.  Negative: the helper's own error, or
 * helper_unavailable, also where what came is a reply to another call.
 */
int priv_call(struct op *op, const char *method, json_t *params,
    json_t **ret_result, struct error *err);
/* Parameters that name a VM: {"vm_id":…,"slot":…}. */
json_t *priv_vm_params(const struct vm *vm);

#endif
