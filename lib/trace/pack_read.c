/* SPDX-License-Identifier: ISC */
/* The reading half of pack.h. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "trace/pack_int.h"
#include "trace/parse.h"

void
pack_load(struct pack *p, const void *bytes, size_t len)
{
	pack_reset(p);
	buf_put(&p->bytes, bytes, len);
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
