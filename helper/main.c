/* SPDX-License-Identifier: ISC */
/*
 * banger-helper: does for bangerd, as root, what privops.def lists.  Starts
 * from a clean slate, serves its socket until a signal ends it, and leaves the
 * VMs running: it knows them again at its next start.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/cmd.h"
#include "base/mem.h"

#include "wire/event.h"

#include "confine.h"
#include "ext4.h"
#include "files.h"
#include "helper.h"
#include "hosts.h"
#include "parser.h"
#include "server.h"

/* Connections, a launch's files and a pidfd for each VM have room. */
#define MAIN_NOFILE 8192

/* Descriptors 0 to 2 are open, so that no file of ours becomes one of them. */
static void
main__open_standard(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= 2);
	if (fd > 2)
		close(fd);
}

/* Nothing of who started us is left: environment, limits, mask, directory. */
static int
main__clean_slate(struct error *err)
{
	const struct rlimit nofile = { MAIN_NOFILE, MAIN_NOFILE };
	const struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };
	const struct rlimit core = { 0, 0 };

	if (clearenv() != 0 || setenv("PATH", "/usr/sbin:/usr/bin", 1) < 0 ||
	    setenv("LC_ALL", "C", 1) < 0)
		return error_set(err, -ENOMEM, "clearing the environment");
	umask(077);
	if (chdir("/") < 0)
		return error_errno(err, errno, "chdir /");
	if (setrlimit(RLIMIT_NOFILE, &nofile) < 0 ||
	    setrlimit(RLIMIT_FSIZE, &none) < 0 ||
	    setrlimit(RLIMIT_CORE, &core) < 0)
		return error_errno(err, errno, "setrlimit");
	signal(SIGPIPE, SIG_IGN);
	return 0;
}

/* RUN_DIR, RUN_DIR/jail (roots of VMs are mounted there, unseen), LOG_DIR. */
static int
main__make_dirs(const struct config *cfg, struct error *err)
{
	_cleanup_close_ int run = -1, jail = -1, log = -1;
	_cleanup_buf_ struct buf path = BUF_INIT;
	int r;

	r = files_ensure_dir(cfg->run_dir, 0750, cfg->client_gid, &run, err);
	if (r < 0)
		return r;
	buf_printf(&path, "%s/jail", cfg->run_dir);
	r = files_ensure_dir(buf_str(&path), 0700, 0, &jail, err);
	if (r < 0)
		return r;
	return files_ensure_dir(cfg->log_dir, 0750, cfg->client_gid, &log, err);
}

static void
main__stop(void *arg, uint32_t signo)
{
	(void)signo;
	loop_stop(arg, 0);
}

/* The line from which a trace knows what did its privileged steps. */
static void
main__log_started(const struct helper *h)
{
	const struct line_attr extra[] = {
		LINE_S("kernel", h->host.kernel),
		LINE_S("qemu", h->host.qemu),
		LINE_S("firecracker", h->host.firecracker),
		LINE_B("kvm", h->host.kvm),
		LINE_S("cgroup", cgroup_kind_name(h->host.cgroup)),
		LINE_S("bridge", h->cfg.bridge),
		LINE_S("nft_table", h->cfg.nft_table),
		LINE_S("socket", h->cfg.socket),
	};
	struct event ev;

	event_init(&ev, EVENT_HELPER_STARTED);
	event_set_str(&ev, FIELD_VERSION, BANGER_VERSION);
	event_set_int(&ev, FIELD_PID, getpid());
	ev.extra = extra;
	ev.n_extra = ARRAY_LEN(extra);
	logger_event(h->log, &ev);
}

/* Ends in the order in which things hang on one another. */
static void
main__helper_done(struct helper *h)
{
	h->ending = true;
	h->works = work_table_free(h->works);
	h->vms = vmm_table_free(h->vms);
	h->log = logger_free(h->log);
	h->loop = loop_free(h->loop);
	service_done(&h->service);
	config_done(&h->cfg);
}

static int
main__serve(struct helper *h, struct error *err)
{
	_cleanup_(server_freep) struct server *server = NULL;
	int r;

	r = server_new(h, &server, err);
	if (r < 0)
		return r;
	r = service_watch(&h->service, h->loop, err);
	if (r < 0)
		return r;
	main__log_started(h);
	service_say(&h->service, "READY=1");
	r = loop_run(h->loop);
	service_say(&h->service, "STOPPING=1");
	/* Calls under way are answered while their connections are there. */
	h->ending = true;
	h->works = work_table_free(h->works);
	h->vms = vmm_table_free(h->vms);
	return r;
}

static int
main__exec(struct cmd_ctx *ctx, struct error *err)
{
	_cleanup_(main__helper_done) struct helper h = {
		.service = SERVICE_INIT,
		.cfg = CONFIG_INIT,
	};
	int r;

	service_close_inherited();
	r = config_load(ctx, &h.cfg, err);
	if (r < 0)
		return r;
	if (geteuid() != 0)
		return error_set(err, -EPERM, "this has to be run as root");
	/* Before the environment, which says it, is cleared. */
	r = service_init(&h.service, err);
	if (r == 0)
		r = main__clean_slate(err);
	if (r == 0)
		r = confine_apply(err);
	if (r == 0)
		r = main__make_dirs(&h.cfg, err);
	if (r < 0)
		return r;
	host_probe(h.cfg.qemu, h.cfg.firecracker, &h.host);
	r = loop_new(&h.loop, err);
	if (r == 0)
		r = loop_add_signal(h.loop, SIGTERM, main__stop, h.loop, err);
	if (r == 0)
		r = loop_add_signal(h.loop, SIGINT, main__stop, h.loop, err);
	if (r == 0)
		r = hosts_sweep(&h.cfg, err);
	if (r == 0)
		r = vmm_table_new(&h.cfg, &h.host, h.loop, &h.vms, err);
	if (r < 0)
		return r;
	h.works = work_table_new(&h.cfg, h.loop);
	h.log = logger_new(STDERR_FILENO, h.cfg.log_level, 0);
	r = main__serve(&h, err);
	return r < 0 ? r : CMD_OK;
}

static const struct cmd_entry main__entry = {
	.opts = config_opts,
	.about = "Serve privileged operations to bangerd.",
	.exec = main__exec,
};

static const struct cmd_entry *const main__entries[] = { &main__entry, NULL };

static const struct cmd_program main__program = {
	.name = "banger-helper",
	.about = "does for bangerd the few things that need root",
	.section = "8",
	.entries = main__entries,
};

int
main(int argc, char **argv)
{
	/* Our own child, which parser.c has started so. */
	if (argc == 1 && strcmp(argv[0], PARSER_NAME) == 0)
		return ext4_child();
	main__open_standard();
	return cmd_main(&main__program, argc, argv);
}
