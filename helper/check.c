/* SPDX-License-Identifier: ISC */
#include "check.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"

#include "wire/rpc.h"

#define CHECK_LOWER "abcdefghijklmnopqrstuvwxyz"
#define CHECK_UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define CHECK_DIGIT "0123456789"

bool
check_id(const char *s)
{
	return text_is_name(s, CHECK_LOWER CHECK_DIGIT "-", CHECK_ID_MAX) &&
	    s[0] != '-';
}

bool
check_ifname(const char *s)
{
	return text_is_name(s, CHECK_LOWER CHECK_DIGIT "-", IFNAMSIZ - 1) &&
	    strlen(s) >= 2 && s[0] >= 'a'; /* no digit, no '-' */
}

bool
check_table_name(const char *s)
{
	return text_is_name(s, CHECK_LOWER CHECK_DIGIT "_", 31) &&
	    s[0] >= 'a'; /* no digit, no '_' */
}

bool
check_cmdline(const char *s)
{
	static const char set[] = CHECK_LOWER CHECK_UPPER CHECK_DIGIT
	    "=._:/,@ -";

	return s[0] == '\0' || text_is_name(s, set, CHECK_CMDLINE_MAX);
}

bool
check_hostname(const char *s)
{
	return text_is_name(s, CHECK_LOWER CHECK_DIGIT "-",
		   CHECK_HOSTNAME_MAX) &&
	    s[0] != '-' && s[strlen(s) - 1] != '-';
}

bool
check_base_dir(const char *s)
{
	const char *p = s;
	size_t n;

	if (s[0] != '/' || strlen(s) > 200)
		return false;
	while (*p != '\0') {
		p += strspn(p, "/");
		n = strcspn(p, "/");
		if ((n == 1 && p[0] == '.') ||
		    (n == 2 && p[0] == '.' && p[1] == '.'))
			return false;
		p += n;
	}
	return true;
}

bool
check_program(const char *s)
{
	return strncmp(s, "/usr/", 5) == 0 && check_base_dir(s);
}

int
check_subnet(const char *text, struct check_subnet *ret, struct error *err)
{
	char addr[CHECK_IP_MAX];
	const char *slash = strchr(text, '/');
	struct in_addr in;
	uint64_t prefix;
	uint32_t base;

	if (slash == NULL || (size_t)(slash - text) >= sizeof(addr) ||
	    !text_parse_u64(slash + 1, 16, 29, &prefix))
		return rpc_fail(err, RPC_INVALID_ARGUMENT,
		    "the subnet is not like 172.30.0.0/20 (prefix 16 to 29)");
	memcpy(addr, text, (size_t)(slash - text));
	addr[slash - text] = '\0';
	if (inet_pton(AF_INET, addr, &in) != 1)
		return rpc_fail(err, RPC_INVALID_ARGUMENT,
		    "the subnet's address is not an IPv4 address");
	base = ntohl(in.s_addr);
	if ((base & ((1U << (32 - prefix)) - 1)) != 0)
		return rpc_fail(err, RPC_INVALID_ARGUMENT,
		    "the subnet has bits set behind its prefix");
	ret->base = base;
	ret->prefix = (unsigned)prefix;
	return 0;
}

unsigned
check_subnet_slots(const struct check_subnet *net)
{
	unsigned slots = (1U << (32 - net->prefix)) - 3;

	return slots < CHECK_SLOT_MAX ? slots : CHECK_SLOT_MAX;
}

/* Copies an id; the check bounds its length. */
static int
check__id_param(const json_t *params, const char *name, char *out,
    struct error *err)
{
	const char *s;
	int r = rpc_param_str(params, name, &s, err);

	if (r < 0)
		return r;
	if (!check_id(s))
		return rpc_fail(err, RPC_INVALID_ARGUMENT,
		    "%s is not 1 to %d of a-z, 0-9 and '-', not led by '-'",
		    name, CHECK_ID_MAX);
	strcpy(out, s);
	return 0;
}

static int
check__uint_param(const json_t *params, const char *name, unsigned min,
    unsigned max, unsigned *ret, struct error *err)
{
	int64_t n;
	int r = rpc_param_int(params, name, min, max, &n, err);

	if (r < 0)
		return r;
	*ret = (unsigned)n;
	return 0;
}

static int
check__vm_id(const json_t *params, struct check_params *p, struct error *err)
{
	return check__id_param(params, "vm_id", p->vm_id, err);
}

static int
check__image_id(const json_t *params, struct check_params *p, struct error *err)
{
	return check__id_param(params, "image_id", p->image_id, err);
}

static int
check__slot(const json_t *params, struct check_params *p, struct error *err)
{
	return check__uint_param(params, "slot", 1, CHECK_SLOT_MAX, &p->slot,
	    err);
}

