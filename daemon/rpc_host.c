/* SPDX-License-Identifier: ISC */
/* host.info: what this process and the helper see, which a client cannot. */
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "dispatch.h"
#include "op.h"
#include "priv.h"
#include "wire/rpc.h"

/* The file system of the state directory; numbers are null when it cannot be
 * asked. */
static json_t *
host__state(const struct config *config)
{
	struct statvfs fs;
	bool known = statvfs(config->state_dir, &fs) == 0;
	json_t *state = json_pack("{s:s, s:b}", "dir", config->state_dir,
	    "writable", access(config->state_dir, W_OK) == 0);

	json_object_set_new(state, "bytes_free",
	    known ? json_integer((json_int_t)(fs.f_bavail * fs.f_frsize))
		  : json_null());
	json_object_set_new(state, "files_free",
	    known && fs.f_files > 0 ? json_integer((json_int_t)fs.f_favail)
				    : json_null());
	return state;
}

/* What the helper says of itself; its error instead when it does not answer. */
static void
host__helper(struct op *op, json_t *result)
{
	struct error why = ERROR_INIT;
	json_t *host;

	if (priv_call(op, "host.info", NULL, &host, &why) == 0) {
		json_object_del(host, "vms");
		json_object_set_new(result, "helper", host);
	} else {
		json_object_set_new(result, "helper", json_null());
		json_object_set_new(result, "helper_error",
		    json_string(why.text));
	}
}

int
rpc_host_info(struct op *op, const json_t *params, json_t *result,
    struct error *err)
{
	const struct config *config = &op_daemon(op)->config;
	struct rlimit files = { 0, 0 };

	(void)params;
	(void)err;
	getrlimit(RLIMIT_NOFILE, &files);
	json_object_set_new(result, "daemon", json_string(BANGER_VERSION));
	json_object_set_new(result, "state", host__state(config));
	json_object_set_new(result, "files_max",
	    json_integer((json_int_t)files.rlim_cur));
	json_object_set_new(result, "connections_max",
	    json_integer(config_number(config, CONFIG_CONNECTIONS)));
	host__helper(op, result);
	return 0;
}
