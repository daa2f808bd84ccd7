/* SPDX-License-Identifier: ISC */
/* Any bytes as a request and as a reply; what was taken is encoded again. */
#include "fuzz.h"

#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "wire/frame.h"
#include "wire/rpc.h"

static void
check_request(const char *line, size_t len)
{
	_cleanup_(rpc_request_done) struct rpc_request req, again;
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct error err = ERROR_INIT;

	memset(&again, 0, sizeof(again));
	if (rpc_request_decode(line, len, &req, &err) < 0) {
		FUZZ_CHECK(req.params == NULL);
		FUZZ_CHECK(err.kind != NULL && err.text[0] != '\0');
		/* The reply to it is a line, whatever the text quotes. */
		rpc_error_encode(&out, &err, &req.op, req.call);
		FUZZ_CHECK(
		    memchr(out.data, '\n', out.len) == out.data + out.len - 1);
		return;
	}
	FUZZ_CHECK(json_is_object(req.params));
	FUZZ_CHECK(strlen(req.method) <= RPC_METHOD_MAX);
	if (strlen(req.method) == RPC_METHOD_MAX)
		return; /* cut, perhaps within a code point */
	rpc_request_encode(&out, req.method, req.params, &req.op, req.call);
	FUZZ_CHECK(
	    rpc_request_decode(out.data, out.len - 1, &again, &err) == 0);
	FUZZ_CHECK(strcmp(again.method, req.method) == 0);
	FUZZ_CHECK(opid_eq(&again.op, &req.op));
	FUZZ_CHECK(again.call == req.call);
	FUZZ_CHECK(json_equal(again.params, req.params));
}

static void
check_reply(const char *line, size_t len)
{
	_cleanup_(rpc_reply_done) struct rpc_reply rep, again;
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct error err = ERROR_INIT;
	int rc = rpc_reply_decode(line, len, &rep, &err);

	memset(&again, 0, sizeof(again));
	FUZZ_CHECK((rc == 0) == (rep.result != NULL));
	FUZZ_CHECK(rc == 0 || err.kind != NULL);
	if (rc == 0)
		rpc_reply_encode(&out, rep.result, &rep.op, rep.call);
	else if (rc > 0)
		rpc_error_encode(&out, &err, &rep.op, rep.call);
	else
		return;
	FUZZ_CHECK(rpc_reply_decode(out.data, out.len - 1, &again, &err) == rc);
	FUZZ_CHECK(opid_eq(&again.op, &rep.op));
	FUZZ_CHECK(again.call == rep.call);
	FUZZ_CHECK(rc != 0 || json_equal(again.result, rep.result));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(frame_done) struct frame f;
	const char *line;
	size_t len;

	check_request((const char *)data, size);
	check_reply((const char *)data, size);
	/* The same bytes in two pieces through the frame. */
	frame_init(&f, 256);
	frame_feed(&f, data, size / 2);
	frame_feed(&f, data + size / 2, size - size / 2);
	while (frame_next(&f, &line, &len) == FRAME_LINE) {
		FUZZ_CHECK(len < 256 && line[len] == '\0');
		check_request(line, len);
	}
	return 0;
}
