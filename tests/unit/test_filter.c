/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "trace/filter.h"

/* 2026-04-26 22:13:04 UTC. */
#define NOW_NS (1777241584LL * NSEC_PER_SEC)
#define MS NSEC_PER_MSEC

static char stage_a[] = "validate", stage_b[] = "boot_guest",
	    stage_c[] = "odd name";
static char call_a[] = "nat.apply", call_b[] = "vmm.launch";
static char busy[] = "device is Busy", code_busy[] = "busy";
static char method[] = "vm.start", web[] = "web-1", img[] = "tiny";
static char text[] =
    "nft: rule \"x\\y\" \xff\xfe (pid 42)\nr\xc3\xa9sum\xc3\xa9";
static char text_code[] = "operation_failed";

static struct op_stage stages[] = {
	{ .name = stage_a, .start_ns = 0, .duration_ns = 2 * MS },
	{ .name = stage_b, .start_ns = 2 * MS, .duration_ns = 900 * MS },
	{ .name = NULL, .start_ns = 902 * MS, .duration_ns = 10 * MS },
	{ .name = stage_b, .start_ns = 912 * MS, .duration_ns = 5 * MS },
	{ .name = stage_c, .start_ns = 917 * MS, .duration_ns = -1 },
};
static struct op_call calls[] = {
	{ .method = call_a, .duration_ns = 60 * MS },
	{ .method = call_b,
	    .duration_ns = -1,
	    .failed = true,
	    .error = busy,
	    .code = code_busy },
	{ .method = NULL, .duration_ns = 1 * MS },
};
static struct op_attr subject[] = {
	{ FIELD_VM_NAME, web },
	{ FIELD_IMAGE_NAME, img },
};

/* A failed one with all there is, and one of which next to nothing is known. */
static struct op full = {
	.id = { "op-7f00000000000001" },
	.name = method,
	.status = OP_FAILED,
	.start_ns = NOW_NS - 7200 * NSEC_PER_SEC,
	.start_known = true,
	.duration_ns = 2500 * MS,
	.unaccounted_ns = 1500,
	.last_ns = NOW_NS - 7100 * NSEC_PER_SEC,
	.error = text,
	.code = text_code,
	.failed_stage = stage_b,
	.stages = stages,
	.n_stages = 5,
	.calls = calls,
	.n_calls = 3,
	.subject = subject,
	.n_subject = 2,
	.records = 12,
	.conflict = true,
	.run = "d0d0d0d0",
};
static struct op bare = {
	.id = { "op-8000000000000002" },
	.status = OP_RUNNING,
	.start_ns = NOW_NS - 5 * NSEC_PER_SEC,
	.duration_ns = -1,
	.unaccounted_ns = -1,
	.records = 1,
};

static bool
match(const char *expression, const struct op *op)
{
	_cleanup_(filter_freep) struct filter *f = NULL;
	struct error err = ERROR_INIT;
	size_t at = 0;

	if (filter_parse(expression, NOW_NS, &f, &at, &err) < 0)
		fail_msg("%s: %s", expression, err.text);
	return filter_match(f, op, NOW_NS);
}

