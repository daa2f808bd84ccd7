/* SPDX-License-Identifier: ISC */
#include "trace/journal_walk.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "trace/journal_hash.h"
#include "trace/journal_walk_int.h"

#define WALK_CHUNK (256 * 1024)
#define WALK_TRIES 3
#define WALK_PAUSE_US 20000
/* libsystemd takes no greater stamp, in microseconds. */
#define WALK_TIME_MAX (1ULL << 55)
/* A value that is longer is taken on trust: it is read at once. */
#define WALK_OBJECT_MAX (64 * 1024 * 1024)
/* systemd makes none above 4 GiB. */
#define WALK_FILE_MAX (64ULL << 30)

static const uint8_t object_min[OBJECT_MAX] = {
	[OBJECT_DATA] = 65,
	[OBJECT_FIELD] = 41,
	[OBJECT_ENTRY] = 64,
	[OBJECT_DATA_HASH] = 32,
	[OBJECT_FIELD_HASH] = 32,
	[OBJECT_ENTRY_ARRAY] = 28,
	[OBJECT_TAG] = 64,
};

int
walk_bad(uint64_t at, const char *what, struct error *err)
{
	return error_set(err, -EBADMSG, "at byte %llu: %s",
	    (unsigned long long)at, what);
}

/* All sizes of that type are so many bytes, or several times that, apart. */
static const uint8_t object_step[OBJECT_MAX] = {
	[OBJECT_DATA] = 1,
	[OBJECT_FIELD] = 1,
	[OBJECT_ENTRY] = 4,
	[OBJECT_DATA_HASH] = 16,
	[OBJECT_FIELD_HASH] = 16,
	[OBJECT_ENTRY_ARRAY] = 4,
	[OBJECT_TAG] = 64,
};

/* ---- access ------------------------------------------------------------ */

int
walk_read(const struct walk *w, void *to, size_t len, uint64_t at,
    struct error *err)
{
	size_t done = 0;
	ssize_t n = 1;

	for (; done < len && n != 0; done += n > 0 ? (size_t)n : 0) {
		n = pread(w->fd, (char *)to + done, len - done,
		    (off_t)(at + done));
		if (n < 0 && errno != EINTR)
			return error_errno(err, errno, "at byte %llu",
			    (unsigned long long)at);
	}
	return done == len ? 0 : walk_bad(at, "the file ends there", err);
}

/* So many bytes from there, valid until the next call. */
static const char *
walk__at(struct walk *w, uint64_t at, uint64_t len, struct error *err)
{
	uint64_t want;

	if (at >= w->chunk_at && at + len <= w->chunk_at + w->chunk_len)
		return w->chunk + (at - w->chunk_at);
	want = w->end - at < WALK_CHUNK ? w->end - at : WALK_CHUNK;
	want = want < len ? len : want;
	if (want > w->chunk_cap) {
		w->chunk = xreallocarray(w->chunk, want, 1);
		w->chunk_cap = want;
	}
	w->chunk_len = 0;
	if (walk_read(w, w->chunk, want, at, err) < 0)
		return NULL;
	w->chunk_at = at;
	w->chunk_len = want;
	return w->chunk;
}

static void
walk__mark(struct walk *w, uint64_t at, unsigned type)
{
	unsigned kind = type == OBJECT_DATA ? 1
	    : type == OBJECT_ENTRY          ? 2
	    : type == OBJECT_ENTRY_ARRAY    ? 3
					    : 0;

	w->kinds[at >> 5] |= (uint8_t)(kind << ((at >> 3 & 3) * 2));
}

/* ---- the header -------------------------------------------------------- */

static int
walk__header(struct walk *w, struct error *err)
{
	struct header *h = &w->h;
	struct stat st;
	uint64_t v;

	if (fstat(w->fd, &st) < 0)
		return error_errno(err, errno, "stat");
	if (st.st_size == 0)
		return error_set(err, -ENODATA, "it is empty");
	if ((uint64_t)st.st_size < HEADER_MIN)
		return error_set(err, -ENODATA, "it ends within its header");
	if (walk_read(w, h, HEADER_MIN, 0, err) < 0)
		return -EBADMSG;
	if (memcmp(h->signature, "LPKSHHRH", 8) != 0)
		return error_set(err, -EBADMSG, "it is no journal file");
	v = le64toh(h->header_size);
	if (v < HEADER_MIN || v % 8 != 0 || v > (uint64_t)st.st_size)
		return walk_bad(88, "no size of a header", err);
	if (walk_read(w, h, v < sizeof(*h) ? v : sizeof(*h), 0, err) < 0)
		return -EBADMSG;
	for (unsigned i = 0; i < HEADER_WORDS; i++) {
		memcpy(&v, (char *)&h->header_size + 8 * (size_t)i, 8);
		v = le64toh(v);
		memcpy((char *)&h->header_size + 8 * (size_t)i, &v, 8);
	}
	h->incompatible = le32toh(h->incompatible);
	if ((h->incompatible & ~(uint32_t)FLAG_KNOWN) != 0)
		return error_set(err, -EPROTONOSUPPORT,
		    "it has features that are not known (flags 0x%x)",
		    h->incompatible);
	if (h->state > STATE_ARCHIVED)
		return walk_bad(16, "no state of a file", err);
	w->end = h->header_size + h->arena_size;
	if (h->arena_size % 8 != 0 || w->end < h->arena_size ||
	    w->end > (uint64_t)st.st_size)
		return walk_bad((uint64_t)st.st_size,
		    "it ends before what its header tells of", err);
	if (w->end > WALK_FILE_MAX)
		return error_set(err, -EFBIG, "it is too large");
	if (h->tail_object % 8 != 0 || h->tail_object < h->header_size ||
	    h->tail_object > w->end - 16)
		return walk_bad(136, "no place of the last object", err);
	w->live = h->state == STATE_ONLINE;
	return 0;
}

