/* SPDX-License-Identifier: ISC */
#include "trace/parse_policy.h"

#include <string.h>

#include "trace/parse.h"

const char *const parse_usual_units[] = {
	"bangerd.service",
	"banger-helper.service",
	"bangerd-root.service", /* a Go peer's helper */
	NULL,
};

/* What their entries must say, in the same order. */
static const struct {
	const char *exe; /* its last part; NULL: any */
	bool root;
} policies[] = {
	{ "bangerd", false },
	{ "banger-helper", true },
	{ NULL, true },
};

/* MESSAGE_ID of "Suppressed N messages from UNIT" (sd-messages.h). */
#define POLICY_SUPPRESSED "a596d6fe7bfa4994828e72309e95d61e"

/* True unless the field is given and has neither value. */
static bool
policy__is(const struct entry *e, enum entry_field field, const char *want,
    const char * or)
{
	const char *s = entry_str(e, field);

	return !entry_has(e, field) ||
	    (s != NULL && (strcmp(s, want) == 0 || strcmp(s, or) == 0));
}

/* True unless the program's path is given and ends otherwise. */
static bool
policy__is_exe(const struct entry *e, const char *name)
{
	const char *s = entry_str(e, ENTRY_EXE), *last;
	size_t len = strlen(name);

	if (s == NULL)
		return !entry_has(e, ENTRY_EXE);
	if (*s != '/')
		return true;
	last = strrchr(s, '/') + 1;
	/* The kernel says so of a program that was replaced while it ran. */
	return strncmp(last, name, len) == 0 &&
	    (last[len] == '\0' || strcmp(last + len, " (deleted)") == 0);
}

/* The entry's _SYSTEMD_UNIT is one of ours: do the other fields agree? */
static bool
policy__agrees(const struct entry *e, bool usual)
{
	const char *unit = entry_str(e, ENTRY_SYSTEMD_UNIT);

	if (!policy__is(e, ENTRY_TRANSPORT, "stdout", "journal"))
		return false;
	for (size_t i = 0; usual && parse_usual_units[i] != NULL; i++) {
		if (unit == NULL || strcmp(parse_usual_units[i], unit) != 0)
			continue;
		return (!policies[i].root ||
			   policy__is(e, ENTRY_UID, "0", "0")) &&
		    (policies[i].exe == NULL ||
			policy__is_exe(e, policies[i].exe));
	}
	return true;
}

/*
 * True when systemd's own program wrote it: it runs within the unit, until the
 * unit's program takes its place.
 */
static bool
policy__is_manager(const struct entry *e)
{
	const char *s = entry_str(e, ENTRY_EXE);

	return s != NULL &&
	    (strncmp(s, "/usr/lib/systemd/", 17) == 0 ||
		strncmp(s, "/lib/systemd/", 13) == 0);
}

static bool
policy__is_ours(const char *const *units, const char *unit)
{
	if (unit == NULL)
		return false;
	for (size_t i = 0; units[i] != NULL; i++)
		if (strcmp(units[i], unit) == 0)
			return true;
	return false;
}

static bool
policy__is_one(const struct entry *e, enum entry_field field, const char *want)
{
	const char *s = entry_str(e, field);

	return s != NULL && strcmp(s, want) == 0;
}

/*
 * The unit of ours that the entry is a note about, or NULL.  Who may say so
 * is told by fields that only journald sets.
 */
static const char *
policy__about(const char *const *units, const struct entry *e)
{
	const char *unit = entry_str(e, ENTRY_UNIT);

	if ((policy__is_one(e, ENTRY_PID, "1") ||
		(policy__is_manager(e) &&
		    policy__is_ours(units,
			entry_str(e, ENTRY_SYSTEMD_UNIT)))) &&
	    policy__is_ours(units, unit))
		return unit;
	if (!policy__is_one(e, ENTRY_UID, "0"))
		return NULL;
	unit = entry_str(e, ENTRY_OBJECT_UNIT);
	if (policy__is_ours(units, unit))
		return unit;
	unit = entry_str(e, ENTRY_COREDUMP_UNIT);
	return policy__is_ours(units, unit) ? unit : NULL;
}

/* True when the journal says that one of our units wrote it. */
static bool
policy__is_by_ours(const char *const *units, const struct entry *e)
{

	return policy__is_ours(units, entry_str(e, ENTRY_SYSTEMD_UNIT)) &&
	    policy__agrees(e, units == parse_usual_units);
}

/* True when the journal does not say that something else wrote it. */
bool
policy_is_evidence(const char *const *units, const struct entry *e)
{

	return policy__is_by_ours(units, e) ||
	    (!entry_has(e, ENTRY_SYSTEMD_UNIT) &&
		!entry_has(e, ENTRY_TRANSPORT));
}

/* Says whether the entry is one of ours, a note, or foreign. */
void
policy_judge(const char *const *units, const struct entry *e, struct record *r)
{
	const char *about;

	if (policy__is_by_ours(units, e))
		return;
	about = policy__about(units, e);
	if (about == NULL) {
		if (!policy_is_evidence(units, e))
			r->flags |= RECORD_ELSEWHERE;
		return;
	}
	record_set_about(r, about);
	r->flags |= RECORD_NOTE;
	if (!policy__is_one(e, ENTRY_MESSAGE_ID, POLICY_SUPPRESSED))
		return;
	r->flags |= RECORD_SUPPRESSED;
	r->dropped = entry_num(e, ENTRY_N_DROPPED, 1);
}
