/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/when.h"

/* Sunday 2026-04-26 22:13:04.5 UTC. */
#define NOW_SEC 1777241584LL
#define NOW_NS (NOW_SEC * NSEC_PER_SEC + 500000000)

static void
zone(const char *name)
{
	setenv("TZ", name, 1);
	tzset();
}

/* "": the error, else as RFC 3339. */
static const char *
read_when(const char *s)
{
	static char out[ERROR_TEXT_MAX];
	struct error err = ERROR_INIT;
	int64_t ns = 77;
	int rc = when_parse(s, NOW_NS, &ns, &err);

	if (rc == 0) {
		clock_format_rfc3339(ns, out);
		return out;
	}
	assert_int_equal(rc, err.code);
	assert_int_equal(ns, 77);
	assert_true(err.text[0] != '\0');
	return "";
}

struct row {
	const char *text, *want;
};

static void
check(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *got = read_when(rows[i].text);

		if (strcmp(got, rows[i].want) != 0)
			fail_msg("\"%s\": wanted %s, got %s", rows[i].text,
			    rows[i].want, got);
	}
}

static void
test_utc(void **state)
{
	static const struct row rows[] = {
		{ "now", "2026-04-26T22:13:04.5Z" },
		{ " NOW\t", "2026-04-26T22:13:04.5Z" },
		{ "today", "2026-04-26T00:00:00Z" },
		{ "Yesterday", "2026-04-25T00:00:00Z" },
		{ "tomorrow", "2026-04-27T00:00:00Z" },
		{ "2h ago", "2026-04-26T20:13:04.5Z" },
		{ "-2h", "2026-04-26T20:13:04.5Z" },
		{ "+1h", "2026-04-26T23:13:04.5Z" },
		{ "1 h 30min  ago", "2026-04-26T20:43:04.5Z" },
		{ "2 days left", "2026-04-28T22:13:04.5Z" },
		{ "2.5s ago", "2026-04-26T22:13:02Z" },
		{ "5 ago", "2026-04-26T22:12:59.5Z" },
		{ "@1777241583", "2026-04-26T22:13:03Z" },
		{ "@1777241583.25", "2026-04-26T22:13:03.25Z" },
		{ "@1h", "1970-01-01T01:00:00Z" },
		{ "@0", "1970-01-01T00:00:00Z" },
		{ "2026-04-26", "2026-04-26T00:00:00Z" },
		{ "2026-4-6", "2026-04-06T00:00:00Z" },
		{ "26-04-26", "2026-04-26T00:00:00Z" },
		{ "70-01-02", "1970-01-02T00:00:00Z" },
		{ "2026-04-26 22:13", "2026-04-26T22:13:00Z" },
		{ "2026-04-26 22:13:05", "2026-04-26T22:13:05Z" },
		{ "2026-04-26 22:13:60", "2026-04-26T22:14:00Z" },
		{ "2026-04-26T22:13:05.25Z", "2026-04-26T22:13:05.25Z" },
		{ "2026-04-26t22:13z", "2026-04-26T22:13:00Z" },
		{ "2026-04-26T22:13:05+02:00", "2026-04-26T20:13:05Z" },
		{ "2026-04-26 22:13 -00:30", "2026-04-26T22:43:00Z" },
		{ "22:13:05.123456789", "2026-04-26T22:13:05.123456789Z" },
		{ "7:05", "2026-04-26T07:05:00Z" },
		{ "Sun 2026-04-26 22:13 UTC", "2026-04-26T22:13:00Z" },
		{ "sunday 2026-04-26", "2026-04-26T00:00:00Z" },
		{ "2028-02-29", "2028-02-29T00:00:00Z" },
		{ "2262-04-11", "2262-04-11T00:00:00Z" },
	};

	(void)state;
	zone("UTC");
	check(rows, ARRAY_LEN(rows));
}

