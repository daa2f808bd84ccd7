/* SPDX-License-Identifier: ISC */
/* How a command draws: the options --width, --ascii and --color. */
#ifndef BANGERLOG_STYLE_H
#define BANGERLOG_STYLE_H

#include "base/cmd.h"

#include "render.h"

#define STYLE_OPTS                                                            \
	{ 0, "width", "N", NULL, NULL,                                        \
		"Columns to use; without it those of the terminal, or 80." }, \
	    { 0, "ascii", NULL, NULL, NULL,                                   \
		    "Draw with ASCII characters only." },                     \
	{                                                                     \
		0, "color", "WHEN", NULL, "auto", "auto, always or never."    \
	}

/* The command must have all of them. */
int style_read(const struct cmd_ctx *ctx, struct render_style *ret,
    struct error *err);

#endif
