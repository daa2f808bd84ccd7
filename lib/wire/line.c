/* SPDX-License-Identifier: ISC */
#include "wire/line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/plain.h"
#include "base/text.h"

/*
 * The longest escape of one input byte: "\ufffd".  Where six bytes for each
 * fit, nothing needs to be counted on the way.
 */
#define LINE_ESCAPE_MAX 6

/*
 * Writes the escaped form of what starts at s into esc (or leaves it to the
 * caller to copy: *ret_len 0); returns how many input bytes it stands for.
 */
static size_t
line__escape(const char *s, size_t len, char esc[8], size_t *ret_len)
{
	unsigned char c = (unsigned char)s[0];
	uint32_t cp;
	size_t n = 1;

	*ret_len = 2;
	esc[0] = '\\';
	if (c == '"' || c == '\\') {
		esc[1] = (char)c;
	} else if (c == '\n' || c == '\r' || c == '\t') {
		esc[1] = c == '\n' ? 'n' : c == '\r' ? 'r' : 't';
	} else if (c < 0x20) {
		*ret_len = (size_t)snprintf(esc, 8, "\\u%04x", c);
	} else if ((n = text_utf8_next(s, len, &cp)) == 0) {
		memcpy(esc, "\\ufffd", *ret_len = 6);
		n = 1;
	} else if (cp == 0x2028 || cp == 0x2029) {
		*ret_len = (size_t)snprintf(esc, 8, "\\u%04x", cp);
	} else {
		*ret_len = 0;
	}
	return n;
}

bool
line_put_string(struct buf *out, const char *s, size_t len, size_t room)
{
	size_t i = 0, n, esc_len, start;
	char esc[8];

	if (room < 2)
		return false;
	room -= 2;
	buf_reserve(out,
	    room < len * LINE_ESCAPE_MAX ? room + 2
					 : len * LINE_ESCAPE_MAX + 2);
	buf_putc(out, '"');
	while (i < len) {
		start = i;
		i += plain_run(s + i, len - i < room ? len - i : room);
		buf_put(out, s + start, i - start);
		room -= i - start;
		if (i == len)
			break;
		n = line__escape(s + i, len - i, esc, &esc_len);
		if ((esc_len == 0 ? n : esc_len) > room)
			break;
		buf_put(out, esc_len == 0 ? s + i : esc,
		    esc_len == 0 ? n : esc_len);
		room -= esc_len == 0 ? n : esc_len;
		i += n;
	}
	buf_putc(out, '"');
	return i == len;
}

size_t
line_format_level(int level, char out[16])
{
	static const struct {
		int base;
		const char *name;
	} names[] = {
		{ LINE_ERROR, "ERROR" },
		{ LINE_WARN, "WARN" },
		{ LINE_INFO, "INFO" },
		{ LINE_DEBUG, "DEBUG" },
	};
	size_t i = 0;

	while (i < ARRAY_LEN(names) - 1 && level < names[i].base)
		i++;
	if (level == names[i].base)
		return strlen(strcpy(out, names[i].name));
	return (size_t)snprintf(out, 16, "%s%+d", names[i].name,
	    (int)((unsigned)level - (unsigned)names[i].base) % 1000000);
}

bool
line_parse_level(const char *s, size_t len, int *ret)
{
	static const struct {
		const char *name;
		int base;
	} names[] = {
		{ "DEBUG", LINE_DEBUG },
		{ "INFO", LINE_INFO },
		{ "WARN", LINE_WARN },
		{ "ERROR", LINE_ERROR },
	};
	int offset = 0;
	size_t n, digits;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		n = strlen(names[i].name);
		if (len < n || strncasecmp(s, names[i].name, n) != 0)
			continue;
		if (len == n) {
			*ret = names[i].base;
			return true;
		}
		digits = len - n - 1;
		if ((s[n] != '+' && s[n] != '-') || digits < 1 || digits > 6)
			return false;
		for (size_t k = n + 1; k < len; k++) {
			if (s[k] < '0' || s[k] > '9')
				return false;
			offset = offset * 10 + (s[k] - '0');
		}
		*ret = names[i].base + (s[n] == '-' ? -offset : offset);
		return true;
	}
	return false;
}

const struct line_attr *
line_find(const struct line *ln, const char *key)
{
	size_t len = strlen(key);

	for (size_t i = 0; i < ln->n; i++)
		if (ln->attrs[i].key_len == len &&
		    memcmp(ln->attrs[i].key, key, len) == 0)
			return &ln->attrs[i];
	return NULL;
}

void
line_done(struct line *ln)
{
	free(ln->attrs);
	ln->attrs = NULL;
	ln->n = ln->cap = 0;
	buf_done(&ln->mem);
}
