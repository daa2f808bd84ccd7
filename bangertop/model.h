/* SPDX-License-Identifier: ISC */
/*
 * The picture: which operations are shown, in which order, which of them is
 * selected, and whether the picture is held.  It knows neither screen nor
 * clock; `now` is a parameter, in nanoseconds of wall time.
 *
 * model_update() copies what is to be seen out of the operation set, so views
 * draw from the model alone, and a paused picture stands still while the set
 * goes on.  Views read the struct; only the functions below change it.
 *
 * Rows keep their order and their places for MODEL_HOLD_NS after a key; what
 * happened meanwhile is in the rows, new ones wait.  The selection sticks to
 * its operation wherever its row goes.
 */
#ifndef TOP_MODEL_H
#define TOP_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"
#include "figures.h"
#include "trace/filter.h"
#include "trace/opset.h"

#define MODEL_LINGER_NS (10 * NSEC_PER_SEC) /* of what has just ended */
#define MODEL_HOLD_NS (3 * NSEC_PER_SEC / 2)
#define MODEL_NOTE_MAX 256

enum model_section { MODEL_FLIGHT, MODEL_ENDED, MODEL_SECTION_MAX };

/* How one that is under way does, by what its like took so far. */
enum model_state {
	MODEL_RUNNING,
	MODEL_ENDING, /* in the stage in which its like end */
	MODEL_SLOW,   /* longer in its stage than nearly all of its like */
	MODEL_STUCK,  /* far longer */
	MODEL_STATE_MAX
};

/* What rows are sorted by. */
enum model_sort {
	MODEL_BY_AGE = 0, /* the oldest in flight first, the last ended first */
	MODEL_BY_OPERATION,
	MODEL_BY_VM,
	MODEL_BY_STAGE,
	MODEL_BY_STEP,
	MODEL_BY_ELAPSED, /* the longest first, as all figures */
	MODEL_BY_IN_STAGE,
	MODEL_BY_ETA,
	MODEL_BY_STATE, /* the worst first */
	MODEL_BY_CALLS,
	MODEL_BY_ID,
	MODEL_SORT_MAX
};

/* What can be left out of the lists, a bit each. */
enum model_column {
	MODEL_COLUMN_VM = 1,
	MODEL_COLUMN_STAGE = 2,
	MODEL_COLUMN_STEP = 4,
	MODEL_COLUMN_ELAPSED = 8,
	MODEL_COLUMN_IN_STAGE = 16,
	MODEL_COLUMN_BAR = 32,
	MODEL_COLUMN_ETA = 64,
	MODEL_COLUMN_STATE = 128,
	MODEL_COLUMN_CALLS = 256,
	MODEL_COLUMN_ID = 512,
	MODEL_COLUMN_TOOK = 1024,
	MODEL_COLUMN_AGO = 2048,
};

/* What is shown of the operation that is open. */
enum model_pane {
	MODEL_STAGES, /* its waterfall; its lines beside it where there is room
		       */
	MODEL_LINES,
	MODEL_CONSOLE, /* the end of its VM's console log */
};

/* One operation; the strings are the row's own, NULL where unknown. */
struct model_row {
	struct opid id;
	enum model_section section; /* where it stands, also when it ended */
	enum op_status status;
	bool pinned; /* a failure that nobody has acknowledged */
	bool heads;  /* the first of its VM, where rows stand by VM */
	const char *operation, *vm_id, *vm_name, *image, *stage, *error;
	size_t stage_index; /* of `stage`, from 1; 0: none yet */
	int64_t start_ns;   /* wall clock */
	bool start_known;
	int64_t elapsed_ns;   /* in all; never negative */
	int64_t stage_ns;     /* in this stage; -1 unknown */
	int64_t deadline_ns;  /* it may last so long; -1: nothing is said */
	int64_t duration_ns;  /* -1 unknown, or it runs */
	int64_t ago_ns;       /* since it ended */
	size_t calls;         /* to the helper */
	int64_t last_ns;      /* wall clock of its newest line */
	uint64_t records;     /* lines of it that are in here */
	const int64_t *marks; /* when its stages began, since its start */
	size_t n_marks;

	enum model_state state;
	size_t steps; /* stages that its like have; 0 unknown */
	/* How long it still takes by its like: half of them and nine in ten
	 * took no longer.  eta_n: how many these are; few: no history. */
	int64_t eta_low_ns, eta_high_ns;
	size_t eta_n;
	void *mem;
};

/* What is known of the log itself. */
struct model_feed {
	uint64_t lines, bad, dropped; /* dropped: by the log's writers */
	uint64_t suppressed;          /* by journald */
	int64_t lag_ns; /* from the newest line's time to its reading; -1 */
	uint64_t gone[OP_STATUS_MAX]; /* operations that ended long ago */
	char note[MODEL_NOTE_MAX];    /* the last trouble with a source */
	const struct lines *kept;     /* the newest lines; borrowed, or NULL */
};

struct model_counts {
	uint64_t in_flight, completed, failed, canceled;
	uint64_t evicted; /* older ones that are not counted any more */
	uint64_t hidden;  /* that the filter leaves out */
	uint32_t finished_a_minute, failed_a_minute;
};

struct model {
	int64_t now_ns;         /* of the picture */
	struct model_row *rows; /* first those in flight, then the ended */
	size_t n_rows, n_flight;
	struct model_row *spare; /* the memory of the picture before */
	size_t rows_room, spare_room;
	bool listed; /* the ended are in the order of the operation set */
	struct model_counts counts;
	struct model_feed feed;

