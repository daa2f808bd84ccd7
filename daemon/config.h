/* SPDX-License-Identifier: ISC */
/*
 * What the administrator fixes: bangerd.conf and the options that go before
 * it.  It is read at the start and does not change while the daemon serves.
 */
#ifndef DAEMON_CONFIG_H
#define DAEMON_CONFIG_H

#include <stdint.h>

#include "base/conf.h"

#define CONFIG_FILE "/etc/banger/bangerd.conf"

enum config_id {
#define KEY(id, name, type, least, most, fallback, about) CONFIG_##id,
#define DEADLINE(stage, fallback, about) CONFIG_DEADLINE_##stage,
#include "config.def"
#undef KEY
#undef DEADLINE
	CONFIG_MAX
};

struct config {
	struct conf *conf; /* owned; the others are its own */
	const char *run_dir, *state_dir, *helper_socket, *qemu_img;
};

/*
 * Reads the file; NULL: CONFIG_FILE, which need not be there.  faults as of
 * conf_read().
 */
int config_open(const char *path, struct config *ret, struct buf *faults,
    struct error *err);
void config_done(struct config *c);
/* Sets a key over the file's; NULL: leaves it. */
int config_set(struct config *c, enum config_id id, const char *value,
    struct error *err);
/* The rows of config.def, in their order; NULL behind the last. */
const struct conf_key *config_key(size_t i);
/* A count, or nanoseconds. */
int64_t config_number(const struct config *c, enum config_id id);
/* NULL: it has no value. */
const char *config_text(const struct config *c, enum config_id id);
/* How long the stage may take, in nanoseconds; 0: it has no limit. */
int64_t config_deadline(const struct config *c, const char *stage);

#endif
