/* SPDX-License-Identifier: ISC */
/* Which errors are the same one, but for names and numbers in them. */
#ifndef TOP_FAMILY_H
#define TOP_FAMILY_H

#include "base/buf.h"

#define FAMILY_TEXT_MAX 400 /* bytes of an error that are looked at */

/* Appends the text with a mark in place of each path, number and id. */
void family_of(const char *error, struct buf *out);

#endif
