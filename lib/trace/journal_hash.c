/* SPDX-License-Identifier: ISC */
#include "trace/journal_hash.h"

#include <endian.h>
#include <string.h>
#include <zstd.h>

#include "base/cleanup.h"
#include "base/mem.h"

#define FLAG_PACKED 7
#define FLAG_ZSTD 4
#define UNPACKED_MAX (64ULL * 1024 * 1024)

static inline uint64_t
hash__word(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return le64toh(v);
}

static inline uint64_t
hash__turn(uint64_t v, unsigned by)
{
	return v << by | v >> (64 - by);
}

static inline void
hash__round(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = hash__turn(v[1], 13) ^ v[0];
	v[3] = hash__turn(v[3], 16) ^ v[2];
	v[0] = hash__turn(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = hash__turn(v[1], 17) ^ v[2];
	v[3] = hash__turn(v[3], 21) ^ v[0];
	v[2] = hash__turn(v[2], 32);
}

static inline void
hash__take(uint64_t v[4], uint64_t m)
{
	v[3] ^= m;
	hash__round(v);
	hash__round(v);
	v[0] ^= m;
}

uint64_t
journal_hash(const uint8_t key[16], const void *data, size_t len)
{
	uint64_t k0 = hash__word(key), k1 = hash__word(key + 8);
	uint64_t v[4] = {
		k0 ^ 0x736f6d6570736575ULL,
		k1 ^ 0x646f72616e646f6dULL,
		k0 ^ 0x6c7967656e657261ULL,
		k1 ^ 0x7465646279746573ULL,
	};
	const uint8_t *p = data, *end = p + (len & ~(size_t)7);
	uint64_t rest = (uint64_t)len << 56;

	for (; p < end; p += 8)
		hash__take(v, hash__word(p));
	for (unsigned i = 0; i < (len & 7); i++)
		rest |= (uint64_t)p[i] << (8 * i);
	hash__take(v, rest);
	v[2] ^= 0xff;
	for (int i = 0; i < 4; i++)
		hash__round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

bool
journal_hash_fits(const uint8_t key[16], uint8_t flags, const void *data,
    size_t len, uint64_t hash)
{
	_cleanup_free_ char *out = NULL;
	unsigned long long size;
	size_t n;

	if ((flags & FLAG_PACKED) == 0)
		return journal_hash(key, data, len) == hash;
	if ((flags & FLAG_PACKED) != FLAG_ZSTD)
		return true;
	size = ZSTD_getFrameContentSize(data, len);
	if (size > UNPACKED_MAX) /* or not told: both are large numbers */
		return false;
	out = xmalloc(size + 1);
	n = ZSTD_decompress(out, size, data, len);
	return n == size && journal_hash(key, out, n) == hash;
}
