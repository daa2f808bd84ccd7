/* SPDX-License-Identifier: ISC */
#include "trace/source.h"

#include <poll.h>

#include "base/clock.h"
#include "base/mem.h"

struct source *
source_free(struct source *s)
{
	if (s != NULL)
		s->ops->close(s);
	return NULL;
}

bool
source_wait(const struct source *s)
{
	struct pollfd p = { .fd = source_fd(s), .events = POLLIN };
	int64_t ns = source_timeout(s);
	struct timespec ts = { ns / NSEC_PER_SEC, ns % NSEC_PER_SEC };

	return ppoll(&p, 1, ns < 0 ? NULL : &ts, NULL) >= 0;
}

int
source_open_files(const char *const *paths, const struct source_resume *resumes,
    size_t n, unsigned flags, struct source **ret, struct error *err)
{
	_cleanup_free_ struct source **all = xcalloc(n, sizeof(*all));
	int rc;

	for (size_t i = 0; i < n; i++) {
		rc = source_open_file(paths[i], flags,
		    resumes != NULL ? &resumes[i] : NULL, &all[i], err);
		if (rc < 0) {
			while (i > 0)
				source_free(all[--i]);
			return rc;
		}
	}
	*ret = n == 1 ? all[0] : source_merge(all, n);
	return 0;
}
