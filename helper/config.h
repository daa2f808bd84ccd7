/* SPDX-License-Identifier: ISC */
/*
 * What the administrator fixed for this instance, read once at the start from
 * options and environment.  Nothing of it comes from a request.  Strings are
 * owned by the config, so that the environment can be cleared afterwards.
 */
#ifndef HELPER_CONFIG_H
#define HELPER_CONFIG_H

#include <sys/types.h>

#include "base/cmd.h"
#include "base/error.h"

#include "check.h"

/* 2000000000 upwards is left unused by systemd's UIDS-GIDS document. */
#define CONFIG_VM_UID_BASE "2000000000"

struct config {
	char *socket, *run_dir, *log_dir, *state_dir;
	char *bridge, *nft_table, *qemu, *firecracker;
	char *hosts_file; /* NULL: names are written nowhere */
	struct check_subnet subnet;
	uid_t client_uid; /* whose requests are taken, besides root's */
	gid_t client_gid;
	uid_t vm_uid_base;  /* a VM runs as this plus its slot */
	unsigned ports_min; /* of the host, that may be handed on */
	int log_level;
};

#define CONFIG_INIT                                              \
	{                                                        \
		.client_uid = (uid_t)-1, .client_gid = (gid_t)-1 \
	}

extern const struct cmd_opt config_opts[];

int config_load(const struct cmd_ctx *ctx, struct config *ret,
    struct error *err);
void config_done(struct config *cfg);

#endif
