/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../bangertop/model.h"
#include "trace/parse.h"

#define T0 1772359200 /* 2026-03-01T10:00:00Z, where the lines begin */

/* A set that is fed with lines, and a model that looks at it. */
struct fixture {
	struct opset *set;
	struct model *model;
	struct model_feed feed;
};

static int
setup(void **state)
{
	struct fixture *f = test_calloc(1, sizeof(*f));

	f->set = opset_new(0);
	f->model = model_new();
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	model_free(f->model);
	opset_free(f->set);
	test_free(f);
	return 0;
}

/* One line of the operation op-N, sec seconds after T0. */
static void
add(struct fixture *f, unsigned sec, unsigned op, const char *msg,
    const char *more)
{
	_cleanup_(parser_freep) struct parser *p = parser_new();
	_cleanup_record_ struct record r;
	_cleanup_buf_ struct buf line = BUF_INIT;

	record_init(&r);
	buf_printf(&line,
	    "{\"time\":\"2026-03-01T10:%02u:%02uZ\",\"level\":\"INFO\","
	    "\"msg\":\"%s\",\"operation\":\"vm.start\",\"op_id\":\"op-%u\"%s}",
	    sec / 60, sec % 60, msg, op, more);
	parser_feed(p, line.data, line.len, true);
	while (parser_next(p, &r))
		if (opset_add(f->set, &r))
			model_changed(f->model);
}

static void
start(struct fixture *f, unsigned sec, unsigned op)
{
	add(f, sec, op, "operation started", ",\"vm_name\":\"web\"");
}

static void
complete(struct fixture *f, unsigned sec, unsigned op)
{
	add(f, sec, op, "operation completed", "");
}

static void
fail_op(struct fixture *f, unsigned sec, unsigned op)
{
	add(f, sec, op, "operation failed",
	    ",\"error\":\"no luck\",\"code\":\"internal\"");
}

static int64_t
at(unsigned sec)
{
	return (T0 + (int64_t)sec) * NSEC_PER_SEC;
}

static void
update(struct fixture *f, unsigned sec)
{
	model_update(f->model, f->set, NULL, &f->feed, at(sec));
}

/* The rows' operations, as "1 2 | 3": in flight, and ended. */
static void
check_rows(const struct model *m, const char *want)
{
	char got[256] = "";
	size_t len = 0;

	for (size_t i = 0; i <= m->n_rows; i++) {
		if (i == m->n_flight)
			len += (size_t)snprintf(got + len, sizeof(got) - len,
			    "| ");
		if (i < m->n_rows)
			len += (size_t)snprintf(got + len, sizeof(got) - len,
			    "%s ", m->rows[i].id.text + 3);
	}
	assert_string_equal(got, want);
}

static const char *
selected(const struct model *m)
{
	const struct model_row *row = model_selected(m);

	return row != NULL ? row->id.text : "";
}

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

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

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
		TEST(test_selection_sticks),
		TEST(test_selection_of_one_that_went),
		TEST(test_moves_stop_at_the_ends),
		TEST(test_rows_hold_still_after_a_key),
		TEST(test_hold_ends_when_the_clock_steps),
		TEST(test_pause_holds_and_counts),
		TEST(test_open_grows_and_outlives),
		TEST(test_scroll_keeps_the_selection_in_view),
		TEST(test_open_follows_its_end),
		cmocka_unit_test_setup_teardown(test_kept_rows_are_as_new_ones,
		    setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
