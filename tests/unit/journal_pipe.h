/* SPDX-License-Identifier: ISC */
/* What the process that reads the journal writes, and who reads it. */
#ifndef TESTS_UNIT_JOURNAL_PIPE_H
#define TESTS_UNIT_JOURNAL_PIPE_H

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

static inline int
setup(void **state)
{
	struct fixture *t = xcalloc(1, sizeof(*t));

	journal_frame_begin(&t->f, &t->e);
	journal_pick_begin(&t->pick, units);
	journal_place_begin(&t->place, NULL);
	journal_place_release(&t->place);
	*state = t;
	return 0;
}

static inline int
teardown(void **state)
{
	struct fixture *t = *state;

	entry_done(&t->e);
	journal_frame_done(&t->f);
	journal_pick_done(&t->pick);
	buf_done(&t->out);
	journal_place_done(&t->place);
	free(t);
	return 0;
}

static inline enum journal_frame_status
take(struct fixture *t)
{
	return journal_frame_take(&t->f, buf_str(&t->out), t->out.len, &t->used,
	    &t->word);
}

static inline void
pick(struct fixture *t, const char *data)
{
	journal_pick_field(&t->pick, &t->out, data, strlen(data));
}

/* The entry with these fields, as it comes to the reader. */
static inline void
pass(struct fixture *t, const char *const *fields)
{
	buf_reset(&t->out);
	journal_pick_begin(&t->pick, units);
	journal_frame_put_stamp(&t->out, ENTRY_REALTIME, 7);
	for (; *fields != NULL; fields++)
		pick(t, *fields);
	journal_pick_end(&t->pick, &t->out);
	journal_frame_put(&t->out, JOURNAL_ENTRY, 0, "", 0);
	assert_int_equal(take(t), JOURNAL_FRAME_ENTRY);
	assert_int_equal(t->used, t->out.len);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
