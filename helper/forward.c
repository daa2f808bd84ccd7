/* SPDX-License-Identifier: ISC */
#include "forward.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/mem.h"

#include "wire/rpc.h"

#include "listen.h"
#include "nft.h"

/* One element of the map. */
struct forward__have {
	struct check_port port;
	char guest_ip[CHECK_IP_MAX];
};

struct forward__list {
	struct forward__have *all;
	size_t n;
};

static void
forward__list_done(struct forward__list *l)
{
	free(l->all);
}

static const char *
forward__protocol(const struct check_port *port)
{
	return port->udp ? "udp" : "tcp";
}

void
forward_table_batch(const struct config *cfg, struct buf *b)
{
	static const char *const chains[][2] = {
		{ "prerouting", "dstnat" },
		{ "output", "-100" }, /* dstnat, which has no name there */
	};
	const char *t = cfg->nft_table;
	size_t i;

	buf_printf(b,
	    "add map inet %s forwards { type inet_proto . inet_service : "
	    "ipv4_addr . inet_service; }\n",
	    t);
	for (i = 0; i < ARRAY_LEN(chains); i++)
		buf_printf(b,
		    "add chain inet %s %s { type nat hook %s priority %s; "
		    "policy accept; }\n"
		    "flush chain inet %s %s\n",
		    t, chains[i][0], chains[i][0], chains[i][1], t,
		    chains[i][0]);
	/* Guests reach one another as they are, on the bridge. */
	buf_printf(b,
	    "add rule inet %s prerouting iifname != \"%s\" fib daddr type "
	    "local dnat ip to meta l4proto . th dport map @forwards\n",
	    t, cfg->bridge);
	buf_printf(b,
	    "add rule inet %s output ip daddr != 127.0.0.0/8 fib daddr type "
	    "local dnat ip to meta l4proto . th dport map @forwards\n",
	    t);
}

/* [{"concat":["tcp",8080]},{"concat":["172.30.0.2",80]}]; 1: another form. */
static int
forward__element(json_t *elem, struct forward__have *ret)
{
	const char *protocol, *ip;
	int host, guest;

	if (json_unpack(elem, "[{s:[s, i]}, {s:[s, i]}]", "concat", &protocol,
		&host, "concat", &ip, &guest) < 0 ||
	    strlen(ip) >= sizeof(ret->guest_ip))
		return 1;
	ret->port.host = (uint16_t)host;
	ret->port.guest = (uint16_t)guest;
	ret->port.udp = strcmp(protocol, "udp") == 0;
	strcpy(ret->guest_ip, ip);
	return 0;
}

/* All elements of the map; an older table may have none. */
static int
forward__load(const struct config *cfg, struct forward__list *l,
    struct error *err)
{
	_cleanup_json_ json_t *out = NULL;
	_cleanup_buf_ struct buf b = BUF_INIT;
	json_t *row, *map, *elems, *elem;
	const char *name;
	size_t i, j;
	int r;

	buf_printf(&b, "list table inet %s", cfg->nft_table);
	r = nft_run(buf_str(&b), &out, err);
	if (r < 0)
		return r;
	json_array_foreach(json_object_get(out, "nftables"), i, row)
	{
		map = json_object_get(row, "map");
		name = json_string_value(json_object_get(map, "name"));
		if (name == NULL || strcmp(name, "forwards") != 0)
			continue;
		elems = json_object_get(map, "elem");
		l->all = xreallocarray(l->all, l->n + json_array_size(elems),
		    sizeof(*l->all));
		json_array_foreach(elems, j, elem)
		{
			if (forward__element(elem, &l->all[l->n]) != 0)
				return error_set(err, -EPROTO,
				    "nftables: an element of the map forwards "
				    "is not of our making");
			l->n++;
		}
	}
	return 0;
}

static const struct check_port *
forward__find(const struct check_port *ports, size_t n,
    const struct check_port *like)
{
	for (size_t i = 0; i < n; i++)
		if (ports[i].host == like->host && ports[i].udp == like->udp)
			return &ports[i];
	return NULL;
}

static void
forward__delete(const struct config *cfg, const struct check_port *port,
    struct buf *b)
{
	buf_printf(b, "delete element inet %s forwards { %s . %u }\n",
	    cfg->nft_table, forward__protocol(port), port->host);
}

