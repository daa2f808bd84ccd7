/* SPDX-License-Identifier: ISC */
#include "trace/codebook.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/text.h"
#include "trace/codebook_int.h"

/* As many of each; what comes beyond is stored as it is. */
#define CODEBOOK_FORMS_MAX 4096
#define CODEBOOK_ORIGINS_MAX 65536
#define CODEBOOK_WORDS_MAX 32768
/* Marks of words that were seen once. */
#define CODEBOOK_SEEN 65536

/* ---- life -------------------------------------------------------------- */

struct codebook *
codebook_new(void)
{
	static const char *const keys[] = { "time", "run", "seq" };
	struct codebook *b = xcalloc(1, sizeof(*b));

	dict_init(&b->dicts[CODEBOOK_FORM], CODEBOOK_FORMS_MAX);
	dict_init(&b->dicts[CODEBOOK_ORIGIN], CODEBOOK_ORIGINS_MAX);
	dict_init(&b->dicts[CODEBOOK_WORD], CODEBOOK_WORDS_MAX);
	dict_init(&b->keys, CODEBOOK_KEYS_MAX);
	/* In the order of enum codebook_key. */
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		dict_add(&b->keys, keys[i], strlen(keys[i]),
		    dict_hash(&b->keys, keys[i], strlen(keys[i])));
	b->seen = xcalloc(CODEBOOK_SEEN, sizeof(*b->seen));
	for (size_t i = 0; i < CODEBOOK_RECENT; i++)
		b->recent[i] = DICT_NONE;
	return b;
}

struct codebook *
codebook_free(struct codebook *b)
{
	if (b == NULL)
		return NULL;
	for (uint32_t i = 0; i < b->dicts[CODEBOOK_ORIGIN].n; i++) {
		free(b->origins[i].unit);
		free(b->origins[i].boot);
		free(b->origins[i].run);
	}
	for (size_t i = 0; i < CODEBOOK_KINDS; i++)
		dict_done(&b->dicts[i]);
	dict_done(&b->keys);
	free(b->forms);
	free(b->origins);
	free(b->seen);
	buf_done(&b->scratch);
	free(b);
	return NULL;
}

uint32_t
codebook_count(const struct codebook *b, enum codebook_kind kind)
{
	return b->dicts[kind].n;
}

const char *
codebook_text(const struct codebook *b, enum codebook_kind kind,
    uint32_t number, size_t *ret_len)
{
	const char *text = dict_text(&b->dicts[kind], number, ret_len);

	if (text == NULL && kind == CODEBOOK_WORD && b->fetch != NULL)
		return b->fetch(b->fetch_arg, number, ret_len);
	return text;
}

void
codebook_lazy(struct codebook *b, codebook_fetch_fn *fn, void *arg)
{
	b->fetch = fn;
	b->fetch_arg = arg;
}

/* ---- forms ------------------------------------------------------------- */

/* The key that ends the piece before a slot; one with an escape has none. */
static uint8_t
codebook__key(struct codebook *b, const char *piece, size_t len)
{
	const char *end = piece + len, *from;
	uint64_t hash;
	uint32_t key;

	while (end > piece &&
	    (end[-1] == ':' || end[-1] == ' ' || end[-1] == '\t' ||
		end[-1] == '\r' || end[-1] == '\n'))
		end--;
	if (end == piece || *--end != '"')
		return CODEBOOK_NO_KEY;
	for (from = end; from > piece && from[-1] != '"'; from--)
		if (from[-1] == '\\')
			return CODEBOOK_NO_KEY;
	if (from == piece || (from - 1 > piece && from[-2] == '\\'))
		return CODEBOOK_NO_KEY;
	hash = dict_hash(&b->keys, from, (size_t)(end - from));
	key = dict_find(&b->keys, from, (size_t)(end - from), hash);
	if (key == DICT_NONE)
		key = dict_add(&b->keys, from, (size_t)(end - from), hash);
	return key == DICT_NONE ? CODEBOOK_NO_KEY : (uint8_t)key;
}

/* Takes the text of a form apart; false when it has too many slots. */
static bool
codebook__parse(struct codebook *b, const char *text, size_t len,
    struct codebook_form *ret)
{
	const char *end = text + len, *slot;

	ret->n = 0;
	while ((slot = memchr(text, CODEBOOK_SLOT, (size_t)(end - text))) !=
	    NULL) {
		if (ret->n == CODEBOOK_SLOTS_MAX)
			return false;
		ret->len[ret->n] = (uint32_t)(slot - text);
		ret->key[ret->n++] = codebook__key(b, text,
		    (size_t)(slot - text));
		text = slot + 1;
	}
	ret->len[ret->n] = (uint32_t)(end - text);
	return true;
}

static uint32_t
codebook__add_form(struct codebook *b, const char *text, size_t len,
    uint64_t hash)
{
	struct dict *d = &b->dicts[CODEBOOK_FORM];
	struct codebook_form form;

	if (d->n == d->max || !codebook__parse(b, text, len, &form))
		return DICT_NONE;
	if (d->n == b->cap_forms) {
		b->cap_forms = b->cap_forms == 0 ? 64 : 2 * b->cap_forms;
		b->forms = xreallocarray(b->forms, b->cap_forms,
		    sizeof(*b->forms));
	}
	b->forms[d->n] = form;
	return dict_add(d, text, len, hash);
}

