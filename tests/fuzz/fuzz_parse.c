/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as lines of a log or of journalctl's JSON: nothing is refused, and
 * each record stands on its own.
 */
#include "fuzz.h"

#include <string.h>

#include "base/cleanup.h"
#include "trace/parse.h"

static void
check_record(const struct record *r)
{
	FUZZ_CHECK(r->kind < RECORD_KIND_MAX);
	FUZZ_CHECK(r->unit != NULL && r->boot != NULL);
	FUZZ_CHECK((r->kind == RECORD_EVENT) ==
	    ((r->kind == RECORD_EVENT || r->kind == RECORD_OTHER) &&
		r->ev.kind != EVENT_OTHER));
	FUZZ_CHECK(record_kind_name(r->kind) != NULL);
	FUZZ_CHECK(record_emitter(r) != NULL);
	FUZZ_CHECK(strlen(r->op.text) <= OPID_TEXT_MAX);
	record_run(r);
}

static void
check_all(struct parser *p, struct record *r, struct record *copy)
{
	while (parser_next(p, r)) {
		check_record(r);
		record_copy(copy, r);
		check_record(copy);
		FUZZ_CHECK(copy->raw.len == r->raw.len);
		FUZZ_CHECK(copy->kind == r->kind);
		FUZZ_CHECK(opid_eq(&copy->op, &r->op));
		FUZZ_CHECK(opid_eq(&copy->other_op, &r->other_op));
		FUZZ_CHECK(opid_is_set(&r->other_op) ==
		    ((r->flags & RECORD_TWO_OPS) != 0));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(parser_freep) struct parser *p = parser_new();
	_cleanup_record_ struct record r, copy;
	const char *text = (const char *)data, *nl;
	size_t left = size, n;

	record_init(&r);
	record_init(&copy);
	while (left > 0) {
		nl = memchr(text, '\n', left);
		n = nl != NULL ? (size_t)(nl - text) : left;
		parser_feed(p, text, n, nl != NULL);
		check_all(p, &r, &copy);
		n += nl != NULL;
		text += n;
		left -= n;
	}
	parser_flush(p);
	check_all(p, &r, &copy);
	return 0;
}
