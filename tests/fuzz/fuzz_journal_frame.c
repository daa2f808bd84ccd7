/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as what the journal's reader writes: each is a frame or is refused,
 * the same however the bytes are cut, and what is picked of any fields is a
 * frame.
 */
#include "fuzz.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/hash.h"
#include "base/mem.h"
#include "trace/journal_frame.h"
#include "trace/journal_pick.h"

/* What the entry says. */
static uint64_t
digest_of(const struct entry *e, uint64_t h)
{
	for (size_t i = 0; i < e->n; i++)
		h = hash_bytes(h + e->messages[i].cut,
		    e->mem.data + e->messages[i].at, e->messages[i].len);
	h += (uint64_t)entry_num(e, ENTRY_REALTIME, 1) * 3 +
	    (uint64_t)entry_num(e, ENTRY_MONOTONIC, 1) * 5;
	for (enum entry_field f = ENTRY_CURSOR; f < ENTRY_MESSAGE; f++) {
		const char *s = entry_str(e, f);

		h = hash_bytes(h + e->fields[f].count, s,
		    s != NULL ? strlen(s) : 0);
	}
	return h;
}

/* Takes all there is, in steps of at most `step` bytes; returns a digest. */
static uint64_t
take_all(const char *data, size_t size, size_t step)
{
	struct entry e = { 0 };
	struct journal_frame f = { 0 };
	struct journal_word word;
	enum journal_frame_status st;
	uint64_t digest = 0;
	size_t at = 0, end = 0, used;

	journal_frame_begin(&f, &e);
	for (;;) {
		/* Of its own, so that a byte too far is seen. */
		_cleanup_free_ char *copy = xmemdup(data + at, end - at);

		st = journal_frame_take(&f, copy, end - at, &used, &word);
		FUZZ_CHECK(used <= end - at);
		FUZZ_CHECK(e.mem.len <= JOURNAL_ENTRY_MAX + e.n);
		at += used;
		if (st == JOURNAL_FRAME_BAD)
			digest = digest * 31 + 7;
		if (st == JOURNAL_FRAME_ENTRY)
			digest = digest_of(&e, digest * 31);
		if (st == JOURNAL_FRAME_WORD)
			digest = digest * 31 + word.what + word.len;
		if (st == JOURNAL_FRAME_BAD ||
		    (st == JOURNAL_FRAME_MORE && end == size))
			break;
		if (st == JOURNAL_FRAME_MORE)
			end = size - end < step ? size : end + step;
	}
	journal_frame_done(&f);
	entry_done(&e);
	return digest;
}

/* What libsystemd gives of an entry, by who remembers others or does not. */
static uint64_t
pick(struct journal_pick *p, struct journal_frame *f, const char *data,
    size_t size)
{
	static const char *const units[] = { "a.service", NULL };
	static const char boot[] = "_BOOT_ID=1";
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct journal_word word;
	const char *nl;
	size_t len, used;
	bool ours;

	journal_pick_begin(p, units);
	journal_frame_put_stamp(&out, ENTRY_REALTIME, size);
	journal_pick_boot(p, &out, boot, sizeof(boot) - 1);
	for (; size > 0; data += len, size -= len) {
		nl = memchr(data, '\n', size);
		len = nl != NULL ? (size_t)(nl - data) : size;
		/* Of its own, so that a byte too far is seen. */
		_cleanup_free_ char *field = xmemdup(data, len);

		journal_pick_field(p, &out, field, len);
		len += nl != NULL;
	}
	ours = journal_pick_is_ours(p);
	journal_pick_end(p, &out);
	journal_frame_put(&out, JOURNAL_ENTRY, 0, "", 0);
	FUZZ_CHECK(journal_frame_take(f, out.data, out.len, &used, &word) ==
	    JOURNAL_FRAME_ENTRY);
	FUZZ_CHECK(used == out.len);
	return digest_of(f->entry, ours);
}

/* Empty lines stand between entries, of which each comes twice. */
static void
pick_all(const char *data, size_t size)
{
	struct entry e = { 0 }, fresh_e = { 0 };
	struct journal_frame f = { 0 }, fresh_f = { 0 };
	struct journal_pick p = { 0 };
	const char *end = data + size, *stop;
	uint64_t due;

	journal_frame_begin(&f, &e);
	for (; data < end; data = stop + 2) {
		struct journal_pick fresh = { 0 };

		stop = memmem(data, (size_t)(end - data), "\n\n", 2);
		stop = stop != NULL ? stop : end;
		journal_frame_begin(&fresh_f, &fresh_e);
		due = pick(&fresh, &fresh_f, data, (size_t)(stop - data));
		for (int i = 0; i < 2; i++)
			FUZZ_CHECK(
			    pick(&p, &f, data, (size_t)(stop - data)) == due);
		journal_pick_done(&fresh);
		if (end - stop < 2)
			break;
	}
	journal_pick_done(&p);
	journal_frame_done(&f);
	journal_frame_done(&fresh_f);
	entry_done(&e);
	entry_done(&fresh_e);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	uint64_t whole = take_all(text, size, size);

	FUZZ_CHECK(take_all(text, size, 1) == whole);
	FUZZ_CHECK(take_all(text, size, 7) == whole);
	pick_all(text, size);
	return 0;
}
