/* SPDX-License-Identifier: ISC */
/*
 * Races against the helper.
 *
 *	races swap SOCKET STATE UID N	as UID, exchanges N times what stands
 *		under names in the state directory with links out of it, while
 *		requests about those names go to the helper
 *	races pid RUN N			in a pid namespace of its own: reuses
 *one process id N times, while the table of VMMs is taken up again and again
 *from a record of an earlier process of that id, and told to kill it
 *
 * Prints counts; status 1 when a request was not answered, or a process that
 * is not a VMM got a signal.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../helper/state.h"
#include "../../helper/vmm.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "wire/sock.h"

#define ANSWER_NS (60 * NSEC_PER_SEC)

/* ---- swapping ----------------------------------------------------------- */

/* In the state directory: a thing and the link that takes its place. */
static const char *const pairs[][2] = {
	{ "vm/vm-1", "vm/evil" },
	{ "vm/vm-2/disk.qcow2", "vm/vm-2/evil.disk" },
	{ "vm/vm-2/work.raw", "vm/vm-2/evil.work" },
	{ "image/im-1/rootfs.raw", "image/im-1/evil" },
	{ "image/im-2", "image/evil" },
};

#define LAUNCH(vm, slot, image)                                          \
	"\"vmm.launch\",\"params\":{\"vm_id\":\"" vm "\",\"slot\":" slot \
	",\"image_id\":\"" image "\",\"machine\":\"microvm\","           \
	"\"memory_mib\":64,\"vcpus\":1,\"cmdline\":\"\"}"
#define SEED(vm, slot)                                                  \
	"\"work.seed\",\"params\":{\"vm_id\":\"" vm "\",\"slot\":" slot \
	",\"hostname\":\"a\",\"ssh_key\":\"\"}"

static const char *const requests[] = {
	LAUNCH("vm-1", "1", "im-1"),
	LAUNCH("vm-2", "2", "im-2"),
	SEED("vm-1", "1"),
	SEED("vm-2", "2"),
	LAUNCH("vm-2", "2", "im-1"),
	"\"work.create\",\"params\":{\"vm_id\":\"vm-1\",\"slot\":1,"
	"\"work_mib\":16}",
	"\"vmm.wait\",\"params\":{\"vm_id\":\"vm-1\"}",
	"\"vmm.wait\",\"params\":{\"vm_id\":\"vm-2\"}",
};

/*
 * No more than so many swaps a request, or they would all be over before the
 * helper has looked once; shared by both processes.
 */
#define SWAPS_A_REQUEST 100
static atomic_ulong *asked;

static int
swap(const char *state, uid_t uid, unsigned long n)
{
	unsigned long i, done = 0;

	if (chdir(state) < 0 || setgid(uid) < 0 || setuid(uid) < 0) {
		perror(state);
		return 1;
	}
	for (i = 0; i < n; i++) {
		const char *const *p = pairs[i % ARRAY_LEN(pairs)];

		while (i >= (atomic_load(asked) + 1) * SWAPS_A_REQUEST)
			sched_yield();
		if (renameat2(AT_FDCWD, p[0], AT_FDCWD, p[1],
			RENAME_EXCHANGE) == 0)
			done++;
	}
	/* An even number of each leaves all as it was. */
	for (i = 0; i < ARRAY_LEN(pairs); i++)
		if ((n + ARRAY_LEN(pairs) - 1 - i) / ARRAY_LEN(pairs) % 2 == 1)
			renameat2(AT_FDCWD, pairs[i][0], AT_FDCWD, pairs[i][1],
			    RENAME_EXCHANGE);
	if (done != n)
		fprintf(stderr, "races: %lu of %lu swaps\n", done, n);
	return done != n;
}

/* 1: done, 0: refused, -1: no answer. */
static int
ask(const char *path, const char *request)
{
	const int64_t until = clock_mono_ns() + ANSWER_NS;
	_cleanup_buf_ struct buf line = BUF_INIT, reply = BUF_INIT;
	_cleanup_close_ int fd = -1;
	char chunk[4096];
	ssize_t n;

	buf_printf(&line,
	    "{\"version\":1,\"method\":%s,\"op_id\":\"op-00000000000000dd\","
	    "\"call\":1}\n",
	    request);
	if (sock_connect(path, ANSWER_NS, &fd, NULL) < 0 ||
	    sock_send(fd, line.data, line.len, until, NULL) < 0)
		return -1;
	while ((n = sock_recv(fd, chunk, sizeof(chunk), until, NULL)) > 0)
		buf_put(&reply, chunk, (size_t)n);
	if (strstr(buf_str(&reply), "\"ok\":true") != NULL)
		return 1;
	return strstr(buf_str(&reply), "\"ok\":false") != NULL ? 0 : -1;
}

