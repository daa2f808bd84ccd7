/* SPDX-License-Identifier: ISC */
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/when.h"

#define WHEN_DAY_SEC 86400LL

static const struct {
	const char *name;
	int64_t ns;
} when_units[] = {
	{ "ns", 1 },
	{ "nsec", 1 },
	{ "us", NSEC_PER_USEC },
	{ "usec", NSEC_PER_USEC },
	{ "\xc2\xb5s", NSEC_PER_USEC }, /* U+00B5, the sign */
	{ "\xce\xbcs", NSEC_PER_USEC }, /* U+03BC, the letter */
	{ "ms", NSEC_PER_MSEC },
	{ "msec", NSEC_PER_MSEC },
	{ "s", NSEC_PER_SEC },
	{ "sec", NSEC_PER_SEC },
	{ "second", NSEC_PER_SEC },
	{ "seconds", NSEC_PER_SEC },
	{ "m", 60 * NSEC_PER_SEC },
	{ "min", 60 * NSEC_PER_SEC },
	{ "minute", 60 * NSEC_PER_SEC },
	{ "minutes", 60 * NSEC_PER_SEC },
	{ "h", 3600 * NSEC_PER_SEC },
	{ "hr", 3600 * NSEC_PER_SEC },
	{ "hour", 3600 * NSEC_PER_SEC },
	{ "hours", 3600 * NSEC_PER_SEC },
	{ "d", WHEN_DAY_SEC *NSEC_PER_SEC },
	{ "day", WHEN_DAY_SEC *NSEC_PER_SEC },
	{ "days", WHEN_DAY_SEC *NSEC_PER_SEC },
	{ "w", 7 * WHEN_DAY_SEC *NSEC_PER_SEC },
	{ "week", 7 * WHEN_DAY_SEC *NSEC_PER_SEC },
	{ "weeks", 7 * WHEN_DAY_SEC *NSEC_PER_SEC },
	/* 30.44 and 365.25 days, as systemd has it. */
	{ "M", 2629800 * NSEC_PER_SEC },
	{ "month", 2629800 * NSEC_PER_SEC },
	{ "months", 2629800 * NSEC_PER_SEC },
	{ "y", 31557600 * NSEC_PER_SEC },
	{ "year", 31557600 * NSEC_PER_SEC },
	{ "years", 31557600 * NSEC_PER_SEC },
};

/* "12.5": a whole number, and a fraction of `scale`. */
struct when_number {
	int64_t whole, fraction, scale;
};

static bool
when__digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Moves *p behind a number; -EINVAL: there is none; -ERANGE: too large. */
static int
when__number(const char **p, struct when_number *ret)
{
	struct when_number n = { 0, 0, 1 };
	const char *s = *p;
	int digits = 0;

	for (; when__digit(*s); s++, digits++)
		if (__builtin_mul_overflow(n.whole, 10, &n.whole) ||
		    __builtin_add_overflow(n.whole, *s - '0', &n.whole))
			return -ERANGE;
	if (*s == '.') {
		for (s++; when__digit(*s); s++, digits++) {
			if (n.scale >= 1000000000000000000LL)
				continue;
			n.fraction = n.fraction * 10 + (*s - '0');
			n.scale *= 10;
		}
	}
	if (digits == 0)
		return -EINVAL;
	*p = s;
	*ret = n;
	return 0;
}

/* Adds that many units to *sum; false: it does not fit. */
static bool
when__add(const struct when_number *n, int64_t unit_ns, int64_t *sum)
{
	__int128 ns = (__int128)n->whole * unit_ns +
	    (__int128)n->fraction * unit_ns / n->scale + *sum;

	if (ns > INT64_MAX)
		return false;
	*sum = (int64_t)ns;
	return true;
}

/* The unit of that name; 0: there is none. */
static int64_t
when__unit(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(when_units); i++)
		if (strlen(when_units[i].name) == len &&
		    memcmp(when_units[i].name, name, len) == 0)
			return when_units[i].ns;
	return 0;
}

static size_t
when__blanks(const char *s)
{
	return strspn(s, " \t");
}

/* The letters of a unit; bytes beyond ASCII are the micro sign's. */
static size_t
when__letters(const char *s)
{
	size_t n = 0;

	while (isalpha((unsigned char)s[n]) || (unsigned char)s[n] >= 0x80)
		n++;
	return n;
}

/* One "2h" of the span, *p behind it. */
static int
when__part(const char *s, const char **p, int64_t unit_ns, int64_t *sum,
    struct error *err)
{
	struct when_number n;
	size_t letters;
	int rc = when__number(p, &n);

	if (rc == -EINVAL)
		return error_set(err, rc,
		    "\"%s\" is no time span; write 2h, 1h 30min or 2.5s", s);
	if (rc == 0) {
		*p += when__blanks(*p);
		letters = when__letters(*p);
		if (letters > 0)
			unit_ns = when__unit(*p, letters);
		if (unit_ns == 0 && letters > 0)
			return error_set(err, -EINVAL,
			    "\"%s\": no unit of time \"%.*s\"; use ns, us, ms, "
			    "s, m, h, d, w, M (months) or y",
			    s, (int)letters, *p);
		if (unit_ns == 0)
			return error_set(err, -EINVAL,
			    "\"%s\" needs a unit: %sms, %ss or %sm, say", s, s,
			    s, s);
		*p += letters;
	}
	if (rc < 0 || !when__add(&n, unit_ns, sum))
		return error_set(err, -ERANGE, "\"%s\" is too long a time", s);
	return 0;
}

int
when_parse_span(const char *s, int64_t unit_ns, int64_t *ret_ns,
    struct error *err)
{
	const char *p = s;
	int64_t sum = 0;
	int rc;

	if (strlen(s) > WHEN_TEXT_MAX)
		return error_set(err, -EINVAL,
		    "a time span of more than %d characters", WHEN_TEXT_MAX);
	p += when__blanks(p);
	do {
		rc = when__part(s, &p, unit_ns, &sum, err);
		if (rc < 0)
			return rc;
		p += when__blanks(p);
	} while (*p != '\0');
	*ret_ns = sum;
	return 0;
}
