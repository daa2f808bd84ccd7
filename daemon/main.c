/* SPDX-License-Identifier: ISC */
/* bangerd: options, and the order in which its parts are made and ended. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "base/clock.h"
#include "base/cmd.h"
#include "base/mem.h"
#include "daemon.h"
#include "op.h"
#include "pool.h"
#include "recover.h"
#include "server.h"
#include "state.h"
#include "stream.h"
#include "vm.h"

#define MAIN_OPERATIONS_MAX 32
#define MAIN_OPERATIONS_QUEUE 128
#define MAIN_OWN_THREADS 4
#define MAIN_QUICK_THREADS 4
#define MAIN_QUICK_QUEUE 2048 /* more than there are connections */
#define MAIN_STOP_NS (10 * NSEC_PER_SEC)
#define MAIN_STOP_LOOK_NS (50 * NSEC_PER_MSEC)

static const struct cmd_opt main_opts[] = { { 0, "run-dir", "DIR",
						"BANGER_RUN_DIR", "/run/banger",
						"Directory of the socket." },
	{ 0, "state-dir", "DIR", "BANGER_STATE_DIR", "/var/lib/banger",
	    "Directory of VMs, images and the database." },
	{ 0, "socket", "PATH", "BANGER_SOCKET", NULL,
	    "The socket to serve, instead of RUN-DIR/bangerd.sock." },
	{ 0, "helper-socket", "PATH", "BANGER_HELPER_SOCKET",
	    "/run/banger-helper/helper.sock", "banger-helper's socket." },
	{ 0, "group", "NAME", NULL, NULL,
	    "Group that may use the socket; by default the daemon's own." },
	{ 0, "qemu-img", "PATH", NULL, "/usr/bin/qemu-img",
	    "The tool that makes disk overlays." },
	{ 0, "log-level", "LEVEL", "BANGER_LOG_LEVEL", "info",
	    "debug, info, warn or error." },
	CMD_OPT_END };

/* Makes the directory, and those that stand in it. */
static int
main__dir(const char *base, const char *sub, mode_t mode, struct error *err)
{
	_cleanup_free_ char *path = xasprintf("%s%s%s", base,
	    sub != NULL ? "/" : "", sub != NULL ? sub : "");

	if (mkdir(path, mode) < 0 && errno != EEXIST)
		return error_errno(err, errno, "making %s", path);
	return 0;
}

static int
main__group(const char *name, gid_t *ret, struct error *err)
{
	const struct group *gr;

	*ret = (gid_t)-1;
	if (name == NULL)
		return 0;
	gr = getgrnam(name);
	if (gr == NULL)
		return error_set(err, -ENOENT, "there is no group %s", name);
	*ret = gr->gr_gid;
	return 0;
}

/* ---- ending
 * ------------------------------------------------------------------ */

struct ending {
	struct daemon *daemon;
	struct loop_source *timer;
	int64_t deadline;
};

/* Operations may end by themselves; those that do not are interrupted. */
static void
main__look(void *arg, uint32_t events)
{
	struct ending *e = arg;

	(void)events;
	if (opset_running(e->daemon->ops) == 0)
		loop_stop(e->daemon->loop, 0);
	else if (clock_mono_ns() >= e->deadline)
		loop_stop(e->daemon->loop, 1);
}

static void
main__stop(void *arg, uint32_t events)
{
	struct ending *e = arg;

	(void)events;
	if (e->timer != NULL)
		return;
	server_close(e->daemon->server);
	e->deadline = clock_mono_ns() + MAIN_STOP_NS;
	if (loop_add_timer(e->daemon->loop, MAIN_STOP_LOOK_NS,
		MAIN_STOP_LOOK_NS, main__look, e, &e->timer, NULL) < 0)
		loop_stop(e->daemon->loop, 1);
}

/* ---- serving
 * ----------------------------------------------------------------- */

static void
main__started(struct daemon *d)
{
	struct utsname uts;
	struct event ev;

	uname(&uts);
	event_init(&ev, EVENT_DAEMON_STARTED);
	event_set_str(&ev, FIELD_VERSION, BANGER_VERSION);
	event_set_int(&ev, FIELD_PID, getpid());
	ev.extra = &(struct line_attr)LINE_S("kernel", uts.release);
	ev.n_extra = 1;
	logger_event(d->log, &ev);
}

