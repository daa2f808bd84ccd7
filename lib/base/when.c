/* SPDX-License-Identifier: ISC */
#include "base/when.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/clock.h"

/* What the clock on the wall shows, and whose wall it is. */
struct when {
	struct tm tm; /* year to second; tm_wday -1: not given */
	int64_t frac_ns;
	bool local;
	int64_t offset; /* not local: seconds east of UTC */
	int dst;        /* local: as its zone's name says, -1: it does not */
};

/* ---- zones ------------------------------------------------------------- */

/* The local zone at that moment: seconds east of UTC. */
static bool
when__local(int64_t sec, struct tm *ret)
{
	time_t t = (time_t)sec;

	return localtime_r(&t, ret) != NULL;
}

/*
 * The moment at which the local clock shows `wall` (its fields read as UTC).
 * The offsets a day before and after it are the two that can be in force.
 */
static int
when__from_local(int64_t wall, int dst, int64_t *ret)
{
	int64_t found[2], first = 0;
	struct tm around, then;
	int n = 0;

	for (int i = 0; i < 2; i++) {
		int64_t day = i == 0 ? -86400 : 86400, t;

		if (!when__local(wall + day, &around))
			return -ERANGE;
		t = wall - around.tm_gmtoff;
		if (i == 0)
			first = t;
		if (when__local(t, &then) &&
		    then.tm_gmtoff == around.tm_gmtoff &&
		    (dst < 0 || (then.tm_isdst > 0) == dst))
			found[n++] = t;
	}
	if (n == 0 && dst >= 0)
		return -EINVAL;
	if (n == 2 && found[1] < found[0])
		found[0] = found[1];
	/* Skipped by the clock: with the offset before, it lies behind. */
	*ret = n > 0 ? found[0] : first;
	return 0;
}

static bool
when__digits(const char *s, int n)
{
	while (n > 0 && s[n - 1] >= '0' && s[n - 1] <= '9')
		n--;
	return n == 0;
}

/* "+02:00" that ends the text, behind a time; it is cut. */
static bool
when__take_offset(char *s, int64_t *ret_sec)
{
	size_t len = strlen(s);
	char *at = s + len - 6;
	int hour, min;

	if (len < 8 || (*at != '+' && *at != '-') || !when__digits(at + 1, 2) ||
	    at[3] != ':' || !when__digits(at + 4, 2) || strchr(s, ':') > at)
		return false;
	hour = (at[1] - '0') * 10 + (at[2] - '0');
	min = (at[4] - '0') * 10 + (at[5] - '0');
	if (hour > 23 || min > 59)
		return false;
	*ret_sec = (hour * 60 + min) * 60LL * (*at == '-' ? -1 : 1);
	at -= at[-1] == ' ';
	*at = '\0';
	return true;
}

/* Takes a trailing zone off the text, which is cut. */
static void
when__take_zone(char *s, struct when *w)
{
	size_t len = strlen(s);
	char *blank = strrchr(s, ' ');

	if (len > 1 && (s[len - 1] == 'Z' || s[len - 1] == 'z') &&
	    when__digits(s + len - 2, 1)) {
		w->local = false;
		s[len - 1] = '\0';
	} else if (blank != NULL && strcasecmp(blank + 1, "UTC") == 0) {
		w->local = false;
		*blank = '\0';
	} else if (when__take_offset(s, &w->offset)) {
		w->local = false;
	}
	for (int i = 0; i < 2 && w->local && blank != NULL; i++) {
		if (strcmp(blank + 1, tzname[i]) != 0)
			continue;
		w->dst = i;
		*blank = '\0';
		break;
	}
}

/* ---- dates and times --------------------------------------------------- */

/* One or two digits (or four, when wide); -1: others. */
static int
when__field(const char **p, bool wide)
{
	int n = 0, v = 0;

	for (; **p >= '0' && **p <= '9' && n < 5; n++, (*p)++)
		v = v * 10 + (**p - '0');
	return n == 1 || n == 2 || (wide && n == 4) ? v : -1;
}

