/* SPDX-License-Identifier: ISC */
/*
 * Ports of the host that a VM is to have.  They are kept as one text,
 * "8080:80/tcp,53:53/udp", each with its protocol and no port of the host
 * twice; "" is none.
 */
#ifndef DAEMON_PORTS_H
#define DAEMON_PORTS_H

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"

#define PORTS_MAX 32

/* Of a request's list of "HOST:GUEST[/tcp|udp]": the text, which is owned;
 * else invalid_argument. */
int ports_read(const json_t *list, char **ret, struct error *err);
/* As a reply shows them: a list of texts. */
json_t *ports_json(const char *ports);
/* As the helper takes them: [{"host":8080,"guest":80,"protocol":"tcp"}, …]. */
json_t *ports_numbers(const char *ports);
/* The first port of the host that both want, as "8080/tcp"; false: none. */
bool ports_clash(const char *a, const char *b, char ret[16]);

#endif
