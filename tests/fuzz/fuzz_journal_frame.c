/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as what the journal's reader writes: each is a frame or is refused,
 * the same however the bytes are cut, and what is picked of any fields is a
 * frame.
 */
#include "fuzz.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "trace/journal_frame.h"
#include "trace/journal_pick.h"

/* Takes all there is, in steps of at most `step` bytes; returns a digest. */
static uint64_t
take_all(const char *data, size_t size, size_t step)
{
	struct entry e = { 0 };
	struct journal_frame f = { .entry = &e };
	struct journal_word word;
	enum journal_frame_status st;
	uint64_t digest = 0;
	size_t at = 0, end = 0, used;

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
			digest = digest * 31 + e.mem.len + e.n + 1;
		if (st == JOURNAL_FRAME_WORD)
			digest = digest * 31 + word.what + word.len;
		if (st == JOURNAL_FRAME_BAD ||
		    (st == JOURNAL_FRAME_MORE && end == size))
			break;
		if (st == JOURNAL_FRAME_MORE)
			end = size - end < step ? size : end + step;
	}
	entry_done(&e);
	return digest;
}

/* The lines as fields of one entry. */
static void
pick_all(const char *data, size_t size)
{
	static const char *const units[] = { "a.service", NULL };
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct entry e = { 0 };
	struct journal_frame f = { .entry = &e };
	struct journal_pick p;
	struct journal_word word;
	const char *nl;
	size_t len, used;

	journal_pick_begin(&p, units);
	for (; size > 0; data += len, size -= len) {
		nl = memchr(data, '\n', size);
		len = nl != NULL ? (size_t)(nl - data) : size;
		journal_pick_field(&p, &out, data, len);
		len += nl != NULL;
	}
	journal_pick_is_ours(&p);
	journal_frame_put_num(&out, ENTRY_REALTIME, size);
	journal_frame_put(&out, JOURNAL_ENTRY, 0, "", 0);
	FUZZ_CHECK(journal_frame_take(&f, out.data, out.len, &used, &word) ==
	    JOURNAL_FRAME_ENTRY);
	FUZZ_CHECK(used == out.len);
	entry_done(&e);
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
