/* SPDX-License-Identifier: ISC */
#include "trace/line_form_int.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/plain.h"

/* What every line of ours begins with, and where its message is then. */
static const struct {
	const char *text;
	size_t len;
	size_t to_msg; /* about so far from the end of the time, with INFO */
} form_heads[] = {
	{ "{\"time\":\"", 9, 22 },
	{ "{\\\"time\\\":\\\"", 12, 30 }, /* quoted */
};
#define FORM_MSG 16  /* bytes that are looked at */
#define FORM_LOOK 16 /* as many are looked at together */
/* Copies are made in pieces of so many bytes. */
#define FORM_PIECE 32

struct line_forms *
line_forms_new(void)
{
	struct line_forms *f = xcalloc(1, sizeof(*f));

	f->made = hash_seed();
	return f;
}

struct line_forms *
line_forms_free(struct line_forms *f)
{
	if (f == NULL)
		return NULL;
	for (size_t i = 0; i < FORM_SETS; i++)
		for (size_t k = 0; k < FORM_WAYS; k++)
			free(f->sets[i][k]);
	for (size_t i = 0; i < FORM_NUMBERS; i++)
		free(f->numbered[i]);
	free(f);
	return NULL;
}

/* How many bytes stand before the next backslash; len: there is none. */
static inline size_t
form__run(const char *s, size_t len)
{
	for (size_t n = 0; n < len; n += FORM_LOOK) {
#ifdef __SSE2__
		__m128i v;
		unsigned found;

		memcpy(&v, s + n, sizeof(v));
		found = (unsigned)_mm_movemask_epi8(
		    _mm_cmpeq_epi8(v, _mm_set1_epi8('\\')));
		if (found != 0)
			return n + (size_t)__builtin_ctz(found);
#else
		const char *slash = memchr(s + n, '\\', FORM_LOOK);

		if (slash != NULL)
			return (size_t)(slash - s);
#endif
	}
	return len;
}

/* Up to where a string ends, or what no form has begins. */
static inline size_t
form__string(const char *s, size_t len, bool quoted)
{
	return quoted ? form__run(s, len) : plain_run(s, len);
}

/*
 * Copies n bytes, and up to a piece more: both sides have them.  Most texts are
 * shorter than a piece.
 */
static inline void
form__copy(char *out, const char *s, size_t n)
{
	memcpy(out, s, FORM_PIECE);
	for (size_t i = FORM_PIECE; i < n; i += FORM_PIECE)
		memcpy(out + i, s + i, FORM_PIECE);
}

struct form **
line_form__set(struct line_forms *f, const struct line_text *text)
{
	size_t head = form_heads[text->quoted].len, at;

	if (text->len < head ||
	    memcmp(text->s, form_heads[text->quoted].text, head) != 0)
		return NULL;
	at = head +
	    form__string(text->s + head, text->len - head, text->quoted);
	at += form_heads[text->quoted].to_msg;
	if (at + FORM_MSG > text->len)
		return NULL;
	return f->sets[hash_bytes(0, text->s + at, FORM_MSG) % FORM_SETS];
}

/* ---- cutting ----------------------------------------------------------- */

/* A line on its way. */
struct cutting {
	const char *p, *end; /* of the text as it was given */
	bool quoted;
	char *raw; /* its own text, with room; only of a quoted one */
	size_t at; /* in its own text */
};

/* Takes over what is next of the line's own text. */
static inline void
cutting__take(struct cutting *c, const char *text, size_t len)
{
	if (c->quoted)
		form__copy(c->raw + c->at, text, len);
	c->at += len;
}

/* Moves over the number at p; false: none, or an odd one. */
static inline bool
cutting__number(struct cutting *c)
{
	const char *p = c->p, *from;

	p += *p == '-';
	from = p;
	while (p < c->end && *p >= '0' && *p <= '9')
		p++;
	if (p == from || (*from == '0' && p > from + 1))
		return false;
	if (p < c->end && *p == '.') {
		from = ++p;
		while (p < c->end && *p >= '0' && *p <= '9')
			p++;
		if (p == from)
			return false;
	}
	cutting__take(c, c->p, (size_t)(p - c->p));
	c->p = p;
	return true;
}

/* The same of a string; false: it may be slog's word for an error. */
static inline bool
cutting__string(struct cutting *c)
{
	size_t n = form__string(c->p, (size_t)(c->end - c->p), c->quoted);

	if (*c->p == '!' || *c->p == '<')
		return false;
	cutting__take(c, c->p, n);
	c->p += n;
	return true;
}

/* Moves over a stretch; false: it is another one. */
static inline bool
cutting__stretch(struct cutting *c, const struct form *form,
    const struct form_slot *s)
{
	const char *as = c->quoted ? form->quoted + s->quoted
				   : form->plain + s->plain;
	size_t len = c->quoted ? s->quoted_len : s->plain_len;

	if ((size_t)(c->end - c->p) < len || !plain_same(c->p, as, len))
		return false;
	c->p += len;
	cutting__take(c, form->plain + s->plain, s->plain_len);
	return true;
}

/* Cuts the line by that form; false: it is of another one. */
static bool
cutting__line(struct cutting *c, const struct form *form, struct line_cut *ret)
{
	const struct form_slot *s = form->slots;

	for (unsigned i = 0; i < form->n_slots; i++, s++) {
		if (!cutting__stretch(c, form, s) ||
		    (s->string ? !cutting__string(c) : !cutting__number(c)))
			return false;
		ret->ends[i] = (uint16_t)c->at;
	}
	ret->number = form->number;
	ret->n = form->n_slots;
	return cutting__stretch(c, form, s) && c->p == c->end;
}

/* The first of the set that the line can be cut by, which is moved up. */
static inline const struct form *
cutting__any(const struct cutting *start, struct form **set,
    struct line_cut *ret)
{
	struct cutting c;
	struct form *form;

	for (unsigned i = 0; i < FORM_WAYS && set[i] != NULL; i++) {
		c = *start;
		if (!cutting__line(&c, set[i], ret))
			continue;
		form = set[i];
		memmove(set + 1, set, i * sizeof(*set));
		set[0] = form;
		return form;
	}
	return NULL;
}

const struct form *
line_form_cut(struct line_forms *f, const struct line_text *text,
    struct buf *raw, struct line_cut *ret)
{
	struct form **set = line_form__set(f, text);
	struct cutting c = { text->s, text->s + text->len, text->quoted, NULL,
		0 };
	const struct form *form;

	if (set == NULL || text->len > UINT16_MAX)
		return NULL;
	if (!text->quoted)
		return cutting__any(&c, set, ret);
	buf_reset(raw);
	buf_reserve(raw, text->len + PLAIN_BLOCK);
	c.raw = raw->data;
	form = cutting__any(&c, set, ret);
	if (form == NULL)
		return NULL;
	/* In its own text the last stretch ends where the line does. */
	raw->len = (ret->n > 0 ? ret->ends[ret->n - 1] : 0) +
	    form->slots[form->n_slots].plain_len;
	raw->data[raw->len] = '\0';
	return form;
}
