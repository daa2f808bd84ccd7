/* SPDX-License-Identifier: ISC */
/* What the parts of line_form.h share: cutting, filling, and making a form. */
#ifndef TRACE_LINE_FORM_INT_H
#define TRACE_LINE_FORM_INT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/plain.h"
#include "trace/line_form.h"

#define FORM_ATTRS_MAX LINE_FORM_SLOTS
/* What stands between the values of a line, quoted. */
#define FORM_TEXT_MAX 1024
/* Forms are found by their message; so many may have the same. */
#define FORM_WAYS 4
#define FORM_SETS 32
/* Forms that were made elsewhere, by the low bits of their numbers. */
#define FORM_NUMBERS 256

/* A value that differs, and what stands before it. */
struct form_slot {
	uint16_t quoted, quoted_len; /* in form.quoted */
	uint16_t plain, plain_len;   /* in form.plain */
	uint8_t attr;                /* its number */
	uint8_t field;               /* enum field_id, or FIELD_MAX */
	bool string;                 /* else a number */
};

struct form_attr {
	uint8_t type; /* enum line_type */
	bool fixed;   /* the value is in the stretch too */
	/* Counted from the start of the stretch. */
	uint16_t key, key_len, at, span;
};

struct form {
	uint64_t number;              /* the hint of its lines */
	uint8_t n_slots, n_attrs, op; /* op: its slot, or n_slots */
	enum event_kind kind;
	int level;
	/* Behind the last slot stands one more stretch. */
	struct form_slot slots[FORM_ATTRS_MAX + 1];
	struct form_attr attrs[FORM_ATTRS_MAX];
	/* The stretches as they are quoted, and as they are. */
	char quoted[FORM_TEXT_MAX + PLAIN_BLOCK];
	char plain[FORM_TEXT_MAX + PLAIN_BLOCK];
};

struct line_forms {
	uint64_t made; /* the newest one's number; the first is drawn by lot */
	struct form *numbered[FORM_NUMBERS];
	struct form *sets[FORM_SETS][FORM_WAYS]; /* the newest first */
};

/* The set that a line's form is in; NULL: it can have none. */
struct form **line_form__set(struct line_forms *f,
    const struct line_text *text);

#endif
