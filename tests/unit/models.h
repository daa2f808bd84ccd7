/* SPDX-License-Identifier: ISC */
/* bangertop's model over operations that are told line by line. */
#ifndef TESTS_UNIT_MODELS_H
#define TESTS_UNIT_MODELS_H

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

static inline int
setup(void **state)
{
	struct fixture *f = test_calloc(1, sizeof(*f));

	f->set = opset_new(0);
	f->model = model_new();
	*state = f;
	return 0;
}

static inline int
teardown(void **state)
{
	struct fixture *f = *state;

	model_free(f->model);
	opset_free(f->set);
	test_free(f);
	return 0;
}

/* One line of the operation op-N, sec seconds after T0. */
static inline void
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

static inline void
start(struct fixture *f, unsigned sec, unsigned op)
{
	add(f, sec, op, "operation started", ",\"vm_name\":\"web\"");
}

static inline void
complete(struct fixture *f, unsigned sec, unsigned op)
{
	add(f, sec, op, "operation completed", "");
}

static inline void
fail_op(struct fixture *f, unsigned sec, unsigned op)
{
	add(f, sec, op, "operation failed",
	    ",\"error\":\"no luck\",\"code\":\"internal\"");
}

static inline int64_t
at(unsigned sec)
{
	return (T0 + (int64_t)sec) * NSEC_PER_SEC;
}

static inline void
update(struct fixture *f, unsigned sec)
{
	model_update(f->model, f->set, NULL, &f->feed, at(sec));
}

/* The rows' operations, as "1 2 | 3": in flight, and ended. */
static inline void
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

static inline const char *
selected(const struct model *m)
{
	const struct model_row *row = model_selected(m);

	return row != NULL ? row->id.text : "";
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

#endif
