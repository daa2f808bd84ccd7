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

/*
 * The entry's _SYSTEMD_UNIT is one of ours: do the other fields agree?  usual:
 * it is one of parse_usual_units.
 */
bool policy_agrees(const struct entry *e, bool usual);
/*
 * True when systemd's own program wrote it: it runs within the unit, until the
 * unit's program takes its place.
 */
bool policy_is_manager(const struct entry *e);

#endif
