/* SPDX-License-Identifier: ISC */
/* What becomes of a hosts file's text; nothing here knows of files. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"

#include "hosts.h"
#include "wire/rpc.h"

#define HOSTS_DOMAIN ".banger"
#define HOSTS_MARK_MAX 64
/* Behind the first mark when the text before it ended without a newline. */
#define HOSTS_NO_NEWLINE " (no newline before)"
#define HOSTS_BLANKS " \t\r\f\v"

/* A piece of the text that is borrowed. */
struct hosts__span {
	const char *p;
	size_t len;
};

/* The text in three; without a block, all of it is before. */
struct hosts__parts {
	struct hosts__span before, block, after;
	bool newline; /* the block brought one along */
};

/* Takes the next line, without its newline, off *rest; false at the end. */
static bool
hosts__line(struct hosts__span *rest, struct hosts__span *ret)
{
	const char *nl;

	if (rest->len == 0)
		return false;
	nl = memchr(rest->p, '\n', rest->len);
	ret->p = rest->p;
	ret->len = nl != NULL ? (size_t)(nl - rest->p) : rest->len;
	rest->p += ret->len + (nl != NULL);
	rest->len -= ret->len + (nl != NULL);
	return true;
}

/* Takes the next word off *rest, to a comment or the end. */
static bool
hosts__word(struct hosts__span *rest, struct hosts__span *ret)
{
	while (rest->len > 0 &&
	    memchr(HOSTS_BLANKS, rest->p[0], sizeof(HOSTS_BLANKS) - 1) !=
		NULL) {
		rest->p++;
		rest->len--;
	}
	ret->p = rest->p;
	while (rest->len > 0 && rest->p[0] != '#' &&
	    memchr(HOSTS_BLANKS, rest->p[0], sizeof(HOSTS_BLANKS) - 1) ==
		NULL) {
		rest->p++;
		rest->len--;
	}
	ret->len = (size_t)(rest->p - ret->p);
	return ret->len > 0;
}

static bool
hosts__is(const struct hosts__span *s, const char *text)
{
	return s->len == strlen(text) && strncasecmp(s->p, text, s->len) == 0;
}

/* Does any line of the text say the name? */
static bool
hosts__says(struct hosts__span text, const char *name)
{
	struct hosts__span line, word;

	while (hosts__line(&text, &line)) {
		if (!hosts__word(&line, &word))
			continue; /* the address; then its names */
		while (hosts__word(&line, &word))
			if (hosts__is(&word, name))
				return true;
	}
	return false;
}

/* The VM whose line it is: what stands behind "# ". */
static struct hosts__span
hosts__vm(const struct hosts__span *line)
{
	const char *mark = memchr(line->p, '#', line->len);
	struct hosts__span vm = { line->p, 0 };

	if (mark != NULL && line->p + line->len - mark > 2) {
		vm.p = mark + 2;
		vm.len = (size_t)(line->p + line->len - vm.p);
	}
	return vm;
}

/* A line of a mark; *ret_newline: it says that a newline came with it. */
static bool
hosts__is_mark(const struct hosts__span *line, const char *mark,
    bool *ret_newline)
{
	char with[HOSTS_MARK_MAX + sizeof(HOSTS_NO_NEWLINE)];

	snprintf(with, sizeof(with), "%s%s", mark, HOSTS_NO_NEWLINE);
	*ret_newline = hosts__is(line, with);
	return *ret_newline || hosts__is(line, mark);
}

static int
hosts__not_a_pair(const char *begin, const char *end, struct error *err)
{
	return rpc_fail(err, RPC_INVALID_STATE,
	    "the lines \"%s\" and \"%s\" of the hosts file are not one pair; "
	    "mend or remove them",
	    begin, end);
}

/* On failure *ret is of no use. */
static int
hosts__split(const char *text, size_t len, const char *instance,
    struct hosts__parts *ret, struct error *err)
{
	struct hosts__span rest = { text, len }, line;
	char begin[HOSTS_MARK_MAX], end[HOSTS_MARK_MAX];
	bool found = false, open = false, newline = false;

