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
#include "reconcile.h"
#include "recover.h"
#include "server.h"
#include "state.h"
#include "stream.h"
#include "vm.h"

#define MAIN_STOP_LOOK_NS (50 * NSEC_PER_MSEC)

/* What a key of the configuration says is not said again as a default here. */
static const struct cmd_opt main_opts[] = {
	{ 0, "config", "FILE", NULL, NULL,
	    "The configuration; by default " CONFIG_FILE ", which need not be "
	    "there.  Options go before what it says." },
	{ 0, "check-config", NULL, NULL, NULL,
	    "Say whether the configuration is understood, and end." },
	{ 0, "run-dir", "DIR", "BANGER_RUN_DIR", NULL, "Its key run_dir." },
	{ 0, "state-dir", "DIR", "BANGER_STATE_DIR", NULL,
	    "Its key state_dir." },
	{ 0, "socket", "PATH", "BANGER_SOCKET", NULL, "Its key socket." },
	{ 0, "helper-socket", "PATH", "BANGER_HELPER_SOCKET", NULL,
	    "Its key helper_socket." },
	{ 0, "group", "NAME", NULL, NULL, "Its key group." },
	{ 0, "qemu-img", "PATH", NULL, NULL, "Its key qemu_img." },
	{ 0, "log-level", "LEVEL", "BANGER_LOG_LEVEL", NULL,
	    "Its key log_level." },
	CMD_OPT_END,
};

static const struct {
	const char *option;
	enum config_id id;
} main_keys[] = {
	{ "run-dir", CONFIG_RUN_DIR },
	{ "state-dir", CONFIG_STATE_DIR },
	{ "socket", CONFIG_SOCKET },
	{ "helper-socket", CONFIG_HELPER_SOCKET },
	{ "group", CONFIG_GROUP },
	{ "qemu-img", CONFIG_QEMU_IMG },
	{ "log-level", CONFIG_LOG_LEVEL },
};

/* The file, and over it the options. */
static int
main__config(struct cmd_ctx *ctx, struct config *ret, struct buf *faults,
    struct error *err)
{
	_cleanup_(config_done) struct config config = { NULL };
	int rc = config_open(cmd_value(ctx, "config"), &config, faults, err);

	for (size_t i = 0; rc == 0 && i < ARRAY_LEN(main_keys); i++) {
		rc = config_set(&config, main_keys[i].id,
		    cmd_value(ctx, main_keys[i].option), err);
		if (rc < 0)
			return error_wrap(err, rc, "--%s", main_keys[i].option);
	}
	if (rc == 0) {
		*ret = config;
		config.conf = NULL;
	}
	return rc;
}

static int
main__check_config(struct cmd_ctx *ctx, struct error *err)
{
	_cleanup_(config_done) struct config config = { NULL };
	_cleanup_buf_ struct buf faults = BUF_INIT;
	int rc = main__config(ctx, &config, &faults, err);

	if (rc == 0)
		puts("OK");
	else if (faults.len == 0)
		return rc;
	fputs(buf_str(&faults), stderr);
	return rc == 0 ? CMD_OK : CMD_FAILED;
}

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
	service_say(&e->daemon->service, "STOPPING=1");
	server_close(e->daemon->server);
	e->deadline = clock_mono_ns() +
	    config_number(&e->daemon->config, CONFIG_STOP_GRACE);
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

static void
main__pools(struct daemon *d)
{
	const struct config *c = &d->config;

	d->own = pool_new((size_t)config_number(c, CONFIG_OWN_THREADS),
	    VM_SLOT_MAX);
	/* Requests of connections that are gone may still wait in it. */
	d->quick = pool_new((size_t)config_number(c, CONFIG_QUICK_THREADS),
	    (size_t)config_number(c, CONFIG_CONNECTIONS) * 2);
	d->work = pool_new((size_t)config_number(c, CONFIG_OPERATIONS),
	    (size_t)config_number(c, CONFIG_QUEUE));
}

