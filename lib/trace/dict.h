/* SPDX-License-Identifier: ISC */
/*
 * Texts and their numbers, from 0 in the order in which they came; none is
 * ever taken away.  A text may hold any bytes.
 */
#ifndef TRACE_DICT_H
#define TRACE_DICT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define DICT_NONE UINT32_MAX

/* Of a slot, for the number; there are never more texts. */
#define DICT_NUMBER_BITS 17
#define DICT_MAX ((1U << DICT_NUMBER_BITS) - 1)

struct dict {
	uint32_t n;
	uint32_t max; /* as many are taken: at most DICT_MAX */
	struct buf text;
	size_t *ends; /* in text */
	uint32_t cap;
	/*
	 * Open addressing; a power of two, half full.  A slot has the number
	 * plus one, and above it some of the hash, so that another text there
	 * is not looked at; 0: empty.
	 */
	uint32_t *slots;
	uint32_t n_slots;
	uint64_t seed;
};

void dict_init(struct dict *d, uint32_t max);
void dict_done(struct dict *d);
/* The hash by which the texts are found. */
uint64_t dict_hash(const struct dict *d, const char *text, size_t len);
/* Its number, or DICT_NONE. */
uint32_t dict_find(const struct dict *d, const char *text, size_t len,
    uint64_t hash);
/* Puts in one that is not there; DICT_NONE when it is full. */
uint32_t dict_add(struct dict *d, const char *text, size_t len, uint64_t hash);
/* The text, borrowed until the next dict_add(); NULL: no such number. */
const char *dict_text(const struct dict *d, uint32_t number, size_t *ret_len);

#endif
