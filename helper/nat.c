/* SPDX-License-Identifier: ISC */
#include "nat_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/cleanup.h"

#include "wire/rpc.h"

#include "forward.h"
#include "nft.h"

#define NAT_FORWARD "/proc/sys/net/ipv4/ip_forward"

/*
 * The elements of one of our sets: *ret_has whether value is one, *ret_n how
 * many there are.
 */
static int
nat__elements(const struct config *cfg, const char *family, const char *set,
    const char *value, bool *ret_has, size_t *ret_n, struct error *err)
{
	_cleanup_json_ json_t *out = NULL;
	_cleanup_buf_ struct buf b = BUF_INIT;
	json_t *row, *elems, *elem;
	size_t i, j;
	int r;

	*ret_has = false;
	*ret_n = 0;
	buf_printf(&b, "list set %s %s %s", family, cfg->nft_table, set);
	r = nft_run(buf_str(&b), &out, err);
	if (r < 0)
		return r;
	json_array_foreach(json_object_get(out, "nftables"), i, row)
	{
		elems = json_object_get(json_object_get(row, "set"), "elem");
		*ret_n += json_array_size(elems);
		json_array_foreach(elems, j, elem) if (json_is_string(elem) &&
		    strcmp(json_string_value(elem), value) ==
			0) *ret_has = true;
	}
	return 0;
}

static int
nat__read_forward(char *ret, struct error *err)
{
	_cleanup_close_ int fd = -1;

	fd = open(NAT_FORWARD, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, ret, 1) != 1)
		return error_errno(err, errno, "reading ip_forward");
	return 0;
}

static int
nat__write_forward(const char *value, struct error *err)
{
	_cleanup_close_ int fd = -1;

	fd = open(NAT_FORWARD, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, value, 1) != 1)
		return error_errno(err, errno, "writing ip_forward");
	return 0;
}

/* The note is on disk before the switch is thrown. */
static int
nat__forward_on(const struct config *cfg, struct error *err)
{
	_cleanup_buf_ struct buf path = BUF_INIT;
	_cleanup_close_ int fd = -1;
	char now = '1';
	int r = nat__read_forward(&now, err);

	if (r < 0 || now != '0')
		return r;
	buf_printf(&path, "%s/ip_forward", cfg->run_dir);
	fd = open(buf_str(&path),
	    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, "0\n", 2) != 2)
		return error_errno(err, errno, "noting ip_forward");
	return nat__write_forward("1", err);
}

int
nat__forward_restore(const struct config *cfg, struct error *err)
{
	_cleanup_buf_ struct buf path = BUF_INIT;
	int r;

	buf_printf(&path, "%s/ip_forward", cfg->run_dir);
	if (access(buf_str(&path), F_OK) < 0)
		return 0;
	r = nat__write_forward("0", err);
	if (r < 0)
		return r;
	if (unlink(buf_str(&path)) < 0)
		return error_errno(err, errno, "forgetting ip_forward");
	return 0;
}

/*
 * From beyond the host a guest is reached where a port of the host is handed
 * on to it, and by answers; whoever routes the subnet here gets no further.
 */
static void
nat__way_in_batch(const struct config *cfg, struct buf *b)
{
	static const char *const rules[] = {
		"ct state established,related accept",
		"ct status dnat accept",
		"counter drop",
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(rules); i++)
		buf_printf(b,
		    "add rule inet %s forward oifname \"%s\" iifname != \"%s\" "
		    "%s\n",
		    cfg->nft_table, cfg->bridge, cfg->bridge, rules[i]);
}

/*
 * The whole table, said anew each time: every line makes what is missing and
 * leaves what is there, and the chains are emptied and filled in the same
 * batch, so there is no moment without rules.
 */
static void
nat__table_batch(const struct config *cfg, struct buf *b)
{
	const char *t = cfg->nft_table, *br = cfg->bridge;

	buf_printf(b, "add table inet %s\n", t);
	buf_printf(b, "add set inet %s vms { type ipv4_addr; }\n", t);
	buf_printf(b,
	    "add chain inet %s forward { type filter hook forward priority "
	    "filter; policy accept; }\n",
	    t);
	buf_printf(b,
	    "add chain inet %s input { type filter hook input priority "
	    "filter; policy accept; }\n",
	    t);
	buf_printf(b,
	    "add chain inet %s postrouting { type nat hook postrouting "
	    "priority srcnat; policy accept; }\n",
	    t);
	buf_printf(b, "flush table inet %s\n", t);
	forward_table_batch(cfg, b);
	/* A guest speaks IPv4 with its own address only. */
	buf_printf(b,
	    "add rule inet %s forward iifname \"%s\" ip saddr != @vms "
	    "counter drop\n",
	    t, br);
	buf_printf(b,
	    "add rule inet %s forward iifname \"%s\" meta nfproto != ipv4 "
	    "counter drop\n",
	    t, br);
	/* Link-local is where clouds keep credentials. */
	buf_printf(b,
	    "add rule inet %s forward iifname \"%s\" ip daddr 169.254.0.0/16 "
	    "counter drop\n",
	    t, br);
	nat__way_in_batch(cfg, b);
	/* Of the host it sees the gateway's echo and answers. */
	buf_printf(b,
	    "add rule inet %s input iifname \"%s\" ip saddr @vms ct state "
	    "established,related accept\n",
	    t, br);
	buf_printf(b,
	    "add rule inet %s input iifname \"%s\" ip saddr @vms icmp type "
	    "echo-request accept\n",
	    t, br);
	buf_printf(b, "add rule inet %s input iifname \"%s\" counter drop\n", t,
	    br);
	buf_printf(b,
	    "add rule inet %s postrouting ip saddr @vms oifname != \"%s\" "
	    "masquerade\n",
	    t, br);
}

