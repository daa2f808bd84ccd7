/* SPDX-License-Identifier: ISC */
/* What is found by its looks, and what becomes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/cleanup.h"

#include "../../bangerlog/redact.h"

/* Learned from itself alone. */
static void
expect_text(const char *text, const char *want)
{
	_cleanup_(redact_freep) struct redact *r = redact_new();
	_cleanup_buf_ struct buf out = BUF_INIT;

	redact_learn_text(r, text, strlen(text));
	redact_text(r, text, strlen(text), &out);
	assert_string_equal(buf_str(&out), want);
}

static void
test_looks(void **state)
{
	(void)state;
	expect_text("", "");
	expect_text("see /run/banger/x.log; inspect /run/banger/x.log.",
	    "see path-1; inspect path-1.");
	expect_text("'/a b' (/c/d) and/or 1/2 =/e",
	    "'path-1 b' (path-2) "
	    "and/or 1/2 =path-3");
	expect_text("10.80.0.2/24 10.80.0.20 10.80.0.2:22",
	    "ip-1/24 ip-2 ip-1:22");
	expect_text("version 1.2.3 at 22:13:04.5",
	    "version 1.2.3 at 22:13:04.5");
	expect_text("fe80::1: no route; ::1 52:54:00:12:34:56",
	    "ip-1: no route; ip-2 mac-1");
	expect_text("op-7f3a9c0011223344 op-short "
		    "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
	    "op-1 op-short id-1");
	expect_text("deadbeefcafe deadbeef", "id-1 deadbeef");
}

static void
expect_line(const char *line, const char *want)
{
	_cleanup_(redact_freep) struct redact *r = redact_new();
	_cleanup_buf_ struct buf out = BUF_INIT;

	redact_learn_line(r, line, strlen(line));
	redact_line(r, line, strlen(line), &out);
	assert_string_equal(buf_str(&out), want);
}

static void
test_lines(void **state)
{
	(void)state;
	/* The longest first, whatever it stands in; numbers stay. */
	expect_line("{\"msg\":\"x\",\"vm_name\":\"web-1\",\"vm_id\":"
		    "\"vm-web-1\",\"error\":\"vm-web-1 is web-1, not web-10\","
		    "\"n\":1.50}",
	    "{\"msg\":\"x\",\"vm_name\":\"vm-1\",\"vm_id\":\"vmid-1\","
	    "\"error\":\"vmid-1 is vm-1, not vm-10\",\"n\":1.50}");
	/* An escape hides nothing. */
	expect_line("{\"vm_name\":\"web-1\",\"error\":\"\\u0077eb-1 \\/x\"}",
	    "{\"vm_name\":\"vm-1\",\"error\":\"vm-1 path-1\"}");
	/* A VM that is called like a word of the log, and a short one. */
	expect_line("{\"msg\":\"operation started\",\"operation\":\"vm.start\","
		    "\"vm_name\":\"start\",\"error\":\"start: no\"}",
	    "{\"msg\":\"operation started\",\"operation\":\"vm.start\","
	    "\"vm_name\":\"vm-1\",\"error\":\"vm-1: no\"}");
	expect_line("{\"vm_name\":\"a\",\"error\":\"a bad a-b\"}",
	    "{\"vm_name\":\"vm-1\",\"error\":\"vm-1 bad vm-1-b\"}");
	/* Keys, and what is within values. */
	expect_line("{\"vm_name\":\"web-1\",\"web-1\":{\"a\":\"web-1\"}}",
	    "{\"vm_name\":\"vm-1\",\"vm-1\":\"(redacted)\"}");
	expect_line("{\"log_path\":\"my log\",\"peer_name\":\"joe\",\"x_id\":"
		    "\"q7\"}",
	    "{\"log_path\":\"path-1\",\"peer_name\":\"name-1\",\"x_id\":"
	    "\"id-1\"}");
	/* Not JSON. */
	expect_line("panic at /x/y", "panic at path-1");
	expect_line("{\"vm_name\":\"\\u0077eb",
	    "(20 bytes that cannot be read)");
}

static void
test_words(void **state)
{
	_cleanup_(redact_freep) struct redact *r = redact_new();
	_cleanup_free_ char *word = NULL, *other = NULL;

	(void)state;
	redact_learn(r, "vm", "start");
	redact_learn(r, "vm", "start");
	redact_learn(r, "vm", NULL);
	word = redact_word(r, "vm.start");
	assert_string_equal(word, "vm.start");
	other = redact_word(r, "vm.start-1");
	assert_string_equal(other, "vm.vm-1-1");
	assert_null(redact_string(r, NULL));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_looks),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
