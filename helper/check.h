/* SPDX-License-Identifier: ISC */
/*
 * What a request may say.  Pure validators of names, numbers and texts, and
 * the table of parameters that the privileged operations take: a handler only
 * ever sees a struct check_params that came through check_request().
 *
 * Everything here is held by value; nothing is borrowed from the request.
 * Failures are of kind invalid_argument and name the parameter, never its
 * value.
 */
#ifndef HELPER_CHECK_H
#define HELPER_CHECK_H

#include <jansson.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

#define CHECK_ID_MAX 32
#define CHECK_CMDLINE_MAX 1792 /* Linux takes 2047 on x86 */
#define CHECK_SLOT_MAX 4093    /* guests of a /20 beside network and gateway */
#define CHECK_MEMORY_MIN_MIB 64
#define CHECK_MEMORY_MAX_MIB 65536
#define CHECK_VCPUS_MAX 32
#define CHECK_WORK_MIN_MIB 16
#define CHECK_WORK_MAX_MIB 65536
#define CHECK_HOSTNAME_MAX 63 /* RFC 1123: one label */
#define CHECK_KEY_MAX 2048    /* an RSA key of 8192 bits has 1416 */
#define CHECK_PORTS_MAX 32
#define CHECK_IP_MAX 16 /* "255.255.255.255" and the NUL */

enum check_machine { CHECK_MICROVM, CHECK_Q35, CHECK_FIRECRACKER };

/* An IPv4 network; base in host byte order. */
struct check_subnet {
	uint32_t base;
	unsigned prefix;
};

/* A port of the host that is handed on to one of a guest's. */
struct check_port {
	uint16_t host, guest; /* 1 to 65535 */
	bool udp;             /* else TCP */
};

/* The parameters of one call; those its method does not take are zero. */
struct check_params {
	char vm_id[CHECK_ID_MAX + 1], image_id[CHECK_ID_MAX + 1];
	unsigned slot; /* 1 to CHECK_SLOT_MAX */
	enum check_machine machine;
	unsigned memory_mib, vcpus;
	char cmdline[CHECK_CMDLINE_MAX + 1];
	unsigned work_mib;
	char hostname[CHECK_HOSTNAME_MAX + 1];
	char ssh_key[CHECK_KEY_MAX + 1]; /* "": none */
	struct check_port ports[CHECK_PORTS_MAX];
	size_t n_ports; /* no port of the host twice */
};

/* ^[a-z0-9][a-z0-9-]{0,31}$ : VM and image ids, which become file names. */
bool check_id(const char *s);
/* ^[a-z][a-z0-9-]{1,14}$ : no '%', which the kernel would expand. */
bool check_ifname(const char *s);
/* ^[a-z][a-z0-9_]{0,30}$ : a table's name in an nft batch. */
bool check_table_name(const char *s);
/* Letters, digits and "=._:/,@ -", at most CHECK_CMDLINE_MAX bytes. */
bool check_cmdline(const char *s);
/* ^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$ : one label of a host name. */
bool check_hostname(const char *s);
/*
 * "TYPE BASE64" of a public key, one line, without options or comment: a type
 * that sshd knows, and a key that says the same type inside.
 */
bool check_ssh_key(const char *s);
/* An absolute path without "." or ".." parts, fit to be a base directory. */
bool check_base_dir(const char *s);
/* The same beneath /usr, which is all of the host that a jail shows. */
bool check_program(const char *s);
/* "172.30.0.0/20": no host bits set, prefix 16 to 29. */
int check_subnet(const char *text, struct check_subnet *ret, struct error *err);
/* The highest slot whose guest address is in the subnet. */
unsigned check_subnet_slots(const struct check_subnet *net);

/*
 * A list of up to CHECK_PORTS_MAX of {"host":8080,"guest":80,
 * "protocol":"tcp"}, or "udp"; no port of the host twice.
 */
int check_ports(const json_t *list, struct check_params *ret,
    struct error *err);

/*
 * Takes the parameters whose names are in `wanted` (separated by blanks, a
 * row of privops.def): all of them must be there, and no other.
 */
int check_request(const json_t *params, const char *wanted,
    struct check_params *ret, struct error *err);

#endif
