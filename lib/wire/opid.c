/* SPDX-License-Identifier: ISC */
#include "wire/opid.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define OPID_PREFIX "op-"
#define OPID_RANDOM_BYTES 8

void
opid_random_hex(char *out, size_t n)
{
	static const char hex[] = "0123456789abcdef";
	unsigned char raw[32];

	/* Up to 256 bytes come whole or not at all (getrandom(2)). */
	if (n > sizeof(raw) || getrandom(raw, n, 0) != (ssize_t)n)
		abort();
	for (size_t i = 0; i < n; i++) {
		out[2 * i] = hex[raw[i] >> 4];
		out[2 * i + 1] = hex[raw[i] & 15];
	}
	out[2 * n] = '\0';
}

void
opid_make(struct opid *ret)
{
	memcpy(ret->text, OPID_PREFIX, sizeof(OPID_PREFIX));
	opid_random_hex(ret->text + strlen(OPID_PREFIX), OPID_RANDOM_BYTES);
}

static const bool opid_chars[UCHAR_MAX + 1] = {
	['0' ... '9'] = true,
	['A' ... 'Z'] = true,
	['a' ... 'z'] = true,
	['_'] = true,
	['-'] = true,
};

bool
opid_parse(const char *s, size_t len, struct opid *ret)
{
	size_t prefix = strlen(OPID_PREFIX);

	if (len <= prefix || len > OPID_TEXT_MAX ||
	    memcmp(s, OPID_PREFIX, prefix) != 0)
		return false;
	for (size_t i = prefix; i < len; i++)
		if (!opid_chars[(unsigned char)s[i]])
			return false;
	memcpy(ret->text, s, len);
	ret->text[len] = '\0';
	return true;
}

bool
opid_eq(const struct opid *a, const struct opid *b)
{
	return strcmp(a->text, b->text) == 0;
}
