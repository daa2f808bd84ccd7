/* SPDX-License-Identifier: ISC */
/* The ports of a request: objects of three members, each of which is needed. */
#include "check.h"

#include <string.h>

#include "wire/rpc.h"

static int
check__port(const json_t *elem, struct check_port *ret, struct error *err)
{
	const char *protocol;
	int64_t host, guest;
	int r;

	r = rpc_param_int(elem, "host", 1, UINT16_MAX, &host, err);
	if (r == 0)
		r = rpc_param_int(elem, "guest", 1, UINT16_MAX, &guest, err);
	if (r == 0)
		r = rpc_param_str(elem, "protocol", &protocol, err);
	if (r < 0)
		return r;
	ret->udp = strcmp(protocol, "udp") == 0;
	if (!ret->udp && strcmp(protocol, "tcp") != 0)
		return rpc_fail(err, RPC_INVALID_ARGUMENT,
		    "protocol is neither tcp nor udp");
	if (json_object_size(elem) != 3)
		return rpc_fail(err, RPC_INVALID_ARGUMENT,
		    "a port has host, guest and protocol, and nothing else");
	ret->host = (uint16_t)host;
	ret->guest = (uint16_t)guest;
	return 0;
}

int
check_ports(const json_t *list, struct check_params *ret, struct error *err)
{
	struct check_port *all = ret->ports;
	size_t n = json_array_size(list), i, k;
	int r;

	if (!json_is_array(list) || n > CHECK_PORTS_MAX)
		return rpc_fail(err, RPC_INVALID_ARGUMENT,
		    "ports is not a list of at most %d ports", CHECK_PORTS_MAX);
	for (i = 0; i < n; i++) {
		r = check__port(json_array_get(list, i), &all[i], err);
		if (r < 0)
			return r;
		for (k = 0; k < i; k++)
			if (all[k].host == all[i].host &&
			    all[k].udp == all[i].udp)
				return rpc_fail(err, RPC_INVALID_ARGUMENT,
				    "ports has a port of the host twice");
	}
	ret->n_ports = n;
	return 0;
}
