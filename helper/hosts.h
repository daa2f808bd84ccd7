/* SPDX-License-Identifier: ISC */
/*
 * Names of VMs in a file of the form of hosts(5), where the administrator has
 * named one (--hosts-file): a block at its end, between "# banger begin
 * BRIDGE" and "# banger end BRIDGE", a line a VM.  All other bytes stay as they
 * are; with its last line the block goes, and the file is as it was before.
 *
 * The file is replaced by a rename, with its owner and mode, so a reader sees
 * it whole.  Instances that share it wait for one another.
 */
#ifndef HELPER_HOSTS_H
#define HELPER_HOSTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"

#include "config.h"

/* A guest's address, and one label of a host name, both checked. */
struct hosts_entry {
	const char *vm_id, *address, *name;
};

/* A change of a file's text; what is not named stays. */
struct hosts_change {
	const char *instance;          /* whose block */
	const struct hosts_entry *put; /* NULL, or a line to be there */
	const char *remove;            /* NULL, or a VM whose line goes */
	/* NULL, or asked of each line's address: false has it go, negative
	 * ends the change. */
	int (*stays)(void *arg, const char *address, struct error *err);
	void *arg;
};

/*
 * The text with the change made, into *out.  *ret_short: the put VM is known
 * by NAME and not by NAME.banger alone, since the file says NAME nowhere
 * else.  already_exists: it says NAME.banger elsewhere; invalid_state: the
 * block has no end, no beginning, or is there twice.
 */
int hosts_edit(const char *text, size_t len, const struct hosts_change *change,
    struct buf *out, bool *ret_short, struct error *err);

/* The same of the config's file; without a change it is not touched. */
int hosts_put(const struct config *cfg, const struct hosts_entry *entry,
    bool *ret_short, struct error *err);
int hosts_remove(const struct config *cfg, const char *vm_id,
    struct error *err);
/* Takes out the lines of those who have no tap; at the helper's start. */
int hosts_sweep(const struct config *cfg, struct error *err);

#endif
