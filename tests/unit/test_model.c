/* SPDX-License-Identifier: ISC */
/* bangertop's rows: their figures, when they come and go, and one of them open.
 */
#include "models.h"

static void
test_figures_of_a_row(void **state)
{
	struct fixture *f = *state;
	const struct model_row *row;

	start(f, 0, 1);
	add(f, 2, 1, "operation stage",
	    ",\"stage\":\"check\",\"since_start_ms\":2000");
	add(f, 5, 1, "operation stage",
	    ",\"stage\":\"boot\",\"since_start_ms\":5000");
	add(f, 6, 1, "helper rpc completed",
	    ",\"method\":\"tap.create\",\"call\":1,\"duration_ms\":1");
	update(f, 9);
	row = &f->model->rows[0];
	assert_string_equal(row->operation, "vm.start");
	assert_string_equal(row->vm_name, "web");
	assert_string_equal(row->stage, "boot");
	assert_int_equal(row->stage_index, 2);
	assert_true(row->elapsed_ns == 9 * NSEC_PER_SEC);
	assert_true(row->stage_ns == 4 * NSEC_PER_SEC);
	assert_int_equal(row->calls, 1);
	assert_int_equal(row->n_marks, 2);
	assert_true(row->marks[0] == 2 * NSEC_PER_SEC);
	assert_true(row->marks[1] == 5 * NSEC_PER_SEC);
	assert_null(row->error);
}

static void
test_no_time_is_negative(void **state)
{
	struct fixture *f = *state;

	start(f, 30, 1);
	add(f, 31, 1, "operation stage",
	    ",\"stage\":\"check\",\"since_start_ms\":1000");
	start(f, 30, 2);
	fail_op(f, 32, 2);
	update(f, 5);
	check_rows(f->model, "1 | 2 ");
	assert_true(f->model->rows[0].elapsed_ns == 0);
	assert_true(f->model->rows[0].stage_ns == 0);
	assert_true(f->model->rows[1].ago_ns == 0);
}

/* Lines may be centuries apart; differences stop where numbers do. */
static void
test_centuries_apart(void **state)
{
	struct fixture *f = *state;

	start(f, 1, 1);
	start(f, 1, 2);
	add(f, 2, 2, "operation completed", ",\"duration_ms\":9000000000000");
	model_update(f->model, f->set, NULL, &f->feed, INT64_MIN);
	check_rows(f->model, "1 | 2 ");
	assert_true(f->model->rows[0].elapsed_ns == 0);
	assert_true(f->model->rows[1].ago_ns == 0);
	model_touch(f->model, INT64_MAX);
	model_update(f->model, f->set, NULL, &f->feed, INT64_MAX);
	assert_true(f->model->rows[0].elapsed_ns > 0);
}

static void
test_ended_linger_and_failures_stay(void **state)
{
	struct fixture *f = *state;

	start(f, 0, 1);
	start(f, 1, 2);
	start(f, 2, 3);
	complete(f, 10, 2);
	fail_op(f, 11, 3);
	update(f, 19);
	check_rows(f->model, "1 | 3 2 ");
	assert_true(f->model->rows[1].pinned);
	assert_false(f->model->rows[2].pinned);
	assert_string_equal(f->model->rows[1].error, "no luck");
	update(f, 20);
	check_rows(f->model, "1 | 3 ");
	update(f, 3000);
	check_rows(f->model, "1 | 3 ");
	assert_int_equal(f->model->counts.in_flight, 1);
	assert_int_equal(f->model->counts.completed, 1);
	assert_int_equal(f->model->counts.failed, 1);
}

static void
test_canceled_is_no_failure(void **state)
{
	struct fixture *f = *state;

	start(f, 0, 1);
	add(f, 1, 1, "operation failed",
	    ",\"error\":\"canceled\",\"code\":\"canceled\"");
	update(f, 2);
	check_rows(f->model, "| 1 ");
	assert_false(f->model->rows[0].pinned);
	assert_int_equal(f->model->counts.canceled, 1);
	assert_int_equal(f->model->counts.failed, 0);
	update(f, 12);
	check_rows(f->model, "| ");
}

static void
test_ack_lets_one_go(void **state)
{
	struct fixture *f = *state;

	start(f, 0, 1);
	start(f, 1, 2);
	fail_op(f, 3, 1);
	fail_op(f, 4, 2);
	update(f, 60);
	check_rows(f->model, "| 2 1 ");
	model_ack(f->model); /* nothing is selected */
	update(f, 61);
	check_rows(f->model, "| 2 1 ");
	model_move(f->model, 1);
	model_ack(f->model);
	assert_false(f->model->rows[0].pinned);
	update(f, 62);
	check_rows(f->model, "| 1 ");
	model_ack_all(f->model);
	update(f, 63);
	check_rows(f->model, "| ");
	assert_int_equal(f->model->counts.failed, 2);
}