static void
test_matches(void **state)
{
	static const struct {
		const char *expression;
		bool full, bare;
	} rows[] = {
		{ "method = vm.start and (took > 2s or failed)", true, false },
		{ "METHOD = vm.start AND NOT running", true, false },
		{ "method = vm.stop", false, false },
		{ "method != vm.stop", true, false },
		{ "not method = vm.stop", true, true },
		{ "vm ~ \"^web-\"", true, false },
		{ "vm ~ '^web-'", true, false },
		{ "vm ~ ^web-", true, false },
		{ "vm !~ /^db/", true, false },
		{ "not vm ~ /^db/", true, true },
		{ "image = tiny", true, false },
		{ "image_id = tiny", false, false },
		{ "op ~ /^op-7f/", true, false },
		{ "op = op-8000000000000002", false, true },
		{ "error ~ /NFT/i", true, false },
		{ "error ~ /NFT/", false, false },
		/* Bytes that are no UTF-8 match nothing, and harm nothing. */
		{ "error ~ /pid \\d+/", true, false },
		{ "error ~ /r\xc3\xa9sum.$/", true, false },
		{ "error ~ /R\xc3\x89SUM\xc3\x89/i", true, false },
		{ "error ~ \"x\\\\y\"", true, false },
		{ "error ~ /\\bx\\\\y/", true, false },
		{ "error ~ /rule \"x/", true, false },
		{ "error ~ \"rule \\\"x\"", true, false },
		{ "error ~ /\\//", false, false },
		{ "code = operation_failed", true, false },
		{ "run = d0d0d0d0", true, false },
		{ "run != x", true, false },
		/* Statuses. */
		{ "failed", true, false },
		{ "Running", false, true },
		{ "completed or lost or interrupted or canceled", false,
		    false },
		{ "status = failed", true, false },
		{ "status != FAILED", false, true },
		{ "status ~ /ed$/", true, false },
		{ "conflict", true, false },
		{ "not conflict", false, true },
		/* Durations; unknown ones match no comparison. */
		{ "took > 2s", true, false },
		{ "took < 2s", false, false },
		{ "not took > 2s", false, true },
		{ "took = 2.5s", true, false },
		{ "took != 2.5s", false, false },
		{ "took >= 2500ms and took <= \"2s 500ms\"", true, false },
		{ "took>2499999us and took<2.500001s", true, false },
		{ "took > 2499999\xc2\xb5s and took < 1m", true, false },
		{ "elapsed > 2s", true, true },
		{ "elapsed < 4s", true, false },
		{ "unaccounted = 1500ns", true, false },
		{ "started > \"2h ago\"", false, true },
		{ "started >= \"2h ago\" and started <= -2h", true, false },
		{ "started < 2026-04-27", true, true },
		/* Any stage, any call. */
		{ "stage = boot_guest", true, false },
		{ "stage = validate", false, false },
		{ "stage:validate", true, false },
		{ "stage:nothing", false, false },
		{ "not stage:nothing", true, true },
		{ "stage:boot_guest > 800ms", true, false },
		{ "stage:boot_guest < 800ms", true, false },
		{ "not stage:boot_guest < 800ms", false, true },
		{ "stage:validate > 2ms", false, false },
		{ "stage:\"odd name\"", true, false },
		{ "stage:'odd name' > 0ns", false, false },
		{ "helper:nat.apply > 50ms", true, false },
		{ "helper:nat.apply", true, false },
		{ "helper:vmm.launch > 0ms", false, false },
		{ "helper:vmm.launch", true, false },
		{ "helper = vmm.launch", true, false },
		{ "helper != vmm.launch", true, false },
		{ "not helper = vmm.launch", false, true },
		{ "helper_error ~ /busy/i and helper_code = busy", true,
		    false },
		{ "calls > 2", true, false },
		{ "calls = 0", false, true },
		{ "records > 11 and records<13", true, false },
		/* not before and before or. */
		{ "running or failed and calls = 0", false, true },
		{ "(running or failed) and calls = 0", false, true },
		{ "failed or running and calls = 3", true, false },
		{ "(failed or running) and calls = 3", true, false },
		{ "not failed and running", false, true },
		{ "not (failed and running)", true, true },
		{ "not not failed", true, false },
		{ "\tfailed\n", true, false },
		{ "(failed)or(running)", true, true },
		{ "vm=\"web-1\"or running", true, true },
		{ "method = \"and\"", false, false },
	};

	(void)state;
	setenv("TZ", "UTC", 1);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (match(rows[i].expression, &full) != rows[i].full)
			fail_msg("full: %s", rows[i].expression);
		if (match(rows[i].expression, &bare) != rows[i].bare)
			fail_msg("bare: %s", rows[i].expression);
	}
}

