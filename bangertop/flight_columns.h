/* SPDX-License-Identifier: ISC */
/*
 * The columns of the two lists of view_flight.c.  They begin with the same
 * ones, so that these can stand below one another.
 */
#ifndef TOP_FLIGHT_COLUMNS_H
#define TOP_FLIGHT_COLUMNS_H

#include "column.h"

#define FLIGHT_COLUMNS 11
#define FLIGHT_ENDED_COLUMNS 7
#define FLIGHT_SHARED 3

/* What can be left out, in the order in which it is offered. */
struct flight_choice {
	unsigned id; /* enum model_column */
	const char *name, *about;
};
#define FLIGHT_CHOICES 12

extern const struct flight_choice flight_choices[FLIGHT_CHOICES];
extern const struct column flight_columns[FLIGHT_COLUMNS];
extern const struct column flight_ended_columns[FLIGHT_ENDED_COLUMNS];

#endif
