/* SPDX-License-Identifier: ISC */
/*
 * An error with context: a fixed buffer and no heap, so it cannot leak and one
 * object can become the RPC reply, the log line and the text on the terminal.
 *
 * Functions that fail take `struct error *err` last, fill it and return its
 * negative code; their ret_ outputs stay untouched.  Every function here takes
 * a NULL err (nobody wants the text) and still returns the code.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdarg.h>

#define ERROR_TEXT_MAX 1024

struct error {
	int code;         /* -errno; 0 = no error */
	const char *kind; /* a name of static life for programs, or NULL */
	char
	    text[ERROR_TEXT_MAX]; /* for people; cut at the end when too long */
};

#define ERROR_INIT          \
	{                   \
		0, NULL, "" \
	}

/* Each fills err and returns code (negative), or err's code for wrap. */
int error_set(struct error *err, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* As error_set, with the text of errnum behind it: "opening x: No such …". */
int error_errno(struct error *err, int errnum, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* As error_set, and names the kind (an RPC code, say). */
int error_kind(struct error *err, const char *kind, int code, const char *fmt,
    ...) __attribute__((format(printf, 4, 5)));
/* Puts "context: " before the text that is there; keeps code and kind. */
int error_wrap(struct error *err, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Puts "; hint" behind the text that is there; the text is cut to fit it. */
void error_hint(struct error *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void error_clear(struct error *err);

#endif
