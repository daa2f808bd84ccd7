/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "journal_pipe.h"

static void
put_entry(struct buf *out)
{
	journal_frame_put_stamp(out, ENTRY_REALTIME, INT64_MAX);
	journal_frame_put_stamp(out, ENTRY_MONOTONIC, 0);
	journal_frame_put(out, JOURNAL_MESSAGE, 0, "a\nb\0c", 5);
	journal_frame_put(out, JOURNAL_MESSAGE, 1, "", 0);
	journal_frame_put(out, JOURNAL_ENTRY, 0, "", 0);
}

static void
test_entry(void **state)
{
	struct fixture *t = *state;

	put_entry(&t->out);
	journal_frame_put_text(&t->out, JOURNAL_ERROR, 13, "no");
	assert_int_equal(take(t), JOURNAL_FRAME_ENTRY);
	assert_int_equal(entry_num(&t->e, ENTRY_REALTIME, 1), INT64_MAX);
	assert_int_equal(entry_num(&t->e, ENTRY_REALTIME, 2), -1);
	assert_int_equal(entry_num(&t->e, ENTRY_MONOTONIC, 1), 0);
	assert_int_equal(t->e.n, 2);
	assert_int_equal(t->e.messages[0].len, 5);
	assert_memory_equal(t->e.mem.data + t->e.messages[0].at, "a\nb\0c", 5);
	assert_false(t->e.messages[0].cut);
	assert_true(t->e.messages[1].cut);
	buf_consume(&t->out, t->used);
	assert_int_equal(take(t), JOURNAL_FRAME_WORD);
	assert_int_equal(t->word.what, JOURNAL_ERROR);
	assert_int_equal(t->word.aux, 13);
	assert_int_equal(t->word.len, 2);
	assert_memory_equal(t->word.text, "no", 2);
	assert_int_equal(t->used, t->out.len);
	buf_reset(&t->out);
	assert_int_equal(take(t), JOURNAL_FRAME_MORE);
	assert_int_equal(t->used, 0);
}

/* However it is cut, it is the same, and nothing behind the end is read. */
static void
test_pieces(void **state)
{
	struct fixture *t = *state;
	size_t len;

	put_entry(&t->out);
	len = t->out.len;
	for (size_t first = 0; first < len; first++) {
		_cleanup_free_ char *copy = xmemdup(t->out.data, first);

		assert_int_equal(journal_frame_take(&t->f, copy, first,
				     &t->used, &t->word),
		    JOURNAL_FRAME_MORE);
		assert_in_range(t->used, 0, first);
		assert_int_equal(journal_frame_take(&t->f,
				     t->out.data + t->used, len - t->used,
				     &t->used, &t->word),
		    JOURNAL_FRAME_ENTRY);
		assert_int_equal(t->e.n, 2);
		assert_int_equal(entry_num(&t->e, ENTRY_MONOTONIC, 1), 0);
	}
}

static void
expect_bad(struct fixture *t, bool open, unsigned what, unsigned aux,
    uint32_t len)
{
	struct journal_head head = { len, (uint16_t)what, (uint16_t)aux };

	buf_reset(&t->out);
	journal_frame_begin(&t->f, &t->e);
	if (open)
		journal_frame_put(&t->out, ENTRY_PID, 0, "1", 1);
	/* Seen before the rest would be waited for. */
	buf_put(&t->out, &head, sizeof(head));
	assert_int_equal(take(t), JOURNAL_FRAME_BAD);
}

static void
test_garbage(void **state)
{
	struct fixture *t = *state;

	expect_bad(t, false, JOURNAL_WHAT_MAX, 0, 0);
	expect_bad(t, true, UINT16_MAX, 0, 0);
	expect_bad(t, true, ENTRY_PID, 1, 1);
	expect_bad(t, false, ENTRY_REALTIME, 0, 7);
	expect_bad(t, true, ENTRY_MONOTONIC, 0, 9);
	expect_bad(t, true, JOURNAL_MESSAGE, 2, 1);
	expect_bad(t, true, JOURNAL_MESSAGE, 0, JOURNAL_VALUE_MAX + 1);
	expect_bad(t, true, ENTRY_CURSOR, 0, UINT32_MAX);
	expect_bad(t, false, JOURNAL_ENTRY, 0, 0);
	expect_bad(t, true, JOURNAL_ENTRY, 0, 1);
	expect_bad(t, true, JOURNAL_ENTRY, 1, 0);
	expect_bad(t, true, JOURNAL_LOST, 0, 1);
	expect_bad(t, true, JOURNAL_KEEP, JOURNAL_KINDS, 0);
	expect_bad(t, true, JOURNAL_KEEP, 0, 1);
	expect_bad(t, false, JOURNAL_KEEP, 0, 0);
	expect_bad(t, true, JOURNAL_LIKE, JOURNAL_KINDS, 0);
	expect_bad(t, true, JOURNAL_LIKE, 0, 0);
	expect_bad(t, false, JOURNAL_LOST, 0, JOURNAL_TEXT_MAX + 1);
}