/* Takes a weekday and the blank behind it. */
static void
when__weekday(const char **p, struct when *w)
{
	static const char *const names[] = { "Sunday", "Monday", "Tuesday",
		"Wednesday", "Thursday", "Friday", "Saturday" };
	size_t len = strcspn(*p, " ");

	for (int i = 0; i < 7; i++) {
		if (((*p)[len] == ' ') &&
		    (len == 3 || len == strlen(names[i])) &&
		    strncasecmp(*p, names[i], len) == 0) {
			w->tm.tm_wday = i;
			*p += len + 1;
			return;
		}
	}
}

static int
when__month_days(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };

	if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
		return 29;
	return days[month - 1];
}

/* "2026-04-26", or "26-04-26" (69 to 99 are of the last century). */
static bool
when__date(const char **p, struct when *w)
{
	const char *s = *p;
	int y = when__field(&s, true), m, d;
	bool abbreviated = s - *p <= 2;

	if (y < 0 || *s++ != '-' || (m = when__field(&s, false)) < 1 ||
	    m > 12 || *s++ != '-' || (d = when__field(&s, false)) < 1)
		return false;
	if (abbreviated)
		y += y < 69 ? 2000 : 1900;
	if (d > when__month_days(y, m))
		return false;
	w->tm.tm_year = y - 1900;
	w->tm.tm_mon = m - 1;
	w->tm.tm_mday = d;
	*p = s;
	return true;
}

/* "22:13", "22:13:05", "22:13:05.25"; second 60 counts into the next. */
static bool
when__time(const char **p, struct when *w)
{
	const char *s = *p;
	int64_t scale = NSEC_PER_SEC;
	int h = when__field(&s, false), m, sec = 0;

	if (h < 0 || h > 23 || *s++ != ':' ||
	    (m = when__field(&s, false)) < 0 || m > 59)
		return false;
	if (*s == ':') {
		s++;
		sec = when__field(&s, false);
		if (sec < 0 || sec > 60)
			return false;
		if (*s == '.' && s[1] >= '0' && s[1] <= '9')
			for (s++; *s >= '0' && *s <= '9'; s++) {
				scale /= 10;
				w->frac_ns += scale * (*s - '0');
			}
	}
	w->tm.tm_hour = h;
	w->tm.tm_min = m;
	w->tm.tm_sec = sec;
	*p = s;
	return true;
}

/* The day of now in the zone, at midnight, some days off. */
static bool
when__today(int64_t now_ns, int days, struct when *w)
{
	time_t t = (time_t)(now_ns / NSEC_PER_SEC + w->offset);
	struct tm tm;

	if ((w->local ? localtime_r(&t, &tm) : gmtime_r(&t, &tm)) == NULL)
		return false;
	w->tm.tm_year = tm.tm_year;
	w->tm.tm_mon = tm.tm_mon;
	w->tm.tm_mday = tm.tm_mday + days;
	return true;
}

/* Fills w from the text without its zone; false: it is none of these. */
static bool
when__read(const char *s, int64_t now_ns, struct when *w)
{
	static const char *const days[] = { "yesterday", "today", "tomorrow" };
	bool dated;

	for (int i = 0; i < 3; i++)
		if (strcasecmp(s, days[i]) == 0)
			return when__today(now_ns, i - 1, w);
	when__weekday(&s, w);
	dated = when__date(&s, w);
	if (!dated && !when__today(now_ns, 0, w))
		return false;
	if (dated && *s == '\0')
		return true;
	if (dated && *s != ' ' && *s != 'T' && *s != 't')
		return false;
	s += dated;
	s += strspn(s, " ");
	return when__time(&s, w) && *s == '\0';
}

/* ---- the whole --------------------------------------------------------- */

static int
when__range(const char *s, struct error *err)
{
	return error_set(err, -ERANGE, "\"%s\" is not within 1970 to 2262", s);
}

/* Seconds and a fraction to nanoseconds. */
static int
when__finish(const char *s, int64_t sec, int64_t frac_ns, int64_t *ret_ns,
    struct error *err)
{
	int64_t ns;