static void
test_refused(void **state)
{
	static const char *const texts[] = { "", " ", "soon", "ago", " ago",
		"2h", "+", "-", "@", "@-5", "+2h ago", "-2h ago", "2h  agox",
		"infinity ago", "5 parsecs ago", "2026", "2026-13-01",
		"2026-00-01", "2026-02-30", "2027-02-29", "2026-04-26 24:00",
		"2026-04-26 22", "2026-04-26 22:60", "22:13:61",
		"22:13:", "2026-04-26 22:13:05.", "2026-04-26x",
		"2026-04-26 22:13 CEST", "Fri 2026-04-26", "Sunday", "Sun",
		"1969-12-31", "2263-01-01", "20260-01-01", "now UTC",
		"300y ago", "300y left", "@9223372036.9",
		"@99999999999999999999", "400y ago", "2026-04-26T22:13:05+2:00",
		"2026-04-26T22:13:05+24:00", "22:13 Europe/Berlin", "\xff\xfe",
		"2026-04-26 +02:00" };
	char longest[WHEN_TEXT_MAX + 2];
	struct error err = ERROR_INIT;
	int64_t ns;

	(void)state;
	zone("UTC");
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (read_when(texts[i])[0] != '\0')
			fail_msg("\"%s\" was taken: %s", texts[i],
			    read_when(texts[i]));
	memset(longest, '1', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	assert_string_equal(read_when(longest), "");
	assert_true(when_parse("2h", NOW_NS, &ns, &err) == -EINVAL);
	assert_non_null(strstr(err.text, "\"2h ago\""));
	assert_true(when_parse("Fri 2026-04-26", NOW_NS, &ns, &err) == -EINVAL);
	assert_non_null(strstr(err.text, "another day of the week"));
	assert_true(when_parse("2263-01-01", NOW_NS, &ns, &err) == -ERANGE);
	assert_int_equal(when_parse("now", NOW_NS, &ns, NULL), 0);
}

/* CET until 2026-03-29 02:00, CEST until 2026-10-25 03:00. */
static void
test_local(void **state)
{
	static const struct row rows[] = {
		{ "2026-01-15 12:00", "2026-01-15T11:00:00Z" },
		{ "2026-07-15 12:00", "2026-07-15T10:00:00Z" },
		{ "2026-07-15 12:00 UTC", "2026-07-15T12:00:00Z" },
		{ "2026-07-15 12:00 CEST", "2026-07-15T10:00:00Z" },
		{ "2026-07-15 12:00 CET", "" },
		/* At 22:13 UTC it is Monday already. */
		{ "today", "2026-04-26T22:00:00Z" },
		{ "today UTC", "2026-04-26T00:00:00Z" },
		{ "yesterday", "2026-04-25T22:00:00Z" },
		{ "00:13", "2026-04-26T22:13:00Z" },
		/* Skipped, and shown twice. */
		{ "2026-03-29 01:59:59", "2026-03-29T00:59:59Z" },
		{ "2026-03-29 02:30", "2026-03-29T01:30:00Z" },
		{ "2026-03-29 03:00", "2026-03-29T01:00:00Z" },
		{ "2026-10-25 01:59", "2026-10-24T23:59:00Z" },
		{ "2026-10-25 02:30", "2026-10-25T00:30:00Z" },
		{ "2026-10-25 02:30 CEST", "2026-10-25T00:30:00Z" },
		{ "2026-10-25 02:30 CET", "2026-10-25T01:30:00Z" },
		{ "2026-10-25 03:00", "2026-10-25T02:00:00Z" },
	};

	(void)state;
	zone("CET-1CEST,M3.5.0,M10.5.0/3");
	check(rows, ARRAY_LEN(rows));
	zone("<-0330>3:30");
	assert_string_equal(read_when("2026-04-26 12:00"),
	    "2026-04-26T15:30:00Z");
	/* Half an hour is skipped, in a zone of the other half. */
	zone("LHST-10:30LHDT-11,M10.1.0,M4.1.0");
	assert_string_equal(read_when("2026-10-04 02:15"),
	    "2026-10-03T15:45:00Z");
	zone("UTC");
}

static void
test_spans(void **state)
{
	static const struct {
		const char *text;
		int64_t want; /* -1: refused */
	} rows[] = {
		{ "90d", 7776000000000000 },
		{ "1h 30min", 5400000000000 },
		{ "1h30min", 5400000000000 },
		{ "2.5s", 2500000000 },
		{ ".5s", 500000000 },
		{ "800ms", 800000000 },
		{ "1us", 1000 },
		{ "1\xc2\xb5s", 1000 },
		{ "1\xce\xbcs", 1000 },
		{ "1.5us", 1500 },
		{ "7ns", 7 },
		{ "0.9ns", 0 },
		{ "0.000000001s", 1 },
		{ "0.0000000010000000000000000001s", 1 },
		{ "1m", 60000000000 },
		{ "1M", 2629800000000000 },
		{ "1y 12month", 31557600000000000 + 12 * 2629800000000000 },
		{ "300ms20s 5day", 432020300000000 },
		{ " 2 h ", 7200000000000 },
		{ "9223372036s", 9223372036000000000 },
		{ "292y", 9214819200000000000 },
		{ "9223372037s", -1 },
		{ "9999999999999999999s", -1 },
		{ "293y", -1 },
		{ "", -1 },
		{ "s", -1 },
		{ ".s", -1 },
		{ "-1s", -1 },
		{ "5", -1 },
		{ "1h 5", -1 },
		{ "5 S", -1 },
		{ "1.2.3s", -1 },
		{ "1e3s", -1 },
		{ "infinity", -1 },
	};
	struct error err = ERROR_INIT;
	int64_t ns;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int rc;

		ns = -1;
		rc = when_parse_span(rows[i].text, 0, &ns, &err);
		if (ns != rows[i].want || (rc == 0) != (ns >= 0))
			fail_msg("\"%s\": %lld (%s)", rows[i].text,
			    (long long)ns, err.text);
	}
	assert_int_equal(when_parse_span("5", 1000000000, &ns, NULL), 0);
	assert_int_equal(ns, 5000000000);
	assert_int_equal(when_parse_span("1h 5", 1000, &ns, NULL), 0);
	assert_int_equal(ns, 3600000005000);
	when_parse_span("5", 0, &ns, &err);
	assert_string_equal(err.text, "\"5\" needs a unit: 5ms, 5s or 5m, say");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_utc),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_local),
		cmocka_unit_test(test_spans),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
