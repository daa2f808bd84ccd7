/* SPDX-License-Identifier: ISC */
/* What shells complete: the script, and what it asks while somebody types. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "cli.h"
#include "cmd.h"

static int
completion__run(struct cmd_ctx *ctx, struct error *err)
{
	_cleanup_buf_ struct buf out = BUF_INIT;

	if (!cmd_completion(ctx->program, ctx->argv[0], &out))
		return cmd_usage_error(err, "\"%s\": use bash or zsh",
		    ctx->argv[0]);
	fwrite(buf_str(&out), 1, out.len, stdout);
	return 0;
}

/* Prints names that begin so; one that a terminal could not show is left out.
 */
static void
complete__offer(const json_t *list, const char *key, const char *prefix)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *name = json_string_value(
		    json_object_get(json_array_get(list, i), key));
		_cleanup_buf_ struct buf safe = BUF_INIT;

		if (name == NULL || strncmp(name, prefix, strlen(prefix)) != 0)
			continue;
		text_escape(&safe, name, strlen(name), false);
		if (strcmp(buf_str(&safe), name) == 0)
			puts(name);
	}
}

/* Says nothing when it knows nothing: somebody is typing. */
static int
complete__run(struct cmd_ctx *ctx, struct error *err)
{
	static const struct {
		const char *kind, *method, *list;
	} kinds[] = {
		{ "vm", "vm.list", "vms" },
		{ "image", "image.list", "images" },
	};
	struct error ignored = ERROR_INIT;

	(void)err;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		_cleanup_answer_ struct cli_answer a = { 0 };

		if (strcmp(kinds[i].kind, ctx->argv[0]) == 0 &&
		    cli_call(ctx, kinds[i].method, NULL, &a, &ignored) == 0)
			complete__offer(json_object_get(a.result,
					    kinds[i].list),
			    "name", ctx->argv[1]);
	}
	return 0;
}

const struct cmd_entry cmd_completion_entry = {
	.name = "completion",
	.args = "SHELL",
	.min = 1,
	.max = 1,
	.about = "Print a script for bash or zsh that completes commands, "
		 "options, VMs and images: source it.",
	.exec = completion__run,
};

const struct cmd_entry cmd_complete = {
	.name = "complete",
	.args = "KIND PREFIX",
	.min = 2,
	.max = 2,
	.about = "What a completion script asks.",
	.exec = complete__run,
	.hidden = true,
};
