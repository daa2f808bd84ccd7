/* SPDX-License-Identifier: ISC */
/* The operations on a VM's network: bridge, tap, rules, ports, name. */
#include "forward.h"
#include "handlers.h"
#include "handlers_int.h"
#include "hosts.h"
#include "nat.h"
#include "net.h"

int
handler_bridge_ensure(struct call *c, struct error *err)
{
	const struct config *cfg = &c->helper->cfg;
	struct net_tap tap;
	int r = net_bridge_ensure(cfg, err);

	if (r < 0)
		return r;
	/* The first guest's view of the subnet holds the gateway. */
	r = net_tap_name(cfg, "", 1, &tap, err);
	if (r < 0)
		return r;
	c->result = json_pack("{s:s, s:s}", "bridge", cfg->bridge, "address",
	    tap.gateway);
	return 0;
}

int
handler_tap_create(struct call *c, struct error *err)
{
	struct net_tap tap;
	int r = net_tap_create(&c->helper->cfg, c->params.vm_id, c->params.slot,
	    &tap, err);

	if (r < 0)
		return r;
	c->result = json_pack("{s:s, s:s, s:s, s:i, s:s, s:b}", "tap", tap.name,
	    "mac", tap.mac, "guest_ip", tap.guest_ip, "prefix", (int)tap.prefix,
	    "gateway", tap.gateway, "names", c->helper->cfg.hosts_file != NULL);
	return 0;
}

/* The VM's tap by its names.  0: it is there and its own; 1: the slot is free.
 */
static int
handlers__slot(const struct call *c, struct net_tap *ret, struct error *err)
{
	const struct config *cfg = &c->helper->cfg;
	int r = net_tap_name(cfg, c->params.vm_id, c->params.slot, ret, err);

	return r < 0
	    ? r
	    : net_slot_owner(cfg, c->params.vm_id, c->params.slot, err);
}

/* The same of one that has to be there. */
static int
handlers__tap(const struct call *c, struct net_tap *ret, struct error *err)
{
	int r = handlers__slot(c, ret, err);

	return r == 1 ? rpc_fail(err, RPC_INVALID_STATE,
			    "the VM has no tap with slot %u", c->params.slot)
		      : r;
}

int
handler_nat_apply(struct call *c, struct error *err)
{
	const struct config *cfg = &c->helper->cfg;
	struct net_tap tap;
	int r = handlers__tap(c, &tap, err);

	if (r == 0)
		r = nat_apply(cfg, &tap, err);
	if (r < 0)
		return r;
	c->result = json_pack("{s:s, s:s}", "guest_ip", tap.guest_ip, "table",
	    cfg->nft_table);
	return 0;
}

int
handler_ports_apply(struct call *c, struct error *err)
{
	const struct config *cfg = &c->helper->cfg;
	const struct check_params *p = &c->params;
	bool changed = false;
	struct net_tap tap;
	int r = handlers__tap(c, &tap, err);

	if (r == 0)
		r = nat_is_applied(cfg, &tap, err);
	if (r == 0)
		return rpc_fail(err, RPC_INVALID_STATE,
		    "no rules stand over tap %s", tap.name);
	if (r > 0)
		r = forward_apply(cfg, &tap, p->ports, p->n_ports, &changed,
		    err);
	if (r < 0)
		return r;
	c->result = json_pack("{s:s, s:i, s:b}", "guest_ip", tap.guest_ip,
	    "ports", (int)p->n_ports, "changed", changed);
	return 0;
}

/* Takes away by fn; a slot without a tap: the tap went first. */
static int
handlers__take_away(struct call *c,
    int (*fn)(const struct config *cfg, const struct net_tap *tap,
	struct error *err),
    struct error *err)
{
	struct net_tap tap;
	int r = handlers__slot(c, &tap, err);

	if (r >= 0)
		r = fn(&c->helper->cfg, &tap, err);
	if (r < 0)
		return r;
	c->result = json_pack("{s:s}", "guest_ip", tap.guest_ip);
	return 0;
}

int
handler_ports_remove(struct call *c, struct error *err)
{
	return handlers__take_away(c, forward_remove, err);
}

int
handler_name_apply(struct call *c, struct error *err)
{
	const struct config *cfg = &c->helper->cfg;
	bool is_short = false;
	struct net_tap tap;
	const struct hosts_entry e = { c->params.vm_id, tap.guest_ip,
		c->params.hostname };
	int r = handlers__tap(c, &tap, err);

	if (r == 0 && cfg->hosts_file != NULL)
		r = hosts_put(cfg, &e, &is_short, err);
	if (r < 0)
		return r;
	c->result = json_pack("{s:b, s:b}", "written", cfg->hosts_file != NULL,
	    "short", is_short);
	return 0;
}

int
handler_nat_remove(struct call *c, struct error *err)
{
	int r = handlers__not_running(c, err);

	return r < 0 ? r : handlers__take_away(c, nat_remove, err);
}

int
handler_tap_delete(struct call *c, struct error *err)
{
	const struct config *cfg = &c->helper->cfg;
	struct net_tap tap;
	int r = handlers__not_running(c, err);

	if (r == 0)
		r = net_tap_name(cfg, c->params.vm_id, c->params.slot, &tap,
		    err);
	if (r == 0)
		r = net_tap_delete(cfg, c->params.vm_id, c->params.slot, err);
	if (r == 0 && cfg->hosts_file != NULL)
		r = hosts_remove(cfg, c->params.vm_id, err);
	if (r < 0)
		return r;
	c->result = json_pack("{s:s}", "tap", tap.name);
	return 0;
}
