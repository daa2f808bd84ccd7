/* SPDX-License-Identifier: ISC */
#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static int64_t
clock__read(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

int64_t
clock_real_ns(void)
{
	return clock__read(CLOCK_REALTIME);
}

int64_t
clock_mono_ns(void)
{
	return clock__read(CLOCK_MONOTONIC);
}

/* Days since 1970-01-01 of a date in the proleptic Gregorian calendar. */
static int64_t
clock__days(int64_t y, int m, int d)
{
	int64_t era, doe;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	doe = (y - era * 400) * 365 + (y - era * 400) / 4 -
	    (y - era * 400) / 100 + (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d -
	    1;
	return era * 146097 + doe - 719468;
}

/* The inverse of clock__days. */
static void
clock__date(int64_t days, int *ret_y, int *ret_m, int *ret_d)
{
	int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;

	*ret_d = (int)(doy - (153 * mp + 2) / 5 + 1);
	*ret_m = (int)(mp < 10 ? mp + 3 : mp - 9);
	*ret_y = (int)(yoe + era * 400 + (*ret_m <= 2));
}

static void
clock__digits(char *out, unsigned value, int n)
{
	while (n-- > 0) {
		out[n] = (char)('0' + value % 10);
		value /= 10;
	}
}

size_t
clock_format_rfc3339(int64_t ns, char *out)
{
	int64_t sec = ns / NSEC_PER_SEC, frac = ns % NSEC_PER_SEC, day, rest;
	size_t len = 19;
	int y, m, d;

	if (frac < 0) {
		frac += NSEC_PER_SEC;
		sec--;
	}
	day = sec / 86400;
	rest = sec % 86400;
	if (rest < 0) {
		rest += 86400;
		day--;
	}
	clock__date(day, &y, &m, &d);
	memcpy(out, "0000-00-00T00:00:00", len);
	clock__digits(out, (unsigned)y, 4);
	clock__digits(out + 5, (unsigned)m, 2);
	clock__digits(out + 8, (unsigned)d, 2);
	clock__digits(out + 11, (unsigned)(rest / 3600), 2);
	clock__digits(out + 14, (unsigned)(rest / 60 % 60), 2);
	clock__digits(out + 17, (unsigned)(rest % 60), 2);
	if (frac != 0) {
		out[len] = '.';
		clock__digits(out + len + 1, (unsigned)frac, 9);
		len += 10;
		while (out[len - 1] == '0')
			len--;
	}
	out[len++] = 'Z';
	out[len] = '\0';
	return len;
}

/* Reads exactly n digits at s; -1 when one is none. */
static int
clock__number(const char *s, int n)
{
	int v = 0;

	for (int i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -1;
		v = v * 10 + (s[i] - '0');
	}
	return v;
}

/* Reads "Z" or "+hh:mm" that ends the text; false when it is neither. */
static bool
clock__offset(const char *s, size_t len, int64_t *ret_sec)
{
	int hour, min;

	if (len == 1 && (s[0] == 'Z' || s[0] == 'z')) {
		*ret_sec = 0;
		return true;
	}
	if (len != 6 || (s[0] != '+' && s[0] != '-') || s[3] != ':')
		return false;
	hour = clock__number(s + 1, 2);
	min = clock__number(s + 4, 2);
	if (hour < 0 || hour > 23 || min < 0 || min > 59)
		return false;
	*ret_sec = (hour * 60 + min) * 60 * (s[0] == '-' ? -1 : 1);
	return true;
}

static int
clock__month_days(int y, int m)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };

	if (m == 2 && y % 4 == 0 && (y % 100 != 0 || y % 400 == 0))
		return 29;
	return days[m - 1];
}

