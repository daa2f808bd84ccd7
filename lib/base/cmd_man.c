/* SPDX-License-Identifier: ISC */
#include "base/cmd_int.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"

#define MAN_LINE_MAX 78 /* bytes of a text line; mandoc warns past 80 */

/*
 * Appends text so that mdoc(7) takes it as it is: a backslash is written \e,
 * and a control character at the start of a line is shielded.
 */
static void
man__text(struct buf *out, const char *text)
{
	if (*text == '.' || *text == '\'')
		buf_puts(out, "\\&");
	for (; *text != '\0'; text++) {
		if (*text == '\\')
			buf_puts(out, "\\e");
		else
			buf_putc(out, *text);
	}
}

/* True for a word that ends a sentence: mdoc(7) wants a new line behind it. */
static bool
man__ends(const char *word, size_t len)
{
	return len > 1 && word[len - 1] == '.' && word[len - 2] != '.';
}

/* Sentences as lines of their own, none longer than the manual's source is. */
static void
man__line(struct buf *out, const char *text)
{
	_cleanup_buf_ struct buf line = BUF_INIT;
	bool ended = false;
	size_t len;

	while (*text != '\0') {
		len = strcspn(text, " ");
		if (line.len > 0 &&
		    (ended || line.len + 1 + len > MAN_LINE_MAX)) {
			man__text(out, buf_str(&line));
			buf_putc(out, '\n');
			buf_reset(&line);
		}
		if (line.len > 0)
			buf_putc(&line, ' ');
		buf_put(&line, text, len);
		ended = man__ends(text, len);
		text += len + strspn(text + len, " ");
	}
	man__text(out, buf_str(&line));
	buf_putc(out, '\n');
}

/*
 * Appends the operands of a usage line as macro arguments: "VM [COMMAND ...]"
 * becomes " Ar VM Oo Ar COMMAND ... Oc".
 */
static void
man__args(struct buf *out, const char *args)
{
	size_t len, open, shut;

	while (args != NULL && *args != '\0') {
		len = strcspn(args, " ");
		open = strspn(args, "[");
		for (shut = 0; shut < len && args[len - 1 - shut] == ']';)
			shut++;
		for (size_t i = 0; i < open; i++)
			buf_puts(out, " Oo");
		if (len == 2 && memcmp(args, "--", 2) == 0)
			buf_puts(out, " Fl -");
		else if (strncmp(args + open, "...", 3) == 0)
			buf_puts(out, " ...");
		else if (len > open + shut)
			buf_printf(out, " Ar %.*s", (int)(len - open - shut),
			    args + open);
		for (size_t i = 0; i < shut; i++)
			buf_puts(out, " Oc");
		args += len + strspn(args + len, " ");
	}
}

/* " Ar ARG" behind an option's name, or "Ns Op = Ns Ar ARG". */
static void
man__opt_arg(struct buf *out, const struct cmd_opt *o)
{
	size_t len = o->arg != NULL ? strlen(o->arg) : 0;

	if (o->arg != NULL && cmd_opt_optional(o))
		buf_printf(out, " Ns Op = Ns Ar %.*s", (int)len - 3,
		    o->arg + 2);
	else if (o->arg != NULL)
		buf_printf(out, " Ar %s", o->arg);
}

/* " Op Fl -name Ar ARG" for each option. */
static void
man__synopsis_opts(struct buf *out, const struct cmd_opt *opts)
{
	for (; opts != NULL && opts->name != NULL; opts++) {
		buf_printf(out, ".Op Fl -%s", opts->name);
		man__opt_arg(out, opts);
		buf_putc(out, '\n');
	}
}

static void
man__synopsis(const struct cmd_program *program, struct buf *out)
{
	const struct cmd_entry *const *e;

	buf_puts(out, ".Sh SYNOPSIS\n");
	for (e = program->entries; *e != NULL; e++) {
		if ((*e)->hidden)
			continue;
		buf_printf(out, ".Nm %s\n", program->name);
		if ((*e)->name != NULL)
			buf_printf(out, ".Cm %s\n", (*e)->name);
		man__synopsis_opts(out, (*e)->opts);
		if (cmd_is_single(program))
			man__synopsis_opts(out, program->opts);
		if ((*e)->args != NULL && (*e)->args[0] != '\0') {
			_cleanup_buf_ struct buf args = BUF_INIT;

			man__args(&args, (*e)->args);
			buf_printf(out, ".%s\n", buf_str(&args) + 1);
		}
	}
}

/* A tagged list of options; nothing when the table is empty. */
static void
man__opts(struct buf *out, const struct cmd_opt *opts)
{
	if (cmd_opt_count(opts) == 0)
		return;
	buf_puts(out, ".Bl -tag -width Ds\n");
	for (; opts->name != NULL; opts++) {
		buf_puts(out, ".It");
		if (opts->letter != 0)
			buf_printf(out, " Fl %c , Fl -%s", opts->letter,
			    opts->name);
		else
			buf_printf(out, " Fl -%s", opts->name);
		man__opt_arg(out, opts);
		buf_putc(out, '\n');
		man__line(out, opts->about);
		if (opts->env != NULL)
			buf_printf(out, "Without it,\n.Ev %s\nis taken.\n",
			    opts->env);
		if (opts->fallback != NULL) {
			buf_puts(out, "The default is\n.Dq ");
			man__text(out, opts->fallback);
			buf_puts(out, " .\n");
		}
	}
	buf_puts(out, ".El\n");
}

