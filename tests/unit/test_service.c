/* SPDX-License-Identifier: ISC */
/* wire/service: what a service manager hands over, and what it hears. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/loop.h"
#include "wire/service.h"

static const char *const variables[] = { "NOTIFY_SOCKET", "WATCHDOG_USEC",
	"WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES" };

static int
setup(void **state)
{
	static char dir[32];

	strcpy(dir, "/tmp/bgv.XXXXXX");
	*state = mkdtemp(dir);
	return *state != NULL ? 0 : -1;
}

static int
teardown(void **state)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(variables); i++)
		unsetenv(variables[i]);
	return rmdir(*state);
}

static void
set_number(const char *name, long value)
{
	char text[24];

	snprintf(text, sizeof(text), "%ld", value);
	setenv(name, text, 1);
}

/* A manager's end; abstract when the name begins with "@". */
static int
manager(const char *name)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
	    strlen(name));
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	strncpy(at.sun_path, name, sizeof(at.sun_path) - 1);
	if (*name == '@')
		at.sun_path[0] = '\0';
	assert_int_equal(bind(fd, (struct sockaddr *)&at, len), 0);
	setenv("NOTIFY_SOCKET", name, 1);
	return fd;
}

static void
hears(int fd, const char *want)
{
	char got[64];
	ssize_t n = recv(fd, got, sizeof(got), 0);

	assert_int_equal(n, strlen(want));
	assert_memory_equal(got, want, strlen(want));
}

static void
nothing_is_left_of_it(void)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(variables); i++)
		assert_null(getenv(variables[i]));
}

static void
test_without_a_manager(void **state)
{
	struct service s = SERVICE_INIT;
	struct error err = ERROR_INIT;
	int fd = -7;

	(void)state;
	assert_int_equal(service_init(&s, &err), 0);
	service_say(&s, "READY=1");
	assert_int_equal(service_take_listener(&s, "/run/x", &fd, &err), 1);
	assert_int_equal(fd, -7);
	/* No loop is needed where nobody waits. */
	assert_int_equal(service_watch(&s, NULL, &err), 0);
	service_done(&s);
}

static void
test_says(void **state)
{
	static const char *const names[] = { "/n", "@banger-test-" };
	struct error err = ERROR_INIT;
	char name[64];
	size_t i;

	for (i = 0; i < ARRAY_LEN(names); i++) {
		_cleanup_close_ int fd = -1;
		struct service s = SERVICE_INIT;

		if (i == 0)
			snprintf(name, sizeof(name), "%s%s",
			    (const char *)*state, names[i]);
		else
			snprintf(name, sizeof(name), "%s%d", names[i],
			    (int)getpid());
		fd = manager(name);
		assert_int_equal(service_init(&s, &err), 0);
		nothing_is_left_of_it();
		service_say(&s, "READY=1");
		hears(fd, "READY=1");
		cleanup_closep(&fd);
		/* Gone: nothing happens, nobody is killed. */
		service_say(&s, "STOPPING=1");
		service_done(&s);
		if (i == 0)
			unlink(name);
	}
}

static void
stop(void *arg, uint32_t events)
{
	(void)events;
	hears(*(int *)((void **)arg)[1], "WATCHDOG=1");
	loop_stop(((void **)arg)[0], 42);
}

static void
test_watchdog(void **state)
{
	_cleanup_(loop_freep) struct loop *loop = NULL;
	_cleanup_close_ int fd = -1;
	struct service s = SERVICE_INIT;
	struct error err = ERROR_INIT;
	struct loop_source *source;
	char name[64];
	void *arg[2];

	snprintf(name, sizeof(name), "%s/n", (const char *)*state);
	fd = manager(name);
	set_number("WATCHDOG_USEC", 20000);
	set_number("WATCHDOG_PID", getpid());
	assert_int_equal(service_init(&s, &err), 0);
	nothing_is_left_of_it();
	assert_int_equal(s.watchdog_ns, 20 * NSEC_PER_MSEC);
	assert_int_equal(loop_new(&loop, &err), 0);
	arg[0] = loop;
	arg[1] = &fd;
	assert_int_equal(service_watch(&s, loop, &err), 0);
	assert_int_equal(loop_add_fd(loop, fd, EPOLLIN, stop, arg, &source,
			     &err),
	    0);
	assert_int_equal(loop_run(loop), 42);
	assert_int_equal(loop_run(loop), 42);
	unlink(name);
	service_done(&s);
}

static void
test_watchdog_of_another(void **state)
{
	_cleanup_close_ int fd = -1;
	struct service s = SERVICE_INIT;
	struct error err = ERROR_INIT;
	char name[64];

	snprintf(name, sizeof(name), "%s/n", (const char *)*state);
	fd = manager(name);
	set_number("WATCHDOG_USEC", 20000);
	set_number("WATCHDOG_PID", getpid() + 1);
	assert_int_equal(service_init(&s, &err), 0);
	assert_int_equal(s.watchdog_ns, 0);
	unlink(name);
	service_done(&s);
}

