/* SPDX-License-Identifier: ISC */
#include "trace/export.h"

#include <endian.h>
#include <string.h>

/* What every entry of journalctl's begins with, and so no line of ours. */
static const char *const export_starts[] = {
	"__CURSOR=",
	"__REALTIME_TIMESTAMP=",
	"__MONOTONIC_TIMESTAMP=",
	"_BOOT_ID=",
};

bool
export_is_start(const char *s, size_t len)
{
	for (size_t i = 0; i < sizeof(export_starts) / sizeof(*export_starts);
	     i++) {
		size_t n = strlen(export_starts[i]);

		if (len >= n && memcmp(s, export_starts[i], n) == 0)
			return true;
	}
	return false;
}

/* How many bytes of a field's name stand there. */
static size_t
export__name(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len &&
	    ((s[n] >= 'A' && s[n] <= 'Z') || (s[n] >= '0' && s[n] <= '9') ||
		s[n] == '_'))
		n++;
	return n;
}

/* Passes over what is left of a value that was cut. */
static enum export_status
export__skip(struct export *x, const char *s, size_t len, size_t *ret_used)
{
	const char *nl;

	if (x->line) {
		nl = memchr(s, '\n', len);
		*ret_used = nl != NULL ? (size_t)(nl - s) + 1 : len;
		x->line = nl == NULL;
		return nl != NULL ? EXPORT_FIELD : EXPORT_MORE;
	}
	*ret_used = x->skip < len ? (size_t)x->skip : len;
	x->skip -= *ret_used;
	return x->skip == 0 ? EXPORT_FIELD : EXPORT_MORE;
}

/* A field whose length is given; name is its name's length. */
static enum export_status
export__binary(struct export *x, const char *s, size_t len, size_t name,
    size_t *ret_used)
{
	size_t head = name + 1 + sizeof(uint64_t);
	uint64_t size;
	bool cut;

	if (len < head)
		return EXPORT_MORE;
	memcpy(&size, s + name + 1, sizeof(size));
	size = le64toh(size);
	cut = size > EXPORT_VALUE_MAX;
	if (!cut && len - head < size + 1)
		return EXPORT_MORE;
	if (cut && len - head < EXPORT_VALUE_MAX)
		return EXPORT_MORE;
	entry_add(x->entry, s, name, s + head,
	    cut ? EXPORT_VALUE_MAX : (size_t)size, cut);
	x->open = true;
	*ret_used = head + (cut ? EXPORT_VALUE_MAX : (size_t)size + 1);
	if (cut)
		/* The newline behind it too, were there no end of numbers. */
		x->skip = size - EXPORT_VALUE_MAX + (size < UINT64_MAX);
	return EXPORT_FIELD;
}

enum export_status
export_take(struct export *x, const char *s, size_t len, size_t *ret_used)
{
	const char *nl;
	size_t name, line;

	*ret_used = 0;
	if (len == 0)
		return EXPORT_MORE;
	if (x->skip > 0 || x->line)
		return export__skip(x, s, len, ret_used);
	if (*s == '\n') {
		*ret_used = 1;
		if (!x->open)
			return EXPORT_FIELD;
		x->open = false;
		return EXPORT_ENTRY;
	}
	name = export__name(s, len);
	if (name == len)
		return len > EXPORT_VALUE_MAX ? EXPORT_LINE : EXPORT_MORE;
	if (name > 0 && s[name] == '\n')
		return export__binary(x, s, len, name, ret_used);
	if (name == 0 || s[name] != '=') {
		/* What is no field ends the entry before it. */
		if (!x->open)
			return EXPORT_LINE;
		x->open = false;
		return EXPORT_ENTRY;
	}
	nl = memchr(s, '\n', len);
	line = nl != NULL ? (size_t)(nl - s) : len;
	x->line = line > EXPORT_VALUE_MAX;
	if (nl == NULL && !x->line)
		return EXPORT_MORE;
	if (x->line)
		line = EXPORT_VALUE_MAX;
	entry_add(x->entry, s, name, s + name + 1, line - name - 1, x->line);
	x->open = true;
	*ret_used = line + !x->line;
	return EXPORT_FIELD;
}

void
export_rest(struct export *x, const char *s, size_t len)
{
	size_t name = export__name(s, len);
	size_t head = name + 1 + sizeof(uint64_t);

	if (x->skip > 0 || x->line || name == 0)
		return;
	if (name < len && s[name] == '=')
		entry_add(x->entry, s, name, s + name + 1, len - name - 1,
		    false);
	else if (len > head)
		entry_add(x->entry, s, name, s + head, len - head, false);
	x->open = true;
}
