/* SPDX-License-Identifier: ISC */
/* wire/event: lines that are as long as a line may be, and longer. */
#include "events.h"

/* Encodes an event whose error is n times the unit; checks what must hold. */
static void
long_line(const char *unit, size_t n, struct buf *out, struct event *ret,
    struct line *ln)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	struct event ev;
	const char *kept;

	for (size_t i = 0; i < n; i++)
		buf_puts(&text, unit);
	event_init(&ev, EVENT_OP_FAILED);
	ev.time_ns = T0;
	event_set_str(&ev, FIELD_OP_ID, "op-1");
	event_set_str(&ev, FIELD_ERROR, buf_str(&text));
	event_set_str(&ev, FIELD_CODE, "timeout");
	buf_reset(out);
	event_encode(&ev, out);
	assert_true(out->len <= LINE_MAX_BYTES);
	decode(out->data, out->len - 1, ln, ret);
	assert_int_equal(ret->kind, EVENT_OP_FAILED);
	assert_string_equal(event_str(ret, FIELD_OP_ID), "op-1");
	kept = event_str(ret, FIELD_ERROR);
	if (unit[0] != '\xff')
		assert_memory_equal(kept, text.data, strlen(kept));
	if (line_find(ln, "truncated") == NULL)
		assert_int_equal(strlen(kept), text.len);
	else
		assert_string_equal(out->data + out->len - 19,
		    ",\"truncated\":true}\n");
}

static void
test_long_text(void **state)
{
	static const char *const units[] = { "x", "\xe2\x82\xac", "\n", "\x01",
		"\xff", "\xe2\x80\xa8", "ab\xf0\x9f\x98\x80\\" };
	_cleanup_line_ struct line ln = LINE_INIT;
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct event ev;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		long_line(units[i], 40000, &out, &ev, &ln);
		assert_non_null(line_find(&ln, "truncated"));
		assert_int_equal(line_find(&ln, "truncated")->type, LINE_TRUE);
		/* Nearly all of the room is used. */
		assert_true(out.len > LINE_MAX_BYTES - 128);
	}
	/* Around the border every length gives a whole line. */
	for (size_t n = LINE_MAX_BYTES - 300; n < LINE_MAX_BYTES; n++)
		long_line("x", n, &out, &ev, &ln);
	long_line("x", LINE_MAX_BYTES - 300, &out, &ev, &ln);
	assert_null(line_find(&ln, "truncated"));
	assert_string_equal(event_str(&ev, FIELD_CODE), "timeout");
}

/* A buffer that holds lines already does not take from the next one's room. */
static void
test_long_behind_others(void **state)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	_cleanup_free_ char *text = malloc(50000);
	struct event ev;
	size_t first;

	(void)state;
	memset(text, 'x', 49999);
	text[49999] = '\0';
	event_init(&ev, EVENT_OP_FAILED);
	event_set_str(&ev, FIELD_ERROR, text);
	event_encode(&ev, &out);
	first = out.len;
	event_encode(&ev, &out);
	assert_int_equal(out.len, 2 * first);
	assert_memory_equal(out.data, out.data + first, first);
}

static void
test_long_message_and_extras(void **state)
{
	_cleanup_line_ struct line ln = LINE_INIT;
	_cleanup_buf_ struct buf out = BUF_INIT;
	_cleanup_free_ char *text = malloc(50000);
	struct line_attr many[1000];
	struct event ev, got;

	(void)state;
	memset(text, '7', 49999);
	text[49999] = '\0';
	event_init(&ev, EVENT_OTHER);
	ev.msg = text;
	event_set_str(&ev, FIELD_RUN, "d0d0d0d0");
	event_encode(&ev, &out);
	assert_true(out.len <= LINE_MAX_BYTES);
	decode(out.data, out.len - 1, &ln, &got);
	assert_non_null(line_find(&ln, "truncated"));
	/* A number is whole or not there; strings are cut, later ones drop. */
	for (size_t i = 0; i < ARRAY_LEN(many); i++)
		many[i] = (struct line_attr){ .key = "key",
			.key_len = 3,
			.type = i == 1 ? LINE_NUMBER : LINE_STRING,
			.text = text,
			.text_len = i == 1 ? 49999 : 100 };
	event_init(&ev, EVENT_DAEMON_STARTED);
	event_set_str(&ev, FIELD_VERSION, "1");
	ev.extra = many;
	ev.n_extra = ARRAY_LEN(many);
	buf_reset(&out);
	event_encode(&ev, &out);
	assert_true(out.len <= LINE_MAX_BYTES);
	decode(out.data, out.len - 1, &ln, &got);
	assert_non_null(line_find(&ln, "truncated"));
	assert_string_equal(event_str(&got, FIELD_VERSION), "1");
	for (size_t i = 0; i < ln.n; i++)
		assert_int_not_equal(ln.attrs[i].type, LINE_NUMBER);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_long_text),
		cmocka_unit_test(test_long_behind_others),
		cmocka_unit_test(test_long_message_and_extras),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
