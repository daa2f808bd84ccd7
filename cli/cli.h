/* SPDX-License-Identifier: ISC */
/*
 * What banger's commands share: one call to bangerd, and the few shapes in
 * which a result is shown.  Only cmd_*.c print, through the functions here;
 * text that came from the daemon or a guest is escaped on the way.
 *
 * A command is: options -> params -> cli_call() -> show.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/cmd.h"
#include "base/error.h"
#include "base/table.h"
#include "wire/opid.h"
#include "wire/rpc.h"

/* What came back; free with cli_answer_done(). */
struct cli_answer {
	json_t *result;
	struct opid op;
	int64_t elapsed_ns; /* the daemon's figure, else as seen from here */
	bool json;          /* --format json: print the result as it is */
};

/*
 * Calls the daemon that the options name.  params is taken over (NULL: none);
 * --timeout is added to it where the method knows timeout_ms.  Fails with the
 * daemon's own text and the op id behind it.
 */
int cli_call(struct cmd_ctx *ctx, const char *method, json_t *params,
    struct cli_answer *ret, struct error *err);
/*
 * The same for a method that answers over time: fn is called with each message
 * (borrowed) and says whether there is more to come; the daemon's hanging up
 * is an error.  *ret_json: --format json.
 */
int cli_stream(struct cmd_ctx *ctx, const char *method, json_t *params,
    bool *ret_json, bool (*fn)(void *arg, const json_t *msg), void *arg,
    struct error *err);
void cli_answer_done(struct cli_answer *a);
#define _cleanup_answer_ _cleanup_(cli_answer_done)

/* Of a row of a list: its member of that name, or of a row that is an array
 * of chosen fields, the i-th; borrowed. */
const json_t *cli_field(const json_t *row, const char *key, size_t i);
/* One JSON value on a line, in ASCII. */
void cli_print_json(const json_t *value);
/* The objects of result[key]: one a line as JSON, else as a table of the
 * members that keys names, in the order of columns. */
void cli_print_list(const struct cli_answer *a, const char *key,
    const struct table_column *columns, const char *const *keys, size_t n);
/* All members of an object as "key  value" rows. */
void cli_print_members(const json_t *object);
/* "started web1 (172.30.0.2) in 3.104s (op-…)"; detail NULL: none.  With
 * --format json the whole result instead. */
void cli_print_done(const struct cli_answer *a, const char *done,
    const char *name, const char *detail);

/*
 * Asks "question [y/N]" on the terminal: 0 yes, 1 no.  Where nobody can be
 * asked it is an error of usage that says what for and to say --yes.
 */
int cli_ask(const char *what_for, const char *question, struct error *err);

/* Text of a guest as it is, but for a terminal, which it must not be able to
 * drive: there all controls but newline and tab are made visible. */
void cli_print_guest(const char *text, size_t len, FILE *to);

/* ---- params.c: options and operands into params ----------------------------
 */

/* {key: the first operand}; fails when it is no text. */
int cli_params(const struct cmd_ctx *ctx, const char *key, json_t **ret,
    struct error *err);
/* Puts text under key; what names it in the error. */
int cli_put_text(json_t *params, const char *key, const char *text,
    const char *what, struct error *err);
/* The number option under key, when it was given. */
int cli_put_number(struct cmd_ctx *ctx, const char *name, unsigned long max,
    json_t *params, const char *key, struct error *err);
/* What vm.create and vm.set have in common; opts.h has their rows. */
int cli_put_spec(struct cmd_ctx *ctx, json_t *params, struct error *err);
/* The text of result[object][key], else fallback. */
const char *cli_member(const struct cli_answer *a, const char *object,
    const char *key, const char *fallback);
/* vm.show of the first operand: the VM is a->result["vm"]. */
int cli_vm(struct cmd_ctx *ctx, struct cli_answer *a, json_t **ret_vm,
    struct error *err);

/* ---- tail.c -----------------------------------------------------------------
 */

/*
 * Prints the file from that offset on; follow: and what is added, until it is
 * removed or a signal ends us.  lines > 0: at most so many of what is there.
 */
int cli_tail(const char *path, int64_t from, unsigned long lines, bool follow,
    struct error *err);

#endif
