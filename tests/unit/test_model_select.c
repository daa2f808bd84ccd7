/* SPDX-License-Identifier: ISC */
/* bangertop's rows under a selection, and while they are held. */
#include "models.h"

static void
test_selection_sticks(void **state)
{
	struct fixture *f = *state;

	start(f, 1, 1);
	start(f, 2, 2);
	start(f, 3, 3);
	update(f, 5);
	assert_string_equal(selected(f->model), "");
	model_move(f->model, 1);
	model_move(f->model, 1);
	assert_string_equal(selected(f->model), "op-2");
	complete(f, 6, 1); /* the row above goes */
	update(f, 6);
	check_rows(f->model, "2 3 | 1 ");
	assert_string_equal(selected(f->model), "op-2");
	fail_op(f, 7, 2); /* it moves to the other list */
	update(f, 7);
	check_rows(f->model, "3 | 2 1 ");
	assert_string_equal(selected(f->model), "op-2");
	assert_int_equal(f->model->cursor, 1);
}

static void
test_selection_of_one_that_went(void **state)
{
	struct fixture *f = *state;

	start(f, 1, 1);
	start(f, 2, 2);
	complete(f, 3, 2);
	update(f, 4);
	model_move_last(f->model);
	assert_string_equal(selected(f->model), "op-2");
	update(f, 30);
	check_rows(f->model, "1 | ");
	assert_string_equal(selected(f->model), "op-1");
	complete(f, 30, 1);
	update(f, 50);
	assert_string_equal(selected(f->model), "");
}

static void
test_moves_stop_at_the_ends(void **state)
{
	struct fixture *f = *state;

	model_move(f->model, 1); /* of nothing */
	assert_string_equal(selected(f->model), "");
	start(f, 1, 1);
	start(f, 2, 2);
	update(f, 3);
	model_move(f->model, -1); /* from none */
	assert_string_equal(selected(f->model), "op-2");
	model_move(f->model, 10);
	assert_string_equal(selected(f->model), "op-2");
	model_move(f->model, -10);
	assert_string_equal(selected(f->model), "op-1");
	model_select_none(f->model);
	assert_string_equal(selected(f->model), "");
}

static void
test_rows_hold_still_after_a_key(void **state)
{
	struct fixture *f = *state;

	start(f, 1, 1);
	start(f, 2, 2);
	update(f, 4);
	model_touch(f->model, at(5));
	complete(f, 5, 1);
	start(f, 5, 3);
	update(f, 6);
	check_rows(f->model, "1 2 | ");
	/* What the rows say and how many there are is of the present. */
	assert_int_equal(f->model->rows[0].status, OP_COMPLETED);
	assert_int_equal(f->model->rows[0].section, MODEL_FLIGHT);
	assert_true(f->model->rows[1].elapsed_ns == 4 * NSEC_PER_SEC);
	assert_int_equal(f->model->counts.in_flight, 2);
	update(f, 7);
	check_rows(f->model, "2 3 | 1 ");
}

/* A clock that is put back does not hold rows until it is there again. */
static void
test_hold_ends_when_the_clock_steps(void **state)
{
	struct fixture *f = *state;

	start(f, 1, 1);
	update(f, 30);
	model_touch(f->model, at(30));
	start(f, 2, 2);
	update(f, 10);
	check_rows(f->model, "1 2 | ");
}

static void
test_pause_holds_and_counts(void **state)
{
	struct fixture *f = *state;

	start(f, 1, 1);
	update(f, 4);
	model_pause(f->model, true);
	start(f, 5, 2);
	complete(f, 6, 1);
	f->feed.lines = 7;
	update(f, 9);
	check_rows(f->model, "1 | ");
	assert_true(f->model->now_ns == at(4));
	assert_true(f->model->feed.lines == 0);
	assert_int_equal(f->model->counts.in_flight, 1);
	assert_true(f->model->waiting == 2);
	model_pause(f->model, false);
	assert_true(f->model->waiting == 0);
	update(f, 9);
	check_rows(f->model, "2 | 1 ");
	start(f, 9, 3);
	assert_true(f->model->waiting == 0);
}

static void
test_scroll_keeps_the_selection_in_view(void **state)
{
	struct fixture *f = *state;
	struct model *m = f->model;

	for (unsigned i = 0; i < 20; i++)
		start(f, i, i + 1);
	update(f, 30);
	model_fit_section(m, MODEL_FLIGHT, 5);
	assert_int_equal(m->top[MODEL_FLIGHT], 0);
	model_move(m, 1);
	model_move(m, 9);
	model_fit_section(m, MODEL_FLIGHT, 5);
	assert_int_equal(m->top[MODEL_FLIGHT], 5);
	model_move(m, -1);
	model_fit_section(m, MODEL_FLIGHT, 5);
	assert_int_equal(m->top[MODEL_FLIGHT], 5);
	model_move_first(m);
	model_fit_section(m, MODEL_FLIGHT, 5);
	assert_int_equal(m->top[MODEL_FLIGHT], 0);
	model_move_last(m);
	model_fit_section(m, MODEL_FLIGHT, 5);
	assert_int_equal(m->top[MODEL_FLIGHT], 15);
	model_fit_section(m, MODEL_FLIGHT, 30);
	assert_int_equal(m->top[MODEL_FLIGHT], 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_selection_sticks),
		TEST(test_selection_of_one_that_went),
		TEST(test_moves_stop_at_the_ends),
		TEST(test_rows_hold_still_after_a_key),
		TEST(test_hold_ends_when_the_clock_steps),
		TEST(test_pause_holds_and_counts),
		TEST(test_scroll_keeps_the_selection_in_view),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
