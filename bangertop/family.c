/* SPDX-License-Identifier: ISC */
#include "family.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#define FAMILY_HEX_MIN 6 /* digits and a to f that make an id */

/* Length of the number or id at s, 0: there is none. */
static size_t
family__number(const char *s, size_t len)
{
	size_t n = 0, digits = 0;

	while (n < len && isxdigit((unsigned char)s[n]))
		digits += isdigit((unsigned char)s[n++]) != 0;
	if (digits > 0 && n >= FAMILY_HEX_MIN)
		return n;
	for (n = 0; n < len && isdigit((unsigned char)s[n]);)
		n++;
	return n;
}

/* One word: a path as a whole, else its numbers and ids. */
static void
family__word(const char *s, size_t len, struct buf *out)
{
	bool path = len > 1 && memchr(s, '/', len) != NULL;
	size_t n, end = len;

	if (!path) {
		for (size_t i = 0; i < len; i += n) {
			n = family__number(s + i, len - i);
			if (n > 0)
				buf_putc(out, '#');
			else
				buf_put(out, s + i, n = 1);
		}
		return;
	}
	while (end > 0 && strchr(".,:;!?\"')", s[end - 1]) != NULL)
		end--;
	buf_puts(out, "<path>");
	buf_put(out, s + end, len - end);
}

void
family_of(const char *error, struct buf *out)
{
	size_t len = strnlen(error, FAMILY_TEXT_MAX), n;

	for (size_t i = 0; i < len; i += n) {
		n = strcspn(error + i, " ");
		n = n < len - i ? n : len - i;
		if (n > 0)
			family__word(error + i, n, out);
		else
			buf_putc(out, ' '), n = 1;
	}
}
