/* SPDX-License-Identifier: ISC */
#include "base/cmd_int.h"

#include <string.h>

#include "base/text.h"

#define DOC_COLUMN 26 /* where the sentences start */

/*
 * Appends a sentence word by word from column `at`, going on at `indent` on
 * the next line when `width` is reached, and a newline.
 */
static void
doc__wrap(struct buf *out, const char *text, size_t at, size_t indent,
    size_t width)
{
	size_t column = at, len, cells;
	bool first = true;

	while (*text != '\0') {
		len = strcspn(text, " ");
		cells = len; /* a help text is ours, and nearly all ASCII */
		if (!first && column + 1 + cells > width) {
			buf_putc(out, '\n');
			text_fit(out, "", indent, false, true);
			column = indent;
			first = true;
		}
		if (!first) {
			buf_putc(out, ' ');
			column++;
		}
		buf_put(out, text, len);
		column += cells;
		first = false;
		text += len + strspn(text + len, " ");
	}
	buf_putc(out, '\n');
}

/* A row "  LEFT     sentence"; a left side too long gets a line of its own. */
static void
doc__row(struct buf *out, const char *left, const char *about, size_t width)
{
	buf_puts(out, "  ");
	if (text_width(left) + 4 > DOC_COLUMN) {
		buf_printf(out, "%s\n", left);
		text_fit(out, "", DOC_COLUMN, false, true);
	} else {
		text_fit(out, left, DOC_COLUMN - 2, false, true);
	}
	doc__wrap(out, about, DOC_COLUMN, DOC_COLUMN, width);
}

static void
doc__opt(struct buf *out, const struct cmd_opt *o, size_t width)
{
	_cleanup_buf_ struct buf left = BUF_INIT, about = BUF_INIT;

	if (o->letter != 0)
		buf_printf(&left, "-%c, ", o->letter);
	else
		buf_puts(&left, "    ");
	buf_printf(&left, "--%s", o->name);
	if (o->arg != NULL)
		buf_printf(&left, "%s%s", cmd_opt_optional(o) ? "" : " ",
		    o->arg);
	buf_puts(&about, o->about);
	if (o->env != NULL)
		buf_printf(&about, " [$%s]", o->env);
	if (o->fallback != NULL)
		buf_printf(&about, " (default: %s)", o->fallback);
	doc__row(out, buf_str(&left), buf_str(&about), width);
}

static void
doc__opts(struct buf *out, const char *title, const struct cmd_opt *opts,
    size_t width)
{
	if (cmd_opt_count(opts) == 0)
		return;
	buf_printf(out, "\n%s:\n", title);
	for (; opts->name != NULL; opts++)
		doc__opt(out, opts, width);
}

/* The options that cmd_main() answers itself. */
static void
doc__meta(struct buf *out, bool version, size_t width)
{
	doc__row(out, "    --help", "Print this help.", width);
	if (version)
		doc__row(out, "    --version", "Print the version.", width);
}

void
cmd_doc_usage(const struct cmd_program *program, const struct cmd_entry *entry,
    struct buf *out)
{
	buf_printf(out, "usage: %s", program->name);
	if (entry->name != NULL)
		buf_printf(out, " %s", entry->name);
	buf_puts(out, " [option ...]");
	if (entry->args != NULL && entry->args[0] != '\0')
		buf_printf(out, " %s", entry->args);
	buf_putc(out, '\n');
}

void
cmd_doc_entry(const struct cmd_program *program, const struct cmd_entry *entry,
    size_t width, struct buf *out)
{
	bool single = cmd_is_single(program);

	cmd_doc_usage(program, entry, out);
	doc__wrap(out, entry->about, 0, 0, width);
	doc__opts(out, "options", entry->opts, width);
	if (cmd_opt_count(program->opts) > 0)
		doc__opts(out, "common options", program->opts, width);
	else if (cmd_opt_count(entry->opts) == 0)
		buf_puts(out, "\noptions:\n");
	doc__meta(out, single, width);
}

void
cmd_doc_program(const struct cmd_program *program, const char *group,
    size_t width, struct buf *out)
{
	const struct cmd_entry *const *e;
	_cleanup_buf_ struct buf left = BUF_INIT;

	buf_printf(out, "usage: %s%s%s command [option ...] [operand ...]\n",
	    program->name, group != NULL ? " " : "",
	    group != NULL ? group : "");
	if (group == NULL)
		doc__wrap(out, program->about, 0, 0, width);
	buf_puts(out, "\ncommands:\n");
	for (e = program->entries; *e != NULL; e++) {
		if ((*e)->hidden || (group != NULL && !cmd_in_group(*e, group)))
			continue;
		buf_reset(&left);
		buf_puts(&left, (*e)->name);
		if ((*e)->args != NULL && (*e)->args[0] != '\0')
			buf_printf(&left, " %s", (*e)->args);
		doc__row(out, buf_str(&left), (*e)->about, width);
	}
	doc__opts(out, "common options", program->opts, width);
	if (cmd_opt_count(program->opts) == 0)
		buf_puts(out, "\noptions:\n");
	doc__meta(out, true, width);
	buf_printf(out, "\n\"%s COMMAND --help\" says more of a command.\n",
	    program->name);
}
