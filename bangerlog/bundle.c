/* SPDX-License-Identifier: ISC */
#include "bundle.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/clock.h"
#include "base/jsonw.h"
#include "base/mem.h"
#include "wire/line.h"

#include "redact.h"

/* Gaps so long before and after the operation are told. */
#define BUNDLE_AROUND_NS (60 * NSEC_PER_SEC)

void
bundle_done(struct bundle *b)
{
	query_trace_done(&b->trace);
	op_free(b->copy);
	render_lines_done(&b->lines);
	render_lines_done(&b->starts);
	buf_done(&b->gaps);
	buf_done(&b->versions);
	*b = (struct bundle)BUNDLE_INIT;
}

/* ---- gathering --------------------------------------------------------- */

static void
bundle__line(void *arg, const struct record *r)
{
	render_lines_add(arg, r);
}

static void
bundle__row(void *arg, const struct buf *row)
{
	buf_put(arg, buf_str(row), row->len);
}

/* The answer's one value, as text. */
static int
bundle__value(struct store *s, const char *sql, struct buf *ret,
    struct error *err)
{
	if (query_sql(s, sql, false, bundle__row, ret, err) < 0)
		return -EIO;
	while (ret->len > 0 && ret->data[ret->len - 1] == '\n')
		ret->data[--ret->len] = '\0';
	return 0;
}

static int
bundle__versions(struct store *s, struct bundle *b, struct error *err)
{
	_cleanup_buf_ struct buf sqlite = BUF_INIT, schema = BUF_INIT;
	struct jsonw w = JSONW_INIT(&b->versions);
	struct utsname host;

	if (bundle__value(s, "SELECT sqlite_version()", &sqlite, err) < 0 ||
	    bundle__value(s, "PRAGMA user_version", &schema, err) < 0)
		return -EIO;
	jsonw_object(&w, NULL);
	jsonw_string(&w, "bangerlog", BANGER_VERSION);
	jsonw_string(&w, "schema", buf_str(&schema));
	jsonw_string(&w, "sqlite", buf_str(&sqlite));
	if (uname(&host) == 0) {
		jsonw_string(&w, "kernel", host.release);
		jsonw_string(&w, "machine", host.machine);
	}
	jsonw_object_end(&w);
	return 0;
}

static int
bundle__gaps(struct store *s, struct bundle *b, struct error *err)
{
	const struct op *op = b->trace.op;
	_cleanup_free_ char *sql = xasprintf(
	    "SELECT reason, unit, run, from_seq, to_seq, n, "
	    "strftime('%%Y-%%m-%%dT%%H:%%M:%%f', time_ns / 1e9, 'unixepoch') "
	    "|| 'Z' AS time, detail FROM gaps WHERE time_ns BETWEEN %" PRId64
	    " AND %" PRId64 " ORDER BY time_ns",
	    clock_sum(op->first_ns, -BUNDLE_AROUND_NS),
	    clock_sum(op->last_ns, BUNDLE_AROUND_NS));

	return query_sql(s, sql, true, bundle__row, &b->gaps, err);
}

int
bundle_gather(struct store *s, const char *op_id, struct bundle *ret,
    struct error *err)
{
	_cleanup_bundle_ struct bundle b = BUNDLE_INIT;

	if (query_trace(s, op_id, &b.trace, err) < 0)
		return -EIO;
	if (b.trace.op == NULL)
		return error_set(err, -ENOENT, "%s has no lines any more",
		    op_id);
	if (query_lines(s, op_id, bundle__line, &b.lines, err) < 0 ||
	    query_starts(s, b.trace.op->last_ns, bundle__line, &b.starts, err) <
		0 ||
	    bundle__versions(s, &b, err) < 0 || bundle__gaps(s, &b, err) < 0)
		return -EIO;
	*ret = b;
	b = (struct bundle)BUNDLE_INIT;
	return 0;
}

/* ---- redacting --------------------------------------------------------- */

/* A sentence may name a run that no line here is of. */
static void
bundle__learn_run(struct redact *r, const char *sentence)
{
	static const char lead[] = "(run ";
	const char *at = strstr(sentence, lead);
	_cleanup_free_ char *run = NULL;

	if (at == NULL)
		return;
	at += strlen(lead);
	run = xmemdup(at, strcspn(at, ")"));
	redact_learn(r, "run", run);
}

