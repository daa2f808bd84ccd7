/* SPDX-License-Identifier: ISC */
#include "redact.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"
#include "wire/event.h"
#include "wire/line.h"

#include "redact_find.h"

#define REDACT_SHORT 4

struct redact_known {
	char *original, *token;
	size_t len;
};

struct redact {
	struct redact_known *known; /* the longest first, once it is asked */
	size_t n, cap;
	struct map *tokens; /* original: its token, borrowed */
	struct map *counts; /* class: size_t */
};

struct redact *
redact_new(void)
{
	struct redact *r = xcalloc(1, sizeof(*r));

	r->tokens = map_new(NULL);
	r->counts = map_new(free);
	return r;
}

struct redact *
redact_free(struct redact *r)
{
	if (r == NULL)
		return NULL;
	for (size_t i = 0; i < r->n; i++) {
		free(r->known[i].original);
		free(r->known[i].token);
	}
	free(r->known);
	map_free(r->tokens);
	map_free(r->counts);
	free(r);
	return NULL;
}

/* ---- learning ---------------------------------------------------------- */

void
redact_learn(struct redact *r, const char *class, const char *original)
{
	struct redact_known *k;
	size_t *count, at;

	if (original == NULL || original[0] == '\0' ||
	    map_find(r->tokens, original) != NULL)
		return;
	count = map_find(r->counts, class);
	if (count == NULL) {
		count = xcalloc(1, sizeof(*count));
		map_put(r->counts, class, count);
	}
	if (r->n == r->cap) {
		r->cap = r->cap == 0 ? 32 : 2 * r->cap;
		r->known = xreallocarray(r->known, r->cap, sizeof(*r->known));
	}
	/* In its place by length, so that the longest is found first. */
	for (at = r->n; at > 0 && r->known[at - 1].len < strlen(original); at--)
		r->known[at] = r->known[at - 1];
	k = &r->known[at];
	k->original = xstrdup(original);
	k->len = strlen(original);
	k->token = xasprintf("%s-%zu", class, ++*count);
	map_put(r->tokens, original, k->token);
	r->n++;
}

void
redact_learn_text(struct redact *r, const char *s, size_t len)
{
	struct redact_found found;

	for (size_t at = 0; redact_find(s, len, &at, &found);) {
		_cleanup_free_ char *original = xmemdup(found.at, found.len);

		redact_learn(r, found.class, original);
	}
}

/* What an attribute of that name holds; NULL: nothing that is to go. */
static const char *
redact__class(const char *key)
{
	static const struct {
		const char *key, *class;
	} classes[] = {
		{ "vm_name", "vm" },
		{ "vm_id", "vmid" },
		{ "image_name", "image" },
		{ "image_id", "imageid" },
		{ "op_id", "op" },
		{ "run", "run" },
		{ "guest_ip", "ip" },
		{ "tap", "tap" },
		{ "bridge", "bridge" },
		{ "host", "host" },
		{ "hostname", "host" },
		{ "user", "user" },
	};
	static const struct {
		const char *end, *class;
	} ends[] = {
		{ "_path", "path" },
		{ "_dir", "path" },
		{ "_socket", "path" },
		{ "_ip", "ip" },
		{ "_mac", "mac" },
		{ "_id", "id" },
		{ "_name", "name" },
	};
	size_t len = strlen(key);

	for (size_t i = 0; i < ARRAY_LEN(classes); i++)
		if (strcmp(key, classes[i].key) == 0)
			return classes[i].class;
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		size_t n = strlen(ends[i].end);

		if (len > n && strcmp(key + len - n, ends[i].end) == 0)
			return ends[i].class;
	}
	return NULL;
}

void
redact_learn_line(struct redact *r, const char *s, size_t len)
{
	_cleanup_(line_done) struct line ln = LINE_INIT;

	if (line_read(s, len, &ln, NULL) < 0) {
		redact_learn_text(r, s, len);
		return;
	}
	for (size_t i = 0; i < ln.n; i++) {
		const struct line_attr *a = &ln.attrs[i];
		const char *class = redact__class(a->key);

		if (a->type == LINE_STRING && class != NULL)
			redact_learn(r, class, a->text);
		if (a->type == LINE_STRING)
			redact_learn_text(r, a->text, a->text_len);
	}
}