	if (sec < 0 || __builtin_mul_overflow(sec, NSEC_PER_SEC, &ns) ||
	    __builtin_add_overflow(ns, frac_ns, &ns))
		return when__range(s, err);
	*ret_ns = ns;
	return 0;
}

/* A date, a time, or both. */
static int
when__calendar(const char *s, char *text, int64_t now_ns, int64_t *ret_ns,
    struct error *err)
{
	struct when w = { .tm = { .tm_wday = -1 }, .local = true, .dst = -1 };
	int64_t sec, span;
	struct tm tm;
	int rc;

	when__take_zone(text, &w);
	if (!when__read(text, now_ns, &w)) {
		if (when_parse_span(s, 0, &span, NULL) == 0)
			return error_set(err, -EINVAL,
			    "\"%s\" is a time span; write \"%s ago\" for the "
			    "time that long before now",
			    s, s);
		return error_set(err, -EINVAL,
		    "\"%s\" is no time; write 2h ago, yesterday, 22:13, "
		    "2026-04-26 or 2026-04-26 22:13:05 UTC",
		    s);
	}
	tm = w.tm;
	sec = timegm(&tm);
	if (w.tm.tm_wday >= 0 && tm.tm_wday != w.tm.tm_wday)
		return error_set(err, -EINVAL,
		    "\"%s\": that day is another day of the week", s);
	if (!w.local)
		return when__finish(s, sec - w.offset, w.frac_ns, ret_ns, err);
	rc = when__from_local(sec, w.dst, &sec);
	if (rc == -EINVAL)
		return error_set(err, rc,
		    "\"%s\": the local zone has another name then", s);
	if (rc < 0)
		return when__range(s, err);
	return when__finish(s, sec, w.frac_ns, ret_ns, err);
}

/* sign: the span is added to, or taken from, `from`. */
static int
when__relative(const char *s, const char *span, int sign, int64_t from_ns,
    int64_t *ret_ns, struct error *err)
{
	int64_t ns;
	int rc = when_parse_span(span, NSEC_PER_SEC, &ns, err);

	if (rc < 0)
		return rc;
	if (__builtin_add_overflow(from_ns, sign * ns, &ns) || ns < 0)
		return when__range(s, err);
	*ret_ns = ns;
	return 0;
}

/* Cuts a trailing word and the blanks before it; false: it is not there. */
static bool
when__take_word(char *s, const char *word)
{
	size_t len = strlen(s), n = strlen(word);

	if (len <= n || strcasecmp(s + len - n, word) != 0 ||
	    s[len - n - 1] != ' ')
		return false;
	for (len -= n; len > 0 && s[len - 1] == ' ';)
		len--;
	s[len] = '\0';
	return true;
}

int
when_parse(const char *s, int64_t now_ns, int64_t *ret_ns, struct error *err)
{
	char text[WHEN_TEXT_MAX + 1];
	size_t len;

	s += strspn(s, " \t");
	len = strlen(s);
	while (len > 0 && (s[len - 1] == ' ' || s[len - 1] == '\t'))
		len--;
	if (len > WHEN_TEXT_MAX)
		return error_set(err, -EINVAL,
		    "a time of more than %d characters", WHEN_TEXT_MAX);
	memcpy(text, s, len);
	text[len] = '\0';
	/* The zone may have been changed since; localtime_r() may not look. */
	tzset();
	if (strcasecmp(text, "now") == 0) {
		*ret_ns = now_ns;
		return 0;
	}
	if (text[0] == '@')
		return when__relative(s, text + 1, 1, 0, ret_ns, err);
	if (text[0] == '+' || text[0] == '-')
		return when__relative(s, text + 1, text[0] == '+' ? 1 : -1,
		    now_ns, ret_ns, err);
	if (when__take_word(text, "ago"))
		return when__relative(s, text, -1, now_ns, ret_ns, err);
	if (when__take_word(text, "left"))
		return when__relative(s, text, 1, now_ns, ret_ns, err);
	return when__calendar(s, text, now_ns, ret_ns, err);
}
