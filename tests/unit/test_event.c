/* SPDX-License-Identifier: ISC */
/* wire/event: the log's vocabulary, encoded and decoded. */
#include "events.h"

/* Every field gets a value that no other has. */
static void
fill(struct event *ev, char text[FIELD_MAX][32])
{
	for (int i = 0; i < FIELD_MAX; i++) {
		snprintf(text[i], 32, "value \"%d\"", i);
		if (field_type((enum field_id)i) == FIELD_STR)
			event_set_str(ev, (enum field_id)i, text[i]);
		else if (field_type((enum field_id)i) == FIELD_INT)
			event_set_int(ev, (enum field_id)i, 1000 + i);
		else
			event_set_ms(ev, (enum field_id)i,
			    1000000 * i + 125000);
	}
}

static const struct line_attr extras[] = { LINE_S("tap", "bgr1"),
	LINE_T("pid2", "42"), LINE_B("kvm", false) };

/* ---- each row of the table ----------------------------------------------- */

/* The fields that the row names, and run and seq. */
static uint64_t
row_fields(enum event_kind kind)
{
	const uint8_t *slot = event_info(kind)->fields;
	uint64_t set = UINT64_C(1) << FIELD_RUN | UINT64_C(1) << FIELD_SEQ;

	for (; *slot != EVENT_SLOT_END; slot++)
		if (*slot != EVENT_SLOT_EXTRA)
			set |= UINT64_C(1) << *slot;
	return set;
}

static void
test_rows_there_and_back(void **state)
{
	_cleanup_line_ struct line ln = LINE_INIT;
	_cleanup_buf_ struct buf out = BUF_INIT;
	char text[FIELD_MAX][32];
	struct event ev, got;

	(void)state;
	for (int k = EVENT_OTHER + 1; k < EVENT_MAX; k++) {
		event_init(&ev, (enum event_kind)k);
		ev.time_ns = T0 + k;
		fill(&ev, text);
		buf_reset(&out);
		event_encode(&ev, &out);
		assert_memory_equal(out.data + out.len - 2, "}\n", 2);
		decode(out.data, out.len - 1, &ln, &got);
		assert_int_equal(got.kind, k);
		assert_string_equal(got.msg, event_info(ev.kind)->msg);
		assert_true(got.has_level);
		assert_int_equal(got.level, event_info(ev.kind)->level);
		assert_true(got.has_time);
		assert_int_equal(got.time_ns, T0 + k);
		assert_int_equal(got.set, row_fields(ev.kind));
		for (int i = 0; i < FIELD_MAX; i++) {
			if (!event_has(&got, (enum field_id)i))
				continue;
			if (field_type((enum field_id)i) == FIELD_STR)
				assert_string_equal(got.field[i].str,
				    ev.field[i].str);
			else
				assert_int_equal(got.field[i].num,
				    ev.field[i].num);
		}
	}
}

/* The log contract's own words: which attributes, in which order. */
#define SUBJECT_KEYS                                      \
	"vm_id vm_name image_id image_name artifact_dir " \
	"rootfs_path work_seed_path guest_ip api_socket log_path "
#define HEAD_KEYS "time level msg run seq "
#define EXTRA_KEYS "tap pid2 kvm "

