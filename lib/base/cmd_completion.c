/* SPDX-License-Identifier: ISC */
#include "base/cmd_int.h"

#include <string.h>

#include "base/cleanup.h"

/*
 * The two shells' scripts have the same middle.  A loop over the words before
 * the one that is completed gathers the command in `cmd`, the option whose
 * value is next in `opt`, and what the program's own "complete" wants to know
 * in `pass`.  Cases then set `all` (words), `opts` (options) or `ask` (what to
 * ask the program for).
 *
 * Names of commands and options are ours and need no quoting.  What the
 * program answers, and what is on the line, is hostile: it is only ever a
 * quoted expansion, never source.
 */
struct shell {
	const char *name, *head, *tail;
};

static const char completion__bash_head[] =
    "# bash completion for %1$s\n"
    "_%1$s()\n{\n"
    "\tlocal -a words=() pass=()\n"
    "\tlocal cur raw w i cmd= opt= all= opts= ask= quoted=\n\n"
    "\tCOMPREPLY=()\n"
    "\t# Readline parts words at : and =; what it parted is put together.\n"
    "\tfor ((i = 1; i <= COMP_CWORD; i++)); do\n"
    "\t\tw=${COMP_WORDS[i]}\n"
    "\t\tif ((${#words[@]})) && [[ $w == [:=]* ||\n"
    "\t\t    ${COMP_WORDS[i - 1]} == [:=] ]]; then\n"
    "\t\t\twords[-1]+=$w\n"
    "\t\telse\n"
    "\t\t\twords+=(\"$w\")\n"
    "\t\tfi\n"
    "\tdone\n"
    "\t((${#words[@]})) || return\n"
    "\tcur=${words[-1]} raw=${COMP_WORDS[COMP_CWORD]}\n"
    "\tunset 'words[-1]'\n"
    "\tfor w in \"${words[@]}\"; do\n"
    "\t\tcase $w in\n"
    "\t\t[\\\"\\']*) w=${w#?} w=${w%[\\\"\\']} ;;\n"
    "\t\t'~/'*) w=$HOME/${w#??} ;;\n"
    "\t\tesac\n"
    "\t\tw=${w//\\\\/}\n";

static const char completion__bash_tail[] =
    "\tcase $cur in\n"
    "\t[\\\"\\']*) quoted=1 w=${cur#?} ;;\n"
    "\t*) w=${cur//\\\\/} ;;\n"
    "\tesac\n"
    "\tw=${w#\"${opt:+${eq:+$opt=}}\"}\n"
    "\tif [[ -n $ask ]]; then\n"
    "\t\tcompopt +o default\n"
    "\t\twhile IFS= read -r i; do\n"
    "\t\t\t[[ -z $quoted || $i != *[!A-Za-z0-9._:@%%+-]* ]] || continue\n"
    "\t\t\tif [[ -z $quoted ]]; then\n"
    "\t\t\t\tprintf -v i %%q \"$i\"\n"
    "\t\t\tfi\n"
    "\t\t\tCOMPREPLY+=(\"$i\")\n"
    "\t\tdone < <(%1$s complete \"${pass[@]}\" -- \"$ask\" \"$w\" "
    "2>/dev/null)\n"
    "\telse\n"
    "\t\tCOMPREPLY=($(compgen -W \"$all\" -- \"$w\"))\n"
    "\tfi\n"
    "\t# Only what stands behind the last : or = is replaced.\n"
    "\tif [[ $raw != \"$cur\" || $cur == *[:=] && -z $quoted ]]; then\n"
    "\t\tw=${w%%\"${w##*[:=]}\"}\n"
    "\t\tCOMPREPLY=(\"${COMPREPLY[@]#\"$w\"}\")\n"
    "\tfi\n"
    "}\n"
    "complete -o default -F _%1$s %1$s\n";

static const char completion__zsh_head[] =
    "#compdef %1$s\n"
    "_%1$s()\n{\n"
    "\tlocal w i cmd= opt= all= opts= ask= cur=${(Q)PREFIX}\n"
    "\tlocal -a pass reply\n\n"
    "\tfor ((i = 2; i < CURRENT; i++)); do\n"
    "\t\tw=${(Q)words[i]}\n"
    "\t\tcase $w in\n"
    "\t\t'~/'*) w=$HOME/${w#??} ;;\n"
    "\t\tesac\n";

