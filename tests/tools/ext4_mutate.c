/* SPDX-License-Identifier: ISC */
/*
 * What a guest may leave in its work disk, many times over, through the real
 * helper: puts a good image, damaged at random, in place of DISK and asks for
 * work.seed.  Each request has to be answered, well or with a reason.
 *
 *	ext4_mutate SOCKET IMAGE DISK VM_ID N [SEED]
 *
 * The damage is to the superblock and the descriptors behind it, of every
 * fourth image to any of the metadata.  The same SEED gives the same damage.
 * Prints how many were written, refused, and ended their parser by a signal;
 * status 1 when one was not answered.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "wire/rpc.h"
#include "wire/sock.h"

#define ANSWER_NS (60 * NSEC_PER_SEC)
#define IMAGE_MAX (1 << 20)

static uint64_t state = 1;

/* xorshift64* */
static uint64_t
draw(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * 0x2545f4914f6cdd1dULL;
}

static void
damage(char *image, size_t len)
{
	static const uint32_t words[] = { 0, 1, 0x7fffffff, 0x80000000,
		0xffffffff, 0xffff, 0x10000, 1024, 4096, 65535, 11, 2 };
	size_t from = 1024, size = 1024, at;
	uint64_t n = 1 + draw() % 8;
	uint32_t word;

	if (draw() % 4 == 0) {
		from = 0;
		size = len < 256 << 10 ? len : 256 << 10;
	} else if (draw() % 4 == 0) {
		size = 4096;
	}
	while (n-- > 0) {
		at = from + draw() % (size - 4);
		switch (draw() % 3) {
		case 0:
			image[at] ^= (char)(1 << draw() % 8);
			break;
		case 1:
			image[at] = (char)draw();
			break;
		default:
			at &= ~(size_t)3;
			word = words[draw() % ARRAY_LEN(words)];
			memcpy(image + at, &word, sizeof(word));
		}
	}
}

static void
ask(const char *path, const char *vm_id, struct buf *out)
{
	const int64_t until = clock_mono_ns() + ANSWER_NS;
	_cleanup_buf_ struct buf line = BUF_INIT;
	_cleanup_close_ int fd = -1;
	char chunk[4096];
	ssize_t n;

	buf_printf(&line,
	    "{\"version\":1,\"method\":\"work.seed\",\"params\":{\"vm_id\":"
	    "\"%s\",\"slot\":1,\"hostname\":\"h%u\",\"ssh_key\":\"\"},"
	    "\"op_id\":\"op-00000000000000cc\",\"call\":1}\n",
	    vm_id, (unsigned)draw() % 1000);
	if (sock_connect(path, ANSWER_NS, &fd, NULL) < 0 ||
	    sock_send(fd, line.data, line.len, until, NULL) < 0)
		return;
	while ((n = sock_recv(fd, chunk, sizeof(chunk), until, NULL)) > 0)
		buf_put(out, chunk, (size_t)n);
}

static bool
put_image(const char *path, const char *image, size_t len)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_TRUNC);

	return fd >= 0 && write(fd, image, len) == (ssize_t)len;
}

int
main(int argc, char **argv)
{
	unsigned long i, n, written = 0, refused = 0, died = 0, lost = 0;
	_cleanup_free_ char *good = malloc(IMAGE_MAX);
	_cleanup_free_ char *bad = malloc(IMAGE_MAX);
	_cleanup_close_ int fd = -1;
	ssize_t len;

	if (argc < 6 || (fd = open(argv[2], O_RDONLY)) < 0 ||
	    (len = read(fd, good, IMAGE_MAX)) < 8192) {
		fprintf(stderr, "ext4_mutate: no image\n");
		return 2;
	}
	n = strtoul(argv[5], NULL, 10);
	state = argc > 6 ? strtoul(argv[6], NULL, 10) + 1 : 1;
	for (i = 0; i < n; i++) {
		_cleanup_buf_ struct buf reply = BUF_INIT;

		memcpy(bad, good, (size_t)len);
		damage(bad, (size_t)len);
		if (!put_image(argv[3], bad, (size_t)len)) {
			perror(argv[3]);
			return 2;
		}
		ask(argv[1], argv[4], &reply);
		if (strstr(buf_str(&reply), "ended by signal") != NULL)
			died++;
		else if (strstr(buf_str(&reply), "\"ok\":true") != NULL)
			written++;
		else if (strstr(buf_str(&reply), "\"ok\":false") != NULL)
			refused++;
		else
			lost++;
	}
	printf("%lu images: %lu written, %lu refused, %lu ended the parser, "
	       "%lu not answered\n",
	    n, written, refused, died, lost);
	return lost > 0 || written == 0 || refused == 0;
}
