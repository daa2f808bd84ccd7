/* SPDX-License-Identifier: ISC */
#include "trace/line_form.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/plain.h"
#include "wire/event.h"

#define FORM_ATTRS_MAX 32
/* What stands between the values of a line, quoted. */
#define FORM_TEXT_MAX 1024
/* Forms are found by their message; so many may have the same. */
#define FORM_WAYS 4
#define FORM_SETS 32
/* What every line of ours begins with, and where its message is then. */
static const char form_head[] = "{\\\"time\\\":\\\"";
#define FORM_HEAD (sizeof(form_head) - 1)
#define FORM_TO_MSG 30 /* from the end of the time, with INFO */
#define FORM_MSG 16    /* bytes that are looked at */
#define FORM_LOOK 16   /* as many are looked at together */
/* Copies are made in pieces of so many bytes. */
#define FORM_PIECE 32

/* A value that differs, and what stands before it. */
struct form_slot {
	uint16_t quoted, quoted_len; /* in form.quoted */
	uint16_t plain, plain_len;   /* in form.plain and form.ended */
	uint8_t attr;                /* its number */
	uint8_t field;               /* enum field_id, or FIELD_MAX */
	bool string;                 /* else a number */
};

struct form_attr {
	uint8_t type; /* enum line_type */
	bool fixed;   /* the value is in the stretch too */
	/* Counted from the start of the stretch. */
	uint16_t key, key_len, at, span;
};

struct form {
	uint32_t number;              /* 0: none */
	uint8_t n_slots, n_attrs, op; /* op: its slot, or n_slots */
	enum event_kind kind;
	int level;
	/* Behind the last slot stands one more stretch. */
	struct form_slot slots[FORM_ATTRS_MAX + 1];
	struct form_attr attrs[FORM_ATTRS_MAX];
	/* The stretches as they are quoted, as they are, and with NULs. */
	char quoted[FORM_TEXT_MAX + PLAIN_BLOCK];
	char plain[FORM_TEXT_MAX + PLAIN_BLOCK];
	char ended[FORM_TEXT_MAX + PLAIN_BLOCK];
};

struct line_forms {
	uint32_t made;
	char second[20]; /* "2006-01-02T15:04:05", or "" */
	int64_t second_ns;
	struct form *sets[FORM_SETS][FORM_WAYS]; /* the newest first */
};

