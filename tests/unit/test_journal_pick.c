/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "journal_pipe.h"

/* ---- what is picked ---------------------------------------------------- */

/* The same fields as an export stream would have given. */
static void
expect(struct fixture *t, const char *const *fields)
{
	struct entry e = { 0 };

	entry_put_num(&e, ENTRY_REALTIME, 7);
	for (; *fields != NULL; fields++) {
		const char *eq = strchr(*fields, '=');

		if (eq != NULL && strncmp(*fields, "_BOOT_ID", 8) != 0 &&
		    strncmp(*fields, "__", 2) != 0)
			entry_add(&e, *fields, (size_t)(eq - *fields), eq + 1,
			    strlen(eq + 1), false);
	}
	assert_int_equal(entry_num(&t->e, ENTRY_REALTIME, 1), 7);
	for (enum entry_field f = ENTRY_MONOTONIC; f < ENTRY_MESSAGE; f++) {
		const char *is = entry_str(&t->e, f), *due = entry_str(&e, f);

		assert_int_equal(t->e.fields[f].count, e.fields[f].count);
		assert_string_equal(is != NULL ? is : "",
		    due != NULL ? due : "");
	}
	assert_int_equal(t->e.n, e.n);
	for (size_t i = 0; i < e.n; i++)
		assert_string_equal(t->e.mem.data + t->e.messages[i].at,
		    e.mem.data + e.messages[i].at);
	entry_done(&e);
}

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

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		_cleanup_free_ char *data = xasprintf("%s=a=b", names[i]);
		const char *const fields[] = { data, NULL };

		for (int again = 0; again < 2; again++) {
			pass(t, fields);
			expect(t, fields);
		}
	}
	pass(t, (const char *const[]){ "MESSAGE", "", NULL });
	assert_int_equal(t->e.n, 0);
}

#define PASS(...)                                                   \
	do {                                                        \
		const char *const fields[] = { __VA_ARGS__, NULL }; \
                                                                    \
		pass(t, fields);                                    \
		expect(t, fields);                                  \
	} while (0)

/* What an earlier entry had is said in one word, and means the same. */
static void
test_pick_like(void **state)
{
	struct fixture *t = *state;
	uint64_t one, two;
	size_t len;

	PASS("_PID=1", "_GID=5", "_UID=0", "MESSAGE=a", "UNIT=x.service");
	len = t->out.len;
	one = t->e.like;
	assert_int_not_equal(one, 0);
	PASS("_PID=1", "_GID=6", "MESSAGE=bb", "_UID=0", "UNIT=x.service");
	assert_true(t->out.len < len);
	assert_int_equal(t->e.like, one);
	/* Another value, one more, one less, one twice, another order. */
	PASS("_PID=1", "_GID=5", "_UID=00", "MESSAGE=a", "UNIT=x.service");
	two = t->e.like;
	assert_int_not_equal(two, one);
	PASS("_PID=1", "_GID=5", "_UID=0", "MESSAGE=a", "UNIT=x.service",
	    "PRIORITY=6");
	PASS("_PID=1", "_GID=5", "_UID=0", "MESSAGE=a");
	PASS("_PID=1", "_PID=1", "_UID=0", "MESSAGE=a", "MESSAGE=b");
	PASS("UNIT=x.service", "_UID=0", "MESSAGE=a", "_PID=1");
	PASS("MESSAGE=c", "_PID=1", "_GID=7", "_UID=0", "UNIT=x.service");
	assert_int_equal(t->e.like, one);
	PASS("_PID=1", "_GID=5", "_UID=00", "UNIT=x.service");
	assert_int_equal(t->e.like, two);
	/* Several that come next at one place, in turn; and another one. */
	for (unsigned n = 0; n < 50; n++) {
		_cleanup_free_ char *unit = xasprintf("UNIT=%u", n * 7 % 5);

		PASS("_PID=1", unit, "_UID=0");
	}
	PASS("_PID=1", "UNIT=9", "_UID=0");
	/* Another process knows of nothing. */
	journal_pick_done(&t->pick);
	journal_frame_begin(&t->f, &t->e);
	PASS("_PID=1", "_UID=0", "UNIT=x.service");
	assert_int_not_equal(t->e.like, 0);
	assert_int_not_equal(t->e.like, one);
}

