/* SPDX-License-Identifier: ISC */
#include "net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/cleanup.h"

#include "wire/rpc.h"

#include "link.h"

#define NET_MARK "banger:"
#define NET_BRIDGE_MARK "banger:bridge"
/* "banger:", an id, ":" and a slot. */
#define NET_MARK_MAX (sizeof(NET_MARK) + CHECK_ID_MAX + 8)

static void
net__format_ip(uint32_t addr, char out[CHECK_IP_MAX])
{
	struct in_addr in = { htonl(addr) };

	inet_ntop(AF_INET, &in, out, CHECK_IP_MAX);
}

/* FNV-1a (32 bits) of both names: a VM's tap differs between instances. */
static uint32_t
net__hash(const char *bridge, const char *vm_id)
{
	const char *const parts[] = { bridge, "/", vm_id };
	uint32_t h = 2166136261U;
	const char *p;
	size_t i;

	for (i = 0; i < ARRAY_LEN(parts); i++)
		for (p = parts[i]; *p != '\0'; p++)
			h = (h ^ (uint8_t)*p) * 16777619U;
	return h;
}

static void
net__mac(uint32_t addr, uint8_t out[LINK_MAC_LEN])
{
	out[0] = 0x06;
	out[1] = 0x00;
	out[2] = (uint8_t)(addr >> 24);
	out[3] = (uint8_t)(addr >> 16);
	out[4] = (uint8_t)(addr >> 8);
	out[5] = (uint8_t)addr;
}

static void
net__mark(const char *vm_id, unsigned slot, char out[NET_MARK_MAX])
{
	snprintf(out, NET_MARK_MAX, NET_MARK "%s:%u", vm_id, slot);
}

int
net_tap_name(const struct config *cfg, const char *vm_id, unsigned slot,
    struct net_tap *ret, struct error *err)
{
	uint32_t addr = cfg->subnet.base + 1 + slot;
	uint8_t m[LINK_MAC_LEN];

	if (slot < 1 || slot > check_subnet_slots(&cfg->subnet))
		return rpc_fail(err, RPC_INVALID_ARGUMENT,
		    "slot is beyond the %u of the subnet",
		    check_subnet_slots(&cfg->subnet));
	snprintf(ret->name, sizeof(ret->name), "bgr%08x",
	    net__hash(cfg->bridge, vm_id));
	net__mac(addr, m);
	snprintf(ret->mac, sizeof(ret->mac), "%02x:%02x:%02x:%02x:%02x:%02x",
	    m[0], m[1], m[2], m[3], m[4], m[5]);
	net__format_ip(addr, ret->guest_ip);
	net__format_ip(cfg->subnet.base + 1, ret->gateway);
	ret->prefix = cfg->subnet.prefix;
	return 0;
}

/*
 * Sets one IPv6 knob of an interface; without IPv6 there is nothing to set.
 * The guests' frames must not make the host take routes or addresses.
 */
static void
net__ipv6_off(const char *name)
{
	static const char *const knob[] = { "disable_ipv6", "accept_ra" };
	static const char *const value[] = { "1", "0" };
	char path[96];
	size_t i;

	for (i = 0; i < ARRAY_LEN(knob); i++) {
		_cleanup_close_ int fd = -1;

		snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/%s",
		    name, knob[i]);
		fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd >= 0 && write(fd, value[i], 1) != 1)
			continue;
	}
}

/* The bridge as it is: 0 and *ret, 1 when absent, refused when it is other. */
static int
net__bridge(const struct config *cfg, struct link *ret, struct error *err)
{
	int r = link_find(cfg->bridge, ret, err);

	if (r != 0)
		return r;
	if (strcmp(ret->kind, "bridge") != 0)
		return rpc_fail(err, RPC_INVALID_STATE,
		    "interface %s is there and is not a bridge", cfg->bridge);
	return 0;
}