static int
race_swaps(const char *path, const char *state, uid_t uid, unsigned long n)
{
	unsigned long done = 0, lost = 0;
	int status = -1, r;
	pid_t pid;

	asked = mmap(NULL, sizeof(*asked), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (asked == MAP_FAILED)
		return 2;
	pid = fork();
	if (pid == 0)
		_exit(swap(state, uid, n));
	while (waitpid(pid, &status, WNOHANG) == 0) {
		r = ask(path, requests[*asked % ARRAY_LEN(requests)]);
		atomic_fetch_add(asked, 1);
		done += r == 1;
		lost += r < 0;
	}
	printf("%lu swaps, %lu requests: %lu done, %lu not answered\n", n,
	    *asked, done, lost);
	return status != 0 || lost > 0 || *asked == 0;
}

/* ---- process ids -------------------------------------------------------- */

#define PID_SLOT 7
#define PID_UID_BASE 2000000000U

struct churn {
	pid_t pid; /* the id that is used again and again */
	unsigned long want, same, strays;
	atomic_bool over;
};

/* The next process of this namespace gets this id, if it is free. */
static void
next_pid(pid_t pid)
{
	char text[16];
	_cleanup_close_ int fd = open("/proc/sys/kernel/ns_last_pid", O_WRONLY);
	int n = snprintf(text, sizeof(text), "%d", (int)pid - 1);

	if (fd < 0 || write(fd, text, (size_t)n) != n) {
		perror("ns_last_pid");
		exit(2);
	}
}

/* A process of that id under the VM's user: alive for a moment. */
static pid_t
stranger(pid_t want)
{
	pid_t pid;

	next_pid(want);
	pid = fork();
	if (pid != 0)
		return pid;
	if (setuid(PID_UID_BASE + PID_SLOT) < 0)
		_exit(1);
	for (int i = 0; i < 50; i++)
		sched_yield();
	_exit(0);
}

static void *
churn_run(void *arg)
{
	struct churn *c = arg;
	int status;
	pid_t pid;

	while (c->same < c->want) {
		pid = stranger(c->pid);
		if (pid < 0 || waitpid(pid, &status, 0) != pid)
			continue;
		c->same += pid == c->pid;
		if (WIFSIGNALED(status))
			c->strays++;
	}
	atomic_store(&c->over, true);
	return NULL;
}

/* Takes the table up and kills what it thinks runs; what it thought. */
static bool
take_up_and_kill(const struct config *cfg, const struct state *st)
{
	_cleanup_(loop_freep) struct loop *loop = NULL;
	static const struct host host;
	struct vmm_table *t = NULL;
	bool running = false;
	struct vmm *v;

	if (state_save(cfg, "vm-1", st, NULL) < 0 || loop_new(&loop, NULL) < 0)
		return false;
	if (vmm_table_new(cfg, &host, loop, &t, NULL) < 0)
		return false;
	v = vmm_find(t, "vm-1");
	if (v != NULL && v->state.running) {
		running = true;
		vmm_kill(v, NULL);
	}
	vmm_table_free(t);
	return running;
}

static int
race_pids(char *run, unsigned long n)
{
	struct config cfg = CONFIG_INIT;
	struct state st = { .slot = PID_SLOT, .running = true };
	struct churn c = { .want = n };
	unsigned long looked = 0, wrong = 0;
	_cleanup_buf_ struct buf dir = BUF_INIT;
	pthread_t thread;
	int status;

	cfg.run_dir = run;
	cfg.vm_uid_base = PID_UID_BASE;
	buf_printf(&dir, "%s/vm", run);
	mkdir(buf_str(&dir), 0700);
	buf_puts(&dir, "/vm-1");
	mkdir(buf_str(&dir), 0700);
	/* One that is the VMM is known again, and killed. */
	st.pid = fork();
	if (st.pid == 0) {
		if (setuid(PID_UID_BASE + PID_SLOT) < 0)
			_exit(1);
		for (;;)
			pause();
	}
	/* Its user is not yet the VM's at once. */
	while (state_starttime(st.pid, &st.starttime, NULL) < 0 ||
	    !take_up_and_kill(&cfg, &st))
		sched_yield();
	if (waitpid(st.pid, &status, 0) != st.pid || !WIFSIGNALED(status)) {
		printf("the VMM was not killed\n");
		return 1;
	}
	/* Its id goes round; a clock tick later no start time is the same. */
	usleep(50000);
	c.pid = st.pid;
	if (pthread_create(&thread, NULL, churn_run, &c) != 0)
		return 2;
	while (!atomic_load(&c.over)) {
		wrong += take_up_and_kill(&cfg, &st);
		looked++;
	}
	pthread_join(thread, NULL);
	printf("%lu reuses of process %d, looked at %lu times: %lu taken for "
	       "the VMM, %lu stray signals\n",
	    c.same, (int)c.pid, looked, wrong, c.strays);
	return wrong > 0 || c.strays > 0 || looked == 0;
}

int
main(int argc, char **argv)
{
	if (argc == 6 && strcmp(argv[1], "swap") == 0)
		return race_swaps(argv[2], argv[3],
		    (uid_t)strtoul(argv[4], NULL, 10),
		    strtoul(argv[5], NULL, 10));
	if (argc == 4 && strcmp(argv[1], "pid") == 0)
		return race_pids(argv[2], strtoul(argv[3], NULL, 10));
	return 2;
}
