/* SPDX-License-Identifier: ISC */
/*
 * Screens as text: a log, keys, a size, and what is then to be seen, which
 * tests/golden/top/NAME.txt says.  UPDATE_GOLDEN=1 writes these anew; look at
 * what changed before it is committed.
 */
#include "screens.h"

struct screen_case {
	const char *name, *file, *now, *keys;
	int cols, rows;
	bool ascii;
};

static const struct screen_case cases[] = {
	{ "flight", HISTORY, AT_HISTORY, "", 80, 24, false },
	{ "flight_wide", HISTORY, AT_HISTORY, "j", 132, 40, false },
	{ "flight_huge", HISTORY, AT_HISTORY, "", 250, 30, false },
	{ "flight_ascii", HISTORY, AT_HISTORY, "", 100, 24, true },
	{ "flight_small", HISTORY, AT_HISTORY, "j", 60, 12, false },
	{ "flight_least", HISTORY, AT_HISTORY, "j", 40, 6, false },
	{ "too_small", HISTORY, AT_HISTORY, "j", 39, 6, false },
	{ "tiny", HISTORY, AT_HISTORY, "", 1, 1, false },
	{ "empty", EMPTY, AT_HISTORY, "", 80, 12, false },
	{ "few", FLIGHT, AT_FLIGHT, "", 80, 24, false },
	{ "sort_state", HISTORY, AT_HISTORY, ">>>>>>>>", 100, 24, false },
	{ "sort_vm_inverted", HISTORY, AT_HISTORY, ">>i", 80, 24, false },
	{ "search", HISTORY, AT_HISTORY, "/slo", 80, 24, false },
	{ "search_none", HISTORY, AT_HISTORY, "/nobody", 80, 24, false },
	{ "search_next", HISTORY, AT_HISTORY, "/db-\nn", 80, 24, false },
	{ "filter_typing", HISTORY, AT_HISTORY, "fvm ~ \"^s", 80, 24, false },
	{ "filter", HISTORY, AT_HISTORY, "fvm ~ \"^s\"\n", 80, 24, false },
	{ "filter_failed", HISTORY, AT_HISTORY, "\\failed\n", 80, 24, false },
	{ "filter_wrong", HISTORY, AT_HISTORY,
	    "fmethod = vm.start and tok > 2s\n", 80, 24, false },
	{ "filter_wrong_small", HISTORY, AT_HISTORY,
	    "fmethod = vm.start and tok > 2s\n", 40, 12, false },
	{ "filter_none", HISTORY, AT_HISTORY, "fvm = nobody\n", 80, 24, false },
	{ "acked", HISTORY, AT_HISTORY, "A", 80, 24, false },
	{ "paused", HISTORY, AT_HISTORY, "j ", 80, 24, false },
	{ "stages", HISTORY, AT_HISTORY, "2", 80, 24, false },
	{ "stages_wide", HISTORY, AT_HISTORY, "2jj", 132, 24, false },
	{ "stages_by_count", HISTORY, AT_HISTORY, "2>>>>", 100, 24, false },
	{ "errors_by_count", HISTORY, AT_HISTORY, "3>>i", 100, 24, false },
	{ "stages_small", HISTORY, AT_HISTORY, "2G", 40, 8, false },
	{ "stages_empty", EMPTY, AT_HISTORY, "2", 80, 12, false },
	{ "errors", HISTORY, AT_HISTORY, "3", 80, 24, false },
	{ "errors_wide", HISTORY, AT_HISTORY, "3", 160, 24, false },
	{ "helper", HISTORY, AT_HISTORY, "4", 80, 24, false },
	{ "helper_ascii", HISTORY, AT_HISTORY, "\t\t\t", 110, 24, true },
	{ "op_running", HISTORY, AT_HISTORY, "/agent\n\n", 80, 24, false },
	{ "op_failed", HISTORY, AT_HISTORY, "/cache\n\n", 80, 24, false },
	{ "op_interrupted", HISTORY, AT_HISTORY, "/cut-1\n\n", 80, 24, false },
	{ "op_canceled", HISTORY, "2026-03-01T10:02:17Z", "/old-1\n\n", 80, 24,
	    false },
	{ "op_lost", HISTORY, AT_HISTORY, "/lost\n\n", 80, 24, false },
	{ "op_incomplete", HISTORY, AT_HISTORY, "/no-start\n\n", 80, 24,
	    false },
	{ "op_small", HISTORY, AT_HISTORY, "/cache\n\n", 40, 9, false },
	{ "tree", HISTORY, AT_HISTORY, "t/slow\n", 80, 24, false },
	{ "tree_wide_ascii", HISTORY, AT_HISTORY, "tG", 132, 30, true },
	{ "tree_small", HISTORY, AT_HISTORY, "tj", 40, 10, false },
	{ "columns", HISTORY, AT_HISTORY, "Cjj\nj\n", 80, 24, false },
	{ "columns_small", HISTORY, AT_HISTORY, "CG", 40, 8, false },
	{ "columns_hidden", HISTORY, AT_HISTORY, "C\njj\njjj\njj \033", 100, 24,
	    false },
	{ "op_wide", HISTORY, AT_HISTORY, "/slow\n\n", 160, 24, false },
	{ "op_lines", HISTORY, AT_HISTORY, "/slow\n\nr", 80, 24, false },
	{ "op_lines_top", HISTORY, AT_HISTORY, "/slow\n\nrg", 60, 14, true },
	{ "op_console", HISTORY, AT_HISTORY, "/slow\n\nl", 80, 24, false },
	{ "op_hostile_lines", HOSTILE, AT_HOSTILE, "jjj\nr", 80, 24, false },
	{ "cancel_asks", HISTORY, AT_HISTORY, "/slow\nc", 100, 24, false },
	{ "cancel_readonly", HISTORY, AT_HISTORY, "/slow\nc?", 100, 50, false },
	{ "help", HISTORY, AT_HISTORY, "?", 80, 40, false },
	{ "help_narrow", HISTORY, AT_HISTORY, "?", 80, 18, false },
	{ "hostile", HOSTILE, AT_HOSTILE, "", 100, 30, false },
	{ "hostile_stages", HOSTILE, AT_HOSTILE, "2", 80, 24, false },
	{ "hostile_errors", HOSTILE, AT_HOSTILE, "3", 80, 24, false },
	{ "hostile_helper", HOSTILE, AT_HOSTILE, "4", 80, 24, false },
};

