/* SPDX-License-Identifier: ISC */
/*
 * One operation, put together from its log lines in whatever order they come:
 * a line may be missing, late or there twice.  opset.h makes and owns these;
 * everybody else reads them.
 *
 * All start_ns within an operation are nanoseconds since its start, rounded to
 * microseconds; -1 is "unknown" for each of them and for every duration.  A
 * stage begins at its own line (since_start_ms where given, else the line's
 * time) and ends at the next one, the last at the end of the operation; so the
 * stages and the time before the first of them add up to the duration exactly,
 * where all are known.  What would be negative, because the wall clock was set
 * back meanwhile, is unknown; the lines' numbers then tell the order.
 */
#ifndef TRACE_OP_H
#define TRACE_OP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "trace/record.h"
#include "wire/opid.h"

enum op_status {
	OP_RUNNING,
	OP_COMPLETED,
	OP_FAILED,
	OP_CANCELED,
	OP_INTERRUPTED, /* closed so, or its daemon has begun a new life */
	OP_LOST,        /* no line for OP_HORIZON_NS and no end */
	OP_STATUS_MAX
};

/* An operation without an end that was silent for so long is lost. */
#define OP_HORIZON_NS (3600 * 1000000000LL)
/* Of one operation; what is beyond is counted in op.overflow. */
#define OP_STAGES_MAX 4096
#define OP_CALLS_MAX 4096

/* One call to the helper; it began at the line's time less its duration. */
struct op_call {
	char *method;   /* or NULL */
	int64_t number; /* of the call within the operation, -1 unknown */
	int64_t start_ns, duration_ns;
	int64_t end_ns; /* wall clock: when its line was written */
	bool failed;
	char *error, *code; /* or NULL */
	size_t stage;       /* index into op.stages, or OP_NO_STAGE */
};
#define OP_NO_STAGE ((size_t)-1)

struct op_stage {
	char *name; /* or NULL, when the line has none */
	int64_t start_ns, duration_ns;
	bool failed;   /* the operation ended badly here */
	bool open;     /* the operation is in it now; duration_ns is -1 */
	bool late;     /* its line came from behind the end */
	int64_t at_ns; /* wall clock of the line */
	int64_t since_start_ns;
	int64_t deadline_ns; /* it may take so long; -1: nothing is said */
	int64_t seq;         /* of its line in the daemon's run, -1 unknown */
};

struct op_attr {
	enum field_id field;
	char *value;
};

struct op {
	struct opid id;
	char *name; /* operation, or the method of an RPC; NULL unknown */
	enum op_status status;
	int64_t start_ns; /* wall clock; the first line's where not known */
	bool start_known;
	int64_t duration_ns;       /* -1 while it runs or when nothing tells */
	int64_t unaccounted_ns;    /* before the first stage; -1 unknown */
	int64_t first_ns, last_ns; /* wall clock of its oldest, newest line */
	char *error, *code, *failed_stage; /* or NULL */

	struct op_stage *stages; /* by start; by seq where one is unknown */
	size_t n_stages;
	struct op_call *calls; /* by start; by number where one is unknown */
	size_t n_calls;
	struct op_attr *subject; /* in the order of fields.def */
	size_t n_subject;

	uint64_t records;        /* lines that bear its id */
	uint64_t bad;            /* of these, not readable as JSON */
	uint64_t overflow;       /* stages and calls beyond the bounds */
	uint64_t ends;           /* terminal lines; more than one: conflict */
	bool saw_start, saw_end; /* the operation's own lines */
	bool conflict;           /* terminal lines that do not agree, or two */
	bool rpc_only;           /* an RPC without an operation of its own */
	bool reads;              /* and one that only looks, and went well */
	char run[17];            /* of the daemon; "" unknown */

	struct arena text;    /* owns every string and array */
	struct op_work *work; /* the assembler's own; NULL in a copy */
};

/* "running", "completed" … */
const char *op_status_name(enum op_status status);
static inline bool
op_in_flight(const struct op *op)
{
	return op->status == OP_RUNNING;
}

/* The subject's value, or NULL. */
const char *op_subject(const struct op *op, enum field_id field);
/* The stage it is in, or the one it ended in; NULL when it has none. */
const struct op_stage *op_last_stage(const struct op *op);
/*
 * Its duration, or how long it has been running at now_ns (wall clock); -1 of
 * one whose end does not tell.
 */
int64_t op_elapsed(const struct op *op, int64_t now_ns);
/* The next call of that stage after *pos (start at 0), or NULL. */
const struct op_call *op_stage_call(const struct op *op, size_t stage,
    size_t *pos);

/*
 * An owned copy of what can be read of it, without the assembler's work: it
 * outlives the operation set, and takes no more lines.
 */
struct op *op_copy(const struct op *op);
/* One of op_new() or op_copy(), or NULL. */
void op_free(struct op *op);

/* For the operation set: an empty one, a line more, and working it out. */
struct op *op_new(const struct opid *id);
/* Makes a new one of it, for another id. */
void op_reset(struct op *op, const struct opid *id);
void op_add(struct op *op, const struct record *r);
/* Does a line tell its end?  Without working it out. */
bool op_has_ended(const struct op *op);
/* superseded: its daemon began anew; expired: silent beyond the horizon. */
void op_settle(struct op *op, bool superseded, bool expired);

#endif
