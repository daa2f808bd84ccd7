/* SPDX-License-Identifier: ISC */
/* The columns of the views of statistics, each of struct figures_row. */
#ifndef TOP_TABLE_H
#define TOP_TABLE_H

#include "column.h"
#include "figures.h"

#define TABLE_COLUMNS 12

struct table {
	enum stats_kind kind;
	const char *none;                     /* said when it has no rows */
	struct column columns[TABLE_COLUMNS]; /* .sort: enum figures_sort */
	size_t n;
};

extern const struct table table_stages, table_errors, table_helper;

#endif
