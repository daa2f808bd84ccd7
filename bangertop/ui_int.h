/* SPDX-License-Identifier: ISC */
/* What the files of the user's side ask of one another. */
#ifndef TOP_UI_INT_H
#define TOP_UI_INT_H

#include "ui.h"

/* Reads the console log of the open operation's VM again. */
void ui_console(struct ui *u);
/* Asks whether to cancel what is looked at or selected, or says why not. */
void ui_ask(struct ui *u);
/* The key that answers that; enum ui_reaction. */
unsigned ui_answered(struct ui *u, int code);
/* Writes the settings as they are now. */
void ui_save(struct ui *u);

#endif
