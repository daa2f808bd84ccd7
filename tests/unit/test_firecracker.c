/* SPDX-License-Identifier: ISC */
/* daemon/firecracker, daemon/vmm_firecracker: against a Firecracker that is
 * none, but refuses what the real one refuses. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../daemon/firecracker.h"
#include "../../daemon/vmm.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/wait.h"
#include "wire/rpc.h"
#include "wire/sock.h"

struct run {
	char dir[32], sock[64];
	pid_t pid;
};

static int64_t
in_ms(int64_t ms)
{
	return clock_mono_ns() + ms * NSEC_PER_MSEC;
}

/* The program stands beside the folder of the tests. */
static char *
program(void)
{
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	assert_true(n > 0);
	self[n] = '\0';
	for (int i = 0; i < 2; i++)
		*strrchr(self, '/') = '\0';
	return xasprintf("%s/tests/tools/fake_firecracker", self);
}

static int
connected(const char *path)
{
	int fd = -1;

	sock_connect(path, NSEC_PER_SEC, &fd, NULL);
	return fd;
}

/* Starts it in a directory of its own, and waits until it answers. */
static void
start(struct run *r, const char *fake)
{
	_cleanup_free_ char *path = program();
	struct firecracker *f;
	json_t *info = NULL;
	int64_t until = in_ms(10000);
	int null, fd;

	strcpy(r->dir, "/tmp/bgfire.XXXXXX");
	assert_non_null(mkdtemp(r->dir));
	snprintf(r->sock, sizeof(r->sock), "%s/api.sock", r->dir);
	r->pid = fork();
	if (r->pid == 0) {
		/* A test that fails leaves none behind. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		null = open("/dev/null", O_WRONLY);
		dup2(null, 1);
		execl(path, path, "--id", "vm-1", "--api-sock", r->sock,
		    fake != NULL ? "--fake" : NULL, fake, NULL);
		_exit(127);
	}
	/* The name is there before it listens. */
	while ((fd = connected(r->sock)) < 0 && clock_mono_ns() < until)
		usleep(1000);
	cleanup_closep(&fd);
	if (fake != NULL && strstr(fake, ":/") != NULL &&
	    strcmp(strstr(fake, ":/"), ":/") == 0)
		return;
	f = firecracker_new(r->sock);
	while (firecracker_get(f, "/", in_ms(1000), &info, NULL) < 0)
		assert_true(clock_mono_ns() < until);
	json_decref(info);
	firecracker_free(f);
}

/* Its exit status; -1: it had to be killed. */
static int
end(struct run *r)
{
	_cleanup_free_ char *rm = xasprintf("rm -rf %s", r->dir);
	int status, rc = -1;

	if (waitpid(r->pid, &status, WNOHANG) == r->pid) {
		rc = WIFEXITED(status) ? WEXITSTATUS(status) : 1000;
	} else {
		kill(r->pid, SIGKILL);
		waitpid(r->pid, &status, 0);
	}
	assert_int_equal(system(rm), 0);
	return rc;
}

static void
put_fails(struct firecracker *f, const char *path, const char *body, int want,
    const char *text)
{
	struct error err = ERROR_INIT;
	json_t *json = json_loads(body, 0, NULL);

	assert_non_null(json);
	assert_int_equal(firecracker_put(f, path, json, in_ms(5000), &err),
	    want);
	if (strstr(err.text, text) == NULL)
		fail_msg("%s: \"%s\" has no \"%s\"", path, err.text, text);
}

static void
put_goes(struct firecracker *f, const char *path, const char *body)
{
	struct error err = ERROR_INIT;

	if (firecracker_put(f, path, json_loads(body, 0, NULL), in_ms(5000),
		&err) < 0)
		fail_msg("%s", err.text);
}

/* What the API refuses, and in whose words. */
static void
test_refusals(void **state)
{
	static const struct {
		const char *path, *body, *text;
	} table[] = {
		{ "/machine-config", "{\"vcpu_count\":1}", "missing field" },
		{ "/machine-config", "{\"vcpu_count\":33,\"mem_size_mib\":64}",
		    "number of vCPUs" },
		{ "/machine-config", "{\"vcpu_count\":1,\"mem_size_mib\":0}",
		    "memory size" },
		{ "/machine-config",
		    "{\"vcpu_count\":1,\"mem_size_mib\":64,\"cpus\":1}",
		    "unknown field" },
		{ "/machine-config",
		    "{\"vcpu_count\":\"1\",\"mem_size_mib\":64}",
		    "invalid type" },
		{ "/boot-source", "{\"kernel_image_path\":\"/nowhere\"}",
		    "kernel file cannot be opened" },
		{ "/boot-source",
		    "{\"kernel_image_path\":\"/dev/null\","
		    "\"initrd_path\":\"/nowhere\"}",
		    "initrd file cannot be opened" },
		{ "/drives/rootfs",
		    "{\"drive_id\":\"other\",\"is_root_device\":true}",
		    "does not match" },
		{ "/drives/", "{\"drive_id\":\"\",\"is_root_device\":true}",
		    "cannot be empty" },
		{ "/drives/a-b",
		    "{\"drive_id\":\"a-b\",\"is_root_device\":true}",
		    "alphanumeric" },
		{ "/vsock", "{\"guest_cid\":2,\"uds_path\":\"/tmp/none\"}",
		    "CID" },
		{ "/actions", "{\"action_type\":\"InstanceStart\"}",
		    "without kernel configuration" },
		{ "/actions", "{\"action_type\":\"SendCtrlAltDel\"}",
		    "not supported before starting" },
		{ "/actions", "{\"action_type\":\"InstanceStop\"}",
		    "unknown variant" },
		{ "/nothing", "{}", "Invalid request method and/or path" },
	};
	struct firecracker *f;
	struct run r;

	(void)state;
	start(&r, NULL);
	f = firecracker_new(r.sock);
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		put_fails(f, table[i].path, table[i].body, -EREMOTEIO,
		    table[i].text);
	put_goes(f, "/boot-source", "{\"kernel_image_path\":\"/dev/null\"}");
	put_fails(f, "/actions", "{\"action_type\":\"InstanceStart\"}",
	    -EREMOTEIO, "Invalid ELF magic number");
	put_goes(f, "/boot-source",
	    "{\"kernel_image_path\":\"/proc/self/exe\"}");
	put_goes(f, "/actions", "{\"action_type\":\"InstanceStart\"}");
	put_fails(f, "/actions", "{\"action_type\":\"InstanceStart\"}",
	    -EREMOTEIO, "not supported after starting");
	put_fails(f, "/boot-source", "{\"kernel_image_path\":\"/dev/null\"}",
	    -EREMOTEIO, "not supported after starting");
	firecracker_free(f);
	assert_int_equal(end(&r), -1);
}

/* The server's own limit has another key. */
static void
test_too_large(void **state)
{
	_cleanup_free_ char *args = xcalloc(60001, 1);
	struct error err = ERROR_INIT;
	struct firecracker *f;
	struct run r;

	(void)state;
	memset(args, 'a', 60000);
	start(&r, NULL);
	f = firecracker_new(r.sock);
	assert_int_equal(firecracker_put(f, "/boot-source",
			     json_pack("{s:s, s:s}", "kernel_image_path",
				 "/dev/null", "boot_args", args),
			     in_ms(5000), &err),
	    -EREMOTEIO);
	assert_non_null(strstr(err.text, "payload"));
	firecracker_free(f);
	end(&r);
}

/* Its time is up when that of all that the thread does is. */
static void
test_late(void **state)
{
	struct error err = ERROR_INIT;
	int64_t deadline = in_ms(200);
	struct firecracker *f;
	struct run r;

	(void)state;
	start(&r, "silent:/machine-config");
	f = firecracker_new(r.sock);
	wait_deadline_by(deadline);
	assert_int_equal(firecracker_put(f, "/machine-config",
			     json_pack("{s:i, s:i}", "vcpu_count", 1,
				 "mem_size_mib", 64),
			     deadline, &err),
	    -ETIME);
	wait_deadline_by(WAIT_NEVER);
	assert_string_equal(err.text,
	    "Firecracker PUT /machine-config: timed out");
	firecracker_free(f);
	end(&r);
}

/* Called off in the middle of a wait that nobody would end. */
static void *
call_off(void *arg)
{
	usleep(20000);
	assert_int_equal(write(*(int *)arg, "x", 1), 1);
	return NULL;
}

static void
test_canceled(void **state)
{
	struct error err = ERROR_INIT;
	struct firecracker *f;
	int64_t deadline;
	pthread_t thread;
	int pair[2];
	struct run r;

	(void)state;
	start(&r, "silent:/machine-config");
	deadline = in_ms(60000);
	f = firecracker_new(r.sock);
	assert_int_equal(pipe(pair), 0);
	wait_cancel_by(pair[0]);
	pthread_create(&thread, NULL, call_off, &pair[1]);
	assert_int_equal(firecracker_put(f, "/machine-config",
			     json_pack("{s:i, s:i}", "vcpu_count", 1,
				 "mem_size_mib", 64),
			     deadline, &err),
	    -ECANCELED);
	/* And not only once its time was up. */
	assert_true(clock_mono_ns() < deadline);
	wait_cancel_by(-1);
	pthread_join(thread, NULL);
	close(pair[0]);
	close(pair[1]);
	firecracker_free(f);
	end(&r);
}

/* Answers that come in pieces, in part, late, or are none. */
static void
test_broken(void **state)
{
	static const struct {
		const char *fake;
		int want;
	} table[] = {
		{ "drip:/machine-config", 0 },
		{ "cut:/machine-config", -EPIPE },
		{ "close:/machine-config", -EPIPE },
		{ "silent:/machine-config", -ETIMEDOUT },
		{ "garbage:/machine-config", -EPROTO },
	};
	struct error err;
	struct firecracker *f;
	struct run r;
	int rc;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		start(&r, table[i].fake);
		f = firecracker_new(r.sock);
		error_clear(&err);
		rc = firecracker_put(f, "/machine-config",
		    json_pack("{s:i, s:i}", "vcpu_count", 1, "mem_size_mib",
			64),
		    in_ms(table[i].want == -ETIMEDOUT ? 200 : 5000), &err);
		if (rc != table[i].want)
			fail_msg("%s: %d, %s", table[i].fake, rc, err.text);
		firecracker_free(f);
		end(&r);
	}
}

