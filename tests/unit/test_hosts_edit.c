/* SPDX-License-Identifier: ISC */
/* helper/hosts_edit: a block in a hosts file that is somebody else's. */
#include "../../helper/hosts.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"

static const struct hosts_entry web = { "vm-1", "10.0.0.2", "web" };
static const struct hosts_entry db = { "vm-2", "10.0.0.3", "db" };

#define BEGIN "# banger begin br0\n"
#define END "# banger end br0\n"
#define WEB "10.0.0.2\tweb.banger web\t# vm-1\n"
#define DB "10.0.0.3\tdb.banger db\t# vm-2\n"

/* The text after the change, or NULL with err filled; owned by *out. */
static const char *
edit(const char *text, const struct hosts_change *change, struct buf *out,
    bool *is_short, struct error *err)
{
	buf_reset(out);
	return hosts_edit(text, strlen(text), change, out, is_short, err) < 0
	    ? NULL
	    : buf_str(out);
}

static const char *
put(const char *text, const struct hosts_entry *e, struct buf *out,
    bool *is_short)
{
	const struct hosts_change change = { .instance = "br0", .put = e };
	struct error err = ERROR_INIT;
	const char *s = edit(text, &change, out, is_short, &err);

	if (s == NULL)
		fail_msg("%s: %s", text, err.text);
	return s;
}

static const char *
take(const char *text, const char *vm_id, struct buf *out)
{
	const struct hosts_change change = { .instance = "br0",
		.remove = vm_id };
	struct error err = ERROR_INIT;
	const char *s = edit(text, &change, out, NULL, &err);

	if (s == NULL)
		fail_msg("%s: %s", text, err.text);
	return s;
}

static void
test_block(void **state)
{
	_cleanup_buf_ struct buf a = BUF_INIT, b = BUF_INIT;
	bool is_short = false;

	(void)state;
	assert_string_equal(put("127.0.0.1 localhost\n", &web, &a, &is_short),
	    "127.0.0.1 localhost\n" BEGIN WEB END);
	assert_true(is_short);
	/* The same again changes nothing. */
	assert_string_equal(put(buf_str(&a), &web, &b, &is_short), buf_str(&a));
	assert_string_equal(put(buf_str(&a), &db, &b, &is_short),
	    "127.0.0.1 localhost\n" BEGIN WEB DB END);
	assert_string_equal(take(buf_str(&b), "vm-1", &a),
	    "127.0.0.1 localhost\n" BEGIN DB END);
	assert_string_equal(take(buf_str(&a), "vm-9", &b), buf_str(&a));
	assert_string_equal(take(buf_str(&a), "vm-2", &b),
	    "127.0.0.1 localhost\n");
}

/* What was there before is there afterwards, byte for byte. */
static void
test_undone(void **state)
{
	static const char *const texts[] = { "", "\n", "\n\n", "a", "a\n",
		"127.0.0.1 localhost", "# only a comment", "a b c\n\n\n",
		"1.2.3.4\tx\r\n\xff\xfe\x01 y\r\n", "# banger begin br1\n",
		"# banger end br1\n", "# banger begin br00\n",
		"# banger begin br0 x\n", " # banger begin br0\n",
		"1.2.3.4 x # banger end br0\n",
		"1 y\n# banger begin br1\n10.9.9.9\tq.banger q\t# vm-1\n"
		"# banger end br1" };
	_cleanup_buf_ struct buf a = BUF_INIT, b = BUF_INIT;
	bool is_short;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		put(texts[i], &web, &a, &is_short);
		put(buf_str(&a), &db, &b, &is_short);
		assert_int_equal(strncmp(buf_str(&b), texts[i],
				     strlen(texts[i])),
		    0);
		take(buf_str(&b), "vm-1", &a);
		assert_string_equal(take(buf_str(&a), "vm-2", &b), texts[i]);
	}
}

