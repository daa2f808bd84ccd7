/* SPDX-License-Identifier: ISC */
/*
 * Points in time and spans as people write them: the syntax of
 * systemd.time(7), "PARSING TIMESTAMPS" and "PARSING TIME SPANS".
 *
 *     now  today  yesterday  tomorrow        (days begin at 00:00:00)
 *     2h ago  -2h  +1h30min  2 days left     (from now)
 *     2026-04-26  2026-04-26 22:13  22:13:05.25  Sun 2026-04-26 22:13 UTC
 *     2026-04-26T22:13:05Z  …+02:00          (RFC 3339; not systemd's)
 *     @1777241583.5                          (seconds since 1970 UTC)
 *
 * Without a zone a time is local, as TZ has it; a zone is "UTC", an offset, or
 * one of the two names that the local zone goes by.  Where the clock skips the
 * time that is written, the hour that was skipped is added (02:30 is 03:30);
 * where it shows it twice, the first one is meant, unless the name of the
 * local zone says which.  Unlike systemd, a day that the month does not have
 * is refused.  IANA names of zones are not understood.
 */
#ifndef BASE_WHEN_H
#define BASE_WHEN_H

#include <stdint.h>

#include "base/error.h"

/* Texts beyond are refused. */
#define WHEN_TEXT_MAX 128

/*
 * Nanoseconds since 1970 UTC; now_ns is what relative ones count from, and the
 * day of a time without a date.  Fails (-EINVAL, -ERANGE) with a text that
 * quotes s; the range is 1970 to 2262-04-11.
 */
int when_parse(const char *s, int64_t now_ns, int64_t *ret_ns,
    struct error *err);
/*
 * A span in nanoseconds, never negative: "90d", "1h 30min", "2.5s".  A number
 * without a unit counts in unit_ns; 0: the unit must be there.
 */
int when_parse_span(const char *s, int64_t unit_ns, int64_t *ret_ns,
    struct error *err);

#endif