/* Makes the bridge and marks it as ours, to be removed with its last tap. */
static int
net__bridge_make(const struct config *cfg, struct link *ret, struct error *err)
{
	uint8_t mac[LINK_MAC_LEN];
	int r;

	net__mac(cfg->subnet.base + 1, mac);
	r = link_add_bridge(cfg->bridge, mac, err);
	if (r < 0)
		return r;
	r = net__bridge(cfg, ret, err);
	if (r != 0)
		return r < 0 ? r : error_set(err, -ENODEV, "bridge vanished");
	r = link_set_alias(ret->index, NET_BRIDGE_MARK, err);
	if (r < 0)
		link_delete(ret->index, NULL);
	return r;
}

int
net_bridge_ensure(const struct config *cfg, struct error *err)
{
	struct link br;
	int r = net__bridge(cfg, &br, err);

	if (r == 1)
		r = net__bridge_make(cfg, &br, err);
	if (r < 0)
		return r;
	net__ipv6_off(cfg->bridge);
	r = link_add_addr(br.index, cfg->subnet.base + 1, cfg->subnet.prefix,
	    err);
	if (r < 0)
		return r;
	return link_set_up(br.index, err);
}

/* Opens /dev/net/tun for the named tap, which IFF_TUN_EXCL would make. */
static int
net__tun(const char *name, int extra, int *ret_fd, struct error *err)
{
	_cleanup_close_ int fd = -1;
	struct ifreq ifr;

	fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return error_errno(err, errno, "opening /dev/net/tun");
	memset(&ifr, 0, sizeof(ifr));
	strcpy(ifr.ifr_name, name);
	ifr.ifr_flags = (short)(IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | extra);
	if (ioctl(fd, TUNSETIFF, &ifr) < 0)
		return error_errno(err, errno, "TUNSETIFF %s", name);
	*ret_fd = steal_fd(&fd);
	return 0;
}

/*
 * Names the VM's tap and finds it: 0, 1 when absent, refused when what bears
 * its name is not a tap, not ours, another VM's, or stands on a foreign bridge.
 */
static int
net__tap(const struct config *cfg, const char *vm_id, unsigned slot,
    struct net_tap *tap, struct link *ret, struct error *err)
{
	char mark[NET_MARK_MAX];
	struct link br;
	int r = net_tap_name(cfg, vm_id, slot, tap, err);

	if (r == 0)
		r = link_find(tap->name, ret, err);
	if (r != 0)
		return r;
	net__mark(vm_id, slot, mark);
	if (strcmp(ret->kind, "tun") != 0 || ret->tun_type != IFF_TAP ||
	    strcmp(ret->alias, mark) != 0)
		return rpc_fail(err, RPC_INVALID_STATE,
		    "interface %s is not this VM's tap", tap->name);
	if (ret->master == 0)
		return 0;
	r = net__bridge(cfg, &br, err);
	if (r < 0)
		return r;
	if (r == 1 || ret->master != br.index)
		return rpc_fail(err, RPC_INVALID_STATE,
		    "tap %s stands on another bridge", tap->name);
	return 0;
}

/*
 * Makes the tap.  It becomes lasting only when it carries the mark, so that
 * one half made is gone with its descriptor; it belongs to root, so that
 * nobody else may open it.
 */
static int
net__tap_make(const char *name, const char *mark, struct error *err)
{
	_cleanup_close_ int fd = -1;
	struct link l;
	int r;

	r = net__tun(name, IFF_TUN_EXCL, &fd, err);
	if (r < 0)
		return r;
	r = link_find(name, &l, err);
	if (r != 0)
		return r < 0 ? r : error_set(err, -ENODEV, "tap vanished");
	r = link_set_alias(l.index, mark, err);
	if (r < 0)
		return r;
	if (ioctl(fd, TUNSETOWNER, 0UL) < 0 ||
	    ioctl(fd, TUNSETPERSIST, 1UL) < 0)
		return error_errno(err, errno, "keeping tap %s", name);
	return 0;
}

