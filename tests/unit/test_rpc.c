/* SPDX-License-Identifier: ISC */
/* wire/rpc: requests and replies, in both directions. */
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
#include "wire/rpc.h"

#define _cleanup_request_ _cleanup_(rpc_request_done)
#define _cleanup_reply_ _cleanup_(rpc_reply_done)

static json_t *
json(const char *text)
{
	json_error_t why;
	json_t *v = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, &why);

	if (v == NULL)
		fail_msg("%s: %s", text, why.text);
	return v;
}

/* ---- requests ------------------------------------------------------------ */

static void
test_request_encode(void **state)
{
	static const struct {
		const char *method, *params, *op, *line;
		unsigned call;
	} rows[] = {
		{ "ping", NULL, NULL, "{\"version\":1,\"method\":\"ping\"}\n",
		    0 },
		{ "ping", NULL, "", "{\"version\":1,\"method\":\"ping\"}\n",
		    0 },
		{ "vm.start", "{\"vm\":\"w\\n\"}", "op-7f3c09d2e1a84b55",
		    "{\"version\":1,\"method\":\"vm.start\",\"params\":{\"vm\":"
		    "\"w\\n\"},\"op_id\":\"op-7f3c09d2e1a84b55\",\"call\":3}\n",
		    3 },
	};
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct opid op;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		_cleanup_json_ json_t *params = rows[i].params != NULL
		    ? json(rows[i].params)
		    : NULL;

		memset(&op, 0, sizeof(op));
		if (rows[i].op != NULL)
			strcpy(op.text, rows[i].op);
		buf_reset(&out);
		rpc_request_encode(&out, rows[i].method, params,
		    rows[i].op != NULL ? &op : NULL, rows[i].call);
		assert_string_equal(buf_str(&out), rows[i].line);
	}
}

static void
test_request_decode(void **state)
{
	static const struct {
		const char *line, *method, *params, *op;
		unsigned call;
	} rows[] = {
		{ "{\"version\":1,\"method\":\"ping\"}", "ping", "{}", "", 0 },
		{ "{\"version\":1,\"method\":\"ping\",\"params\":null}", "ping",
		    "{}", "", 0 },
		/* Any order, blanks, and fields of a newer peer. */
		{ " {\"color\":[1,{}], \"method\" : \"vm.show\",\"params\":"
		  "{\"vm\":\"a\"},\"version\":1}\r",
		    "vm.show", "{\"vm\":\"a\"}", "", 0 },
		{ "{\"version\":1,\"method\":\"tap.create\",\"op_id\":"
		  "\"op-Az_-9\",\"call\":1000000}",
		    "tap.create", "{}", "op-Az_-9", 1000000 },
		/* An id or a call that none is: as if it were not there. */
		{ "{\"version\":1,\"method\":\"a\",\"op_id\":\"7f\",\"call\":"
		  "0}",
		    "a", "{}", "", 0 },
		{ "{\"version\":1,\"method\":\"a\",\"op_id\":\"op-a b\","
		  "\"call\":-1}",
		    "a", "{}", "", 0 },
		{ "{\"version\":1,\"method\":\"a\",\"op_id\":5,\"call\":"
		  "1000001}",
		    "a", "{}", "", 0 },
		{ "{\"version\":1,\"method\":\"a\",\"op_id\":null,\"call\":"
		  "\"1\"}",
		    "a", "{}", "", 0 },
	};
	struct error err = ERROR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		_cleanup_json_ json_t *want = json(rows[i].params);
		_cleanup_request_ struct rpc_request req;

		if (rpc_request_decode(rows[i].line, strlen(rows[i].line), &req,
			&err) != 0)
			fail_msg("%s: %s", rows[i].line, err.text);
		assert_string_equal(req.method, rows[i].method);
		assert_string_equal(req.op.text, rows[i].op);
		assert_int_equal(req.call, rows[i].call);
		assert_true(json_equal(req.params, want));
	}
}