/* ---- objects, one behind the other ------------------------------------- */

static int
walk__data(struct walk *w, uint64_t at, const char *o, uint64_t size,
    struct error *err)
{
	size_t skip = (w->h.incompatible & FLAG_COMPACT) != 0 ? 72 : 64;
	const char *payload = o + skip;
	size_t len = size - skip;
	const char *const *v = w->job->values;

	if (size <= skip)
		return walk_bad(at, "a value without a text", err);
	for (unsigned i = DATA_NEXT_HASH; i <= DATA_ARRAY; i++)
		if (walk_word(o, i) % 8 != 0)
			return walk_bad(at, "a value's lists lead nowhere",
			    err);
	if ((walk_word(o, DATA_ENTRY) == 0) !=
	    (walk_word(o, DATA_N_ENTRIES) == 0))
		return walk_bad(at, "a value with an odd count", err);
	if ((w->h.incompatible & FLAG_KEYED) != 0 &&
	    !journal_hash_fits(w->h.file_id, (uint8_t)o[1], payload, len,
		walk_word(o, DATA_HASH)))
		return walk_bad(at, "a value is not what its hash says", err);
	for (; o[1] == 0 && *v != NULL; v++) {
		if (strlen(*v) != len || memcmp(*v, payload, len) != 0)
			continue;
		if (w->n_values < WALK_VALUES)
			w->values[w->n_values++] = (struct value){
				.at = at,
				.hash = walk_word(o, DATA_HASH),
			};
	}
	return 0;
}

static int
walk__entry(struct walk *w, uint64_t at, const char *o, uint64_t size,
    struct error *err)
{
	uint64_t seqnum = walk_word(o, ENTRY_SEQNUM), item;
	/* In a file that is not compact each has its hash behind it. */
	bool compact = (w->h.incompatible & FLAG_COMPACT) != 0;
	uint64_t step = compact ? 1 : 2, n = (size - 64) / (compact ? 4 : 8);

	if (seqnum <= w->seqnum)
		return walk_bad(at, "an entry's number is out of order", err);
	if (n % step != 0 ||
	    walk_word(o, ENTRY_REALTIME) - 1 >= WALK_TIME_MAX ||
	    walk_word(o, ENTRY_MONOTONIC) >= WALK_TIME_MAX)
		return walk_bad(at, "an entry with an impossible time or size",
		    err);
	w->seqnum = seqnum;
	w->realtime = walk_word(o, ENTRY_REALTIME);
	if (w->n[OBJECT_ENTRY] == 1) {
		w->first_seqnum = seqnum;
		w->first_realtime = w->realtime;
	}
	for (uint64_t i = 0; i + step <= n; i += step) {
		item = walk_item(w, o + 64, i);
		if (!walk_is(w, item, OBJECT_DATA))
			return walk_bad(at, "an entry's field is not there",
			    err);
		for (unsigned k = 0; k < w->n_values; k++)
			w->values[k].entries += w->values[k].at == item;
	}
	return 0;
}

