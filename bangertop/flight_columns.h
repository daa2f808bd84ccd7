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

extern const struct column flight_columns[FLIGHT_COLUMNS];
extern const struct column flight_ended_columns[FLIGHT_ENDED_COLUMNS];

#endif
