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

bool
policy_agrees(const struct entry *e, bool usual)
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

bool
policy_is_manager(const struct entry *e)
{
	const char *s = entry_str(e, ENTRY_EXE);

	return s != NULL &&
	    (strncmp(s, "/usr/lib/systemd/", 17) == 0 ||
		strncmp(s, "/lib/systemd/", 13) == 0);
}