static void
test_request_refused(void **state)
{
	static const struct {
		const char *line, *kind, *method, *op;
	} rows[] = {
		{ "", "bad_request", "", "" },
		{ "hello", "bad_request", "", "" },
		{ "[]", "bad_request", "", "" },
		{ "{\"version\":1,\"method\":\"a\"", "bad_request", "", "" },
		{ "{\"version\":1,\"method\":\"a\"} {}", "bad_request", "",
		    "" },
		{ "{\"version\":1,\"method\":\"a\",\"method\":\"b\"}",
		    "bad_request", "", "" },
		{ "{\"version\":1,\"method\":\"a\",\"params\":{\"vm\":1,"
		  "\"vm\":2}}",
		    "bad_request", "", "" },
		{ "{\"version\":1,\"method\":\"\xff\"}", "bad_request", "",
		    "" },
		{ "{\"version\":1,\"method\":\"a\\u0000b\"}", "bad_request", "",
		    "" },
		{ "{\"version\":1}", "bad_request", "", "" },
		{ "{\"version\":1,\"method\":\"\"}", "bad_request", "", "" },
		{ "{\"version\":1,\"method\":7}", "bad_request", "", "" },
		{ "{\"version\":1,\"method\":\"a\",\"params\":[]}",
		    "bad_request", "a", "" },
		{ "{\"version\":1,\"method\":\"a\",\"params\":\"x\","
		  "\"op_id\":\"op-1\"}",
		    "bad_request", "a", "op-1" },
		/* What was read before the version is known. */
		{ "{}", "bad_version", "", "" },
		{ "{\"method\":\"vm.list\",\"op_id\":\"op-1\"}", "bad_version",
		    "vm.list", "op-1" },
		{ "{\"version\":2,\"method\":\"vm.list\"}", "bad_version",
		    "vm.list", "" },
		{ "{\"version\":\"1\",\"method\":\"a\"}", "bad_version", "a",
		    "" },
		{ "{\"version\":1.0,\"method\":\"a\"}", "bad_version", "a",
		    "" },
		{ "{\"version\":18446744073709551617,\"method\":\"a\"}",
		    "bad_request", "", "" },
	};
	struct rpc_request req;
	struct error err;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		error_clear(&err);
		if (rpc_request_decode(rows[i].line, strlen(rows[i].line), &req,
			&err) >= 0)
			fail_msg("taken: %s", rows[i].line);
		if (strcmp(err.kind, rows[i].kind) != 0)
			fail_msg("%s: %s: %s", rows[i].line, err.kind,
			    err.text);
		assert_string_equal(rpc_code_of(&err), rows[i].kind);
		assert_string_not_equal(err.text, "");
		assert_string_equal(req.method, rows[i].method);
		assert_string_equal(req.op.text, rows[i].op);
		assert_null(req.params);
	}
}

/* A method's name is cut, so that it fits a log line. */
static void
test_request_long_method(void **state)
{
	_cleanup_buf_ struct buf line = BUF_INIT;
	_cleanup_request_ struct rpc_request req;

	(void)state;
	buf_puts(&line, "{\"version\":1,\"method\":\"");
	for (int i = 0; i < 1000; i++)
		buf_putc(&line, 'm');
	buf_puts(&line, "\"}");
	assert_int_equal(rpc_request_decode(line.data, line.len, &req, NULL),
	    0);
	assert_int_equal(strlen(req.method), RPC_METHOD_MAX);
	assert_int_equal(strspn(req.method, "m"), RPC_METHOD_MAX);
}

/* ---- replies ------------------------------------------------------------- */

static void
test_reply(void **state)
{
	static const struct {
		const char *result, *op, *line;
		unsigned call;
	} rows[] = {
		{ NULL, NULL, "{\"ok\":true,\"result\":{}}\n", 0 },
		{ "[1,\"\\n\"]", NULL, "{\"ok\":true,\"result\":[1,\"\\n\"]}\n",
		    0 },
		{ "{\"a\":null}", "op-1",
		    "{\"ok\":true,\"result\":{\"a\":null},\"op_id\":\"op-1\","
		    "\"call\":7}\n",
		    7 },
		{ "\"text\"", "op-1",
		    "{\"ok\":true,\"result\":\"text\",\"op_id\":\"op-1\"}\n",
		    0 },
	};
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct error err = ERROR_INIT;
	struct opid op;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		_cleanup_json_ json_t *result = json(
		    rows[i].result != NULL ? rows[i].result : "{}");
		_cleanup_reply_ struct rpc_reply rep;

		memset(&op, 0, sizeof(op));
		if (rows[i].op != NULL)
			strcpy(op.text, rows[i].op);
		buf_reset(&out);
		rpc_reply_encode(&out, rows[i].result != NULL ? result : NULL,
		    rows[i].op != NULL ? &op : NULL, rows[i].call);
		assert_string_equal(buf_str(&out), rows[i].line);
		assert_int_equal(rpc_reply_decode(out.data, out.len, &rep,
				     &err),
		    0);
		assert_true(json_equal(rep.result, result));
		assert_string_equal(rep.op.text, op.text);
		assert_int_equal(rep.call, rows[i].call);
	}
}

