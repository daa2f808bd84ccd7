/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/text.h"
#include "cli.h"
#include "cmd.h"

/* The guest's text with its lines and tabs, all other controls made visible. */
static void
exec__escape(struct buf *out, const char *s, size_t len)
{
	size_t start = 0;

	for (size_t i = 0; i <= len; i++) {
		if (i < len && s[i] != '\n' && s[i] != '\t')
			continue;
		text_escape(out, s + start, i - start, false);
		if (i < len)
			buf_putc(out, s[i]);
		start = i + 1;
	}
}

/* Raw, but for a terminal, which a guest must not be able to drive. */
static void
exec__print(const json_t *result, const char *key, FILE *to)
{
	const json_t *text = json_object_get(result, key);
	_cleanup_buf_ struct buf safe = BUF_INIT;

	if (!json_is_string(text))
		return;
	if (isatty(fileno(to)) == 0) {
		fwrite(json_string_value(text), 1, json_string_length(text),
		    to);
		return;
	}
	exec__escape(&safe, json_string_value(text), json_string_length(text));
	fwrite(buf_str(&safe), 1, safe.len, to);
}

static int
exec__params(struct cmd_ctx *ctx, json_t **ret, struct error *err)
{
	_cleanup_json_ json_t *params = json_object();
	json_t *command = json_array();

	json_object_set_new(params, "command", command);
	for (int i = 0; i < ctx->argc; i++) {
		json_t *word = json_string(ctx->argv[i]);

		if (word == NULL)
			return cmd_usage_error(err, "\"%s\" is not valid UTF-8",
			    ctx->argv[i]);
		if (i == 0)
			json_object_set_new(params, "vm", word);
		else
			json_array_append_new(command, word);
	}
	*ret = steal(&params);
	return 0;
}

/* Returns the guest command's exit status, as cmd_main() passes it on. */
static int
exec__run(struct cmd_ctx *ctx, struct error *err)
{
	_cleanup_answer_ struct cli_answer a = { 0 };
	json_t *params = NULL;
	json_int_t code;
	int r;

	if ((r = exec__params(ctx, &params, err)) < 0 ||
	    (r = cli_call(ctx, "vm.exec", params, &a, err)) < 0)
		return r;
	if (cmd_given(ctx, "no-wait")) {
		cli_print_done(&a, "", "", NULL);
		return 0;
	}
	if (a.json) {
		cli_print_json(a.result);
	} else {
		exec__print(a.result, "stdout", stdout);
		fflush(stdout);
		exec__print(a.result, "stderr", stderr);
	}
	code = json_integer_value(json_object_get(a.result, "exit_code"));
	return code >= 0 && code <= 255 ? (int)code : CMD_FAILED;
}

#define EXEC_RUN                                                           \
	.args = "VM -- COMMAND ...", .min = 2, .max = -1,                  \
	.about = "Run a command in the guest; its output and exit status " \
		 "become banger's.",                                       \
	.exec = exec__run

const struct cmd_entry cmd_vm_exec = { .name = "vm exec", EXEC_RUN };
const struct cmd_entry cmd_exec = { .name = "exec", EXEC_RUN };
