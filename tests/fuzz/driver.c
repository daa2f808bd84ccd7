/* SPDX-License-Identifier: ISC */
/*
 * A small stand-in for libFuzzer, for compilers without it: runs every seed,
 * then N mutations of them that are the same each time.
 *
 *     fuzz_NAME N SEED-FILE...
 */
#include <stdbool.h>
#include <string.h>

#include "fuzz.h"

#include "base/buf.h"
#include "base/cleanup.h"

#define SEEDS_MAX 256
#define INPUT_MAX 8192

/* xorshift64* (Vigna, 2016): the same numbers on every machine. */
static uint64_t
draw(uint64_t *state)
{
	uint64_t x = *state;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	*state = x;
	return x * 0x2545f4914f6cdd1dULL >> 16;
}

static bool
read_file(const char *name, struct buf *ret)
{
	_cleanup_fclose_ FILE *fp = fopen(name, "r");
	char chunk[4096];
	size_t n;

	if (fp == NULL)
		return false;
	while ((n = fread(chunk, 1, sizeof(chunk), fp)) > 0)
		buf_put(ret, chunk, n);
	return true;
}

/* A copy of the exact size, so that a sanitizer sees a read behind it. */
static void
run(const char *data, size_t len)
{
	uint8_t *copy = malloc(len > 0 ? len : 1);

	if (len > 0)
		memcpy(copy, data, len);
	LLVMFuzzerTestOneInput(copy, len);
	free(copy);
}

/* Changes b in one place: a bit, a byte, a cut, or a piece of another. */
static void
mutate(struct buf *b, const struct buf *other, uint64_t *state)
{
	static const char bytes[] = "{}[]\",:\\u0dDe+-.9 \n\t\xff\xe2\x80\xa8";
	size_t at = b->len > 0 ? draw(state) % b->len : 0, from, n;
	struct buf tail = BUF_INIT;

	switch (draw(state) % 5) {
	case 0:
		if (b->len > 0)
			b->data[at] ^= (char)(1 << draw(state) % 8);
		break;
	case 1:
		if (b->len > 0)
			b->data[at] = bytes[draw(state) % sizeof(bytes)];
		break;
	case 2: /* n bytes are gone */
		n = draw(state) % 8;
		if (b->len > 0 && at + n <= b->len) {
			memmove(b->data + at, b->data + at + n,
			    b->len - at - n);
			b->len -= n;
		}
		break;
	case 3:
		b->len = at;
		break;
	default:
		from = other->len > 0 ? draw(state) % other->len : 0;
		n = other->len > from ? draw(state) % (other->len - from) : 0;
		buf_put(&tail, buf_str(b) + at, b->len - at);
		b->len = at;
		buf_put(b, buf_str(other) + from, n % 64);
		buf_put(b, buf_str(&tail), tail.len);
		buf_done(&tail);
	}
}

int
main(int argc, char **argv)
{
	struct buf seeds[SEEDS_MAX] = { 0 }, b = BUF_INIT;
	uint64_t state = 0x9e3779b97f4a7c15ULL;
	unsigned long rounds;
	size_t n = 0;

	if (argc < 3) {
		fprintf(stderr, "usage: %s N SEED-FILE...\n", argv[0]);
		return 2;
	}
	rounds = strtoul(argv[1], NULL, 10);
	for (int i = 2; i < argc && n < SEEDS_MAX; i++) {
		if (!read_file(argv[i], &seeds[n])) {
			perror(argv[i]);
			return 2;
		}
		run(buf_str(&seeds[n]), seeds[n].len);
		n++;
	}
	for (unsigned long i = 0; i < rounds; i++) {
		const struct buf *seed = &seeds[draw(&state) % n];

		b.len = 0;
		buf_put(&b, buf_str(seed),
		    seed->len < INPUT_MAX ? seed->len : INPUT_MAX);
		for (uint64_t k = draw(&state) % 6; k > 0; k--)
			mutate(&b, &seeds[draw(&state) % n], &state);
		run(buf_str(&b), b.len);
	}
	printf("%lu executions\n", rounds + n);
	for (size_t i = 0; i < n; i++)
		buf_done(&seeds[i]);
	buf_done(&b);
	return 0;
}