static void
test_attribute_order(void **state)
{
	static const struct {
		const char *msg, *level, *by, *keys;
	} rows[] = {
		{ "operation started", "INFO", "bangerd",
		    HEAD_KEYS "operation op_id " SUBJECT_KEYS },
		{ "operation stage", "INFO", "bangerd",
		    HEAD_KEYS "operation op_id " SUBJECT_KEYS
			      "stage since_start_ms "
			      "since_last_stage_ms deadline_ms " EXTRA_KEYS },
		{ "operation completed", "INFO", "bangerd",
		    HEAD_KEYS "operation op_id " SUBJECT_KEYS
			      "duration_ms " EXTRA_KEYS },
		{ "operation failed", "ERROR", "bangerd",
		    HEAD_KEYS "operation op_id " SUBJECT_KEYS
			      "duration_ms error code stage " },
		{ "rpc completed", "INFO", "bangerd",
		    HEAD_KEYS "method op_id duration_ms peer_uid peer_pid " },
		{ "rpc failed", "WARN", "bangerd",
		    HEAD_KEYS "method op_id duration_ms peer_uid peer_pid "
			      "code error " },
		{ "helper rpc completed", "INFO", "banger-helper",
		    HEAD_KEYS
		    "method op_id call duration_ms " SUBJECT_KEYS EXTRA_KEYS },
		{ "helper rpc failed", "ERROR", "banger-helper",
		    HEAD_KEYS
		    "method op_id call duration_ms " SUBJECT_KEYS EXTRA_KEYS
		    "code error " },
		{ "daemon started", "INFO", "bangerd",
		    HEAD_KEYS "version pid " EXTRA_KEYS },
		{ "recovery finished", "INFO", "bangerd",
		    HEAD_KEYS "duration_ms " EXTRA_KEYS },
		{ "helper started", "INFO", "banger-helper",
		    HEAD_KEYS "version pid " EXTRA_KEYS },
		{ "log records dropped", "WARN", "both", HEAD_KEYS "n " },
	};
	_cleanup_line_ struct line ln = LINE_INIT;
	_cleanup_buf_ struct buf out = BUF_INIT, keys = BUF_INIT;
	char text[FIELD_MAX][32];
	struct event ev;

	(void)state;
	assert_int_equal(ARRAY_LEN(rows), EVENT_MAX - 1);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		event_init(&ev,
		    event_kind_of(rows[i].msg, strlen(rows[i].msg)));
		assert_int_not_equal(ev.kind, EVENT_OTHER);
		assert_string_equal(event_info(ev.kind)->by, rows[i].by);
		fill(&ev, text);
		ev.extra = extras;
		ev.n_extra = ARRAY_LEN(extras);
		buf_reset(&out);
		event_encode(&ev, &out);
		assert_int_equal(line_read(out.data, out.len, &ln, NULL), 0);
		buf_reset(&keys);
		for (size_t k = 0; k < ln.n; k++)
			buf_printf(&keys, "%s ", ln.attrs[k].key);
		assert_string_equal(buf_str(&keys), rows[i].keys);
		assert_string_equal(ln.attrs[1].text, rows[i].level);
	}
}

static void
test_fields(void **state)
{
	static const char subject[] = " " SUBJECT_KEYS;
	char key[40];

	(void)state;
	for (int i = 0; i < FIELD_MAX; i++) {
		const char *name = field_key((enum field_id)i);

		assert_int_equal(field_find(name, strlen(name)), i);
		assert_int_equal(field_find(name, strlen(name) - 1), FIELD_MAX);
		snprintf(key, sizeof(key), " %s ", name);
		assert_int_equal(field_is_subject((enum field_id)i),
		    strstr(subject, key) != NULL);
	}
	assert_int_equal(field_find("VM_ID", 5), FIELD_MAX);
	assert_int_equal(field_find("", 0), FIELD_MAX);
	assert_int_equal(event_kind_of("operation", 9), EVENT_OTHER);
	assert_int_equal(event_kind_of("", 0), EVENT_OTHER);
}

static void
test_unset_is_left_out(void **state)
{
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct event ev;

	(void)state;
	event_init(&ev, EVENT_OP_STARTED);
	ev.time_ns = T0;
	event_set_str(&ev, FIELD_OPERATION, NULL);
	event_set_str(&ev, FIELD_VM_NAME, "");
	event_set_str(&ev, FIELD_STAGE, "not of this row");
	assert_false(event_has(&ev, FIELD_OPERATION));
	assert_null(event_str(&ev, FIELD_OPERATION));
	assert_int_equal(event_num(&ev, FIELD_N, -7), -7);
	event_encode(&ev, &out);
	assert_string_equal(buf_str(&out),
	    "{\"time\":\"2026-04-26T22:13:04Z\",\"level\":\"INFO\",\"msg\":"
	    "\"operation started\",\"vm_name\":\"\"}\n");
	/* It appends: what stood there stays. */
	ev.level = LINE_INFO + 2;
	event_encode(&ev, &out);
	assert_non_null(strstr(out.data, "}\n{\"time\":"));
	assert_non_null(strstr(out.data, "\"level\":\"INFO+2\""));
}

