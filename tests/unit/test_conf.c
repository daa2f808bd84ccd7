/* SPDX-License-Identifier: ISC */
/* base/conf: what a file may say, and what is said of one that may not; then
 * bangerd's own table. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "../../daemon/config.h"
#include "base/clock.h"

enum { N, SIZE, SPAN, FLAG, WORD, PLACE, FREE, KEYS };

static const struct conf_key keys[KEYS] = {
	{ "n", CONF_COUNT, "1", "100", "7", "" },
	{ "size", CONF_BYTES, "1K", "1G", "4K", "" },
	{ "span", CONF_DURATION, "10ms", "1h", "1s", "" },
	{ "flag", CONF_BOOL, NULL, NULL, "no", "" },
	{ "word", CONF_TEXT, NULL, "red green", "red", "" },
	{ "place", CONF_PATH, NULL, NULL, "/tmp", "" },
	{ "free.text", CONF_TEXT, NULL, NULL, NULL, "" },
};

struct fixture {
	char path[64];
	struct conf *conf;
	struct buf faults;
	struct error err;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int fd;

	strcpy(f->path, "/tmp/test_conf.XXXXXX");
	fd = mkstemp(f->path);
	assert_true(fd >= 0);
	close(fd);
	f->conf = conf_new(keys, KEYS);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	unlink(f->path);
	conf_free(f->conf);
	buf_done(&f->faults);
	free(f);
	return 0;
}

static int
take(struct fixture *f, const char *text, size_t len)
{
	FILE *out = fopen(f->path, "w");

	assert_int_equal(fwrite(text, 1, len, out), len);
	fclose(out);
	buf_reset(&f->faults);
	error_clear(&f->err);
	return conf_read(f->conf, f->path, &f->faults, &f->err);
}

static int
read_text(struct fixture *f, const char *text)
{
	return take(f, text, strlen(text));
}

static void
test_values(void **state)
{
	struct fixture *f = *state;

	/* The table's, before anything is read. */
	assert_int_equal(conf_number(f->conf, N), 7);
	assert_int_equal(conf_number(f->conf, SIZE), 4096);
	assert_int_equal(conf_number(f->conf, SPAN), NSEC_PER_SEC);
	assert_int_equal(conf_number(f->conf, FLAG), 0);
	assert_null(conf_text(f->conf, FREE));
	assert_int_equal(read_text(f,
			     "# a comment = 3\n"
			     "\n"
			     " \t n=100\n"
			     "size = 2M\r\n"
			     "span\t=  1min 30s  \n"
			     "\t# another\n"
			     "flag = yes\n"
			     "word = green\n"
			     "place = /a b\n"
			     "free.text = x = y # z"),
	    0);
	assert_string_equal(buf_str(&f->faults), "");
	assert_int_equal(conf_number(f->conf, N), 100);
	assert_int_equal(conf_number(f->conf, SIZE), 2 << 20);
	assert_int_equal(conf_number(f->conf, SPAN), 90 * NSEC_PER_SEC);
	assert_int_equal(conf_number(f->conf, FLAG), 1);
	assert_string_equal(conf_text(f->conf, WORD), "green");
	assert_string_equal(conf_text(f->conf, PLACE), "/a b");
	assert_string_equal(conf_text(f->conf, FREE), "x = y # z");
	/* An option goes before the file. */
	assert_int_equal(conf_set(f->conf, N, "9", &f->err), 0);
	assert_int_equal(conf_number(f->conf, N), 9);
	assert_int_equal(conf_set(f->conf, N, "0", &f->err), -EINVAL);
	assert_string_equal(f->err.text,
	    "n wants a whole number from 1 to 100, not \"0\"");
	assert_int_equal(conf_number(f->conf, N), 9);
	/* A file without a key gives it its default again. */
	assert_int_equal(read_text(f, ""), 0);
	assert_int_equal(conf_number(f->conf, N), 7);
	assert_null(conf_text(f->conf, FREE));
}

