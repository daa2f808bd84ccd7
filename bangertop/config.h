/* SPDX-License-Identifier: ISC */
/*
 * How it looks and begins, and what S saves: from
 * $XDG_CONFIG_HOME/banger/bangertop.conf (else
 * ~/.config), which the options override.  Lines are "key = value"; "#" begins
 * a comment.
 */
#ifndef TOP_CONFIG_H
#define TOP_CONFIG_H

#include <stdbool.h>

#include "base/error.h"
#include "model.h"
#include "theme.h"
#include "view.h"

struct config {
	enum theme_id theme;
	bool ascii;
	const struct view_ops *view; /* one of view_tabs */
	enum model_sort sort;
	bool invert;
	char *filter;    /* owned, or NULL */
	unsigned hidden; /* enum model_column: what is left out */
	bool tree, mouse, bell;
};

/* The defaults. */
void config_init(struct config *c);
void config_done(struct config *c);
/* Reads the file, when there is one. */
int config_load(struct config *c, struct error *err);
/* Writes the file anew, whole or not at all; makes its folder. */
int config_save(const struct config *c, struct error *err);
/* One key, as the file has them. */
int config_set(struct config *c, const char *key, const char *value,
    struct error *err);

#define _cleanup_config_ __attribute__((cleanup(config_done)))

#endif
