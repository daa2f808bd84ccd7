/* SPDX-License-Identifier: ISC */
/* Filling records from lines that were cut: a part of line_form.h. */
#include <string.h>

#include "base/clock.h"
#include "trace/line_form_int.h"
#include "wire/event.h"

/* ---- attributes -------------------------------------------------------- */

/*
 * The attribute whose key is in the stretch that begins at `from` of mem, and
 * its value of `span` bytes at `at`.  There is room for a NUL behind both: the
 * quote that ends them, or what stands behind a number.
 */
static inline void
filling__attr(char *mem, const struct form_attr *fa, size_t from, size_t span,
    struct line_attr *a)
{
	unsigned quote = fa->type == LINE_STRING;

	a->key = mem + from + fa->key;
	a->key_len = fa->key_len;
	a->type = fa->type;
	a->at = (uint32_t)from + fa->at;
	a->span = (uint32_t)span;
	a->text = mem + a->at + quote;
	a->text_len = a->span - 2 * quote;
	mem[from + fa->key + fa->key_len] = '\0';
	mem[a->at + quote + a->text_len] = '\0';
}

/* Makes them from a copy of the text. */
static void
filling__attrs(const struct form *form, const struct line_cut *cut,
    struct line *ln)
{
	const struct form_attr *fa = form->attrs, *last = fa + form->n_attrs;
	struct line_attr *a = ln->attrs;
	char *mem = ln->mem.data;
	size_t from = 0, at;

	for (unsigned i = 0; i < cut->n; i++) {
		for (; fa->fixed; fa++)
			filling__attr(mem, fa, from, fa->span, a++);
		/* Its quotes stand in the stretches around it. */
		at = from + fa->at;
		filling__attr(mem, fa, from,
		    cut->ends[i] + (fa->type == LINE_STRING) - at, a++);
		fa++;
		from = cut->ends[i];
	}
	for (; fa < last; fa++)
		filling__attr(mem, fa, from, fa->span, a++);
	ln->n = form->n_attrs;
}

/* ---- what they mean ---------------------------------------------------- */

static bool
filling__time(struct form_clock *c, const struct line_attr *a, int64_t *ret)
{
	static const int32_t scale[] = { 1000000000, 100000000, 10000000,
		1000000, 100000, 10000, 1000, 100, 10, 1 };
	const char *s = a->text;
	size_t len = a->text_len, second = sizeof(c->second) - 1, n = 0;
	int32_t frac = 0;

	if (len < second + 2 || len > second + 11 || s[second] != '.' ||
	    s[len - 1] != 'Z')
		return clock_parse_rfc3339(s, len, ret);
	if (memcmp(s, c->second, second) != 0) {
		char whole[sizeof(c->second)];

		memcpy(whole, s, second);
		whole[second] = 'Z';
		if (!clock_parse_rfc3339(whole, sizeof(whole), &c->ns)) {
			c->second[0] = '\0';
			return false;
		}
		memcpy(c->second, s, second);
	}
	for (s += second + 1; *s >= '0' && *s <= '9'; s++, n++)
		frac = frac * 10 + (*s - '0');
	if (n == 0 || n != len - second - 2)
		return false;
	*ret = c->ns + (int64_t)frac * scale[n];
	return true;
}

/* What the attributes mean; false: something else than those of the form. */
static bool
filling__event(struct form_clock *c, const struct form *form, struct record *r)
{
	const struct line_attr *attrs = r->line.attrs, *op;
	struct event *ev = &r->ev;

	event_init(ev, form->kind);
	ev->level = form->level;
	ev->msg = attrs[2].text;
	ev->has_time = filling__time(c, &attrs[0], &ev->time_ns);
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

bool
line_form_fill(const struct form *form, struct form_clock *clock,
    const struct line_cut *cut, struct record *r)
{
	line_room(&r->line, form->n_attrs);
	buf_reset(&r->line.mem);
	buf_put(&r->line.mem, r->raw.data, r->raw.len);
	filling__attrs(form, cut, &r->line);
	if (!filling__event(clock, form, r)) {
		r->line.n = 0;
		r->op.text[0] = '\0';
		return false;
	}
	r->kind = RECORD_EVENT;
	r->form_hint = form->number;
	return true;
}
