/* SPDX-License-Identifier: ISC */
/*
 * The hash that a journal file keeps of each value: SipHash-2-4 (Aumasson and
 * Bernstein, 2012) of NAME=VALUE, its key the file's id.
 */
#ifndef TRACE_JOURNAL_HASH_H
#define TRACE_JOURNAL_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

uint64_t journal_hash(const uint8_t key[16], const void *data, size_t len);
/*
 * False when the hash of that value is another one, or it cannot be unpacked.
 * flags are its object's: what is packed by xz or lz4 is taken on trust.
 */
bool journal_hash_fits(const uint8_t key[16], uint8_t flags, const void *data,
    size_t len, uint64_t hash);

#endif