/* An answer to GET that is cut, dripped, or another server's. */
static void
test_get(void **state)
{
	static const struct {
		const char *fake;
		int want;
	} table[] = {
		{ "drip:/", 0 },
		{ "cut:/", -EPIPE },
		{ "garbage:/", -EPROTO },
	};
	struct error err;
	struct vmm *v = NULL;
	struct run r;
	int rc;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		start(&r, table[i].fake);
		error_clear(&err);
		rc = vmm_firecracker.open(r.sock, in_ms(5000), &v, &err);
		if (rc != table[i].want)
			fail_msg("%s: %d, %s", table[i].fake, rc, err.text);
		assert_int_equal(v != NULL, rc == 0);
		v = v != NULL ? v->ops->close(v) : NULL;
		end(&r);
	}
}

static void
test_nobody(void **state)
{
	struct error err = ERROR_INIT;
	struct firecracker *f = firecracker_new("/tmp/bgfire.none/api.sock");
	json_t *info = NULL;

	(void)state;
	assert_int_equal(firecracker_get(f, "/", in_ms(1000), &info, &err),
	    -ENOENT);
	assert_null(info);
	/* A deadline that has passed is no unlimited one. */
	assert_true(firecracker_get(f, "/", in_ms(-5), &info, &err) < 0);
	firecracker_free(f);
}

