/* SPDX-License-Identifier: ISC */
/*
 * Time.  All values are nanoseconds in an int64_t: since 1970 UTC for wall
 * time, since some start for monotonic time.  Durations come from the
 * monotonic clock only.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NSEC_PER_SEC 1000000000LL
#define NSEC_PER_MSEC 1000000LL
#define NSEC_PER_USEC 1000LL

/* "2006-01-02T15:04:05.999999999+00:00" and the NUL, with room to spare. */
#define CLOCK_RFC3339_MAX 40
/* "-106751d 23h" and the like. */
#define CLOCK_DURATION_MAX 24

int64_t clock_real_ns(void);
int64_t clock_mono_ns(void);

/*
 * a - b, or the nearest there is: the times of a log can be centuries apart,
 * and need not be true.
 */
static inline int64_t
clock_diff(int64_t a, int64_t b)
{
	int64_t d;

	if (!__builtin_sub_overflow(a, b, &d))
		return d;
	return a < b ? INT64_MIN : INT64_MAX;
}

/* a + b, in the same way. */
static inline int64_t
clock_sum(int64_t a, int64_t b)
{
	int64_t s;

	if (!__builtin_add_overflow(a, b, &s))
		return s;
	return b < 0 ? INT64_MIN : INT64_MAX;
}

/*
 * Writes UTC time as Go's time.RFC3339Nano has it: up to nine fractional
 * digits, trailing zeros cut, no fraction when zero, "Z".  out holds
 * CLOCK_RFC3339_MAX; returns the length.  No NUL is counted but one is put.
 */
size_t clock_format_rfc3339(int64_t ns, char *out);
/*
 * Reads RFC 3339 with any fraction (digits past the ninth are cut) and "Z" or
 * an offset.  Returns false, *ret_ns untouched, when it is anything else or
 * does not fit (years 1678 to 2261 do).
 */
bool clock_parse_rfc3339(const char *s, size_t len, int64_t *ret_ns);
/* Of a text that it reads: is it what clock_format_rfc3339() makes of that? */
bool clock_is_canonical(const char *s, size_t len);
/* A duration for people: "870us", "12.3ms", "1.204s", "2m03s", "3h07m". */
const char *clock_format_duration(int64_t ns, char out[CLOCK_DURATION_MAX]);
/*
 * Milliseconds as the log writes them: microseconds kept, no trailing zeros,
 * which is what Go prints for the same float64.  Returns the length.
 */
size_t clock_format_ms(int64_t ns, char out[CLOCK_DURATION_MAX]);

#endif
