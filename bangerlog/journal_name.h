/* SPDX-License-Identifier: ISC */
/*
 * What the index calls a journal that it was made from, so that it can be read
 * on in the same way:
 *
 *	journal://                              this host's, the usual units
 *	PATH                                    a file or folder of it
 *	journal://[PATH]?unit=a.service,b.service   of those units (--unit)
 *
 * Readings of other units are inputs of their own, each with its own place.
 */
#ifndef BANGERLOG_JOURNAL_NAME_H
#define BANGERLOG_JOURNAL_NAME_H

#include <stdbool.h>

#include "base/error.h"
#include "trace/query.h"

#define JOURNAL_NAME_HOST "journal://"

struct journal_name {
	char *name;         /* in the index */
	char *path;         /* NULL: this host's */
	const char **units; /* NULL: the usual ones; else NULL at the end */
	char *unit_text;    /* what units point into */
};
#define JOURNAL_NAME_INIT              \
	{                              \
		NULL, NULL, NULL, NULL \
	}

/*
 * As --journal (its value, "" for this host's) and --unit (or NULL) say it;
 * units without a type are services.
 */
int journal_name_given(const char *path, const char *units,
    struct journal_name *ret, struct error *err);
/* Of an input of the index; false: it is no journal. */
bool journal_name_of(const struct query_input *in, struct journal_name *ret);
/*
 * Of --unit alone: units and unit_text are set.
 */
int journal_name_units(const char *list, struct journal_name *ret,
    struct error *err);
void journal_name_done(struct journal_name *name);

#define _cleanup_journal_name_ __attribute__((cleanup(journal_name_done)))

#endif