static int
check__machine(const json_t *params, struct check_params *p, struct error *err)
{
	static const char *const names[] = {
		[CHECK_MICROVM] = "microvm",
		[CHECK_Q35] = "q35",
		[CHECK_FIRECRACKER] = "firecracker",
	};
	const char *s;
	size_t i;
	int r = rpc_param_str(params, "machine", &s, err);

	if (r < 0)
		return r;
	for (i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(s, names[i]) == 0) {
			p->machine = (enum check_machine)i;
			return 0;
		}
	return rpc_fail(err, RPC_INVALID_ARGUMENT,
	    "machine is none of microvm, q35 and firecracker");
}

static int
check__memory(const json_t *params, struct check_params *p, struct error *err)
{
	return check__uint_param(params, "memory_mib", CHECK_MEMORY_MIN_MIB,
	    CHECK_MEMORY_MAX_MIB, &p->memory_mib, err);
}

static int
check__vcpus(const json_t *params, struct check_params *p, struct error *err)
{
	return check__uint_param(params, "vcpus", 1, CHECK_VCPUS_MAX, &p->vcpus,
	    err);
}

static int
check__cmdline(const json_t *params, struct check_params *p, struct error *err)
{
	const char *s;
	int r = rpc_param_str(params, "cmdline", &s, err);

	if (r < 0)
		return r;
	if (!check_cmdline(s))
		return rpc_fail(err, RPC_INVALID_ARGUMENT,
		    "cmdline is longer than %d bytes or holds other than "
		    "letters, digits, blanks and =._:/,@-",
		    CHECK_CMDLINE_MAX);
	strcpy(p->cmdline, s);
	return 0;
}

static int
check__work(const json_t *params, struct check_params *p, struct error *err)
{
	return check__uint_param(params, "work_mib", CHECK_WORK_MIN_MIB,
	    CHECK_WORK_MAX_MIB, &p->work_mib, err);
}

static int
check__hostname(const json_t *params, struct check_params *p, struct error *err)
{
	const char *s;
	int r = rpc_param_str(params, "hostname", &s, err);

	if (r < 0)
		return r;
	if (!check_hostname(s))
		return rpc_fail(err, RPC_INVALID_ARGUMENT,
		    "hostname is not 1 to %d of a-z, 0-9 and '-', neither led "
		    "nor ended by '-'",
		    CHECK_HOSTNAME_MAX);
	strcpy(p->hostname, s);
	return 0;
}

static int
check__ssh_key(const json_t *params, struct check_params *p, struct error *err)
{
	const char *s;
	int r = rpc_param_str(params, "ssh_key", &s, err);

	if (r < 0)
		return r;
	if (s[0] != '\0' && !check_ssh_key(s))
		return rpc_fail(err, RPC_INVALID_ARGUMENT,
		    "ssh_key is not TYPE BASE64 of a public key of at most %d "
		    "bytes, without comment",
		    CHECK_KEY_MAX);
	strcpy(p->ssh_key, s);
	return 0;
}

static int
check__ports(const json_t *params, struct check_params *p, struct error *err)
{
	return check_ports(json_object_get(params, "ports"), p, err);
}

/* Every parameter there is; a name that has no row cannot be asked for. */
static const struct check__param {
	const char *name;
	int (*take)(const json_t *params, struct check_params *p,
	    struct error *err);
} check__params[] = {
	{ "vm_id", check__vm_id },
	{ "slot", check__slot },
	{ "image_id", check__image_id },
	{ "machine", check__machine },
	{ "memory_mib", check__memory },
	{ "vcpus", check__vcpus },
	{ "cmdline", check__cmdline },
	{ "work_mib", check__work },
	{ "hostname", check__hostname },
	{ "ssh_key", check__ssh_key },
	{ "ports", check__ports },
};

/* True when the blank-separated list has the word. */
static bool
check__has_word(const char *list, const char *word)
{
	size_t len = strlen(word), n;
	const char *p = list;

	while (*p != '\0') {
		p += strspn(p, " ");
		n = strcspn(p, " ");
		if (n == len && memcmp(p, word, n) == 0)
			return true;
		p += n;
	}
	return false;
}

int
check_request(const json_t *params, const char *wanted,
    struct check_params *ret, struct error *err)
{
	struct check_params p;
	size_t i, n = 0;
	int r;

	memset(&p, 0, sizeof(p));
	for (i = 0; i < ARRAY_LEN(check__params); i++) {
		if (!check__has_word(wanted, check__params[i].name))
			continue;
		r = check__params[i].take(params, &p, err);
		if (r < 0)
			return r;
		n++;
	}
	/* All that is wanted is there, so a larger object has a stranger. */
	if (json_object_size(params) != n)
		return rpc_fail(err, RPC_INVALID_ARGUMENT,
		    "params has members that the method does not take");
	*ret = p;
	return 0;
}