/*
 * A state that cannot be written is read all the same: VMs run on, can be seen
 * and are watched, and what would change them is refused.
 */
static int
main__state(struct daemon *d, struct error *err)
{
	_cleanup_free_ char *spare = xasprintf("%s/state-copy",
	    d->config.run_dir);
	struct error why = ERROR_INIT;
	int rc = state_open(d->config.state_dir, &d->state, err);

	if (rc == 0 || (rc != -EROFS && rc != -EACCES && rc != -ENOSPC))
		return rc;
	rc = state_open_copy(d->config.state_dir, spare, &d->state, &why);
	return rc < 0 ? error_wrap(err, rc, "%s", why.text) : 0;
}

/* Opens everything in order; the caller ends what was opened. */
static int
main__open(struct daemon *d, struct error *err)
{
	const struct config *c = &d->config;
	const char *socket = config_text(c, CONFIG_SOCKET);
	_cleanup_free_ char *path = socket != NULL
	    ? xstrdup(socket)
	    : xasprintf("%s/bangerd.sock", c->run_dir);
	gid_t group;
	int rc;

	if ((rc = main__group(config_text(c, CONFIG_GROUP), &group, err)) < 0 ||
	    (rc = main__dir(c->run_dir, NULL, 0750, err)) < 0 ||
	    (rc = main__dir(c->state_dir, NULL, 0750, err)) < 0 ||
	    (rc = main__dir(c->state_dir, "vm", 0700, err)) < 0 ||
	    (rc = main__dir(c->state_dir, "image", 0700, err)) < 0 ||
	    (rc = main__state(d, err)) < 0)
		return rc;
	d->ops = opset_new();
	d->streams = streams_new(d);
	d->vms = vmset_new(d);
	d->reconcile = reconcile_new(d);
	rc = state_history_load(d->state, opset_remember, d->ops, err);
	if (rc == 0)
		rc = vmset_load(d->vms, err);
	if (rc < 0)
		return rc;
	main__started(d);
	main__pools(d);
	if ((rc = recover(d, err)) < 0 || (rc = vmset_publish(d->vms, err)) < 0)
		return rc;
	rc = server_open(d, path, group, &d->server, err);
	if (rc < 0)
		return rc;
	service_say(&d->service, "READY=1");
	return service_watch(&d->service, d->loop, err);
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
	reconcile_free(d->reconcile);
	vmset_free(d->vms);
	opset_free(d->ops);
	state_free(d->state);
	logger_free(d->log);
	loop_free(d->loop);
	config_done(&d->config);
	service_done(&d->service);
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
	struct daemon d = { .service = SERVICE_INIT };
	struct ending e = { .daemon = &d };
	int level, rc;

	service_close_inherited();
	if (cmd_given(ctx, "check-config"))
		return main__check_config(ctx, err);
	if ((rc = main__config(ctx, &d.config, NULL, err)) < 0 ||
	    (rc = logger_parse_level(config_text(&d.config, CONFIG_LOG_LEVEL),
		 &level, err)) < 0 ||
	    (rc = service_init(&d.service, err)) < 0 ||
	    (rc = main__loop(&d, &e, err)) < 0) {
		service_done(&d.service);
		config_done(&d.config);
		return rc;
	}
	main__descriptors();
	umask(0077);
	d.log = logger_new(STDERR_FILENO, level, 0);
	rc = main__open(&d, err);
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

static const char main_details[] =
    "What it may take and how long it waits are keys of\n"
    ".Xr bangerd.conf 5 .\n"
    "An option, and an environment variable, go before the file.\n";

static const struct cmd_program main_program = {
	.name = "bangerd",
	.about = "the unprivileged daemon that runs microVMs",
	.section = "8",
	.details = main_details,
	.entries = main_entries,
};

int
main(int argc, char **argv)
{
	return cmd_main(&main_program, argc, argv);
}
