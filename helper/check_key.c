/* SPDX-License-Identifier: ISC */
#include "check.h"

#include <stddef.h>
#include <string.h>

#include "base/cleanup.h"

/* Of a key's data the length and the name of its type are looked at. */
#define CHECK_KEY_HEAD_MAX 64

/* What OpenSSH's sshd takes in authorized_keys, and no certificates. */
static const char *const check__key_types[] = { "ssh-ed25519",
	"ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
	"ssh-rsa", "sk-ssh-ed25519@openssh.com",
	"sk-ecdsa-sha2-nistp256@openssh.com" };

/* The value of a character of base64 (RFC 4648), or -1. */
static int
check__base64_value(char c)
{
	static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *p = memchr(set, c, sizeof(set) - 1);

	return p != NULL ? (int)(p - set) : -1;
}

/*
 * Decodes the first bytes of strict base64 (padded, no blanks) into head;
 * false when it is none.
 */
static bool
check__base64_head(const char *s, size_t len, uint8_t head[CHECK_KEY_HEAD_MAX])
{
	size_t i, n = 0, pad = 0;
	uint32_t bits = 0;
	int v;

	while (pad < 2 && pad < len && s[len - 1 - pad] == '=')
		pad++;
	if (len == 0 || len % 4 != 0)
		return false;
	for (i = 0; i < len - pad; i++) {
		v = check__base64_value(s[i]);
		if (v < 0)
			return false;
		bits = bits << 6 | (uint32_t)v;
		/* Of four characters each but the first ends a byte. */
		if (i % 4 != 0 && n < CHECK_KEY_HEAD_MAX)
			head[n++] = (uint8_t)(bits >> (2 * (3 - i % 4)));
	}
	return true;
}

bool
check_ssh_key(const char *s)
{
	uint8_t head[CHECK_KEY_HEAD_MAX] = { 0 };
	const char *blank = strchr(s, ' ');
	size_t i, n;

	if (blank == NULL || strlen(s) > CHECK_KEY_MAX)
		return false;
	n = (size_t)(blank - s);
	for (i = 0; i < ARRAY_LEN(check__key_types); i++)
		if (strlen(check__key_types[i]) == n &&
		    memcmp(check__key_types[i], s, n) == 0)
			break;
	if (i == ARRAY_LEN(check__key_types))
		return false;
	/* RFC 4253, 6.6: a length of 32 bits, then the type's name again. */
	return check__base64_head(blank + 1, strlen(blank + 1), head) &&
	    head[0] == 0 && head[1] == 0 && head[2] == 0 && head[3] == n &&
	    memcmp(head + 4, s, n) == 0;
}
