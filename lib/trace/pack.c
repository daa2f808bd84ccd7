/* SPDX-License-Identifier: ISC */
#include "trace/pack.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/plain.h"
#include "trace/pack_int.h"

#define PACK_DECIMALS_MAX 9
#define PACK_DIGITS_MAX 15
/* Words are not shorter, and not longer. */
#define PACK_WORD_MIN 3
#define PACK_WORD_MAX 64

void
pack_done(struct pack *p)
{
	buf_done(&p->bytes);
	buf_done(&p->values);
}

void
pack_reset(struct pack *p)
{
	struct buf bytes = p->bytes, values = p->values;

	memset(p, 0, sizeof(*p));
	p->bytes = bytes;
	p->values = values;
	buf_reset(&p->bytes);
	buf_reset(&p->values);
}

/* ---- what both directions remember ------------------------------------- */

int64_t *
pack__seq(struct pack *p, uint32_t origin)
{
	size_t i = 0, last = ARRAY_LEN(p->from) - 1;
	int64_t seq;

	if (p->from[0].origin == origin + 1)
		return &p->from[0].seq;
	while (i < last && p->from[i].origin != origin + 1)
		i++;
	seq = p->from[i].origin == origin + 1 ? p->from[i].seq : 0;
	memmove(p->from + 1, p->from, i * sizeof(*p->from));
	p->from[0].origin = origin + 1;
	p->from[0].seq = seq;
	return &p->from[0].seq;
}

void
pack__remember(struct pack *p, uint8_t key, const char *value, size_t len)
{
	if (key >= CODEBOOK_KEYS_MAX)
		return;
	if (len > p->last[key].cap) {
		p->last[key].at = (uint32_t)p->values.len;
		p->last[key].cap = (uint32_t)len;
		buf_put(&p->values, value, len);
	} else {
		memcpy(p->values.data + p->last[key].at, value, len);
	}
	p->last[key].len = (uint32_t)len;
}

/* ---- packing ----------------------------------------------------------- */

/*
 * What is told of a line goes to `at`, where room for all of it was made
 * before; each of these returns where it ended.
 */
#define PACK_NUMBER_MAX 10
#define PACK_HEAD_MAX (5 * PACK_NUMBER_MAX)

/* LEB128: seven bits a byte, the low ones first. */
static inline char *
pack__uint(char *at, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		*at++ = (char)(v | 0x80);
	*at++ = (char)v;
	return at;
}

/* Small numbers of either sign are short. */
static inline char *
pack__int(char *at, int64_t v)
{
	return pack__uint(at, (uint64_t)v << 1 ^ (v < 0 ? UINT64_MAX : 0));
}

/* A decimal that is printed as it stands when its digits are one number. */
static bool
pack__digits(const char *s, size_t len, uint64_t *ret)
{
	uint64_t digits = 0;
	size_t point = len; /* where it stands */

	if (len > PACK_DIGITS_MAX || (s[0] == '0' && len > 1 && s[1] != '.'))
		return false;
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)(s[i] - '0') <= 9)
			digits = digits * 10 + (uint64_t)(s[i] - '0');
		else if (s[i] == '.' && point == len && i > 0 && i + 1 < len)
			point = i + 1;
		else
			return false;
	}
	if (len - point > PACK_DECIMALS_MAX)
		return false;
	*ret = digits * 10 + (len - point);
	return true;
}

static char *
pack__bytes(char *at, enum pack_how how, const char *s, size_t len)
{
	at = pack__uint(at, (uint64_t)len << PACK_HOW_BITS | how);
	memcpy(at, s, len);
	return at + len;
}

/* May it be a word?  An operation's id is in no other operation's lines. */
static bool
pack__is_wordy(const struct record *r, const struct line_attr *a)
{
	return a->span >= PACK_WORD_MIN + 2 && a->span <= PACK_WORD_MAX + 2 &&
	    a->text != event_str(&r->ev, FIELD_OP_ID);
}

static char *
pack__value(struct pack *p, struct codebook *b, uint8_t key,
    const struct record *r, const struct line_attr *a, char *at)
{
	const char *value = r->raw.data + a->at;
	size_t len = a->span;
	uint64_t digits;
	uint32_t word = DICT_NONE;

	/* Of a run that would mean the origin's. */
	if (key < CODEBOOK_KEYS_MAX && key != CODEBOOK_RUN &&
	    p->last[key].len == len &&
	    plain_equal(p->values.data + p->last[key].at, value, len)) {
		*at = PACK_SAME;
		return at + 1;
	}
	if (value[0] == '"') {
		if (pack__is_wordy(r, a))
			word = codebook_word(b, value + 1, len - 2);
		if (word != DICT_NONE)
			at = pack__uint(at,
			    (uint64_t)word << PACK_HOW_BITS | PACK_WORD);
		else
			at = pack__bytes(at, PACK_TEXT, value + 1, len - 2);
	} else if (pack__digits(value, len, &digits)) {
		return pack__uint(at, digits << PACK_HOW_BITS | PACK_DIGITS);
	} else {
		at = pack__bytes(at, PACK_OTHER, value, len);
	}
	pack__remember(p, key, value, len);
	return at;
}

