/* SPDX-License-Identifier: ISC */
#include "trace/parse_short.h"

#include <string.h>

/* A longer head is none. */
#define SHORT_HEAD_MAX 512

/*
 * The forms of the time, and the blank behind it: '9' is a digit, '_' a digit
 * or a blank, 'a' a letter, '*' any number of digits, '+' one or more, '~' a
 * sign or Z, '<' as far as the next '>' or ']'; others stand for themselves.
 */
static const char *const short_times[] = {
	"aaa _9 99:99:99 ",                     /* short */
	"aaa _9 99:99:99.+ ",                   /* short-precise */
	"aaa 9999-99-99 99:99:99 ? ",           /* short-full, with-unit */
	"aaa 9999-99-99 99:99:99.+ ? ",         /* the same, finer */
	"9999-99-99T99:99:99~* ",               /* short-iso */
	"9999-99-99T99:99:99.+~* ",             /* short-iso-precise */
	"9999-99-99T99:99:99~99:99 ",           /* the same, newer */
	"9999-99-99T99:99:99.+~99:99 ", "+.+ ", /* short-unix */
	"[b+.+] ",                              /* short-monotonic */
	"[b+.+ <] ",                            /* short-delta */
};

static int
short__digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Length of what the pattern matches at s, or 0. */
static size_t
short__match(const char *pattern, const char *s, size_t len)
{
	size_t n = 0, from;

	for (; *pattern != '\0'; pattern++) {
		char c = n < len ? s[n] : '\0';
		int ok;

		from = n;
		switch (*pattern) {
		case '9':
			ok = short__digit(c);
			break;
		case '_':
			ok = short__digit(c) || c == ' ';
			break;
		case 'a':
			ok = (c | 32) >= 'a' && (c | 32) <= 'z';
			break;
		case '~':
			ok = c == '+' || c == '-' || c == 'Z';
			break;
		case '*':
		case '+':
			while (n < len && short__digit(s[n]))
				n++;
			if (*pattern == '+' && n == from)
				return 0;
			continue;
		case 'b':
			while (n < len && s[n] == ' ')
				n++;
			continue;
		case '?':
			while (n < len && s[n] != ' ' && s[n] != '{')
				n++;
			continue;
		case '<':
			while (
			    n < len && strchr("<>. 0123456789", s[n]) != NULL)
				n++;
			continue;
		default:
			ok = c == *pattern;
		}
		if (!ok)
			return 0;
		n++;
	}
	return n;
}

/* The number in "name[123]", or -1. */
static int64_t
short__pid(const char *s, const char *end)
{
	int64_t pid = 0;
	const char *p;

	if (end == s || end[-1] != ']')
		return -1;
	for (p = end - 1; p > s && p[-1] != '['; p--)
		if (!short__digit(p[-1]))
			return -1;
	if (p == s || p == end - 1 || end - p > 11)
		return -1;
	for (; p < end - 1; p++)
		pid = pid * 10 + (*p - '0');
	return pid;
}

size_t
short_head(const char *s, size_t len, int64_t *ret_pid)
{
	size_t max = len < SHORT_HEAD_MAX ? len : SHORT_HEAD_MAX, at = 0, n;
	unsigned blanks = 0;

	for (size_t i = 0;
	     at == 0 && i < sizeof(short_times) / sizeof(*short_times); i++)
		at = short__match(short_times[i], s, max);
	if (at == 0)
		return 0;
	/* Host and name, or the name alone; the last ends in a colon. */
	for (n = at; n < max && s[n] != ':'; n++) {
		blanks += s[n] == ' ';
		if (s[n] == '{' || s[n] == '"' || blanks > 1)
			return 0;
	}
	if (n == max || n == at || s[n - 1] == ' ' ||
	    (n + 1 < len && s[n + 1] != ' '))
		return 0;
	*ret_pid = short__pid(s + at, s + n);
	return n + 1 < len ? n + 2 : n + 1;
}
