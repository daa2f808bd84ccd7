/* SPDX-License-Identifier: ISC */
/* All operations: those under way, and the last that ended. */
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "history.h"
#include "op_int.h"
#include "wire/rpc.h"

#define OPSET_ENDED_MAX 64
/* What is kept of an operation's lines, for those who begin to watch it. */
#define OPSET_LINES_MAX 65536

struct opset *
opset_new(void)
{
	struct opset *s = xcalloc(1, sizeof(*s));

	pthread_mutex_init(&s->lock, NULL);
	s->ended = json_array();
	s->history = history_new();
	return s;
}

struct opset *
opset_free(struct opset *s)
{
	if (s == NULL)
		return NULL;
	json_decref(s->ended);
	history_free(s->history);
	pthread_mutex_destroy(&s->lock);
	free(s);
	return NULL;
}

/* ---- what is shown of them ------------------------------------------------
 */

static const char *
opset__state(const struct op *op)
{
	if (!op->begun)
		return "queued";
	return op->canceled ? "canceling" : "running";
}

static const char *
opset__end_state(const struct error *failure)
{
	if (failure == NULL)
		return "completed";
	return strcmp(rpc_code_of(failure), rpc_code_name(RPC_CANCELED)) == 0
	    ? "canceled"
	    : "failed";
}

/* The lock is held. */
static json_t *
opset__json(const struct op *op, const char *state, const struct error *failure)
{
	char started[CLOCK_RFC3339_MAX];

	clock_format_rfc3339(op->start_real, started);
	return json_pack("{s:s, s:s, s:s?, s:s?, s:s, s:s?, s:s, s:f, s:I, "
			 "s:s?, s:s?}",
	    "op_id", op->id.text, "operation", op->name, "vm_id",
	    op->subject[FIELD_VM_ID], "vm_name", op->subject[FIELD_VM_NAME],
	    "state", state, "stage", op->stage, "started", started,
	    "elapsed_ms", (double)op_elapsed_ns(op) / NSEC_PER_MSEC, "uid",
	    (json_int_t)op->uid, "error",
	    failure != NULL ? failure->text : NULL, "code",
	    failure != NULL ? rpc_code_of(failure) : NULL);
}

static bool
opset__is(const json_t *summary, const char *key, const char *want)
{
	const char *s = json_string_value(json_object_get(summary, key));

	return want == NULL || (s != NULL && strcmp(s, want) == 0);
}

/* Appends the summary, which is taken, when it is wanted. */
static void
opset__append(json_t *list, const struct opset_query *q, json_t *summary)
{
	if (json_array_size(list) < q->limit &&
	    opset__is(summary, "state", q->state) &&
	    (opset__is(summary, "vm_name", q->vm) ||
		opset__is(summary, "vm_id", q->vm)))
		json_array_append(list, summary);
	json_decref(summary);
}

json_t *
opset_list(struct opset *s, const struct opset_query *q)
{
	json_t *list = json_array();

	pthread_mutex_lock(&s->lock);
	for (const struct op *op = s->running; op != NULL; op = op->next)
		opset__append(list, q, opset__json(op, opset__state(op), NULL));
	for (size_t i = 0; i < json_array_size(s->ended); i++)
		opset__append(list, q,
		    json_incref(json_array_get(s->ended, i)));
	pthread_mutex_unlock(&s->lock);
	return list;
}

void
opset_remember(void *arg, const char *operation, int64_t duration_ns)
{
	struct opset *s = arg;

	pthread_mutex_lock(&s->lock);
	history_add(s->history, operation, duration_ns);
	pthread_mutex_unlock(&s->lock);
}

/* What the last ones of its kind took, where there were enough. */
json_t *
opset_usual(struct opset *s, const char *operation)
{
	struct history_span span;

	pthread_mutex_lock(&s->lock);
	span = history_of(s->history, operation);
	pthread_mutex_unlock(&s->lock);
	if (span.n == 0)
		return json_null();
	return json_pack("{s:f, s:f, s:i}", "p50_ms",
	    (double)span.p50_ns / NSEC_PER_MSEC, "p90_ms",
	    (double)span.p90_ns / NSEC_PER_MSEC, "n", (int)span.n);
}

size_t
opset_running(struct opset *s)
{
	size_t n = 0;

	pthread_mutex_lock(&s->lock);
	for (const struct op *op = s->running; op != NULL; op = op->next)
		n++;
	pthread_mutex_unlock(&s->lock);
	return n;
}

/* ---- one of them ----------------------------------------------------------
 */

/* "op-7f…" or "7f…", as far as it tells one from the others. */
static bool
opset__matches(const char *id, const char *ref)
{
	if (strncmp(ref, "op-", 3) == 0)
		ref += 3;
	return *ref != '\0' && strncmp(id + 3, ref, strlen(ref)) == 0;
}

/* One of those that ended; NULL when there is none, *n counts them. */
static json_t *
opset__find_ended(struct opset *s, const char *ref, size_t *n)
{
	json_t *ended, *found = NULL;
	const char *id;

	for (size_t i = 0; i < json_array_size(s->ended); i++) {
		ended = json_array_get(s->ended, i);
		id = json_string_value(json_object_get(ended, "op_id"));
		if (!opset__matches(id, ref))
			continue;
		found = ended;
		(*n)++;
	}
	return found;
}

