/* SPDX-License-Identifier: ISC */
#include "parser.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"

#include "wire/rpc.h"

#include "jail_int.h"

#define PARSER_CPU_S 10
#define PARSER_MEMORY (512UL << 20)

/* All above JAIL_HIGH_FD, so that no target is overwritten. */
struct parser__plan {
	int disk, request, result, null, self; /* owned */
	uid_t uid;
	uint64_t size;
};

static void
parser__plan_done(struct parser__plan *p)
{
	cleanup_closep(&p->disk);
	cleanup_closep(&p->request);
	cleanup_closep(&p->result);
	cleanup_closep(&p->null);
	cleanup_closep(&p->self);
}

static int
parser__limits(uint64_t size)
{
	const struct rlimit core = { 0, 0 }, files = { 16, 16 };
	const struct rlimit cpu = { PARSER_CPU_S, PARSER_CPU_S };
	const struct rlimit out = { size, size }, none = { 1, 1 };

	if (setrlimit(RLIMIT_CORE, &core) < 0 ||
	    setrlimit(RLIMIT_NOFILE, &files) < 0 ||
	    setrlimit(RLIMIT_CPU, &cpu) < 0 ||
	    setrlimit(RLIMIT_FSIZE, &out) < 0 ||
	    setrlimit(RLIMIT_NPROC, &none) < 0)
		return -1;
#ifndef __SANITIZE_ADDRESS__ /* which reserves terabytes */
	const struct rlimit memory = { PARSER_MEMORY, PARSER_MEMORY };

	return setrlimit(RLIMIT_AS, &memory);
#else
	return 0;
#endif
}

static int
parser__fds(const struct parser__plan *p)
{
	int i;

	for (i = 0; i < 3; i++)
		if (dup2(p->null, i) < 0)
			return -1;
	if (dup2(p->disk, EXT4_FD_DISK) < 0 ||
	    dup2(p->request, EXT4_FD_REQUEST) < 0 ||
	    dup2(p->result, EXT4_FD_RESULT) < 0 ||
	    dup3(p->self, EXT4_FD_RESULT + 1, O_CLOEXEC) < 0)
		return -1;
	return (int)syscall(SYS_close_range, EXT4_FD_RESULT + 2, ~0U, 0);
}

/* The child's side: system calls and nothing else, as in jail_child.c. */
static void __attribute__((noreturn))
parser__child(const struct parser__plan *p)
{
	char name[] = PARSER_NAME;
	/* libext2fs looks whether its file is mounted; it cannot here. */
	char no_mtab[] = "EXT2FS_NO_MTAB_OK=1";
	char *argv[] = { name, NULL }, *env[] = { no_mtab, NULL };

	if (setsid() < 0 || jail__default_signals() < 0 ||
	    jail__drop_caps() < 0 || parser__limits(p->size) < 0 ||
	    jail__become(p->uid) < 0 || jail__verify_user(p->uid) < 0 ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || parser__fds(p) < 0)
		_exit(126);
	syscall(SYS_execveat, EXT4_FD_RESULT + 1, "", argv, env, AT_EMPTY_PATH);
	_exit(127);
}

/* A descriptor like fd, out of the way. */
static int
parser__lift(int fd)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, JAIL_HIGH_FD);
}

static int
parser__prepare(struct parser__plan *plan, int disk,
    const struct ext4_request *req, int *ret_result, struct error *err)
{
	_cleanup_close_ int in = -1, out = -1, theirs = -1, answer = -1;
	_cleanup_close_ int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	_cleanup_close_ int self = open("/proc/self/exe", O_PATH | O_CLOEXEC);
	int pipefd[2];

	if (pipe2(pipefd, O_CLOEXEC) < 0)
		return error_errno(err, errno, "making a pipe");
	in = pipefd[0];
	out = pipefd[1];
	if (pipe2(pipefd, O_CLOEXEC | O_NONBLOCK) < 0)
		return error_errno(err, errno, "making a pipe");
	answer = pipefd[0];
	theirs = pipefd[1];
	plan->disk = parser__lift(disk);
	plan->request = parser__lift(in);
	plan->result = parser__lift(theirs);
	plan->null = parser__lift(null);
	plan->self = parser__lift(self);
	if (plan->disk < 0 || plan->request < 0 || plan->result < 0 ||
	    plan->null < 0 || plan->self < 0)
		return error_errno(err, errno, "copying descriptors");
	/* The request is smaller than what a pipe holds. */
	if (write(out, req, sizeof(*req)) != (ssize_t)sizeof(*req))
		return error_errno(err, errno, "telling the disk's parser");
	*ret_result = steal_fd(&answer);
	return 0;
}

int
parser_start(int disk, const struct ext4_request *req, uid_t uid,
    struct parser *ret, struct error *err)
{
	const unsigned long flags = CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC |
	    CLONE_NEWUTS | CLONE_NEWPID | CLONE_PIDFD | SIGCHLD;
	_cleanup_(parser__plan_done) struct parser__plan plan = { -1, -1, -1,
		-1, -1, uid, req->size };
	_cleanup_close_ int result = -1;
	int pidfd = -1, r;
	long pid;

	r = parser__prepare(&plan, disk, req, &result, err);
	if (r < 0)
		return r;
	pid = syscall(SYS_clone, flags, NULL, &pidfd, NULL, NULL);
	if (pid < 0)
		return error_errno(err, errno, "clone");
	if (pid == 0)
		parser__child(&plan);
	ret->pid = (pid_t)pid;
	ret->pidfd = pidfd;
	ret->result = steal_fd(&result);
	return 0;
}

int
parser_finish(struct parser *p, struct error *err)
{
	_cleanup_close_ int pidfd = steal_fd(&p->pidfd);
	_cleanup_close_ int result = steal_fd(&p->result);
	struct ext4_result res;
	siginfo_t si;
	ssize_t n;

	memset(&si, 0, sizeof(si));
	while (waitid(P_PIDFD, (id_t)pidfd, &si, WEXITED) < 0)
		if (errno != EINTR)
			return error_errno(err, errno,
			    "waiting for the disk's parser");
	if (si.si_code != CLD_EXITED)
		return rpc_fail(err, RPC_OPERATION_FAILED,
		    "work disk: its parser was ended by signal %d",
		    si.si_status);
	n = read(result, &res, sizeof(res));
	if (n != (ssize_t)sizeof(res))
		return rpc_fail(err, RPC_OPERATION_FAILED,
		    "work disk: its parser ended with status %d and no answer",
		    si.si_status);
	return ext4_judge(&res, err);
}