static void
test_error_reply(void **state)
{
	static const struct {
		const char *kind, *text, *op, *line;
		unsigned call;
	} rows[] = {
		{ "not_found", "no VM named \"x\"", "op-1",
		    "{\"ok\":false,\"error\":{\"code\":\"not_found\","
		    "\"message\":\"no VM named \\\"x\\\"\",\"op_id\":\"op-1\"}}"
		    "\n",
		    0 },
		{ NULL, "no space", "op-1",
		    "{\"ok\":false,\"error\":{\"code\":\"operation_failed\","
		    "\"message\":\"no space\",\"op_id\":\"op-1\"},\"op_id\":"
		    "\"op-1\",\"call\":2}\n",
		    2 },
		{ "some_kind", "", NULL,
		    "{\"ok\":false,\"error\":{\"code\":\"internal\","
		    "\"message\":\"\"}}\n",
		    0 },
		/* Text that is no UTF-8 cannot break the line. */
		{ "timeout", "a\xff\nb", NULL,
		    "{\"ok\":false,\"error\":{\"code\":\"timeout\","
		    "\"message\":\"a\xef\xbf\xbd\\\\nb\"}}\n",
		    0 },
	};
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct error failure, err;
	struct rpc_reply rep;
	struct opid op;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		error_kind(&failure, rows[i].kind, -1, "%s", rows[i].text);
		memset(&op, 0, sizeof(op));
		if (rows[i].op != NULL)
			strcpy(op.text, rows[i].op);
		buf_reset(&out);
		rpc_error_encode(&out, &failure,
		    rows[i].op != NULL ? &op : NULL, rows[i].call);
		assert_string_equal(buf_str(&out), rows[i].line);
		error_clear(&err);
		assert_int_equal(rpc_reply_decode(out.data, out.len, &rep,
				     &err),
		    1);
		assert_string_equal(err.kind, rpc_code_of(&failure));
		assert_true(err.code < 0);
		if (strchr(rows[i].text, '\xff') == NULL)
			assert_string_equal(err.text, rows[i].text);
		assert_string_equal(rep.op.text, op.text);
		assert_int_equal(rep.call, rows[i].call);
		assert_null(rep.result);
	}
}

/* What a peer of another release, or none of ours, may answer. */
static void
test_reply_odd(void **state)
{
	static const struct {
		const char *line;
		int rc;
		const char *kind, *text, *op;
	} rows[] = {
		{ "{\"ok\":true}", 0, NULL, NULL, "" },
		{ "{\"ok\":true,\"result\":null,\"new\":1}", 0, NULL, NULL,
		    "" },
		{ "{\"ok\":false}", 1, "internal", "the peer gave no reason",
		    "" },
		{ "{\"ok\":false,\"error\":\"x\"}", 1, "internal",
		    "the peer gave no reason", "" },
		{ "{\"ok\":false,\"error\":{\"code\":\"not_invented\","
		  "\"message\":\"m\",\"op_id\":\"nope\"}}",
		    1, "internal", "m", "" },
		{ "{\"ok\":false,\"op_id\":\"op-1\",\"error\":{\"code\":"
		  "\"vm_busy\",\"message\":\"m\",\"op_id\":\"op-2\"}}",
		    1, "vm_busy", "m", "op-2" },
		{ "{\"ok\":false,\"op_id\":\"op-1\",\"error\":{\"code\":"
		  "\"vm_busy\",\"message\":\"m\"}}",
		    1, "vm_busy", "m", "op-1" },
		{ "{\"ok\":1}", -1, "internal",
		    "what the peer answered is not a reply", "" },
		{ "{}", -1, "internal", "what the peer answered is not a reply",
		    "" },
		{ "[true]", -1, "internal",
		    "what the peer answered is not a reply", "" },
		{ "HTTP/1.1 400 Bad Request", -1, "internal",
		    "what the peer answered is not a reply", "" },
		{ "", -1, "internal", "what the peer answered is not a reply",
		    "" },
	};
	struct error err;
	int rc;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		_cleanup_reply_ struct rpc_reply rep;

		error_clear(&err);
		rc = rpc_reply_decode(rows[i].line, strlen(rows[i].line), &rep,
		    &err);
		if ((rc > 0) - (rc < 0) != rows[i].rc)
			fail_msg("%s: %d: %s", rows[i].line, rc, err.text);
		assert_string_equal(rep.op.text, rows[i].op);
		if (rc == 0) {
			assert_non_null(rep.result);
			continue;
		}
		assert_string_equal(err.kind, rows[i].kind);
		assert_string_equal(err.text, rows[i].text);
		assert_null(rep.result);
	}
}

/* ---- codes and parameters ------------------------------------------------ */

