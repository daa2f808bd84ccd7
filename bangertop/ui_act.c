/* SPDX-License-Identifier: ISC */
/* What keys do beyond the picture: a console log, canceling, saving. */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "console.h"
#include "ui_int.h"

void
ui_say(struct ui *u, const char *text)
{
	snprintf(u->say, sizeof(u->say), "%.*s", (int)sizeof(u->say) - 1, text);
}

/* Reads the console log of the open operation's VM again. */
void
ui_console(struct ui *u)
{
	_cleanup_free_ char *path = console_path(u->model->open);
	_cleanup_buf_ struct buf lines = BUF_INIT;
	struct error err = ERROR_INIT;

	if (path == NULL)
		model_console(u->model, &lines,
		    "its lines do not say where the console log lies");
	else if (console_read(path, &lines, &err) < 0)
		model_console(u->model, &lines, err.text);
	else
		model_console(u->model, &lines, path);
}

void
ui_refresh(struct ui *u)
{
	if (u->view == &view_op && u->model->open != NULL &&
	    u->model->pane == MODEL_CONSOLE && !u->model->paused)
		ui_console(u);
}

struct ui_subject {
	const struct opid *id; /* NULL: there is none */
	const char *name, *vm; /* NULL: unknown */
	bool runs;
};

/* The operation that is looked at, else the selected one. */
static struct ui_subject
ui__subject(const struct ui *u)
{
	const struct model_row *row = model_selected(u->model);
	const struct op *op = u->model->open;

	if (u->view == &view_op && op != NULL)
		return (struct ui_subject){ &op->id, op->name,
			op_subject(op, FIELD_VM_NAME), op_in_flight(op) };
	if (u->view != &view_flight || row == NULL)
		return (struct ui_subject){ 0 };
	return (struct ui_subject){ &row->id, row->operation, row->vm_name,
		row->status == OP_RUNNING };
}

/* Asks whether to cancel, or says why not. */
void
ui_ask(struct ui *u)
{
	struct ui_subject it = ui__subject(u);

	if (u->readonly)
		ui_say(u, "nothing is canceled with --readonly");
	else if (u->replay != NULL)
		ui_say(u, "what is played back cannot be canceled");
	else if (u->cancel == NULL)
		ui_say(u, "there is nobody to cancel it");
	else if (it.id == NULL)
		ui_say(u, "select the operation to cancel first");
	else if (!it.runs)
		ui_say(u, "it has ended already");
	else {
		u->asked = *it.id;
		snprintf(u->say, sizeof(u->say),
		    "cancel %.64s%s%.64s (%s)? y: yes, any other key: no",
		    it.name != NULL ? it.name : "it",
		    it.vm != NULL ? " of " : "", it.vm != NULL ? it.vm : "",
		    it.id->text);
	}
}

/* The answer to that. */
unsigned
ui_answered(struct ui *u, int code)
{
	struct opid op = u->asked;

	u->asked.text[0] = '\0';
	if (code != 'y' && code != 'Y') {
		ui_say(u, "nothing was canceled");
		return UI_REDRAW;
	}
	snprintf(u->say, sizeof(u->say), "asking bangerd to cancel %s",
	    op.text);
	u->cancel(u->cancel_arg, &op);
	return UI_REDRAW;
}

void
ui_save(struct ui *u)
{
	struct config c = u->config;
	struct error err = ERROR_INIT;
	const struct model *m = u->model;

	c.view = u->tab;
	c.sort = m->sort;
	c.invert = m->invert;
	c.tree = m->tree;
	c.hidden = m->hidden;
	c.filter = m->filter_text; /* borrowed for the call */
	ui_say(u,
	    config_save(&c, &err) < 0 ? err.text : "the settings are saved");
}
