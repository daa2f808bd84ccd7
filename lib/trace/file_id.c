/* SPDX-License-Identifier: ISC */
#include "trace/file_id.h"

#include <errno.h>
#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"

uint64_t
file_id_hash(const void *head, size_t len)
{
	return hash_fnv1a(HASH_FNV_START, head, len);
}

/* Of the file's first len bytes; false when there are fewer. */
static bool
file_id__hash(int fd, size_t len, uint64_t *ret)
{
	char head[FILE_ID_HEAD];
	ssize_t n = pread(fd, head, len, 0);

	if (n < 0 || (size_t)n < len)
		return false;
	*ret = file_id_hash(head, len);
	return true;
}

int
file_id_get(int fd, struct file_id *ret)
{
	struct file_id id = { 0 };
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISREG(st.st_mode)) {
		id.dev = (uint64_t)st.st_dev;
		id.ino = (uint64_t)st.st_ino;
		id.head_len = st.st_size < FILE_ID_HEAD ? (uint64_t)st.st_size
							: FILE_ID_HEAD;
		if (!file_id__hash(fd, id.head_len, &id.head_hash))
			return -EIO;
	}
	*ret = id;
	return 0;
}

bool
file_id_matches(int fd, const struct file_id *known)
{
	struct stat st;
	uint64_t hash;

	return file_id_is_set(known) && known->head_len <= FILE_ID_HEAD &&
	    fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    (uint64_t)st.st_dev == known->dev &&
	    (uint64_t)st.st_ino == known->ino &&
	    /* Of one that was empty there is nothing else to compare. */
	    (known->head_len == 0 ||
		(file_id__hash(fd, known->head_len, &hash) &&
		    hash == known->head_hash));
}

bool
file_id_is_set(const struct file_id *id)
{
	return id->ino != 0;
}