	snprintf(begin, sizeof(begin), "# banger begin %s", instance);
	snprintf(end, sizeof(end), "# banger end %s", instance);
	*ret = (struct hosts__parts){ .before = rest };
	while (hosts__line(&rest, &line)) {
		bool is_begin = hosts__is_mark(&line, begin, &newline);

		if (!is_begin && !hosts__is(&line, end))
			continue;
		/* First the one, then the other, each once. */
		if (is_begin ? found : !open)
			return hosts__not_a_pair(begin, end, err);
		open = is_begin;
		if (is_begin) {
			found = true;
			ret->newline = newline && line.p > text;
			ret->before.len = (size_t)(line.p - text);
			ret->block.p = rest.p;
		} else {
			ret->block.len = (size_t)(line.p - ret->block.p);
			ret->after = rest;
		}
	}
	if (open)
		return hosts__not_a_pair(begin, end, err);
	if (ret->newline)
		ret->before.len--;
	return 0;
}

/* The lines of the block that stay, as they are. */
static int
hosts__keep(const struct hosts__span *block, const struct hosts_change *c,
    struct buf *out, struct error *err)
{
	struct hosts__span rest = *block, line;
	const char *put = c->put != NULL ? c->put->vm_id : NULL;

	while (hosts__line(&rest, &line)) {
		struct hosts__span vm = hosts__vm(&line), words = line, word;
		_cleanup_buf_ struct buf address = BUF_INIT;
		int r = 1;

		if ((put != NULL && hosts__is(&vm, put)) ||
		    (c->remove != NULL && hosts__is(&vm, c->remove)))
			continue;
		if (c->stays != NULL) {
			hosts__word(&words, &word);
			buf_put(&address, word.p, word.len);
			r = c->stays(c->arg, buf_str(&address), err);
		}
		if (r < 0)
			return r;
		if (r == 0)
			continue;
		buf_put(out, line.p, line.len);
		buf_putc(out, '\n');
	}
	return 0;
}

static int
hosts__put(const struct hosts__parts *p, const struct hosts_entry *e,
    struct buf *block, bool *ret_short, struct error *err)
{
	const struct hosts__span kept = { buf_str(block), block->len };
	char full[80];

	snprintf(full, sizeof(full), "%s%s", e->name, HOSTS_DOMAIN);
	if (hosts__says(p->before, full) || hosts__says(p->after, full) ||
	    hosts__says(kept, full))
		return rpc_fail(err, RPC_ALREADY_EXISTS,
		    "the hosts file has another line for %s", full);
	*ret_short = strcmp(e->name, "localhost") != 0 &&
	    !hosts__says(p->before, e->name) &&
	    !hosts__says(p->after, e->name) && !hosts__says(kept, e->name);
	buf_printf(block, "%s\t%s%s%s\t# %s\n", e->address, full,
	    *ret_short ? " " : "", *ret_short ? e->name : "", e->vm_id);
	return 0;
}

int
hosts_edit(const char *text, size_t len, const struct hosts_change *change,
    struct buf *out, bool *ret_short, struct error *err)
{
	_cleanup_buf_ struct buf block = BUF_INIT;
	struct hosts__parts p = { 0 };
	bool newline;
	int r = hosts__split(text, len, change->instance, &p, err);

	if (r == 0)
		r = hosts__keep(&p.block, change, &block, err);
	if (r == 0 && change->put != NULL)
		r = hosts__put(&p, change->put, &block, ret_short, err);
	if (r < 0)
		return r;
	buf_put(out, p.before.p, p.before.len);
	if (block.len > 0) {
		newline = p.before.len > 0 &&
		    p.before.p[p.before.len - 1] != '\n';
		buf_printf(out, "%s# banger begin %s%s\n%s# banger end %s\n",
		    newline ? "\n" : "", change->instance,
		    newline ? HOSTS_NO_NEWLINE : "", buf_str(&block),
		    change->instance);
	} else if (p.newline && p.after.len > 0) {
		/* Somebody went on behind us: two lines do not become one. */
		buf_putc(out, '\n');
	}
	buf_put(out, p.after.p, p.after.len);
	return 0;
}