/*
 * In a child, whose descriptor 3 is fd (-1: closed), and which is told of n
 * sockets: 'l' it takes one at path, 'n' there is none, 'e' an error with text.
 */
static int
handed(int fd, const char *n, pid_t (*whose)(void), const char *path,
    const char *text)
{
	struct service s = SERVICE_INIT;
	struct error err = ERROR_INIT;
	int status, got = -1, rc;
	pid_t pid = fork();

	if (pid == 0) {
		if (fd >= 0)
			dup2(fd, 3);
		else
			close(3);
		setenv("LISTEN_FDS", n, 1);
		set_number("LISTEN_PID", whose());
		rc = service_init(&s, &err);
		if (rc == 0)
			rc = service_take_listener(&s, path, &got, &err);
		if (rc < 0)
			_exit(strstr(err.text, text) != NULL ? 'e' : 'x');
		if (rc == 0 &&
		    (got != 3 || (fcntl(3, F_GETFD) & FD_CLOEXEC) == 0 ||
			(fcntl(3, F_GETFL) & O_NONBLOCK) == 0))
			_exit('f');
		_exit(rc == 0 ? 'l' : 'n');
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Bound at its path and blocking, as a manager's is; not descriptor 3. */
static int
managers_listener(const char *path)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	strncpy(at.sun_path, path, sizeof(at.sun_path) - 1);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(fd, 1), 0);
	return fcntl(fd, F_DUPFD, 10);
}

static void
test_listener(void **state)
{
	_cleanup_close_ int fd = -1, other = -1;
	char path[64];

	snprintf(path, sizeof(path), "%s/s", (const char *)*state);
	fd = managers_listener(path);
	/* Not ours to take: the parent's, and none at all. */
	assert_int_equal(handed(fd, "1", getppid, path, ""), 'n');
	assert_int_equal(handed(fd, "0", getpid, path, ""), 'n');
	assert_int_equal(handed(fd, "1", getpid, path, ""), 'l');
	assert_int_equal(handed(fd, "2", getpid, path, "one socket"), 'e');
	assert_int_equal(handed(fd, "x", getpid, path, "no number"), 'e');
	assert_int_equal(handed(fd, "1", getpid, "/run/other", "not at /run/"),
	    'e');
	assert_int_equal(handed(-1, "1", getpid, path, "no listening"), 'e');
	other = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(handed(other, "1", getpid, path, "no listening"), 'e');
	unlink(path);
}

/*
 * In a child with descriptors 3, 4, 5 and 40 open and standard input closed:
 * which of them are open afterwards, as bits: 1, 2, 4 and 8.
 */
static int
left_open(const char *n, pid_t (*whose)(void))
{
	static const int fds[] = { 3, 4, 5, 40 };
	struct stat null, in;
	int status, left = 0;
	pid_t pid = fork();

	if (pid == 0) {
		for (size_t i = 0; i < ARRAY_LEN(fds); i++)
			dup2(2, fds[i]);
		close(0);
		if (n != NULL) {
			setenv("LISTEN_FDS", n, 1);
			set_number("LISTEN_PID", whose());
		}
		service_close_inherited();
		for (size_t i = 0; i < ARRAY_LEN(fds); i++)
			left |= (fcntl(fds[i], F_GETFD) >= 0) << i;
		if (fstat(0, &in) < 0 || stat("/dev/null", &null) < 0 ||
		    in.st_rdev != null.st_rdev || fcntl(0, F_GETFD) != 0 ||
		    fcntl(2, F_GETFD) < 0)
			left = 'x';
		_exit(left);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
test_inherited(void **state)
{
	(void)state;
	assert_int_equal(left_open(NULL, NULL), 0);
	assert_int_equal(left_open("1", getppid), 0);
	assert_int_equal(left_open("0", getpid), 0);
	assert_int_equal(left_open("x", getpid), 0);
	assert_int_equal(left_open("1", getpid), 1);
	assert_int_equal(left_open("3", getpid), 7);
}

static void
test_bad_words(void **state)
{
	struct service s = SERVICE_INIT;
	struct error err = ERROR_INIT;

	(void)state;
	setenv("NOTIFY_SOCKET", "relative", 1);
	assert_true(service_init(&s, &err) < 0);
	nothing_is_left_of_it();
	setenv("NOTIFY_SOCKET", "@x", 1);
	setenv("WATCHDOG_USEC", "soon", 1);
	assert_true(service_init(&s, &err) < 0);
	nothing_is_left_of_it();
	service_done(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_without_a_manager, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_says, setup, teardown),
		cmocka_unit_test_setup_teardown(test_watchdog, setup, teardown),
		cmocka_unit_test_setup_teardown(test_watchdog_of_another, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_listener, setup, teardown),
		cmocka_unit_test_setup_teardown(test_inherited, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_bad_words, setup,
		    teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