struct net__slot_search {
	const char *mark;             /* the VM's own mark, which is let pass */
	char tail[8];                 /* ":SLOT" */
	char tap[IFNAMSIZ];           /* found: whose slot it is, */
	char vm_id[CHECK_ID_MAX + 1]; /* and its VM */
	int bridge;                   /* only its ports count */
	bool own;
};

static int
net__slot_match(void *arg, const struct link *l)
{
	struct net__slot_search *s = arg;
	const char *colon = strrchr(l->alias, ':');

	if (l->master != s->bridge || colon == NULL ||
	    strncmp(l->alias, NET_MARK, strlen(NET_MARK)) != 0 ||
	    strcmp(colon, s->tail) != 0)
		return 0;
	if (strcmp(l->alias, s->mark) == 0) {
		s->own = true;
		return 0;
	}
	memcpy(s->tap, l->name, sizeof(s->tap));
	snprintf(s->vm_id, sizeof(s->vm_id), "%.*s",
	    (int)(colon - l->alias - (ptrdiff_t)strlen(NET_MARK)),
	    l->alias + strlen(NET_MARK));
	return 1;
}

/* Looks whose tap has the slot, other than the VM with that mark: 1, or 0. */
static int
net__slot_search(const struct config *cfg, unsigned slot, const char *mark,
    struct net__slot_search *ret, struct error *err)
{
	struct link br;
	int r = net__bridge(cfg, &br, err);

	memset(ret, 0, sizeof(*ret));
	if (r != 0)
		return r < 0 ? r : 0;
	ret->mark = mark;
	ret->bridge = br.index;
	snprintf(ret->tail, sizeof(ret->tail), ":%u", slot % 100000);
	return link_each(net__slot_match, ret, err);
}

int
net_address_holder(const struct config *cfg, const char *guest_ip,
    char ret_vm_id[CHECK_ID_MAX + 1], struct error *err)
{
	struct net__slot_search s;
	struct in_addr in;
	uint32_t slot;
	int r;

	if (inet_pton(AF_INET, guest_ip, &in) != 1)
		return 1;
	slot = ntohl(in.s_addr) - cfg->subnet.base - 1;
	if (slot < 1 || slot > check_subnet_slots(&cfg->subnet))
		return 1;
	r = net__slot_search(cfg, slot, "", &s, err);
	if (r == 1)
		memcpy(ret_vm_id, s.vm_id, sizeof(s.vm_id));
	return r < 0 ? r : !r;
}

int
net_slot_owner(const struct config *cfg, const char *vm_id, unsigned slot,
    struct error *err)
{
	struct net__slot_search s;
	char mark[NET_MARK_MAX];
	int r;

	net__mark(vm_id, slot, mark);
	r = net__slot_search(cfg, slot, mark, &s, err);
	if (r < 0)
		return r;
	if (r == 1)
		return rpc_fail(err, RPC_INVALID_STATE,
		    "slot %u belongs to another VM (tap %s)", slot, s.tap);
	return s.own ? 0 : 1;
}

int
net_tap_create(const struct config *cfg, const char *vm_id, unsigned slot,
    struct net_tap *ret, struct error *err)
{
	char mark[NET_MARK_MAX];
	struct net_tap tap;
	struct link l, br;
	int r;