/* More than is remembered, in every way. */
static void
test_pick_full(void **state)
{
	struct fixture *t = *state;
	const char *many[200];
	_cleanup_free_ char *big = xcalloc(1, 1000);
	unsigned liked = 0, n;

	for (n = 0; n < 5000; n++) {
		_cleanup_free_ char *pid = xasprintf("_PID=%u", n % 700);
		_cleanup_free_ char *unit = xasprintf("UNIT=%u", n % 3);

		PASS("_UID=0", "MESSAGE=x", pid, unit);
		PASS("_UID=0", "MESSAGE=y", pid, unit);
		liked += t->e.like != 0;
	}
	assert_true(liked > 2500);
	for (n = 0; n < 199; n++)
		many[n] = n % 2 == 0 ? "_GID=1" : "MESSAGE=x";
	many[n] = NULL;
	pass(t, many);
	expect(t, many);
	assert_int_equal(t->e.like, 0);
	memset(big, 'x', 999);
	memcpy(big, "_EXE=", 5);
	PASS("_PID=1", big, "_UID=0", "MESSAGE=x");
	assert_int_equal(t->e.like, 0);
	/* What is not wanted may be of any length. */
	memcpy(big, "_CMDLINE=", 9);
	PASS("_PID=1", big, "_UID=0", "MESSAGE=x");
	assert_int_not_equal(t->e.like, 0);
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
	journal_pick_end(&t->pick, &t->out);
	journal_frame_put_stamp(&t->out, ENTRY_REALTIME, 1);
	journal_frame_put(&t->out, JOURNAL_ENTRY, 0, "", 0);
	assert_int_equal(take(t), JOURNAL_FRAME_ENTRY);
	for (; n < t->e.n; n++) {
		assert_true(t->e.messages[n].cut);
		whole += t->e.messages[n].len == JOURNAL_VALUE_MAX;
	}
	assert_int_equal(n, 16);
	assert_int_equal(whole, 15);
	/* What found no room there is not missing elsewhere. */
	PASS("_SYSTEMD_UNIT=a.service");
	PASS("_SYSTEMD_UNIT=a.service");
	assert_false(t->pick.cut);
	/* That a value is cut is said with the value. */
	journal_pick_begin(&t->pick, units);
	journal_pick_field(&t->pick, &t->out, big, len);
	assert_false(t->pick.cut);
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
	journal_place_release(&t->place);
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

/* An entry is known again, whether its fields came as a number or not. */
static void
test_place_like(void **state)
{
	static const char *const one[] = { "_PID=1", "MESSAGE=x", NULL };
	static const char *const two[] = { "_PID=2", "MESSAGE=x", NULL };
	struct fixture *t = *state;

	assert_true(give(t, 0, true));
	pass(t, one);
	pass(t, one);
	assert_int_equal(journal_place_take(&t->place, &t->e, true),
	    JOURNAL_PLACE_NEW);
	journal_place_died(&t->place);
	journal_pick_done(&t->pick);
	journal_frame_begin(&t->f, &t->e);
	assert_false(give(t, 0, true));
	pass(t, two);
	assert_int_equal(journal_place_take(&t->place, &t->e, true),
	    JOURNAL_PLACE_NEW);
	pass(t, one);
	assert_int_equal(journal_place_take(&t->place, &t->e, true),
	    JOURNAL_PLACE_KNOWN);
}

/* Until all that is lost is known the place is where it was. */
static void
test_place_held(void **state)
{
	struct fixture *t = *state;

	journal_place_begin(&t->place, "s=1;t=1f;x=2");
	assert_int_equal(journal_place_us(&t->place), 0x1f);
	assert_true(give(t, 1, true));
	assert_true(give(t, 2, true));
	assert_true(give(t, 3, false));
	assert_string_equal(t->place.cursor, "c2");
	assert_string_equal(t->place.safe, "c1");
	journal_place_died(&t->place);
	assert_false(give(t, 2, true));
	assert_false(give(t, 3, true));
	assert_string_equal(t->place.safe, "c1");
	journal_place_release(&t->place);
	assert_true(give(t, 4, true));
	assert_string_equal(t->place.safe, "c4");
	/* Each reader says it, and none of them takes anything back. */
	journal_place_release(&t->place);
	assert_string_equal(t->place.safe, "c4");
	assert_int_equal(journal_place_us(&t->place), 0);
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
	journal_place_release(&t->place);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_pick_names),
		TEST(test_pick_like),
		TEST(test_pick_full),
		TEST(test_pick_ours),
		TEST(test_pick_large),
		TEST(test_place),
		TEST(test_place_like),
		TEST(test_place_held),
		TEST(test_place_elsewhere),
		TEST(test_place_patience),
		TEST(test_place_split),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
