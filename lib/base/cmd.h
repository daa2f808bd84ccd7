/* SPDX-License-Identifier: ISC */
/*
 * Command lines from tables: a program is a list of entries, an entry its
 * options and one function.  Dispatch, --help, the man page's sections and
 * shell completion all come from the same rows.
 *
 * cmd_main() is the whole of a main(): it is the one place of the library that
 * prints, since what it prints is the program's own usage.
 */
#ifndef BASE_CMD_H
#define BASE_CMD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum cmd_status {
	CMD_OK = 0,
	CMD_FAILED = 1, /* it was understood and failed */
	CMD_USAGE = 2,  /* it was not understood */
	CMD_BUSY = 75,  /* -EBUSY: another process holds it; try again later
			 * (EX_TEMPFAIL of sysexits.h) */
};

struct cmd_opt {
	char letter;      /* 0: long form only */
	const char *name; /* long form, without the dashes */
	/*
	 * Name of its argument, NULL: a switch.  "[=NAME]" may be left out
	 * (the value is then ""), and is only taken behind a "=".
	 */
	const char *arg;
	const char *env;      /* environment variable that stands in, or NULL */
	const char *fallback; /* value when neither is given, or NULL */
	const char *about;    /* one sentence */
};
#define CMD_OPT_END                             \
	{                                       \
		0, NULL, NULL, NULL, NULL, NULL \
	}

struct cmd_ctx;

struct cmd_entry {
	const char *name;           /* NULL: the program has no subcommands */
	const char *args;           /* "VM [COMMAND …]", for the usage line */
	int min, max;               /* operands; max -1: any number */
	const struct cmd_opt *opts; /* ends in CMD_OPT_END; NULL: none */
	const char *about;          /* one sentence */
	/* Returns the exit status, mostly an enum cmd_status, or negative
	 * with err filled. */
	int (*exec)(struct cmd_ctx *ctx, struct error *err);
	bool hidden; /* from help, manual and completion: not for people */
};

/*
 * What a shell may complete: words, separated by blanks, or "?KIND": what the
 * program's hidden command "complete KIND PREFIX" prints, one a line.  All
 * else is completed as files are.
 */
struct cmd_words {
	const char *what; /* "--color", or an argument's or operand's name */
	const char *words;
};
#define CMD_WORDS_END      \
	{                  \
		NULL, NULL \
	}

/* What an error of that kind is to the caller: a row of the manual, too. */
struct cmd_exit {
	int status;
	const char *kind;  /* error.kind; NULL: of no error, only documented */
	const char *about; /* one sentence */
};
#define CMD_EXIT_END          \
	{                     \
		0, NULL, NULL \
	}

struct cmd_program {
	const char *name, *about, *section;     /* section of the manual, "1" */
	const struct cmd_entry *const *entries; /* ends in NULL */
	const struct cmd_opt *opts; /* common to all entries, or NULL */
	const char *details; /* mdoc paragraphs for the manual, or NULL */
	/* Beyond enum cmd_status; ends in CMD_EXIT_END, or NULL. */
	const struct cmd_exit *exits;
	const struct cmd_words *words; /* ends in CMD_WORDS_END, or NULL */
	bool pages; /* long text goes through a pager (pager.h) */
};

struct cmd_ctx {
	const struct cmd_program *program;
	const struct cmd_entry *entry;
	int argc; /* operands only */
	char **argv;
	const char **values; /* internal */
};

/*
 * Parses, runs and reports: "NAME: text" on stderr and the exit status for
 * main() to return.  Also answers --help, --version, and the hidden --man and
 * --completion that the build uses.
 */
int cmd_main(const struct cmd_program *program, int argc, char **argv);

struct buf;
/* A completion script; false when the shell is none that we know. */
bool cmd_completion(const struct cmd_program *program, const char *shell,
    struct buf *out);

/* The option's value: given, from its environment variable, or fallback. */
const char *cmd_value(const struct cmd_ctx *ctx, const char *name);
/* True when the switch was given. */
bool cmd_given(const struct cmd_ctx *ctx, const char *name);
/* A count within bounds; fails with a text that names the option. */
int cmd_number(const struct cmd_ctx *ctx, const char *name, unsigned long min,
    unsigned long max, unsigned long *ret, struct error *err);
/* The value's index among the words ("table", "json", NULL), or fails. */
int cmd_choice(const struct cmd_ctx *ctx, const char *name,
    const char *const *words, int *ret, struct error *err);
/* Fails so that cmd_main() exits with CMD_USAGE. */
int cmd_usage_error(struct error *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
