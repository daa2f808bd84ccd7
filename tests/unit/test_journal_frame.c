/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "trace/journal_frame.h"
#include "trace/journal_pick.h"
#include "trace/journal_place.h"

static const char *const units[] = { "a.service", "b.service", NULL };

struct fixture {
	struct entry e;
	struct journal_frame f;
	struct journal_pick pick;
	struct journal_place place;
	struct buf out;
	struct journal_word word;
	size_t used;
};

static int
setup(void **state)
{
	struct fixture *t = xcalloc(1, sizeof(*t));

	t->f.entry = &t->e;
	journal_pick_begin(&t->pick, units);
	journal_place_begin(&t->place, NULL);
	*state = t;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *t = *state;

	entry_done(&t->e);
	buf_done(&t->out);
	journal_place_done(&t->place);
	free(t);
	return 0;
}

static enum journal_frame_status
take(struct fixture *t)
{
	return journal_frame_take(&t->f, buf_str(&t->out), t->out.len, &t->used,
	    &t->word);
}

/* ---- frames ------------------------------------------------------------ */

static void
put_entry(struct buf *out)
{
	journal_frame_put_num(out, ENTRY_REALTIME, UINT64_MAX);
	journal_frame_put_num(out, ENTRY_MONOTONIC, 0);
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
	assert_string_equal(entry_str(&t->e, ENTRY_REALTIME),
	    "18446744073709551615");
	assert_string_equal(entry_str(&t->e, ENTRY_MONOTONIC), "0");
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
		assert_string_equal(entry_str(&t->e, ENTRY_MONOTONIC), "0");
	}
}

static void
expect_bad(struct fixture *t, bool open, unsigned what, unsigned aux,
    uint32_t len)
{
	struct journal_head head = { len, (uint16_t)what, (uint16_t)aux };

	buf_reset(&t->out);
	t->f = (struct journal_frame){ .entry = &t->e };
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
	expect_bad(t, true, JOURNAL_MESSAGE, 2, 1);
	expect_bad(t, true, JOURNAL_MESSAGE, 0, JOURNAL_VALUE_MAX + 1);
	expect_bad(t, true, ENTRY_CURSOR, 0, UINT32_MAX);
	expect_bad(t, false, JOURNAL_ENTRY, 0, 0);
	expect_bad(t, true, JOURNAL_ENTRY, 0, 1);
	expect_bad(t, true, JOURNAL_ENTRY, 1, 0);
	expect_bad(t, true, JOURNAL_LOST, 0, 1);
	expect_bad(t, false, JOURNAL_LOST, 0, JOURNAL_TEXT_MAX + 1);
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

/* ---- what is picked ---------------------------------------------------- */

static void
pick(struct fixture *t, const char *data)
{
	journal_pick_field(&t->pick, &t->out, data, strlen(data));
}

/* The same fields as an export stream would have given. */
static void
test_pick_names(void **state)
{
	static const char *const names[] = { "_PID", "_UID", "_TRANSPORT",
		"_SYSTEMD_UNIT", "_LINE_BREAK", "_STREAM_ID", "PRIORITY",
		"UNIT", "OBJECT_SYSTEMD_UNIT", "COREDUMP_UNIT", "MESSAGE_ID",
		"N_DROPPED", "MESSAGE", "_GID", "MESSAGE_", "_SYSTEMD_SLICE",
		"__CURSOR", "__MONOTONIC_TIMESTAMP", "__REALTIME_TIMESTAMP",
		"_BOOT_ID", "_MACHINE_ID", "OBJECT_SYSTEMD_UNIX", "" };
	struct fixture *t = *state;
	struct entry e = { 0 };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		_cleanup_free_ char *data = xasprintf("%s=a=b", names[i]);
		bool told = i >= 16 && i < 20;

		entry_reset(&e);
		entry_add(&e, names[i], strlen(names[i]), "a=b", 3, false);
		buf_reset(&t->out);
		pick(t, data);
		assert_int_equal(t->out.len > 0, e.mem.len > 0 && !told);
		if (t->out.len == 0)
			continue;
		journal_frame_put(&t->out, JOURNAL_ENTRY, 0, "", 0);
		assert_int_equal(take(t), JOURNAL_FRAME_ENTRY);
		assert_memory_equal(t->e.fields, e.fields, sizeof(e.fields));
		assert_string_equal(t->e.mem.data, "a=b");
		assert_int_equal(t->e.n, e.n);
	}
	buf_reset(&t->out);
	pick(t, "MESSAGE");
	pick(t, "");
	pick(t, "A_NAME_LONGER_THAN_ALL_OF_THEM=1");
	assert_int_equal(t->out.len, 0);
	entry_done(&e);
}

static bool
is_ours(struct fixture *t, const char *const *fields)
{
	journal_pick_begin(&t->pick, units);
	for (; *fields != NULL; fields++)
		pick(t, *fields);
	return journal_pick_is_ours(&t->pick);
}

#define OURS(...) is_ours(t, (const char *const[]){ __VA_ARGS__, NULL })

static void
test_pick_ours(void **state)
{
	struct fixture *t = *state;

	assert_true(OURS("_SYSTEMD_UNIT=b.service"));
	assert_true(OURS("_SYSTEMD_UNIT=x", "_SYSTEMD_UNIT=a.service"));
	assert_false(OURS("_SYSTEMD_UNIT=a.servic"));
	assert_false(OURS("_SYSTEMD_UNIT=a.service2"));
	assert_false(OURS("UNIT=a.service", "_UID=0", "_PID=12"));
	assert_true(OURS("UNIT=a.service", "_PID=1"));
	assert_true(OURS("_UID=0", "OBJECT_SYSTEMD_UNIT=a.service"));
	assert_true(OURS("COREDUMP_UNIT=a.service", "_UID=0"));
	assert_false(OURS("COREDUMP_UNIT=a.service", "_UID=1000", "_PID=1"));
	assert_false(OURS("OBJECT_SYSTEMD_UNIT=c.service", "_UID=0"));
	assert_false(OURS("MESSAGE=a.service"));
}

