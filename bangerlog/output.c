/* SPDX-License-Identifier: ISC */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"

/* As other programs make files: what the umask leaves of rw-rw-rw-. */
static mode_t
output__mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

int
output_open(const char *path, struct output *ret, struct error *err)
{
	_cleanup_output_ struct output o = OUTPUT_INIT;
	_cleanup_close_ int fd = -1;

	if (path == NULL) {
		ret->file = stdout;
		return 0;
	}
	o.path = xstrdup(path);
	o.tmp = xasprintf("%s.XXXXXX", path);
	fd = mkostemp(o.tmp, O_CLOEXEC);
	if (fd < 0) {
		int errnum = errno;

		free(steal(&o.tmp));
		return error_errno(err, errnum, "making %s", path);
	}
	if (fchmod(fd, output__mode()) < 0)
		return error_errno(err, errno, "making %s", path);
	o.file = fdopen(fd, "w");
	if (o.file == NULL)
		return error_errno(err, errno, "making %s", path);
	steal_fd(&fd);
	*ret = o;
	o = (struct output)OUTPUT_INIT;
	return 0;
}

static const char *
output__name(const struct output *o)
{
	return o->path != NULL ? o->path : "standard output";
}

int
output_write(struct output *o, struct buf *b, struct error *err)
{
	if (b->len > 0 && fwrite(b->data, 1, b->len, o->file) != b->len)
		return error_errno(err, errno, "writing %s", output__name(o));
	buf_reset(b);
	return 0;
}

int
output_finish(struct output *o, struct error *err)
{
	if (fflush(o->file) != 0)
		return error_errno(err, errno, "writing %s", output__name(o));
	if (o->path == NULL)
		return 0;
	if (fsync(fileno(o->file)) < 0)
		return error_errno(err, errno, "writing %s", o->path);
	if (rename(o->tmp, o->path) < 0)
		return error_errno(err, errno, "putting %s in place", o->path);
	free(steal(&o->tmp));
	return 0;
}

void
output_done(struct output *o)
{
	if (o->tmp != NULL)
		unlink(o->tmp);
	if (o->file != NULL && o->file != stdout)
		fclose(o->file);
	free(o->tmp);
	free(o->path);
	*o = (struct output)OUTPUT_INIT;
}
