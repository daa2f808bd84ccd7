/* SPDX-License-Identifier: ISC */
#include "base/jsonw.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/plain.h"
#include "base/text.h"

static void
jsonw__key(struct jsonw *w, const char *key)
{
	buf_putc(w->out, '"');
	buf_puts(w->out, key);
	buf_put(w->out, "\":", 2);
}

/* What stands before a value: the comma it needs, and its key. */
static inline void
jsonw__lead(struct jsonw *w, const char *key)
{
	if (w->comma)
		buf_putc(w->out, ',');
	if (key != NULL)
		jsonw__key(w, key);
	w->comma = true;
}

static void
jsonw__open(struct jsonw *w, const char *key, char bracket)
{
	jsonw__lead(w, key);
	buf_putc(w->out, bracket);
	w->comma = false;
}

static void
jsonw__close(struct jsonw *w, char bracket)
{
	buf_putc(w->out, bracket);
	w->comma = true;
}

void
jsonw_object(struct jsonw *w, const char *key)
{
	jsonw__open(w, key, '{');
}

void
jsonw_object_end(struct jsonw *w)
{
	jsonw__close(w, '}');
}

void
jsonw_array(struct jsonw *w, const char *key)
{
	jsonw__open(w, key, '[');
}

void
jsonw_array_end(struct jsonw *w)
{
	jsonw__close(w, ']');
}

void
jsonw_null(struct jsonw *w, const char *key)
{
	jsonw__lead(w, key);
	buf_puts(w->out, "null");
}

void
jsonw_bool(struct jsonw *w, const char *key, bool value)
{
	jsonw__lead(w, key);
	buf_puts(w->out, value ? "true" : "false");
}

void
jsonw_int(struct jsonw *w, const char *key, int64_t value)
{
	jsonw__lead(w, key);
	text_put_int(w->out, value);
}

void
jsonw_uint(struct jsonw *w, const char *key, uint64_t value)
{
	jsonw__lead(w, key);
	buf_printf(w->out, "%" PRIu64, value);
}

/* One code point, whose n bytes are at s. */
static void
jsonw__char(struct buf *out, uint32_t cp, const char *s, size_t n)
{
	if (cp == '"' || cp == '\\')
		buf_putc(out, '\\');
	if (!text_is_hostile(cp))
		buf_put(out, s, n);
	else if (cp < 0x10000)
		buf_printf(out, "\\u%04x", cp);
	else /* a pair of surrogates */
		buf_printf(out, "\\u%04x\\u%04x",
		    0xd800 + ((cp - 0x10000) >> 10),
		    0xdc00 + ((cp - 0x10000) & 0x3ff));
}

/* How many bytes can go out as they are; DEL, which JSON allows, cannot. */
static size_t
jsonw__run(const char *s, size_t len)
{
	size_t n = plain_run(s, len);
	const char *del = memchr(s, 0x7f, n);

	return del != NULL ? (size_t)(del - s) : n;
}

void
jsonw_string(struct jsonw *w, const char *key, const char *value)
{
	if (value == NULL)
		jsonw_null(w, key);
	else
		jsonw_text(w, key, value, strlen(value));
}

void
jsonw_text(struct jsonw *w, const char *key, const char *value, size_t len)
{
	size_t n;
	uint32_t cp;

	jsonw__lead(w, key);
	buf_putc(w->out, '"');
	for (size_t left = len; left > 0; value += n, left -= n) {
		n = jsonw__run(value, left);
		buf_put(w->out, value, n);
		if (n > 0)
			continue;
		n = text_utf8_next(value, left, &cp);
		if (n > 0) {
			jsonw__char(w->out, cp, value, n);
		} else {
			buf_puts(w->out, "\\ufffd");
			n = 1;
		}
	}
	buf_putc(w->out, '"');
}

void
jsonw_ms(struct jsonw *w, const char *key, int64_t ns)
{
	if (ns < 0)
		jsonw_null(w, key);
	else
		jsonw_signed_ms(w, key, ns);
}

void
jsonw_signed_ms(struct jsonw *w, const char *key, int64_t ns)
{
	char text[CLOCK_DURATION_MAX];
	size_t n = clock_format_ms(ns, text);

	jsonw__lead(w, key);
	buf_put(w->out, text, n);
}

void
jsonw_us(struct jsonw *w, const char *key, int64_t ns)
{
	int64_t us = ns / NSEC_PER_USEC;
	int rest = (int)(ns % NSEC_PER_USEC);

	if (ns < 0) {
		jsonw_null(w, key);
		return;
	}
	jsonw_int(w, key, us);
	if (rest != 0)
		buf_printf(w->out, ".%03d", rest);
}

void
jsonw_seconds(struct jsonw *w, const char *key, int64_t ns)
{
	jsonw__lead(w, key);
	buf_printf(w->out, "%.6f", (double)ns / (double)NSEC_PER_SEC);
}

void
jsonw_time(struct jsonw *w, const char *key, int64_t ns)
{
	char text[CLOCK_RFC3339_MAX];

	clock_format_rfc3339(ns, text);
	jsonw_string(w, key, text);
}