static void
test_faults(void **state)
{
	static const struct {
		const char *text, *want; /* behind the path and its colon */
	} rows[] = {
		{ "n = 0",
		    "1: n wants a whole number from 1 to 100, not \"0\"" },
		{ "\n\nn = 101",
		    "3: n wants a whole number from 1 to 100, not \"101\"" },
		{ "n = 1.5",
		    "1: n wants a whole number from 1 to 100, not \"1.5\"" },
		{ "n =", "1: n wants a whole number from 1 to 100, not \"\"" },
		{ "n = 99999999999999999999",
		    "1: n wants a whole number from 1 to 100, not "
		    "\"99999999999999999999\"" },
		{ "size = 1",
		    "1: size wants a number of bytes from 1K to 1G, not "
		    "\"1\"" },
		{ "size = 1X",
		    "1: size wants a number of bytes from 1K to 1G, not "
		    "\"1X\"" },
		{ "span = 5",
		    "1: span wants a duration from 10ms to 1h, not \"5\"" },
		{ "span = 9ms",
		    "1: span wants a duration from 10ms to 1h, not \"9ms\"" },
		{ "span = 61min",
		    "1: span wants a duration from 10ms to 1h, not \"61min\"" },
		{ "flag = true", "1: flag wants yes or no, not \"true\"" },
		{ "word = gree",
		    "1: word wants one of red green, not "
		    "\"gree\"" },
		{ "word = red green",
		    "1: word wants one of red green, not \"red green\"" },
		{ "place = tmp",
		    "1: place wants an absolute path, not \"tmp\"" },
		{ "free.text =", "1: free.text wants a text, not \"\"" },
		{ "nn = 1", "1: there is no key \"nn\"; did you mean n?" },
		{ "plaice = /",
		    "1: there is no key \"plaice\"; did you mean "
		    "place?" },
		{ "colossal = 1", "1: there is no key \"colossal\"" },
		{ "n = 1\n# n\nn = 1",
		    "3: n stands in line 1 already; keep one of the two" },
		{ "just words",
		    "1: neither a comment (#) nor \"KEY = VALUE\"" },
		{ "= 3", "1: neither a comment (#) nor \"KEY = VALUE\"" },
		{ "word = \x1b[2J",
		    "1: word wants one of red green, not \"\\x1b[2J\"" },
		{ "\xe2\x80\xae = 1", "1: there is no key \"\\u202e\"" },
	};
	struct fixture *f = *state;
	_cleanup_buf_ struct buf want = BUF_INIT;

	conf_set(f->conf, N, "42", NULL);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		buf_reset(&want);
		buf_printf(&want, "%s:%s", f->path, rows[i].want);
		assert_int_equal(read_text(f, rows[i].text), -EINVAL);
		assert_string_equal(f->err.text, buf_str(&want));
		buf_putc(&want, '\n');
		assert_string_equal(buf_str(&f->faults), buf_str(&want));
		/* All is as it was. */
		assert_int_equal(conf_number(f->conf, N), 42);
	}
}

/* All faults are told, the first one is the error; nothing is half taken. */
static void
test_all_faults(void **state)
{
	struct fixture *f = *state;
	_cleanup_buf_ struct buf want = BUF_INIT;
	struct conf *c = f->conf;

	assert_int_equal(read_text(f, "n = 3\nflag = 2\n\nx\nsize = 1G\nn=4\n"),
	    -EINVAL);
	buf_printf(&want,
	    "%s:2: flag wants yes or no, not \"2\"\n"
	    "%s:4: neither a comment (#) nor \"KEY = VALUE\"\n"
	    "%s:6: n stands in line 1 already; keep one of the two\n",
	    f->path, f->path, f->path);
	assert_string_equal(buf_str(&f->faults), buf_str(&want));
	assert_true(strstr(f->err.text, ":2: flag wants") != NULL);
	assert_int_equal(conf_number(c, N), 7);
	assert_int_equal(conf_number(c, SIZE), 4096);
	/* Nobody wants the list, or the text. */
	assert_int_equal(conf_read(c, f->path, NULL, NULL), -EINVAL);
}

static void
test_strange_files(void **state)
{
	struct fixture *f = *state;
	char *big = malloc(2 << 20);

	assert_int_equal(take(f, "n = 1\0 2\n", 9), -EINVAL);
	assert_true(strstr(f->err.text, ":1: a NUL byte") != NULL);
	memset(big, '#', 2 << 20);
	assert_int_equal(take(f, big, 2 << 20), -EFBIG);
	free(big);
	assert_int_equal(conf_read(f->conf, "/tmp", NULL, &f->err), -EISDIR);
	assert_int_equal(conf_read(f->conf, "/nonexistent/x", NULL, &f->err),
	    -ENOENT);
	assert_string_equal(f->err.text,
	    "reading /nonexistent/x: No such file or directory");
}

/* ---- bangerd's -------------------------------------------------------------
 */

static void
test_config(void **state)
{
	struct fixture *f = *state;
	_cleanup_(config_done) struct config c = { NULL };

	assert_int_equal(read_text(f, "n = 1"), 0);
	/* Of a file that is named all counts: that it is there, too. */
	assert_int_equal(config_open(f->path, &c, NULL, &f->err), -EINVAL);
	assert_null(c.conf);
	assert_int_equal(config_open("/nonexistent/x", &c, NULL, &f->err),
	    -ENOENT);
	read_text(f, "state_dir = /s\ndeadline.guest_wait = 90s\n");
	assert_int_equal(config_open(f->path, &c, NULL, &f->err), 0);
	assert_string_equal(c.state_dir, "/s");
	assert_string_equal(c.run_dir, "/run/banger");
	assert_int_equal(config_set(&c, CONFIG_STATE_DIR, NULL, &f->err), 0);
	assert_string_equal(c.state_dir, "/s");
	assert_int_equal(config_set(&c, CONFIG_STATE_DIR, "/t", &f->err), 0);
	assert_string_equal(c.state_dir, "/t");
	assert_int_equal(config_number(&c, CONFIG_CONNECTIONS), 1024);
	assert_int_equal(config_deadline(&c, "guest_wait"), 90 * NSEC_PER_SEC);
	assert_int_equal(config_deadline(&c, "vmm_quit"), 5 * NSEC_PER_SEC);
	assert_int_equal(config_deadline(&c, "validate"), 0);
	assert_int_equal(config_deadline(&c, "idle"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_values, setup, teardown),
		cmocka_unit_test_setup_teardown(test_faults, setup, teardown),
		cmocka_unit_test_setup_teardown(test_all_faults, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_strange_files, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_config, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
