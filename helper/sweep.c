/* SPDX-License-Identifier: ISC */
/* net.sweep: what of the instance's network stands without a tap. */
#include <stdlib.h>

#include "base/mem.h"

#include "handlers.h"
#include "nat.h"
#include "net.h"

struct sweep {
	const struct config *cfg;
	struct net_tap *taps;
	size_t n;
	json_t *list;
};

static void
sweep__tap(void *arg, const char *vm_id, unsigned slot)
{
	struct sweep *s = arg;

	s->taps = xreallocarray(s->taps, s->n + 1, sizeof(*s->taps));
	if (net_tap_name(s->cfg, vm_id, slot, &s->taps[s->n], NULL) < 0)
		return;
	s->n++;
	json_array_append_new(s->list,
	    json_pack("{s:s, s:i}", "vm_id", vm_id, "slot", (int)slot));
}

int
handler_net_sweep(struct call *c, struct error *err)
{
	const struct config *cfg = &c->helper->cfg;
	struct sweep s = { cfg, NULL, 0, json_array() };
	size_t removed = 0;
	int r = net_each_tap(cfg, sweep__tap, &s, err);

	if (r == 0)
		r = nat_sweep(cfg, s.taps, s.n, &removed, err);
	if (r == 0)
		r = net_bridge_leave(cfg, err);
	free(s.taps);
	if (r < 0) {
		json_decref(s.list);
		return r;
	}
	c->result = json_pack("{s:i, s:o}", "rules", (int)removed, "taps",
	    s.list);
	return 0;
}