/* ---- rewriting --------------------------------------------------------- */

static bool
redact__alone(const char *s, size_t len, size_t at, size_t n)
{
	return (at == 0 || !isalnum((unsigned char)s[at - 1])) &&
	    (at + n == len || !isalnum((unsigned char)s[at + n]));
}

void
redact_text(const struct redact *r, const char *s, size_t len, struct buf *out)
{
	for (size_t at = 0; at < len;) {
		const struct redact_known *k = NULL;

		for (size_t i = 0; i < r->n; i++) {
			size_t n = r->known[i].len;

			if (n <= len - at &&
			    memcmp(s + at, r->known[i].original, n) == 0 &&
			    (n >= REDACT_SHORT ||
				redact__alone(s, len, at, n))) {
				k = &r->known[i];
				break;
			}
		}
		if (k != NULL) {
			buf_puts(out, k->token);
			at += k->len;
		} else {
			buf_putc(out, s[at++]);
		}
	}
}

char *
redact_string(const struct redact *r, const char *s)
{
	struct buf out = BUF_INIT;

	if (s == NULL)
		return NULL;
	buf_puts(&out, "");
	redact_text(r, s, strlen(s), &out);
	return buf_steal(&out);
}

/* The words that every log has: the contract's tables, and nothing else. */
static bool
redact__vocabulary(const char *s, size_t len)
{
	static const char *const words[] = {
#define METHOD(id, name, ...) name,
#define PRIVOP(id, name, ...) name,
#define CODE(id, name, ...) name,
#include "wire/codes.def"
#include "wire/methods.def"
#include "wire/privops.def"
#undef METHOD
#undef PRIVOP
#undef CODE
	};

	if (event_kind_of(s, len) != EVENT_OTHER)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strlen(words[i]) == len && memcmp(words[i], s, len) == 0)
			return true;
	return false;
}

char *
redact_word(const struct redact *r, const char *s)
{
	return s != NULL && redact__vocabulary(s, strlen(s))
	    ? xstrdup(s)
	    : redact_string(r, s);
}

static bool
redact__stays(const struct line_attr *a)
{
	static const char *const words[] = { "msg", "operation", "method",
		"code" };
	int level;
	int64_t ns;

	if (strcmp(a->key, "time") == 0)
		return clock_parse_rfc3339(a->text, a->text_len, &ns);
	if (strcmp(a->key, "level") == 0)
		return line_parse_level(a->text, a->text_len, &level);
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcmp(a->key, words[i]) == 0)
			return redact__vocabulary(a->text, a->text_len);
	return false;
}

static void
redact__value(const struct redact *r, const struct line_attr *a,
    struct buf *out)
{
	_cleanup_buf_ struct buf text = BUF_INIT;

	switch (a->type) {
	case LINE_STRING:
		if (redact__stays(a))
			buf_put(&text, a->text, a->text_len);
		else
			redact_text(r, a->text, a->text_len, &text);
		line_put_string(out, buf_str(&text), text.len, SIZE_MAX);
		break;
	case LINE_OBJECT:
	case LINE_ARRAY:
		buf_puts(out, "\"(redacted)\"");
		break;
	default:
		buf_put(out, a->text, a->text_len);
		break;
	}
}

void
redact_line(const struct redact *r, const char *s, size_t len, struct buf *out)
{
	_cleanup_(line_done) struct line ln = LINE_INIT;

	if (line_read(s, len, &ln, NULL) < 0) {
		if (memchr(s, '\\', len) != NULL)
			buf_printf(out, "(%zu bytes that cannot be read)", len);
		else
			redact_text(r, s, len, out);
		return;
	}
	buf_putc(out, '{');
	for (size_t i = 0; i < ln.n; i++) {
		const struct line_attr *a = &ln.attrs[i];
		_cleanup_buf_ struct buf key = BUF_INIT;

		redact_text(r, a->key, a->key_len, &key);
		if (i > 0)
			buf_putc(out, ',');
		line_put_string(out, buf_str(&key), key.len, SIZE_MAX);
		buf_putc(out, ':');
		redact__value(r, a, out);
	}
	buf_putc(out, '}');
}