static const char completion__zsh_tail[] =
    "\tif [[ -n $eq ]]; then\n"
    "\t\tcompset -P '*='\n"
    "\t\tcur=${cur#*=}\n"
    "\tfi\n"
    "\tif [[ -n $ask ]]; then\n"
    "\t\treply=(\"${(@f)$(%1$s complete \"${pass[@]}\" -- \"$ask\" "
    "\"$cur\" 2>/dev/null)}\")\n"
    "\t\treply=(\"${(@)reply:#}\")\n"
    "\t\tcompadd -- \"${reply[@]}\"\n"
    "\telif [[ -n $all ]]; then\n"
    "\t\tcompadd -- ${=all}\n"
    "\telse\n"
    "\t\t_files\n"
    "\tfi\n"
    "}\n"
    "if [[ ${funcstack[1]-} == _%1$s ]]; then\n"
    "\t_%1$s \"$@\"\n"
    "else\n"
    "\tcompdef _%1$s %1$s\n"
    "fi\n";

static const struct shell completion__shells[] = {
	{ "bash", completion__bash_head, completion__bash_tail },
	{ "zsh", completion__zsh_head, completion__zsh_tail },
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
		if ((*e)->hidden || (group != NULL && !cmd_in_group(*e, group)))
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

/* Closes a quote over what ends in a blank. */
static void
completion__close(struct buf *out, const char *end)
{
	while (out->len > 0 && out->data[out->len - 1] == ' ')
		out->len--;
	buf_puts(out, end);
}

/* "all='…' " or "ask='…' " of a row of the program's words; false: no row. */
static bool
completion__words(struct buf *out, const struct cmd_program *program,
    const char *what, size_t len)
{
	const struct cmd_words *w = program->words;

	for (; w != NULL && w->what != NULL; w++) {
		if (strncmp(w->what, what, len) != 0 || w->what[len] != '\0')
			continue;
		if (w->words[0] == '?')
			buf_printf(out, "ask='%s' ", w->words + 1);
		else
			buf_printf(out, "all='%s' ", w->words);
		return true;
	}
	return false;
}

/* What may stand as an operand: that of the first whose name has a row. */
static void
completion__operands(struct buf *out, const struct cmd_program *program,
    const char *args)
{
	size_t len;

	while (args != NULL && *args != '\0') {
		args += strspn(args, "[ ");
		len = strcspn(args, "] .|");
		if (completion__words(out, program, args, len))
			return;
		args += len + strcspn(args + len, " ");
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
		completion__close(out, "' ;;\n");
	}
}

/* Two-word commands first, as cmd_main() matches them. */
static void
completion__commands(struct buf *out, const struct cmd_program *program,
    bool two)
{
	const struct cmd_entry *const *e;

	for (e = program->entries; *e != NULL; e++) {
		if ((*e)->hidden || (strchr((*e)->name, ' ') != NULL) != two)
			continue;
		buf_printf(out, "\t'%s'|'%s '*)\n\t\t", (*e)->name, (*e)->name);
		completion__operands(out, program, (*e)->args);
		buf_puts(out, "opts='");
		completion__opts(out, (*e)->opts);
		completion__opts(out, program->opts);
		buf_puts(out, "--help' ;;\n");
	}
}

static void
completion__case(struct buf *out, const struct cmd_program *program)
{
	if (cmd_is_single(program)) {
		buf_puts(out, "\t*)\n\t\topts='");
		completion__opts(out, program->entries[0]->opts);
		completion__opts(out, program->opts);
		buf_puts(out, "--help --version' ;;\n");
		return;
	}
	buf_puts(out, "\t'')\n\t\tall='");
	completion__names(out, program, NULL);
	buf_puts(out, "help' opts='");
	completion__opts(out, program->opts);
	buf_puts(out, "--help --version' ;;\n");
	completion__groups(out, program);
	completion__commands(out, program, true);
	completion__commands(out, program, false);
}

/* Case arms over `opt`: the words that its value can be. */
static void
completion__values(struct buf *out, const struct cmd_program *program,
    const struct cmd_opt *opts)
{
	for (; opts != NULL && opts->name != NULL; opts++) {
		_cleanup_buf_ struct buf arm = BUF_INIT, name = BUF_INIT;

		if (opts->arg == NULL)
			continue;
		buf_printf(&name, "--%s", opts->name);
		if (!completion__words(&arm, program, buf_str(&name),
			name.len) &&
		    !completion__words(&arm, program, opts->arg,
			strlen(opts->arg)))
			continue;
		buf_printf(out, "\t\t--%s", opts->name);
		if (opts->letter != 0)
			buf_printf(out, "|-%c", opts->letter);
		buf_printf(out, ") %s;;\n", buf_str(&arm));
	}
}

/* Case arms over `opt`: those whose values "complete" takes too. */
static void
completion__pass(struct buf *out, const struct cmd_program *program)
{
	const struct cmd_entry *const *e;

	for (e = program->entries; *e != NULL; e++) {
		const struct cmd_opt *o = (*e)->opts;

		if (!(*e)->hidden || strcmp((*e)->name, "complete") != 0)
			continue;
		for (; o != NULL && o->name != NULL; o++)
			buf_printf(out, "--%s|", o->name);
	}
	buf_puts(out, "--completion");
}

/* Appends text with the program's name in place of each "%1$s". */
static void
completion__fill(struct buf *out, const char *text, const char *name)
{
	for (; *text != '\0'; text++) {
		if (strncmp(text, "%1$s", 4) == 0) {
			buf_puts(out, name);
			text += 3;
		} else {
			buf_putc(out, *text);
			if (text[0] == '%' && text[1] == '%')
				text++;
		}
	}
}

/* The loop over the words before, from where they are in `w`. */
static void
completion__loop(struct buf *out, const struct cmd_program *program)
{
	const struct cmd_entry *const *e;

	buf_puts(out,
	    "\t\tif [[ -n $opt ]]; then\n"
	    "\t\t\tcase $opt in\n"
	    "\t\t\t");
	completion__pass(out, program);
	buf_puts(out,
	    ") pass+=(\"$opt=$w\") ;;\n"
	    "\t\t\tesac\n"
	    "\t\t\topt=\n"
	    "\t\t\tcontinue\n"
	    "\t\tfi\n"
	    "\t\tcase $w in\n"
	    "\t\t");
	completion__valued(out, program->opts);
	for (e = program->entries; *e != NULL; e++)
		completion__valued(out, (*e)->opts);
	buf_puts(out,
	    "--completion) opt=$w ;;\n"
	    "\t\t--*=*)\n"
	    "\t\t\tcase ${w%%=*} in\n"
	    "\t\t\t");
	completion__pass(out, program);
	buf_puts(out,
	    ") pass+=(\"$w\") ;;\n"
	    "\t\t\tesac ;;\n"
	    "\t\t-*) ;;\n"
	    "\t\t*) cmd=\"${cmd:+$cmd }$w\" ;;\n"
	    "\t\tesac\n"
	    "\tdone\n");
}

bool
cmd_completion(const struct cmd_program *program, const char *shell,
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
	completion__loop(out, program);
	buf_puts(out,
	    "\tlocal eq=\n"
	    "\tcase $cur in\n"
	    "\t--*=*) [[ -n $opt ]] || eq=1 opt=${cur%%=*} ;;\n"
	    "\tesac\n"
	    "\tif [[ -n $opt ]]; then\n"
	    "\t\tcase $opt in\n");
	completion__values(out, program, program->opts);
	for (e = program->entries; *e != NULL; e++)
		completion__values(out, program, (*e)->opts);
	buf_puts(out,
	    "\t\t*) ;;\n"
	    "\t\tesac\n"
	    "\telse\n"
	    "\tcase $cmd in\n");
	completion__case(out, program);
	buf_puts(out,
	    "\tesac\n"
	    "\t[[ $cur == -* || -z $all$ask ]] && all=$opts ask=\n"
	    "\tfi\n");
	completion__fill(out, sh->tail, program->name);
	return true;
}
