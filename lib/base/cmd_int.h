/* SPDX-License-Identifier: ISC */
/*
 * What the files of cmd share: walking a program's tables, and the texts that
 * are made from them.  The latter are appended to a buf; cmd_main() prints it.
 */
#ifndef BASE_CMD_INT_H
#define BASE_CMD_INT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/cmd.h"

/*
 * The i-th option that entry takes: the program's common ones first, then its
 * own; NULL past the end.  entry may be NULL: the common ones alone.
 */
const struct cmd_opt *cmd_opt_at(const struct cmd_program *program,
    const struct cmd_entry *entry, size_t i);
/* How many options a table holds; it may be NULL. */
size_t cmd_opt_count(const struct cmd_opt *opts);
/* True when the program is one nameless entry. */
bool cmd_is_single(const struct cmd_program *program);
/* True when the option's argument may be left out. */
static inline bool
cmd_opt_optional(const struct cmd_opt *o)
{
	return o->arg != NULL && o->arg[0] == '[';
}
/* True when the entry's name is "GROUP something". */
bool cmd_in_group(const struct cmd_entry *entry, const char *group);

/* The entry that the first words name, two before one; NULL: none. */
const struct cmd_entry *cmd_find(const struct cmd_program *program, int argc,
    char **argv, int *ret_words);
/* True when a two-word command starts with that word. */
bool cmd_is_group(const struct cmd_program *program, const char *word);
/* Fails with what is wrong with words that are no command. */
int cmd_not_found(const struct cmd_program *program, int argc, char **argv,
    struct error *err);
/* True when err came from cmd_usage_error(). */
bool cmd_is_usage_error(const struct error *err);

/* --help of the program, or of one group of it ("vm"; NULL: all). */
void cmd_doc_program(const struct cmd_program *program, const char *group,
    size_t width, struct buf *out);
void cmd_doc_entry(const struct cmd_program *program,
    const struct cmd_entry *entry, size_t width, struct buf *out);
/* "usage: banger [option ...] vm start VM" and a newline. */
void cmd_doc_usage(const struct cmd_program *program,
    const struct cmd_entry *entry, struct buf *out);
/* The whole manual page in mdoc(7). */
void cmd_doc_man(const struct cmd_program *program, struct buf *out);

#endif
