/* SPDX-License-Identifier: ISC */
/* Any bytes: what the fast ways take they read as the general ones do. */
#include "fuzz.h"

#include "scan_judge.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct scan_judge j = { .line_taken = false };
	/* A copy of that very size, so that a byte too far is seen. */
	char *text = malloc(size > 0 ? size : 1);

	FUZZ_CHECK(text != NULL);
	if (size > 0)
		memcpy(text, data, size);
	FUZZ_CHECK(scan_judge(&j, text, size) == NULL);
	scan_judge_done(&j);
	free(text);
	return 0;
}