/* Each row of the gaps is an object, as a log line is. */
static void
bundle__learn_gaps(struct redact *r, const struct buf *gaps)
{
	const char *at = buf_str(gaps), *end;

	for (; (end = strchr(at, '\n')) != NULL; at = end + 1)
		redact_learn_line(r, at, (size_t)(end - at));
}

static void
bundle__learn(struct redact *r, const struct bundle *b)
{
	const struct op *op = b->trace.op;

	redact_learn(r, "op", op->id.text);
	/* First, so that they are the first of their kind. */
	redact_learn(r, "vm", op_subject(op, FIELD_VM_NAME));
	redact_learn(r, "vmid", op_subject(op, FIELD_VM_ID));
	for (size_t i = 0; i < b->lines.n; i++)
		redact_learn_line(r, b->lines.lines[i].text,
		    b->lines.lines[i].len);
	for (size_t i = 0; i < b->starts.n; i++)
		redact_learn_line(r, b->starts.lines[i].text,
		    b->starts.lines[i].len);
	bundle__learn_gaps(r, &b->gaps);
	for (size_t i = 0; i < b->trace.n_missing; i++)
		bundle__learn_run(r, b->trace.missing[i]);
}

static void
bundle__redact_lines(const struct redact *r, struct render_lines *l)
{
	for (size_t i = 0; i < l->n; i++) {
		struct render_line *line = &l->lines[i];
		_cleanup_buf_ struct buf text = BUF_INIT;
		_cleanup_free_ char *msg = redact_word(r, line->msg);
		_cleanup_free_ char *emitter = redact_word(r, line->emitter);

		redact_line(r, line->text, line->len, &text);
		line->text = arena_put(&l->mem, buf_str(&text), text.len);
		line->len = text.len;
		line->msg = arena_str(&l->mem, msg);
		/* Our two units keep their names, whatever a VM is called. */
		if (strcmp(line->emitter, "banger-helper") != 0 &&
		    strcmp(line->emitter, "bangerd") != 0)
			line->emitter = arena_str(&l->mem, emitter);
	}
}

static void
bundle__put(const struct redact *r, struct op *op, char **slot, bool word)
{
	_cleanup_free_ char *text = word ? redact_word(r, *slot)
					 : redact_string(r, *slot);

	*slot = arena_str(&op->text, text);
}

/* What is read of the operation, each text of it. */
static void
bundle__redact_op(const struct redact *r, struct op *op)
{
	_cleanup_free_ char *id = redact_string(r, op->id.text);
	_cleanup_free_ char *run = redact_string(r, op->run);

	snprintf(op->id.text, sizeof(op->id.text), "%s", id);
	snprintf(op->run, sizeof(op->run), "%s", run);
	bundle__put(r, op, &op->name, true);
	bundle__put(r, op, &op->error, false);
	bundle__put(r, op, &op->code, true);
	bundle__put(r, op, &op->failed_stage, true);
	for (size_t i = 0; i < op->n_stages; i++)
		bundle__put(r, op, &op->stages[i].name, true);
	for (size_t i = 0; i < op->n_calls; i++) {
		bundle__put(r, op, &op->calls[i].method, true);
		bundle__put(r, op, &op->calls[i].error, false);
		bundle__put(r, op, &op->calls[i].code, true);
	}
	for (size_t i = 0; i < op->n_subject; i++)
		bundle__put(r, op, &op->subject[i].value, false);
}

static void
bundle__redact_gaps(const struct redact *r, struct buf *gaps)
{
	struct buf out = BUF_INIT;
	const char *at = buf_str(gaps), *end;

	for (; (end = strchr(at, '\n')) != NULL; at = end + 1) {
		redact_line(r, at, (size_t)(end - at), &out);
		buf_putc(&out, '\n');
	}
	buf_done(gaps);
	*gaps = out;
}

void
bundle_redact(struct bundle *b)
{
	_cleanup_(redact_freep) struct redact *r = redact_new();

	bundle__learn(r, b);
	bundle__redact_lines(r, &b->lines);
	bundle__redact_lines(r, &b->starts);
	bundle__redact_gaps(r, &b->gaps);
	for (size_t i = 0; i < b->trace.n_missing; i++) {
		char *text = redact_string(r, b->trace.missing[i]);

		free(b->trace.missing[i]);
		b->trace.missing[i] = text;
	}
	b->copy = op_copy(b->trace.op);
	bundle__redact_op(r, b->copy);
	b->trace.op = b->copy;
	b->redacted = true;
}
