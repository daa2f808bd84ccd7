/* SPDX-License-Identifier: ISC */
#include "markup.h"

#include <stdint.h>
#include <string.h>

#include "base/text.h"

/* Two code points that no XML may hold, though they are valid UTF-8. */
static bool
markup__no_char(uint32_t cp)
{
	return (cp & 0xfffe) == 0xfffe;
}

void
markup_bytes(struct buf *out, const char *s, size_t len)
{
	_cleanup_buf_ struct buf safe = BUF_INIT;
	size_t n;
	uint32_t cp;

	text_escape(&safe, s, len, false);
	s = buf_str(&safe);
	for (size_t left = safe.len; left > 0; s += n, left -= n) {
		n = text_utf8_next(s, left, &cp);
		if (n == 0)
			n = 1;
		else if (markup__no_char(cp))
			buf_puts(out, "\xef\xbf\xbd");
		else if (cp == '&')
			buf_puts(out, "&amp;");
		else if (cp == '<')
			buf_puts(out, "&lt;");
		else if (cp == '>')
			buf_puts(out, "&gt;");
		else if (cp == '"')
			buf_puts(out, "&quot;");
		else if (cp == '\'')
			buf_puts(out, "&#39;");
		else
			buf_put(out, s, n);
	}
}

void
markup_text(struct buf *out, const char *s)
{
	markup_bytes(out, s, strlen(s));
}

void
markup_attr(struct buf *out, const char *name, const char *value)
{
	buf_printf(out, " %s=\"", name);
	markup_text(out, value);
	buf_putc(out, '"');
}

void
markup_element(struct buf *out, const char *name, const char *attrs,
    const char *text)
{
	buf_printf(out, "<%s%s>", name, attrs);
	markup_text(out, text);
	buf_printf(out, "</%s>", name);
}
