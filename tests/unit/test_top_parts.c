/* SPDX-License-Identifier: ISC */
/* What bangertop keeps and reads beside the log: lines, console, settings. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../bangertop/config.h"
#include "../../bangertop/console.h"
#include "../../bangertop/lines.h"
#include "base/cleanup.h"
#include "base/mem.h"

struct fixture {
	char dir[32];
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->dir, "/tmp/bgparts.XXXXXX");
	*state = f;
	return mkdtemp(f->dir) == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	char cmd[64];

	snprintf(cmd, sizeof(cmd), "rm -rf %s", f->dir);
	free(f);
	return system(cmd);
}

/* The texts with a '|' behind each. */
static const char *
shown(struct buf *b)
{
	for (size_t i = 0; i < b->len; i++)
		b->data[i] = b->data[i] == '\0' ? '|' : b->data[i];
	return buf_str(b);
}

/* ---- lines ----------------------------------------------------------------
 */

static void
put(struct lines *l, const char *op, const char *text)
{
	struct opid id;

	assert_true(opid_parse(op, strlen(op), &id));
	lines_put(l, &id, text, strlen(text));
}

static void
test_lines(void **state)
{
	_cleanup_(lines_freep) struct lines *l = lines_new(256);
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct opid a = { "op-a" }, b = { "op-b" };
	uint64_t from;

	(void)state;
	put(l, "op-a", "one");
	put(l, "op-b", "two");
	lines_put(l, &a, "th\0ree", 6);
	from = lines_of(l, &a, 0, &out);
	assert_string_equal(shown(&out), "one|th ree|");
	buf_reset(&out);
	assert_true(lines_of(l, &a, from, &out) == from && out.len == 0);
	put(l, "op-a", "four");
	lines_of(l, &a, from, &out);
	assert_string_equal(shown(&out), "four|");
	buf_reset(&out);
	lines_of(l, &b, 0, &out);
	assert_string_equal(shown(&out), "two|");
}

/* The oldest make room, one after the other, also across the ring's end. */
static void
test_lines_forgotten(void **state)
{
	_cleanup_(lines_freep) struct lines *l = lines_new(300);
	struct opid a = { "op-a" }, b = { "op-b" };
	char text[160];

	(void)state;
	for (int i = 0; i < 1000; i++) {
		_cleanup_buf_ struct buf out = BUF_INIT, all = BUF_INIT;
		size_t used = 0;
		int n = snprintf(text, sizeof(text), "%d %.*s", i, i % 97,
		    "................................................."
		    "..................................................");

		put(l, i % 3 == 0 ? "op-b" : "op-a", text);
		lines_of(l, &a, 0, &out);
		assert_true(out.len <= 300);
		lines_of(l, &b, 0, &all);
		buf_put(&all, out.data, out.len);
		/* No more went than had to: each takes 11 bytes more. */
		for (size_t at = 0; at < all.len; at++)
			used += all.data[at] == '\0' ? 12 : 1;
		assert_true(i < 20 || used > 300 - 12 - 100);
		/* The newest is always there, and whole. */
		if (i % 3 != 0)
			assert_memory_equal(out.data + out.len - n - 1, text,
			    (size_t)n + 1);
	}
	memset(text, 'x', sizeof(text));
	for (int i = 0; i < 3; i++)
		lines_put(l, &a, text, sizeof(text)); /* too large for all */
}

/* ---- the console log ------------------------------------------------------
 */

static void
write_file(const char *path, const char *text, size_t times)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	while (times-- > 0)
		fputs(text, f);
	fclose(f);
}

static void
test_console(void **state)
{
	struct fixture *f = *state;
	_cleanup_buf_ struct buf out = BUF_INIT;
	_cleanup_free_ char *path = xasprintf("%s/console.log", f->dir);
	struct error err = ERROR_INIT;

	write_file(path, "[ 0.1] boot\r\n\nlast", 1);
	assert_int_equal(console_read(path, &out, &err), 0);
	assert_string_equal(shown(&out), "[ 0.1] boot||last|");
	/* Of a long one its end, from the first whole line on. */
	write_file(path, "0123456789abcde\n", 2 * CONSOLE_BYTES / 16 + 1);
	buf_reset(&out);
	assert_int_equal(console_read(path, &out, &err), 0);
	assert_true(out.len < CONSOLE_BYTES && out.len > CONSOLE_BYTES - 32);
	assert_memory_equal(out.data, "0123456789abcde", 16);
	write_file(path, "", 0);
	buf_reset(&out);
	assert_int_equal(console_read(path, &out, &err), 0);
	assert_int_equal(out.len, 0);
}