int
opset__find(struct opset *s, const char *ref, struct op **ret_op,
    json_t **ret_ended, struct error *err)
{
	json_t *ended;
	struct op *found = NULL;
	size_t n = 0;

	for (struct op *op = s->running; op != NULL; op = op->next)
		if (opset__matches(op->id.text, ref)) {
			found = op;
			n++;
		}
	ended = opset__find_ended(s, ref, &n);
	if (n == 0)
		return rpc_fail(err, RPC_NOT_FOUND,
		    "no operation %s is under way or among the last that "
		    "ended; bangerlog trace knows all of them",
		    ref);
	if (n > 1)
		return rpc_fail(err, RPC_INVALID_ARGUMENT,
		    "%zu operations begin with %s; name more of its id", n,
		    ref);
	*ret_op = found;
	*ret_ended = ended;
	return 0;
}

int
opset_show(struct opset *s, const char *ref, json_t **ret, struct error *err)
{
	json_t *ended;
	struct op *op;
	int rc;

	pthread_mutex_lock(&s->lock);
	rc = opset__find(s, ref, &op, &ended, err);
	if (rc == 0)
		*ret = op != NULL ? opset__json(op, opset__state(op), NULL)
				  : json_copy(ended);
	pthread_mutex_unlock(&s->lock);
	return rc;
}

/* Who asked for it, root, and the daemon's own user may call it off. */
static int
opset__call_off(struct op *op, uid_t who, struct error *err)
{
	uint64_t one = 1;

	if (op->cancel < 0)
		return rpc_fail(err, RPC_INVALID_STATE,
		    "%s cannot be canceled: nobody asked for it", op->id.text);
	if (who != op->uid && who != 0 && who != getuid())
		return rpc_fail(err, RPC_UNAUTHORIZED,
		    "%s was asked for by uid %u; only that user and root may "
		    "cancel it",
		    op->id.text, (unsigned)op->uid);
	if (!op->canceled)
		op->canceled_by = who;
	op->canceled = true;
	if (write(op->cancel, &one, sizeof(one)) != sizeof(one))
		return rpc_fail(err, RPC_INTERNAL, "cannot call it off");
	return 0;
}

static int
opset__has_ended(const json_t *ended, struct error *err)
{
	return rpc_fail(err, RPC_INVALID_STATE, "%s has %s already",
	    json_string_value(json_object_get(ended, "op_id")),
	    opset__is(ended, "state", "completed")      ? "completed"
		: opset__is(ended, "state", "canceled") ? "been canceled"
							: "failed");
}

int
opset_cancel(struct opset *s, const char *ref, uid_t who, json_t **ret,
    struct error *err)
{
	json_t *ended;
	struct op *op;
	int rc;

	pthread_mutex_lock(&s->lock);
	rc = opset__find(s, ref, &op, &ended, err);
	if (rc == 0)
		rc = op != NULL ? opset__call_off(op, who, err)
				: opset__has_ended(ended, err);
	if (rc == 0)
		*ret = opset__json(op, opset__state(op), NULL);
	pthread_mutex_unlock(&s->lock);
	return rc;
}

/* ---- their lives ----------------------------------------------------------
 */

void
opset__add(struct opset *s, struct op *op)
{
	pthread_mutex_lock(&s->lock);
	op->listed = true;
	op->next = s->running;
	if (op->next != NULL)
		op->next->prev = op;
	s->running = op;
	pthread_mutex_unlock(&s->lock);
}

void
opset__begin(struct opset *s, struct op *op)
{
	if (!op->listed)
		opset__add(s, op);
	pthread_mutex_lock(&s->lock);
	op->begun = true;
	pthread_mutex_unlock(&s->lock);
}

/* Tells it to those who watch; the lock is held. line NULL: it has ended. */
static void
opset__note(struct opset *s, struct op *op, const struct buf *line,
    json_t *ended)
{
	struct op_note *note;

	s->next_note++;
	if (s->watchers == 0)
		return;
	note = xcalloc(1, sizeof(*note));
	note->daemon = op->daemon;
	note->n = s->next_note;
	note->op = op->id;
	if (line != NULL)
		buf_put(&note->line, line->data, line->len);
	note->ended = json_incref(ended);
	loop_post(op->daemon->loop, stream_note, note);
}

void
opset__line(struct opset *s, struct op *op, const struct buf *line)
{
	pthread_mutex_lock(&s->lock);
	/* One that is not kept has none behind it that is. */
	if (op->lines_lost == 0 && op->lines.len + line->len <= OPSET_LINES_MAX)
		buf_put(&op->lines, line->data, line->len);
	else
		op->lines_lost++;
	opset__note(s, op, line, NULL);
	pthread_mutex_unlock(&s->lock);
}

void
opset__end(struct opset *s, struct op *op, const struct error *failure)
{
	json_t *ended;

	if (!op->listed)
		return;
	pthread_mutex_lock(&s->lock);
	op->listed = false;
	if (op->prev != NULL)
		op->prev->next = op->next;
	else
		s->running = op->next;
	if (op->next != NULL)
		op->next->prev = op->prev;
	op->prev = op->next = NULL;
	ended = opset__json(op, opset__end_state(failure), failure);
	json_array_insert_new(s->ended, 0, ended);
	if (json_array_size(s->ended) > OPSET_ENDED_MAX)
		json_array_remove(s->ended, OPSET_ENDED_MAX);
	if (failure == NULL)
		history_add(s->history, op->name, op_elapsed_ns(op));
	opset__note(s, op, NULL, ended);
	pthread_mutex_unlock(&s->lock);
}
