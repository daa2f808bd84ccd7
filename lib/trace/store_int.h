/* SPDX-License-Identifier: ISC */
/*
 * What the files of the store share; private to lib/trace/store*.c and the
 * queries.  Every int function returns 0 or negative with err filled.
 */
#ifndef TRACE_STORE_INT_H
#define TRACE_STORE_INT_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/hashset.h"
#include "base/map.h"
#include "trace/codebook.h"
#include "trace/opset.h"
#include "trace/pack.h"
#include "trace/store.h"
#include "trace/summary.h"

/* Numbers of a run that are here, in one piece. */
struct store_span {
	bool at;    /* it was looked up */
	bool there; /* there is one; else all that is known is `next` */
	bool dirty;
	int64_t from, to;
	int64_t first_ns, last_ns; /* times of these two lines */
	int64_t next;              /* where the next one begins */
};

#define STORE_RUN_NAME_MAX 64

/* A process life, as far as this writer has seen it. */
struct store_run {
	char name[STORE_RUN_NAME_MAX + 1];
	int64_t id;
	int64_t first_ns, last_ns, start_ns; /* 0: unknown */
	char *emitter;
	bool dirty;
	struct store_span span; /* that its newest line is in */
};

/* A row of an input that was cut off by its end. */
struct store_torn {
	int64_t id;
	uint64_t offset;
};

/*
 * As many can be at one end: the lines that journald split and the parser
 * holds (join.h), and the last line itself.
 */
#define STORE_TORN_MAX 65

struct store_input {
	bool known;
	bool opening;  /* no line yet */
	bool resuming; /* what comes was read before, up to `offset` */
	char *path;
	int64_t id;
	struct file_id file;    /* that is being read */
	uint64_t offset, lines; /* of its newest line */
	/* Where to read on: at the newest line with a time of its own. */
	uint64_t resume_offset, resume_lines;
	struct buf cursor;
	uint64_t group;    /* what equal lines are counted within */
	bool timed;        /* that group is of lines with a time */
	struct buf anchor; /* the last line with a time, when there is one */
	bool anchored;
	struct map *counts; /* hash in hex: how many so far */
	struct store_torn torn[STORE_TORN_MAX]; /* the last ones */
	size_t n_torn;
};

/*
 * An operation whose lines are coming.  It is put together as they come, when
 * that is the order in which they would be read back; else all anew.
 */
struct store_live {
	/* Whose memory is used again. */
	struct opid id;
	uint64_t hash; /* of the id: for store.stored */
	struct pack pack;
	struct op *op;
	uint64_t *known; /* hashes of its packed lines, when asked for */

	size_t n_known;
	int64_t row; /* 0: it has none yet */
	bool dirty, rebuild;
	bool counted;            /* its row counts in the summaries */
	unsigned sweep;          /* of store, when its lines changed last */
	int64_t time_ns, seq;    /* of its newest line */
	struct store_live *next; /* while it is spare */
};
/* The others begin here. */
#define STORE_LIVE_KEPT offsetof(struct store_live, n_known)

/* Runs that are found without a look into the map. */
#define STORE_RECENT 4

enum store_stmt {
	STMT_RECORD,
	STMT_SAME,
	STMT_RUN_NEW,
	STMT_RUN_GET,
	STMT_RUN_SET,
	STMT_OP_PACK,
	STMT_OP_LINES,
	STMT_OP_RUNS,
	/* store_rows_write() only */
	STMT_OP_NEW,
	STMT_OP_PUT,
	STMT_SPAN_PUT,
	STMT_SPAN_DEL,
	STMT_SPAN_BEFORE,
	STMT_SPAN_AFTER,
	STMT_CODES,
	STMT_CODE_GET,
	STMT_CODE_PUT,
	STMT_INPUT_SET,
	STMT_NEWEST,
	STMT_SUPPRESSED,
	STMT_STALE,
	STMT_OP_PARTS,
	STMT_OP_HOUR,
	STMT_SUMMARY_GET,
	STMT_SUMMARY_PUT,
	STMT_SUMMARY_DEL,
	STMT_MAX
};

struct store {
	sqlite3 *db;
	char *path;
	bool writer, at_rest, in_txn;
	int lock_fd;
	unsigned rows; /* in this transaction */
	/*
	 * The index was empty, and is being filled as fast as lines come: its
	 * index of ids, whose pages would be written over and over, is missing
	 * until it is needed for the first time (store_end_bulk()).
	 */
	bool bulk;
	bool rollback;    /* it has no write-ahead log: store_bulk.c */
	int64_t began_ns; /* monotonic: when it began */
	sqlite3_stmt *stmts[STMT_MAX];
	struct map *live;          /* op_id: struct store_live */
	struct store_live *spare;  /* whose memory is used again */
	struct store_live **dirty; /* in the order in which they became so */
	size_t n_dirty, cap_dirty;
	unsigned sweep;              /* store_live_sweep() was done so often */
	struct store_behind *behind; /* or NULL */
	struct hashset stored;       /* operations that are only in the index */
	uint64_t seed;               /* of its hashes */
	struct opset *around; /* the runs, during a flush; NULL: not read */
	struct codebook *book;
	uint32_t codes[CODEBOOK_KINDS]; /* of the book, that are stored */
	unsigned fetched;               /* words, one by one */
	int64_t old_rows;               /* operations before this writer */
	int64_t last_row;        /* of the newest operation; 0: not known */
	int64_t pruned_ns;       /* older lines do not come back */
	struct buf squeezed;     /* the line being written */
	struct summary *summary; /* what has changed of them */
	struct buf old_seen;     /* a bit for each that gained a line */
	struct map *runs;        /* name: struct store_run */
	struct store_run *recent[STORE_RECENT];
	unsigned next_recent;
	struct store_input *inputs;
	size_t n_inputs;
	struct store_stats stats;
	/*
	 * Of the thread that writes rows.  What stands before it is the other
	 * one's, and not to be fetched from it for that.
	 */
	struct {
		char apart[64];
		struct store_live **now; /* that are being written */
		size_t n;
		struct buf stages, calls; /* JSON of the row */
	} writing;
};

