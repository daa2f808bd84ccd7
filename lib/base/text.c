/* SPDX-License-Identifier: ISC */
#include "base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <wchar.h>

#include "base/cleanup.h"

size_t
text_utf8_next(const char *s, size_t len, uint32_t *ret_cp)
{
	const unsigned char *p = (const unsigned char *)s;
	uint32_t cp, least;
	size_t need;

	if (p[0] < 0x80) {
		*ret_cp = p[0];
		return 1;
	}
	if (p[0] >= 0xc2 && p[0] <= 0xdf) {
		need = 2, cp = p[0] & 0x1f, least = 0x80;
	} else if ((p[0] & 0xf0) == 0xe0) {
		need = 3, cp = p[0] & 0x0f, least = 0x800;
	} else if (p[0] >= 0xf0 && p[0] <= 0xf4) {
		need = 4, cp = p[0] & 0x07, least = 0x10000;
	} else {
		return 0;
	}
	if (len < need)
		return 0;
	for (size_t i = 1; i < need; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		cp = cp << 6 | (p[i] & 0x3f);
	}
	if (cp < least || cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
		return 0;
	*ret_cp = cp;
	return need;
}

bool
text_is_hostile(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp <= 0x9f) || cp == 0xad ||
	    cp == 0x61c || cp == 0x180e || (cp >= 0x200b && cp <= 0x200f) ||
	    (cp >= 0x2028 && cp <= 0x202e) || (cp >= 0x2060 && cp <= 0x206f) ||
	    cp == 0xfeff || (cp >= 0xfff9 && cp <= 0xfffb) ||
	    (cp >= 0xe0000 && cp <= 0xe007f);
}

static void
text__escape_one(struct buf *out, uint32_t cp)
{
	static const char named[] = "abtnvfr"; /* 7 to 13 */

	if (cp >= 7 && cp <= 13)
		buf_printf(out, "\\%c", named[cp - 7]);
	else if (cp < 0x100)
		buf_printf(out, "\\x%02x", cp);
	else
		buf_printf(out, cp < 0x10000 ? "\\u%04x" : "\\U%08x", cp);
}

/* How many bytes of ASCII that prints it begins with. */
static size_t
text__plain(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && s[n] >= 0x20 && s[n] < 0x7f)
		n++;
	return n;
}

void
text_escape(struct buf *out, const char *s, size_t len, bool quote)
{
	size_t start = 0, i = quote ? 0 : text__plain(s, len), n;
	uint32_t cp;

	buf_reserve(out, len);
	while (i < len) {
		n = text_utf8_next(s + i, len - i, &cp);
		if (n != 0 && !text_is_hostile(cp) && !(quote && cp == '\\')) {
			i += n;
			continue;
		}
		buf_put(out, s + start, i - start);
		if (n == 0)
			buf_puts(out, "\xef\xbf\xbd");
		else if (cp == '\\')
			buf_puts(out, "\\\\");
		else
			text__escape_one(out, cp);
		i += n == 0 ? 1 : n;
		start = i;
	}
	buf_put(out, s + start, i - start);
}

/* Cells of one code point: what wcwidth says where it knows it. */
static size_t
text__cells(uint32_t cp)
{
	int w = cp < 0x80 ? 1 : wcwidth((wchar_t)cp);

	return w < 0 ? 1 : (size_t)w;
}

size_t
text_width(const char *s)
{
	size_t left = strlen(s), cells = text__plain(s, left), n;
	uint32_t cp;

	s += cells;
	left -= cells;
	while (left > 0) {
		n = text_utf8_next(s, left, &cp);
		cells += n == 0 ? 1 : text__cells(cp);
		n += n == 0;
		s += n;
		left -= n;
	}
	return cells;
}

static void
text__pad(struct buf *out, size_t n)
{
	buf_reserve(out, n);
	memset(out->data + out->len, ' ', n);
	out->len += n;
	out->data[out->len] = '\0';
}

void
text_fit(struct buf *out, const char *s, size_t cells, bool right, bool ascii)
{
	size_t width = text_width(s), left = strlen(s), used = 0, n, w;
	uint32_t cp;

	if (width <= cells) {
		if (right)
			text__pad(out, cells - width);
		buf_puts(out, s);
		if (!right)
			text__pad(out, cells - width);
		return;
	}
	if (cells == 0)
		return;
	while (left > 0) {
		n = text_utf8_next(s, left, &cp);
		w = n == 0 ? 1 : text__cells(cp);
		n += n == 0;
		if (used + w > cells - 1)
			break;
		buf_put(out, s, n);
		used += w;
		s += n;
		left -= n;
	}
	buf_puts(out, ascii ? "~" : "\xe2\x80\xa6");
	text__pad(out, cells - 1 - used);
}

