/* SPDX-License-Identifier: ISC */
/* The usual line at one go: see line__scan(). */
#include <string.h>

#include "base/plain.h"

#include "line_int.h"

/* Behind the digits at p, of which there is at least one; else NULL. */
static const char *
scan__digits(const char *p, const char *end)
{
	const char *from = p;

	while (p < end && *p >= '0' && *p <= '9')
		p++;
	return p > from ? p : NULL;
}

/* Behind the number at p, or NULL: none, or one that is written otherwise. */
static const char *
scan__number(const char *p, const char *end)
{
	p += *p == '-';
	if (p < end && *p == '0')
		p++;
	else
		p = scan__digits(p, end);
	if (p != NULL && p < end && *p == '.')
		p = scan__digits(p + 1, end);
	return p;
}

static const char *
scan__word(const char *p, const char *end, const char *word)
{
	size_t len = strlen(word);

	return (size_t)(end - p) > len && memcmp(p, word, len) == 0 ? p + len
								    : NULL;
}

/* Behind a value that is no string, or NULL. */
static const char *
scan__bare(const char *p, const char *end, enum line_type *ret)
{
	switch (*p) {
	case 't':
		*ret = LINE_TRUE;
		return scan__word(p, end, "true");
	case 'f':
		*ret = LINE_FALSE;
		return scan__word(p, end, "false");
	case 'n':
		*ret = LINE_NULL;
		return scan__word(p, end, "null");
	default:
		*ret = LINE_NUMBER;
		return scan__number(p, end);
	}
}

/* Behind the string whose opening quote is at p, or NULL. */
static const char *
scan__string(const char *p, const char *end)
{
	p++;
	p += plain_run(p, (size_t)(end - p));
	return p < end && *p == '"' ? p + 1 : NULL;
}

/*
 * Reads `"key":value` at p into a, and moves behind it; NULL: another form.
 * `mem` is a copy of the text, in which a NUL takes the place of what follows
 * each key and value.
 */
static const char *
scan__attr(struct line_attr *a, const char *text, const char *p,
    const char *end, char *mem)
{
	enum line_type type = LINE_STRING;
	const char *key = p, *from;

	if (p == end || *p != '"' || (p = scan__string(p, end)) == NULL)
		return NULL;
	a->key = mem + (key + 1 - text);
	a->key_len = (uint32_t)(p - key) - 2;
	mem[p - 1 - text] = '\0';
	if (end - p < 3 || *p++ != ':')
		return NULL;
	from = p;
	p = *p == '"' ? scan__string(p, end) : scan__bare(p, end, &type);
	if (p == NULL || p == end)
		return NULL;
	a->type = type;
	a->at = (uint32_t)(from - text);
	a->span = (uint32_t)(p - from);
	a->text = mem + a->at;
	a->text_len = a->span;
	if (type == LINE_STRING) {
		a->text++;
		a->text_len -= 2;
	}
	mem[a->text + a->text_len - mem] = '\0';
	return p;
}

bool
line__scan(const char *text, size_t len, struct line *ln)
{
	const char *p = text, *end = text + len;

	ln->n = 0;
	buf_reset(&ln->mem);
	if (len < 2 || len > LINE_TEXT_MAX || *p != '{')
		return false;
	buf_put(&ln->mem, text, len);
	do {
		p = scan__attr(line__attr(ln), text, p + 1, end, ln->mem.data);
		if (p == NULL)
			break;
		ln->n++;
	} while (*p == ',');
	if (p != NULL && *p == '}' && p + 1 == end)
		return true;
	ln->n = 0;
	buf_reset(&ln->mem);
	return false;
}
