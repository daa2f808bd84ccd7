/* SPDX-License-Identifier: ISC */
/*
 * The head of a line of `journalctl -o short…`: a time in any of its forms,
 * mostly a host's name, and who wrote it:
 *
 *	Nov 23 00:09:32 host bangerd[123]: the message
 *
 * Nothing of it is vouched for: anybody may choose the name.
 */
#ifndef TRACE_PARSE_SHORT_H
#define TRACE_PARSE_SHORT_H

#include <stddef.h>
#include <stdint.h>

/* Length of the head, or 0 when there is none; *ret_pid is -1 without one. */
size_t short_head(const char *s, size_t len, int64_t *ret_pid);

#endif
