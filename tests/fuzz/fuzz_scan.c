/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as lines, one after the other: what the fast ways take they read as
 * the general ones do, whatever lines they remember.
 */
#include "fuzz.h"

#include "scan_judge.h"

static void
check_line(struct scan_judge *j, const char *line, size_t len)
{
	/* A copy of that very size, so that a byte too far is seen. */
	char *text = malloc(len > 0 ? len : 1);

	FUZZ_CHECK(text != NULL);
	memcpy(text, line, len);
	FUZZ_CHECK(scan_judge(j, text, len) == NULL);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct scan_judge j;
	const char *text = (const char *)data, *end = text + size, *nl;

	scan_judge_init(&j);
	while (text < end) {
		nl = memchr(text, '\n', (size_t)(end - text));
		check_line(&j, text, (size_t)((nl != NULL ? nl : end) - text));
		text = nl != NULL ? nl + 1 : end;
	}
	scan_judge_done(&j);
	return 0;
}
