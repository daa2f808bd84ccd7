/* SPDX-License-Identifier: ISC */
/*
 * A growable run of bytes.  `data` always has a NUL behind `len` once anything
 * was put, so text can be passed on as a string; an empty buf has data NULL,
 * for which buf_str() gives "".  The buf owns its memory; buf_done() frees it
 * and leaves an empty buf.
 *
 * This is a low-level primitive: it knows nothing of what it holds.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>
#include <string.h>

struct buf {
	char *data;
	size_t len, cap;
};

#define BUF_INIT           \
	{                  \
		NULL, 0, 0 \
	}

/* What buf_reserve() does when there is too little room. */
void buf__grow(struct buf *b, size_t more);
void buf_printf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *b, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));
/* Removes the first n bytes (n <= len). */
void buf_consume(struct buf *b, size_t n);
void buf_done(struct buf *b);
/* The text as an owned string; the buf is empty afterwards. */
char *buf_steal(struct buf *b);

#define _cleanup_buf_ __attribute__((cleanup(buf_done)))

/* Makes room for more bytes behind len, and the NUL. */
static inline void
buf_reserve(struct buf *b, size_t more)
{
	if (b->cap - b->len <= more)
		buf__grow(b, more);
}

static inline void
buf_put(struct buf *b, const void *data, size_t len)
{
	buf_reserve(b, len);
	if (len > 0)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
}

static inline void
buf_puts(struct buf *b, const char *s)
{
	buf_put(b, s, strlen(s));
}

static inline void
buf_putc(struct buf *b, char c)
{
	buf_reserve(b, 1);
	b->data[b->len++] = c;
	b->data[b->len] = '\0';
}

/* Keeps the memory, forgets the content. */
static inline void
buf_reset(struct buf *b)
{
	b->len = 0;
	if (b->data != NULL)
		b->data[0] = '\0';
}

static inline const char *
buf_str(const struct buf *b)
{
	return b->data != NULL ? b->data : "";
}

#endif
