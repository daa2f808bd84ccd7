/* SPDX-License-Identifier: ISC */
#include "trace/squeeze.h"

#include <stdbool.h>
#include <string.h>
#include <zstd.h>

/* Shorter texts gain nothing. */
#define SQUEEZE_MIN 256
#define SQUEEZE_LEVEL 3
/* No line is longer, whatever a frame says (source_file.c). */
#define SQUEEZE_TEXT_MAX (16 * 1024 * 1024)

static bool
squeeze__is_frame(const char *s, size_t len)
{
	static const char magic[] = "\x28\xb5\x2f\xfd";

	return len >= 4 && memcmp(s, magic, 4) == 0;
}

void
squeeze_put(const char *text, size_t len, struct buf *out)
{
	bool must = squeeze__is_frame(text, len);
	size_t n = 0;

	buf_reset(out);
	if (must || len >= SQUEEZE_MIN) {
		buf_reserve(out, ZSTD_compressBound(len));
		n = ZSTD_compress(out->data, ZSTD_compressBound(len), text, len,
		    SQUEEZE_LEVEL);
	}
	if (n > 0 && !ZSTD_isError(n) && (must || n < len)) {
		out->len = n;
		out->data[n] = '\0';
	} else {
		buf_put(out, text, len);
	}
}

void
squeeze_get(const void *stored, size_t len, struct buf *out)
{
	unsigned long long size;
	size_t n;

	buf_reset(out);
	size = squeeze__is_frame(stored, len)
	    ? ZSTD_getFrameContentSize(stored, len)
	    : ZSTD_CONTENTSIZE_ERROR;
	if (size <= SQUEEZE_TEXT_MAX) {
		buf_reserve(out, (size_t)size);
		n = ZSTD_decompress(out->data, (size_t)size, stored, len);
		if (n == size) {
			out->len = n;
			out->data[n] = '\0';
			return;
		}
	}
	buf_put(out, stored, len);
}
