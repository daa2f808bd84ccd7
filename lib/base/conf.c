/* SPDX-License-Identifier: ISC */
#include "base/conf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/when.h"

#define CONF_FILE_MAX (1 << 20)
/* Edits between a name and what may have been meant. */
#define CONF_NEAR_MAX 3

struct conf_value {
	int64_t number;
	char *text;
	unsigned line; /* of the file being read; 0: it was not there */
};

struct conf {
	const struct conf_key *keys;
	struct conf_value *values;
	size_t n;
};

/* ---- one value -------------------------------------------------------------
 */

static int
conf__count(const char *text, int64_t *ret)
{
	uint64_t n;

	if (!text_parse_u64(text, 0, INT64_MAX, &n))
		return -EINVAL;
	*ret = (int64_t)n;
	return 0;
}

static int
conf__duration(const char *text, int64_t *ret)
{
	return when_parse_span(text, 0, ret, NULL);
}

static int
conf__bytes(const char *text, int64_t *ret)
{
	return text_parse_bytes(text, ret) ? 0 : -EINVAL;
}

static int
conf__bool(const char *text, int64_t *ret)
{
	if (strcmp(text, "yes") != 0 && strcmp(text, "no") != 0)
		return -EINVAL;
	*ret = text[0] == 'y';
	return 0;
}

static const struct {
	const char *what;
	int (*number)(const char *text, int64_t *ret); /* NULL: it is text */
} conf_types[] = {
	[CONF_COUNT] = { "a whole number", conf__count },
	[CONF_BYTES] = { "a number of bytes", conf__bytes },
	[CONF_DURATION] = { "a duration", conf__duration },
	[CONF_BOOL] = { "yes or no", conf__bool },
	[CONF_TEXT] = { "a text", NULL },
	[CONF_PATH] = { "an absolute path", NULL },
};

void
conf_describe(const struct conf_key *key, struct buf *out)
{
	if (key->type == CONF_TEXT && key->most != NULL)
		buf_printf(out, "one of %s", key->most);
	else
		buf_puts(out, conf_types[key->type].what);
	if (key->least != NULL)
		buf_printf(out, " from %s to %s", key->least, key->most);
}

/* Is it one of the words? */
static bool
conf__is_word(const char *words, const char *text)
{
	size_t len;

	for (; *words != '\0'; words += len + strspn(words + len, " ")) {
		len = strcspn(words, " ");
		if (strlen(text) == len && memcmp(words, text, len) == 0)
			return true;
	}
	return false;
}

/* Is it what the key takes?  *ret_number of the numeric types. */
static bool
conf__fits(const struct conf_key *key, const char *text, int64_t *ret_number)
{
	int (*number)(const char *, int64_t *) = conf_types[key->type].number;
	int64_t n, bound;

	if (*text == '\0')
		return false;
	if (number == NULL)
		return key->type == CONF_PATH ? text[0] == '/'
		    : key->most == NULL       ? true
					      : conf__is_word(key->most, text);
	if (number(text, &n) < 0 ||
	    (key->least != NULL && number(key->least, &bound) == 0 &&
		n < bound) ||
	    (key->least != NULL && number(key->most, &bound) == 0 && n > bound))
		return false;
	*ret_number = n;
	return true;
}

/* Takes the value; the text of a fault has no place in it. */
static int
conf__take(const struct conf_key *key, const char *text, struct conf_value *ret,
    struct error *err)
{
	_cleanup_buf_ struct buf want = BUF_INIT, safe = BUF_INIT;

	if (conf__fits(key, text, &ret->number)) {
		xset(&ret->text, text);
		return 0;
	}
	conf_describe(key, &want);
	text_escape(&safe, text, strlen(text), false);
	return error_set(err, -EINVAL, "%s wants %s, not \"%s\"", key->name,
	    buf_str(&want), buf_str(&safe));
}

/* ---- the whole -------------------------------------------------------------
 */

static struct conf_value *
conf__values_new(const struct conf_key *keys, size_t n)
{
	struct conf_value *values = xcalloc(n, sizeof(*values));

	for (size_t i = 0; i < n; i++)
		if (keys[i].fallback != NULL &&
		    conf__take(&keys[i], keys[i].fallback, &values[i], NULL) <
			0)
			abort(); /* the table contradicts itself */
	return values;
}

static void
conf__values_free(struct conf_value *values, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(values[i].text);
	free(values);
}

struct conf *
conf_new(const struct conf_key *keys, size_t n)
{
	struct conf *c = xcalloc(1, sizeof(*c));

	c->keys = keys;
	c->n = n;
	c->values = conf__values_new(keys, n);
	return c;
}