/*
 * The table that knows whose frames come from which tap, in the same manner.
 * A guest speaks IPv4 and ARP, nothing else.
 */
static void
nat__ports_batch(const struct config *cfg, struct buf *b)
{
	static const char *const rules[] = {
		"meta protocol ip iifname . ether saddr . ip saddr != @ports",
		"meta protocol arp iifname . arp saddr ether . arp saddr ip != "
		"@ports",
		"meta protocol != { ip, arp }",
	};
	const char *t = cfg->nft_table;
	size_t i;

	buf_printf(b, "add table bridge %s\n", t);
	buf_printf(b, "add set bridge %s taps { type ifname; }\n", t);
	buf_printf(b,
	    "add set bridge %s ports { type ifname . ether_addr . ipv4_addr; "
	    "}\n",
	    t);
	buf_printf(b,
	    "add chain bridge %s prerouting { type filter hook prerouting "
	    "priority filter; policy accept; }\n",
	    t);
	buf_printf(b, "flush table bridge %s\n", t);
	for (i = 0; i < ARRAY_LEN(rules); i++)
		buf_printf(b,
		    "add rule bridge %s prerouting iifname @taps %s counter "
		    "drop\n",
		    t, rules[i]);
}

/* "add" or "delete": the VM as an element of both sets. */
static void
nat__port_batch(const struct config *cfg, const char *verb,
    const struct net_tap *tap, struct buf *b)
{
	buf_printf(b, "%s element bridge %s taps { \"%s\" }\n", verb,
	    cfg->nft_table, tap->name);
	buf_printf(b, "%s element bridge %s ports { \"%s\" . %s . %s }\n", verb,
	    cfg->nft_table, tap->name, tap->mac, tap->guest_ip);
}

int
nat_apply(const struct config *cfg, const struct net_tap *tap,
    struct error *err)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	int r;

	nat__table_batch(cfg, &b);
	nat__ports_batch(cfg, &b);
	buf_printf(&b, "add element inet %s vms { %s }\n", cfg->nft_table,
	    tap->guest_ip);
	nat__port_batch(cfg, "add", tap, &b);
	r = nft_run(buf_str(&b), NULL, err);
	if (r < 0)
		return r;
	return nat__forward_on(cfg, err);
}

int
nat_is_applied(const struct config *cfg, const struct net_tap *tap,
    struct error *err)
{
	bool has = false;
	size_t n;
	int r = nft_table_exists(cfg, "bridge", err);

	if (r == 1)
		r = nat__elements(cfg, "bridge", "taps", tap->name, &has, &n,
		    err);
	return r < 0 ? r : has;
}

int
nat_remove(const struct config *cfg, const struct net_tap *tap,
    struct error *err)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	bool has;
	size_t n;
	int r;

	r = nft_table_exists(cfg, "inet", err);
	if (r < 0)
		return r;
	if (r == 0)
		return nat__forward_restore(cfg, err);
	r = nat__elements(cfg, "inet", "vms", tap->guest_ip, &has, &n, err);
	if (r < 0)
		return r;
	if (n != (has ? 1 : 0) && !has)
		return 0;
	/* Adding what is there changes nothing, and so it can be deleted. */
	nat__ports_batch(cfg, &b);
	nat__port_batch(cfg, "add", tap, &b);
	nat__port_batch(cfg, "delete", tap, &b);
	if (n == (has ? 1 : 0))
		buf_printf(&b, "delete table inet %s\ndelete table bridge %s\n",
		    cfg->nft_table, cfg->nft_table);
	else
		buf_printf(&b, "delete element inet %s vms { %s }\n",
		    cfg->nft_table, tap->guest_ip);
	r = forward_remove(cfg, tap, err);
	if (r >= 0)
		r = nft_run(buf_str(&b), NULL, err);
	if (r < 0)
		return r;
	return n > 1 ? 0 : nat__forward_restore(cfg, err);
}