/* A wanted port that is another's; it is taken when that VM has no tap. */
static int
forward__other(const struct config *cfg, const struct forward__have *have,
    struct error *err)
{
	char vm_id[CHECK_ID_MAX + 1];
	int r = net_address_holder(cfg, have->guest_ip, vm_id, err);

	if (r != 0)
		return r;
	return rpc_fail(err, RPC_ALREADY_EXISTS,
	    "the host's port %u/%s is handed on to the VM %s", have->port.host,
	    forward__protocol(&have->port), vm_id);
}

/*
 * Takes out what is there and not wanted; have[i] tells of each wanted port
 * whether it is there already.
 */
static int
forward__compare(const struct config *cfg, const struct net_tap *tap,
    const struct forward__list *list, const struct check_port *ports, size_t n,
    bool *have, struct buf *b, struct error *err)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct forward__have *h = &list->all[i];
		const struct check_port *want = forward__find(ports, n,
		    &h->port);
		bool own = strcmp(h->guest_ip, tap->guest_ip) == 0;
		int r;

		if (own && want != NULL && want->guest == h->port.guest) {
			have[want - ports] = true;
			continue;
		}
		if (!own && want == NULL)
			continue;
		if (!own) {
			r = forward__other(cfg, h, err);
			if (r < 0)
				return r;
		}
		forward__delete(cfg, &h->port, b);
	}
	return 0;
}

/* A new port: within what the administrator allows, and nobody listens. */
static int
forward__add(const struct config *cfg, const struct net_tap *tap,
    const struct check_port *port, struct buf *b, struct error *err)
{
	int r;

	if (port->host < cfg->ports_min)
		return rpc_fail(err, RPC_INVALID_ARGUMENT,
		    "the host's port %u/%s is below %u; ports below that are "
		    "for banger-helper's --ports-min to allow",
		    port->host, forward__protocol(port), cfg->ports_min);
	r = listen_taken(port->host, port->udp, err);
	if (r < 0)
		return r;
	if (r == 1)
		return rpc_fail(err, RPC_ALREADY_EXISTS,
		    "a service of the host listens on its port %u/%s",
		    port->host, forward__protocol(port));
	buf_printf(b, "add element inet %s forwards { %s . %u : %s . %u }\n",
	    cfg->nft_table, forward__protocol(port), port->host, tap->guest_ip,
	    port->guest);
	return 0;
}

int
forward_apply(const struct config *cfg, const struct net_tap *tap,
    const struct check_port *ports, size_t n, bool *ret_changed,
    struct error *err)
{
	_cleanup_(forward__list_done) struct forward__list list = { NULL, 0 };
	_cleanup_buf_ struct buf b = BUF_INIT, add = BUF_INIT;
	bool have[CHECK_PORTS_MAX] = { false };
	int r = forward__load(cfg, &list, err);

	if (r == 0)
		r = forward__compare(cfg, tap, &list, ports, n, have, &b, err);
	for (size_t i = 0; r == 0 && i < n; i++)
		if (!have[i])
			r = forward__add(cfg, tap, &ports[i], &add, err);
	if (r < 0)
		return r;
	*ret_changed = b.len > 0 || add.len > 0;
	if (!*ret_changed)
		return 0;
	/* The table may be of a helper that knew no ports. */
	if (add.len > 0)
		forward_table_batch(cfg, &b);
	buf_put(&b, add.data, add.len);
	return nft_run(buf_str(&b), NULL, err);
}

int
forward_stale_batch(const struct config *cfg,
    bool (*has_tap)(void *arg, const char *guest_ip), void *arg, struct buf *b,
    struct error *err)
{
	_cleanup_(forward__list_done) struct forward__list list = { NULL, 0 };
	int r = forward__load(cfg, &list, err);

	for (size_t i = 0; r == 0 && i < list.n; i++)
		if (!has_tap(arg, list.all[i].guest_ip))
			forward__delete(cfg, &list.all[i].port, b);
	return r;
}

int
forward_remove(const struct config *cfg, const struct net_tap *tap,
    struct error *err)
{
	bool changed;
	int r = nft_table_exists(cfg, "inet", err);

	return r <= 0 ? r : forward_apply(cfg, tap, NULL, 0, &changed, err);
}
