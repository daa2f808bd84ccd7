/* SPDX-License-Identifier: ISC */
#include "base/hash.h"

#include <sys/random.h>

#include "base/clock.h"

uint64_t
hash_seed(void)
{
	uint64_t seed;

	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != sizeof(seed))
		seed = (uint64_t)clock_real_ns();
	return seed;
}