struct conf *
conf_free(struct conf *c)
{
	if (c == NULL)
		return NULL;
	conf__values_free(c->values, c->n);
	free(c);
	return NULL;
}

int64_t
conf_number(const struct conf *c, size_t key)
{
	return c->values[key].number;
}

const char *
conf_text(const struct conf *c, size_t key)
{
	return c->values[key].text;
}

int
conf_set(struct conf *c, size_t key, const char *value, struct error *err)
{
	return conf__take(&c->keys[key], value, &c->values[key], err);
}

/* ---- a file ----------------------------------------------------------------
 */

static size_t
conf__find(const struct conf *c, const char *name)
{
	size_t i = 0;

	while (i < c->n && strcmp(c->keys[i].name, name) != 0)
		i++;
	return i;
}

static int
conf__unknown(const struct conf *c, const char *name, struct error *err)
{
	_cleanup_buf_ struct buf safe = BUF_INIT;
	size_t best = strlen(name) / 2 + 1, edits;
	const char *meant = NULL;

	/* Half of a name is not what may have been meant. */
	if (best > CONF_NEAR_MAX + 1)
		best = CONF_NEAR_MAX + 1;
	for (size_t i = 0; i < c->n; i++) {
		edits = text_distance(name, c->keys[i].name);
		if (edits < best) {
			best = edits;
			meant = c->keys[i].name;
		}
	}
	text_escape(&safe, name, strlen(name), false);
	error_set(err, -EINVAL, "there is no key \"%s\"", buf_str(&safe));
	if (meant != NULL)
		error_hint(err, "did you mean %s?", meant);
	return -EINVAL;
}

/* One line of the file, cut up on the way. */
static int
conf__line(const struct conf *c, char *line, unsigned n,
    struct conf_value *values, struct error *err)
{
	char *name = text_trim(line), *equals;
	size_t i;

	if (*name == '\0' || *name == '#')
		return 0;
	equals = strchr(name, '=');
	if (equals == NULL || equals == name)
		return error_set(err, -EINVAL,
		    "neither a comment (#) nor \"KEY = VALUE\"");
	*equals = '\0';
	name = text_trim(name);
	i = conf__find(c, name);
	if (i == c->n)
		return conf__unknown(c, name, err);
	if (values[i].line != 0)
		return error_set(err, -EINVAL,
		    "%s stands in line %u already; keep one of the two", name,
		    values[i].line);
	values[i].line = n;
	return conf__take(&c->keys[i], text_trim(equals + 1), &values[i], err);
}

/* Notes the fault in faults, and the first one in err. */
static void
conf__fault(const char *path, unsigned n, const struct error *what, int *rc,
    struct buf *faults, struct error *err)
{
	_cleanup_buf_ struct buf safe = BUF_INIT;

	text_escape(&safe, path, strlen(path), false);
	if (faults != NULL)
		buf_printf(faults, "%s:%u: %s\n", buf_str(&safe), n,
		    what->text);
	if (*rc == 0)
		*rc = error_set(err, -EINVAL, "%s:%u: %s", buf_str(&safe), n,
		    what->text);
}

static int
conf__lines(const struct conf *c, FILE *f, const char *path,
    struct conf_value *values, struct buf *faults, struct error *err)
{
	_cleanup_free_ char *line = NULL;
	struct error what;
	size_t room = 0, total = 0;
	unsigned n = 0;
	int rc = 0;
	ssize_t len;

	while ((len = getline(&line, &room, f)) >= 0) {
		n++;
		total += (size_t)len;
		error_clear(&what);
		if (total > CONF_FILE_MAX)
			return error_set(err, -EFBIG,
			    "%s:%u: the file is larger than a configuration "
			    "can be",
			    path, n);
		if (memchr(line, '\0', (size_t)len) != NULL)
			error_set(&what, -EINVAL,
			    "a NUL byte; write plain text");
		else if (conf__line(c, line, n, values, &what) == 0)
			continue;
		conf__fault(path, n, &what, &rc, faults, err);
	}
	return rc == 0 && ferror(f)
	    ? error_errno(err, errno, "reading %s", path)
	    : rc;
}

int
conf_read(struct conf *c, const char *path, struct buf *faults,
    struct error *err)
{
	struct conf_value *values = conf__values_new(c->keys, c->n);
	FILE *f = fopen(path, "re");
	int rc = f == NULL ? error_errno(err, errno, "reading %s", path)
			   : conf__lines(c, f, path, values, faults, err);

	if (f != NULL)
		fclose(f);
	if (rc == 0) {
		conf__values_free(c->values, c->n);
		c->values = values;
	} else {
		conf__values_free(values, c->n);
	}
	return rc;
}
