/* SPDX-License-Identifier: ISC */
#include "base/cmd_int.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/text.h"

size_t
cmd_opt_count(const struct cmd_opt *opts)
{
	size_t n = 0;

	while (opts != NULL && opts[n].name != NULL)
		n++;
	return n;
}

const struct cmd_opt *
cmd_opt_at(const struct cmd_program *program, const struct cmd_entry *entry,
    size_t i)
{
	size_t common = cmd_opt_count(program->opts);

	if (i < common)
		return &program->opts[i];
	if (entry == NULL || i - common >= cmd_opt_count(entry->opts))
		return NULL;
	return &entry->opts[i - common];
}

bool
cmd_is_single(const struct cmd_program *program)
{
	return program->entries[0] != NULL && program->entries[0]->name == NULL;
}

bool
cmd_in_group(const struct cmd_entry *entry, const char *group)
{
	size_t len = strlen(group);

	return strncmp(entry->name, group, len) == 0 && entry->name[len] == ' ';
}

const struct cmd_entry *
cmd_find(const struct cmd_program *program, int argc, char **argv,
    int *ret_words)
{
	_cleanup_free_ char *two = NULL;
	const struct cmd_entry *const *e;

	if (argc >= 2)
		two = xasprintf("%s %s", argv[0], argv[1]);
	for (e = program->entries; two != NULL && *e != NULL; e++) {
		if (strcmp((*e)->name, two) == 0) {
			*ret_words = 2;
			return *e;
		}
	}
	for (e = program->entries; argc >= 1 && *e != NULL; e++) {
		if (strcmp((*e)->name, argv[0]) == 0) {
			*ret_words = 1;
			return *e;
		}
	}
	return NULL;
}

bool
cmd_is_group(const struct cmd_program *program, const char *word)
{
	const struct cmd_entry *const *e;

	for (e = program->entries; *e != NULL; e++)
		if (cmd_in_group(*e, word))
			return true;
	return false;
}

/* Says that there is no such command, and which one may have been meant. */
static int
find__unknown(const struct cmd_program *program, const char *words,
    struct error *err)
{
	const struct cmd_entry *const *e;
	const char *near = NULL;
	size_t least = 3, d; /* more edits than two are another word */
	int r;

	for (e = program->entries; *e != NULL; e++) {
		d = text_distance(words, (*e)->name);
		if (!(*e)->hidden && d < least && d < strlen(words)) {
			least = d;
			near = (*e)->name;
		}
	}
	r = cmd_usage_error(err, "unknown command \"%s\" (see %s --help)",
	    words, program->name);
	if (near != NULL)
		error_hint(err, "did you mean \"%s\"?", near);
	return r;
}

/* Neither one nor two words are a command: says what is wrong with them. */
int
cmd_not_found(const struct cmd_program *program, int argc, char **argv,
    struct error *err)
{
	_cleanup_free_ char *two = NULL;

	if (argc == 0)
		return cmd_usage_error(err, "no command given (see %s --help)",
		    program->name);
	if (!cmd_is_group(program, argv[0]))
		return find__unknown(program, argv[0], err);
	if (argc == 1)
		return cmd_usage_error(err,
		    "\"%s\" needs one more word (see %s %s --help)", argv[0],
		    program->name, argv[0]);
	two = xasprintf("%s %s", argv[0], argv[1]);
	return find__unknown(program, two, err);
}
