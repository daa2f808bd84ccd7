/* SPDX-License-Identifier: ISC */
#include "trace/dict.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/plain.h"

#define DICT_FIRST 64

void
dict_init(struct dict *d, uint32_t max)
{
	memset(d, 0, sizeof(*d));
	d->max = max;
	d->seed = hash_seed();
	d->n_slots = 2 * DICT_FIRST;
	d->slots = xcalloc(d->n_slots, sizeof(*d->slots));
}

void
dict_done(struct dict *d)
{
	buf_done(&d->text);
	free(d->ends);
	free(d->slots);
	memset(d, 0, sizeof(*d));
}

uint64_t
dict_hash(const struct dict *d, const char *text, size_t len)
{
	return hash_bytes(d->seed, text, len);
}

const char *
dict_text(const struct dict *d, uint32_t number, size_t *ret_len)
{
	size_t at;

	if (number >= d->n)
		return NULL;
	at = number > 0 ? d->ends[number - 1] : 0;
	*ret_len = d->ends[number] - at;
	return d->text.data + at;
}

static uint32_t
dict__tag(uint64_t hash)
{
	return (uint32_t)(hash >> 32) & ~DICT_MAX;
}

/* The slot of that text, or the empty one where it would go. */
static uint32_t *
dict__slot(const struct dict *d, const char *text, size_t len, uint64_t hash)
{
	uint32_t i = (uint32_t)hash & (d->n_slots - 1), tag = dict__tag(hash);
	const char *there;
	size_t there_len = 0;

	for (; d->slots[i] != 0; i = (i + 1) & (d->n_slots - 1)) {
		if ((d->slots[i] & ~DICT_MAX) != tag)
			continue;
		there = dict_text(d, (d->slots[i] & DICT_MAX) - 1, &there_len);
		if (there_len == len && plain_equal(there, text, len))
			break;
	}
	return &d->slots[i];
}

/* Puts the number into the slot of its text. */
static void
dict__take(struct dict *d, const char *text, size_t len, uint64_t hash,
    uint32_t number)
{
	*dict__slot(d, text, len, hash) = dict__tag(hash) | (number + 1);
}

uint32_t
dict_find(const struct dict *d, const char *text, size_t len, uint64_t hash)
{
	return (*dict__slot(d, text, len, hash) & DICT_MAX) - 1;
}

static void
dict__grow(struct dict *d)
{
	const char *text;
	size_t len;

	free(d->slots);
	d->n_slots *= 2;
	d->slots = xcalloc(d->n_slots, sizeof(*d->slots));
	for (uint32_t i = 0; i < d->n; i++) {
		text = dict_text(d, i, &len);
		dict__take(d, text, len, dict_hash(d, text, len), i);
	}
}

uint32_t
dict_add(struct dict *d, const char *text, size_t len, uint64_t hash)
{
	if (d->n == d->max)
		return DICT_NONE;
	if (2 * (d->n + 1) > d->n_slots)
		dict__grow(d);
	dict__take(d, text, len, hash, d->n);
	if (d->n == d->cap) {
		d->cap = d->cap == 0 ? DICT_FIRST : 2 * d->cap;
		d->ends = xreallocarray(d->ends, d->cap, sizeof(*d->ends));
	}
	buf_put(&d->text, text, len);
	d->ends[d->n] = d->text.len;
	return d->n++;
}
