/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "flight_columns.h"
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

/* Words of flight_choices, by blanks or commas. */
static int
config__hide(struct config *c, const char *value, struct error *err)
{
	unsigned hidden = 0;
	size_t len, i;

	for (; *(value += strspn(value, " ,")) != '\0'; value += len) {
		len = strcspn(value, " ,");
		for (i = 0; i < FLIGHT_CHOICES; i++)
			if (strlen(flight_choices[i].name) == len &&
			    strncasecmp(flight_choices[i].name, value, len) ==
				0)
				break;
		if (i == FLIGHT_CHOICES)
			return error_set(err, -EINVAL,
			    "use vm, stage, step, elapsed, in-stage, stages, "
			    "eta, state, calls, op-id, took or ago");
		hidden |= flight_choices[i].id;
	}
	c->hidden = hidden;
	return 0;
}

/* What is yes or no, by its name; or NULL. */
static bool *
config__flag(struct config *c, const char *key)
{
	const struct {
		const char *key;
		bool *flag;
	} flags[] = { { "ascii", &c->ascii }, { "invert", &c->invert },
		{ "tree", &c->tree }, { "mouse", &c->mouse },
		{ "bell", &c->bell } };

	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		if (strcmp(flags[i].key, key) == 0)
			return flags[i].flag;
	return NULL;
}

int
config_set(struct config *c, const char *key, const char *value,
    struct error *err)
{
	struct error why = ERROR_INIT;
	bool *flag;
	int r;

	if (strcmp(key, "theme") == 0)
		r = config__theme(c, value, &why);
	else if (strcmp(key, "view") == 0)
		r = config__view(c, value, &why);
	else if (strcmp(key, "sort") == 0)
		r = config__sort(c, value, &why);
	else if (strcmp(key, "filter") == 0)
		r = (xset(&c->filter, value), 0);
	else if (strcmp(key, "hide") == 0)
		r = config__hide(c, value, &why);
	else if ((flag = config__flag(c, key)) != NULL)
		r = config__bool(value, flag, &why);
	else
		return error_set(err, -EINVAL,
		    "\"%s\" is not known; there are theme, ascii, view, sort, "
		    "invert, filter, hide, tree, mouse and bell",
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

static int
config__line(struct config *c, char *line, struct error *err)
{
	char *key = text_trim(line), *value;

	if (key[0] == '\0' || key[0] == '#')
		return 0;
	value = strchr(key, '=');
	if (value == NULL)
		return error_set(err, -EINVAL, "a line is \"key = value\"");
	*value++ = '\0';
	return config_set(c, text_trim(key), text_trim(value), err);
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

/* ---- saving ---------------------------------------------------------------
 */

static void
config__format(const struct config *c, struct buf *out)
{
	static const char *const words[] = { "no", "yes" };

	buf_printf(out,
	    "# Written by bangertop (key S); read when it starts.\n"
	    "theme = %s\nview = %s\nsort = %s\n",
	    theme_name(c->theme), c->view->name, model_sort_name(c->sort));
	buf_printf(out,
	    "ascii = %s\ninvert = %s\ntree = %s\nmouse = %s\nbell = %s\n",
	    words[c->ascii], words[c->invert], words[c->tree], words[c->mouse],
	    words[c->bell]);
	buf_puts(out, "hide =");
	for (size_t i = 0; i < FLIGHT_CHOICES; i++)
		if ((c->hidden & flight_choices[i].id) != 0)
			buf_printf(out, " %s", flight_choices[i].name);
	buf_printf(out, "\nfilter = %s\n", c->filter != NULL ? c->filter : "");
}

/* Every folder above the file; those that are there are left as they are. */
static int
config__folders(char *path, struct error *err)
{
	for (char *p = strchr(path + 1, '/'); p != NULL;
	     p = strchr(p + 1, '/')) {
		*p = '\0';
		if (mkdir(path, 0777) < 0 && errno != EEXIST) {
			error_errno(err, errno, "making %s", path);
			*p = '/';
			return err->code;
		}
		*p = '/';
	}
	return 0;
}

static int
config__write(const char *path, const struct buf *text, struct error *err)
{
	_cleanup_free_ char *temp = xasprintf("%s.XXXXXX", path);
	int fd = mkostemp(temp, O_CLOEXEC), r = 0;
	ssize_t n;

	if (fd < 0)
		return error_errno(err, errno, "making %s", temp);
	n = write(fd, text->data, text->len);
	if (n < 0 || (size_t)n != text->len || fsync(fd) < 0)
		r = error_errno(err,
		    n < 0 || (size_t)n == text->len ? errno : ENOSPC,
		    "writing %s", temp);
	if (close(fd) < 0 && r == 0)
		r = error_errno(err, errno, "writing %s", temp);
	if (r == 0 && rename(temp, path) < 0)
		r = error_errno(err, errno, "renaming to %s", path);
	if (r < 0)
		unlink(temp);
	return r;
}

int
config_save(const struct config *c, struct error *err)
{
	_cleanup_free_ char *path = config__path();
	_cleanup_buf_ struct buf text = BUF_INIT;
	int r;

	if (path == NULL)
		return error_set(err, -ENOENT,
		    "neither XDG_CONFIG_HOME nor HOME names a folder");
	/* It must be one line, that is read again. */
	if (c->filter != NULL &&
	    (strlen(c->filter) > CONFIG_LINE_MAX / 2 ||
		strpbrk(c->filter, "\r\n") != NULL))
		return error_set(err, -EINVAL,
		    "the filter is too long to be saved");
	config__format(c, &text);
	r = config__folders(path, err);
	return r < 0 ? r : config__write(path, &text, err);
}
