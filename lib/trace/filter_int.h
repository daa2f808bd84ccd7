/* SPDX-License-Identifier: ISC */
/*
 * What the files of the filter share: the tree of an expression, and the table
 * of the fields.  text -> filter_parse.c -> tree -> filter_eval.c or
 * filter_sql.c.
 */
#ifndef TRACE_FILTER_INT_H
#define TRACE_FILTER_INT_H

#include "trace/filter.h"

/* ---- fields ------------------------------------------------------------ */

enum filter_type {
	FILTER_TEXT,
	FILTER_DURATION, /* nanoseconds */
	FILTER_NUMBER,
	FILTER_TIME, /* nanoseconds since 1970 */
	FILTER_FLAG, /* stands alone, true or not */
	FILTER_TYPE_MAX
};

/* What an operation has one, or any number, of. */
enum filter_part { FILTER_WHOLE, FILTER_STAGES, FILTER_CALLS, FILTER_PART_MAX };

/* What a number is when nobody wrote it. */
#define FILTER_UNKNOWN INT64_MIN

/* Of part i of the operation (0 for FILTER_WHOLE); NULL: unknown. */
typedef const char *filter_text_fn(const struct op *op, size_t i);
typedef int64_t filter_number_fn(const struct op *op, size_t i, int64_t now_ns);

/* One row adds a field everywhere. */
struct filter_field {
	const char *name; /* with a key: what stands before its ":" */
	enum filter_type type;
	enum filter_part part;
	filter_text_fn *text;     /* FILTER_TEXT, else NULL */
	filter_number_fn *number; /* the other types, else NULL */
	/* The same over the table op; p.value is the part, @ is now. */
	const char *sql;
	/* "stage:NAME" looks only at parts whose key is NAME; or NULL. */
	filter_text_fn *key;
	const char *key_sql;
	const char *about;
};

/* The field of that name, case ignored; NULL: there is none. */
const struct filter_field *filter_field(const char *name, size_t len,
    bool keyed);
/* The status that the word is, or NULL. */
const char *filter_status(const char *word, size_t len);
/* The name nearest to a word that is none, or NULL. */
const char *filter_nearest(const char *word, size_t len, bool values);

/* ---- the tree ---------------------------------------------------------- */

enum filter_op {
	FILTER_HAS, /* a flag that is set, a part of that key that is there */
	FILTER_EQ,
	FILTER_NE,
	FILTER_MATCH,
	FILTER_NOMATCH,
	FILTER_LT,
	FILTER_LE,
	FILTER_GT,
	FILTER_GE,
	FILTER_OP_MAX
};

enum filter_kind {
	FILTER_AND,
	FILTER_OR,
	FILTER_NOT,
	FILTER_TEST,
};

struct filter_node {
	enum filter_kind kind;
	struct filter_node *child, *next; /* owned */
	/* FILTER_TEST: */
	const struct filter_field *field;
	enum filter_op op;
	char *key;      /* of a field that has one, else NULL */
	char *text;     /* a text, or a time as it was written; or NULL */
	int64_t number; /* of all other types; a time for the filter's now */
	struct regex *regex; /* or NULL */
};

struct filter {
	struct filter_node *root;
	int64_t now_ns; /* that its times are for */
	bool has_times;
	uint64_t undecided;
};

struct filter_node *filter_node_new(enum filter_kind kind);
/* Its children too; what follows it stays.  Takes NULL; returns NULL. */
struct filter_node *filter_node_free(struct filter_node *n);
/* Works the times out for that now. */
void filter_set_now(struct filter *f, int64_t now_ns);

DEFINE_FREEP(struct filter_node *, filter_node_free);

/* ---- the parser's two halves ------------------------------------------- */

struct filter_parser {
	struct filter *f;
	const char *text;
	size_t at;
	unsigned depth;
	int64_t now_ns;
	size_t *ret_at;
	struct error *err;
};

/* Fails at that offset: "column N: ...". */
int filter_fail(struct filter_parser *p, size_t at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void filter_skip_blanks(struct filter_parser *p);
/* Reads the value of n, which has its field and operator. */
int filter_value(struct filter_parser *p, struct filter_node *n);
/* Reads a quoted text; the opening quote stands at p->at. */
int filter_quoted(struct filter_parser *p, struct buf *ret);
/* Bytes of the word at p->at: letters, digits and "_.-". */
size_t filter_word(const struct filter_parser *p);

#endif
