/* SPDX-License-Identifier: ISC */
/*
 * Reads times as the programs do, for comparing them with other readers.
 *
 *     when TEXT...
 *
 * Prints one line each: microseconds since 1970, or "refused".
 */
#include <stdint.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/when.h"

int
main(int argc, char **argv)
{
	int64_t ns, now = clock_real_ns();

	for (int i = 1; i < argc; i++) {
		if (when_parse(argv[i], now, &ns, NULL) == 0)
			printf("%lld\n", (long long)(ns / NSEC_PER_USEC));
		else
			printf("refused\n");
	}
	return 0;
}
