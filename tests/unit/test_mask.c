/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "trace/mask.h"

static const struct {
	const char *text, *want;
} rows[] = {
	{ "", "" },
	{ "device is busy", "device is busy" },
	{ "the VM is \"starting\", not stopped",
	    "the VM is \"<name>\", not stopped" },
	{ "no image 'tiny' here, it's gone",
	    "no image '<name>' here, it's gone" },
	{ "run `nft list` first", "run `<name>` first" },
	{ "no operation op-7f3a9c0011223344", "no operation <id>" },
	{ "VM vm-686706be uses im-77aa01c3", "VM <id> uses <id>" },
	{ "disk 123e4567-e89b-12d3-a456-426614174000 is gone",
	    "disk <uuid> is gone" },
	{ "timeout after 30s", "timeout after <n>s" },
	{ "exit status 1", "exit status <n>" },
	{ "pid 4711 did not end in 2.5s", "pid <n> did not end in <n>s" },
	{ "inspect /var/log/banger/vmm.log.", "inspect <path>." },
	{ "opening /a/b: No such file (/c)",
	    "opening <path>: No such file "
	    "(<path>)" },
	{ "inspect \xe2\x80\xa6/vmm.log", "inspect <path>" },
	{ "opening ../x/y and ~/z, then", "opening <path> and <path>, then" },
	{ "read/write failed", "read/write failed" },
	{ "the root is /", "the root is <path>" },
	{ "no route to 172.30.4.55:8080", "no route to <ip>" },
	{ "10.0.0.0/24 is taken", "<ip> is taken" },
	{ "fe80::1 did not answer", "<ip> did not answer" },
	{ "2001:db8:0:0:1:2:3:4/64 is taken", "<ip> is taken" },
	{ "std::string is no address", "std::string is no address" },
	{ "link 52:54:00:12:34:56 is down", "link <mac> is down" },
	{ "since 2026-04-26T22:13:05.25Z", "since <time>" },
	{ "since 2026-04-26 22:13 it hangs", "since <time> it hangs" },
	{ "at 22:13:05.250 it hung", "at <time> it hung" },
	{ "at 0xDEADbeef", "at <hex>" },
	{ "sha 3b18e512dba79e4c8300dd08aeb37f8e728b8dad differs",
	    "sha <hex> differs" },
	{ "defaced facade", "defaced facade" },
	{ "12345678 bytes", "<n> bytes" },
	{ "tap12 of bgr-3 is there", "tap<n> of bgr-<n> is there" },
	{ "VM web-prod is busy", "VM <name> is busy" },
	{ "web-prod: web-prod2 and my-web-prod",
	    "<name>: web-prod<n> and my-web-prod" },
	/* What is not UTF-8, and what controls a terminal, stays. */
	{ "\xff\xfe 12 \x1b[31m", "\xff\xfe <n> \x1b[<n>m" },
	{ "r\xc3\xa9seau 7", "r\xc3\xa9seau <n>" },
	{ "no kernel at 5 in <path>", "no kernel at <n> in <path>" },
};

static void
test_rows(void **state)
{
	const char *const names[] = { NULL, "web-prod", "x" };
	_cleanup_(mask_freep) struct mask *m = mask_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		_cleanup_buf_ struct buf out = BUF_INIT;

		mask_text(m, rows[i].text, names, ARRAY_LEN(names), &out);
		assert_string_equal(buf_str(&out), rows[i].want);
	}
}

/* What was masked stays as it is: a family is not masked twice. */
static void
test_again(void **state)
{
	_cleanup_(mask_freep) struct mask *m = mask_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		_cleanup_buf_ struct buf once = BUF_INIT, twice = BUF_INIT;

		mask_text(m, rows[i].text, NULL, 0, &once);
		mask_text(m, buf_str(&once), NULL, 0, &twice);
		assert_string_equal(buf_str(&once), buf_str(&twice));
	}
}

/* Long texts are cut, between characters, and take no time to speak of. */
static void
test_long(void **state)
{
	static const char *const fills[] = { "a", "1", "1:", "/", "\"", "\xc3",
		"\xc3\xa9", "0a", "a:", "'x", "../", "1.", "-", "op-" };
	_cleanup_(mask_freep) struct mask *m = mask_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(fills); i++) {
		_cleanup_buf_ struct buf text = BUF_INIT, out = BUF_INIT;

		while (text.len < 200000)
			buf_puts(&text, fills[i]);
		mask_text(m, buf_str(&text), NULL, 0, &out);
		assert_in_range(out.len, 1, 4 * MASK_TEXT_MAX);
	}
	_cleanup_buf_ struct buf cut = BUF_INIT, out = BUF_INIT;
	buf_puts(&cut, "x");
	while (cut.len < MASK_TEXT_MAX)
		buf_puts(&cut, "\xc3\xa9");
	mask_text(m, buf_str(&cut), NULL, 0, &out);
	assert_int_equal(out.len, MASK_TEXT_MAX - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
