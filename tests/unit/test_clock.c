/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"

static void
test_format(void **state)
{
	static const struct {
		int64_t ns;
		const char *text;
	} rows[] = {
		{ 0, "1970-01-01T00:00:00Z" },
		{ 1, "1970-01-01T00:00:00.000000001Z" },
		{ -1, "1969-12-31T23:59:59.999999999Z" },
		{ 1500000000, "1970-01-01T00:00:01.5Z" },
		{ 951782400000000000, "2000-02-29T00:00:00Z" },
		{ 1136214245120000000, "2006-01-02T15:04:05.12Z" },
		{ -86400000000000, "1969-12-31T00:00:00Z" },
	};
	char out[CLOCK_RFC3339_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(clock_format_rfc3339(rows[i].ns, out),
		    strlen(rows[i].text));
		assert_string_equal(out, rows[i].text);
	}
}

static void
test_parse(void **state)
{
	static const struct {
		const char *text;
		int64_t ns;
	} rows[] = {
		{ "1970-01-01T00:00:00Z", 0 },
		{ "1970-01-01t00:00:00z", 0 },
		{ "1970-01-01T01:30:00+01:30", 0 },
		{ "1969-12-31T23:00:00-01:00", 0 },
		{ "1970-01-01T00:00:00.1Z", 100000000 },
		{ "1970-01-01T00:00:00.123456789987Z", 123456789 },
		{ "2016-12-31T23:59:60Z", 1483228800000000000 },
		{ "2006-01-02T15:04:05.999999999+00:00", 1136214245999999999 },
	};
	int64_t ns;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_true(clock_parse_rfc3339(rows[i].text,
		    strlen(rows[i].text), &ns));
		assert_int_equal(ns, rows[i].ns);
	}
}

static void
test_parse_refuses(void **state)
{
	static const char *const rows[] = {
		"",
		"2006-01-02",
		"2006-01-02T15:04:05",
		"2006-01-02 15:04:05Z",
		"2006-01-02T15:04:05.Z",
		"2006-02-29T15:04:05Z",
		"2006-00-01T15:04:05Z",
		"2006-13-01T15:04:05Z",
		"2006-01-02T24:04:05Z",
		"2006-01-02T15:60:05Z",
		"2006-01-02T15:04:61Z",
		"2006-01-02T15:04:05ZZ",
		"2006-01-02T15:04:05+24:00",
		"2006-01-02T15:04:05+0100",
		"1677-01-02T15:04:05Z",
		"2262-01-02T15:04:05Z",
		"2006-01-0xT15:04:05Z",
		"-006-01-02T15:04:05Z",
	};
	int64_t ns = 42;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (clock_parse_rfc3339(rows[i], strlen(rows[i]), &ns))
			fail_msg("\"%s\" was taken", rows[i]);
		assert_int_equal(ns, 42);
	}
}

/* What is written reads back, and libc's calendar says the same. */
static void
test_round_trip(void **state)
{
	char out[CLOCK_RFC3339_MAX], want[CLOCK_RFC3339_MAX];
	uint64_t seed = 7;
	int64_t ns, back;
	struct tm tm;
	time_t sec;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		/* 1684 to 2255. */
		ns = (int64_t)(seed % 9000000000000000000ULL);
		ns = i % 2 == 0 ? ns : -ns;
		clock_format_rfc3339(ns, out);
		assert_true(clock_parse_rfc3339(out, strlen(out), &back));
		assert_int_equal(back, ns);
		sec = ns / NSEC_PER_SEC - (ns % NSEC_PER_SEC < 0);
		gmtime_r(&sec, &tm);
		strftime(want, sizeof(want), "%Y-%m-%dT%H:%M:%S", &tm);
		assert_memory_equal(out, want, 19);
	}
}

static void
test_duration(void **state)
{
	static const struct {
		int64_t ns;
		const char *text;
	} rows[] = {
		{ 0, "0us" },
		{ 999, "0us" },
		{ 870000, "870us" },
		{ 12300000, "12.3ms" },
		{ 1204000000, "1.204s" },
		{ 59999999999, "59.999s" },
		{ 123000000000, "2m03s" },
		{ 11220000000000, "3h07m" },
		{ 90000000000000, "1d01h" },
		{ -1204000001, "-1.204s" },
	};
	char out[CLOCK_DURATION_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_string_equal(clock_format_duration(rows[i].ns, out),
		    rows[i].text);
	/* The extremes stay within the buffer. */
	assert_string_equal(clock_format_duration(INT64_MIN, out),
	    "-106751d23h");
}

static void
test_ms(void **state)
{
	static const struct {
		int64_t ns;
		const char *text;
	} rows[] = {
		{ 0, "0" },
		{ 999, "0" },
		{ 1000, "0.001" },
		{ 1500000, "1.5" },
		{ 3120000000, "3120" },
		{ 3120450000, "3120.45" },
		{ -1500000, "-1.5" },
		{ -2500001, "-2.5" },
	};
	char out[CLOCK_DURATION_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(clock_format_ms(rows[i].ns, out),
		    strlen(rows[i].text));
		assert_string_equal(out, rows[i].text);
	}
}

/* Canonical is what comes back the same. */
static void
test_canonical(void **state)
{
	static const char *const texts[] = { "2026-04-26T22:13:03Z",
		"2026-04-26T22:13:03.1Z", "2026-04-26T22:13:03.000000001Z",
		"2026-04-26T22:13:03.123456789Z", "2026-04-26T22:13:59Z",
		"2026-04-26T22:13:03.0Z", "2026-04-26T22:13:03.10Z",
		"2026-04-26T22:13:03.1234567891Z", "2026-04-26t22:13:03Z",
		"2026-04-26T22:13:03z", "2026-04-26T22:13:03+00:00",
		"2026-04-26T22:13:60Z", "2026-04-26T22:13:03.5+01:00",
		"1678-01-01T00:00:00Z", "2016-12-31T23:59:60.5Z",
		"2026-04-26T22:13:03.1z", "2026-04-26T22:13:03.-0:00" };
	char again[CLOCK_RFC3339_MAX];
	int64_t ns;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		size_t len = strlen(texts[i]);
		bool same;

		if (!clock_parse_rfc3339(texts[i], len, &ns))
			continue;
		same = clock_format_rfc3339(ns, again) == len &&
		    memcmp(again, texts[i], len) == 0;
		if (clock_is_canonical(texts[i], len) != same)
			fail_msg("%s: %s", texts[i],
			    same ? "is canonical" : "is not");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_canonical),
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_parse_refuses),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_duration),
		cmocka_unit_test(test_ms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
