/* SPDX-License-Identifier: ISC */
#include "wire/frame.h"

#include <string.h>

void
frame_init(struct frame *f, size_t max)
{
	memset(f, 0, sizeof(*f));
	f->max = max;
}

void
frame_done(struct frame *f)
{
	buf_done(&f->in);
	f->taken = 0;
}

void
frame_feed(struct frame *f, const void *data, size_t len)
{
	buf_consume(&f->in, f->taken);
	f->taken = 0;
	buf_put(&f->in, data, len);
}

enum frame_status
frame_next(struct frame *f, const char **ret_line, size_t *ret_len)
{
	size_t left = f->in.len - f->taken, len;
	char *from = f->in.data + f->taken, *nl;

	nl = left > 0 ? memchr(from, '\n', left) : NULL;
	len = nl != NULL ? (size_t)(nl - from) : left;
	if (len >= f->max)
		return FRAME_TOO_LONG;
	if (nl == NULL)
		return FRAME_MORE;
	*nl = '\0';
	f->taken += len + 1;
	*ret_line = from;
	*ret_len = len;
	return FRAME_LINE;
}

bool
frame_partial(const struct frame *f)
{
	return f->in.len > f->taken;
}
