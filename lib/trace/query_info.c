/* SPDX-License-Identifier: ISC */
#include "trace/query_info.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/mem.h"
#include "trace/store_int.h"
#include "trace/store_rest.h"

/* The longest line that is kept whole. */
#define INFO_LINE_MAX (4 << 20)

void
query_info_done(struct query_info *info)
{
	for (size_t i = 0; i < info->n_inputs; i++)
		free(info->inputs[i].path);
	free(info->inputs);
	memset(info, 0, sizeof(*info));
}

/* ---- inputs ------------------------------------------------------------ */

/* Where the line at that offset ends, or -1 when it does not (yet). */
static int64_t
info__line_end(int fd, uint64_t offset)
{
	char chunk[65536];
	const char *end;
	ssize_t n;

	for (uint64_t at = offset; at < offset + INFO_LINE_MAX;
	     at += (uint64_t)n) {
		n = pread(fd, chunk, sizeof(chunk), (off_t)at);
		if (n <= 0)
			return -1;
		end = memchr(chunk, '\n', (size_t)n);
		if (end != NULL)
			return (int64_t)at + (end - chunk) + 1;
	}
	return -1;
}

/* gzip and zstd: offsets are of what is in them. */
static bool
info__is_packed(int fd)
{
	unsigned char head[4];

	return pread(fd, head, 4, 0) == 4 &&
	    ((head[0] == 0x1f && head[1] == 0x8b) ||
		memcmp(head, "\x28\xb5\x2f\xfd", 4) == 0);
}

static void
info__look(struct query_input *in, const struct file_id *file, bool journal)
{
	_cleanup_close_ int fd = -1;
	struct stat st;
	int64_t end;

	if (!file_id_is_set(file)) {
		in->state = journal ? QUERY_INPUT_JOURNAL : QUERY_INPUT_STREAM;
		return;
	}
	in->state = QUERY_INPUT_GONE;
	fd = open(in->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0)
		return;
	in->state = QUERY_INPUT_REPLACED;
	/* It may have been empty: nothing to know it by but its number. */
	if (!file_id_matches(fd, file) &&
	    (file->head_len > 0 || st.st_ino != file->ino ||
		st.st_dev != file->dev))
		return;
	in->state = QUERY_INPUT_READ;
	in->size = st.st_size;
	if (info__is_packed(fd))
		return;
	if (in->lines == 0) {
		in->behind = st.st_size;
	} else {
		end = info__line_end(fd, in->offset);
		in->behind = end < 0 ? 0 : st.st_size - end;
	}
	if (in->behind > 0)
		in->state = QUERY_INPUT_BEHIND;
}

static int
info__inputs(struct store *s, struct query_info *info, struct error *err)
{
	sqlite3_stmt *st;
	int rc;

	if (store_prepare(s,
		"SELECT path, dev, ino, head_len, head_hash, offset, lines, "
		"read_ns, cursor IS NOT NULL FROM input ORDER BY read_ns, id",
		&st, err) < 0)
		return -EIO;
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct file_id file = { 0 };
		struct query_input *in;

		info->inputs = xreallocarray(info->inputs, info->n_inputs + 1,
		    sizeof(*info->inputs));
		in = &info->inputs[info->n_inputs++];
		memset(in, 0, sizeof(*in));
		in->path = store_column_dup(st, 0);
		file.dev = (uint64_t)sqlite3_column_int64(st, 1);
		file.ino = (uint64_t)sqlite3_column_int64(st, 2);
		file.head_len = (uint64_t)sqlite3_column_int64(st, 3);
		file.head_hash = (uint64_t)sqlite3_column_int64(st, 4);
		in->offset = (uint64_t)sqlite3_column_int64(st, 5);
		in->lines = (uint64_t)sqlite3_column_int64(st, 6);
		in->read_ns = sqlite3_column_int64(st, 7);
		in->size = in->behind = -1;
		info__look(in, &file, sqlite3_column_int(st, 8) != 0);
	}
	if (rc != SQLITE_DONE)
		store_fail(s, err, "reading the inputs");
	sqlite3_finalize(st);
	return rc == SQLITE_DONE ? 0 : -EIO;
}

/* ---- numbers ----------------------------------------------------------- */

static int
info__numbers(struct store *s, struct query_info *info, struct error *err)
{
	const struct {
		const char *sql;
		int64_t *ret;
	} asked[] = {
		{ "PRAGMA user_version", &info->version },
		{ "SELECT count(*) FROM op", &info->operations },
		{ "SELECT count(*) FROM op WHERE status = 'running'",
		    &info->running },
		/* Those with a number, and the others. */
		{ "SELECT (SELECT coalesce(sum(to_seq - from_seq + 1), 0) "
		  "FROM span) + (SELECT count(*) FROM record WHERE run IS "
		  "NULL)",
		    &info->lines },
		{ "SELECT count(*) FROM run", &info->runs },
		{ "SELECT coalesce(min(t), 0) FROM (SELECT min(time_ns) AS t "
		  "FROM record WHERE time_ns > 0 UNION ALL "
		  "SELECT min(first_ns) FROM run)",
		    &info->first_ns },
		{ "SELECT coalesce(max(t), 0) FROM (SELECT max(time_ns) AS t "
		  "FROM record UNION ALL SELECT max(last_ns) FROM run)",
		    &info->last_ns },
		{ "SELECT coalesce(max(read_ns), 0) FROM input",
		    &info->commit_ns },
		{ "SELECT count(*) FROM gaps", &info->gaps },
	};

	for (size_t i = 0; i < ARRAY_LEN(asked); i++)
		if (store_number(s, asked[i].sql, asked[i].ret, err) < 0)
			return -EIO;
	return 0;
}

int
query_info(struct store *s, struct query_info *ret, struct error *err)
{
	_cleanup_info_ struct query_info info = { 0 };
	_cleanup_free_ char *wal = xasprintf("%s-wal", store_path(s));
	struct stat st;
	int rc;

	if (store_exec(s, "BEGIN", err) < 0)
		return -EIO;
	rc = info__numbers(s, &info, err);
	if (rc == 0)
		rc = info__inputs(s, &info, err);
	store_exec(s, "ROLLBACK", NULL);
	if (rc < 0)
		return rc;
	if (stat(store_path(s), &st) == 0)
		info.bytes = st.st_size;
	if (stat(wal, &st) == 0)
		info.bytes += st.st_size;
	info.writer = store_writer(store_path(s));
	*ret = info;
	memset(&info, 0, sizeof(info));
	return 0;
}