static void
man__commands(const struct cmd_program *program, struct buf *out)
{
	const struct cmd_entry *const *e;

	buf_puts(out, ".Sh COMMANDS\n.Bl -tag -width Ds\n");
	for (e = program->entries; *e != NULL; e++) {
		if ((*e)->hidden)
			continue;
		buf_printf(out, ".It Cm %s", (*e)->name);
		man__args(out, (*e)->args);
		buf_putc(out, '\n');
		man__line(out, (*e)->about);
		man__opts(out, (*e)->opts);
	}
	buf_puts(out, ".El\n");
}

/* The environment variables of all options, each once. */
static void
man__environment(const struct cmd_program *program, struct buf *out)
{
	_cleanup_buf_ struct buf seen = BUF_INIT, tag = BUF_INIT;
	const struct cmd_entry *const *e = program->entries;
	const struct cmd_opt *opts = program->opts;

	buf_putc(&seen, '\n');
	for (;; opts = (*e++)->opts) {
		for (; opts != NULL && opts->name != NULL; opts++) {
			if (opts->env == NULL)
				continue;
			buf_reset(&tag);
			buf_printf(&tag, "\n%s\n", opts->env);
			if (strstr(buf_str(&seen), buf_str(&tag)) != NULL)
				continue;
			if (seen.len == 1)
				buf_puts(out,
				    ".Sh ENVIRONMENT\n"
				    ".Bl -tag -width Ds\n");
			buf_printf(&seen, "%s\n", opts->env);
			buf_printf(out, ".It Ev %s\nStands in for\n.Fl -%s .\n",
			    opts->env, opts->name);
		}
		if (*e == NULL)
			break;
	}
	if (seen.len > 1)
		buf_puts(out, ".El\n");
}

static void
man__exits(const struct cmd_program *program, struct buf *out)
{
	const struct cmd_exit *e = program->exits;

	buf_puts(out,
	    ".Sh EXIT STATUS\n"
	    ".Bl -tag -width Ds\n"
	    ".It 0\nIt was done.\n"
	    ".It 1\nIt failed, or there is nothing of that kind.\n"
	    ".It 2\nThe command line was not understood.\n");
	for (; e != NULL && e->status != 0; e++) {
		buf_printf(out, ".It %d\n", e->status);
		man__line(out, e->about);
	}
	buf_puts(out, ".El\n");
}

/* The page's date: SOURCE_DATE_EPOCH where a build sets it, else today. */
static void
man__date(struct buf *out)
{
	static const char *const months[] = { "January", "February", "March",
		"April", "May", "June", "July", "August", "September",
		"October", "November", "December" };
	const char *env = getenv("SOURCE_DATE_EPOCH");
	time_t now = time(NULL);
	struct tm tm;
	uint64_t n;

	if (env != NULL && text_parse_u64(env, 0, INT32_MAX, &n))
		now = (time_t)n;
	gmtime_r(&now, &tm);
	buf_printf(out, ".Dd %s %d, %d\n", months[tm.tm_mon], tm.tm_mday,
	    tm.tm_year + 1900);
}

static void
man__title(const struct cmd_program *program, struct buf *out)
{
	buf_puts(out, ".Dt ");
	for (const char *s = program->name; *s != '\0'; s++)
		buf_putc(out,
		    *s >= 'a' && *s <= 'z' ? (char)(*s - 'a' + 'A') : *s);
	buf_printf(out, " %s\n.Os\n", program->section);
}

/* ".Nd" wants the sentence without its capital and its full stop. */
static void
man__name(const struct cmd_program *program, struct buf *out)
{
	size_t at;

	buf_printf(out, ".Sh NAME\n.Nm %s\n.Nd ", program->name);
	at = out->len;
	man__text(out, program->about);
	if (out->data[out->len - 1] == '.')
		out->len--;
	if (out->data[at] >= 'A' && out->data[at] <= 'Z' &&
	    out->data[at + 1] >= 'a' && out->data[at + 1] <= 'z')
		out->data[at] = (char)(out->data[at] - 'A' + 'a');
	buf_putc(out, '\n');
}

void
cmd_doc_man(const struct cmd_program *program, struct buf *out)
{
	static const struct cmd_opt meta[] = {
		{ 0, "help", NULL, NULL, NULL,
		    "Print a summary, also behind a command." },
		{ 0, "version", NULL, NULL, NULL, "Print the version." },
		CMD_OPT_END,
	};
	bool single = cmd_is_single(program);

	man__date(out);
	man__title(program, out);
	man__name(program, out);
	man__synopsis(program, out);
	buf_puts(out, ".Sh DESCRIPTION\n");
	man__line(out, single ? program->entries[0]->about : program->about);
	if (program->details != NULL) {
		buf_puts(out, program->details);
		if (out->data[out->len - 1] != '\n')
			buf_putc(out, '\n');
	}
	if (!single)
		man__commands(program, out);
	buf_puts(out, ".Sh OPTIONS\n");
	if (single)
		man__opts(out, program->entries[0]->opts);
	else
		buf_puts(out, "These go with every command.\n");
	man__opts(out, program->opts);
	man__opts(out, meta);
	man__environment(program, out);
	man__exits(program, out);
}
