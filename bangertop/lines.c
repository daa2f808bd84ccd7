/* SPDX-License-Identifier: ISC */
#include "lines.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Before each line; both texts follow. */
struct lines_head {
	uint32_t id_len, len;
};

/*
 * A ring of bytes.  Places are counted from 1 for ever and are taken modulo
 * its size, so that an old one can be told from what lies there now.
 */
struct lines {
	char *ring;
	size_t size;
	uint64_t first, end; /* of the oldest line, and behind the newest */
};

struct lines *
lines_new(size_t size)
{
	struct lines *l = xcalloc(1, sizeof(*l));

	/* The kernel gives memory as it is written to. */
	l->ring = xmalloc(size);
	l->size = size;
	l->first = l->end = 1;
	return l;
}

struct lines *
lines_free(struct lines *l)
{
	if (l == NULL)
		return NULL;
	free(l->ring);
	free(l);
	return NULL;
}

static void
lines__write(struct lines *l, uint64_t at, const void *data, size_t len)
{
	size_t place = (size_t)(at % l->size), n = l->size - place;

	n = n < len ? n : len;
	memcpy(l->ring + place, data, n);
	memcpy(l->ring, (const char *)data + n, len - n);
}

static void
lines__read(const struct lines *l, uint64_t at, void *out, size_t len)
{
	size_t place = (size_t)(at % l->size), n = l->size - place;

	n = n < len ? n : len;
	memcpy(out, l->ring + place, n);
	memcpy((char *)out + n, l->ring, len - n);
}

static uint64_t
lines__next(const struct lines *l, uint64_t at, struct lines_head *ret)
{
	lines__read(l, at, ret, sizeof(*ret));
	return at + sizeof(*ret) + ret->id_len + ret->len;
}

void
lines_put(struct lines *l, const struct opid *op, const char *text, size_t len)
{
	size_t id_len = strlen(op->text);
	struct lines_head head = { (uint32_t)id_len, (uint32_t)len }, old;

	if (len > l->size - sizeof(head) - OPID_TEXT_MAX)
		return;
	while (l->end + sizeof(head) + id_len + len - l->first > l->size)
		l->first = lines__next(l, l->first, &old);
	lines__write(l, l->end, &head, sizeof(head));
	lines__write(l, l->end + sizeof(head), op->text, id_len);
	lines__write(l, l->end + sizeof(head) + id_len, text, len);
	l->end += sizeof(head) + id_len + len;
}

uint64_t
lines_of(const struct lines *l, const struct opid *op, uint64_t from,
    struct buf *out)
{
	uint64_t at = from > l->first ? from : l->first, next;
	size_t id_len = strlen(op->text);
	struct lines_head head;
	char id[OPID_TEXT_MAX + 1];
	char *text;

	for (; at < l->end; at = next) {
		next = lines__next(l, at, &head);
		if (head.id_len != id_len)
			continue;
		lines__read(l, at + sizeof(head), id, id_len);
		if (memcmp(id, op->text, id_len) != 0)
			continue;
		buf_reserve(out, head.len + 1);
		text = out->data + out->len;
		lines__read(l, at + sizeof(head) + id_len, text, head.len);
		for (size_t i = 0; i < head.len; i++)
			if (text[i] == '\0')
				text[i] = ' ';
		out->len += head.len;
		buf_putc(out, '\0');
	}
	return l->end;
}
