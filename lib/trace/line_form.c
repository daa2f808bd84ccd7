/* SPDX-License-Identifier: ISC */
#include "trace/line_form_int.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/plain.h"
#include "wire/event.h"

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

/* ---- reading ----------------------------------------------------------- */

/* A line on its way into a record. */
struct reading {
	const char *p, *end; /* of the quoted text */
	char *raw, *mem;     /* of the record, with room */
	size_t at;           /* in both */
	struct record *r;
};

/* Moves over the number at p, and copies it; false: none, or a long one. */
static bool
reading__number(struct reading *g)
{
	const char *p = g->p, *from;

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
	if (p > g->end)
		return false;
	form__copy(g->raw + g->at, g->p, (size_t)(p - g->p));
	form__copy(g->mem + g->at, g->p, (size_t)(p - g->p));
	g->at += (size_t)(p - g->p);
	g->p = p;
	return true;
}

/* The same of a string; false: it may be slog's word for an error. */
static bool
reading__string(struct reading *g)
{
	size_t n = form__run(g->p, (size_t)(g->end - g->p));

	if (*g->p == '!' || *g->p == '<')
		return false;
	form__copy(g->raw + g->at, g->p, n);
	form__copy(g->mem + g->at, g->p, n);
	g->at += n;
	g->p += n;
	return true;
}

/* Moves over a stretch, and copies it; false: it is another one. */
static inline bool
reading__stretch(struct reading *g, const struct form *form,
    const struct form_slot *s)
{
	if ((size_t)(g->end - g->p) < s->quoted_len ||
	    !plain_same(g->p, form->quoted + s->quoted, s->quoted_len))
		return false;
	g->p += s->quoted_len;
	form__copy(g->raw + g->at, form->plain + s->plain, s->plain_len);
	form__copy(g->mem + g->at, form->ended + s->plain, s->plain_len);
	g->at += s->plain_len;
	return true;
}

/* The attribute whose key is in the stretch that begins at `from`. */
static inline void
reading__attr(const struct reading *g, const struct form_attr *fa, size_t from,
    struct line_attr *a)
{
	a->key = g->mem + from + fa->key;
	a->key_len = fa->key_len;
	a->type = fa->type;
	a->at = (uint32_t)from + fa->at;
	a->span = fa->span;
	a->text = g->mem + a->at;
	a->text_len = fa->span;
	if (fa->type == LINE_STRING) {
		a->text++;
		a->text_len -= 2;
	}
}

/* Reads all values, and makes the attributes; false: another form. */
static bool
reading__line(struct reading *g, const struct form *form)
{
	const struct form_attr *fa = form->attrs;
	struct line_attr *a = g->r->line.attrs;
	size_t from, value;

	for (unsigned i = 0; i < form->n_slots; i++) {
		const struct form_slot *s = &form->slots[i];

		from = g->at;
		if (!reading__stretch(g, form, s))
			return false;
		value = g->at;
		if (s->string ? !reading__string(g) : !reading__number(g))
			return false;
		for (; fa->fixed; fa++)
			reading__attr(g, fa, from, a++);
		reading__attr(g, fa++, from, a);
		/* The span is what it is here. */
		a->text_len = (uint32_t)(g->at - value);
		a->span = a->text_len + (s->string ? 2 : 0);
		a++;
	}
	from = g->at;
	if (!reading__stretch(g, form, &form->slots[form->n_slots]) ||
	    g->p != g->end)
		return false;
	for (; fa < form->attrs + form->n_attrs; fa++)
		reading__attr(g, fa, from, a++);
	return true;
}

/* The time of a line; most are of the same second as the one before. */
static bool
form__time(struct line_forms *f, const struct line_attr *a, int64_t *ret)
{
	static const int32_t scale[] = { 1000000000, 100000000, 10000000,
		1000000, 100000, 10000, 1000, 100, 10, 1 };
	const char *s = a->text;
	size_t len = a->text_len, second = sizeof(f->second) - 1, n = 0;
	int32_t frac = 0;

	if (len < second + 2 || len > second + 11 || s[second] != '.' ||
	    s[len - 1] != 'Z')
		return clock_parse_rfc3339(s, len, ret);
	if (memcmp(s, f->second, second) != 0) {
		char whole[sizeof(f->second)];

		memcpy(whole, s, second);
		whole[second] = 'Z';
		if (!clock_parse_rfc3339(whole, sizeof(whole), &f->second_ns)) {
			f->second[0] = '\0';
			return false;
		}
		memcpy(f->second, s, second);
	}
	for (s += second + 1; *s >= '0' && *s <= '9'; s++, n++)
		frac = frac * 10 + (*s - '0');
	if (n == 0 || n != len - second - 2)
		return false;
	*ret = f->second_ns + (int64_t)frac * scale[n];
	return true;
}

/* What the attributes mean; false: something else than those of the form. */
static bool
form__event(struct line_forms *f, const struct form *form, struct record *r)
{
	const struct line_attr *attrs = r->line.attrs, *op;
	struct event *ev = &r->ev;

	event_init(ev, form->kind);
	ev->level = form->level;
	ev->msg = attrs[2].text;
	ev->has_time = form__time(f, &attrs[0], &ev->time_ns);
	if (!ev->has_time)
		return false;
	if (form->op < form->n_slots) {
		op = &attrs[form->slots[form->op].attr];
		if (!opid_parse(op->text, op->text_len, &r->op))
			return false;
	}
	for (unsigned i = 0; i < form->n_slots; i++) {
		const struct form_slot *s = &form->slots[i];

		if (s->field == FIELD_MAX)
			continue;
		if (s->string)
			event_set_str(ev, s->field, attrs[s->attr].text);
		else
			event_take(ev, s->field, &attrs[s->attr]);
	}
	return true;
}

static bool
form__read(struct line_forms *f, const struct form *form, const char *text,
    size_t len, struct record *r)
{
	struct reading g = { text, text + len, r->raw.data, r->line.mem.data, 0,
		r };

	line_room(&r->line, form->n_attrs);
	if (!reading__line(&g, form))
		return false;
	r->raw.len = r->line.mem.len = g.at;
	g.raw[g.at] = g.mem[g.at] = '\0';
	r->line.n = form->n_attrs;
	if (!form__event(f, form, r))
		return false;
	r->kind = RECORD_EVENT;
	r->form_hint = form->number;
	return true;
}

bool
line_form_read(struct line_forms *f, const char *text, size_t len,
    struct record *r)
{
	struct form **set = line_form__set(f, text, len), *form;

	if (set == NULL || set[0] == NULL)
		return false;
	buf_reset(&r->raw);
	buf_reset(&r->line.mem);
	buf_reserve(&r->raw, len + PLAIN_BLOCK);
	buf_reserve(&r->line.mem, len + PLAIN_BLOCK);
	for (unsigned i = 0; i < FORM_WAYS && set[i] != NULL; i++) {
		if (!form__read(f, set[i], text, len, r))
			continue;
		form = set[i];
		memmove(set + 1, set, i * sizeof(*set));
		set[0] = form;
		return true;
	}
	r->line.n = 0;
	r->op.text[0] = '\0';
	buf_reset(&r->raw);
	buf_reset(&r->line.mem);
	return false;
}
