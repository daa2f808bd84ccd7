/* SPDX-License-Identifier: ISC */
#include "trace/pack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/mem.h"
#include "trace/parse.h"

/* How a slot is told: the low bits of its first number. */
enum pack_how {
	PACK_SAME,   /* as the key's last value; of a run: as the origin's */
	PACK_TEXT,   /* a string of so many bytes, which follow */
	PACK_WORD,   /* a string: the word of that number */
	PACK_DIGITS, /* a decimal: (digits as one number) * 10 + decimals */
	PACK_OTHER,  /* so many bytes of JSON, which follow */
	PACK_DELTA,  /* a time or number: difference from the last one */
	PACK_HOW_BITS = 3,
};

/* Flags below the number of the form. */
#define PACK_HAS_REAL 1
#define PACK_HAS_MONO 2
#define PACK_FORM_BITS 2

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

/* ---- numbers ----------------------------------------------------------- */

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

static bool
pack__get_uint(struct pack *p, uint64_t *ret)
{
	const unsigned char *s = (const unsigned char *)p->bytes.data;
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		if (p->at == p->bytes.len)
			return false;
		v |= (uint64_t)(s[p->at] & 0x7f) << shift;
		if ((s[p->at++] & 0x80) == 0) {
			*ret = v;
			return true;
		}
	}
	return false;
}

static bool
pack__get_int(struct pack *p, int64_t *ret)
{
	uint64_t v;

	if (!pack__get_uint(p, &v))
		return false;
	*ret = (int64_t)(v >> 1 ^ (0 - (v & 1)));
	return true;
}

/* a + b, or a - b, as wraps around: hostile numbers are told all the same. */
static int64_t
pack__add(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a + (uint64_t)b);
}

static int64_t
pack__sub(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a - (uint64_t)b);
}

/* ---- what both directions remember ------------------------------------- */

/* The last number of that origin; moved to the front, 0 when it is new. */
static int64_t *
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

static void
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

/* ---- unpacking --------------------------------------------------------- */

void
pack_load(struct pack *p, const void *bytes, size_t len)
{
	pack_reset(p);
	buf_put(&p->bytes, bytes, len);
}

static void
pack__get_digits(uint64_t v, struct buf *out)
{
	unsigned decimals = (unsigned)(v % 10);
	char text[24];
	int n = snprintf(text, sizeof(text), "%0*llu", (int)decimals + 1,
	    (unsigned long long)(v / 10));

	buf_put(out, text, (size_t)n - decimals);
	if (decimals == 0)
		return;
	buf_putc(out, '.');
	buf_put(out, text + (size_t)n - decimals, decimals);
}

/* A value that is not told by the last one; 0 or -1. */
static int
pack__get_text(struct pack *p, const struct codebook *b, uint8_t key,
    enum pack_how how, uint64_t v, struct buf *out)
{
	const char *s = p->bytes.data + p->at;
	size_t len = (size_t)v, from = out->len;

	if (how == PACK_DIGITS) {
		pack__get_digits(v, out);
		return 0;
	}
	if (how == PACK_WORD) {
		s = v < DICT_NONE
		    ? codebook_text(b, CODEBOOK_WORD, (uint32_t)v, &len)
		    : NULL;
		if (s == NULL)
			return -1;
	} else {
		if (v > p->bytes.len - p->at)
			return -1;
		p->at += len;
	}
	if (how != PACK_OTHER)
		buf_putc(out, '"');
	buf_put(out, s, len);
	if (how != PACK_OTHER)
		buf_putc(out, '"');
	pack__remember(p, key, out->data + from, out->len - from);
	return 0;
}

static int
pack__get_delta(struct pack *p, uint8_t key, int64_t *last_seq, struct buf *out)
{
	char text[CLOCK_RFC3339_MAX];
	int64_t delta;

	if (!pack__get_int(p, &delta))
		return -1;
	if (key == CODEBOOK_TIME) {
		buf_putc(out, '"');
		buf_put(out, text,
		    clock_format_rfc3339(pack__add(p->time_ns, delta), text));
		buf_putc(out, '"');
	} else if (key == CODEBOOK_SEQ) {
		*last_seq = pack__add(*last_seq, delta);
		buf_printf(out, "%lld", (long long)*last_seq);
	} else {
		return -1;
	}
	return 0;
}

