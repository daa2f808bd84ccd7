/* SPDX-License-Identifier: ISC */
/* What the two directions of event.h share: the rows of fields.def. */
#ifndef WIRE_EVENT_INT_H
#define WIRE_EVENT_INT_H

#include "wire/event.h"

struct event_field {
	const char *key;
	size_t len;
	enum field_type type;
	const char *lead; /* what the encoder puts before the value */
};

extern const struct event_field event_fields[FIELD_MAX];

#endif
