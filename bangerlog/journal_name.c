/* SPDX-License-Identifier: ISC */
#include "journal_name.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/cmd.h"
#include "base/mem.h"

#define NAME_UNITS "?unit="

void
journal_name_done(struct journal_name *name)
{
	free(name->name);
	free(name->path);
	free(name->units);
	free(name->unit_text);
	*name = (struct journal_name)JOURNAL_NAME_INIT;
}

int
journal_name_units(const char *list, struct journal_name *ret,
    struct error *err)
{
	_cleanup_free_ char *copy = xstrdup(list);
	_cleanup_buf_ struct buf text = BUF_INIT;
	char *rest = copy, *name;
	size_t n = 0, at = 0;

	while ((name = strsep(&rest, ",")) != NULL) {
		if (*name == '\0')
			return cmd_usage_error(err,
			    "--unit wants names, separated by commas");
		buf_puts(&text, name);
		if (strchr(name, '.') == NULL)
			buf_puts(&text, ".service");
		buf_putc(&text, '\0');
		n++;
	}
	ret->units = xcalloc(n + 1, sizeof(*ret->units));
	ret->unit_text = buf_steal(&text);
	for (size_t i = 0; i < n; i++) {
		ret->units[i] = ret->unit_text + at;
		at += strlen(ret->units[i]) + 1;
	}
	return 0;
}

int
journal_name_given(const char *path, const char *units,
    struct journal_name *ret, struct error *err)
{
	_cleanup_journal_name_ struct journal_name j = JOURNAL_NAME_INIT;
	_cleanup_buf_ struct buf name = BUF_INIT;
	_cleanup_free_ char *whole = NULL;

	if (path[0] != '\0')
		j.path = xstrdup(path);
	if (units == NULL) {
		j.name = xstrdup(j.path != NULL ? j.path : JOURNAL_NAME_HOST);
	} else {
		if (journal_name_units(units, &j, err) < 0)
			return -1;
		whole = j.path != NULL ? realpath(j.path, NULL) : NULL;
		buf_printf(&name, JOURNAL_NAME_HOST "%s" NAME_UNITS,
		    whole != NULL        ? whole
			: j.path != NULL ? j.path
					 : "");
		for (const char **u = j.units; *u != NULL; u++)
			buf_printf(&name, "%s%s", u == j.units ? "" : ",", *u);
		j.name = buf_steal(&name);
	}
	*ret = j;
	j = (struct journal_name)JOURNAL_NAME_INIT;
	return 0;
}

/* The last such: a path may have it too. */
static char *
name__find_units(char *name)
{
	char *found = NULL;

	for (char *at = name; (at = strstr(at, NAME_UNITS)) != NULL; at++)
		found = at;
	return found;
}

bool
journal_name_of(const struct query_input *in, struct journal_name *ret)
{
	_cleanup_free_ char *copy = xstrdup(in->path);
	char *path = copy, *units = NULL;
	struct stat st;

	if (strncmp(copy, JOURNAL_NAME_HOST, strlen(JOURNAL_NAME_HOST)) == 0) {
		path = copy + strlen(JOURNAL_NAME_HOST);
		units = name__find_units(path);
		if (units != NULL)
			*units = '\0';
	} else if (!in->cursor &&
	    (in->file || path[0] != '/' || stat(path, &st) < 0 ||
		!S_ISDIR(st.st_mode))) {
		return false;
	}
	if (journal_name_given(path,
		units != NULL ? units + strlen(NAME_UNITS) : NULL, ret,
		NULL) < 0)
		return false;
	/* As it stands there, whatever its folder is by now. */
	xset(&ret->name, in->path);
	return true;
}
