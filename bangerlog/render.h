/* SPDX-License-Identifier: ISC */
/*
 * What operations can be turned into: one struct renderer a form, its file
 * render_NAME.c, its row in render.c.  `trace` offers those of one operation,
 * `export` those of many.
 *
 * Everything that came from a log is escaped by the renderers, and only there.
 * A renderer appends to the buf, which whoever runs it empties as it likes; so
 * many operations take no more memory than one.
 */
#ifndef BANGERLOG_RENDER_H
#define BANGERLOG_RENDER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "trace/query.h"

struct render_style {
	size_t width;  /* columns, at least 20 */
	bool ascii;    /* no character beyond ASCII of our own */
	bool color;    /* SGR sequences */
	bool terminal; /* that is what it goes to */
};

/* One log line. */
struct render_line {
	int64_t time_ns;     /* wall clock; 0 unknown */
	const char *emitter; /* "bangerd", "banger-helper" or a unit, or "" */
	const char *level;   /* "INFO" …, or "" */
	const char *msg;     /* of an event, or NULL */
	const char *kind;    /* of the record */
	const char *text;    /* byte for byte, a NUL behind it */
	size_t len;
};

struct render_lines {
	struct render_line *lines; /* by time */
	size_t n, cap;
	struct arena mem;
};
#define RENDER_LINES_INIT \
	{                 \
		0         \
	}

/* One operation. */
struct render_job {
	const struct query_trace *trace; /* its op is not NULL */
	/* Of a renderer that has not RENDER_LINES there are none. */
	const struct render_lines *lines;
	const struct render_style *style;
};

enum render_flags {
	RENDER_ONE = 1,   /* for trace */
	RENDER_MANY = 2,  /* for export */
	RENDER_LINES = 4, /* needs the lines */
	RENDER_PROOF = 8, /* needs to know what is missing */
};

struct render;

struct renderer {
	const char *name, *about;
	unsigned flags;
	/* What comes before and behind all operations; NULL: nothing. */
	void (*begin)(struct render *r);
	void (*op)(struct render *r, const struct render_job *job);
	void (*end)(struct render *r);
	/* Frees r->state; NULL where it is not used. */
	void (*done)(struct render *r);
};

/* An output that is being made. */
struct render {
	const struct renderer *how;
	struct buf *out; /* borrowed */
	size_t n;        /* operations so far */
	void *state;     /* the renderer's own */
};

/* Ends in NULL. */
extern const struct renderer *const renderers[];
/* The one that --format names, of those with that flag; or fails. */
const struct renderer *render_find(const char *name, unsigned flag,
    struct error *err);

/* Lists those with that flag, and what they are. */
void render_help(unsigned flag, struct buf *out);

void render_begin(struct render *r, const struct renderer *how,
    struct buf *out);
/* Reads the operation as the renderer needs it, and renders it. */
int render_op(struct render *r, struct store *s, const char *op_id,
    const struct render_style *style, struct error *err);
/* The same of one that was read. */
void render_job(struct render *r, const struct render_job *job);
void render_end(struct render *r);
void render_done(struct render *r);
#define _cleanup_render_ __attribute__((cleanup(render_done)))

/*
 * How long the time axis of an operation is: its duration, or as far as its
 * lines go.
 */
int64_t render_extent(const struct op *op);
/* How long a stage with a start is drawn; one that is open, to the end. */
int64_t render_stage_ns(const struct op *op, size_t stage);

/* A line more. */
void render_lines_add(struct render_lines *l, const struct record *r);
void render_lines_done(struct render_lines *l);
#define _cleanup_lines_ __attribute__((cleanup(render_lines_done)))

/* One object and a newline: a row of the list. */
void render_json_row(const struct query_row *row, struct buf *out);

extern const struct renderer render_text, render_json, render_html, render_svg,
    render_chrome, render_otlp, render_raw, render_csv, render_prometheus;

#endif