/* Opens everything in order; the caller ends what was opened. */
static int
main__open(struct cmd_ctx *ctx, struct daemon *d, struct error *err)
{
	_cleanup_free_ char *path = cmd_value(ctx, "socket") != NULL
	    ? xstrdup(cmd_value(ctx, "socket"))
	    : xasprintf("%s/bangerd.sock", d->config.run_dir);
	gid_t group;
	int rc;

	if ((rc = main__group(cmd_value(ctx, "group"), &group, err)) < 0 ||
	    (rc = main__dir(d->config.run_dir, NULL, 0750, err)) < 0 ||
	    (rc = main__dir(d->config.state_dir, NULL, 0750, err)) < 0 ||
	    (rc = main__dir(d->config.state_dir, "vm", 0700, err)) < 0 ||
	    (rc = main__dir(d->config.state_dir, "image", 0700, err)) < 0 ||
	    (rc = state_open(d->config.state_dir, &d->state, err)) < 0)
		return rc;
	d->ops = opset_new();
	d->streams = streams_new(d);
	d->vms = vmset_new(d);
	rc = state_history_load(d->state, opset_remember, d->ops, err);
	if (rc == 0)
		rc = vmset_load(d->vms, err);
	if (rc < 0)
		return rc;
	main__started(d);
	d->own = pool_new(MAIN_OWN_THREADS, VM_SLOT_MAX);
	d->quick = pool_new(MAIN_QUICK_THREADS, MAIN_QUICK_QUEUE);
	d->work = pool_new(MAIN_OPERATIONS_MAX, MAIN_OPERATIONS_QUEUE);
	rc = recover(d, err);
	if (rc < 0)
		return rc;
	return server_open(d, path, group, &d->server, err);
}

static void
main__last(void *arg, uint32_t events)
{
	(void)events;
	loop_stop(arg, 0);
}

/* Lets workers end and the loop run what they posted, then frees all. */
static void
main__close(struct daemon *d, struct ending *e)
{
	server_close(d->server);
	d->work = pool_free(d->work);
	d->quick = pool_free(d->quick);
	d->own = pool_free(d->own);
	if (d->vms != NULL)
		vmset_unwatch(d->vms);
	loop_post(d->loop, main__last, d->loop);
	loop_run(d->loop);
	streams_free(d->streams);
	server_free(d->server);
	loop_source_free(e->timer);
	vmset_free(d->vms);
	opset_free(d->ops);
	state_free(d->state);
	logger_free(d->log);
	loop_free(d->loop);
}

/* Each connection, and each VM that runs, takes a descriptor. */
static void
main__descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/* Signals are blocked before the first thread is made: it inherits that. */
static int
main__loop(struct daemon *d, struct ending *e, struct error *err)
{
	int rc;

	if ((rc = loop_new(&d->loop, err)) < 0 ||
	    (rc = loop_add_signal(d->loop, SIGTERM, main__stop, e, err)) < 0 ||
	    (rc = loop_add_signal(d->loop, SIGINT, main__stop, e, err)) < 0)
		return rc;
	signal(SIGPIPE, SIG_IGN);
	return 0;
}

static int
main__exec(struct cmd_ctx *ctx, struct error *err)
{
	struct daemon d = { .config = {
				.run_dir = cmd_value(ctx, "run-dir"),
				.state_dir = cmd_value(ctx, "state-dir"),
				.helper_socket = cmd_value(ctx,
				    "helper-socket"),
				.qemu_img = cmd_value(ctx, "qemu-img"),
			    } };
	struct ending e = { .daemon = &d };
	int level, rc;

	if ((rc = logger_parse_level(cmd_value(ctx, "log-level"), &level,
		 err)) < 0 ||
	    (rc = main__loop(&d, &e, err)) < 0)
		return rc;
	main__descriptors();
	umask(0077);
	d.log = logger_new(STDERR_FILENO, level, 0);
	rc = main__open(ctx, &d, err);
	if (rc == 0 && loop_run(d.loop) != 0) {
		/*
		 * What does not end in time is closed at the next start; the
		 * workers run on meanwhile, so nothing of theirs is freed.
		 */
		state_op_freeze(d.state);
		logger_flush(d.log);
		_exit(CMD_OK);
	}
	main__close(&d, &e);
	return rc;
}

static const struct cmd_entry main_entry = {
	.args = "",
	.opts = main_opts,
	.about = "Run microVMs for the clients of its socket.",
	.exec = main__exec,
};

static const struct cmd_entry *const main_entries[] = { &main_entry, NULL };

static const struct cmd_program main_program = {
	.name = "bangerd",
	.about = "the unprivileged daemon that runs microVMs",
	.section = "8",
	.entries = main_entries,
};

int
main(int argc, char **argv)
{
	return cmd_main(&main_program, argc, argv);
}