bool
clock_parse_rfc3339(const char *s, size_t len, int64_t *ret_ns)
{
	int y, mo, d, h, mi, sec, digits = 0;
	int64_t frac = 0, offset;
	size_t pos = 19;

	if (len < 20 || s[4] != '-' || s[7] != '-' ||
	    (s[10] != 'T' && s[10] != 't') || s[13] != ':' || s[16] != ':')
		return false;
	y = clock__number(s, 4);
	mo = clock__number(s + 5, 2);
	d = clock__number(s + 8, 2);
	h = clock__number(s + 11, 2);
	mi = clock__number(s + 14, 2);
	sec = clock__number(s + 17, 2);
	/* 60 is a leap second (RFC 3339, 5.6): it counts into the next. */
	if (y < 1678 || y > 2261 || mo < 1 || mo > 12 || d < 1 ||
	    d > clock__month_days(y, mo) || h < 0 || h > 23 || mi < 0 ||
	    mi > 59 || sec < 0 || sec > 60)
		return false;
	if (s[pos] == '.') {
		for (pos++; pos < len && s[pos] >= '0' && s[pos] <= '9'; pos++)
			if (digits++ < 9)
				frac = frac * 10 + (s[pos] - '0');
		if (digits == 0)
			return false;
		for (; digits < 9; digits++)
			frac *= 10;
	}
	if (!clock__offset(s + pos, len - pos, &offset))
		return false;
	*ret_ns = (clock__days(y, mo, d) * 86400 + h * 3600 + mi * 60 + sec -
		      offset) *
		NSEC_PER_SEC +
	    frac;
	return true;
}

bool
clock_is_canonical(const char *s, size_t len)
{
	size_t end = len - 1;

	if (len < 20 || s[10] != 'T' || s[end] != 'Z' || s[17] > '5')
		return false;
	return end == 19 ||
	    (s[19] == '.' && end > 20 && end <= 29 && s[end - 1] != '0');
}

/* As many digits as it has; returns how many. */
static size_t
clock__count(char *out, uint64_t value)
{
	char digits[20];
	size_t n = 0, len = 0;

	do
		digits[n++] = (char)('0' + value % 10);
	while ((value /= 10) != 0);
	while (n > 0)
		out[len++] = digits[--n];
	return len;
}

const char *
clock_format_duration(int64_t ns, char out[CLOCK_DURATION_MAX])
{
	/* In ascending order: up to `below` a number of `unit`, what stands
	 * behind it, and that many digits of what is left in `small`. */
	static const struct {
		uint64_t below, unit, small;
		int digits;
		const char *between, *end;
	} forms[] = {
		{ 1000, 1, 1, 0, "", "us" },
		{ 1000000, 1000, 100, 1, ".", "ms" },
		{ 60 * 1000000ULL, 1000000, 1000, 3, ".", "s" },
		{ 3600 * 1000000ULL, 60 * 1000000ULL, 1000000, 2, "m", "s" },
		{ 86400 * 1000000ULL, 3600 * 1000000ULL, 60 * 1000000ULL, 2,
		    "h", "m" },
		{ UINT64_MAX, 86400 * 1000000ULL, 3600 * 1000000ULL, 2, "d",
		    "h" },
	};
	uint64_t us = (ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns) / 1000;
	char *p = out;
	size_t i = 0;

	while (us >= forms[i].below)
		i++;
	if (ns < 0)
		*p++ = '-';
	p += clock__count(p, us / forms[i].unit);
	p = stpcpy(p, forms[i].between);
	clock__digits(p, (unsigned)(us % forms[i].unit / forms[i].small),
	    forms[i].digits);
	strcpy(p + forms[i].digits, forms[i].end);
	return out;
}

size_t
clock_format_ms(int64_t ns, char out[CLOCK_DURATION_MAX])
{
	uint64_t us = (ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns) / 1000;
	uint64_t ms = us / 1000;
	unsigned frac = (unsigned)(us % 1000);
	size_t len = 0;

	if (ns < 0 && us > 0)
		out[len++] = '-';
	len += clock__count(out + len, ms);
	if (frac != 0) {
		out[len] = '.';
		clock__digits(out + len + 1, frac, 3);
		len += 4;
		while (out[len - 1] == '0')
			len--;
	}
	out[len] = '\0';
	return len;
}