void
text_cut_utf8(char *s)
{
	size_t len = strlen(s), back;
	uint32_t cp;

	for (back = 1; back <= 4 && back <= len; back++) {
		if ((s[len - back] & 0xc0) == 0x80)
			continue;
		if (text_utf8_next(s + len - back, back, &cp) != back)
			s[len - back] = '\0';
		return;
	}
}

bool
text_is_name(const char *s, const char *set, size_t max)
{
	size_t len = strlen(s);

	return len > 0 && len <= max && strspn(s, set) == len;
}

void
text_put_int(struct buf *out, int64_t v)
{
#define TENS(t) t "0" t "1" t "2" t "3" t "4" t "5" t "6" t "7" t "8" t "9"
	static const char pairs[] = TENS("0") TENS("1") TENS("2") TENS("3")
	    TENS("4") TENS("5") TENS("6") TENS("7") TENS("8") TENS("9");
#undef TENS
	uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
	char digits[24];
	size_t n = sizeof(digits);

	for (; u >= 10; u /= 100)
		memcpy(digits + (n -= 2), pairs + 2 * (u % 100), 2);
	if (u > 0 || n == sizeof(digits))
		digits[--n] = (char)('0' + u);
	if (v < 0)
		digits[--n] = '-';
	buf_put(out, digits + n, sizeof(digits) - n);
}

void
text_put_bytes(struct buf *out, int64_t bytes)
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB",
		"TiB" };
	int64_t tenths = bytes * 10;
	size_t unit = 0;

	while (tenths >= 10240 && unit + 1 < ARRAY_LEN(units)) {
		tenths /= 1024;
		unit++;
	}
	if (unit == 0)
		buf_printf(out, "%" PRId64 " bytes", bytes);
	else
		buf_printf(out, "%" PRId64 ".%" PRId64 " %s", tenths / 10,
		    tenths % 10, units[unit]);
}

char *
text_trim(char *s)
{
	size_t len;

	s += strspn(s, " \t\r\n");
	len = strlen(s);
	while (len > 0 && strchr(" \t\r\n", s[len - 1]) != NULL)
		s[--len] = '\0';
	return s;
}

bool
text_parse_u64(const char *s, uint64_t min, uint64_t max, uint64_t *ret)
{
	uint64_t v = 0;

	if (*s == '\0')
		return false;
	/* So many digits always fit. */
	for (int sure = 19; sure > 0 && *s >= '0' && *s <= '9'; sure--, s++)
		v = v * 10 + (uint64_t)(*s - '0');
	for (; *s >= '0' && *s <= '9'; s++)
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*s - '0'), &v))
			return false;
	if (*s != '\0' || v < min || v > max)
		return false;
	*ret = v;
	return true;
}

bool
text_parse_bytes(const char *s, int64_t *ret)
{
	static const char units[] = "KMGT";
	char digits[24];
	size_t len = strlen(s);
	const char *unit = len > 0 ? strchr(units, s[len - 1]) : NULL;
	unsigned shift = unit != NULL ? 10 * (unsigned)(unit - units + 1) : 0;
	uint64_t n;

	len -= unit != NULL;
	if (len >= sizeof(digits))
		return false;
	memcpy(digits, s, len);
	digits[len] = '\0';
	if (!text_parse_u64(digits, 0, (uint64_t)INT64_MAX >> shift, &n))
		return false;
	*ret = (int64_t)(n << shift);
	return true;
}

size_t
text_terminal_width(int fd, size_t fallback)
{
	const char *env = getenv("COLUMNS");
	struct winsize ws;
	uint64_t n;

	if (ioctl(fd, TIOCGWINSZ, &ws) == 0 && ws.ws_col > 0)
		return ws.ws_col;
	if (env != NULL && text_parse_u64(env, 1, 10000, &n))
		return n;
	return fallback;
}

size_t
text_distance(const char *a, const char *b)
{
	size_t d[TEXT_DISTANCE_MAX + 1][TEXT_DISTANCE_MAX + 1];
	size_t la = strlen(a), lb = strlen(b), best;

	if (la > TEXT_DISTANCE_MAX || lb > TEXT_DISTANCE_MAX)
		return SIZE_MAX;
	for (size_t i = 0; i <= la; i++) {
		for (size_t j = 0; j <= lb; j++) {
			if (i == 0 || j == 0) {
				d[i][j] = i + j;
				continue;
			}
			best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
			if (d[i - 1][j] + 1 < best)
				best = d[i - 1][j] + 1;
			if (d[i][j - 1] + 1 < best)
				best = d[i][j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] && d[i - 2][j - 2] + 1 < best)
				best = d[i - 2][j - 2] + 1;
			d[i][j] = best;
		}
	}
	return d[la][lb];
}