static void
test_refused(void **state)
{
	static const struct {
		const char *expression;
		size_t column;
		const char *what; /* a piece of the message */
	} rows[] = {
		{ "", 1,
		    "a comparison, such as took > 2s, is missing at the "
		    "end" },
		{ "  ", 3, "missing at the end" },
		{ "tok > 2s", 1, "no field \"tok\"; did you mean \"took\"?" },
		{ "Metod = x", 1, "did you mean \"method\"?" },
		{ "faild", 1, "did you mean \"failed\"?" },
		{ "took > 2s and faild", 15, "did you mean \"failed\"?" },
		{ "quux = 1", 1, "no field \"quux\"; -q help lists them" },
		{ "x:y", 1, "only stage:NAME and helper:METHOD" },
		{ "stage:", 7, "a name is missing at the end" },
		{ "stage:>1s", 7, "a name is missing before \">\"" },
		{ "vm", 3, "\"vm\" is a text: use =, !=, ~ or !~" },
		{ "vm web-1", 4, "\"vm\" is a text" },
		{ "vm > web-1", 4, "\"vm\" is a text" },
		{ "took ~ 2", 6, "\"took\" is a duration" },
		{ "stage:a ~ /x/", 9, "\"stage:a\" is a duration" },
		{ "records ~ 2", 9, "\"records\" is a number" },
		{ "started = today", 9, "\"started\" is a time" },
		{ "conflict = 1", 10, "\"conflict\" is a word of its own" },
		{ "failed = 1", 8, "\"failed\" is a word of its own" },
		{ "method == vm.start", 8, "no such operator" },
		{ "method =~ vm.start", 8, "no such operator" },
		{ "method =", 9, "a value is missing here" },
		{ "method = and failed", 10, "put the word in quotes" },
		{ "method = (failed)", 10, "a value is missing here" },
		{ "took > 5", 8, "\"5\" needs a unit: 5ms, 5s or 5m" },
		{ "took > soon", 8, "\"soon\" is no time span" },
		{ "took > -5s", 8, "no time span" },
		{ "took > 5parsecs", 8, "no unit of time \"parsecs\"" },
		{ "took > 1h 30min", 11,
		    "\"and\" or \"or\" is missing before \"30min\"" },
		{ "records > 1.5", 11, "\"1.5\" is no whole number" },
		{ "records > -1", 11, "no whole number" },
		{ "records > 9223372036854775808", 11, "no whole number" },
		{ "started > soon", 11, "\"soon\" is no time" },
		{ "started > 2h", 11, "write \"2h ago\"" },
		{ "status = faild", 10, "did you mean \"failed\"?" },
		{ "status = quux", 10, "use running, completed" },
		{ "error = /x/", 9, "a pattern in slashes needs ~" },
		{ "error ~ /x", 9, "the closing / is missing" },
		{ "error = \"x", 9, "the closing \" is missing" },
		{ "error = 'x\"", 9, "the closing ' is missing" },
		{ "error ~ /x/g", 12, "the only letter behind a pattern" },
		{ "error ~ /a(b/", 13, "in this pattern: missing closing" },
		{ "error ~ /a\\/(b/", 15, "in this pattern: missing closing" },
		{ "error ~ /\\\\a(b/", 15, "in this pattern: missing closing" },
		{ "error ~ \"a[b\"", 13, "in this pattern: missing term" },
		{ "error ~ /*a/", 10, "in this pattern: quantifier" },
		{ "error ~ \\Cx", 11, "in this pattern: " },
		{ "error ~ /\xff/", 10, "in this pattern: UTF-8" },
		{ "vm = \xc3\xa9\xc3\xa9 ands", 9,
		    "\"and\" or \"or\" is missing before \"ands\"" },
		{ "failed)", 7, "this \")\" has no \"(\"" },
		{ "(failed", 8,
		    "\")\", \"and\" or \"or\" is missing at the "
		    "end" },
		{ "()", 2, "is missing before \")\"" },
		{ "failed failed", 8, "\"and\" or \"or\" is missing" },
		{ "failed && running", 8,
		    "\"and\" or \"or\" is missing before \"&&\"" },
		{ "and failed", 1, "is missing before \"and\"" },
		{ "failed and", 11, "is missing at the end" },
		{ "failed or or failed", 11, "is missing before \"or\"" },
		{ "not", 4, "is missing at the end" },
		{ "!failed", 1, "is missing before \"!\"" },
		{ "\xff", 1, "is missing before" },
	};
	struct error err = ERROR_INIT;
	struct filter *f = (void *)state;
	char column[32];
	size_t at;

	setenv("TZ", "UTC", 1);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		at = 0;
		if (filter_parse(rows[i].expression, NOW_NS, &f, &at, &err) !=
		    -EINVAL)
			fail_msg("\"%s\" was taken", rows[i].expression);
		assert_ptr_equal(f, state);
		assert_true(at <= strlen(rows[i].expression));
		snprintf(column, sizeof(column),
		    "column %zu: ", rows[i].column);
		if (strncmp(err.text, column, strlen(column)) != 0 ||
		    strstr(err.text, rows[i].what) == NULL)
			fail_msg("\"%s\": %s", rows[i].expression, err.text);
	}
}

/* "(((... failed ...)))" with that many levels. */
static int
parse_levels(const char *open, const char *close, size_t n)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	_cleanup_(filter_freep) struct filter *f = NULL;
	size_t at;

	for (size_t i = 0; i < n; i++)
		buf_puts(&b, open);
	buf_puts(&b, "failed");
	for (size_t i = 0; i < n; i++)
		buf_puts(&b, close);
	return filter_parse(buf_str(&b), NOW_NS, &f, &at, NULL);
}

