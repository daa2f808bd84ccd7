/* SPDX-License-Identifier: ISC */
/* wire/sock: who listens, who asks, and until when. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "wire/sock.h"

#define SECONDS(n) ((n)*NSEC_PER_SEC)

struct fixture {
	char dir[32], path[64];
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->dir, "/tmp/bgs.XXXXXX");
	if (mkdtemp(f->dir) == NULL)
		return -1;
	snprintf(f->path, sizeof(f->path), "%s/s", f->dir);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	int rc;

	/* Nothing but the socket may be left in it. */
	unlink(f->path);
	rc = rmdir(f->dir);
	free(f);
	return rc;
}

static int
listen_on(const char *path)
{
	struct error err = ERROR_INIT;
	int fd;

	if (sock_listen(path, 0660, (gid_t)-1, &fd, &err) < 0)
		fail_msg("%s", err.text);
	return fd;
}

static int
connect_to(const char *path)
{
	struct error err = ERROR_INIT;
	int fd;

	if (sock_connect(path, SECONDS(10), &fd, &err) < 0)
		fail_msg("%s", err.text);
	return fd;
}

static void
test_mode_and_flags(void **state)
{
	static const mode_t modes[] = { 0600, 0660, 0666 };
	struct fixture *f = *state;
	mode_t old = umask(077);
	struct stat st;

	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		_cleanup_close_ int fd = -1;

		assert_int_equal(sock_listen(f->path, modes[i], getgid(), &fd,
				     NULL),
		    0);
		assert_int_equal(lstat(f->path, &st), 0);
		assert_true(S_ISSOCK(st.st_mode));
		/* Whatever the umask says. */
		assert_int_equal(st.st_mode & 07777, modes[i]);
		assert_int_equal(st.st_gid, getgid());
		assert_true((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
		assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
		/* The next round finds a stale socket and replaces it. */
	}
	umask(old);
}

static void
test_group(void **state)
{
	struct fixture *f = *state;
	_cleanup_close_ int fd = -1;
	struct stat st;

	if (getuid() != 0) {
		print_message("only root may give a file to another group\n");
		skip();
	}
	assert_int_equal(sock_listen(f->path, 0660, 12345, &fd, NULL), 0);
	assert_int_equal(lstat(f->path, &st), 0);
	assert_int_equal(st.st_gid, 12345);
}

static void
test_stale_is_replaced(void **state)
{
	struct fixture *f = *state;
	_cleanup_close_ int second = -1, client = -1, served = -1;
	struct stat before, after;
	struct error err = ERROR_INIT;
	int first = listen_on(f->path), fd = 77;

	close(first);
	assert_int_equal(lstat(f->path, &before), 0);
	assert_int_equal(sock_connect(f->path, SECONDS(10), &fd, &err),
	    -ECONNREFUSED);
	assert_int_equal(fd, 77);
	second = listen_on(f->path);
	assert_int_equal(lstat(f->path, &after), 0);
	assert_int_not_equal(before.st_ino, after.st_ino);
	client = connect_to(f->path);
	served = accept(second, NULL, NULL);
	assert_true(served >= 0);
}

static void
test_in_use(void **state)
{
	struct fixture *f = *state;
	_cleanup_close_ int first = listen_on(f->path), client = -1;
	struct error err = ERROR_INIT;
	char want[128];
	int fd = 77;

	assert_int_equal(sock_listen(f->path, 0600, (gid_t)-1, &fd, &err),
	    -EADDRINUSE);
	assert_int_equal(fd, 77);
	snprintf(want, sizeof(want), "%s: another process serves this socket",
	    f->path);
	assert_string_equal(err.text, want);
	/* The one who serves it is not disturbed. */
	client = connect_to(f->path);
	assert_true(client >= 0);
}

static void
test_no_socket_there(void **state)
{
	struct fixture *f = *state;
	struct error err = ERROR_INIT;
	_cleanup_close_ int file = open(f->path, O_CREAT | O_WRONLY | O_CLOEXEC,
	    0600);
	struct stat st;
	int fd = 77;

	assert_int_equal(sock_listen(f->path, 0600, (gid_t)-1, &fd, &err),
	    -EEXIST);
	assert_non_null(strstr(err.text, "exists and is no socket"));
	assert_int_equal(lstat(f->path, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(fd, 77);
	unlink(f->path);
	assert_int_equal(sock_connect(f->path, SECONDS(10), &fd, &err),
	    -ENOENT);
	assert_non_null(strstr(err.text, f->path));
	assert_int_equal(sock_listen("/nonexistent/s", 0600, (gid_t)-1, &fd,
			     &err),
	    -ENOENT);
	assert_int_equal(fd, 77);
}

static void
test_path_too_long(void **state)
{
	char path[300];
	struct error err = ERROR_INIT;
	int fd = 77;

	(void)state;
	for (size_t len = 108; len < sizeof(path); len += 95) {
		memset(path, 'x', sizeof(path));
		path[0] = '/';
		path[len] = '\0';
		assert_int_equal(sock_connect(path, 0, &fd, &err),
		    -ENAMETOOLONG);
		assert_non_null(strstr(err.text, "longer than 107 bytes"));
		assert_int_equal(sock_listen(path, 0600, (gid_t)-1, &fd, &err),
		    -ENAMETOOLONG);
		assert_non_null(strstr(err.text, "longer than 107 bytes"));
	}
	/* 107 bytes are taken: there is merely nobody.  Listening needs four
	 * for the name before it is renamed. */
	path[107] = '\0';
	assert_int_equal(sock_listen(path, 0600, (gid_t)-1, &fd, &err),
	    -ENAMETOOLONG);
	assert_int_equal(sock_connect(path, 0, &fd, &err), -ENOENT);
	assert_int_equal(fd, 77);
}

/* The kernel says who the peer is, whatever process it is. */
static void
test_peer(void **state)
{
	struct fixture *f = *state;
	_cleanup_close_ int server = listen_on(f->path), served = -1;
	uid_t uid = 99, want = getuid() == 0 ? 4711 : getuid();
	struct error err = ERROR_INIT;
	pid_t pid = -1, child;
	int status, fd;

	chmod(f->dir, 0755);
	chmod(f->path, 0666);
	child = fork();
	if (child == 0) {
		if (getuid() == 0 && setuid(want) < 0)
			_exit(1);
		if (sock_connect(f->path, SECONDS(10), &fd, NULL) < 0)
			_exit(2);
		_exit(sock_send(fd, "x", 1, INT64_MAX, NULL) < 0 ? 3 : 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	served = accept(server, NULL, NULL);
	assert_int_equal(sock_peer(served, &uid, &pid, &err), 0);
	assert_int_equal(uid, want);
	assert_int_equal(pid, child);
	assert_true(sock_peer(-1, &uid, &pid, &err) < 0);
	assert_int_equal(uid, want);
}

static void *
swallow(void *arg)
{
	int fd = *(int *)arg;
	size_t *sum = calloc(1, sizeof(*sum));
	unsigned char chunk[1000];
	ssize_t n;

	while ((n = read(fd, chunk, sizeof(chunk))) > 0)
		for (ssize_t i = 0; i < n; i++)
			*sum += chunk[i];
	return sum;
}

static void
test_send_all(void **state)
{
	enum { LEN = 3 << 20 };
	_cleanup_free_ unsigned char *data = malloc(LEN);
	size_t want = 0, *sum;
	struct error err = ERROR_INIT;
	pthread_t reader;
	int sv[2];

	(void)state;
	for (size_t i = 0; i < LEN; i++) {
		data[i] = (unsigned char)(i * 31);
		want += data[i];
	}
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	assert_int_equal(pthread_create(&reader, NULL, swallow, &sv[1]), 0);
	assert_int_equal(sock_send(sv[0], data, LEN,
			     clock_mono_ns() + SECONDS(60), &err),
	    0);
	close(sv[0]);
	assert_int_equal(pthread_join(reader, (void **)&sum), 0);
	assert_int_equal(*sum, want);
	free(sum);
	close(sv[1]);
}

static void
test_deadlines_and_ends(void **state)
{
	static const char big[1 << 20];
	struct error err = ERROR_INIT;
	int64_t from;
	char c[4];
	int sv[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	/* Nobody reads: it gives up, and not before the deadline. */
	from = clock_mono_ns();
	assert_int_equal(sock_send(sv[0], big, sizeof(big),
			     from + 20 * NSEC_PER_MSEC, &err),
	    -ETIMEDOUT);
	assert_true(clock_mono_ns() >= from + 20 * NSEC_PER_MSEC);
	/* Nobody writes. */
	from = clock_mono_ns();
	assert_int_equal(sock_recv(sv[0], c, sizeof(c),
			     from + 20 * NSEC_PER_MSEC, &err),
	    -ETIMEDOUT);
	assert_true(clock_mono_ns() >= from + 20 * NSEC_PER_MSEC);
	assert_string_equal(err.text, "timed out");
	/* What is there already comes also when the deadline is past. */
	assert_int_equal(write(sv[1], "abcdef", 6), 6);
	assert_int_equal(sock_recv(sv[0], c, sizeof(c), 0, &err), 4);
	assert_memory_equal(c, "abcd", 4);
	assert_int_equal(sock_recv(sv[0], c, sizeof(c), 0, &err), 2);
	shutdown(sv[1], SHUT_WR);
	assert_int_equal(sock_recv(sv[0], c, sizeof(c), 0, &err), 0);
	close(sv[1]);
	/* No signal, but an error. */
	assert_int_equal(sock_send(sv[0], "x", 1, INT64_MAX, &err), -EPIPE);
	close(sv[0]);
}

/* A full backlog is waited for, and the wait has an end. */
static void
test_full_backlog(void **state)
{
	struct fixture *f = *state;
	_cleanup_close_ int server = listen_on(f->path);
	struct error err = ERROR_INIT;
	int fds[1024], fd = 77, n = 0, rc = 0;

	assert_int_equal(listen(server, 1), 0);
	while (n < 1024 && (rc = sock_connect(f->path, 0, &fd, &err)) == 0)
		fds[n++] = fd;
	assert_true(n >= 1 && n < 1024);
	assert_int_equal(rc, -EAGAIN);
	/* Room again: accept one. */
	fd = accept(server, NULL, NULL);
	assert_true(fd >= 0);
	close(fd);
	fd = connect_to(f->path);
	close(fd);
	while (n > 0)
		close(fds[--n]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_mode_and_flags, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_group, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stale_is_replaced, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_in_use, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_socket_there, setup,
		    teardown),
		cmocka_unit_test(test_path_too_long),
		cmocka_unit_test_setup_teardown(test_peer, setup, teardown),
		cmocka_unit_test(test_send_all),
		cmocka_unit_test(test_deadlines_and_ends),
		cmocka_unit_test_setup_teardown(test_full_backlog, setup,
		    teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
