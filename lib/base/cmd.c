/* SPDX-License-Identifier: ISC */
#include "base/cmd.h"

#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/cmd_int.h"
#include "base/mem.h"
#include "base/pager.h"
#include "base/text.h"

#define CMD_HELP_WIDTH 80 /* columns of a help text outside a terminal */

/* What getopt_long returns for a row: past all letters. */
enum {
	CMD_LONG = 0x100,   /* and the option's index */
	CMD_HELP = 0x10000, /* the options that every program has */
	CMD_VERSION,
	CMD_MAN,
	CMD_COMPLETION,
};

/* getopt's two tables; meta options take no letter but -h, where it is free. */
struct cmd__getopt {
	struct option *longs;
	struct buf shorts;
	bool help_letter;
};

static void
cmd__getopt_done(struct cmd__getopt *g)
{
	free(g->longs);
	buf_done(&g->shorts);
}

static void
cmd__getopt_init(struct cmd__getopt *g, const struct cmd_ctx *ctx, bool stop)
{
	static const struct option meta[] = {
		{ "help", no_argument, NULL, CMD_HELP },
		{ "version", no_argument, NULL, CMD_VERSION },
		{ "man", no_argument, NULL, CMD_MAN },
		{ "completion", required_argument, NULL, CMD_COMPLETION },
	};
	const struct cmd_opt *o;
	size_t n = 0;

	/* A leading ':' tells a missing value from an unknown option. */
	buf_puts(&g->shorts, stop ? "+:" : ":");
	while (cmd_opt_at(ctx->program, ctx->entry, n) != NULL)
		n++;
	g->longs = xcalloc(n + ARRAY_LEN(meta) + 1, sizeof(*g->longs));
	for (size_t i = 0; i < n; i++) {
		o = cmd_opt_at(ctx->program, ctx->entry, i);
		g->longs[i].name = o->name;
		g->longs[i].has_arg = o->arg == NULL ? no_argument
		    : cmd_opt_optional(o)            ? optional_argument
						     : required_argument;
		g->longs[i].val = CMD_LONG + (int)i;
		if (o->letter != 0)
			buf_printf(&g->shorts, "%c%s", o->letter,
			    o->arg == NULL            ? ""
				: cmd_opt_optional(o) ? "::"
						      : ":");
	}
	g->help_letter = strchr(buf_str(&g->shorts), 'h') == NULL;
	if (g->help_letter)
		buf_putc(&g->shorts, 'h');
	memcpy(g->longs + n, meta, sizeof(meta));
}

/* Names the option that getopt has just refused. */
static int
cmd__refuse(const struct cmd_ctx *ctx, int why, char **argv, struct error *err)
{
	const char *name = ctx->program->name, *at = argv[optind - 1];
	const char *sub = ctx->entry != NULL ? ctx->entry->name : NULL;
	char letter[] = { '-', (char)optopt, '\0' };

	if (why == ':')
		return cmd_usage_error(err, "%s needs a value",
		    optopt >= CMD_LONG ? at : letter);
	if (optopt >= CMD_LONG)
		return cmd_usage_error(err, "%.*s takes no value",
		    (int)strcspn(at, "="), at);
	return cmd_usage_error(err, "unknown option \"%s\" (see %s%s%s --help)",
	    optopt != 0 ? letter : at, name, sub != NULL ? " " : "",
	    sub != NULL ? sub : "");
}

/* The index of the option behind what getopt returned. */
static size_t
cmd__index(const struct cmd_ctx *ctx, int c)
{
	size_t i = 0;

	if (c >= CMD_LONG)
		return (size_t)(c - CMD_LONG);
	while (cmd_opt_at(ctx->program, ctx->entry, i)->letter != c)
		i++;
	return i;
}

/*
 * Reads options into ctx->values; argv[0] is skipped.  With stop, parsing ends
 * at the first operand.  Returns 0 with *ret_rest the index of the operands,
 * or the meta option that was met (CMD_HELP …; its value is in optarg).
 */
