/* SPDX-License-Identifier: ISC */
/* What the files of verify share. */
#ifndef TRACE_STORE_VERIFY_INT_H
#define TRACE_STORE_VERIFY_INT_H

#include "trace/store_int.h"
#include "trace/store_verify.h"

void verify_problem(struct store_verify *v, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* The lines of the runs against their spans, and the inputs read again. */
int verify_lines(struct store *s, struct store_verify *v, struct error *err);

#endif
