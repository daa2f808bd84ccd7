/* SPDX-License-Identifier: ISC */
#include "base/error.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

static void
error__format(struct error *err, int code, const char *kind, const char *fmt,
    va_list ap)
{
	int n;

	err->code = code;
	err->kind = kind;
	n = vsnprintf(err->text, sizeof(err->text), fmt, ap);
	if (n >= (int)sizeof(err->text))
		text_cut_utf8(err->text);
}

int
error_set(struct error *err, int code, const char *fmt, ...)
{
	va_list ap;

	if (err != NULL) {
		va_start(ap, fmt);
		error__format(err, code, NULL, fmt, ap);
		va_end(ap);
	}
	return code;
}

int
error_kind(struct error *err, const char *kind, int code, const char *fmt, ...)
{
	va_list ap;

	if (err != NULL) {
		va_start(ap, fmt);
		error__format(err, code, kind, fmt, ap);
		va_end(ap);
	}
	return code;
}

/* Appends as much of tail as there is room for. */
static void
error__append(struct error *err, const char *tail)
{
	size_t have = strlen(err->text);

	if (have + strlen(tail) < sizeof(err->text)) {
		strcpy(err->text + have, tail);
		return;
	}
	memcpy(err->text + have, tail, sizeof(err->text) - have - 1);
	err->text[sizeof(err->text) - 1] = '\0';
	text_cut_utf8(err->text);
}

int
error_errno(struct error *err, int errnum, const char *fmt, ...)
{
	char reason[128];
	va_list ap;

	if (err != NULL) {
		va_start(ap, fmt);
		error__format(err, -errnum, NULL, fmt, ap);
		va_end(ap);
		error__append(err, ": ");
		/* The GNU strerror_r returns its text, maybe not in reason. */
		error__append(err, strerror_r(errnum, reason, sizeof(reason)));
	}
	return -errnum;
}

int
error_wrap(struct error *err, int code, const char *fmt, ...)
{
	char inner[ERROR_TEXT_MAX];
	const char *kind;
	va_list ap;

	if (err == NULL)
		return code;
	if (err->code != 0)
		code = err->code;
	kind = err->kind;
	memcpy(inner, err->text, sizeof(inner));
	va_start(ap, fmt);
	error__format(err, code, kind, fmt, ap);
	va_end(ap);
	error__append(err, ": ");
	error__append(err, inner);
	return code;
}

void
error_hint(struct error *err, const char *fmt, ...)
{
	char hint[ERROR_TEXT_MAX / 2];
	size_t room, have;
	va_list ap;

	if (err == NULL)
		return;
	va_start(ap, fmt);
	vsnprintf(hint, sizeof(hint), fmt, ap);
	va_end(ap);
	/* The hint names the next place to look: it outlives a long text. */
	room = sizeof(err->text) - strlen(hint) - sizeof("; ");
	have = strlen(err->text);
	if (have > room) {
		err->text[room] = '\0';
		text_cut_utf8(err->text);
	}
	error__append(err, "; ");
	error__append(err, hint);
}

void
error_clear(struct error *err)
{
	err->code = 0;
	err->kind = NULL;
	err->text[0] = '\0';
}