/* "PATH: what: SQLite's text"; returns its code. */
int store_fail(const struct store *s, struct error *err, const char *what);
int store_exec(struct store *s, const char *sql, struct error *err);
/* Without waiting for what is under way: for store_behind.c alone. */
int store_exec_now(const struct store *s, const char *sql, struct error *err);
int store_prepare(struct store *s, const char *sql, sqlite3_stmt **ret,
    struct error *err);
/* A statement that is kept; it is reset, ready to bind.  NULL with err. */
sqlite3_stmt *store_stmt(struct store *s, enum store_stmt which,
    struct error *err);
sqlite3_stmt *store_stmt_now(struct store *s, enum store_stmt which,
    struct error *err);
/* The one number that a query or pragma answers. */
int store_number(struct store *s, const char *sql, int64_t *ret,
    struct error *err);
/* Runs one that gives no rows, and resets it. */
int store_run_stmt(struct store *s, sqlite3_stmt *st, struct error *err);
/* Binds text, which must stay until the statement ran; NULL for NULL. */
void store_bind_text(sqlite3_stmt *st, int at, const char *text);
/* Binds v, or NULL when it is negative. */
void store_bind_known(sqlite3_stmt *st, int at, int64_t v);
/* The column's text as an owned string, or NULL. */
char *store_column_dup(sqlite3_stmt *st, int at);

/* Turns to the file that the record is from, when it is another one. */
int store_turn_input(struct store *s, struct store_input *in,
    const struct record *r, struct error *err);
void store_done_input(struct store_input *in);
/* True when the line, or its journal entry, says when it was written. */
bool store_is_timed(const struct record *r);
/*
 * Moves on to the line's group.  The first line of a group of timed ones is
 * where a later reading can begin: it counts them all anew from there, and
 * finds the same anchor for those without a time that follow.
 */
void store_enter_group(struct store_input *in, const struct record *r);
/*
 * The identity of a line without (run, seq): its text and its own time, else
 * the journal's stamps, else the line before it that had a time; and how many
 * equal ones this input had with the same of these.
 */
void store_identity(struct store_input *in, const struct record *r,
    uint64_t *ret_hash, int64_t *ret_ord);
/* Where r is the whole of a line that was torn, or more of it: that one goes.
 */
int store_mend_torn(struct store *s, struct store_input *in,
    const struct record *r, struct error *err);
/* The run a native line belongs to; *ret NULL when it is not native. */
int store_find_run(struct store *s, const struct record *r,
    struct store_run **ret, struct error *err);

/*
 * A transaction ends after so many rows (or so long: store_append.c), and when
 * the caller says so.
 */
#define STORE_TXN_ROWS 100000
/* Begins a transaction where none is open. */
int store_begin(struct store *s, struct error *err);
/*
 * Ends the transaction where more lines come: as store_commit(), but it need
 * not be durable yet.
 */
int store_commit_on(struct store *s, struct error *err);
/* Writes all that is in memory; the transaction stays open. */
int store_flush(struct store *s, struct error *err);
/* Writes the runs that changed. */
int store_flush_runs(struct store *s, struct error *err);
/* Writes the read positions. */
int store_flush_inputs(struct store *s, struct error *err);
/* Hands over an operation's stored lines, by time, then by number. */
typedef void store_line_fn(void *arg, const struct record *r);
int store_op_lines(struct store *s, const char *op_id, store_line_fn *fn,
    void *arg, struct error *err);
/* Puts an operation's stored lines into the set. */
int store_load_op(struct store *s, const char *op_id, struct opset *set,
    struct error *err);
/* The same of lines that are packed in those bytes, and of the others. */
int store_walk(struct store *s, const char *op_id, const void *pack, size_t len,
    store_line_fn *fn, void *arg, struct error *err);
enum store_type { STORE_NULL, STORE_NUMBER, STORE_TEXT };

struct store_value {
	enum store_type type;
	int64_t number;
	const char *text;
	size_t len;
};

