/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <string.h>

#define CONFIG_DEADLINE "deadline." /* what such a key's name begins with */

static const struct conf_key config_keys[] = {
#define KEY(id, name, type, least, most, fallback, about) \
	{ name, CONF_##type, least, most, fallback, about },
#define DEADLINE(stage, fallback, about)                                 \
	{ CONFIG_DEADLINE #stage, CONF_DURATION, "10ms", "1d", fallback, \
		about },
#include "config.def"
#undef KEY
#undef DEADLINE
};
_Static_assert(ARRAY_LEN(config_keys) == CONFIG_MAX, "a key without its row");

static void
config__link(struct config *c)
{
	c->run_dir = conf_text(c->conf, CONFIG_RUN_DIR);
	c->state_dir = conf_text(c->conf, CONFIG_STATE_DIR);
	c->helper_socket = conf_text(c->conf, CONFIG_HELPER_SOCKET);
	c->qemu_img = conf_text(c->conf, CONFIG_QEMU_IMG);
}

int
config_open(const char *path, struct config *ret, struct buf *faults,
    struct error *err)
{
	_cleanup_(
	    conf_freep) struct conf *conf = conf_new(config_keys, CONFIG_MAX);
	struct error why = ERROR_INIT;
	int rc = conf_read(conf, path != NULL ? path : CONFIG_FILE, faults,
	    &why);

	if (rc < 0 && (path != NULL || rc != -ENOENT)) {
		if (err != NULL)
			*err = why;
		return rc;
	}
	ret->conf = steal(&conf);
	config__link(ret);
	return 0;
}

void
config_done(struct config *c)
{
	c->conf = conf_free(c->conf);
}

int
config_set(struct config *c, enum config_id id, const char *value,
    struct error *err)
{
	int rc = value != NULL ? conf_set(c->conf, id, value, err) : 0;

	config__link(c);
	return rc;
}

const struct conf_key *
config_key(size_t i)
{
	return i < CONFIG_MAX ? &config_keys[i] : NULL;
}

int64_t
config_number(const struct config *c, enum config_id id)
{
	return conf_number(c->conf, id);
}

const char *
config_text(const struct config *c, enum config_id id)
{
	return conf_text(c->conf, id);
}

int64_t
config_deadline(const struct config *c, const char *stage)
{
	static const size_t prefix = sizeof(CONFIG_DEADLINE) - 1;

	for (size_t i = CONFIG_MAX; i-- > 0;)
		if (strncmp(config_keys[i].name, CONFIG_DEADLINE, prefix) ==
			0 &&
		    strcmp(config_keys[i].name + prefix, stage) == 0)
			return conf_number(c->conf, i);
	return 0;
}
