/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/mem.h"
#include "cli.h"
#include "cmd.h"

#define EXEC_STDIN_MAX 40960 /* a request's line holds it, coded */

static const struct cmd_opt exec__opts[] = {
	{ 'i', "stdin", NULL, NULL, NULL,
	    "Hand on standard input, read to its end first; up to 40 KiB." },
	CMD_OPT_END,
};

/* A stream of the result, whose bytes are text or coded. */
static void
exec__print(const json_t *result, const char *key, FILE *to)
{
	_cleanup_free_ char *other = xasprintf("%s_base64", key);
	const json_t *text = json_object_get(result, key);
	const char *coded = json_string_value(json_object_get(result, other));
	_cleanup_buf_ struct buf bytes = BUF_INIT;

	if (json_is_string(text))
		buf_put(&bytes, json_string_value(text),
		    json_string_length(text));
	else if (coded != NULL)
		base64_decode(&bytes, coded);
	cli_print_guest(buf_str(&bytes), bytes.len, to);
}

/* All of standard input, coded, under "stdin_base64". */
static int
exec__stdin(json_t *params, struct error *err)
{
	_cleanup_buf_ struct buf coded = BUF_INIT;
	_cleanup_free_ char *data = xmalloc(EXEC_STDIN_MAX + 1);
	size_t n = fread(data, 1, EXEC_STDIN_MAX + 1, stdin);

	if (ferror(stdin))
		return error_errno(err, errno, "standard input");
	if (n > EXEC_STDIN_MAX)
		return error_set(err, -EFBIG,
		    "standard input is longer than %d bytes; send it over the "
		    "network instead",
		    EXEC_STDIN_MAX);
	base64_encode(&coded, data, n);
	json_object_set_new(params, "stdin_base64",
	    json_string(buf_str(&coded)));
	return 0;
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
	if (cmd_given(ctx, "stdin")) {
		int r = exec__stdin(params, err);

		if (r < 0)
			return r;
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

CMD_VM(exec, "VM -- COMMAND ...", 2, -1, exec__opts,
    "Run a command in the guest; its output and exit status become banger's.",
    exec__run);
