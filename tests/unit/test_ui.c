/* SPDX-License-Identifier: ISC */
/* bangertop's keys and mouse, canceling, and what is played back. */
#include "screens.h"

/* ---- keys -----------------------------------------------------------------
 */

static const char *
selected_vm(struct fixture *f)
{
	const struct model_row *row = model_selected(f->model);

	return row == NULL ? "" : row->vm_name != NULL ? row->vm_name : "-";
}

static void
test_search(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, HISTORY, AT_HISTORY);
	press(&f, "j");
	assert_string_equal(selected_vm(&f), "stuck");
	press(&f, "/SLOW"); /* as it is typed, in any case */
	assert_string_equal(selected_vm(&f), "slow");
	press(&f, "\b\b\b\b");
	assert_string_equal(selected_vm(&f), "stuck");
	press(&f, "low\033"); /* given up */
	assert_string_equal(selected_vm(&f), "stuck");
	press(&f, "/db-\n");
	assert_string_equal(selected_vm(&f), "db-2");
	press(&f, "n");
	assert_string_equal(selected_vm(&f), "db-1");
	press(&f, "nn"); /* around the end */
	assert_string_equal(selected_vm(&f), "db-2");
	press(&f, "N");
	assert_string_equal(selected_vm(&f), "db-0");
	assert_true((press(&f, "/q\b\b") & UI_QUIT) == 0);
	assert_true((press(&f, "q") & UI_QUIT) != 0);
	end(&f);
}

static void
test_filter(void **state)
{
	struct fixture f;
	size_t all;

	(void)state;
	begin(&f, HISTORY, AT_HISTORY);
	all = f.model->n_rows;
	press(&f, "fvm = slow or vm = db-1\n");
	assert_int_equal(f.model->n_rows, 2);
	assert_int_equal(f.model->counts.hidden, all - 2);
	/* A wrong one changes nothing, and stays for mending. */
	press(&f, "f or\n");
	assert_int_equal(f.ui.prompt.kind, PROMPT_FILTER);
	assert_int_equal(f.ui.prompt.wrong_at, f.ui.prompt.text.len);
	assert_int_equal(f.model->n_rows, 2);
	press(&f, "\x15\n"); /* Ctrl-U: none */
	assert_int_equal(f.model->n_rows, all);
	assert_null(f.model->filter_text);
	end(&f);
}

static void
test_sort(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, HISTORY, AT_HISTORY);
	press(&f, "j"); /* stuck, the oldest */
	press(&f, ">>");
	assert_int_equal(f.model->sort, MODEL_BY_VM);
	for (size_t i = 1; i < f.model->n_flight; i++)
		assert_true(strcmp(f.model->rows[i - 1].vm_name,
				f.model->rows[i].vm_name) <= 0);
	assert_string_equal(selected_vm(&f), "stuck"); /* it goes along */
	press(&f, "i");
	for (size_t i = 1; i < f.model->n_flight; i++)
		assert_true(strcmp(f.model->rows[i - 1].vm_name,
				f.model->rows[i].vm_name) >= 0);
	press(&f, "<<i");
	assert_string_equal(f.model->rows[0].vm_name, "stuck");
	press(&f, "<"); /* around the end */
	assert_int_equal(f.model->sort, MODEL_SORT_MAX - 1);
	end(&f);
}

static void
test_states(void **state)
{
	static const struct {
		const char *vm;
		enum model_state state;
	} want[] = {
		{ "stuck", MODEL_STUCK },
		{ "slow", MODEL_SLOW },
		{ "agent", MODEL_ENDING },
		{ "fresh", MODEL_RUNNING },
	};
	struct fixture f;

	(void)state;
	begin(&f, HISTORY, AT_HISTORY);
	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		size_t j = 0;

		while (strcmp(f.model->rows[j].vm_name, want[i].vm) != 0)
			j++;
		assert_int_equal(f.model->rows[j].state, want[i].state);
		assert_int_equal(f.model->rows[j].eta_n, 24);
	}
	end(&f);
}

