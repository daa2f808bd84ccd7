/* SPDX-License-Identifier: ISC */
/* Where lines come from. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "trace/codebook_int.h"

static bool
codebook__is_origin(const struct codebook_origin *o, const struct record *r,
    const char *run, int64_t input)
{
	bool hinted = r->origin_hint != 0 && o->hint == r->origin_hint;

	return o->input == input && strcmp(o->run, run) == 0 &&
	    (hinted ||
		(o->pid == r->pid && o->priority == r->priority &&
		    strcmp(o->unit, r->unit) == 0 &&
		    strcmp(o->boot, r->boot) == 0));
}

/* "unit\0boot\0run\0priority\0pid\0input", and the reverse. */
static void
codebook__put_origin(struct buf *out, const struct record *r, const char *run,
    int64_t input)
{
	buf_reset(out);
	buf_put(out, r->unit, strlen(r->unit) + 1);
	buf_put(out, r->boot, strlen(r->boot) + 1);
	buf_put(out, run, strlen(run) + 1);
	buf_printf(out, "%d", r->priority);
	buf_putc(out, '\0');
	buf_printf(out, "%lld", (long long)r->pid);
	buf_putc(out, '\0');
	buf_printf(out, "%lld", (long long)input);
}

static bool
codebook__get_origin(const char *text, size_t len, struct codebook_origin *ret)
{
	const char *part[6], *end = text + len;
	size_t n = 0;

	for (; n < 6 && text <= end; n++) {
		part[n] = text;
		text += strnlen(text, (size_t)(end - text)) + 1;
	}
	if (n < 6)
		return false;
	ret->unit = xstrdup(part[0]);
	ret->boot = xstrdup(part[1]);
	ret->run = xstrdup(part[2]);
	ret->priority = atoi(part[3]);
	ret->pid = strtoll(part[4], NULL, 10);
	ret->input = strtoll(part[5], NULL, 10);
	ret->hint = 0;
	return true;
}

uint32_t
codebook_add_origin(struct codebook *b, const char *text, size_t len,
    uint64_t hash)
{
	struct dict *d = &b->dicts[CODEBOOK_ORIGIN];
	struct codebook_origin origin;
	_cleanup_free_ char *copy = xmemdup(text, len);

	if (d->n == d->max || !codebook__get_origin(copy, len, &origin))
		return DICT_NONE;
	if (d->n == b->cap_origins) {
		b->cap_origins = b->cap_origins == 0 ? 64 : 2 * b->cap_origins;
		b->origins = xreallocarray(b->origins, b->cap_origins,
		    sizeof(*b->origins));
	}
	b->origins[d->n] = origin;
	return dict_add(d, text, len, hash);
}

/* Puts the origin before the others. */
static void
codebook__recent(struct codebook *b, size_t at, uint32_t origin)
{
	memmove(b->recent + 1, b->recent, at * sizeof(*b->recent));
	b->recent[0] = origin;
}

uint32_t
codebook_origin(struct codebook *b, const struct record *r, int64_t input)
{
	struct dict *d = &b->dicts[CODEBOOK_ORIGIN];
	const char *run = record_run(r) != NULL ? record_run(r) : "";
	uint64_t hash;
	uint32_t found;

	for (size_t i = 0; i < CODEBOOK_RECENT; i++) {
		found = b->recent[i];
		if (found == DICT_NONE)
			break;
		if (codebook__is_origin(&b->origins[found], r, run, input)) {
			b->origins[found].hint = r->origin_hint;
			codebook__recent(b, i, found);
			return found;
		}
	}
	codebook__put_origin(&b->scratch, r, run, input);
	hash = dict_hash(d, b->scratch.data, b->scratch.len);
	found = dict_find(d, b->scratch.data, b->scratch.len, hash);
	if (found == DICT_NONE)
		found = codebook_add_origin(b, b->scratch.data, b->scratch.len,
		    hash);
	if (found != DICT_NONE)
		codebook__recent(b, CODEBOOK_RECENT - 1, found);
	return found;
}

const struct codebook_origin *
codebook_origin_of(const struct codebook *b, uint32_t number)
{
	return number < b->dicts[CODEBOOK_ORIGIN].n ? &b->origins[number]
						    : NULL;
}
