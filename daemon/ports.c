/* SPDX-License-Identifier: ISC */
#include "ports.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "wire/rpc.h"

struct port {
	uint64_t host, guest;
	const char *protocol;
};

/* "HOST:GUEST[/tcp|udp]" */
static bool
ports__parse(const char *text, struct port *ret)
{
	char host[6], guest[6], protocol[4] = "tcp";
	int end = 0;

	if (sscanf(text, "%5[0-9]:%5[0-9]%n", host, guest, &end) != 2)
		return false;
	if (text[end] == '/') {
		if (strlen(text + end + 1) != 3)
			return false;
		snprintf(protocol, sizeof(protocol), "%s", text + end + 1);
		end = (int)strlen(text);
	}
	ret->protocol = strcmp(protocol, "tcp") == 0 ? "tcp"
	    : strcmp(protocol, "udp") == 0           ? "udp"
						     : NULL;
	return text[end] == '\0' && ret->protocol != NULL &&
	    text_parse_u64(host, 1, 65535, &ret->host) &&
	    text_parse_u64(guest, 1, 65535, &ret->guest);
}

static bool
ports__same(const struct port *a, const struct port *b)
{
	return a->host == b->host && strcmp(a->protocol, b->protocol) == 0;
}

int
ports_read(const json_t *list, char **ret, struct error *err)
{
	struct port all[PORTS_MAX];
	_cleanup_buf_ struct buf out = BUF_INIT;
	size_t n = json_array_size(list);

	if (!json_is_array(list) || n > PORTS_MAX)
		return rpc_fail(err, RPC_INVALID_ARGUMENT,
		    "ports is a list of up to %d of HOST:GUEST[/tcp|udp]",
		    PORTS_MAX);
	for (size_t i = 0; i < n; i++) {
		const char *text = json_string_value(json_array_get(list, i));

		if (text == NULL || !ports__parse(text, &all[i]))
			return rpc_fail(err, RPC_INVALID_ARGUMENT,
			    "a port is HOST:GUEST[/tcp|udp], each 1 to 65535, "
			    "such as 8080:80/tcp");
		for (size_t k = 0; k < i; k++)
			if (ports__same(&all[k], &all[i]))
				return rpc_fail(err, RPC_INVALID_ARGUMENT,
				    "the host's port %d/%s is named twice",
				    (int)all[i].host, all[i].protocol);
		buf_printf(&out, "%s%d:%d/%s", i > 0 ? "," : "",
		    (int)all[i].host, (int)all[i].guest, all[i].protocol);
	}
	buf_puts(&out, "");
	*ret = buf_steal(&out);
	return 0;
}

/* Takes the next one off *rest; false at the end. */
static bool
ports__next(const char **rest, char text[24], struct port *ret)
{
	size_t len = strcspn(*rest, ",");

	if (len == 0 || len >= 24)
		return false;
	memcpy(text, *rest, len);
	text[len] = '\0';
	*rest += len + ((*rest)[len] == ',');
	return ports__parse(text, ret);
}

json_t *
ports_json(const char *ports)
{
	json_t *list = json_array();
	struct port port;
	char text[24];

	while (ports__next(&ports, text, &port))
		json_array_append_new(list, json_string(text));
	return list;
}

json_t *
ports_numbers(const char *ports)
{
	json_t *list = json_array();
	struct port port;
	char text[24];

	while (ports__next(&ports, text, &port))
		json_array_append_new(list,
		    json_pack("{s:I, s:I, s:s}", "host", (json_int_t)port.host,
			"guest", (json_int_t)port.guest, "protocol",
			port.protocol));
	return list;
}

bool
ports_clash(const char *a, const char *b, char ret[16])
{
	struct port one, other;
	char text[24];

	while (ports__next(&a, text, &one)) {
		const char *rest = b;

		while (ports__next(&rest, text, &other))
			if (ports__same(&one, &other)) {
				snprintf(ret, 16, "%d/%s", (int)one.host,
				    one.protocol);
				return true;
			}
	}
	return false;
}
