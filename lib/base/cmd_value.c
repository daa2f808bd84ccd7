/* SPDX-License-Identifier: ISC */
#include "base/cmd_int.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static const char value__usage_kind[] = "usage";

int
cmd_usage_error(struct error *err, const char *fmt, ...)
{
	char text[ERROR_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return error_kind(err, value__usage_kind, -EINVAL, "%s", text);
}

bool
cmd_is_usage_error(const struct error *err)
{
	return err->kind == value__usage_kind;
}

/* The option of that name and its index; a name that no table has is ours. */
static const struct cmd_opt *
value__option(const struct cmd_ctx *ctx, const char *name, size_t *ret_index)
{
	const struct cmd_opt *o;

	for (size_t i = 0; (o = cmd_opt_at(ctx->program, ctx->entry, i)); i++) {
		if (strcmp(o->name, name) == 0) {
			*ret_index = i;
			return o;
		}
	}
	abort();
}

static const char *
value__env(const struct cmd_opt *o)
{
	const char *value = o->env != NULL ? getenv(o->env) : NULL;

	return value != NULL && value[0] != '\0' ? value : NULL;
}

const char *
cmd_value(const struct cmd_ctx *ctx, const char *name)
{
	const struct cmd_opt *o;
	const char *env;
	size_t i;

	o = value__option(ctx, name, &i);
	if (ctx->values[i] != NULL)
		return ctx->values[i];
	env = value__env(o);
	return env != NULL ? env : o->fallback;
}

bool
cmd_given(const struct cmd_ctx *ctx, const char *name)
{
	const struct cmd_opt *o;
	const char *env;
	size_t i;

	o = value__option(ctx, name, &i);
	if (ctx->values[i] != NULL || o->arg != NULL)
		return ctx->values[i] != NULL;
	env = value__env(o);
	return env != NULL && strcmp(env, "0") != 0;
}

/* "--timeout", or "BANGER_TIMEOUT" when the value came from there. */
static void
value__origin(const struct cmd_ctx *ctx, const char *name, struct buf *out)
{
	const struct cmd_opt *o;
	size_t i;

	o = value__option(ctx, name, &i);
	if (ctx->values[i] == NULL && value__env(o) != NULL)
		buf_puts(out, o->env);
	else
		buf_printf(out, "--%s", name);
}

int
cmd_number(const struct cmd_ctx *ctx, const char *name, unsigned long min,
    unsigned long max, unsigned long *ret, struct error *err)
{
	const char *value = cmd_value(ctx, name);
	_cleanup_buf_ struct buf from = BUF_INIT;
	uint64_t n;

	if (value == NULL)
		return cmd_usage_error(err, "--%s is required", name);
	if (text_parse_u64(value, min, max, &n)) {
		*ret = n;
		return 0;
	}
	value__origin(ctx, name, &from);
	return cmd_usage_error(err, "%s \"%s\": not a number from %lu to %lu",
	    buf_str(&from), value, min, max);
}

int
cmd_choice(const struct cmd_ctx *ctx, const char *name,
    const char *const *words, int *ret, struct error *err)
{
	const char *value = cmd_value(ctx, name);
	_cleanup_buf_ struct buf from = BUF_INIT, list = BUF_INIT;

	if (value == NULL)
		return cmd_usage_error(err, "--%s is required", name);
	for (int i = 0; words[i] != NULL; i++) {
		if (strcmp(words[i], value) == 0) {
			*ret = i;
			return 0;
		}
		if (i > 0)
			buf_puts(&list, words[i + 1] != NULL ? ", " : " or ");
		buf_puts(&list, words[i]);
	}
	value__origin(ctx, name, &from);
	return cmd_usage_error(err, "%s \"%s\": use %s", buf_str(&from), value,
	    buf_str(&list));
}