/* ---- numbers ------------------------------------------------------------- */

static void
test_milliseconds(void **state)
{
	static const struct {
		int64_t ns;
		const char *text;
	} rows[] = {
		{ 0, "0" },
		{ 1, "0" },
		{ 999, "0" },
		{ 1000, "0.001" },
		{ 10000, "0.01" },
		{ 200000, "0.2" },
		{ 1000000, "1" },
		{ 1050000, "1.05" },
		{ 12345678, "12.345" },
		{ 12345999, "12.345" },
		{ 100000000, "100" },
		{ 86400000000000, "86400000" },
		{ 123456789123000, "123456789.123" },
	};
	_cleanup_line_ struct line ln = LINE_INIT;
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct event ev, got;
	char want[32];
	double d;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		event_init(&ev, EVENT_OP_COMPLETED);
		event_set_ms(&ev, FIELD_DURATION, rows[i].ns);
		buf_reset(&out);
		event_encode(&ev, &out);
		decode(out.data, out.len - 1, &ln, &got);
		assert_string_equal(line_find(&ln, "duration_ms")->text,
		    rows[i].text);
		assert_int_equal(event_num(&got, FIELD_DURATION, -1),
		    rows[i].ns / 1000 * 1000);
		/* The shortest decimal that is that float64, as Go has it. */
		d = (double)(rows[i].ns / 1000) / 1000;
		for (int p = 1; p <= 17; p++) {
			snprintf(want, sizeof(want), "%.*g", p, d);
			if (strtod(want, NULL) == d)
				break;
		}
		assert_true(strtod(rows[i].text, NULL) == d);
		assert_true(strpbrk(want, "e") != NULL ||
		    strcmp(want, rows[i].text) == 0);
	}
}

/* What a Go peer's float64 may look like. */
static void
test_milliseconds_read(void **state)
{
	static const struct {
		const char *json;
		int64_t ns;
	} rows[] = {
		{ "0", 0 },
		{ "-0", 0 },
		{ "3", 3000000 },
		{ "-1.5", -1500000 },
		{ "0.000001", 1 },
		{ "0.0000019", 1 },
		{ "12.3456789", 12345678 },
		{ "1.5e3", 1500000000 },
		{ "1e-06", 1 },
		{ "999999999999.999999", 999999999999999999 },
		{ "1e300", -1 },
		{ "-1e300", -1 },
		{ "1e13", -1 },
		{ "1000000000000000000000", -1 },
		{ "\"3\"", -1 },
		{ "true", -1 },
		{ "[3]", -1 },
	};
	_cleanup_line_ struct line ln = LINE_INIT;
	struct event ev;
	char text[96];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		snprintf(text, sizeof(text), "{\"duration_ms\":%s}",
		    rows[i].json);
		decode(text, strlen(text), &ln, &ev);
		if (event_num(&ev, FIELD_DURATION, -1) != rows[i].ns)
			fail_msg("%s: %lld", text,
			    (long long)event_num(&ev, FIELD_DURATION, -1));
	}
}

static void
test_integers(void **state)
{
	static const struct {
		const char *json;
		int64_t want; /* -1: unset */
	} rows[] = {
		{ "0", 0 },
		{ "-0", 0 },
		{ "-12", -12 },
		{ "9223372036854775807", INT64_MAX },
		{ "-9223372036854775808", INT64_MIN },
		{ "9223372036854775808", -1 },
		{ "-9223372036854775809", -1 },
		{ "100000000000000000000000", -1 },
		{ "3.0", -1 },
		{ "1e3", -1 },
		{ "1E3", -1 },
		{ "\"3\"", -1 },
		{ "null", -1 },
		{ "false", -1 },
		{ "{\"n\":3}", -1 },
	};
	_cleanup_line_ struct line ln = LINE_INIT;
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct event ev, back;
	char text[96];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		snprintf(text, sizeof(text), "{\"n\":%s}", rows[i].json);
		decode(text, strlen(text), &ln, &ev);
		if (event_num(&ev, FIELD_N, -1) != rows[i].want)
			fail_msg("%s: %lld", text,
			    (long long)event_num(&ev, FIELD_N, -1));
		assert_non_null(line_find(&ln, "n"));
		if (!event_has(&ev, FIELD_N))
			continue;
		event_init(&ev, EVENT_RECORDS_DROPPED);
		event_set_int(&ev, FIELD_N, rows[i].want);
		buf_reset(&out);
		event_encode(&ev, &out);
		decode(out.data, out.len - 1, &ln, &back);
		assert_int_equal(event_num(&back, FIELD_N, -1), rows[i].want);
	}
}

