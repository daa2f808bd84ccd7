/* SPDX-License-Identifier: ISC */
#include "indexing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"

void
indexing_add(struct indexing *in, const char *name)
{
	in->names = xreallocarray(in->names, in->n + 1, sizeof(*in->names));
	in->resumes = xreallocarray(in->resumes, in->n + 1,
	    sizeof(*in->resumes));
	in->names[in->n] = name;
	in->resumes[in->n++] = (struct source_resume){ 0 };
}

void
indexing_done(struct indexing *in)
{
	for (size_t i = 0; i < in->n; i++)
		free(in->resumes[i].cursor);
	free(in->resumes);
	free(in->names);
}

/* Asks the index where each input was left, and opens them there. */
static int
indexing__source(struct indexing *in, struct store *s, struct source **ret,
    struct error *err)
{
	unsigned flags = in->follow ? SOURCE_FOLLOW : 0;

	for (size_t i = 0; !in->rescan && i < in->n; i++)
		if (store_resume(s, in->names[i], &in->resumes[i], err) < 0)
			return -1;
	if (in->journal != NULL)
		return source_open_journal(in->journal[0] != '\0' ? in->journal
								  : NULL,
		    in->units, flags, &in->resumes[0], ret, err);
	if (source_open_files(in->names, in->resumes, in->n, flags, ret, err) <
	    0)
		return -1;
	source_units(*ret, in->units);
	return 0;
}

int
indexing_open(struct indexing *in, struct store *s, struct source **ret,
    struct error *err)
{
	_cleanup_(source_freep) struct source *src = NULL;

	if (indexing__source(in, s, &src, err) < 0)
		return -1;
	for (size_t i = 0; i < in->n; i++)
		if (store_input(s, (unsigned)i, in->names[i], err) < 0)
			return -1;
	*ret = steal(&src);
	return 0;
}

/* Notes what could not be read, and goes on. */
static int
indexing__lost(struct store *s, const struct error *why, struct error *err)
{
	_cleanup_buf_ struct buf line = BUF_INIT;

	buf_puts(&line, "bangerlog: ");
	text_escape(&line, why->text, strlen(why->text), false);
	buf_putc(&line, '\n');
	fputs(buf_str(&line), stderr);
	return store_gap(s, 0, "lost", why->text, why->code == -EBADMSG, err);
}

static bool
indexing__stopped(const struct indexing_run *run)
{
	return run->stop != NULL && *run->stop != 0;
}

int
indexing_read(struct store *s, struct source *src, struct indexing_run *run,
    struct error *err)
{
	_cleanup_record_ struct record own;
	const struct record *r;
	struct error why = ERROR_INIT;
	enum source_status st;
	bool any = false;
	int rc = 0;

	record_init(&own);
	while (rc == 0 && !indexing__stopped(run) &&
	    (st = source_borrow(src, &own, &r, &why)) != SOURCE_END) {
		any = any || st != SOURCE_WAIT;
		if (st == SOURCE_MORE) {
			rc = store_append(s, r, err);
			progress_tick(&run->progress, src);
		} else if (st == SOURCE_LOST) {
			progress_clear(&run->progress);
			rc = indexing__lost(s, &why, err);
		} else {
			/*
			 * Nothing waits: readers see all there is.  But before
			 * the first line an index is still to be filled
			 * (store_bulk.c).
			 */
			rc = any ? store_commit(s, err) : 0;
			if (rc == 0 && !indexing__stopped(run))
				source_wait(src);
		}
	}
	progress_clear(&run->progress);
	return rc < 0 ? rc : store_commit(s, err);
}
