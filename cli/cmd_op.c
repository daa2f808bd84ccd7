/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli.h"
#include "cmd.h"
#include "progress.h"
#include "wire/event.h"

static const struct cmd_opt op__list_opts[] = {
	{ 0, "vm", "VM", NULL, NULL, "Only those about this VM." },
	{ 0, "state", "STATE", NULL, NULL,
	    "Only those queued, running, canceling, completed, failed or "
	    "canceled." },
	{ 'n', "limit", "N", NULL, NULL, "At most so many." },
	CMD_OPT_END,
};

#define OP_LIST_MAX 1024

/* {"op": the first operand}. */
static json_t *
op__params(struct cmd_ctx *ctx, struct error *err)
{
	json_t *params = json_object(), *ref;

	if (ctx->argc == 0)
		return params;
	ref = json_string(ctx->argv[0]);
	if (ref == NULL) {
		json_decref(params);
		cmd_usage_error(err, "\"%s\" is not valid UTF-8", ctx->argv[0]);
		return NULL;
	}
	json_object_set_new(params, "op", ref);
	return params;
}

static int
op__put_text(struct cmd_ctx *ctx, json_t *params, const char *name,
    struct error *err)
{
	const char *value = cmd_value(ctx, name);
	json_t *text = value != NULL ? json_string(value) : NULL;

	if (value == NULL)
		return 0;
	if (text == NULL)
		return cmd_usage_error(err, "--%s is not valid UTF-8", name);
	json_object_set_new(params, name, text);
	return 0;
}

static int
op__list(struct cmd_ctx *ctx, struct error *err)
{
	static const struct table_column columns[] = {
		{ "OP", 0 },
		{ "OPERATION", 0 },
		{ "VM", TABLE_SHRINK },
		{ "STATE", 0 },
		{ "STAGE", TABLE_SHRINK },
		{ "STARTED", TABLE_SHRINK },
		{ "ELAPSED", TABLE_RIGHT },
		{ "ERROR", TABLE_SHRINK },
	};
	static const char *const keys[] = { "op_id", "operation", "vm_name",
		"state", "stage", "started", "elapsed_ms", "error" };
	_cleanup_answer_ struct cli_answer a = { 0 };
	_cleanup_json_ json_t *params = json_object();
	unsigned long limit = OP_LIST_MAX;
	int r;

	if ((r = op__put_text(ctx, params, "vm", err)) < 0 ||
	    (r = op__put_text(ctx, params, "state", err)) < 0 ||
	    (cmd_value(ctx, "limit") != NULL &&
		(r = cmd_number(ctx, "limit", 1, OP_LIST_MAX, &limit, err)) <
		    0))
		return r;
	json_object_set_new(params, "limit", json_integer((json_int_t)limit));
	r = cli_call(ctx, "op.list", json_incref(params), &a, err);
	if (r < 0)
		return r;
	cli_print_list(&a, "operations", columns, keys, ARRAY_LEN(columns));
	return 0;
}

static int
op__show(struct cmd_ctx *ctx, struct error *err)
{
	_cleanup_answer_ struct cli_answer a = { 0 };
	json_t *params = op__params(ctx, err);

	if (params == NULL || cli_call(ctx, "op.show", params, &a, err) < 0)
		return err->code;
	if (a.json)
		cli_print_json(a.result);
	else
		cli_print_members(json_object_get(a.result, "op"));
	return 0;
}

static int
op__cancel(struct cmd_ctx *ctx, struct error *err)
{
	_cleanup_answer_ struct cli_answer a = { 0 };
	json_t *params = op__params(ctx, err);
	const json_t *op;

	if (params == NULL || cli_call(ctx, "op.cancel", params, &a, err) < 0)
		return err->code;
	op = json_object_get(a.result, "op");
	if (a.json)
		cli_print_json(a.result);
	else
		printf("canceling %s\n",
		    json_string_value(json_object_get(op, "op_id")));
	return 0;
}