static int
walk__object(struct walk *w, uint64_t at, uint64_t *ret_size, struct error *err)
{
	const char *o = walk__at(w, at, 16, err);
	uint64_t size;
	unsigned type;

	if (o == NULL)
		return -EBADMSG;
	type = (uint8_t)o[0];
	size = walk_word(o, 0);
	if (type == 0 || type >= OBJECT_MAX)
		return walk_bad(at, "no object", err);
	if (size < object_min[type] || size > w->end - at)
		return walk_bad(at, "an object of no possible size", err);
	if ((o[1] & ~7) != 0 || (o[1] & (o[1] - 1)) != 0 ||
	    (o[1] != 0 && type != OBJECT_DATA))
		return walk_bad(at, "an object with odd flags", err);
	if (size % object_step[type] != object_min[type] % object_step[type])
		return walk_bad(at, "an object of an odd size", err);
	*ret_size = size;
	w->n[type]++;
	walk__mark(w, at, type);
	if (type == OBJECT_DATA_HASH || type == OBJECT_FIELD_HASH) {
		w->tables[type - OBJECT_DATA_HASH] = at + 16;
		w->table_sizes[type - OBJECT_DATA_HASH] = size - 16;
	}
	if (type != OBJECT_DATA && type != OBJECT_ENTRY)
		return 0;
	if (size > WALK_OBJECT_MAX)
		return type == OBJECT_DATA
		    ? 0
		    : walk_bad(at, "an object of no possible size", err);
	o = walk__at(w, at, size, err);
	if (o == NULL)
		return -EBADMSG;
	return type == OBJECT_DATA ? walk__data(w, at, o, size, err)
				   : walk__entry(w, at, o, size, err);
}

static int
walk__objects(struct walk *w, struct error *err)
{
	uint64_t at = w->h.header_size, size = 0;
	int rc = 0;

	while (at < w->h.tail_object) {
		rc = walk__object(w, at, &size, err);
		if (rc < 0)
			return rc;
		at += (size + 7) & ~7ULL;
	}
	if (at != w->h.tail_object)
		return walk_bad(at,
		    "the last object is not where it should "
		    "be",
		    err);
	/* Of a file that is being written the last one may be half there. */
	rc = w->live ? 0 : walk__object(w, at, &size, err);
	return rc;
}

static int
walk__counts(const struct walk *w, struct error *err)
{
	const struct header *h = &w->h;
	uint64_t all = 0;

	for (unsigned i = 0; i < OBJECT_MAX; i++)
		all += w->n[i];
	if (w->tables[0] != h->data_hash ||
	    w->table_sizes[0] != h->data_hash_size ||
	    w->tables[1] != h->field_hash ||
	    w->table_sizes[1] != h->field_hash_size)
		return walk_bad(104, "the hash tables are elsewhere", err);
	if (w->live)
		return 0;
	if (w->n[OBJECT_ENTRY] != h->n_entries)
		return error_set(err, -EBADMSG,
		    "it has %llu entries and says %llu",
		    (unsigned long long)w->n[OBJECT_ENTRY],
		    (unsigned long long)h->n_entries);
	if (all != h->n_objects ||
	    (h->header_size >= 224 &&
		(w->n[OBJECT_DATA] != h->n_data ||
		    w->n[OBJECT_FIELD] != h->n_fields)) ||
	    (h->header_size >= 240 &&
		w->n[OBJECT_ENTRY_ARRAY] != h->n_entry_arrays))
		return walk_bad(144,
		    "there are not as many objects as it "
		    "says",
		    err);
	if (w->first_seqnum != h->head_seqnum || w->seqnum != h->tail_seqnum ||
	    w->first_realtime != h->head_realtime ||
	    w->realtime != h->tail_realtime)
		return walk_bad(160,
		    "its first and last entry are others "
		    "than it says",
		    err);
	return 0;
}

int
journal_span(int fd, struct journal_span *ret, struct error *err)
{
	struct walk w = { .fd = fd };
	int rc = walk__header(&w, err);

	if (rc < 0)
		return rc;
	memcpy(ret->id, w.h.seqnum_id, sizeof(ret->id));
	ret->first = w.h.head_seqnum;
	ret->last = w.h.tail_seqnum;
	ret->until_us = w.h.tail_realtime;
	ret->archived = w.h.state == STATE_ARCHIVED;
	return 0;
}

static int
walk__once(struct walk *w, struct error *err)
{
	int rc = walk__header(w, err);

	if (rc < 0)
		return rc;
	if (!w->live && w->h.tail_realtime < w->job->from_us)
		return 0;
	w->kinds = xcalloc((w->end >> 5) + 1, 1);
	rc = walk__objects(w, err);
	if (rc >= 0)
		rc = walk__counts(w, err);
	return rc < 0 ? rc : walk_lists(w, err);
}

int
journal_walk(int fd, const struct journal_walk_job *job, struct error *err)
{
	bool done = false;
	int rc = -1;

	/*
	 * What is caught halfway of a file that is being written is no longer
	 * so a moment later.
	 */
	for (int i = 0; !done && i < WALK_TRIES; i++) {
		struct walk w = { .fd = fd, .job = job };

		if (i > 0)
			usleep(WALK_PAUSE_US);
		rc = walk__once(&w, err);
		done = rc == 0 || w.h.state == STATE_ARCHIVED;
		free(w.kinds);
		free(w.chunk);
	}
	return rc;
}
