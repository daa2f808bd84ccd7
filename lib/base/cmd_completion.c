/* SPDX-License-Identifier: ISC */
#include "base/cmd_int.h"

#include <string.h>

#include "base/cleanup.h"

/*
 * The two shells' scripts have the same middle: a loop that gathers the words
 * of the command so far in `cmd`, and a case over them that sets `all` to the
 * words that may follow.  Names of commands and options are ours and need no
 * quoting.
 */
struct shell {
	const char *name, *head, *word, *tail;
};

static const struct shell completion__shells[] = {
	{ "bash",
	    "# bash completion for %1$s\n"
	    "_%1$s()\n{\n"
	    "\tlocal cur=${COMP_WORDS[COMP_CWORD]} cmd= all= i\n\n"
	    "\tCOMPREPLY=()\n"
	    "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n",
	    "${COMP_WORDS[i]}",
	    "\tif ((i > COMP_CWORD)); then\n"
	    "\t\treturn\n"
	    "\tfi\n"
	    "\tCOMPREPLY=($(compgen -W \"$all\" -- \"$cur\"))\n"
	    "}\n"
	    "complete -o default -F _%1$s %1$s\n" },
	{ "zsh",
	    "#compdef %1$s\n"
	    "_%1$s()\n{\n"
	    "\tlocal cmd= all= i\n\n"
	    "\tfor ((i = 2; i < CURRENT; i++)); do\n",
	    "${words[i]}",
	    "\tif ((i > CURRENT)); then\n"
	    "\t\t_files\n"
	    "\t\treturn\n"
	    "\tfi\n"
	    "\tcompadd -- ${=all} || _files\n"
	    "}\n"
	    "compdef _%1$s %1$s\n" },
};

/* "--name " for each option. */
static void
completion__opts(struct buf *out, const struct cmd_opt *opts)
{
	for (; opts != NULL && opts->name != NULL; opts++)
		buf_printf(out, "--%s ", opts->name);
}

/* "--name|" for each option that takes a value, so that it is skipped. */
static void
completion__valued(struct buf *out, const struct cmd_opt *opts)
{
	for (; opts != NULL && opts->name != NULL; opts++) {
		if (opts->arg == NULL || cmd_opt_optional(opts))
			continue;
		buf_printf(out, "--%s|", opts->name);
		if (opts->letter != 0)
			buf_printf(out, "-%c|", opts->letter);
	}
}

/* The second words of one group, or (NULL) all first words, each once. */
static void
completion__names(struct buf *out, const struct cmd_program *program,
    const char *group)
{
	const struct cmd_entry *const *e, *const *f;
	size_t len, skip = group != NULL ? strlen(group) + 1 : 0;

	for (e = program->entries; *e != NULL; e++) {
		if (group != NULL && !cmd_in_group(*e, group))
			continue;
		len = strcspn((*e)->name + skip, " ");
		for (f = program->entries; f < e && group == NULL; f++)
			if (strncmp((*f)->name, (*e)->name, len) == 0 &&
			    strcspn((*f)->name, " ") == len)
				break;
		if (group == NULL && f < e)
			continue;
		buf_printf(out, "%.*s ", (int)len, (*e)->name + skip);
	}
}

/* A case arm for each group: the words that make it a command. */
static void
completion__groups(struct buf *out, const struct cmd_program *program)
{
	const struct cmd_entry *const *e, *const *f;
	size_t len;

	for (e = program->entries; *e != NULL; e++) {
		char group[64];

		len = strcspn((*e)->name, " ");
		if ((*e)->name[len] == '\0' || len >= sizeof(group))
			continue;
		memcpy(group, (*e)->name, len);
		group[len] = '\0';
		for (f = program->entries; f < e; f++)
			if (cmd_in_group(*f, group))
				break;
		if (f < e)
			continue;
		buf_printf(out, "\t'%s')\n\t\tall='", group);
		completion__names(out, program, group);
		buf_puts(out, "--help' ;;\n");
	}
}

/* Two-word commands first, as cmd_main() matches them. */
static void
completion__commands(struct buf *out, const struct cmd_program *program,
    bool two)
{
	const struct cmd_entry *const *e;

	for (e = program->entries; *e != NULL; e++) {
		if ((strchr((*e)->name, ' ') != NULL) != two)
			continue;
		buf_printf(out, "\t'%s'|'%s '*)\n\t\tall='", (*e)->name,
		    (*e)->name);
		completion__opts(out, (*e)->opts);
		completion__opts(out, program->opts);
		buf_puts(out, "--help' ;;\n");
	}
}

static void
completion__case(struct buf *out, const struct cmd_program *program)
{
	if (cmd_is_single(program)) {
		buf_puts(out, "\t*)\n\t\tall='");
		completion__opts(out, program->entries[0]->opts);
		completion__opts(out, program->opts);
		buf_puts(out, "--help --version' ;;\n");
		return;
	}
	buf_puts(out, "\t'')\n\t\tall='");
	completion__names(out, program, NULL);
	completion__opts(out, program->opts);
	buf_puts(out, "help --help --version' ;;\n");
	completion__groups(out, program);
	completion__commands(out, program, true);
	completion__commands(out, program, false);
}

/* Appends text with the program's name in place of each "%1$s". */
static void
completion__fill(struct buf *out, const char *text, const char *name)
{
	static const char mark[] = "%1$s";
	const char *at;

	for (; (at = strstr(text, mark)) != NULL; text = at + strlen(mark)) {
		buf_put(out, text, (size_t)(at - text));
		buf_puts(out, name);
	}
	buf_puts(out, text);
}

bool
cmd_doc_completion(const struct cmd_program *program, const char *shell,
    struct buf *out)
{
	const struct cmd_entry *const *e;
	const struct shell *sh = NULL;

	for (size_t i = 0; i < ARRAY_LEN(completion__shells); i++)
		if (strcmp(shell, completion__shells[i].name) == 0)
			sh = &completion__shells[i];
	if (sh == NULL)
		return false;
	completion__fill(out, sh->head, program->name);
	buf_printf(out, "\t\tcase %s in\n\t\t", sh->word);
	completion__valued(out, program->opts);
	for (e = program->entries; *e != NULL; e++)
		completion__valued(out, (*e)->opts);
	/* An option's value follows: step over it.  -- is no such option. */
	buf_puts(out,
	    "--completion) ((i++)) ;;\n"
	    "\t\t-*) ;;\n");
	buf_printf(out, "\t\t*) cmd=\"${cmd:+$cmd }%s\" ;;\n", sh->word);
	buf_puts(out, "\t\tesac\n\tdone\n\tcase $cmd in\n");
	completion__case(out, program);
	buf_puts(out, "\tesac\n");
	completion__fill(out, sh->tail, program->name);
	return true;
}