struct line_forms *
line_forms_new(void)
{
	return xcalloc(1, sizeof(struct line_forms));
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

/* The set that a line's form is in; NULL: it can have none. */
static struct form **
form__set(struct line_forms *f, const char *text, size_t len)
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
	struct form **set = form__set(f, text, len), *form;

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

/* ---- learning ---------------------------------------------------------- */

/* A form on its way, of a line. */
struct learning {
	struct form *form;
	const struct record *r;
	char *ended; /* a copy of raw with NULs behind keys and values */
	size_t from; /* of raw, where the present stretch begins */
	size_t quoted, plain;
};

/* Where the key of the attribute stands in raw; 0: not just before it. */
static size_t
learning__key(const struct record *r, const struct line_attr *a)
{
	const char *raw = r->raw.data;
	size_t key;

	if (a->at < (size_t)a->key_len + 3)
		return 0;
	key = a->at - 2 - a->key_len;
	return raw[a->at - 1] == ':' && raw[a->at - 2] == '"' &&
		raw[key - 1] == '"' &&
		memcmp(raw + key, a->key, a->key_len) == 0
	    ? key
	    : 0;
}

/* Ends the stretch at `to`; false when it is too long. */
static bool
learning__stretch(struct learning *l, struct form_slot *s, size_t to)
{
	struct form *form = l->form;
	const char *raw = l->r->raw.data;

	s->quoted = (uint16_t)l->quoted;
	s->plain = (uint16_t)l->plain;
	for (size_t i = l->from; i < to; i++) {
		if (l->quoted + 2 > FORM_TEXT_MAX)
			return false;
		if (raw[i] == '"')
			form->quoted[l->quoted++] = '\\';
		form->quoted[l->quoted++] = raw[i];
		form->ended[l->plain] = l->ended[i];
		form->plain[l->plain++] = raw[i];
	}
	s->quoted_len = (uint16_t)(l->quoted - s->quoted);
	s->plain_len = (uint16_t)(l->plain - s->plain);
	return true;
}

/* The field that the attribute of that number sets, or FIELD_MAX. */
static enum field_id
learning__field(const struct line_attr *a, size_t number)
{
	enum field_id id = field_find(a->key, a->key_len);

	if (number < 3 || id == FIELD_MAX)
		return FIELD_MAX;
	return (field_type(id) == FIELD_STR) == (a->type == LINE_STRING)
	    ? id
	    : FIELD_MAX;
}

static bool
learning__attr(struct learning *l, size_t number)
{
	const struct line_attr *a = &l->r->line.attrs[number];
	struct form *form = l->form;
	struct form_attr *fa = &form->attrs[number];
	struct form_slot *s = &form->slots[form->n_slots];
	bool string = a->type == LINE_STRING;
	size_t key = learning__key(l->r, a), from = l->from;

	if (key == 0 || a->type == LINE_OBJECT || a->type == LINE_ARRAY)
		return false;
	fa->type = (uint8_t)a->type;
	/* level and msg are numbers 1 and 2. */
	fa->fixed = number == 1 || number == 2 ||
	    (!string && a->type != LINE_NUMBER);
	fa->key = (uint16_t)(key - from);
	fa->key_len = (uint16_t)a->key_len;
	fa->at = (uint16_t)(a->at - from);
	fa->span = (uint16_t)a->span;
	if (fa->fixed)
		return true;
	if (!learning__stretch(l, s, a->at + string))
		return false;
	l->from = a->at + a->span - string;
	s->attr = (uint8_t)number;
	s->string = string;
	s->field = (uint8_t)learning__field(a, number);
	if (string && a->key_len == 5 && memcmp(a->key, "op_id", 5) == 0)
		form->op = form->n_slots;
	form->n_slots++;
	return true;
}

/* Is it a line whose form says all? */
static bool
learning__may(const struct record *r)
{
	static const char *const heads[] = { "time", "level", "msg" };

	if (r->kind != RECORD_EVENT || (r->flags & ~RECORD_OUTER) != 0 ||
	    !r->ev.has_time || !r->ev.has_level || r->raw.data[0] != '{' ||
	    r->line.n < 3 || r->line.n > FORM_ATTRS_MAX ||
	    r->raw.len > UINT16_MAX)
		return false;
	for (size_t i = 0; i < 3; i++)
		if (strcmp(r->line.attrs[i].key, heads[i]) != 0 ||
		    r->line.attrs[i].type != LINE_STRING)
			return false;
	return true;
}

/* Fills the form; false when the line has none. */
static bool
form__make(struct form *form, const struct record *r)
{
	_cleanup_free_ char *ended = xmemdup(r->raw.data, r->raw.len);
	struct learning l = { form, r, ended, 0, 0, 0 };

	memset(form, 0, sizeof(*form));
	form->kind = r->ev.kind;
	form->level = r->ev.level;
	form->op = UINT8_MAX;
	for (size_t i = 0; i < r->line.n; i++) {
		const struct line_attr *a = &r->line.attrs[i];

		ended[a->at - 2] = '\0';
		ended[a->at + a->span - (a->type == LINE_STRING)] = '\0';
	}
	for (size_t i = 0; i < r->line.n; i++)
		if (!learning__attr(&l, i))
			return false;
	form->n_attrs = (uint8_t)r->line.n;
	return learning__stretch(&l, &form->slots[form->n_slots], r->raw.len);
}

void
line_form_learn(struct line_forms *f, const char *text, size_t len,
    struct record *r)
{
	struct form **set, *form;

	if (!learning__may(r) || (set = form__set(f, text, len)) == NULL)
		return;
	form = set[FORM_WAYS - 1];
	if (form == NULL)
		form = xmalloc(sizeof(*form));
	memmove(set + 1, set, (FORM_WAYS - 1) * sizeof(*set));
	set[0] = form;
	if (!form__make(form, r)) {
		/* Its place stays the last one's. */
		memmove(set, set + 1, (FORM_WAYS - 1) * sizeof(*set));
		set[FORM_WAYS - 1] = NULL;
		free(form);
		return;
	}
	form->number = ++f->made;
	r->form_hint = form->number;
}
