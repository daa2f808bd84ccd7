/* SPDX-License-Identifier: ISC */
#include "trace/pack.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
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

/* LEB128: seven bits a byte, the low ones first. */
static void
pack__uint(struct buf *out, uint64_t v)
{
	char *at;

	buf_reserve(out, 10);
	at = out->data + out->len;
	for (; v >= 0x80; v >>= 7)
		*at++ = (char)(v | 0x80);
	*at++ = (char)v;
	*at = '\0';
	out->len = (size_t)(at - out->data);
}

/* Small numbers of either sign are short. */
static void
pack__int(struct buf *out, int64_t v)
{
	pack__uint(out, (uint64_t)v << 1 ^ (v < 0 ? UINT64_MAX : 0));
}

/* A decimal that is printed as it stands when its digits are one number. */
static bool
pack__digits(const char *s, size_t len, uint64_t *ret)
{
	uint64_t digits = 0;
	size_t decimals = 0;
	bool point = false;

	if (len > PACK_DIGITS_MAX || (s[0] == '0' && len > 1 && s[1] != '.'))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '.' && !point && i > 0) {
			point = true;
			continue;
		}
		if (s[i] < '0' || s[i] > '9')
			return false;
		digits = digits * 10 + (uint64_t)(s[i] - '0');
		decimals += point;
	}
	if (decimals > PACK_DECIMALS_MAX || (point && decimals == 0))
		return false;
	*ret = digits * 10 + decimals;
	return true;
}

static void
pack__put_bytes(struct pack *p, enum pack_how how, const char *s, size_t len)
{
	pack__uint(&p->bytes, (uint64_t)len << PACK_HOW_BITS | how);
	buf_put(&p->bytes, s, len);
}

static void
pack__put_value(struct pack *p, struct codebook *b, uint8_t key,
    const char *value, size_t len)
{
	uint64_t digits;
	uint32_t word = DICT_NONE;

	/* Of a run that would mean the origin's. */
	if (key < CODEBOOK_KEYS_MAX && key != CODEBOOK_RUN &&
	    p->last[key].len == len &&
	    memcmp(p->values.data + p->last[key].at, value, len) == 0) {
		buf_putc(&p->bytes, PACK_SAME);
		return;
	}
	if (value[0] == '"') {
		if (len >= PACK_WORD_MIN + 2 && len <= PACK_WORD_MAX + 2)
			word = codebook_word(b, value + 1, len - 2);
		if (word != DICT_NONE)
			pack__uint(&p->bytes,
			    (uint64_t)word << PACK_HOW_BITS | PACK_WORD);
		else
			pack__put_bytes(p, PACK_TEXT, value + 1, len - 2);
	} else if (pack__digits(value, len, &digits)) {
		pack__uint(&p->bytes, digits << PACK_HOW_BITS | PACK_DIGITS);
		return;
	} else {
		pack__put_bytes(p, PACK_OTHER, value, len);
	}
	pack__remember(p, key, value, len);
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

/* The slots that say who the line is: when, which run, which number. */
static bool
pack__put_own(struct pack *p, const struct record *r, uint8_t key,
    int64_t *last_seq, const char *value, size_t len)
{
	const char *run;
	int64_t delta, seq;

	if (key == CODEBOOK_TIME && pack__is_time(value, len)) {
		delta = pack__sub(r->time_ns, p->time_ns);
	} else if (key == CODEBOOK_RUN) {
		run = record_run(r);
		if (value[0] != '"' || len != strlen(run) + 2 ||
		    memcmp(value + 1, run, len - 2) != 0)
			return false;
		buf_putc(&p->bytes, PACK_SAME);
		return true;
	} else if (key == CODEBOOK_SEQ && pack__is_number(value, len)) {
		seq = event_num(&r->ev, FIELD_SEQ, 0);
		delta = pack__sub(seq, *last_seq);
		*last_seq = seq;
	} else {
		return false;
	}
	buf_putc(&p->bytes, PACK_DELTA);
	pack__int(&p->bytes, delta);
	return true;
}

/* The journal's stamps, in whole microseconds. */
static void
pack__put_stamps(struct pack *p, const struct record *r)
{
	int64_t real = 0, skew;

	if (r->real_ns >= 0) {
		real = r->real_ns / NSEC_PER_USEC;
		pack__int(&p->bytes,
		    pack__sub(real, r->time_ns / NSEC_PER_USEC));
	}
	if (r->mono_ns >= 0) {
		skew = pack__sub(real, r->mono_ns / NSEC_PER_USEC);
		pack__int(&p->bytes, pack__sub(skew, p->skew_us));
		p->skew_us = skew;
	}
	pack__int(&p->bytes, pack__sub((int64_t)r->pos.offset, p->offset));
	p->offset = (int64_t)r->pos.offset;
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

bool
pack_put(struct pack *p, struct codebook *b, const struct record *r,
    int64_t input)
{
	uint8_t slots[CODEBOOK_SLOTS_MAX];
	const struct codebook_form *form;
	const struct line_attr *a;
	uint32_t number, origin;
	int64_t *seq;
	const char *text;

	if (!pack__takes(p, r))
		return false;
	number = codebook_form(b, r, slots);
	origin = codebook_origin(b, r, input);
	if (number == DICT_NONE || origin == DICT_NONE)
		return false;
	form = codebook_form_of(b, number, &text);
	seq = pack__seq(p, origin);
	pack__uint(&p->bytes,
	    (uint64_t)number << PACK_FORM_BITS |
		(r->real_ns >= 0 ? PACK_HAS_REAL : 0) |
		(r->mono_ns >= 0 ? PACK_HAS_MONO : 0));
	pack__uint(&p->bytes, origin);
	pack__put_stamps(p, r);
	for (unsigned i = 0; i < form->n; i++) {
		a = &r->line.attrs[slots[i]];
		text = r->raw.data + a->at;
		if (form->key[i] >= CODEBOOK_OWN ||
		    !pack__put_own(p, r, form->key[i], seq, text, a->span))
			pack__put_value(p, b, form->key[i], text, a->span);
	}
	p->time_ns = r->time_ns;
	p->lines++;
	p->at = p->bytes.len;
	return true;
}
