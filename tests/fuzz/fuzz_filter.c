/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as an expression of the filter language, and as a time: a mistake
 * has a place, what is taken can be used on an operation and as SQL, and
 * nothing of the text stands in the SQL.
 */
#include "fuzz.h"

#include <string.h>

#include "base/mem.h"
#include "base/when.h"
#include "trace/filter.h"

#define NOW_NS 1777241584000000000LL
#define MS 1000000LL

static char stage_name[] = "validate", call_method[] = "nat.apply";
static char call_error[] = "busy \xff", method[] = "vm.start", vm[] = "web-1";
static char error[] = "aaaaaaaaaaaaaaaaaaaaaaaa \xe2\x80\xae \xf0\x9f x";

static struct op_stage stages[] = {
	{ .name = stage_name, .duration_ns = 2 * MS },
	{ .name = NULL, .duration_ns = -1 },
};
static struct op_call calls[] = {
	{ .method = call_method, .duration_ns = 60 * MS },
	{ .method = NULL, .duration_ns = -1, .error = call_error },
};
static struct op_attr subject[] = { { FIELD_VM_NAME, vm } };
static const struct op op = {
	.id = { "op-7f00000000000001" },
	.name = method,
	.status = OP_FAILED,
	.start_ns = NOW_NS - 3600000 * MS,
	.duration_ns = 2500 * MS,
	.unaccounted_ns = -1,
	.error = error,
	.stages = stages,
	.n_stages = 2,
	.calls = calls,
	.n_calls = 2,
	.subject = subject,
	.n_subject = 1,
	.records = 12,
};

/* Made of our own words: none has these bytes, and parameters are few. */
static void
check_sql(const char *text, struct filter *f)
{
	_cleanup_(filter_sql_done) struct filter_sql sql = FILTER_SQL_INIT;
	const char *where;

	filter_to_sql(f, NOW_NS, 1, &sql);
	where = buf_str(&sql.where);
	FUZZ_CHECK(where[0] == '(' && where[sql.where.len - 1] == ')');
	FUZZ_CHECK(strlen(where) == sql.where.len);
	FUZZ_CHECK(sql.n <= 2 * strlen(text));
	for (size_t i = 0; i < sql.where.len; i++)
		FUZZ_CHECK(where[i] >= ' ' && where[i] < 0x7f &&
		    strchr("\"\\;/@[]{}#$%^&|`~", where[i]) == NULL);
	for (size_t i = 0; i < sql.n; i++)
		FUZZ_CHECK((sql.params[i].type == FILTER_PARAM_TEXT) ==
			(sql.params[i].text != NULL) &&
		    (sql.params[i].type == FILTER_PARAM_REGEX) ==
			(sql.params[i].regex != NULL));
}

static void
check_times(const char *text)
{
	int64_t ns = -1;

	if (when_parse(text, NOW_NS, &ns, NULL) == 0)
		FUZZ_CHECK(ns >= 0);
	else
		FUZZ_CHECK(ns == -1);
	ns = -1;
	if (when_parse_span(text, MS, &ns, NULL) == 0)
		FUZZ_CHECK(ns >= 0);
	else
		FUZZ_CHECK(ns == -1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = xmemdup(data, size);
	_cleanup_(filter_freep) struct filter *f = NULL;
	struct error err = ERROR_INIT;
	size_t at = SIZE_MAX;
	bool first;

	check_times(text);
	if (filter_parse(text, NOW_NS, &f, &at, &err) < 0) {
		FUZZ_CHECK(f == NULL);
		FUZZ_CHECK(at <= strlen(text));
		FUZZ_CHECK(strncmp(err.text, "column ", 7) == 0);
		return 0;
	}
	first = filter_match(f, &op, NOW_NS);
	filter_match(f, &op, 0);
	FUZZ_CHECK(filter_match(f, &op, NOW_NS) == first);
	check_sql(text, f);
	return 0;
}
