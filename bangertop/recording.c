/* SPDX-License-Identifier: ISC */
#include "recording.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "trace/query.h"

struct recording_line {
	int64_t time_ns;
	uint64_t at;
	uint32_t len;
	bool sure; /* the time is the line's own */
};

/* What is gathered: the texts one after the other, and where each is. */
struct recording_work {
	struct buf text;
	struct recording_line *lines;
	size_t n, cap;
};

static void
recording__work_done(struct recording_work *w)
{
	buf_done(&w->text);
	free(w->lines);
}

static void
recording__take(void *arg, const struct record *r)
{
	struct recording_work *w = arg;

	if ((r->kind != RECORD_EVENT && r->kind != RECORD_OTHER) ||
	    r->raw.len == 0 || r->raw.len > UINT32_MAX)
		return;
	if (w->n == w->cap) {
		w->cap = w->cap == 0 ? 1024 : 2 * w->cap;
		w->lines = xreallocarray(w->lines, w->cap, sizeof(*w->lines));
	}
	w->lines[w->n++] = (struct recording_line){ r->time_ns, w->text.len,
		(uint32_t)r->raw.len, r->time_from != RECORD_TIME_NONE };
	buf_put(&w->text, r->raw.data, r->raw.len);
}

static int
recording__compare(const void *a, const void *b)
{
	const struct recording_line *x = a, *y = b;

	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

/* Writes the lines in their order, each with a newline. */
static int
recording__write(struct recording_work *w, int fd, struct error *err)
{
	_cleanup_(recording__work_done) struct recording_work chunk = { 0 };
	struct buf *out = &chunk.text;

	for (size_t i = 0; i < w->n; i++) {
		buf_put(out, w->text.data + w->lines[i].at, w->lines[i].len);
		for (char *c = out->data + out->len - w->lines[i].len;
		     c < out->data + out->len; c++)
			*c = *c == '\n' ? ' ' : *c; /* JSON may be laid out */
		buf_putc(out, '\n');
		if (out->len < 65536 && i + 1 < w->n)
			continue;
		for (size_t done = 0; done < out->len;) {
			ssize_t n = write(fd, out->data + done,
			    out->len - done);

			if (n < 0 && errno != EINTR)
				return error_errno(err, errno,
				    "keeping the recording in memory");
			done += n > 0 ? (size_t)n : 0;
		}
		buf_reset(out);
	}
	return 0;
}

static int
recording__make(struct recording_work *w, struct recording *ret,
    struct error *err)
{
	_cleanup_recording_ struct recording r = RECORDING_INIT;

	if (w->n > 0)
		qsort(w->lines, w->n, sizeof(*w->lines), recording__compare);
	r.fd = memfd_create("recording", MFD_CLOEXEC);
	if (r.fd < 0)
		return error_errno(err, errno, "making a file in memory");
	if (recording__write(w, r.fd, err) < 0)
		return -1;
	r.n = w->n;
	for (size_t i = w->n; i > 0; i--)
		r.first_ns = w->lines[i - 1].sure ? w->lines[i - 1].time_ns
						  : r.first_ns;
	r.last_ns = w->n > 0 ? w->lines[w->n - 1].time_ns : 0;
	*ret = r;
	r.fd = -1;
	return 0;
}

int
recording_of_source(struct source *source, struct recording *ret,
    struct error *err)
{
	_cleanup_(recording__work_done) struct recording_work w = { 0 };
	_cleanup_record_ struct record r;
	struct error lost = ERROR_INIT;
	enum source_status st;

	record_init(&r);
	while ((st = source_next(source, &r, &lost)) != SOURCE_END) {
		if (st == SOURCE_MORE)
			recording__take(&w, &r);
		else if (st == SOURCE_WAIT && !source_wait(source))
			break;
	}
	return recording__make(&w, ret, err);
}

int
recording_of_index(const char *path, size_t operations, struct recording *ret,
    struct error *err)
{
	_cleanup_(recording__work_done) struct recording_work w = { 0 };
	_cleanup_(store_freep) struct store *s = NULL;
	_cleanup_rows_ struct query_rows rows = QUERY_ROWS_INIT;

	if (store_open_read(path, &s, err) < 0 ||
	    query_ops(s, operations, false, &rows, err) < 0)
		return -1;
	for (size_t i = 0; i < rows.n; i++)
		if (query_lines(s, rows.rows[i].op_id, recording__take, &w,
			err) < 0)
			return -1;
	return recording__make(&w, ret, err);
}

int
recording_source(const struct recording *r, struct source **ret,
    struct error *err)
{
	char path[32];

	/* Opened anew by its name it has an offset of its own. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", r->fd);
	return source_open_file(path, 0, NULL, ret, err);
}

void
recording_done(struct recording *r)
{
	if (r->fd >= 0)
		close(r->fd);
	r->fd = -1;
}