/* The columns of `op` that its lines tell, as they stand in the table. */
enum store_column {
	COLUMN_ID,
	COLUMN_OP_ID,
	COLUMN_OPERATION,
	COLUMN_STATUS,
	COLUMN_START,
	COLUMN_START_KNOWN,
	COLUMN_DURATION,
	COLUMN_UNACCOUNTED,
	COLUMN_LAST,
	COLUMN_STAGE,
	COLUMN_ERROR,
	COLUMN_CODE,
	COLUMN_VM_ID,
	COLUMN_VM_NAME,
	COLUMN_IMAGE_ID,
	COLUMN_IMAGE_NAME,
	COLUMN_RECORDS,
	COLUMN_CONFLICT,
	COLUMN_READS,
	COLUMN_RUN,
	COLUMN_STAGES,
	COLUMN_CALLS,
	COLUMN_LINES,
};

/*
 * Of the columns that the lines tell; its text stays until the next value of
 * that column.
 */
struct store_value store_value(struct store *s, const struct op *op,
    enum store_column column);
/*
 * Binds a summary: ?2 to ?22, in the order of the table's columns.  What it
 * points to must stay until the statement ran.
 */
void store_bind_op(struct store *s, sqlite3_stmt *st, const struct op *op);
/* Works one out whose lines have changed. */
int store_settle_live(struct store *s, struct store_live *live,
    struct error *err);
/*
 * Writes n whose lines have changed, of which each is there once; they may
 * stand in another order afterwards.
 */
int store_rows_put(struct store *s, struct store_live **live, size_t n,
    struct error *err);
/*
 * The same of n that have ended, with lines that came in order; they are let
 * go, and the array (from malloc) is taken over.  It may be done later
 * (store_behind.h).
 */
int store_rows_put_over(struct store *s, struct store_live **live, size_t n,
    struct error *err);
/*
 * Works out n that have ended, writes their rows, of which all but the first
 * `fresh` are there, and counts them.  Nothing is waited for: for
 * store_behind.c.
 */
int store_rows_write(struct store *s, struct store_live **live, size_t n,
    size_t fresh, struct error *err);
/* Makes the table that store_rows_put() reads; of a writer. */
int store_rows_register(struct store *s, struct error *err);
/* Works out those in flight whose daemon began anew, or whose time is up. */
int store_flush_stale(struct store *s, struct error *err);
/* err: the operation's packed lines cannot be read. */
int store_damaged(const struct store *s, const char *op_id, struct error *err);

/*
 * Those in memory; all but what still comes is let go at the flush, and all of
 * them when there are more than so many, of which the transaction ends, too.
 */
#define STORE_LIVE_MAX 16384
void store_live_init(struct store *s);
void store_live_done(struct store *s);
int store_live(struct store *s, const struct opid *id, struct store_live **ret,
    struct error *err);
/* Lets one go that has been written, or will be: it is live no more. */
void store_live_drop(struct store *s, struct store_live *live);
/* Its memory is for others. */
void store_live_spare(struct store *s, struct store_live *live);
/* Its lines have changed: it is to be written. */
void store_live_dirty(struct store *s, struct store_live *live);
/* Takes in a line that is packed, or stored, by now. */
void store_live_touch(struct store *s, struct store_live *live,
    const struct record *r);
int store_live_rebuild(struct store *s, struct store_live *live,
    struct error *err);
/* Is this very line packed? */
int store_live_has(struct store *s, struct store_live *live,
    const struct record *r, bool *ret, struct error *err);
/*
 * Writes those that have ended and of which nothing was heard since the last
 * time, and lets them go: their memory is still in the processor's cache, and
 * the next ones take it from there.
 */
#define STORE_SWEEP_ROWS 512
int store_live_sweep(struct store *s, struct error *err);
int store_live_flush(struct store *s, struct error *err);

/* Is that number of the run here? */
int store_span_find(struct store *s, struct store_run *run, int64_t seq,
    bool *ret_known, struct error *err);
/* Adds one that store_span_find() has just not found. */
int store_span_add(struct store *s, struct store_run *run, int64_t seq,
    int64_t time_ns, struct error *err);
int store_span_flush(struct store *s, struct store_run *run, struct error *err);

/*
 * Reads codes that the index has and the book has not; and the reverse.  A
 * reader's words come one by one as they are wanted, until it wants many.
 */
int store_book_load(struct store *s, struct error *err);
int store_book_flush(struct store *s, struct error *err);
/* Makes the function that the view of the records needs. */
int store_book_register(struct store *s, struct error *err);

/* Makes the tables of a new index, or what an older one lacks. */
int store_create(struct store *s, struct error *err);
int store_migrate(struct store *s, int64_t from, struct error *err);
/* The record of a row: columns as in STMT_OP_LINES. */
void store_restore(sqlite3_stmt *st, struct record *r);
/* Stores a line that is new; hash and ord where it has no run. */
int store_place(struct store *s, int64_t input, const struct record *r,
    struct store_run *run, uint64_t hash, int64_t ord, bool *ret_new,
    struct error *err);
/* The horizon's clock: the newest line, but never the future. */
int store_now(struct store *s, int64_t *ret, struct error *err);

/* For maps whose keys are all that matters. */
#define STORE_PRESENT ((void *)1)

#endif
