/* SPDX-License-Identifier: ISC */
/*
 * Whether the fast ways of reading a line say what the general ones say, and
 * jansson where it can.  Both the unit test and the fuzzer ask it.
 */
#ifndef TESTS_FUZZ_SCAN_JUDGE_H
#define TESTS_FUZZ_SCAN_JUDGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "trace/parse_entry.h"
#include "wire/line.h"
#include "wire/line_int.h"

struct scan_judge {
	struct line fast, slow;
	struct entry entry, want;
	bool line_taken, entry_taken; /* by the fast way, the last time */
};

static inline void
scan_judge_done(struct scan_judge *j)
{
	line_done(&j->fast);
	line_done(&j->slow);
	entry_done(&j->entry);
	entry_done(&j->want);
}

static inline bool
judge__attr(const struct line_attr *a, const struct line_attr *b)
{
	return a->type == b->type && a->key_len == b->key_len &&
	    a->text_len == b->text_len && a->at == b->at &&
	    a->span == b->span && memcmp(a->key, b->key, a->key_len + 1) == 0 &&
	    memcmp(a->text, b->text, a->text_len + 1) == 0;
}

/* True when jansson reads the same strings; of a repeated key it has one. */
static inline bool
judge__jansson(const struct line *ln, const char *text, size_t len)
{
	json_t *root = json_loadb(text, len,
	    JSON_DECODE_INT_AS_REAL | JSON_ALLOW_NUL, NULL);
	bool same = json_is_object(root);

	for (size_t i = 0; same && i < ln->n; i++) {
		const struct line_attr *a = &ln->attrs[i];
		const json_t *v = json_object_get(root, a->key);

		if (json_object_size(root) < ln->n)
			continue;
		same = a->type == LINE_STRING ? json_is_string(v) &&
			json_string_length(v) == a->text_len &&
			memcmp(json_string_value(v), a->text, a->text_len) == 0
					      : v != NULL && !json_is_string(v);
	}
	json_decref(root);
	return same;
}

/* jansson refuses numbers that a double does not hold. */
static inline bool
judge__has_number(const struct line *ln)
{
	for (size_t i = 0; i < ln->n; i++)
		if (ln->attrs[i].type == LINE_NUMBER &&
		    ln->attrs[i].text_len > 17)
			return true;
	return false;
}

static inline const char *
judge__line(struct scan_judge *j, const char *text, size_t len)
{
	j->line_taken = line__scan(text, len, &j->fast);
	if (!j->line_taken)
		return j->fast.n == 0 ? NULL : "refused, and not empty";
	if (line__read_any(text, len, &j->slow, NULL) < 0)
		return "taken, and no line for the reader";
	if (j->fast.n != j->slow.n)
		return "another number of attributes";
	for (size_t i = 0; i < j->fast.n; i++)
		if (!judge__attr(&j->fast.attrs[i], &j->slow.attrs[i]))
			return "another attribute";
	if (!judge__has_number(&j->fast) &&
	    !judge__jansson(&j->fast, text, len))
		return "jansson reads something else";
	return NULL;
}

static inline const char *
judge__entry(struct scan_judge *j, const char *text, size_t len)
{
	const struct entry *a = &j->entry, *b = &j->want;
	enum entry_field f;

	j->entry_taken = entry_scan(&j->entry, text, len);
	if (!j->entry_taken)
		return NULL;
	if (line__read_any(text, len, &j->slow, NULL) < 0)
		return "an entry, and no line for the reader";
	if (line_find(&j->slow, "msg") != NULL)
		return "an entry, and the line of a program";
	entry_from_json(&j->want, &j->slow, text, len);
	for (f = 0; f < ENTRY_FIELD_MAX; f++) {
		if (a->fields[f].count != b->fields[f].count)
			return "a field more or less";
		if (a->fields[f].count == 1 &&
		    strcmp(entry_str(a, f), entry_str(b, f)) != 0)
			return "another value of a field";
	}
	entry_unquote(&j->entry, &j->entry.messages[0]);
	if (a->n != 1 || b->n != 1 ||
	    a->messages[0].kind != b->messages[0].kind || a->messages[0].cut ||
	    a->messages[0].len != b->messages[0].len ||
	    memcmp(a->mem.data + a->messages[0].at,
		b->mem.data + b->messages[0].at, a->messages[0].len + 1) != 0)
		return "another message";
	return NULL;
}

/* NULL, or what is not the same. */
static inline const char *
scan_judge(struct scan_judge *j, const char *text, size_t len)
{
	const char *what = judge__line(j, text, len);

	return what != NULL ? what : judge__entry(j, text, len);
}

#endif