/* Of 20 that took 1 to 20 s, 19 s is beyond none but one: p95, not the most. */
static void
test_slow_is_beyond_p95(void **state)
{
	struct stats *stats = stats_new();
	struct op *done = op_new(&(struct opid){ "op-1" });
	struct op_stage stage = { .name = (char[]){ "boot" },
		.start_ns = 0,
		.duration_ns = 0 };
	struct model_row row = { .section = MODEL_FLIGHT,
		.status = OP_RUNNING,
		.operation = "vm.start",
		.stage = "boot" };

	(void)state;
	done->name = (char[]){ "vm.start" };
	done->status = OP_COMPLETED;
	done->stages = &stage;
	done->n_stages = 1;
	for (int i = 1; i <= STATS_LEAST_P95; i++) {
		stage.duration_ns = done->duration_ns = i * NSEC_PER_SEC;
		stats_op(stats, done);
	}
	row.deadline_ns = -1;
	row.stage_ns = 19 * NSEC_PER_SEC;
	judge_row(&row, stats);
	assert_int_equal(row.state, MODEL_ENDING);
	/* A deadline tells for itself, with its like and without. */
	row.deadline_ns = row.stage_ns - 1;
	judge_row(&row, stats);
	assert_int_equal(row.state, MODEL_STUCK);
	row.state = MODEL_RUNNING;
	judge_row(&row, NULL);
	assert_int_equal(row.state, MODEL_STUCK);
	row.deadline_ns = row.stage_ns;
	row.state = MODEL_RUNNING;
	judge_row(&row, NULL);
	assert_int_equal(row.state, MODEL_RUNNING);
	row.deadline_ns = -1;
	row.stage_ns = 19 * NSEC_PER_SEC + 1;
	judge_row(&row, stats);
	assert_int_equal(row.state, MODEL_SLOW);
	assert_true(row.eta_low_ns == 0 && row.eta_n == STATS_LEAST_P95);
	done->stages = NULL;
	done->n_stages = 0;
	done->name = NULL;
	op_free(done);
	stats_free(stats);
}

/* ---- canceling and the mouse ----------------------------------------------
 */

static void
test_cancel(void **state)
{
	struct opid asked = { "" };
	struct fixture f;

	(void)state;
	begin(&f, HISTORY, AT_HISTORY);
	f.ui.cancel_arg = &asked;
	press(&f, "jc");
	assert_string_equal(f.ui.say, "there is nobody to cancel it");
	f.ui.cancel = note_cancel;
	press(&f, "\033c");
	assert_string_equal(f.ui.say, "select the operation to cancel first");
	press(&f, "jcn"); /* no */
	assert_string_equal(f.ui.say, "nothing was canceled");
	press(&f, "cq"); /* no; and it does not leave by that */
	assert_false(opid_is_set(&asked));
	press(&f, "c");
	assert_non_null(strstr(f.ui.say, "cancel vm.start of stuck (op-"));
	press(&f, "k"); /* no, and the selection stays */
	assert_string_equal(selected_vm(&f), "stuck");
	press(&f, "cy");
	assert_true(opid_eq(&asked, &f.model->selected));
	asked.text[0] = '\0';
	press(&f, "\ncy"); /* the one that is open */
	assert_true(opid_eq(&asked, &f.model->open->id));
	asked.text[0] = '\0';
	press(&f, "\033Gcy");
	assert_string_equal(f.ui.say, ""); /* it has ended: y means nothing */
	assert_false(opid_is_set(&asked));
	f.ui.readonly = true;
	press(&f, "gcy");
	assert_false(opid_is_set(&asked));
	end(&f);
}

static unsigned
click(struct fixture *f, enum screen_mouse_what what, int x, int y)
{
	struct screen *s = screen_text_new(80, 24, false);
	unsigned r;

	ui_draw(&f->ui, s);
	s->mouse = (struct screen_mouse){ what, x, y };
	r = ui_mouse(&f->ui, s, f->now);
	if ((r & UI_UPDATE) != 0)
		model_update(f->model, f->feed.set, f->feed.stats,
		    &f->feed.seen, f->now);
	screen_free(s);
	return r;
}