static int
cmd__options(struct cmd_ctx *ctx, int argc, char **argv, bool stop,
    int *ret_rest, struct error *err)
{
	_cleanup_(cmd__getopt_done) struct cmd__getopt g = { 0 };
	int c;

	cmd__getopt_init(&g, ctx, stop);
	optind = 0;
	opterr = 0;
	while ((c = getopt_long(argc, argv, buf_str(&g.shorts), g.longs,
		    NULL)) != -1) {
		if (c == '?' || c == ':')
			return cmd__refuse(ctx, c, argv, err);
		if (c == 'h' && g.help_letter)
			return CMD_HELP;
		if (c >= CMD_HELP)
			return c;
		ctx->values[cmd__index(ctx, c)] = optarg != NULL ? optarg : "";
	}
	*ret_rest = optind;
	return 0;
}

static void
cmd__print(struct buf *text)
{
	fwrite(buf_str(text), 1, text->len, stdout);
	buf_done(text);
}

static size_t
cmd__width(void)
{
	size_t width = text_terminal_width(STDOUT_FILENO, CMD_HELP_WIDTH);

	return width < 40 ? 40 : width;
}

/* Help for what the words name: an entry, a group, or all. */
static int
cmd__help(const struct cmd_program *program, int argc, char **argv,
    struct error *err)
{
	struct buf out = BUF_INIT;
	const struct cmd_entry *e = NULL;
	int words;

	if (cmd_is_single(program))
		e = program->entries[0];
	else if (argc > 0)
		e = cmd_find(program, argc, argv, &words);
	if (e != NULL)
		cmd_doc_entry(program, e, cmd__width(), &out);
	else if (argc == 0)
		cmd_doc_program(program, NULL, cmd__width(), &out);
	else if (argc == 1 && cmd_is_group(program, argv[0]))
		cmd_doc_program(program, argv[0], cmd__width(), &out);
	else
		return cmd_not_found(program, argc, argv, err);
	cmd__print(&out);
	return 0;
}

/* Answers the options that every program has, but --help. */
static int
cmd__meta(const struct cmd_program *program, int which, struct error *err)
{
	struct buf out = BUF_INIT;

	if (which == CMD_VERSION)
		buf_printf(&out, "%s %s\n", program->name, BANGER_VERSION);
	else if (which == CMD_MAN)
		cmd_doc_man(program, &out);
	else if (!cmd_completion(program, optarg, &out))
		return cmd_usage_error(err,
		    "--completion \"%s\": use bash or zsh", optarg);
	cmd__print(&out);
	return 0;
}

/* Is what it prints for people?  Formats for programs are never paged. */
static bool
cmd__is_text(const struct cmd_ctx *ctx)
{
	const struct cmd_opt *o;
	const char *format;

	for (size_t i = 0; (o = cmd_opt_at(ctx->program, ctx->entry, i)); i++) {
		if (strcmp(o->name, "format") != 0)
			continue;
		format = cmd_value(ctx, "format");
		return format != NULL &&
		    (strcmp(format, "text") == 0 ||
			strcmp(format, "table") == 0);
	}
	return true;
}

static int
cmd__exec(struct cmd_ctx *ctx, struct error *err)
{
	struct pager pager;
	int r;

	if (!ctx->program->pages || !cmd__is_text(ctx))
		return ctx->entry->exec(ctx, err);
	pager_open(&pager);
	r = ctx->entry->exec(ctx, err);
	pager_close(&pager);
	return r;
}