/* True when the line's time is written as we would write it. */
static bool
pack__is_time(const char *value, size_t len)
{
	return value[0] == '"' && clock_is_canonical(value + 1, len - 2);
}

/* True for the text of a number that is printed like that again. */
static bool
pack__is_number(const char *value, size_t len)
{
	if (len == 0 || len > 18 || (value[0] == '0' && len > 1))
		return false;
	for (size_t i = 0; i < len; i++)
		if (value[i] < '0' || value[i] > '9')
			return false;
	return true;
}

/*
 * The slots that say who the line is: when, which run, which number.  NULL:
 * it has to be told as any other value.
 */
static char *
pack__own(struct pack *p, const struct record *r, uint8_t key,
    int64_t *last_seq, const struct line_attr *a, char *at)
{
	const char *value = r->raw.data + a->at;
	int64_t delta, seq;

	if (key == CODEBOOK_TIME && pack__is_time(value, a->span)) {
		delta = pack__sub(r->time_ns, p->time_ns);
	} else if (key == CODEBOOK_RUN) {
		/* Its first run, and written without an escape. */
		if (a->text != record_run(r) || a->span != a->text_len + 2 ||
		    !plain_equal(value + 1, a->text, a->text_len))
			return NULL;
		*at = PACK_SAME;
		return at + 1;
	} else if (key == CODEBOOK_SEQ && pack__is_number(value, a->span)) {
		seq = event_num(&r->ev, FIELD_SEQ, 0);
		delta = pack__sub(seq, *last_seq);
		*last_seq = seq;
	} else {
		return NULL;
	}
	*at = PACK_DELTA;
	return pack__int(at + 1, delta);
}

/* The journal's stamps, in whole microseconds. */
static char *
pack__stamps(struct pack *p, const struct record *r, char *at)
{
	int64_t real = 0, skew;

	if (r->real_ns >= 0) {
		real = r->real_ns / NSEC_PER_USEC;
		at = pack__int(at, pack__sub(real, r->time_ns / NSEC_PER_USEC));
	}
	if (r->mono_ns >= 0) {
		skew = pack__sub(real, r->mono_ns / NSEC_PER_USEC);
		at = pack__int(at, pack__sub(skew, p->skew_us));
		p->skew_us = skew;
	}
	at = pack__int(at, pack__sub((int64_t)r->pos.offset, p->offset));
	p->offset = (int64_t)r->pos.offset;
	return at;
}

/* May the line be packed at all? */
static bool
pack__takes(const struct pack *p, const struct record *r)
{
	return p->lines < PACK_LINES_MAX && p->bytes.len < PACK_BYTES_MAX &&
	    r->flags == 0 && r->raw.len <= PACK_LINE_BYTES_MAX &&
	    (r->kind == RECORD_EVENT || r->kind == RECORD_OTHER) &&
	    r->time_from == RECORD_TIME_OWN && r->raw.data[0] == '{' &&
	    event_num(&r->ev, FIELD_SEQ, -1) >= 0 && record_run(r) != NULL &&
	    (r->real_ns < 0 || r->real_ns % NSEC_PER_USEC == 0) &&
	    (r->mono_ns < 0 || r->mono_ns % NSEC_PER_USEC == 0);
}

/* What the line says, in the order of its form's slots. */
static char *
pack__slots(struct pack *p, struct codebook *b, const struct record *r,
    const struct codebook_form *form, const uint8_t *slots, uint32_t origin,
    char *at)
{
	int64_t *seq = pack__seq(p, origin);
	const struct line_attr *a;
	char *own;

	for (unsigned i = 0; i < form->n; i++) {
		a = &r->line.attrs[slots[i]];
		own = form->key[i] < CODEBOOK_OWN
		    ? pack__own(p, r, form->key[i], seq, a, at)
		    : NULL;
		at = own != NULL ? own
				 : pack__value(p, b, form->key[i], r, a, at);
	}
	return at;
}

bool
pack_put(struct pack *p, struct codebook *b, const struct record *r,
    int64_t input)
{
	const struct codebook_form *form;
	const uint8_t *slots;
	uint32_t number, origin;
	const char *text;
	char *at;

	if (!pack__takes(p, r))
		return false;
	number = codebook_form(b, r, &slots);
	origin = codebook_origin(b, r, input);
	if (number == DICT_NONE || origin == DICT_NONE)
		return false;
	form = codebook_form_of(b, number, &text);
	buf_reserve(&p->bytes,
	    PACK_HEAD_MAX + r->raw.len + form->n * (size_t)PACK_NUMBER_MAX);
	at = p->bytes.data + p->bytes.len;
	at = pack__uint(at,
	    (uint64_t)number << PACK_FORM_BITS |
		(r->real_ns >= 0 ? PACK_HAS_REAL : 0) |
		(r->mono_ns >= 0 ? PACK_HAS_MONO : 0));
	at = pack__uint(at, origin);
	at = pack__stamps(p, r, at);
	at = pack__slots(p, b, r, form, slots, origin, at);
	*at = '\0';
	p->bytes.len = (size_t)(at - p->bytes.data);
	p->time_ns = r->time_ns;
	p->lines++;
	p->at = p->bytes.len;
	return true;
}