/* True for a value that goes with the form: the level, and a known message. */
static bool
codebook__is_fixed(const struct record *r, const struct line_attr *a)
{
	if (a->type != LINE_STRING)
		return false;
	if (a->key_len == 5)
		return memcmp(a->key, "level", 5) == 0;
	return a->key_len == 3 && memcmp(a->key, "msg", 3) == 0 &&
	    r->ev.kind != EVENT_OTHER;
}

/* The attributes that fill slots; how many. */
static size_t
codebook__slots(const struct record *r, uint8_t ret_slot[CODEBOOK_SLOTS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < r->line.n; i++)
		if (!codebook__is_fixed(r, &r->line.attrs[i]))
			ret_slot[n++] = (uint8_t)i;
	return n;
}

/* Is the line, but for what fills its n slots, the text of that form? */
static bool
codebook__is_form(const struct codebook *b, uint32_t number,
    const struct record *r, const uint8_t *slot, size_t n)
{
	const struct codebook_form *form = &b->forms[number];
	const char *raw = r->raw.data, *text;
	size_t at = 0, len;

	if (form->n != n)
		return false;
	text = dict_text(&b->dicts[CODEBOOK_FORM], number, &len);
	for (size_t i = 0; i < n; i++) {
		const struct line_attr *a = &r->line.attrs[slot[i]];

		if (a->at - at != form->len[i] ||
		    memcmp(raw + at, text, form->len[i]) != 0)
			return false;
		at = a->at + a->span;
		text += form->len[i] + 1;
	}
	return r->raw.len - at == form->len[n] &&
	    memcmp(raw + at, text, form->len[n]) == 0;
}

/* The text of the line's form, in scratch. */
static void
codebook__form_text(struct codebook *b, const struct record *r,
    const uint8_t *slot, size_t n)
{
	struct buf *text = &b->scratch;
	size_t at = 0;

	buf_reset(text);
	for (size_t i = 0; i < n; i++) {
		const struct line_attr *a = &r->line.attrs[slot[i]];

		buf_put(text, r->raw.data + at, a->at - at);
		buf_putc(text, CODEBOOK_SLOT);
		at = a->at + a->span;
	}
	buf_put(text, r->raw.data + at, r->raw.len - at);
}

/* The form's number by the line's text, made where it is missing. */
static uint32_t
codebook__find_form(struct codebook *b, const struct record *r,
    uint8_t ret_slot[CODEBOOK_SLOTS_MAX])
{
	struct dict *d = &b->dicts[CODEBOOK_FORM];
	uint32_t *likely, form;
	uint64_t hash;
	size_t n;

	if (r->line.n > CODEBOOK_SLOTS_MAX)
		return DICT_NONE;
	n = codebook__slots(r, ret_slot);
	hash = hash_bytes(r->line.n, &r->ev.set, sizeof(r->ev.set));
	likely = &b->likely[(hash + r->ev.kind) % CODEBOOK_LIKELY];
	if (*likely > 0 && codebook__is_form(b, *likely - 1, r, ret_slot, n))
		return *likely - 1;
	codebook__form_text(b, r, ret_slot, n);
	hash = dict_hash(d, b->scratch.data, b->scratch.len);
	form = dict_find(d, b->scratch.data, b->scratch.len, hash);
	if (form == DICT_NONE)
		form = codebook__add_form(b, b->scratch.data, b->scratch.len,
		    hash);
	if (form != DICT_NONE)
		*likely = form + 1;
	return form;
}

uint32_t
codebook_form(struct codebook *b, const struct record *r,
    const uint8_t **ret_slot)
{
	struct codebook_hint *h = &b->hints[r->form_hint % CODEBOOK_HINTS];

	*ret_slot = h->slot;
	/* What a line with that hint was found to be, this one is too. */
	if (r->form_hint != 0 && h->hint == r->form_hint)
		return h->form;
	h->form = codebook__find_form(b, r, h->slot);
	h->hint = h->form != DICT_NONE ? r->form_hint : 0;
	return h->form;
}

const struct codebook_form *
codebook_form_of(const struct codebook *b, uint32_t number,
    const char **ret_text)
{
	size_t len;

	*ret_text = dict_text(&b->dicts[CODEBOOK_FORM], number, &len);
	return *ret_text != NULL ? &b->forms[number] : NULL;
}

/* ---- words ------------------------------------------------------------- */

uint32_t
codebook_word(struct codebook *b, const char *text, size_t len)
{
	struct dict *d = &b->dicts[CODEBOOK_WORD];
	uint64_t hash = dict_hash(d, text, len);
	uint32_t found = dict_find(d, text, len, hash);
	uint32_t *seen = &b->seen[hash >> 48];
	uint32_t mark = (uint32_t)(hash >> 16) | 1;

	if (found != DICT_NONE)
		return found;
	if (*seen == mark)
		return dict_add(d, text, len, hash);
	*seen = mark;
	return DICT_NONE;
}

bool
codebook_restore(struct codebook *b, enum codebook_kind kind, const char *text,
    size_t len)
{
	struct dict *d = &b->dicts[kind];
	uint64_t hash = dict_hash(d, text, len);

	if (dict_find(d, text, len, hash) != DICT_NONE)
		return false;
	if (kind == CODEBOOK_FORM)
		return codebook__add_form(b, text, len, hash) != DICT_NONE;
	if (kind == CODEBOOK_ORIGIN)
		return codebook_add_origin(b, text, len, hash) != DICT_NONE;
	return dict_add(d, text, len, hash) != DICT_NONE;
}
