/* SPDX-License-Identifier: ISC */
/* Elements of our sets whose tap is gone, and the table when none is left. */
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"

#include "wire/rpc.h"

#include "forward.h"
#include "nat_int.h"
#include "nft.h"

struct sweep {
	const struct config *cfg;
	const struct net_tap *taps;
	size_t n_taps;
	struct buf batch;
	size_t stale, kept;
};

static bool
sweep__is_kept(const struct sweep *s, const char *name, const char *ip)
{
	for (size_t i = 0; i < s->n_taps; i++)
		if ((name == NULL || strcmp(s->taps[i].name, name) == 0) &&
		    (ip == NULL || strcmp(s->taps[i].guest_ip, ip) == 0))
			return true;
	return false;
}

static bool
sweep__has_tap(void *arg, const char *guest_ip)
{
	return sweep__is_kept(arg, NULL, guest_ip);
}

/* One element of set vms: an address. */
static void
sweep__address(struct sweep *s, const json_t *elem)
{
	const char *ip = json_string_value(elem);

	if (ip == NULL)
		return;
	if (sweep__is_kept(s, NULL, ip)) {
		s->kept++;
		return;
	}
	s->stale++;
	buf_printf(&s->batch, "delete element inet %s vms { %s }\n",
	    s->cfg->nft_table, ip);
}

/* One of set taps: an interface's name. */
static void
sweep__tap(struct sweep *s, const json_t *elem)
{
	const char *name = json_string_value(elem);

	if (name != NULL && check_ifname(name) &&
	    !sweep__is_kept(s, name, NULL))
		buf_printf(&s->batch,
		    "delete element bridge %s taps { \"%s\" }\n",
		    s->cfg->nft_table, name);
}

/* One of set ports: name, MAC and address. */
static void
sweep__port(struct sweep *s, const json_t *elem)
{
	const json_t *parts = json_object_get(elem, "concat");
	const char *name = json_string_value(json_array_get(parts, 0));
	const char *mac = json_string_value(json_array_get(parts, 1));
	const char *ip = json_string_value(json_array_get(parts, 2));

	if (name != NULL && mac != NULL && ip != NULL && check_ifname(name) &&
	    !sweep__is_kept(s, name, ip))
		buf_printf(&s->batch,
		    "delete element bridge %s ports { \"%s\" . %s . %s }\n",
		    s->cfg->nft_table, name, mac, ip);
}

static int
sweep__set(struct sweep *s, const char *family, const char *set,
    void (*fn)(struct sweep *s, const json_t *elem), struct error *err)
{
	_cleanup_json_ json_t *out = NULL;
	_cleanup_buf_ struct buf b = BUF_INIT;
	json_t *row, *elem;
	size_t i, j;
	int r;

	buf_printf(&b, "list set %s %s %s", family, s->cfg->nft_table, set);
	r = nft_run(buf_str(&b), &out, err);
	if (r < 0)
		return r;
	json_array_foreach(json_object_get(out, "nftables"), i, row)
	{
		json_array_foreach(json_object_get(json_object_get(row, "set"),
				       "elem"),
		    j, elem)
		{
			fn(s, elem);
		}
	}
	return 0;
}

/* Notes what is stale; without a VM both tables are. */
static int
sweep__look(struct sweep *s, struct error *err)
{
	int inet = nft_table_exists(s->cfg, "inet", err), bridge, r = 0;

	if (inet < 0)
		return inet;
	bridge = nft_table_exists(s->cfg, "bridge", err);
	if (bridge < 0)
		return bridge;
	if (inet == 1)
		r = sweep__set(s, "inet", "vms", sweep__address, err);
	if (r == 0 && inet == 1)
		r = forward_stale_batch(s->cfg, sweep__has_tap, s, &s->batch,
		    err);
	if (r == 0 && bridge == 1)
		r = sweep__set(s, "bridge", "taps", sweep__tap, err);
	if (r == 0 && bridge == 1)
		r = sweep__set(s, "bridge", "ports", sweep__port, err);
	if (r < 0 || s->kept > 0)
		return r;
	buf_reset(&s->batch);
	if (inet == 1)
		buf_printf(&s->batch, "delete table inet %s\n",
		    s->cfg->nft_table);
	if (bridge == 1)
		buf_printf(&s->batch, "delete table bridge %s\n",
		    s->cfg->nft_table);
	return 0;
}

int
nat_sweep(const struct config *cfg, const struct net_tap *taps, size_t n,
    size_t *ret_removed, struct error *err)
{
	struct sweep s = { cfg, taps, n, BUF_INIT, 0, 0 };
	int r = sweep__look(&s, err);

	if (r == 0 && s.batch.len > 0)
		r = nft_run(buf_str(&s.batch), NULL, err);
	if (r == 0 && s.kept == 0)
		r = nat__forward_restore(cfg, err);
	buf_done(&s.batch);
	if (r == 0)
		*ret_removed = s.stale;
	return r;
}
