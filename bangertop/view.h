/* SPDX-License-Identifier: ISC */
/*
 * What can be on the screen between header and bottom line.  Drawing reads the
 * model and never changes it; fit() is called before it and may scroll.  A key
 * is answered with what is to be done.
 */
#ifndef TOP_VIEW_H
#define TOP_VIEW_H

#include "draw.h"
#include "keys.h"
#include "model.h"
#include "prompt.h"

enum view_reaction {
	VIEW_NOTHING = 0,
	VIEW_REDRAW = 1,
	VIEW_OPEN = 2,     /* the selected operation */
	VIEW_BACK = 4,     /* to the list */
	VIEW_ANEW = 8,     /* the model is to be updated first */
	VIEW_CONSOLE = 16, /* the console log is to be read */
};

struct view_ops {
	const char *name; /* of its tab; NULL: it has none */
	bool figures;     /* it shows the model's figures */
	/* Lines that show all there is, width cells wide. */
	int (*lines)(const struct model *m, const struct screen *s, int width);
	void (*fit)(struct model *m, const struct screen *s, struct rect area);
	void (*draw)(const struct model *m, struct screen *s, struct rect area);
	unsigned (*key)(struct model *m, enum keys_id key);
	/* The mouse at a cell of area; NULL: nothing comes of it. */
	unsigned (*click)(struct model *m, const struct screen *s,
	    struct rect area, int x, int y);
};

extern const struct view_ops view_flight, view_op, view_help, view_columns,
    view_stages, view_errors, view_helper;
/* Those with a tab, in the order of their numbers; ends in NULL. */
extern const struct view_ops *const view_tabs[];

/* What there is around a view. */
struct view_frame {
	const struct view_ops *view;
	const char *source;
	bool live;                   /* with tabs and a bottom line */
	bool readonly;               /* nothing can be canceled */
	const struct prompt *prompt; /* or NULL */
	const char *say; /* at the bottom in place of the keys; NULL: nothing */
};

/*
 * What is at that cell: a tab, which is returned, or the view's, which answers
 * in *ret_reaction (enum view_reaction) and NULL is returned.
 */
const struct view_ops *view_click(struct model *m, const struct view_frame *f,
    const struct screen *s, int x, int y, unsigned *ret_reaction);
/* The whole screen: header, view, bottom line.  Draws and flushes. */
void view_draw(struct model *m, const struct view_frame *f, struct screen *s);
/* Rows of a screen on which nothing of the view is missing. */
int view_frame_rows(const struct model *m, const struct view_ops *view,
    int cols, bool ascii);

/* The look of a status. */
unsigned view_status_role(enum op_status status);

#endif