/* An acknowledged failure has its ten seconds like any other. */
static void
test_ack_does_not_hide(void **state)
{
	struct fixture *f = *state;

	start(f, 0, 1);
	fail_op(f, 3, 1);
	update(f, 4);
	model_ack_all(f->model);
	update(f, 12);
	check_rows(f->model, "| 1 ");
	update(f, 13);
	check_rows(f->model, "| ");
}

static void
test_open_grows_and_outlives(void **state)
{
	struct fixture *f = *state;

	assert_false(model_open(f->model, f->set));
	start(f, 1, 1);
	start(f, 2, 2);
	update(f, 3);
	assert_true(model_open(f->model, f->set));
	assert_string_equal(f->model->open->id.text, "op-1");
	assert_int_equal(f->model->open->n_stages, 0);
	add(f, 4, 1, "operation stage",
	    ",\"stage\":\"check\",\"since_start_ms\":3000");
	update(f, 5);
	assert_int_equal(f->model->open->n_stages, 1);
	assert_string_equal(f->model->open->stages[0].name, "check");
	complete(f, 6, 1);
	update(f, 60); /* its row is gone by now */
	check_rows(f->model, "2 | ");
	assert_int_equal(f->model->open->status, OP_COMPLETED);
	model_close(f->model);
	assert_null(f->model->open);
}

static void
test_open_follows_its_end(void **state)
{
	struct fixture *f = *state;
	struct model *m = f->model;

	start(f, 1, 1);
	update(f, 2);
	assert_true(model_open(m, f->set));
	model_fit_open(m, 30, 10);
	assert_int_equal(m->open_top, 20);
	model_fit_open(m, 31, 10);
	assert_int_equal(m->open_top, 21);
	model_scroll_open(m, -5);
	model_fit_open(m, 40, 10);
	assert_int_equal(m->open_top, 16);
	model_scroll_open(m, 100);
	model_fit_open(m, 40, 10);
	model_fit_open(m, 41, 10);
	assert_int_equal(m->open_top, 31);
}

/* ---- rows that are kept ---------------------------------------------------
 */

/* The rows of a model that saw every picture, and of one that sees this. */
static void
expect_as_new(struct fixture *f, int64_t now)
{
	_cleanup_(model_freep) struct model *fresh = model_new();

	model_update(f->model, f->set, NULL, &f->feed, now);
	model_update(fresh, f->set, NULL, &f->feed, now);
	assert_int_equal(f->model->n_rows, fresh->n_rows);
	assert_int_equal(f->model->n_flight, fresh->n_flight);
	for (size_t i = 0; i < fresh->n_rows; i++) {
		const struct model_row *a = &f->model->rows[i];
		const struct model_row *b = &fresh->rows[i];

		assert_string_equal(a->id.text, b->id.text);
		assert_int_equal(a->status, b->status);
		assert_true(a->ago_ns == b->ago_ns);
		assert_true(a->calls == b->calls && a->pinned == b->pinned);
		assert_true(a->duration_ns == b->duration_ns);
		assert_string_equal(a->operation, b->operation);
		assert_true((a->error == NULL) == (b->error == NULL));
	}
}

static void
test_kept_rows_are_as_new_ones(void **state)
{
	struct fixture *f = *state;
	int64_t now = T0 * NSEC_PER_SEC;

	for (unsigned i = 0; i < 40; i++) {
		add(f, i, i, "operation started", "");
		if (i >= 3)
			add(f, i, i - 3,
			    i % 4 == 0 ? "operation failed"
				       : "operation completed",
			    i % 4 == 0 ? ",\"duration_ms\":9,\"error\":\"no\""
				       : ",\"duration_ms\":3000");
		/* Late lines, of one that ended a while ago and of a failure.
		 */
		if (i % 5 == 4 && i > 12)
			add(f, i - 9, i - 12, "helper rpc completed",
			    ",\"method\":\"a\",\"call\":1,\"duration_ms\":1");
		if (i == 20)
			add(f, 60, 9, "operation failed",
			    ",\"duration_ms\":9,\"error\":\"late\"");
		expect_as_new(f, now + i * NSEC_PER_SEC);
		if (i == 25) {
			model_sort_next(f->model, 1);
			model_sort_next(f->model, -1);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_figures_of_a_row),
		TEST(test_no_time_is_negative),
		TEST(test_centuries_apart),
		TEST(test_ended_linger_and_failures_stay),
		TEST(test_canceled_is_no_failure),
		TEST(test_ack_lets_one_go),
		TEST(test_ack_does_not_hide),
		TEST(test_open_grows_and_outlives),
		TEST(test_open_follows_its_end),
		cmocka_unit_test_setup_teardown(test_kept_rows_are_as_new_ones,
		    setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
