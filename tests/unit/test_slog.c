/* SPDX-License-Identifier: ISC */
/* wire/event against goldens of what Go's slog.JSONHandler writes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "wire/event.h"

#define GOLDENS "tests/data/slog/"
/* 2026-04-26T22:13:04Z. */
#define T0 1777241584000000000LL

static void
read_golden(const char *name, struct buf *ret)
{
	_cleanup_fclose_ FILE *fp = fopen(name, "r");
	char chunk[4096];
	size_t n;

	if (fp == NULL)
		fail_msg("%s: run it in the top folder", name);
	while ((n = fread(chunk, 1, sizeof(chunk), fp)) > 0)
		buf_put(ret, chunk, n);
}

/* What all events of an operation carry. */
static void
start(struct event *ev, enum event_kind kind, int64_t time_ns, int64_t seq)
{
	event_init(ev, kind);
	ev->time_ns = time_ns;
	event_set_str(ev, FIELD_RUN, "0a1b2c3d");
	event_set_int(ev, FIELD_SEQ, seq);
	event_set_str(ev, FIELD_OPERATION, "vm.start");
	event_set_str(ev, FIELD_METHOD, "vm.start");
	event_set_str(ev, FIELD_OP_ID, "op-7f3c09d2e1a84b55");
}

static void
put_operation(struct buf *out)
{
	static const struct line_attr extra[] = { LINE_S("tap", "bgr1"),
		LINE_T("vcpus", "2"), LINE_B("kvm", true) };
	struct event ev;

	start(&ev, EVENT_OP_STARTED, T0, 1);
	event_set_str(&ev, FIELD_VM_ID, "vm-1");
	event_set_str(&ev, FIELD_VM_NAME, "caf\xc3\xa9 <&'>");
	event_encode(&ev, out);
	start(&ev, EVENT_OP_STAGE, T0 + 100000000, 2);
	ev.level = LINE_DEBUG;
	event_set_str(&ev, FIELD_STAGE, "launch");
	event_set_ms(&ev, FIELD_SINCE_START, 100000000);
	event_set_ms(&ev, FIELD_SINCE_LAST, 12340999);
	ev.extra = extra;
	ev.n_extra = ARRAY_LEN(extra);
	event_encode(&ev, out);
	start(&ev, EVENT_OP_FAILED, T0 + 123456789, 3);
	event_set_ms(&ev, FIELD_DURATION, 123456789);
	event_set_str(&ev, FIELD_ERROR,
	    "a \"b\" \\c\n\r\t\b\f\x1b[0m\x7f \xe2\x80\xa8\xe2\x80\xa9\xff"
	    "\xf0\x9f\x98\x80; inspect /var/log/x");
	event_set_str(&ev, FIELD_CODE, "operation_failed");
	event_set_str(&ev, FIELD_STAGE, "launch");
	event_encode(&ev, out);
}

static void
put_others(struct buf *out)
{
	struct event ev;

	start(&ev, EVENT_RPC_FAILED, T0 + 120, 4);
	event_set_ms(&ev, FIELD_DURATION, 1000);
	event_set_int(&ev, FIELD_PEER_UID, 1000);
	event_set_int(&ev, FIELD_PEER_PID, 4242);
	event_set_str(&ev, FIELD_CODE, "not_found");
	event_set_str(&ev, FIELD_ERROR, "");
	event_encode(&ev, out);
	start(&ev, EVENT_HELPER_COMPLETED, T0 + 999999999, 5);
	event_set_str(&ev, FIELD_METHOD, "tap.create");
	event_set_int(&ev, FIELD_CALL, 1);
	event_set_ms(&ev, FIELD_DURATION, 2000000000);
	event_set_str(&ev, FIELD_VM_ID, "vm-1");
	event_encode(&ev, out);
	start(&ev, EVENT_RECORDS_DROPPED, T0 + 120000000000, 6);
	event_set_int(&ev, FIELD_N, INT64_MAX);
	event_encode(&ev, out);
	start(&ev, EVENT_OTHER, -1, 7);
	ev.level = LINE_WARN + 1;
	ev.msg = "";
	event_encode(&ev, out);
}

static void
test_written(void **state)
{
	_cleanup_buf_ struct buf want = BUF_INIT, got = BUF_INIT;
	const char *w, *g;
	size_t n;

	(void)state;
	read_golden(GOLDENS "written.jsonl", &want);
	put_operation(&got);
	put_others(&got);
	for (w = buf_str(&want), g = buf_str(&got); *w != '\0';
	     w += n + 1, g += n + 1) {
		n = strcspn(w, "\n");
		if (strcspn(g, "\n") != n || memcmp(w, g, n) != 0)
			fail_msg("got    %.*s\nwanted %.*s",
			    (int)strcspn(g, "\n"), g, (int)n, w);
	}
	assert_int_equal(got.len, want.len);
}

/* Lines that a Go peer may write and we do not: we read them alike. */
static void
test_of_a_peer(void **state)
{
	static const struct {
		enum event_kind kind;
		int level;
		int64_t time_ns; /* 0: none */
		const char *op_id, *key, *text;
	} rows[] = {
		{ EVENT_OP_STAGE, LINE_INFO, T0 + 123456000,
		    "op-7f3c09d2e1a84b55", "stage", "boot" },
		{ EVENT_OTHER, LINE_INFO + 2, T0, NULL, "source",
		    "{\"function\":\"main.main\",\"file\":\"/a/main.go\","
		    "\"line\":12}" },
		{ EVENT_OP_FAILED, LINE_ERROR, T0, "op-1", "error",
		    "bad \xef\xbf\xbd text" },
		{ EVENT_OTHER, LINE_DEBUG - 4, 0, "op-2", "req",
		    "{\"id\":1,\"id\":2}" },
		{ EVENT_OTHER, LINE_WARN, T0, NULL, "big", "1e+21" },
		{ EVENT_OTHER, LINE_INFO, T0, NULL, "err",
		    "!ERROR:json: unsupported type: chan int" },
	};
	_cleanup_buf_ struct buf text = BUF_INIT;
	_cleanup_(line_done) struct line ln = LINE_INIT;
	struct error err = ERROR_INIT;
	struct event ev;
	const char *line;

	(void)state;
	read_golden(GOLDENS "peer.jsonl", &text);
	line = buf_str(&text);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (event_decode(line, strcspn(line, "\n"), &ln, &ev, &err) < 0)
			fail_msg("%s: %s", line, err.text);
		assert_int_equal(ev.kind, rows[i].kind);
		assert_true(ev.has_level);
		assert_int_equal(ev.level, rows[i].level);
		assert_int_equal(ev.has_time, rows[i].time_ns != 0);
		assert_int_equal(ev.time_ns, rows[i].time_ns);
		if (rows[i].op_id != NULL)
			assert_string_equal(event_str(&ev, FIELD_OP_ID),
			    rows[i].op_id);
		else
			assert_false(event_has(&ev, FIELD_OP_ID));
		assert_string_equal(line_find(&ln, rows[i].key)->text,
		    rows[i].text);
		line += strcspn(line, "\n") + 1;
	}
	assert_string_equal(line, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_written),
		cmocka_unit_test(test_of_a_peer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