/* Parses what follows the command's name, checks the operands, runs it. */
static int
cmd__run(struct cmd_ctx *ctx, int argc, char **argv, struct error *err)
{
	const struct cmd_entry *e = ctx->entry;
	_cleanup_buf_ struct buf usage = BUF_INIT;
	int r, rest;

	r = cmd__options(ctx, argc, argv, false, &rest, err);
	if (r < 0)
		return r;
	if (r == CMD_HELP) {
		struct buf out = BUF_INIT;

		cmd_doc_entry(ctx->program, e, cmd__width(), &out);
		cmd__print(&out);
		return 0;
	}
	if (r > 0)
		return cmd__meta(ctx->program, r, err);
	ctx->argc = argc - rest;
	ctx->argv = argv + rest;
	if (ctx->argc < e->min || (e->max >= 0 && ctx->argc > e->max)) {
		cmd_doc_usage(ctx->program, e, &usage);
		usage.data[usage.len - 1] = '\0';
		if (ctx->argc < e->min)
			return cmd_usage_error(err, "too few operands (%s)",
			    buf_str(&usage));
		return cmd_usage_error(err, "unexpected operand \"%s\" (%s)",
		    ctx->argv[e->max], buf_str(&usage));
	}
	return cmd__exec(ctx, err);
}

/* Common options, then the command's name, then the command. */
static int
cmd__dispatch(struct cmd_ctx *ctx, int argc, char **argv, struct error *err)
{
	const struct cmd_program *program = ctx->program;
	int r, rest, words;

	r = cmd__options(ctx, argc, argv, true, &rest, err);
	if (r < 0)
		return r;
	if (r == CMD_HELP)
		return cmd__help(program, 0, NULL, err);
	if (r > 0)
		return cmd__meta(program, r, err);
	argc -= rest;
	argv += rest;
	ctx->entry = cmd_find(program, argc, argv, &words);
	if (ctx->entry != NULL)
		return cmd__run(ctx, argc - words + 1, argv + words - 1, err);
	if (argc > 0 && strcmp(argv[0], "help") == 0)
		return cmd__help(program, argc - 1, argv + 1, err);
	if (argc == 2 &&
	    (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0))
		return cmd__help(program, 1, argv, err);
	return cmd_not_found(program, argc, argv, err);
}

/* Room for the values of the entry that has the most options. */
static const char **
cmd__values(const struct cmd_program *program)
{
	const struct cmd_entry *const *e;
	size_t most = 0, n;

	for (e = program->entries; *e != NULL; e++) {
		n = cmd_opt_count((*e)->opts);
		most = n > most ? n : most;
	}
	return xcalloc(most + cmd_opt_count(program->opts),
	    sizeof(const char *));
}

static void
cmd__report(const struct cmd_program *program, const char *text)
{
	_cleanup_buf_ struct buf line = BUF_INIT;

	buf_printf(&line, "%s: ", program->name);
	text_escape(&line, text, strlen(text), false);
	buf_putc(&line, '\n');
	fflush(stdout);
	fwrite(buf_str(&line), 1, line.len, stderr);
}

/* The exit status of a command that failed so. */
static int
cmd__status(const struct cmd_program *program, int r, const struct error *err)
{
	const struct cmd_exit *e = program->exits;

	if (cmd_is_usage_error(err))
		return CMD_USAGE;
	for (; e != NULL && e->status != 0 && err->kind != NULL; e++)
		if (e->kind != NULL && strcmp(e->kind, err->kind) == 0)
			return e->status;
	return r == -EBUSY ? CMD_BUSY : CMD_FAILED;
}

int
cmd_main(const struct cmd_program *program, int argc, char **argv)
{
	_cleanup_free_ const char **values = cmd__values(program);
	struct cmd_ctx ctx = { .program = program, .values = values };
	struct error err = ERROR_INIT;
	int r;

	setlocale(LC_CTYPE, "");
	if (cmd_is_single(program)) {
		ctx.entry = program->entries[0];
		r = cmd__run(&ctx, argc, argv, &err);
	} else {
		r = cmd__dispatch(&ctx, argc, argv, &err);
	}
	if (r < 0) {
		cmd__report(program, err.text);
		r = cmd__status(program, r, &err);
	}
	errno = 0;
	if (fflush(stdout) != 0 || ferror(stdout) != 0) {
		error_errno(&err, errno != 0 ? errno : EIO,
		    "writing to standard output");
		cmd__report(program, err.text);
		r = r == 0 ? CMD_FAILED : r;
	}
	return r;
}