/* More than an entry may take is cut, said, and still a frame. */
static void
test_pick_large(void **state)
{
	struct fixture *t = *state;
	size_t len = JOURNAL_VALUE_MAX + 100;
	_cleanup_free_ char *big = xcalloc(1, len);
	size_t n = 0, whole = 0;

	memcpy(big, "MESSAGE=", 8);
	for (int i = 0; i < 20; i++)
		journal_pick_field(&t->pick, &t->out, big, len);
	assert_true(t->pick.cut);
	pick(t, "_SYSTEMD_UNIT=a.service");
	assert_true(journal_pick_is_ours(&t->pick));
	journal_frame_put_num(&t->out, ENTRY_REALTIME, 1);
	journal_frame_put(&t->out, JOURNAL_ENTRY, 0, "", 0);
	assert_int_equal(take(t), JOURNAL_FRAME_ENTRY);
	for (; n < t->e.n; n++) {
		assert_true(t->e.messages[n].cut);
		whole += t->e.messages[n].len == JOURNAL_VALUE_MAX;
	}
	assert_int_equal(n, 16);
	assert_int_equal(whole, 15);
}

/* ---- places ------------------------------------------------------------ */

/* Entry number n, with its cursor or without; true when it is new. */
static bool
give(struct fixture *t, int n, bool cursor)
{
	_cleanup_free_ char *text = xasprintf("entry %d", n);
	_cleanup_free_ char *name = xasprintf("c%d", n);
	enum journal_place_says says;

	entry_reset(&t->e);
	entry_message(&t->e, ENTRY_TEXT, text, strlen(text));
	if (cursor)
		entry_put(&t->e, ENTRY_CURSOR, name, strlen(name));
	says = journal_place_take(&t->place, &t->e, true);
	assert_int_not_equal(says, JOURNAL_PLACE_BAD);
	return says == JOURNAL_PLACE_NEW;
}

static void
test_place(void **state)
{
	struct fixture *t = *state;

	/* c1 is where it begins, and is given. */
	journal_place_begin(&t->place, "c1");
	assert_true(give(t, 1, true));
	assert_true(give(t, 2, false));
	assert_true(give(t, 3, false));
	assert_string_equal(t->place.safe, "c1");
	/* Another reader, that gives each cursor, and dies too. */
	journal_place_died(&t->place);
	assert_string_equal(t->place.cursor, "c1");
	assert_false(give(t, 1, true));
	assert_false(give(t, 2, true));
	assert_string_equal(t->place.cursor, "c2");
	assert_string_equal(t->place.safe, "c1");
	journal_place_died(&t->place);
	assert_false(give(t, 2, true));
	/* One that was not there before is new. */
	assert_true(give(t, 25, true));
	assert_false(give(t, 3, true));
	assert_true(give(t, 4, true));
	assert_string_equal(t->place.safe, "c4");
	assert_true(give(t, 4, false));
	assert_true(give(t, 4, false));
	/* As often as it was given, and no oftener. */
	journal_place_died(&t->place);
	assert_false(give(t, 4, true));
	assert_false(give(t, 4, false));
	assert_false(give(t, 4, false));
	assert_true(give(t, 4, false));
}

static void
test_place_elsewhere(void **state)
{
	struct fixture *t = *state;

	journal_place_behind(&t->place, "c0");
	assert_false(give(t, 0, true));
	assert_true(give(t, 1, true));
	assert_true(give(t, 2, false));
	/* Its place is gone, and all is new. */
	journal_place_died(&t->place);
	journal_place_gone(&t->place);
	assert_true(give(t, 1, true));
	assert_true(give(t, 2, false));
	/* Died before it gave anything. */
	journal_place_begin(&t->place, "c7");
	journal_place_died(&t->place);
	assert_true(give(t, 7, true));
}

static void
test_place_patience(void **state)
{
	struct fixture *t = *state;
	int n;

	assert_true(give(t, 0, true));
	assert_true(give(t, 1, false));
	journal_place_died(&t->place);
	assert_false(give(t, 0, true));
	for (n = 2; n < 1000; n++)
		assert_true(give(t, n, true));
	assert_int_equal(t->place.old, 0);
	assert_true(give(t, 1, true));
	/* A reader that gives no cursor for ever is none. */
	for (n = 0; n < JOURNAL_PLACE_MAX; n++)
		assert_true(give(t, n, false));
	entry_reset(&t->e);
	assert_int_equal(journal_place_take(&t->place, &t->e, true),
	    JOURNAL_PLACE_BAD);
}

/* A cursor within a split line is no place to read on from. */
static void
test_place_split(void **state)
{
	struct fixture *t = *state;

	assert_true(give(t, 0, true));
	entry_reset(&t->e);
	entry_put(&t->e, ENTRY_CURSOR, "c1", 2);
	assert_int_equal(journal_place_take(&t->place, &t->e, false),
	    JOURNAL_PLACE_NEW);
	assert_string_equal(t->place.cursor, "c1");
	assert_string_equal(t->place.safe, "c0");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_entry),
		TEST(test_pieces),
		TEST(test_garbage),
		TEST(test_endless),
		TEST(test_long_text),
		TEST(test_pick_names),
		TEST(test_pick_ours),
		TEST(test_pick_large),
		TEST(test_place),
		TEST(test_place_elsewhere),
		TEST(test_place_patience),
		TEST(test_place_split),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