/* What the pieces are in that order: two are kept, and one of them is told. */
static enum journal_frame_status
take_order(struct fixture *t, const char *order)
{
	_cleanup_free_ char *big = xcalloc(1, JOURNAL_KIND_MAX);

	buf_reset(&t->out);
	journal_frame_begin(&t->f, &t->e);
	for (; *order != '\0'; order++)
		if (*order == 's')
			journal_frame_put_stamp(&t->out, ENTRY_REALTIME, 1);
		else if (*order == 'f')
			journal_frame_put(&t->out, ENTRY_UID, 0, "0", 1);
		else if (*order == 'F')
			journal_frame_put(&t->out, ENTRY_EXE, 0, big,
			    JOURNAL_KIND_MAX);
		else if (*order == 'm')
			journal_frame_put(&t->out, JOURNAL_MESSAGE, 0, "x", 1);
		else if (*order == 'c')
			journal_frame_put(&t->out, ENTRY_CURSOR, 0, "c", 1);
		else if (*order == 'k' || *order == 'l')
			journal_frame_put(&t->out,
			    *order == 'k' ? JOURNAL_KEEP : JOURNAL_LIKE, 3, "",
			    0);
		else
			journal_frame_put(&t->out, JOURNAL_ENTRY, 0, "", 0);
	for (;;) {
		enum journal_frame_status st = take(t);

		if (st != JOURNAL_FRAME_ENTRY)
			return st;
		buf_consume(&t->out, t->used);
	}
}

static void
test_kinds(void **state)
{
	struct fixture *t = *state;

	assert_int_equal(take_order(t, "sfmkc.slmc.smlc.sfk.sl."),
	    JOURNAL_FRAME_MORE);
	assert_string_equal(entry_str(&t->e, ENTRY_UID), "0");
	assert_int_equal(take_order(t, "sl."), JOURNAL_FRAME_BAD);
	assert_int_equal(take_order(t, "sfk.sfl."), JOURNAL_FRAME_BAD);
	assert_int_equal(take_order(t, "sfk.slf."), JOURNAL_FRAME_BAD);
	assert_int_equal(take_order(t, "sfk.sll."), JOURNAL_FRAME_BAD);
	assert_int_equal(take_order(t, "sfk.slk."), JOURNAL_FRAME_BAD);
	assert_int_equal(take_order(t, "sfkf."), JOURNAL_FRAME_BAD);
	assert_int_equal(take_order(t, "sFk."), JOURNAL_FRAME_BAD);
}

/* An entry that never ends is not kept for ever. */
static void
test_endless(void **state)
{
	struct fixture *t = *state;
	_cleanup_free_ char *big = xcalloc(1, JOURNAL_VALUE_MAX);
	enum journal_frame_status st = JOURNAL_FRAME_MORE;
	int n = 0;

	journal_frame_put(&t->out, JOURNAL_MESSAGE, 0, big, JOURNAL_VALUE_MAX);
	while (st == JOURNAL_FRAME_MORE && n < 100) {
		st = take(t);
		n++;
	}
	assert_int_equal(st, JOURNAL_FRAME_BAD);
	assert_int_equal(n, JOURNAL_ENTRY_MAX / JOURNAL_VALUE_MAX);
}

static void
test_long_text(void **state)
{
	struct fixture *t = *state;
	_cleanup_free_ char *big = xcalloc(1, 2 * JOURNAL_TEXT_MAX);

	memset(big, 'x', 2 * JOURNAL_TEXT_MAX - 1);
	journal_frame_put_text(&t->out, JOURNAL_GONE, 0, big);
	assert_int_equal(take(t), JOURNAL_FRAME_WORD);
	assert_int_equal(t->word.len, JOURNAL_TEXT_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_entry),
		TEST(test_pieces),
		TEST(test_garbage),
		TEST(test_kinds),
		TEST(test_endless),
		TEST(test_long_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
