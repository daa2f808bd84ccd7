/* SPDX-License-Identifier: ISC */
/*
 * libnftables: one batch of commands, in the network namespace of the caller.
 * The kernel takes a batch whole or not at all.  Who makes one puts nothing
 * into it but fixed text and checked values.
 */
#ifndef HELPER_NFT_H
#define HELPER_NFT_H

#include <jansson.h>

#include "base/error.h"

#include "config.h"

/* Runs the batch; what it lists goes as JSON to *ret_out (NULL: it lists
 * nothing), which is the caller's. */
int nft_run(const char *batch, json_t **ret_out, struct error *err);
/* 1 when the instance's table of that family is there, 0 when not. */
int nft_table_exists(const struct config *cfg, const char *family,
    struct error *err);

#endif