/* ---- reading odd lines --------------------------------------------------- */

static void
test_first_of_a_key(void **state)
{
	static const char text[] =
	    "{\"msg\":\"operation stage\",\"msg\":\"operation failed\","
	    "\"level\":\"WARN\",\"level\":\"ERROR\",\"stage\":\"a\","
	    "\"time\":\"2026-04-26T22:13:04Z\","
	    "\"time\":\"2026-04-26T22:13:05Z\",\"stage\":\"b\",\"n\":1,"
	    "\"n\":2,\"other\":\"x\"}";
	_cleanup_line_ struct line ln = LINE_INIT;
	struct event ev;

	(void)state;
	decode(text, sizeof(text) - 1, &ln, &ev);
	assert_int_equal(ev.kind, EVENT_OP_STAGE);
	assert_int_equal(ev.level, LINE_WARN);
	assert_int_equal(ev.time_ns, T0);
	assert_string_equal(event_str(&ev, FIELD_STAGE), "a");
	assert_int_equal(event_num(&ev, FIELD_N, -1), 1);
	assert_int_equal(ln.n, 11);
}

/* What is not of its type, or hides text behind a NUL, is left unset. */
static void
test_wrong_types(void **state)
{
	static const char *const rows[] = {
		"{\"msg\":1,\"level\":0,\"time\":1777241584,\"stage\":3,"
		"\"op_id\":null,\"error\":[\"x\"],\"vm_name\":{}}",
		"{\"msg\":null,\"level\":\"LOUD\",\"time\":\"yesterday\","
		"\"stage\":true,\"op_id\":[],\"error\":1.5}",
		"{\"msg\":\"operation "
		"failed\\u0000\",\"level\":\"INFO\\u0000\","
		"\"time\":\"2026-04-26T22:13:04Z\\u0000\","
		"\"stage\":\"boot\\u0000\",\"op_id\":\"op-1\\u0000\"}",
		"{\"msg\\u0000\":\"operation failed\","
		"\"level\\u0000x\":\"INFO\",\"stage\\u0000\":\"x\","
		"\"time\\u0000\":\"2026-04-26T22:13:04Z\"}",
		"{}",
	};
	_cleanup_line_ struct line ln = LINE_INIT;
	struct event ev;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		decode(rows[i], strlen(rows[i]), &ln, &ev);
		if (ev.kind != EVENT_OTHER || ev.msg != NULL || ev.has_level ||
		    ev.has_time || ev.set != 0)
			fail_msg("%s: kind %d, level %d, time %d, set %llx",
			    rows[i], ev.kind, ev.has_level, ev.has_time,
			    (unsigned long long)ev.set);
	}
}

static void
test_not_a_line(void **state)
{
	_cleanup_line_ struct line ln = LINE_INIT;
	struct error err = ERROR_INIT;
	struct event ev;

	(void)state;
	memset(&ev, 0x55, sizeof(ev));
	assert_int_equal(event_decode("{\"msg\":\"x\"", 10, &ln, &ev, &err),
	    -EBADMSG);
	assert_string_equal(err.text, "byte 11: unfinished object");
	/* The output is as it was. */
	assert_int_equal(ev.set, UINT64_C(0x5555555555555555));
	assert_int_equal(event_decode("text", 4, &ln, &ev, &err), -EBADMSG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_there_and_back),
		cmocka_unit_test(test_attribute_order),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_unset_is_left_out),
		cmocka_unit_test(test_milliseconds),
		cmocka_unit_test(test_milliseconds_read),
		cmocka_unit_test(test_integers),
		cmocka_unit_test(test_first_of_a_key),
		cmocka_unit_test(test_wrong_types),
		cmocka_unit_test(test_not_a_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
