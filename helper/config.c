/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "base/text.h"

#include "wire/logger.h"

const struct cmd_opt config_opts[] = {
	{ 0, "socket", "PATH", NULL, NULL,
	    "Socket to listen on (default: helper.sock in the run "
	    "directory)." },
	{ 0, "run-dir", "DIR", "BANGER_HELPER_RUN_DIR", "/run/banger-helper",
	    "Where sockets and the state of running VMs are kept." },
	{ 0, "log-dir", "DIR", "BANGER_LOG_DIR", "/var/log/banger",
	    "Where consoles and the VMMs' own output are written." },
	{ 0, "state-dir", "DIR", "BANGER_STATE_DIR", "/var/lib/banger",
	    "Where bangerd keeps the disks of VMs and the files of images." },
	{ 0, "client-uid", "USER", NULL, "banger",
	    "User, by name or number, whose requests are taken." },
	{ 0, "bridge", "NAME", NULL, "bgr0", "Bridge of the VMs." },
	{ 0, "subnet", "NET", NULL, "172.30.0.0/20",
	    "IPv4 network of the VMs." },
	{ 0, "nft-table", "NAME", NULL, "banger",
	    "Table of family inet that belongs to this instance alone." },
	{ 0, "ports-min", "N", NULL, "1024",
	    "Least port of the host that may be handed on to a VM." },
	{ 0, "hosts-file", "PATH", NULL, NULL,
	    "Write the names of running VMs into this file of the form of "
	    "hosts(5), in a block of their own (default: into none)." },
	{ 0, "vm-uid-base", "N", NULL, CONFIG_VM_UID_BASE,
	    "VMs run under this user number plus their slot." },
	{ 0, "qemu", "PATH", NULL, "/usr/bin/qemu-system-x86_64",
	    "QEMU's program, beneath /usr." },
	{ 0, "firecracker", "PATH", NULL, "/usr/local/bin/firecracker",
	    "Firecracker's program, beneath /usr; it need not be there." },
	{ 0, "log-level", "LEVEL", "BANGER_LOG_LEVEL", "info",
	    "Least level that is logged: debug, info, warn or error." },
	CMD_OPT_END,
};

/* A number, or a name of the user database; its group comes from there too. */
static int
config__user(const char *text, struct config *cfg, struct error *err)
{
	const struct passwd *pw;
	uint64_t n;

	if (text_parse_u64(text, 0, UINT32_MAX - 1, &n)) {
		cfg->client_uid = (uid_t)n;
		cfg->client_gid = (gid_t)n;
		pw = getpwuid(cfg->client_uid);
	} else {
		pw = getpwnam(text);
		if (pw == NULL)
			return cmd_usage_error(err,
			    "--client-uid: no such user; make it or name "
			    "another");
		cfg->client_uid = pw->pw_uid;
	}
	if (pw != NULL)
		cfg->client_gid = pw->pw_gid;
	return 0;
}

static int
config__dir(const struct cmd_ctx *ctx, const char *name, char **ret,
    struct error *err)
{
	const char *value = cmd_value(ctx, name);

	if (!check_base_dir(value))
		return cmd_usage_error(err,
		    "--%s wants an absolute path without . and .. of at most "
		    "200 bytes",
		    name);
	*ret = xstrdup(value);
	return 0;
}

static int
config__network(const struct cmd_ctx *ctx, struct config *cfg,
    struct error *err)
{
	const char *bridge = cmd_value(ctx, "bridge");
	const char *table = cmd_value(ctx, "nft-table");
	unsigned long ports_min;
	int r;
	struct error why = ERROR_INIT;

	if (!check_ifname(bridge))
		return cmd_usage_error(err,
		    "--bridge wants 2 to 15 of a-z, 0-9 and '-', led by a "
		    "letter");
	if (!check_table_name(table))
		return cmd_usage_error(err,
		    "--nft-table wants 1 to 31 of a-z, 0-9 and '_', led by a "
		    "letter");
	if (check_subnet(cmd_value(ctx, "subnet"), &cfg->subnet, &why) < 0)
		return cmd_usage_error(err, "--subnet: %s", why.text);
	r = cmd_number(ctx, "ports-min", 1, UINT16_MAX, &ports_min, err);
	if (r < 0)
		return r;
	cfg->ports_min = (unsigned)ports_min;
	cfg->bridge = xstrdup(bridge);
	cfg->nft_table = xstrdup(table);
	return 0;
}

/* What has to fit together: the VMs' users and the client's are apart. */
static int
config__users(const struct cmd_ctx *ctx, struct config *cfg, struct error *err)
{
	unsigned long base;
	int r;

	r = config__user(cmd_value(ctx, "client-uid"), cfg, err);
	if (r < 0)
		return r;
	r = cmd_number(ctx, "vm-uid-base", 65536, 4294900000UL, &base, err);
	if (r < 0)
		return r;
	cfg->vm_uid_base = (uid_t)base;
	if (cfg->client_uid >= base && cfg->client_uid <= base + CHECK_SLOT_MAX)
		return cmd_usage_error(err,
		    "--client-uid lies among the users of the VMs");
	return 0;
}

/* Nothing but /usr is seen from inside of the jail. */
static int
config__program(const struct cmd_ctx *ctx, const char *name, char **ret,
    struct error *err)
{
	const char *value = cmd_value(ctx, name);

	if (!check_program(value))
		return cmd_usage_error(err,
		    "--%s wants a program beneath /usr, by a path without . "
		    "and .. of at most 200 bytes",
		    name);
	*ret = xstrdup(value);
	return 0;
}

int
config_load(const struct cmd_ctx *ctx, struct config *ret, struct error *err)
{
	_cleanup_(config_done) struct config cfg = CONFIG_INIT;
	static const struct config none = CONFIG_INIT;
	int r;

	r = config__dir(ctx, "run-dir", &cfg.run_dir, err);
	if (r >= 0)
		r = config__dir(ctx, "log-dir", &cfg.log_dir, err);
	if (r >= 0)
		r = config__dir(ctx, "state-dir", &cfg.state_dir, err);
	if (r >= 0 && cmd_value(ctx, "socket") != NULL)
		r = config__dir(ctx, "socket", &cfg.socket, err);
	if (r >= 0 && cmd_value(ctx, "hosts-file") != NULL)
		r = config__dir(ctx, "hosts-file", &cfg.hosts_file, err);
	if (r >= 0)
		r = config__network(ctx, &cfg, err);
	if (r >= 0)
		r = config__users(ctx, &cfg, err);
	if (r >= 0)
		r = logger_parse_level(cmd_value(ctx, "log-level"),
		    &cfg.log_level, err);
	if (r >= 0)
		r = config__program(ctx, "qemu", &cfg.qemu, err);
	if (r >= 0)
		r = config__program(ctx, "firecracker", &cfg.firecracker, err);
	if (r < 0)
		return r;
	if (cfg.socket == NULL)
		cfg.socket = xasprintf("%s/helper.sock", cfg.run_dir);
	*ret = cfg;
	cfg = none;
	return 0;
}

void
config_done(struct config *cfg)
{
	free(cfg->socket);
	free(cfg->run_dir);
	free(cfg->log_dir);
	free(cfg->state_dir);
	free(cfg->bridge);
	free(cfg->nft_table);
	free(cfg->qemu);
	free(cfg->firecracker);
	free(cfg->hosts_file);
	memset(cfg, 0, sizeof(*cfg));
}
