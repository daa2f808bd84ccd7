/* SPDX-License-Identifier: ISC */
#include "base/base64.h"

#include <stdint.h>
#include <string.h>

static const char base64__set[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
base64_encode(struct buf *out, const void *data, size_t len)
{
	const unsigned char *p = data;
	uint32_t bits;
	char four[4];
	size_t n;

	for (size_t i = 0; i < len; i += 3) {
		n = len - i < 3 ? len - i : 3;
		bits = (uint32_t)p[i] << 16;
		if (n > 1)
			bits |= (uint32_t)p[i + 1] << 8;
		if (n > 2)
			bits |= p[i + 2];
		for (int k = 0; k < 4; k++)
			four[k] = base64__set[bits >> (18 - 6 * k) & 63];
		if (n < 3)
			four[3] = '=';
		if (n < 2)
			four[2] = '=';
		buf_put(out, four, sizeof(four));
	}
}

bool
base64_decode(struct buf *out, const char *text)
{
	size_t len = strlen(text), digits = 0;
	uint32_t bits = 0;
	const char *at;
	int n = 0;

	for (; *text != '\0' && *text != '='; text++, digits++) {
		at = strchr(base64__set, *text);
		if (at == NULL)
			return false;
		bits = bits << 6 | (uint32_t)(at - base64__set);
		n += 6;
		if (n >= 8) {
			n -= 8;
			buf_putc(out, (char)(bits >> n & 0xff));
		}
	}
	/* One or two signs of padding fill the last four, and nothing more. */
	return len % 4 == 0 && len - digits <= 2 &&
	    strspn(text, "=") == strlen(text);
}