static void
test_mouse(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, HISTORY, AT_HISTORY);
	click(&f, SCREEN_MOUSE_PRESS, 20, 5); /* the second row */
	assert_string_equal(selected_vm(&f), "slow");
	click(&f, SCREEN_MOUSE_PRESS, 13, 3); /* the title VM */
	assert_true(f.model->sort == MODEL_BY_VM && !f.model->invert);
	assert_string_equal(selected_vm(&f), "slow");
	click(&f, SCREEN_MOUSE_PRESS, 13, 3);
	assert_true(f.model->sort == MODEL_BY_VM && f.model->invert);
	click(&f, SCREEN_MOUSE_DOWN, 0, 0);
	click(&f, SCREEN_MOUSE_UP, 0, 0);
	assert_string_equal(selected_vm(&f), "slow");
	click(&f, SCREEN_MOUSE_PRESS, 79, 22); /* no row is there */
	assert_true(f.ui.view == &view_flight);
	click(&f, SCREEN_MOUSE_PRESS, 20, 5); /* another: the second by VM */
	click(&f, SCREEN_MOUSE_PRESS, 20, 5); /* again: opened */
	assert_true(f.ui.view == &view_op);
	click(&f, SCREEN_MOUSE_PRESS, 18, 2); /* a tab */
	assert_true(f.ui.view == &view_stages);
	click(&f, SCREEN_MOUSE_PRESS, 4, 3); /* the title OPERATION */
	assert_int_equal(f.model->table_by[STATS_STAGE], FIGURES_BY_NAME);
	click(&f, SCREEN_MOUSE_PRESS, 4, 3);
	assert_true(f.model->table_invert[STATS_STAGE]);
	click(&f, SCREEN_MOUSE_PRESS, 20, 6);
	assert_int_equal(f.model->table_cursor, 2);
	press(&f, "C");
	click(&f, SCREEN_MOUSE_PRESS, 4, 5);
	assert_int_equal(f.model->hidden, MODEL_COLUMN_STAGE);
	/* What is being typed is for keys alone. */
	press(&f, "1/sl");
	assert_int_equal(click(&f, SCREEN_MOUSE_PRESS, 20, 4), UI_NOTHING);
	end(&f);
}

/* ---- played back ----------------------------------------------------------
 */

static void
test_replay(void **state)
{
	static const char *const file = HISTORY;
	_cleanup_recording_ struct recording rec = RECORDING_INIT;
	struct error err = ERROR_INIT;
	struct replay replay;
	struct source *source;
	struct fixture f = { 0 };

	(void)state;
	assert_int_equal(source_open_files(&file, NULL, 1, 0, &source, &err),
	    0);
	assert_int_equal(recording_of_source(source, &rec, &err), 0);
	source_free(source);
	assert_int_equal(rec.n, 333);
	assert_int_equal(replay_begin(&replay, &rec, &f.feed, INT64_MIN, 2,
			     &err),
	    0);
	assert_true(replay.now_ns == rec.first_ns);
	f.model = model_new();
	ui_init(&f.ui, f.model, &f.feed, file);
	f.ui.replay = &replay;
	press(&f, "!"); /* the first failure, and there it stands */
	assert_true(f.feed.failures == 1 && replay.stands);
	replay_advance(&replay, NSEC_PER_SEC);
	assert_true(f.feed.failures == 1);
	press(&f, " +");
	f.now = replay.now_ns;
	replay_advance(&replay, NSEC_PER_SEC);
	assert_true(replay.now_ns == f.now + 4 * NSEC_PER_SEC);
	assert_true(f.feed.failures > 1);
	press(&f, "[");
	assert_true(replay.now_ns == f.now - 6 * NSEC_PER_SEC);
	assert_true(f.feed.failures == 0); /* it is as it was then */
	press(&f, "!!!!!");
	assert_true(f.feed.failures == 5);
	press(&f, "!");
	assert_string_equal(f.ui.say, "there is no further one");
	assert_true(replay.over);
	press(&f, "0");
	assert_true(replay.now_ns == rec.first_ns && f.feed.failures == 0);
	press(&f, ".");
	assert_true(replay.now_ns > rec.first_ns);
	end(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_search),
		cmocka_unit_test(test_filter),
		cmocka_unit_test(test_sort),
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_slow_is_beyond_p95),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_mouse),
		cmocka_unit_test(test_replay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
