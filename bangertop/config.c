/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "ui.h"

#define CONFIG_LINE_MAX 2048

void
config_init(struct config *c)
{
	*c = (struct config){ .theme = THEME_DEFAULT, .view = &view_flight };
}

void
config_done(struct config *c)
{
	free(c->filter);
	c->filter = NULL;
}

/* ---- values ---------------------------------------------------------------
 */

static int
config__bool(const char *value, bool *ret, struct error *err)
{
	static const char *const words[] = { "no", "yes", "false", "true", "0",
		"1" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcasecmp(value, words[i]) == 0) {
			*ret = i % 2 == 1;
			return 0;
		}
	return error_set(err, -EINVAL, "use yes or no");
}

static int
config__theme(struct config *c, const char *value, struct error *err)
{
	for (int i = 0; i < THEME_ID_MAX; i++)
		if (strcasecmp(value, theme_name((enum theme_id)i)) == 0) {
			c->theme = (enum theme_id)i;
			return 0;
		}
	return error_set(err, -EINVAL, "use default, contrast or mono");
}

static int
config__sort(struct config *c, const char *value, struct error *err)
{
	for (int i = 0; i < MODEL_SORT_MAX; i++)
		if (strcasecmp(value, model_sort_name((enum model_sort)i)) ==
		    0) {
			c->sort = (enum model_sort)i;
			return 0;
		}
	return error_set(err, -EINVAL,
	    "use age, operation, vm, stage, #, elapsed, \"in stage\", eta, "
	    "state, calls or \"op id\"");
}

static int
config__view(struct config *c, const char *value, struct error *err)
{
	const struct view_ops *view = ui_view(value);

	if (view == NULL)
		return error_set(err, -EINVAL,
		    "use operations, stages, errors or helper");
	c->view = view;
	return 0;
}

int
config_set(struct config *c, const char *key, const char *value,
    struct error *err)
{
	struct error why = ERROR_INIT;
	int r;

	if (strcmp(key, "theme") == 0)
		r = config__theme(c, value, &why);
	else if (strcmp(key, "ascii") == 0)
		r = config__bool(value, &c->ascii, &why);
	else if (strcmp(key, "view") == 0)
		r = config__view(c, value, &why);
	else if (strcmp(key, "sort") == 0)
		r = config__sort(c, value, &why);
	else if (strcmp(key, "invert") == 0)
		r = config__bool(value, &c->invert, &why);
	else if (strcmp(key, "filter") == 0)
		r = (xset(&c->filter, value), 0);
	else
		return error_set(err, -EINVAL,
		    "\"%s\" is not known; there are theme, ascii, view, sort, "
		    "invert and filter",
		    key);
	if (r < 0)
		return error_set(err, -EINVAL, "%s \"%s\": %s", key, value,
		    why.text);
	return 0;
}

/* ---- the file -------------------------------------------------------------
 */

static char *
config__path(void)
{
	const char *dir = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	if (dir != NULL && dir[0] == '/')
		return xasprintf("%s/banger/bangertop.conf", dir);
	return home != NULL && home[0] == '/'
	    ? xasprintf("%s/.config/banger/bangertop.conf", home)
	    : NULL;
}

/* Cuts blanks off both ends, in place. */
static char *
config__trim(char *s)
{
	size_t len;

	s += strspn(s, " \t");
	len = strlen(s);
	while (len > 0 && strchr(" \t\r\n", s[len - 1]) != NULL)
		s[--len] = '\0';
	return s;
}

static int
config__line(struct config *c, char *line, struct error *err)
{
	char *key = config__trim(line), *value;

	if (key[0] == '\0' || key[0] == '#')
		return 0;
	value = strchr(key, '=');
	if (value == NULL)
		return error_set(err, -EINVAL, "a line is \"key = value\"");
	*value++ = '\0';
	return config_set(c, config__trim(key), config__trim(value), err);
}

int
config_load(struct config *c, struct error *err)
{
	_cleanup_free_ char *path = config__path();
	struct error why = ERROR_INIT;
	char line[CONFIG_LINE_MAX];
	FILE *file;
	int r = 0;

	if (path == NULL)
		return 0;
	file = fopen(path, "re");
	if (file == NULL && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (file == NULL)
		return error_errno(err, errno, "opening %s", path);
	for (int n = 1; r == 0 && fgets(line, sizeof(line), file) != NULL; n++)
		if (config__line(c, line, &why) < 0)
			r = error_set(err, -EINVAL, "%s:%d: %s", path, n,
			    why.text);
	fclose(file);
	return r;
}
