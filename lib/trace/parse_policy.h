/* SPDX-License-Identifier: ISC */
/*
 * Which journal entries are evidence of what our programs did.  Anybody may
 * write an entry that looks like one of ours; but which unit, user and program
 * wrote it, and which way it came, journald says itself.  What of these fields
 * is given must agree with the table in parse_policy.c; what was left out (as
 * journalctl --output-fields does) is not asked for.
 *
 * Lines come by standard output or the journal's own socket.  Of units that
 * the user named, and not we, nothing more is known.
 */
#ifndef TRACE_PARSE_POLICY_H
#define TRACE_PARSE_POLICY_H

#include <stdbool.h>

#include "trace/parse_entry.h"
#include "trace/record.h"

/*
 * True when the journal does not say that something else than one of the units
 * wrote the entry.
 */
bool policy_is_evidence(const char *const *units, const struct entry *e);
/* Marks the record of an entry as a note about one of the units, or foreign. */
void policy_judge(const char *const *units, const struct entry *e,
    struct record *r);

#endif
