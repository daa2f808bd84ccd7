/* SPDX-License-Identifier: ISC */
/* trace/source_watch: what bangerd tells, and a bangerd that misbehaves. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "peer.h"
#include "trace/source.h"

#define ASKED "{\"version\":1,\"method\":\"op.watch\"}"
#define YES "{\"ok\":true,\"result\":{\"watching\":true}}\n"
#define STAGE(n)                                             \
	"{\"line\":\"{\\\"time\\\":\\\"2026-03-01T10:00:0" n \
	"Z\\\",\\\"msg\\\":\\\"operation "                   \
	"stage\\\",\\\"op_id\\\":\\\"op-1\\\","              \
	"\\\"stage\\\":\\\"s" n "\\\"}\"}\n"

/* The next thing that is no WAIT: a stage's name, or what was lost. */
static const char *
next(struct source *s, struct record *r, struct error *err)
{
	int64_t until = clock_mono_ns() + 20 * NSEC_PER_SEC;
	enum source_status st;

	while ((st = source_next(s, r, err)) == SOURCE_WAIT) {
		assert_true(clock_mono_ns() < until);
		source_wait(s);
	}
	if (st == SOURCE_MORE)
		return event_str(&r->ev, FIELD_STAGE);
	assert_int_equal(st, SOURCE_LOST);
	return err->text;
}

static struct source *
begin(struct peer *p, const struct peer_step *steps, struct record *r)
{
	struct error err = ERROR_INIT;
	struct source *s = NULL;

	record_init(r);
	peer_start(p, steps);
	assert_int_equal(source_open_watch(p->path, &s, &err), 0);
	return s;
}

static void
test_lines(void **state)
{
	static const struct peer_step steps[] = { { PEER_LINE, ASKED },
		{ PEER_SAY, YES STAGE("1") STAGE("2") },
		{ PEER_SAY, "{\"dropped\":7}\n{\"newer\":[]}\n" },
		{ PEER_DRIP, STAGE("3") }, { PEER_SAY, "[]\nnonsense\n" },
		{ PEER_SAY, STAGE("4") }, { PEER_HANG, NULL },
		{ PEER_END, NULL } };
	_cleanup_record_ struct record r;
	struct error err = ERROR_INIT;
	struct source *s;
	struct peer p;

	(void)state;
	s = begin(&p, steps, &r);
	assert_string_equal(next(s, &r, &err), "s1");
	assert_string_equal(r.op.text, "op-1");
	assert_string_equal(record_emitter(&r), "bangerd");
	assert_string_equal(next(s, &r, &err), "s2");
	assert_non_null(strstr(next(s, &r, &err), "left out 7 lines"));
	assert_string_equal(next(s, &r, &err), "s3");
	assert_non_null(strstr(next(s, &r, &err), "no JSON object"));
	assert_non_null(strstr(next(s, &r, &err), "no JSON object"));
	assert_string_equal(next(s, &r, &err), "s4");
	assert_int_equal(source_next(s, &r, &err), SOURCE_WAIT);
	source_free(s);
	assert_null(peer_end(&p));
}

/* A new connection begins with the lines so far: none is given twice. */
static void
test_again(void **state)
{
	static const struct peer_step steps[] = { { PEER_LINE, ASKED },
		{ PEER_SAY, YES STAGE("1") STAGE("2") }, { PEER_NEXT, NULL },
		{ PEER_LINE, ASKED },
		{ PEER_SAY, YES STAGE("1") STAGE("2") STAGE("3") },
		{ PEER_HANG, NULL }, { PEER_END, NULL } };
	_cleanup_record_ struct record r;
	struct error err = ERROR_INIT;
	struct source *s;
	struct peer p;

	(void)state;
	s = begin(&p, steps, &r);
	assert_string_equal(next(s, &r, &err), "s1");
	assert_string_equal(next(s, &r, &err), "s2");
	assert_non_null(strstr(next(s, &r, &err), "closed the connection"));
	assert_string_equal(next(s, &r, &err), "s3");
	source_free(s);
	assert_null(peer_end(&p));
}

static void
test_refused(void **state)
{
	static const struct peer_step older[] = { { PEER_LINE, ASKED },
		{ PEER_SAY,
		    "{\"ok\":false,\"error\":{\"code\":\"unknown_method\","
		    "\"message\":\"no method op.watch\"}}\n" },
		{ PEER_HANG, NULL }, { PEER_END, NULL } };
	static const struct peer_step mute[] = { { PEER_LINE, ASKED },
		{ PEER_END, NULL } };
	struct error err = ERROR_INIT;
	struct source *s = NULL;
	struct peer p;

	(void)state;
	peer_start(&p, older);
	assert_true(source_open_watch(p.path, &s, &err) < 0);
	assert_string_equal(err.kind, "unknown_method");
	assert_string_equal(err.text, "op.watch: no method op.watch");
	assert_null(peer_end(&p));
	peer_start(&p, mute);
	assert_true(source_open_watch(p.path, &s, &err) < 0);
	assert_null(peer_end(&p));
	assert_int_equal(source_open_watch("/nowhere/at/all", &s, &err),
	    -ENOENT);
	assert_null(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
