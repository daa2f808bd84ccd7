/* SPDX-License-Identifier: ISC */
#include "trace/line_form_int.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/plain.h"

/* What every line of ours begins with, and where its message is then. */
static const char form_head[] = "{\\\"time\\\":\\\"";
#define FORM_HEAD (sizeof(form_head) - 1)
#define FORM_TO_MSG 30 /* from the end of the time, with INFO */
#define FORM_MSG 16    /* bytes that are looked at */
#define FORM_LOOK 16   /* as many are looked at together */
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
line_form__set(struct line_forms *f, const char *text, size_t len)
{
	size_t at;

	if (len < FORM_HEAD + FORM_TO_MSG + FORM_MSG ||
	    memcmp(text, form_head, FORM_HEAD) != 0)
		return NULL;
	at = FORM_HEAD + form__run(text + FORM_HEAD, len - FORM_HEAD);
	if (at + FORM_TO_MSG + FORM_MSG > len)
		return NULL;
	return f->sets[hash_bytes(0, text + at + FORM_TO_MSG, FORM_MSG) %
	    FORM_SETS];
}

/* ---- cutting ----------------------------------------------------------- */

/* A line on its way. */
struct cutting {
	const char *p, *end; /* of the quoted text */
	char *raw;           /* with room */
	size_t at;           /* in it */
};

/* Moves over a text, and copies it. */
static inline void
cutting__take(struct cutting *c, const char *text, size_t len)
{
	form__copy(c->raw + c->at, text, len);
	c->at += len;
}

/* Moves over the number at p, and copies it; false: none, or a long one. */
static inline bool
cutting__number(struct cutting *c)
{
	const char *p = c->p, *from;

	p += *p == '-';
	from = p;
	while (*p >= '0' && *p <= '9')
		p++;
	if (p == from || (*from == '0' && p > from + 1))
		return false;
	if (*p == '.') {
		from = ++p;
		while (*p >= '0' && *p <= '9')
			p++;
		if (p == from)
			return false;
	}
	if (p > c->end)
		return false;
	cutting__take(c, c->p, (size_t)(p - c->p));
	c->p = p;
	return true;
}

/* The same of a string; false: it may be slog's word for an error. */
static inline bool
cutting__string(struct cutting *c)
{
	size_t n = form__run(c->p, (size_t)(c->end - c->p));

	if (*c->p == '!' || *c->p == '<')
		return false;
	cutting__take(c, c->p, n);
	c->p += n;
	return true;
}

/* Moves over a stretch, and copies it; false: it is another one. */
static inline bool
cutting__stretch(struct cutting *c, const struct form *form,
    const struct form_slot *s)
{
	if ((size_t)(c->end - c->p) < s->quoted_len ||
	    !plain_same(c->p, form->quoted + s->quoted, s->quoted_len))
		return false;
	c->p += s->quoted_len;
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

const struct form *
line_form_cut(struct line_forms *f, const char *text, size_t len,
    struct buf *raw, struct line_cut *ret)
{
	struct form **set = line_form__set(f, text, len), *form;
	struct cutting c;

	if (set == NULL || len > UINT16_MAX)
		return NULL;
	buf_reset(raw);
	buf_reserve(raw, len + PLAIN_BLOCK);
	for (unsigned i = 0; i < FORM_WAYS && set[i] != NULL; i++) {
		c = (struct cutting){ text, text + len, raw->data, 0 };
		if (!cutting__line(&c, set[i], ret))
			continue;
		form = set[i];
		memmove(set + 1, set, i * sizeof(*set));
		set[0] = form;
		raw->len = c.at;
		raw->data[c.at] = '\0';
		return form;
	}
	return NULL;
}