/* What stands in its place is not followed to another's socket. */
static void
test_link(void **state)
{
	struct error err = ERROR_INIT;
	struct vmm *v = NULL;
	char link[80];
	struct run r;

	(void)state;
	start(&r, NULL);
	snprintf(link, sizeof(link), "%s/link.sock", r.dir);
	assert_int_equal(symlink(r.sock, link), 0);
	assert_int_equal(vmm_firecracker.open(link, in_ms(5000), &v, &err),
	    -ENOTSOCK);
	assert_null(v);
	assert_int_equal(vmm_firecracker.open(r.sock, in_ms(5000), &v, &err),
	    0);
	v->ops->close(v);
	end(&r);
}

/* Boots what `args` says; the back end's whole life with it. */
static int
live(const char *args, bool quit, int *ret_ended)
{
	const struct vmm_config c = { .memory_mib = 128,
		.vcpus = 2,
		.cmdline = args,
		.tap = "nowhere0",
		.mac = "06:00:00:00:00:01" };
	struct error err = ERROR_INIT;
	struct vmm *v = NULL;
	struct firecracker *f;
	struct run r;
	int rc, status;

	start(&r, NULL);
	assert_int_equal(vmm_firecracker.open(r.sock, in_ms(5000), &v, &err),
	    0);
	assert_true(v->ops->fd(v) >= 0);
	assert_int_equal(v->ops->wait_end(v, in_ms(10), &err), 1);
	/* There is no such file and no such tap: it is refused by name. */
	rc = v->ops->configure(v, &c, in_ms(5000), &err);
	assert_int_equal(rc, -EREMOTEIO);
	assert_non_null(strstr(err.text, "PUT /boot-source"));
	f = firecracker_new(r.sock);
	rc = firecracker_put(f, "/boot-source",
	    json_pack("{s:s, s:s}", "kernel_image_path", "/proc/self/exe",
		"boot_args", args),
	    in_ms(5000), &err);
	assert_int_equal(rc, 0);
	firecracker_free(f);
	rc = v->ops->boot(v, in_ms(5000), &err);
	if (rc == 0 && quit)
		assert_int_equal(v->ops->quit(v, in_ms(5000), &err), 0);
	*ret_ended = v->ops->wait_end(v,
	    in_ms(strcmp(args, "fake.stubborn") != 0 && (quit || rc < 0) ? 5000
									 : 200),
	    &err);
	v->ops->close(v);
	for (int64_t until = in_ms(5000);
	     *ret_ended == 0 && clock_mono_ns() < until;) {
		siginfo_t si = { 0 };

		waitid(P_PID, (id_t)r.pid, &si, WEXITED | WNOWAIT | WNOHANG);
		if (si.si_pid == r.pid)
			break;
		usleep(1000);
	}
	status = end(&r);
	assert_int_equal(status >= 0, *ret_ended == 0);
	return rc < 0 ? rc : status;
}

static void
test_life(void **state)
{
	int ended;

	(void)state;
	assert_int_equal(live("quiet", false, &ended), -1);
	assert_int_equal(ended, 1);
	assert_int_equal(live("quiet", true, &ended), 0);
	assert_int_equal(ended, 0);
	assert_int_equal(live("fake.stubborn", true, &ended), -1);
	assert_int_equal(ended, 1);
	/* It dies in the middle of InstanceStart. */
	assert_int_equal(live("fake.exit=148", false, &ended), -EPIPE);
	assert_int_equal(ended, 0);
}

static void
test_exit(void **state)
{
	(void)state;
	assert_null(vmm_firecracker.exit_text(0));
	assert_null(vmm_firecracker.exit_text(1));
	assert_null(vmm_firecracker.exit_text(147));
	assert_null(vmm_firecracker.exit_text(158));
	for (int i = 148; i < 158; i++)
		assert_non_null(vmm_firecracker.exit_text(i));
	assert_string_equal(vmm_firecracker.exit_text(150), "SIGSEGV");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_canceled),
		cmocka_unit_test(test_get),
		cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_link),
		cmocka_unit_test(test_exit),
		cmocka_unit_test(test_life),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