/* Somebody writes behind the block. */
static void
test_between(void **state)
{
	_cleanup_buf_ struct buf a = BUF_INIT, b = BUF_INIT;
	bool is_short;

	(void)state;
	put("first", &web, &a, &is_short);
	buf_puts(&a, "10.1.1.1 later\n");
	assert_non_null(strstr(put(buf_str(&a), &db, &b, &is_short),
	    DB END "10.1.1.1 later\n"));
	take(buf_str(&b), "vm-2", &a);
	assert_string_equal(take(buf_str(&a), "vm-1", &b),
	    "first\n10.1.1.1 later\n");
}

/* A name that the file says for another is not taken from it. */
static void
test_names(void **state)
{
	static const struct hosts_entry localhost = { "vm-1", "10.0.0.2",
		"localhost" };
	static const char *const said[] = { "10.1.1.1 web\n",
		"10.1.1.1 a.b WEB # x\n", "10.1.1.1\tx\tweb",
		"# banger begin br1\n10.1.1.1\tx.banger web\t# vm-1\n"
		"# banger end br1\n" };
	static const char *const not_said[] = { "10.1.1.1 webs a.web\n",
		"web 10.1.1.1\n", "10.1.1.1 x # web\n", "#10.1.1.1 web\n" };
	const struct hosts_change change = { .instance = "br0", .put = &web };
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct error err = ERROR_INIT;
	bool is_short;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(said); i++) {
		is_short = true;
		assert_non_null(strstr(put(said[i], &web, &out, &is_short),
		    "\n10.0.0.2\tweb.banger\t# vm-1\n" END));
		assert_false(is_short);
	}
	for (size_t i = 0; i < ARRAY_LEN(not_said); i++) {
		put(not_said[i], &web, &out, &is_short);
		assert_true(is_short);
	}
	put("", &localhost, &out, &is_short);
	assert_false(is_short);
	assert_null(
	    edit("10.1.1.1 web.banger\n", &change, &out, &is_short, &err));
	assert_string_equal(err.kind, "already_exists");
	/* In the block itself: another VM of that name. */
	assert_null(edit(BEGIN "10.0.0.9\tweb.banger web\t# vm-9\n" END,
	    &change, &out, &is_short, &err));
	assert_string_equal(err.kind, "already_exists");
}

static void
test_broken(void **state)
{
	static const char *const texts[] = { BEGIN, END, BEGIN WEB, WEB END,
		END BEGIN, BEGIN BEGIN END, BEGIN END END, BEGIN END BEGIN,
		BEGIN END BEGIN END, "# banger begin br0",
		"x\n# banger end br0", "x\n" BEGIN WEB "# banger end br1\n" };
	const struct hosts_change change = { .instance = "br0", .put = &web };
	_cleanup_buf_ struct buf out = BUF_INIT;
	bool is_short = false;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct error err = ERROR_INIT;

		if (edit(texts[i], &change, &out, &is_short, &err) != NULL)
			fail_msg("taken: %s", texts[i]);
		assert_string_equal(err.kind, "invalid_state");
		assert_int_equal(out.len, 0);
	}
}

static int
stays(void *arg, const char *address, struct error *err)
{
	if (strcmp(address, "?") == 0)
		return error_set(err, -EIO, "asked in vain");
	return strcmp(address, arg) == 0;
}

static void
test_sweep(void **state)
{
	char kept[] = "10.0.0.3";
	const struct hosts_change change = { .instance = "br0",
		.stays = stays,
		.arg = kept };
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct error err = ERROR_INIT;

	(void)state;
	assert_string_equal(edit("x\n" BEGIN WEB DB "\nfoo\n" END
				 "10.0.0.2 y\n",
				&change, &out, NULL, &err),
	    "x\n" BEGIN DB END "10.0.0.2 y\n");
	assert_string_equal(edit("x\n" BEGIN WEB END, &change, &out, NULL,
				&err),
	    "x\n");
	assert_null(edit(BEGIN "? a\n" END, &change, &out, NULL, &err));
	assert_string_equal(err.text, "asked in vain");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_block),
		cmocka_unit_test(test_undone),
		cmocka_unit_test(test_between),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_sweep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
