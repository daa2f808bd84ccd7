/* SPDX-License-Identifier: ISC */
/* The reading half of event.h. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#include "event_int.h"

/* A whole number that fits; "3.0" and 1e3 are not what we mean by one. */
static bool
decode__int(const char *s, size_t len, int64_t *ret)
{
	bool neg = *s == '-';
	int64_t v = 0;

	if (len > 20)
		return false;
	s += neg;
	/* So many digits always fit. */
	for (int sure = 18; sure > 0 && *s >= '0' && *s <= '9'; sure--, s++)
		v = v * 10 - (*s - '0');
	for (; *s >= '0' && *s <= '9'; s++)
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_sub_overflow(v, *s - '0', &v))
			return false;
	/* Counted downwards: the least number has no positive like. */
	if (*s != '\0' || (!neg && v == INT64_MIN))
		return false;
	*ret = neg ? v : -v;
	return true;
}

/* Milliseconds that are written with an exponent. */
static bool
decode__ms_exp(const char *s, int64_t *ret)
{
	double d = strtod(s, NULL);

	if (!(d > -1e12 && d < 1e12))
		return false;
	*ret = (int64_t)(d * 1e6);
	return true;
}

/*
 * Milliseconds into nanoseconds: exactly for plain decimals (digits past the
 * sixth of the fraction are cut), through a double for an exponent.
 */
static bool
decode__ms(const char *text, int64_t *ret)
{
	static const int64_t scale[] = { 1000000, 100000, 10000, 1000, 100, 10,
		1 };
	const char *s = text + (*text == '-'), *whole = s;
	int64_t v = 0;
	int frac = 0;

	for (; *s >= '0' && *s <= '9' && s - whole < 13; s++)
		v = v * 10 + (*s - '0');
	if (s - whole > 12)
		return strpbrk(s, "eE") != NULL && decode__ms_exp(text, ret);
	if (*s == '.')
		for (s++; frac < 6 && *s >= '0' && *s <= '9'; s++, frac++)
			v = v * 10 + (*s - '0');
	while (frac == 6 && *s >= '0' && *s <= '9')
		s++;
	if (*s != '\0')
		return decode__ms_exp(text, ret);
	v *= scale[frac];
	*ret = *text == '-' ? -v : v;
	return true;
}

void
event_take(struct event *ev, enum field_id id, const struct line_attr *a)
{
	int64_t num = 0; /* for -Og, which does not see that it is set */

	if (event_has(ev, id))
		return;
	if (event_fields[id].type == FIELD_STR) {
		/* A NUL would hide what stands behind it. */
		if (a->type == LINE_STRING && strlen(a->text) == a->text_len)
			event_set_str(ev, id, a->text);
	} else if (a->type == LINE_NUMBER) {
		if (event_fields[id].type == FIELD_MS
			? decode__ms(a->text, &num)
			: decode__int(a->text, a->text_len, &num))
			event_set_int(ev, id, num);
	}
}

static bool
decode__is(const struct line_attr *a, const char *key, size_t len)
{
	return a->key_len == len && memcmp(a->key, key, len) == 0;
}

/*
 * Takes slog's own three keys; false when it is none of them.  A NUL in the
 * message would hide what stands behind it.
 */
static bool
decode__head(struct event *ev, const struct line_attr *a)
{
	if (a->type != LINE_STRING)
		return false;
	if (!ev->has_time && decode__is(a, "time", 4))
		ev->has_time = clock_parse_rfc3339(a->text, a->text_len,
		    &ev->time_ns);
	else if (!ev->has_level && decode__is(a, "level", 5))
		ev->has_level = line_parse_level(a->text, a->text_len,
		    &ev->level);
	else if (ev->msg == NULL && decode__is(a, "msg", 3) &&
	    strlen(a->text) == a->text_len) {
		ev->msg = a->text;
		ev->kind = event_kind_of(a->text, a->text_len);
	} else
		return false;
	return true;
}

/*
 * The field of that key.  Ours come in the order of their event's row, behind
 * run and seq: *slot is where the next one is expected, and moves on.
 */
static enum field_id
decode__find(const struct line_attr *a, const uint8_t **slot)
{
	const uint8_t *s = *slot;

	if (decode__is(a, "run", 3))
		return FIELD_RUN;
	if (decode__is(a, "seq", 3))
		return FIELD_SEQ;
	for (; s != NULL && *s != EVENT_SLOT_END; s++)
		if (*s != EVENT_SLOT_EXTRA &&
		    decode__is(a, event_fields[*s].key, event_fields[*s].len)) {
			*slot = s + 1;
			return (enum field_id) * s;
		}
	return field_find(a->key, a->key_len);
}

int
event_decode(const char *text, size_t len, struct line *ln, struct event *ret,
    struct error *err)
{
	int rc = line_read(text, len, ln, err);
	const uint8_t *slot = NULL;
	enum field_id id;

	if (rc < 0)
		return rc;
	event_init(ret, EVENT_OTHER);
	ret->has_level = false;
	ret->msg = NULL;
	for (size_t i = 0; i < ln->n; i++) {
		const struct line_attr *a = &ln->attrs[i];

		if (decode__head(ret, a)) {
			slot = event_info(ret->kind)->fields;
			continue;
		}
		id = decode__find(a, &slot);
		if (id != FIELD_MAX)
			event_take(ret, id, a);
	}
	return 0;
}
