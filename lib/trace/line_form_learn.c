/* SPDX-License-Identifier: ISC */
/* Making forms of lines: the other half of line_form.h. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "trace/line_form_int.h"

/* A form on its way, of a line. */
struct learning {
	struct form *form;
	const struct record *r;
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
form__make(struct form *form, const struct record *r, uint64_t number)
{
	struct learning l = { form, r, 0, 0, 0 };

	memset(form, 0, sizeof(*form));
	form->number = number;
	form->kind = r->ev.kind;
	form->level = r->ev.level;
	form->op = UINT8_MAX;
	for (size_t i = 0; i < r->line.n; i++)
		if (!learning__attr(&l, i))
			return false;
	form->n_attrs = (uint8_t)r->line.n;
	return learning__stretch(&l, &form->slots[form->n_slots], r->raw.len);
}

/* Forms have nothing escaped, and nothing beyond ASCII. */
static bool
learning__is_simple(const struct line_text *text)
{
	for (size_t i = 0; !text->quoted && i < text->len; i++) {
		unsigned char c = (unsigned char)text->s[i];

		if (!plain_is(c) && c != '"')
			return false;
	}
	return true;
}

void
line_form_learn(struct line_forms *f, const struct line_text *text,
    struct record *r)
{
	struct form **set = line_form__set(f, text), *form;
	uint64_t number = f->made + 1 == 0 ? 1 : f->made + 1;

	if (set == NULL || !learning__is_simple(text) || !learning__may(r))
		return;
	form = set[FORM_WAYS - 1];
	if (form == NULL)
		form = xmalloc(sizeof(*form));
	if (!form__make(form, r, number)) {
		set[FORM_WAYS - 1] = NULL;
		free(form);
		return;
	}
	memmove(set + 1, set, (FORM_WAYS - 1) * sizeof(*set));
	set[0] = form;
	f->made = r->form_hint = number;
}

void
line_form_learn_number(struct line_forms *f, uint64_t number, struct record *r)
{
	struct form **place = &f->numbered[number % FORM_NUMBERS];

	if (!learning__may(r))
		return;
	if (*place == NULL)
		*place = xmalloc(sizeof(**place));
	if (form__make(*place, r, number)) {
		r->form_hint = number;
		return;
	}
	free(*place);
	*place = NULL;
}

const struct form *
line_form_of(const struct line_forms *f, uint64_t number)
{
	const struct form *form = f->numbered[number % FORM_NUMBERS];

	return form != NULL && form->number == number ? form : NULL;
}
