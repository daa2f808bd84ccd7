/* SPDX-License-Identifier: ISC */
/* A terminal that is sane even when the program dies of a fault. */
#ifndef TOP_CRASH_H
#define TOP_CRASH_H

/* Remembers how standard output's terminal is set up now. */
void crash_save_terminal(void);
/* From now on a fault writes this text to it, and sets it up as it was. */
void crash_arm(const char *text);
void crash_disarm(void);

#endif
