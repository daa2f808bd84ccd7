/* SPDX-License-Identifier: ISC */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"

/* The value as text, NULL when it is absent, null or no scalar. */
static const char *
show__text(const json_t *v, const char *key, char scratch[32])
{
	size_t len = strlen(key);

	if (json_is_string(v))
		return json_string_value(v);
	if (json_is_boolean(v))
		return json_is_true(v) ? "yes" : "no";
	if (!json_is_number(v) ||
	    (strcmp(key, "pid") == 0 && json_integer_value(v) == 0))
		return NULL; /* no process has the pid 0 */
	/* Milliseconds are shown as a duration that people can read. */
	if (len > 3 && strcmp(key + len - 3, "_ms") == 0)
		return clock_format_duration((int64_t)(json_number_value(v) *
						 (double)NSEC_PER_MSEC),
		    scratch);
	if (json_is_integer(v))
		snprintf(scratch, 32, "%lld", (long long)json_integer_value(v));
	else
		snprintf(scratch, 32, "%.6g", json_real_value(v));
	return scratch;
}

void
cli_print_json(const json_t *value)
{
	/* In ASCII, as C1 controls and the like are valid in JSON. */
	_cleanup_free_ char *text = json_dumps(value,
	    JSON_COMPACT | JSON_ENSURE_ASCII | JSON_ENCODE_ANY);

	if (text == NULL)
		abort();
	/* All but DEL, which jansson leaves as it is. */
	for (const char *p = text; *p != '\0'; p++) {
		if (*p == 0x7f)
			fputs("\\u007f", stdout);
		else
			putchar(*p);
	}
	putchar('\n');
}

static void
show__table(const struct table *t)
{
	_cleanup_buf_ struct buf out = BUF_INIT;

	table_print(t, text_terminal_width(STDOUT_FILENO, 0), &out);
	fwrite(buf_str(&out), 1, out.len, stdout);
}

/* Texts one behind the other; other than texts as JSON. */
static void
show__cell(struct table *t, const json_t *v, const char *key)
{
	_cleanup_buf_ struct buf texts = BUF_INIT;
	_cleanup_free_ char *deep = NULL;
	char scratch[32];
	size_t i;

	for (i = 0;
	     i < json_array_size(v) && json_is_string(json_array_get(v, i));
	     i++)
		buf_printf(&texts, "%s%s", i > 0 ? "," : "",
		    json_string_value(json_array_get(v, i)));
	if (json_is_array(v) && i == json_array_size(v))
		table_cell(t, i > 0 ? buf_str(&texts) : NULL);
	else if (json_is_object(v) || json_is_array(v))
		table_cell(t, deep = json_dumps(v, JSON_COMPACT));
	else
		table_cell(t, show__text(v, key, scratch));
}

const json_t *
cli_field(const json_t *row, const char *key, size_t i)
{
	return json_is_array(row) ? json_array_get(row, i)
				  : json_object_get(row, key);
}

void
cli_print_list(const struct cli_answer *a, const char *key,
    const struct table_column *columns, const char *const *keys, size_t n)
{
	_cleanup_(table_freep) struct table *t = table_new(columns, n);
	const json_t *list = json_object_get(a->result, key);

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *row = json_array_get(list, i);

		if (a->json)
			cli_print_json(row);
		for (size_t c = 0; c < n; c++)
			show__cell(t, cli_field(row, keys[c], c), keys[c]);
	}
	if (!a->json)
		show__table(t);
}

void
cli_print_members(const json_t *object)
{
	static const struct table_column columns[] = {
		{ "FIELD", 0 },
		{ "VALUE", 0 },
	};
	_cleanup_(table_freep) struct table *t = table_new(columns,
	    ARRAY_LEN(columns));
	/* jansson walks a const object through a mutable pointer only. */
	json_t *walked = json_copy((json_t *)(uintptr_t)object);
	const char *key;
	json_t *value;

	json_object_foreach(walked, key, value)
	{
		table_cell(t, key);
		show__cell(t, value, key);
	}
	json_decref(walked);
	show__table(t);
}

void
cli_print_done(const struct cli_answer *a, const char *done, const char *name,
    const char *detail)
{
	_cleanup_buf_ struct buf line = BUF_INIT;
	char elapsed[CLOCK_DURATION_MAX];

	if (a->json) {
		cli_print_json(a->result);
		return;
	}
	/* Only begun (--no-wait): the id is for op wait, op watch, op cancel.
	 */
	if (json_object_get(a->result, "duration_ms") == NULL &&
	    opid_is_set(&a->op)) {
		printf("%s\n", a->op.text);
		return;
	}
	buf_printf(&line, "%s ", done);
	text_escape(&line, name, strlen(name), false);
	if (detail != NULL) {
		buf_puts(&line, " (");
		text_escape(&line, detail, strlen(detail), false);
		buf_putc(&line, ')');
	}
	buf_printf(&line, " in %s",
	    clock_format_duration(a->elapsed_ns, elapsed));
	if (opid_is_set(&a->op))
		buf_printf(&line, " (%s)", a->op.text);
	printf("%s\n", buf_str(&line));
}

int
cli_ask(const char *what_for, const char *question, struct error *err)
{
	char answer[8] = "";

	if (isatty(STDIN_FILENO) == 0)
		return cmd_usage_error(err,
		    "%s: say --yes where nobody can be asked", what_for);
	printf("%s [y/N] ", question);
	fflush(stdout);
	if (fgets(answer, sizeof(answer), stdin) == NULL)
		return 1;
	return strcmp(answer, "y\n") == 0 || strcmp(answer, "yes\n") == 0 ? 0
									  : 1;
}

void
cli_print_guest(const char *text, size_t len, FILE *to)
{
	_cleanup_buf_ struct buf safe = BUF_INIT;
	size_t start = 0;

	if (isatty(fileno(to)) == 0) {
		fwrite(text, 1, len, to);
		return;
	}
	for (size_t i = 0; i <= len; i++) {
		if (i < len && text[i] != '\n' && text[i] != '\t')
			continue;
		text_escape(&safe, text + start, i - start, false);
		if (i < len)
			buf_putc(&safe, text[i]);
		start = i + 1;
	}
	fwrite(buf_str(&safe), 1, safe.len, to);
}