/* How an operation ended is the exit status of who waited for it. */
static int
op__ended(const struct cli_answer *a, const json_t *op)
{
	const char *state = json_string_value(json_object_get(op, "state"));
	const char *id = json_string_value(json_object_get(op, "op_id"));
	const json_t *why = json_object_get(op, "error");
	_cleanup_buf_ struct buf text = BUF_INIT;

	if (json_is_string(why)) {
		buf_puts(&text, ": ");
		text_escape(&text, json_string_value(why),
		    json_string_length(why), false);
	}
	if (a->json)
		cli_print_json(op);
	else
		printf("%s %s%s\n", id != NULL ? id : "",
		    state != NULL ? state : "", buf_str(&text));
	return state != NULL && strcmp(state, "completed") == 0 ? 0
								: CMD_FAILED;
}

static int
op__wait(struct cmd_ctx *ctx, struct error *err)
{
	_cleanup_answer_ struct cli_answer a = { 0 };
	json_t *params = op__params(ctx, err);

	if (params == NULL || cli_call(ctx, "op.wait", params, &a, err) < 0)
		return err->code;
	return op__ended(&a, json_object_get(a.result, "op"));
}

/* ---- watching -------------------------------------------------------------
 */

/* A log line for people: when, which operation, what. */
static void
op__print_line(const char *text, size_t len)
{
	struct line ln = LINE_INIT;
	_cleanup_buf_ struct buf out = BUF_INIT;
	static const enum field_id shown[] = { FIELD_OP_ID, FIELD_OPERATION,
		FIELD_VM_NAME, FIELD_STAGE, FIELD_ERROR };
	struct event ev;

	if (event_decode(text, len, &ln, &ev, NULL) == 0) {
		text_escape(&out, ev.msg != NULL ? ev.msg : "",
		    ev.msg != NULL ? strlen(ev.msg) : 0, false);
		for (size_t i = 0; i < ARRAY_LEN(shown); i++) {
			const char *s = event_str(&ev, shown[i]);

			if (s == NULL)
				continue;
			buf_putc(&out, ' ');
			text_escape(&out, s, strlen(s), false);
		}
		printf("%s\n", buf_str(&out));
	}
	line_done(&ln);
}

struct op_watch {
	struct cli_answer a;
	int status;
};

static bool
op__watched(void *arg, const json_t *msg)
{
	struct op_watch *w = arg;
	const json_t *line = json_object_get(msg, "line");
	const json_t *dropped = json_object_get(msg, "dropped");
	const json_t *end = json_object_get(msg, "end");

	if (w->a.json && (line != NULL || dropped != NULL))
		cli_print_json(msg);
	else if (json_is_string(line))
		op__print_line(json_string_value(line),
		    json_string_length(line));
	else if (dropped != NULL)
		printf("(%lld lines left out: they came too fast)\n",
		    (long long)json_integer_value(dropped));
	if (end != NULL)
		w->status = op__ended(&w->a, end);
	fflush(stdout);
	return end == NULL;
}

static int
op__watch(struct cmd_ctx *ctx, struct error *err)
{
	struct op_watch w = { .status = 0 };
	json_t *params = op__params(ctx, err);
	int r;

	if (params == NULL)
		return err->code;
	r = cli_stream(ctx, "op.watch", params, &w.a.json, op__watched, &w,
	    err);
	return r < 0 ? r : w.status;
}

#define OP_LIST                                                             \
	.opts = op__list_opts,                                              \
	.about = "List the operations under way, and the last that ended.", \
	.exec = op__list
#define OP_ENTRY(verb, operands, least, sentence)                     \
	const struct cmd_entry cmd_op_##verb = { .name = "op " #verb, \
		.args = operands,                                     \
		.min = least,                                         \
		.max = 1,                                             \
		.about = sentence,                                    \
		.exec = op__##verb }

const struct cmd_entry cmd_op_list = { .name = "op list", OP_LIST };
const struct cmd_entry cmd_ops = { .name = "ops", OP_LIST };
OP_ENTRY(show, "OP", 1, "Show an operation, and what its kind usually takes.");
OP_ENTRY(wait, "OP", 1,
    "Wait for an operation's end; the exit status says how it ended.");
OP_ENTRY(cancel, "OP", 1, "Ask the daemon to cancel an operation.");
OP_ENTRY(watch, "[OP]", 0,
    "Show operations' lines as they are logged: of one until it ends, or of "
    "all.");
