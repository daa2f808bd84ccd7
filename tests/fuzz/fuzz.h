/* SPDX-License-Identifier: ISC */
/*
 * What the fuzz targets share.  Each fuzz_NAME.c defines libFuzzer's entry; it
 * is linked with libFuzzer by run.sh, and with driver.c by a plain compiler
 * for the short form.  A finding is a crash, a sanitizer's report, or a
 * FUZZ_CHECK() that does not hold.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_CHECK(what)                                              \
	do {                                                          \
		if (!(what)) {                                        \
			fprintf(stderr, "%s:%d: does not hold: %s\n", \
			    __FILE__, __LINE__, #what);               \
			abort();                                      \
		}                                                     \
	} while (0)

#endif
