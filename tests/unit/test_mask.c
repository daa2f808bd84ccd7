/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "trace/mask.h"

static void
test_rows(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "", "" },
		{ "plain words stay", "plain words stay" },
		{ "qemu ended with status 1; inspect /run/b/vm-web-2/vmm.log",
		    "qemu ended with status 1; inspect <path>" },
		{ "no VM \"web-1\"", "no VM <quoted>" },
		{ "no VM \"web-1", "no VM \"<name>" },
		{ "held by op-7f3a9c0011223344", "held by <op>" },
		{ "the guest said nothing within 30s",
		    "the guest said nothing within <duration>" },
		{ "after 1h3m2.5s", "after <duration>" },
		{ "dial 10.80.0.2:22: refused", "dial <ip>: refused" },
		{ "route fe80::1/64 is there", "route <ip> is there" },
		{ "fe80::1: gone, by 12:34:56.5", "<ip>: gone, by <time>" },
		{ "mac 52:54:00:12:34:56", "mac <mac>" },
		{ "id 123e4567-e89b-12d3-a456-426614174000", "id <uuid>" },
		{ "at 2026-04-26T22:13:24.1115Z it fell", "at <time> it fell" },
		{ "tap bg0042 is busy", "tap <name> is busy" },
		{ "vm-62e854db has 512 MiB of 1.5GB",
		    "<name> has <size> of <size>" },
		{ "at 0xdeadBEEF, 62e854db9", "at <hex>, <hex>" },
		{ "deadbeef stays, 12345678 goes", "deadbeef stays, <n> goes" },
		{ "7 of 9.5", "<n> of <n>" },
		{ "a \xff 7 \x1b[31m 8", "a \xff <n> \x1b[<duration> <n>" },
		{ "read/write and a/b stay", "read/write and a/b stay" },
	};
	struct mask *m = mask_new();
	struct buf out = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		buf_reset(&out);
		mask_text(m, rows[i].text, strlen(rows[i].text), &out);
		assert_string_equal(buf_str(&out), rows[i].want);
	}
	buf_done(&out);
	mask_free(m);
}

/* A text of any size and shape ends, and does not grow beyond reason. */
static void
test_hard(void **state)
{
	static const char *const pieces[] = { "1", "a", "a1:", "\"", "1:", "/",
		"f", "0x", "1.", "\xc3", "-1", "1s" };
	struct mask *m = mask_new();
	struct buf text = BUF_INIT, out = BUF_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
		buf_reset(&text);
		buf_reset(&out);
		while (text.len < 100000)
			buf_puts(&text, pieces[i]);
		mask_text(m, text.data, text.len, &out);
		assert_in_range(out.len, 1, 4 * MASK_TEXT_MAX);
	}
	buf_done(&text);
	buf_done(&out);
	mask_free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_hard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
