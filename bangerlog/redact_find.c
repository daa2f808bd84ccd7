/* SPDX-License-Identifier: ISC */
#include "redact_find.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

#include "base/cleanup.h"

#define FIND_HEX_MIN 12

static bool
find__word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* How many bytes from s on are of that set. */
static size_t
find__run(const char *s, size_t len, const char *set)
{
	size_t n = 0;

	while (n < len && s[n] != '\0' && strchr(set, s[n]) != NULL)
		n++;
	return n;
}

/* "/run/x/y": up to a blank, or what may stand around a path. */
static size_t
find__path(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && (unsigned char)s[n] > ' ' &&
	    strchr("\"'`,;:()[]{}<>|&?*\\", s[n]) == NULL)
		n++;
	while (n > 1 && (s[n - 1] == '.' || s[n - 1] == '/'))
		n--;
	return s[0] == '/' && n > 1 ? n : 0;
}

static bool
find__parse(int family, const char *s, size_t n)
{
	char text[INET6_ADDRSTRLEN + 1];
	unsigned char address[sizeof(struct in6_addr)];

	if (n >= sizeof(text))
		return false;
	memcpy(text, s, n);
	text[n] = '\0';
	return inet_pton(family, text, address) == 1;
}

static size_t
find__ipv4(const char *s, size_t len)
{
	size_t n = find__run(s, len, "0123456789.");

	while (n > 0 && s[n - 1] == '.')
		n--;
	return find__parse(AF_INET, s, n) ? n : 0;
}

#define FIND_HEX "0123456789abcdefABCDEF"

static size_t
find__ipv6(const char *s, size_t len)
{
	size_t n = find__run(s, len, FIND_HEX ":.");

	while (n > 0 && s[n - 1] == '.')
		n--;
	if (find__parse(AF_INET6, s, n))
		return n;
	/* "from fe80::1: no route" */
	while (n > 0 && s[n - 1] == ':')
		n--;
	return find__parse(AF_INET6, s, n) ? n : 0;
}

static size_t
find__mac(const char *s, size_t len)
{
	if (len < 17)
		return 0;
	for (size_t i = 0; i < 17; i++)
		if (i % 3 == 2 ? s[i] != ':' : !isxdigit((unsigned char)s[i]))
			return 0;
	return 17;
}

static size_t
find__op(const char *s, size_t len)
{
	size_t n = len > 3 && memcmp(s, "op-", 3) == 0
	    ? find__run(s + 3, len - 3, FIND_HEX)
	    : 0;

	return n == 16 ? n + 3 : 0;
}

static size_t
find__uuid(const char *s, size_t len)
{
	if (len < 36)
		return 0;
	for (size_t i = 0; i < 36; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? s[i] != '-' : !isxdigit((unsigned char)s[i]))
			return 0;
	}
	return 36;
}

static size_t
find__hex(const char *s, size_t len)
{
	size_t n = find__run(s, len, FIND_HEX);

	return n >= FIND_HEX_MIN ? n : 0;
}

bool
redact_find(const char *s, size_t len, size_t *at, struct redact_found *ret)
{
	static const struct {
		const char *class;
		size_t (*find)(const char *s, size_t len);
	} looks[] = {
		{ "path", find__path },
		{ "op", find__op },
		{ "id", find__uuid },
		{ "mac", find__mac },
		{ "ip", find__ipv4 },
		{ "ip", find__ipv6 },
		{ "id", find__hex },
	};

	for (; *at < len; ++*at) {
		/* None begins within a word, or within a path. */
		if (*at > 0 && (find__word(s[*at - 1]) || s[*at - 1] == '/'))
			continue;
		for (size_t i = 0; i < ARRAY_LEN(looks); i++) {
			size_t n = looks[i].find(s + *at, len - *at);

			if (n == 0 || (*at + n < len && find__word(s[*at + n])))
				continue;
			*ret = (struct redact_found){ looks[i].class, s + *at,
				n };
			*at += n;
			return true;
		}
	}
	return false;
}
