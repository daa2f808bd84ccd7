/* SPDX-License-Identifier: ISC */
#include "trace/unpack.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "base/mem.h"

#define UNPACK_CHUNK (128 * 1024)
/* zlib's window, and 32: the header says whether it is gzip's or zlib's. */
#define UNPACK_WINDOW (15 + 32)

struct unpack {
	enum unpack_form form;
	z_stream z;
	ZSTD_DStream *zstd;
	char in[UNPACK_CHUNK];
	size_t at, len; /* what of in is still to be unpacked */
	uint64_t taken;
	bool inside; /* of a member or frame: the input must not end here */
	bool ended;
};

enum unpack_form
unpack_recognize(const char *head, size_t len)
{
	if (len >= 3 && memcmp(head, "\x1f\x8b\x08", 3) == 0)
		return UNPACK_GZIP;
	if (len >= 4 && memcmp(head, "\x28\xb5\x2f\xfd", 4) == 0)
		return UNPACK_ZSTD;
	return UNPACK_NONE;
}

struct unpack *
unpack_new(enum unpack_form form, const char *first, size_t len)
{
	struct unpack *u = xcalloc(1, sizeof(*u));

	u->form = form;
	u->inside = true;
	u->len = len < sizeof(u->in) ? len : sizeof(u->in);
	memcpy(u->in, first, u->len);
	u->taken = u->len;
	if (form == UNPACK_GZIP && inflateInit2(&u->z, UNPACK_WINDOW) != Z_OK)
		abort(); /* out of memory */
	if (form == UNPACK_ZSTD && (u->zstd = ZSTD_createDStream()) == NULL)
		abort();
	return u;
}

struct unpack *
unpack_free(struct unpack *u)
{
	if (u == NULL)
		return NULL;
	if (u->form == UNPACK_GZIP)
		inflateEnd(&u->z);
	ZSTD_freeDStream(u->zstd);
	free(u);
	return NULL;
}

uint64_t
unpack_taken(const struct unpack *u)
{
	return u->taken;
}

/* What is wrong, and at which byte of the input. */
static ssize_t
unpack__damaged(struct unpack *u, const char *what, struct error *err)
{
	u->ended = true;
	return error_set(err, -EBADMSG, "its %s is damaged at byte %llu: %s",
	    u->form == UNPACK_GZIP ? "gzip" : "zstd",
	    (unsigned long long)(u->taken - (u->len - u->at)),
	    what != NULL ? what : "not what it should be");
}

/* Unpacks from memory; 0: more input is needed, or a member has ended. */
static ssize_t
unpack__gzip(struct unpack *u, char *out, size_t cap, struct error *err)
{
	int rc;

	/* Another member follows, or zeros that a tape was filled up with. */
	if (!u->inside) {
		if (u->in[u->at] == '\0') {
			u->at++;
			return 0;
		}
		inflateReset(&u->z);
		u->inside = true;
	}
	u->z.next_in = (Bytef *)u->in + u->at;
	u->z.avail_in = (uInt)(u->len - u->at);
	u->z.next_out = (Bytef *)out;
	u->z.avail_out = (uInt)cap;
	rc = inflate(&u->z, Z_NO_FLUSH);
	u->at = u->len - u->z.avail_in;
	if (rc == Z_STREAM_END)
		u->inside = false;
	else if (rc != Z_OK && rc != Z_BUF_ERROR && u->z.avail_out == cap)
		return unpack__damaged(u, u->z.msg, err);
	return (ssize_t)(cap - u->z.avail_out);
}

static ssize_t
unpack__zstd(struct unpack *u, char *out, size_t cap, struct error *err)
{
	ZSTD_inBuffer in = { u->in, u->len, u->at };
	ZSTD_outBuffer to = { out, cap, 0 };
	size_t rc = ZSTD_decompressStream(u->zstd, &to, &in);

	u->at = in.pos;
	if (ZSTD_isError(rc) && to.pos == 0)
		return unpack__damaged(u, ZSTD_getErrorName(rc), err);
	if (!ZSTD_isError(rc))
		u->inside = rc != 0;
	return (ssize_t)to.pos;
}

/* Fills the input; false at its end, or when it failed (*ret_n negative). */
static bool
unpack__more(struct unpack *u, int fd, ssize_t *ret_n, struct error *err)
{
	ssize_t n;

	do
		n = read(fd, u->in, sizeof(u->in));
	while (n < 0 && errno == EINTR);
	*ret_n = 0;
	if (n < 0) {
		u->ended = true;
		*ret_n = error_errno(err, errno, "reading it");
	}
	if (n <= 0)
		return false;
	u->at = 0;
	u->len = (size_t)n;
	u->taken += (uint64_t)n;
	return true;
}

ssize_t
unpack_read(struct unpack *u, int fd, char *out, size_t cap, struct error *err)
{
	ssize_t n;

	while (!u->ended) {
		n = u->at == u->len && !u->inside ? 0
		    : u->form == UNPACK_GZIP ? unpack__gzip(u, out, cap, err)
					     : unpack__zstd(u, out, cap, err);
		if (n != 0)
			return n;
		if (u->at < u->len || unpack__more(u, fd, &n, err))
			continue;
		if (n < 0)
			return n;
		if (u->inside)
			return unpack__damaged(u, "it ends too early", err);
		u->ended = true;
	}
	return 0;
}
