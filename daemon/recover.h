/* SPDX-License-Identifier: ISC */
/*
 * Before the socket answers: closes the operations that an earlier run left
 * open, under their own ids, and finds out what is true of each VM.  Nothing
 * is killed because it could not be understood.
 */
#ifndef DAEMON_RECOVER_H
#define DAEMON_RECOVER_H

#include "base/error.h"
#include "daemon.h"

int recover(struct daemon *d, struct error *err);

#endif