static void
test_codes(void **state)
{
	/* The contract's own list. */
	static const char *const names[] = { "bad_request", "bad_version",
		"unknown_method", "unauthorized", "invalid_argument",
		"not_found", "already_exists", "invalid_state", "vm_busy",
		"limit_exceeded", "canceled", "interrupted", "timeout",
		"helper_unavailable", "state_unwritable", "operation_failed",
		"internal" };
	struct error err = ERROR_INIT;
	char copy[32];

	(void)state;
	assert_int_equal(ARRAY_LEN(names), RPC_CODE_MAX);
	for (int i = 0; i < RPC_CODE_MAX; i++) {
		assert_string_equal(rpc_code_name((enum rpc_code)i), names[i]);
		strcpy(copy, names[i]);
		assert_ptr_equal(rpc_code_intern(copy),
		    rpc_code_name((enum rpc_code)i));
	}
	assert_string_equal(rpc_code_intern("no_such"), "internal");
	assert_string_equal(rpc_code_intern(""), "internal");
	assert_string_equal(rpc_code_of(&err), "operation_failed");
	assert_true(rpc_fail(&err, RPC_VM_BUSY, "%s is busy", "w") < 0);
	assert_string_equal(rpc_code_of(&err), "vm_busy");
	assert_string_equal(err.text, "w is busy");
}

static void
expect_refused(int rc, const struct error *err, const char *text)
{
	assert_true(rc < 0);
	assert_string_equal(err->kind, "invalid_argument");
	assert_string_equal(err->text, text);
}

static void
test_param_str(void **state)
{
	_cleanup_json_ json_t *p = json(
	    "{\"s\":\"text\",\"e\":\"\",\"z\":null,\"n\":1,\"nul\":"
	    "\"a\\u0000b\"}");
	const char *s = "before";
	struct error err = ERROR_INIT;

	(void)state;
	expect_refused(rpc_param_str(p, "gone", &s, &err), &err,
	    "parameter gone is missing");
	expect_refused(rpc_param_str(p, "z", &s, &err), &err,
	    "parameter z is missing");
	expect_refused(rpc_param_str(p, "n", &s, &err), &err,
	    "parameter n is not a string");
	expect_refused(rpc_param_str(p, "nul", &s, &err), &err,
	    "parameter nul is not a string");
	expect_refused(rpc_param_str_opt(p, "n", &s, &err), &err,
	    "parameter n is not a string");
	assert_int_equal(rpc_param_str_opt(p, "gone", &s, &err), 0);
	assert_int_equal(rpc_param_str_opt(p, "z", &s, &err), 0);
	assert_string_equal(s, "before");
	assert_int_equal(rpc_param_str(p, "s", &s, &err), 0);
	assert_string_equal(s, "text");
	assert_int_equal(rpc_param_str_opt(p, "e", &s, &err), 0);
	assert_string_equal(s, "");
}

static void
test_param_numbers(void **state)
{
	_cleanup_json_ json_t *p = json(
	    "{\"lo\":1,\"hi\":9,\"under\":0,\"over\":10,\"real\":3.0,"
	    "\"s\":\"3\",\"t\":true,\"f\":false,\"z\":null}");
	static const char *const bad[] = { "under", "over", "real", "s", "t" };
	struct error err = ERROR_INIT;
	bool b = true;
	int64_t n = 77;
	char want[80];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		snprintf(want, sizeof(want),
		    "parameter %s is not a whole number from 1 to 9", bad[i]);
		expect_refused(rpc_param_int(p, bad[i], 1, 9, &n, &err), &err,
		    want);
		expect_refused(rpc_param_int_opt(p, bad[i], 1, 9, &n, &err),
		    &err, want);
	}
	expect_refused(rpc_param_int(p, "z", 1, 9, &n, &err), &err,
	    "parameter z is missing");
	assert_int_equal(rpc_param_int_opt(p, "gone", 1, 9, &n, &err), 0);
	assert_int_equal(rpc_param_int_opt(p, "z", 1, 9, &n, &err), 0);
	assert_int_equal(n, 77);
	assert_int_equal(rpc_param_int(p, "lo", 1, 9, &n, &err), 0);
	assert_int_equal(n, 1);
	assert_int_equal(rpc_param_int_opt(p, "hi", 1, 9, &n, &err), 0);
	assert_int_equal(n, 9);
	assert_int_equal(rpc_param_bool_opt(p, "gone", &b, &err), 0);
	assert_int_equal(rpc_param_bool_opt(p, "z", &b, &err), 0);
	assert_true(b);
	assert_int_equal(rpc_param_bool_opt(p, "f", &b, &err), 0);
	assert_false(b);
	assert_int_equal(rpc_param_bool_opt(p, "t", &b, &err), 0);
	assert_true(b);
	expect_refused(rpc_param_bool_opt(p, "lo", &b, &err), &err,
	    "parameter lo is not true or false");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request_encode),
		cmocka_unit_test(test_request_decode),
		cmocka_unit_test(test_request_refused),
		cmocka_unit_test(test_request_long_method),
		cmocka_unit_test(test_reply),
		cmocka_unit_test(test_error_reply),
		cmocka_unit_test(test_reply_odd),
		cmocka_unit_test(test_codes),
		cmocka_unit_test(test_param_str),
		cmocka_unit_test(test_param_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