	struct opid selected;          /* unset: none */
	size_t cursor;                 /* its row, where it is set */
	size_t top[MODEL_SECTION_MAX]; /* first row of each that is in view */

	enum model_sort sort;
	bool invert;
	bool tree;       /* by VM, the selected one with its stages below it */
	unsigned hidden; /* enum model_column bits of what is left out */
	bool anew;       /* rows need not hold still at the next update */
	struct filter *filter;      /* owned, or NULL: all are shown */
	char *filter_text, *search; /* owned, or NULL */

	bool want_figures; /* someone looks at them */
	struct figures figures;
	size_t table_cursor, table_top; /* of the table that is looked at */
	enum figures_sort table_by[STATS_KIND_MAX];
	bool table_invert[STATS_KIND_MAX];

	bool paused;
	uint64_t waiting; /* lines about operations since then */
	int64_t key_ns;   /* the last key; 0: none that holds rows */

	struct op
	    *open; /* a copy of the operation that is looked at, or NULL */
	size_t open_top; /* its first line in view */
	bool open_end;   /* it stays at the end as that grows */
	enum model_pane pane;
	struct buf open_lines; /* of it, each with a NUL behind it */
	uint64_t open_seen;    /* how far lines.h was looked through */
	int64_t usual_low_ns;  /* of the stage it is in: half of its like, */
	int64_t usual_high_ns; /* nine in ten took no longer; -1 unknown */
	size_t usual_n;
	struct buf console; /* lines of the console log, as open_lines */
	char console_note[MODEL_NOTE_MAX]; /* which log, or why there is none */

	struct op *peek; /* of a tree: a copy of the selected one, or NULL */
	size_t stuck;    /* rows that are */
	uint64_t alarms; /* times that more failed or got stuck */

	struct map *acked; /* op_ids of failures that were acknowledged */
};

struct model *model_new(void);
struct model *model_free(struct model *m);
/* Takes over the present; nothing when paused.  stats may be NULL. */
void model_update(struct model *m, struct opset *set, struct stats *stats,
    const struct model_feed *feed, int64_t now_ns);
/* A line changed an operation: what a paused picture counts. */
void model_changed(struct model *m);

/* A key was pressed: rows hold still for a while. */
void model_touch(struct model *m, int64_t now_ns);
/* Selects the row so many further; from none, the first or the last. */
void model_move(struct model *m, int by);
void model_move_first(struct model *m);
void model_move_last(struct model *m);
void model_select_none(struct model *m);
/* The selected row, or NULL. */
const struct model_row *model_selected(const struct model *m);
/* Selects the row of that operation, if it is there. */
void model_select(struct model *m, const struct opid *id);
/* The next way to sort in that direction, or the other way round. */
void model_sort_next(struct model *m, int by);
void model_sort_invert(struct model *m);
/* In that way; asked for again, the other way round. */
void model_sort_by(struct model *m, enum model_sort sort);
const char *model_sort_name(enum model_sort sort);
const char *model_state_name(enum model_state state);
/* Which are shown, from the next update on; takes both over, NULL: all. */
void model_filter(struct model *m, struct filter *filter, char *text);
/*
 * Selects the next row that has the text in it, dir 1 or -1, the selected one
 * too when `here`; without regard to case, around the end.  False: none has.
 * The text may be that of the last search.
 */
bool model_search(struct model *m, const char *text, int dir, bool here);
/* Going on lets rows move again at the next update. */
void model_pause(struct model *m, bool paused);
/* Leaves that column out, or takes it in again. */
void model_hide(struct model *m, unsigned column);
/* Rows by VM, or not. */
void model_tree(struct model *m);
/* For a tree: what the selected operation is made of. */
void model_peek(struct model *m, struct opset *set);
/* Shows something else of the operation that is open, or its stages again. */
void model_show(struct model *m, enum model_pane pane);
/* The selected failure, or all: they go when their time is up. */
void model_ack(struct model *m);
void model_ack_all(struct model *m);
/*
 * Opens the selected operation, or the first.  In a paused picture it shows
 * what is known of it at this moment, and holds that.  False: nothing is there.
 */
bool model_open(struct model *m, struct opset *set);
/* Takes what is now known of the open one, paused or not. */
void model_refresh_open(struct model *m, struct opset *set,
    struct stats *stats);
/* How the reading of its console log went: lines with a NUL each, and a note
 * about them; takes over what lines holds. */
void model_console(struct model *m, struct buf *lines, const char *note);
void model_close(struct model *m);
/* Scrolls so that h lines of n show the wanted part. */
void model_fit_open(struct model *m, size_t n, size_t h);
void model_scroll_open(struct model *m, int by);
void model_fit_section(struct model *m, enum model_section section, size_t h);
/* The same of a table of n rows. */
void model_move_table(struct model *m, int by, size_t n);
void model_fit_table(struct model *m, size_t n, size_t h);
/* By that; asked for again, the other way round. */
void model_sort_table(struct model *m, enum stats_kind kind,
    enum figures_sort by);

/* The VM's name, or its id, or the image; NULL where none is known. */
const char *model_row_vm(const struct model_row *row);
/* True for what stays until it is acknowledged. */
bool model_is_failure(enum op_status status);

DEFINE_FREEP(struct model *, model_free);

#endif