static void
test_limits(void **state)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	struct filter *f = NULL;
	struct error err = ERROR_INIT;
	size_t at;

	(void)state;
	assert_int_equal(parse_levels("(", ")", FILTER_DEPTH_MAX), 0);
	assert_int_equal(parse_levels("(", ")", FILTER_DEPTH_MAX + 1), -EINVAL);
	assert_int_equal(parse_levels("not ", "", FILTER_DEPTH_MAX), 0);
	assert_int_equal(parse_levels("not ", "", FILTER_DEPTH_MAX + 1),
	    -EINVAL);
	assert_int_equal(parse_levels("not(", ")", FILTER_DEPTH_MAX / 2), 0);
	/* Levels are those within each other. */
	assert_int_equal(parse_levels("(failed) or ", "", 200), 0);
	assert_int_equal(parse_levels("not failed or ", "", 200), 0);

	buf_puts(&b, "vm = ");
	while (b.len < FILTER_TEXT_MAX)
		buf_putc(&b, 'x');
	assert_int_equal(filter_parse(b.data, NOW_NS, &f, &at, &err), 0);
	f = filter_free(f);
	buf_putc(&b, 'x');
	assert_int_equal(filter_parse(b.data, NOW_NS, &f, &at, &err), -EINVAL);
	assert_int_equal(at, FILTER_TEXT_MAX);
}

/* Neither a pattern nor a text can take long. */
static void
test_hostile_patterns(void **state)
{
	/* PCRE2 sees at once that a letter is missing, so none ends in one. */
	static const char *const patterns[] = { "(a+)+[bc]", "(a|aa)+[bc]",
		"^(([a-z])+.)+[A-Z]([a-z])+$", "(.*)*[xy]\\1",
		"(?:(?:a?){1,50}){1,50}[bc]", "(a*)*\\1[bc]",
		"(*NO_JIT)^(a|b)*$", "(*LIMIT_MATCH=4000000000)(a+)+[bc]",
		"(*NO_JIT)(?R)?(a+)+[bc]" };
	uint64_t undecided = 0;
	char *as = malloc(100001);
	struct op op = bare;
	int64_t began = clock_mono_ns();

	(void)state;
	memset(as, 'a', 100000);
	as[100000] = '\0';
	op.error = as;
	for (size_t i = 0; i < ARRAY_LEN(patterns); i++) {
		_cleanup_(filter_freep) struct filter *f = NULL;
		_cleanup_buf_ struct buf b = BUF_INIT;
		struct error err = ERROR_INIT;
		size_t at;

		buf_printf(&b, "error ~ /%s/ or error !~ /%s/", patterns[i],
		    patterns[i]);
		if (filter_parse(b.data, NOW_NS, &f, &at, &err) < 0)
			fail_msg("%s: %s", b.data, err.text);
		/* Too hard to tell: neither of the two holds, and it is told.
		 */
		if (filter_match(f, &op, NOW_NS))
			assert_int_equal(filter_undecided(f), 0);
		else
			assert_int_equal(filter_undecided(f), 2);
		undecided += filter_undecided(f);
	}
	assert_true(undecided >= 10);
	free(as);
	assert_true(clock_mono_ns() - began < 10 * NSEC_PER_SEC);
}

/* A relative time moves on with now. */
static void
test_now(void **state)
{
	_cleanup_(filter_freep) struct filter *f = NULL;
	size_t at;

	(void)state;
	assert_int_equal(filter_parse("started > \"10s ago\"", NOW_NS, &f, &at,
			     NULL),
	    0);
	assert_true(filter_match(f, &bare, NOW_NS));
	assert_false(filter_match(f, &bare, NOW_NS + 6 * NSEC_PER_SEC));
	assert_true(filter_match(f, &bare, NOW_NS));
	/* Out of range by then: unknown, hence false. */
	assert_false(filter_match(f, &bare, 5 * NSEC_PER_SEC));
}

static void
test_about(void **state)
{
	struct filter_about about;
	size_t n = 0;

	(void)state;
	while (filter_about(n, &about)) {
		assert_true(about.about[0] != '\0');
		assert_non_null(about.type);
		n++;
	}
	assert_true(n > 20);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matches),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_hostile_patterns),
		cmocka_unit_test(test_now),
		cmocka_unit_test(test_about),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