/* The log's text says the path: nothing but a plain file is opened by it. */
static void
test_console_is_no_trap(void **state)
{
	struct fixture *f = *state;
	_cleanup_free_ char *path = xasprintf("%s/console.log", f->dir);
	_cleanup_free_ char *plain = xasprintf("%s/plain", f->dir);
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct error err = ERROR_INIT;

	write_file(plain, "secret\n", 1);
	assert_int_equal(symlink(plain, path), 0);
	assert_true(console_read(path, &out, &err) < 0);
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_true(console_read(path, &out, &err) < 0); /* and at once */
	unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_true(console_read(path, &out, &err) < 0);
	assert_true(console_read("/dev/zero", &out, &err) < 0);
	assert_int_equal(out.len, 0);
}

static void
test_console_path(void **state)
{
	static const struct {
		const char *log, *want;
	} cases[] = {
		{ "/var/log/banger/vm/a/vmm.log",
		    "/var/log/banger/vm/a/console.log" },
		{ "/x", "/console.log" },
		{ "vmm.log", NULL },
		{ "../vmm.log", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct op_attr attr = { FIELD_LOG_PATH, NULL };
		struct op op = { .subject = &attr, .n_subject = 1 };
		_cleanup_free_ char *value = xstrdup(cases[i].log);
		_cleanup_free_ char *path = NULL;

		attr.value = value;
		path = console_path(&op);
		if (cases[i].want == NULL)
			assert_null(path);
		else
			assert_string_equal(path, cases[i].want);
	}
	assert_null(console_path(&(struct op){ .n_subject = 0 }));
}

/* ---- settings -------------------------------------------------------------
 */

static void
test_settings(void **state)
{
	struct fixture *f = *state;
	_cleanup_config_ struct config c, d;
	_cleanup_free_ char *home = xasprintf("%s/a/b", f->dir);
	_cleanup_free_ char *path = xasprintf("%s/banger/bangertop.conf", home);
	struct error err = ERROR_INIT;
	struct stat st;

	config_init(&c);
	config_init(&d);
	setenv("XDG_CONFIG_HOME", home, 1);
	assert_int_equal(config_load(&d, &err), 0); /* there is none */
	assert_int_equal(config_set(&c, "hide", "calls, op-id ETA", &err), 0);
	assert_int_equal(c.hidden,
	    MODEL_COLUMN_CALLS | MODEL_COLUMN_ID | MODEL_COLUMN_ETA);
	assert_true(config_set(&c, "hide", "calls operation", &err) < 0);
	assert_int_equal(config_set(&c, "tree", "yes", &err), 0);
	assert_int_equal(config_set(&c, "mouse", "yes", &err), 0);
	assert_int_equal(config_set(&c, "theme", "mono", &err), 0);
	assert_int_equal(config_set(&c, "sort", "in stage", &err), 0);
	assert_int_equal(config_set(&c, "filter", "vm ~ \"a#b\"", &err), 0);
	/* Saved over what is there, and nothing is left beside it. */
	assert_int_equal(config_save(&c, &err), 0);
	assert_int_equal(config_save(&c, &err), 0);
	assert_int_equal(config_load(&d, &err), 0);
	assert_int_equal(d.hidden, c.hidden);
	assert_true(d.tree && d.mouse && !d.bell && !d.ascii && !d.invert);
	assert_int_equal(d.theme, THEME_MONO);
	assert_int_equal(d.sort, MODEL_BY_IN_STAGE);
	assert_string_equal(d.filter, "vm ~ \"a#b\"");
	assert_int_equal(unlink(path), 0);
	*strrchr(path, '/') = '\0';
	assert_int_equal(rmdir(path), 0);
	/* Where it cannot be, it says so. */
	write_file(path, "", 0);
	assert_true(config_save(&c, &err) < 0);
	assert_non_null(strstr(err.text, path));
	assert_int_equal(stat(path, &st), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_lines_forgotten),
		cmocka_unit_test_setup_teardown(test_console, setup, teardown),
		cmocka_unit_test_setup_teardown(test_console_is_no_trap, setup,
		    teardown),
		cmocka_unit_test(test_console_path),
		cmocka_unit_test_setup_teardown(test_settings, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
