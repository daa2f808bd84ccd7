/* SPDX-License-Identifier: ISC */
/*
 * What the packed lines (pack.h) of one index have in common, each under a
 * number: forms of lines, origins of lines, and words.
 *
 * A form is the text of a line with \x01, which stands in no JSON text, for
 * each value that varies: {"time":\x01,"level":"INFO","msg":"operation stage",
 * "run":\x01 …}.  Its slots are told by the keys before them.
 *
 * An origin is where a line came from: the journal's trusted fields, the run,
 * and the input.
 *
 * The numbers are given once and stay: an index stores the texts in their
 * order, and a book that is filled from it in that order codes as before.
 */
#ifndef TRACE_CODEBOOK_H
#define TRACE_CODEBOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "trace/dict.h"
#include "trace/record.h"

enum codebook_kind {
	CODEBOOK_FORM,
	CODEBOOK_ORIGIN,
	CODEBOOK_WORD,
	CODEBOOK_KINDS
};

#define CODEBOOK_SLOT '\x01'
#define CODEBOOK_SLOTS_MAX 40
/* Keys whose last value is remembered; that of a slot beyond has none. */
#define CODEBOOK_KEYS_MAX 48
#define CODEBOOK_NO_KEY CODEBOOK_KEYS_MAX

/* Keys that are told apart in coding, under these numbers in every book. */
enum codebook_key { CODEBOOK_TIME, CODEBOOK_RUN, CODEBOOK_SEQ, CODEBOOK_OWN };

struct codebook_form {
	unsigned n; /* slots; n + 1 pieces around them */
	uint32_t len[CODEBOOK_SLOTS_MAX + 1]; /* of the pieces */
	uint8_t key[CODEBOOK_SLOTS_MAX];      /* of the slots */
};

struct codebook_origin {
	char *unit, *boot, *run; /* owned; "" where there is none */
	int priority;            /* -1: none, as the pid */
	int64_t pid;
	int64_t input; /* its row */
	uint64_t hint; /* of the last record that was found to be of it */
};

struct codebook;

struct codebook *codebook_new(void);
/* Takes NULL; returns NULL. */
struct codebook *codebook_free(struct codebook *b);
/*
 * Gives a text the next number of its kind, as it was stored; false when it is
 * none of ours.
 */
bool codebook_restore(struct codebook *b, enum codebook_kind kind,
    const char *text, size_t len);
/*
 * Words that the book has not are asked of fn, whose answer (NULL: no such
 * word) is borrowed until the next one: who only reads needs few of them.
 */
typedef const char *codebook_fetch_fn(void *arg, uint32_t number,
    size_t *ret_len);
void codebook_lazy(struct codebook *b, codebook_fetch_fn *fn, void *arg);
/* The texts so far; borrowed until the book changes. */
uint32_t codebook_count(const struct codebook *b, enum codebook_kind kind);
const char *codebook_text(const struct codebook *b, enum codebook_kind kind,
    uint32_t number, size_t *ret_len);

/*
 * The number of the line's form, which is a JSON object, made where it is
 * missing; DICT_NONE: it has too many attributes, or there are too many forms.
 * (*ret_slot)[i] is the attribute that fills slot i; borrowed until the next
 * call.
 */
uint32_t codebook_form(struct codebook *b, const struct record *r,
    const uint8_t **ret_slot);
/* NULL: no such number.  *ret_text is its text. */
const struct codebook_form *codebook_form_of(const struct codebook *b,
    uint32_t number, const char **ret_text);

uint32_t codebook_origin(struct codebook *b, const struct record *r,
    int64_t input);
const struct codebook_origin *codebook_origin_of(const struct codebook *b,
    uint32_t number);

/* The number of a word that was seen before; DICT_NONE: it is new. */
uint32_t codebook_word(struct codebook *b, const char *text, size_t len);

DEFINE_FREEP(struct codebook *, codebook_free);

#endif
