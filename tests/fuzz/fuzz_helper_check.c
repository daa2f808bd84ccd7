/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as the parameters of each privileged operation: what is taken
 * holds nothing that a path, a command line or a rule could choke on.
 */
#include "../../helper/check.h"

#include <string.h>

#include "fuzz.h"

#include "base/cleanup.h"

#define ID_BYTES "abcdefghijklmnopqrstuvwxyz0123456789-"

static const char *const wanted[] = {
#define PRIVOP(id, name, fn, params, about) params,
#include "wire/privops.def"
#undef PRIVOP
};

static void
check_id_text(const char *s)
{
	if (s[0] == '\0')
		return;
	FUZZ_CHECK(strlen(s) <= CHECK_ID_MAX);
	FUZZ_CHECK(strspn(s, ID_BYTES) == strlen(s) && s[0] != '-');
}

static void
check_taken(const struct check_params *p)
{
	check_id_text(p->vm_id);
	check_id_text(p->image_id);
	FUZZ_CHECK(p->slot <= CHECK_SLOT_MAX);
	FUZZ_CHECK(p->machine == CHECK_MICROVM || p->machine == CHECK_Q35);
	FUZZ_CHECK(p->memory_mib == 0 ||
	    (p->memory_mib >= CHECK_MEMORY_MIN_MIB &&
		p->memory_mib <= CHECK_MEMORY_MAX_MIB));
	FUZZ_CHECK(p->vcpus <= CHECK_VCPUS_MAX);
	FUZZ_CHECK(p->work_mib <= CHECK_WORK_MAX_MIB);
	FUZZ_CHECK(strlen(p->hostname) <= CHECK_HOSTNAME_MAX);
	FUZZ_CHECK(strspn(p->hostname, ID_BYTES) == strlen(p->hostname));
	FUZZ_CHECK(strlen(p->ssh_key) <= CHECK_KEY_MAX);
	FUZZ_CHECK(p->ssh_key[0] == '\0' || check_ssh_key(p->ssh_key));
	FUZZ_CHECK(strpbrk(p->ssh_key, "\n\r\t\"'\\#,$") == NULL);
	FUZZ_CHECK(p->n_ports <= CHECK_PORTS_MAX);
	for (size_t i = 0; i < p->n_ports; i++)
		FUZZ_CHECK(p->ports[i].host > 0 && p->ports[i].guest > 0);
	FUZZ_CHECK(strlen(p->cmdline) <= CHECK_CMDLINE_MAX);
	for (const char *c = p->cmdline; *c != '\0'; c++)
		FUZZ_CHECK(*c >= ' ' && *c < 0x7f &&
		    strchr("\"'\\;$`|&<>", *c) == NULL);
}

/* The validators of single texts. */
static void
check_text(const char *s)
{
	struct check_subnet net;

	if (check_id(s))
		check_id_text(s);
	if (check_ifname(s))
		FUZZ_CHECK(
		    strlen(s) < IF_NAMESIZE && strpbrk(s, "/%. \n") == NULL);
	if (check_table_name(s))
		FUZZ_CHECK(strpbrk(s, " ;{}\"\n") == NULL);
	if (check_base_dir(s))
		FUZZ_CHECK(s[0] == '/' && strstr(s, "/../") == NULL);
	if (check_subnet(s, &net, NULL) == 0)
		FUZZ_CHECK(net.prefix >= 16 && net.prefix <= 29 &&
		    check_subnet_slots(&net) >= 1);
	if (check_hostname(s))
		FUZZ_CHECK(s[0] != '-' && s[strlen(s) - 1] != '-');
	if (check_ssh_key(s))
		FUZZ_CHECK(strchr(s, ' ') == strrchr(s, ' '));
	check_cmdline(s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = malloc(size + 1);
	json_t *params = json_loadb((const char *)data, size,
	    JSON_REJECT_DUPLICATES, NULL);
	struct check_params p;
	struct error err = ERROR_INIT;

	memcpy(text, data, size);
	text[size] = '\0';
	check_text(text);
	for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
		if (check_request(params, wanted[i], &p, &err) == 0)
			check_taken(&p);
		else
			FUZZ_CHECK(err.kind != NULL && err.text[0] != '\0');
	}
	json_decref(params);
	return 0;
}
