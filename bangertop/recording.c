/* SPDX-License-Identifier: ISC */
#include "recording.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "trace/gather.h"

/* Writes the lines in their order, each with a newline. */
static int
recording__write(struct gather *w, int fd, struct error *err)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	struct buf *out = &text;

	for (size_t i = 0; i < w->n; i++) {
		buf_put(out, gather_text(w, i), w->lines[i].len);
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
recording__make(struct gather *w, struct recording *ret, struct error *err)
{
	_cleanup_recording_ struct recording r = RECORDING_INIT;

	gather_sort(w);
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
	_cleanup_gather_ struct gather w = GATHER_INIT;
	_cleanup_record_ struct record r;
	struct error lost = ERROR_INIT;
	enum source_status st;

	record_init(&r);
	while ((st = source_next(source, &r, &lost)) != SOURCE_END) {
		if (st == SOURCE_MORE)
			gather_take(&w, &r);
		else if (st == SOURCE_WAIT && !source_wait(source))
			break;
	}
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
