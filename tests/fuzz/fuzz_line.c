/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as a log line: what is read can be written again, and says the
 * same then.
 */
#include "fuzz.h"

#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "wire/event.h"

#define _cleanup_line_ _cleanup_(line_done)

/* Each text is whole, inside the line's memory, and NUL behind it. */
static void
check_line(const struct line *ln, size_t size)
{
	FUZZ_CHECK(ln->mem.len <= size + 2);
	for (size_t i = 0; i < ln->n; i++) {
		const struct line_attr *a = &ln->attrs[i];

		FUZZ_CHECK(a->key[a->key_len] == '\0');
		FUZZ_CHECK(a->text[a->text_len] == '\0');
		FUZZ_CHECK(a->key >= ln->mem.data);
		FUZZ_CHECK(a->text + a->text_len < ln->mem.data + ln->mem.len);
	}
}

/* A string that was read is UTF-8, so the writer changes nothing in it. */
static void
check_strings(const struct line *ln)
{
	_cleanup_line_ struct line again = LINE_INIT;
	_cleanup_buf_ struct buf out = BUF_INIT;

	for (size_t i = 0; i < ln->n; i++) {
		const struct line_attr *a = &ln->attrs[i];

		if (a->type != LINE_STRING)
			continue;
		buf_reset(&out);
		buf_puts(&out, "{\"k\":");
		FUZZ_CHECK(line_put_string(&out, a->text, a->text_len,
		    6 * a->text_len + 2));
		buf_putc(&out, '}');
		FUZZ_CHECK(line_read(out.data, out.len, &again, NULL) == 0);
		FUZZ_CHECK(again.attrs[0].text_len == a->text_len);
		FUZZ_CHECK(
		    memcmp(again.attrs[0].text, a->text, a->text_len) == 0);
	}
}

/* An event of ours, encoded and decoded, has its row's fields unchanged. */
static void
check_event(const struct event *ev)
{
	_cleanup_line_ struct line ln = LINE_INIT;
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct error err = ERROR_INIT;
	struct event got;
	const uint8_t *slot;

	event_encode(ev, &out);
	FUZZ_CHECK(out.len <= LINE_MAX_BYTES);
	FUZZ_CHECK(memchr(out.data, '\n', out.len) == out.data + out.len - 1);
	FUZZ_CHECK(event_decode(out.data, out.len - 1, &ln, &got, &err) == 0);
	FUZZ_CHECK(got.kind == ev->kind);
	FUZZ_CHECK(got.level == ev->level);
	FUZZ_CHECK(got.time_ns == ev->time_ns);
	if (line_find(&ln, "truncated") != NULL)
		return;
	for (slot = event_info(ev->kind)->fields; *slot != EVENT_SLOT_END;
	     slot++) {
		enum field_id id = (enum field_id) * slot;

		if (*slot == EVENT_SLOT_EXTRA)
			continue;
		FUZZ_CHECK(event_has(&got, id) == event_has(ev, id));
		if (!event_has(ev, id))
			continue;
		if (field_type(id) == FIELD_STR)
			FUZZ_CHECK(
			    strcmp(got.field[id].str, ev->field[id].str) == 0);
		else if (field_type(id) == FIELD_INT)
			FUZZ_CHECK(got.field[id].num == ev->field[id].num);
		else
			FUZZ_CHECK(got.field[id].num ==
			    ev->field[id].num / 1000 * 1000);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_line_ struct line ln = LINE_INIT;
	struct error err = ERROR_INIT;
	struct event ev;
	int level;

	line_parse_level((const char *)data, size, &level);
	if (event_decode((const char *)data, size, &ln, &ev, &err) < 0) {
		FUZZ_CHECK(ln.n == 0);
		FUZZ_CHECK(strncmp(err.text, "byte ", 5) == 0);
		return 0;
	}
	check_line(&ln, size);
	check_strings(&ln);
	if (ev.kind != EVENT_OTHER)
		check_event(&ev);
	return 0;
}