static void
read_golden(const char *path, struct buf *out)
{
	char chunk[4096];
	FILE *file = fopen(path, "r");
	size_t n;

	if (file == NULL)
		return;
	while ((n = fread(chunk, 1, sizeof(chunk), file)) > 0)
		buf_put(out, chunk, n);
	fclose(file);
}

static bool
check_golden(const struct screen_case *c)
{
	_cleanup_buf_ struct buf got = BUF_INIT, want = BUF_INIT;
	struct fixture f;
	char path[128];
	FILE *file;
	bool same;

	begin(&f, c->file, c->now);
	f.ui.cancel = note_cancel;
	f.ui.readonly = strstr(c->name, "readonly") != NULL;
	press(&f, c->keys);
	draw(&f, c->cols, c->rows, c->ascii, &got);
	end(&f);
	snprintf(path, sizeof(path), "tests/golden/top/%s.txt", c->name);
	if (getenv("UPDATE_GOLDEN") != NULL) {
		file = fopen(path, "w");
		assert_non_null(file);
		fwrite(buf_str(&got), 1, got.len, file);
		assert_int_equal(fclose(file), 0);
	}
	read_golden(path, &want);
	same = strcmp(buf_str(&got), buf_str(&want)) == 0;
	if (!same)
		print_message("%s:\n%s\nwanted:\n%s\n", c->name, buf_str(&got),
		    buf_str(&want));
	return same;
}

static void
test_screens(void **state)
{
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		wrong += !check_golden(&cases[i]);
	assert_int_equal(wrong, 0);
}

/* Whatever the size, nothing is wider or hostile, and no key breaks it. */
static void
test_every_size(void **state)
{
	static const char *const keys[] = { "", "2", "3", "4", "?", "1j\n",
		"\033/x", "\033f(((", "\n", "\033\0331tj", "j\n", "r", "l",
		"\033C", "\033c" };
	static const int sides[] = { 1, 2, 5, 6, 7, 11, 12, 13, 24, 39, 40, 41,
		55, 79, 80, 99, 100, 131, 200, 500 };
	struct fixture f;

	(void)state;
	begin(&f, HOSTILE, AT_HOSTILE);
	for (size_t k = 0; k < ARRAY_LEN(keys); k++) {
		press(&f, keys[k]);
		for (size_t i = 0; i < ARRAY_LEN(sides); i++)
			for (size_t j = 0; j < ARRAY_LEN(sides); j += 3) {
				_cleanup_buf_ struct buf out = BUF_INIT;
				_cleanup_buf_ struct buf safe = BUF_INIT;

				draw(&f, sides[i], sides[j], i % 2 == 0, &out);
				for (char *c = out.data; *c != '\0'; c++)
					*c = *c == '\n' ? ' ' : *c;
				text_escape(&safe, out.data, out.len, false);
				assert_string_equal(out.data, safe.data);
			}
	}
	end(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_screens),
		cmocka_unit_test(test_every_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