	r = net_tap_name(cfg, vm_id, slot, &tap, err);
	if (r < 0)
		return r;
	r = net_bridge_ensure(cfg, err);
	if (r == 0)
		r = net__bridge(cfg, &br, err);
	if (r != 0)
		return r < 0 ? r : error_set(err, -ENODEV, "bridge vanished");
	r = net_slot_owner(cfg, vm_id, slot, err);
	if (r < 0)
		return r;
	r = net__tap(cfg, vm_id, slot, &tap, &l, err);
	if (r == 1) {
		net__mark(vm_id, slot, mark);
		r = net__tap_make(tap.name, mark, err);
		if (r == 0)
			r = net__tap(cfg, vm_id, slot, &tap, &l, err);
	}
	if (r != 0)
		return r < 0 ? r : error_set(err, -ENODEV, "tap vanished");
	net__ipv6_off(tap.name);
	r = link_set_master(l.index, br.index, err);
	if (r == 0)
		r = link_set_up(l.index, err);
	if (r < 0) {
		link_delete(l.index, NULL);
		return r;
	}
	*ret = tap;
	return 0;
}

int
net_tap_open(const struct config *cfg, const char *vm_id, unsigned slot,
    struct net_tap *ret, int *ret_fd, struct error *err)
{
	struct net_tap tap;
	struct link l;
	int r = net__tap(cfg, vm_id, slot, &tap, &l, err);

	if (r < 0)
		return r;
	if (r == 1 || l.master == 0)
		return rpc_fail(err, RPC_INVALID_STATE,
		    "the VM has no tap on bridge %s", cfg->bridge);
	r = net__tun(tap.name, 0, ret_fd, err);
	if (r < 0)
		return r;
	*ret = tap;
	return 0;
}

int
net_tap_lend(const struct config *cfg, const char *vm_id, unsigned slot,
    uid_t owner, struct net_tap *ret, struct error *err)
{
	_cleanup_close_ int fd = -1;
	struct net_tap tap;
	int r = net_tap_open(cfg, vm_id, slot, &tap, &fd, err);

	if (r < 0)
		return r;
	if (ioctl(fd, TUNSETOWNER, (unsigned long)owner) < 0)
		return error_errno(err, errno, "handing over tap %s", tap.name);
	*ret = tap;
	return 0;
}

static int
net__is_port(void *arg, const struct link *l)
{
	return l->master == *(int *)arg;
}

struct net__taps {
	const struct config *cfg;
	void (*fn)(void *arg, const char *vm_id, unsigned slot);
	void *arg;
};

/* The mark says whose it is; the name, which instance's. */
static int
net__tap_seen(void *arg, const struct link *l)
{
	const struct net__taps *t = arg;
	struct net_tap tap;
	char id[CHECK_ID_MAX + 1];
	unsigned slot;
	int end = 0;

	if (strcmp(l->kind, "tun") == 0 && l->tun_type == IFF_TAP &&
	    sscanf(l->alias, NET_MARK "%32[a-z0-9-]:%u%n", id, &slot, &end) ==
		2 &&
	    l->alias[end] == '\0' && check_id(id) &&
	    net_tap_name(t->cfg, id, slot, &tap, NULL) == 0 &&
	    strcmp(tap.name, l->name) == 0)
		t->fn(t->arg, id, slot);
	return 0;
}

int
net_each_tap(const struct config *cfg,
    void (*fn)(void *arg, const char *vm_id, unsigned slot), void *arg,
    struct error *err)
{
	struct net__taps t = { cfg, fn, arg };

	return link_each(net__tap_seen, &t, err);
}

int
net_bridge_leave(const struct config *cfg, struct error *err)
{
	struct link br;
	int r = net__bridge(cfg, &br, err);

	if (r != 0 || strcmp(br.alias, NET_BRIDGE_MARK) != 0)
		return r < 0 ? r : 0;
	r = link_each(net__is_port, &br.index, err);
	if (r != 0)
		return r < 0 ? r : 0;
	return link_delete(br.index, err);
}

int
net_tap_delete(const struct config *cfg, const char *vm_id, unsigned slot,
    struct error *err)
{
	struct net_tap tap;
	struct link l;
	int r = net__tap(cfg, vm_id, slot, &tap, &l, err);

	if (r < 0)
		return r;
	if (r == 0) {
		r = link_delete(l.index, err);
		if (r < 0)
			return r;
	}
	return net_bridge_leave(cfg, err);
}
