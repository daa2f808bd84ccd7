/* SPDX-License-Identifier: ISC */
/* Clocks that agree and do not, and lines that came in pieces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "trace/certificate.h"
#include "trace/parse.h"

#define MS 1000000LL
#define MICROS 1777241584000000LL /* 2026-04-26T22:13:04Z */

/* Takes in a line of the operation, as a file or the journal has it. */
static void
add(struct certificate *c, const char *text)
{
	_cleanup_(parser_freep) struct parser *p = parser_new();
	_cleanup_record_ struct record r;

	record_init(&r);
	parser_feed(p, text, strlen(text), true);
	while (parser_next(p, &r))
		certificate_add(c, &r);
}

static void
expect_moved(const struct certificate *c, int64_t ns, bool agree)
{
	int64_t moved = -1;

	assert_true(certificate_clocks(c, &moved));
	assert_int_equal(moved, ns);
	assert_int_equal(certificate_clocks_agree(c), agree);
}

#define LINE(time, run, rest)                                                \
	"{\"time\":\"2026-04-26T22:13:" time                                 \
	"Z\",\"level\":\"INFO\",\"msg\":\"operation " rest ",\"run\":\"" run \
	"\",\"operation\":\"vm.start\","                                     \
	"\"op_id\":\"op-1\"}"

static void
test_own_lines(void **state)
{
	struct certificate c = CERTIFICATE_INIT;
	int64_t moved;

	(void)state;
	assert_false(certificate_clocks(&c, &moved));
	assert_true(certificate_clocks_agree(&c));
	add(&c, LINE("04", "a", "started\""));
	assert_false(certificate_clocks(&c, &moved));
	add(&c, LINE("05.004", "a", "stage\",\"since_start_ms\":1000"));
	expect_moved(&c, 4 * MS, true);
	add(&c, LINE("06.5", "a", "stage\",\"since_start_ms\":2000"));
	expect_moved(&c, 500 * MS, false);
	/* The end that a later run gives it has no monotonic time. */
	add(&c, LINE("30", "b", "failed\",\"duration_ms\":2000"));
	expect_moved(&c, 500 * MS, false);
	assert_int_equal(c.own.lines, 3);
}

/* In the order of the wall clock: the first by the other one counts. */
static void
test_set_back(void **state)
{
	struct certificate c = CERTIFICATE_INIT;

	(void)state;
	add(&c, LINE("01", "a", "completed\",\"duration_ms\":2000"));
	add(&c, LINE("04", "a", "started\""));
	expect_moved(&c, -5000 * MS, false);
}

static void
entry(struct certificate *c, int64_t real_ms, int64_t mono_ms, const char *boot)
{
	_cleanup_free_ char *text = xasprintf(
	    "{\"__REALTIME_TIMESTAMP\":\"%lld\",\"__MONOTONIC_TIMESTAMP\":"
	    "\"%lld\",\"_BOOT_ID\":\"%s\",\"_SYSTEMD_UNIT\":"
	    "\"bangerd.service\",\"_TRANSPORT\":\"stdout\","
	    "\"MESSAGE\":\"text\"}",
	    (long long)(MICROS + real_ms * 1000), (long long)mono_ms * 1000,
	    boot);

	add(c, text);
}

static void
test_journal(void **state)
{
	struct certificate c = CERTIFICATE_INIT;

	(void)state;
	entry(&c, 0, 5000, "b0");
	entry(&c, 1000, 6000, "b0");
	expect_moved(&c, 0, true);
	/* Another boot has another monotonic clock. */
	entry(&c, 2000, 3, "b1");
	expect_moved(&c, 0, true);
	entry(&c, 2000, 9000, "b0");
	expect_moved(&c, -2000 * MS, false);
	assert_int_equal(c.journal.lines, 3);
}

static void
test_pieces(void **state)
{
	struct certificate c = CERTIFICATE_INIT;
	_cleanup_record_ struct record r;

	(void)state;
	record_init(&r);
	r.flags = RECORD_JOINED;
	certificate_add(&c, &r);
	r.flags = RECORD_CUT | RECORD_JOINED;
	certificate_add(&c, &r);
	assert_int_equal(c.joined, 2);
	assert_int_equal(c.cut, 1);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own_lines),
		cmocka_unit_test(test_set_back),
		cmocka_unit_test(test_journal),
		cmocka_unit_test(test_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