/* What fills one slot; 0 or -1. */
static int
pack__get_slot(struct pack *p, const struct codebook *b,
    const struct codebook_origin *origin, uint8_t key, int64_t *seq,
    struct buf *out)
{
	enum pack_how how;
	uint64_t v;

	if (!pack__get_uint(p, &v))
		return -1;
	how = (enum pack_how)(v & ((1 << PACK_HOW_BITS) - 1));
	v >>= PACK_HOW_BITS;
	if (how == PACK_DELTA)
		return pack__get_delta(p, key, seq, out);
	if (how != PACK_SAME)
		return how > PACK_DELTA
		    ? -1
		    : pack__get_text(p, b, key, how, v, out);
	if (key == CODEBOOK_RUN) {
		buf_putc(out, '"');
		buf_puts(out, origin->run);
		buf_putc(out, '"');
		return 0;
	}
	if (key >= CODEBOOK_KEYS_MAX || p->last[key].len == 0)
		return -1;
	buf_put(out, p->values.data + p->last[key].at, p->last[key].len);
	return 0;
}

struct pack_head {
	uint64_t form, origin;
	int64_t real, skew, offset;
};

static bool
pack__get_head(struct pack *p, struct pack_head *h)
{
	if (!pack__get_uint(p, &h->form) || !pack__get_uint(p, &h->origin))
		return false;
	if ((h->form & PACK_HAS_REAL) != 0 && !pack__get_int(p, &h->real))
		return false;
	if ((h->form & PACK_HAS_MONO) != 0 && !pack__get_int(p, &h->skew))
		return false;
	return pack__get_int(p, &h->offset) &&
	    h->form >> PACK_FORM_BITS < DICT_NONE && h->origin < DICT_NONE;
}

/* What the journal said of it; the line itself is known by now. */
static void
pack__stamp(struct pack *p, const struct pack_head *h, struct record *r)
{
	int64_t real = 0;

	if ((h->form & PACK_HAS_REAL) != 0) {
		real = pack__add(r->time_ns / NSEC_PER_USEC, h->real);
		r->real_ns = (int64_t)((uint64_t)real * NSEC_PER_USEC);
	}
	if ((h->form & PACK_HAS_MONO) != 0) {
		p->skew_us = pack__add(p->skew_us, h->skew);
		r->mono_ns = (int64_t)((uint64_t)pack__sub(real, p->skew_us) *
		    NSEC_PER_USEC);
	}
	p->offset = pack__add(p->offset, h->offset);
	r->pos.offset = (uint64_t)p->offset;
	p->time_ns = r->time_ns;
	p->lines++;
}

int
pack_next(struct pack *p, const struct codebook *b, struct record *r,
    int64_t *ret_input)
{
	const struct codebook_origin *origin;
	const struct codebook_form *form;
	struct pack_head h = { 0 };
	const char *text;
	int64_t *seq;

	if (p->at == p->bytes.len)
		return 0;
	if (!pack__get_head(p, &h))
		return -1;
	form = codebook_form_of(b, (uint32_t)(h.form >> PACK_FORM_BITS), &text);
	origin = codebook_origin_of(b, (uint32_t)h.origin);
	if (form == NULL || origin == NULL)
		return -1;
	record_reset(r);
	seq = pack__seq(p, (uint32_t)h.origin);
	for (unsigned i = 0; i < form->n; i++) {
		buf_put(&r->raw, text, form->len[i]);
		text += form->len[i] + 1;
		if (pack__get_slot(p, b, origin, form->key[i], seq, &r->raw) <
		    0)
			return -1;
	}
	buf_put(&r->raw, text, form->len[form->n]);
	record_set_origin(r, origin->unit, origin->boot);
	parse_message(r, true);
	r->pid = origin->pid;
	r->priority = origin->priority;
	pack__stamp(p, &h, r);
	*ret_input = origin->input;
	return 1;
}
