/* SPDX-License-Identifier: ISC */
/* The requests of fake_firecracker: their fields, their order, their words. */
#include <ctype.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "fake_firecracker.h"

struct field {
	const char *name;
	json_type type;
	bool needed;
};

#define NEED(name, type)         \
	{                        \
		name, type, true \
	}
#define MAY(name, type)           \
	{                         \
		name, type, false \
	}
#define END                            \
	{                              \
		NULL, JSON_NULL, false \
	}

int
fake_refuse(struct buf *out, const char *text)
{
	_cleanup_free_ char *line = NULL;
	json_t *body = json_pack("{s:s}", "fault_message", text);

	line = json_dumps(body, JSON_COMPACT);
	json_decref(body);
	buf_reset(out);
	buf_puts(out, line);
	return 400;
}

/* As serde refuses it, without its line and column. */
static int
refuse_json(struct buf *out, const char *what, const char *name)
{
	char text[256];

	snprintf(text, sizeof(text),
	    "An error occurred when deserializing the json body of a request: "
	    "%s%s%s%s.",
	    what, name != NULL ? " `" : "", name != NULL ? name : "",
	    name != NULL ? "`" : "");
	return fake_refuse(out, text);
}

static bool
is_type(const json_t *value, json_type type)
{
	if (type == JSON_TRUE)
		return json_is_boolean(value);
	return json_typeof(value) == type;
}

/* 0: *ret is the body, owned, and has the right fields. */
static int
parse(const char *text, size_t len, const struct field *fields, json_t **ret,
    struct buf *out)
{
	json_t *body = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	const struct field *f;
	const char *key;
	json_t *value;
	int rc = 0;

	if (!json_is_object(body))
		rc = refuse_json(out, "expected value", NULL);
	json_object_foreach(body, key, value)
	{
		for (f = fields; f->name != NULL && strcmp(f->name, key) != 0;)
			f++;
		if (rc == 0 && f->name == NULL)
			rc = refuse_json(out, "unknown field", key);
		else if (rc == 0 && !is_type(value, f->type))
			rc = refuse_json(out, "invalid type of", key);
	}
	for (f = fields; rc == 0 && f->name != NULL; f++)
		if (f->needed && json_object_get(body, f->name) == NULL)
			rc = refuse_json(out, "missing field", f->name);
	if (rc == 0)
		*ret = body;
	else
		json_decref(body);
	return rc;
}

static const char *
str(const json_t *body, const char *name)
{
	return json_string_value(json_object_get(body, name));
}

/* Keeps the body in place of what stood there. */
static int
keep(json_t **place, json_t *body)
{
	json_decref(*place);
	*place = body;
	return 204;
}

static bool
can_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* ---- requests ----------------------------------------------------------- */

static int
put_machine(struct fake *f, const char *id, json_t *body, struct buf *out)
{
	json_int_t cpus = json_integer_value(
	    json_object_get(body, "vcpu_count"));
	bool smt = json_is_true(json_object_get(body, "smt"));

	(void)id;
	if (cpus < 1 || cpus > 32 || (smt && cpus > 1 && cpus % 2 != 0))
		return fake_refuse(out,
		    "The number of vCPUs must be greater than 0, less than 32 "
		    "and must be 1 or an even number if SMT is enabled.");
	if (json_integer_value(json_object_get(body, "mem_size_mib")) < 1)
		return fake_refuse(out,
		    "The memory size (MiB) is either 0, or not a multiple of "
		    "the configured page size.");
	return keep(&f->machine, body);
}

static int
put_boot(struct fake *f, const char *id, json_t *body, struct buf *out)
{
	const char *initrd = str(body, "initrd_path");
	const char *args = str(body, "boot_args");

	(void)id;
	if (!can_open(str(body, "kernel_image_path"), O_RDONLY))
		return fake_refuse(out,
		    "Boot source error: The kernel file cannot be opened: No "
		    "such file or directory (os error 2)");
	if (initrd != NULL && !can_open(initrd, O_RDONLY))
		return fake_refuse(out,
		    "Boot source error: The initrd file cannot be opened due "
		    "to invalid path or invalid permissions. No such file or "
		    "directory (os error 2)");
	/* CMDLINE_MAX_SIZE on x86_64 */
	if (args != NULL && strlen(args) >= 2048)
		return fake_refuse(out,
		    "Boot source error: The kernel command line is invalid: "
		    "Too large");
	return keep(&f->boot, body);
}

static int
put_drive(struct fake *f, const char *id, json_t *body, struct buf *out)
{
	bool root = json_is_true(json_object_get(body, "is_root_device"));
	bool ro = json_is_true(json_object_get(body, "is_read_only"));
	const char *path = str(body, "path_on_host");
	const char *cache = str(body, "cache_type");

	if (strcmp(id, str(body, "drive_id")) != 0)
		return fake_refuse(out,
		    "The id from the path does not match the id from the "
		    "body!");
	if (cache != NULL && strcmp(cache, "Unsafe") != 0 &&
	    strcmp(cache, "Writeback") != 0)
		return refuse_json(out, "unknown variant", cache);
	if (path == NULL || json_object_get(body, "is_read_only") == NULL)
		return fake_refuse(out,
		    "Unable to create the virtio block device: Invalid "
		    "configuration");
	if (!can_open(path, ro ? O_RDONLY : O_RDWR))
		return fake_refuse(out,
		    "Unable to create the virtio block device: Virtio backend "
		    "error: Error manipulating the backing file: No such file "
		    "or directory (os error 2)");
	if (!root) {
		json_decref(body);
		return 204;
	}
	if (f->root != NULL && strcmp(str(f->root, "drive_id"), id) != 0)
		return fake_refuse(out, "A root block device already exists!");
	return keep(&f->root, body);
}

/* The tap is opened as Firecracker opens it: it must be there, and be ours. */
static bool
open_tap(const char *name)
{
	struct ifreq ifr;
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	bool ok;

	if (fd < 0 || strlen(name) >= IFNAMSIZ)
		return false;
	memset(&ifr, 0, sizeof(ifr));
	strcpy(ifr.ifr_name, name);
	ifr.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;
	ok = ioctl(fd, TUNSETIFF, &ifr) == 0;
	/* Held for life, as a device that is in use is. */
	return ok;
}

static bool
is_mac(const char *s)
{
	for (int i = 0; i < 17; i++)
		if (i % 3 == 2 ? s[i] != ':' : !isxdigit((unsigned char)s[i]))
			return false;
	return s[17] == '\0';
}

static int
put_net(struct fake *f, const char *id, json_t *body, struct buf *out)
{
	const char *mac = str(body, "guest_mac");
	char text[256];

	if (strcmp(id, str(body, "iface_id")) != 0) {
		snprintf(text, sizeof(text),
		    "The id from the path [%s] does not match the id from the "
		    "body [%s]!",
		    id, str(body, "iface_id"));
		return fake_refuse(out, text);
	}
	if (mac != NULL && !is_mac(mac))
		return refuse_json(out, "invalid MAC address", mac);
	if (f->net == NULL && !open_tap(str(body, "host_dev_name")))
		return fake_refuse(out,
		    "Could not create the network device: Open tap device "
		    "failed");
	return keep(&f->net, body);
}

static int
put_vsock(struct fake *f, const char *id, json_t *body, struct buf *out)
{
	(void)id;
	if (json_integer_value(json_object_get(body, "guest_cid")) < 3)
		return fake_refuse(out, "The vsock CID is invalid");
	if (access(str(body, "uds_path"), F_OK) == 0)
		return fake_refuse(out,
		    "Cannot create vsock device: Cannot bind the Unix socket: "
		    "Address in use (os error 98)");
	f->bind = true;
	return keep(&f->vsock, body);
}

static int
put_logger(struct fake *f, const char *id, json_t *body, struct buf *out)
{
	const char *path = str(body, "log_path");

	(void)id;
	if (f->logger != NULL)
		return fake_refuse(out,
		    "Logger error: the logger is initialised already");
	if (path != NULL && !can_open(path, O_WRONLY | O_APPEND))
		return fake_refuse(out,
		    "Failed to open target file: No such file or directory "
		    "(os error 2)");
	return keep(&f->logger, body);
}

static int
put_serial(struct fake *f, const char *id, json_t *body, struct buf *out)
{
	(void)id;
	(void)out;
	return keep(&f->serial, body);
}

static bool
is_elf(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char head[4] = "";
	bool elf = fd >= 0 && read(fd, head, 4) == 4 &&
	    memcmp(head,
		"\x7f"
		"ELF",
		4) == 0;

	if (fd >= 0)
		close(fd);
	return elf;
}

static int
put_actions(struct fake *f, const char *id, json_t *body, struct buf *out)
{
	const char *what = str(body, "action_type");
	int rc = 204;

	(void)id;
	if (strcmp(what, "InstanceStart") == 0) {
		if (f->running)
			rc = fake_refuse(out,
			    "The requested operation is not supported after "
			    "starting the microVM.");
		else if (f->boot == NULL)
			rc = fake_refuse(out,
			    "Cannot start microvm without kernel "
			    "configuration.");
		else if (!is_elf(str(f->boot, "kernel_image_path")))
			rc = fake_refuse(out,
			    "Cannot load kernel due to invalid memory "
			    "configuration or invalid kernel image: Failed to "
			    "load ELF kernel image: Invalid ELF magic number");
		else
			f->start = true;
	} else if (strcmp(what, "SendCtrlAltDel") == 0 ||
	    strcmp(what, "FlushMetrics") == 0) {
		if (!f->running)
			rc = fake_refuse(out,
			    "The requested operation is not supported before "
			    "starting the microVM.");
		else if (what[0] == 'S')
			f->ctrl_alt_del = true;
	} else {
		rc = refuse_json(out, "unknown variant", what);
	}
	if (rc == 204)
		json_decref(body);
	return rc;
}

static const struct field machine_fields[] = { NEED("vcpu_count", JSON_INTEGER),
	NEED("mem_size_mib", JSON_INTEGER), MAY("smt", JSON_TRUE),
	MAY("cpu_template", JSON_STRING), MAY("track_dirty_pages", JSON_TRUE),
	MAY("huge_pages", JSON_STRING), END };
static const struct field boot_fields[] = { NEED("kernel_image_path",
						JSON_STRING),
	MAY("initrd_path", JSON_STRING), MAY("boot_args", JSON_STRING), END };
static const struct field drive_fields[] = { NEED("drive_id", JSON_STRING),
	NEED("is_root_device", JSON_TRUE), MAY("partuuid", JSON_STRING),
	MAY("cache_type", JSON_STRING), MAY("is_read_only", JSON_TRUE),
	MAY("path_on_host", JSON_STRING), MAY("rate_limiter", JSON_OBJECT),
	MAY("io_engine", JSON_STRING), MAY("socket", JSON_STRING), END };
static const struct field net_fields[] = { NEED("iface_id", JSON_STRING),
	NEED("host_dev_name", JSON_STRING), MAY("guest_mac", JSON_STRING),
	MAY("mtu", JSON_INTEGER), MAY("rx_rate_limiter", JSON_OBJECT),
	MAY("tx_rate_limiter", JSON_OBJECT), END };
static const struct field vsock_fields[] = { NEED("guest_cid", JSON_INTEGER),
	NEED("uds_path", JSON_STRING), MAY("vsock_id", JSON_STRING), END };
static const struct field logger_fields[] = { MAY("log_path", JSON_STRING),
	MAY("level", JSON_STRING), MAY("show_level", JSON_TRUE),
	MAY("show_log_origin", JSON_TRUE), MAY("module", JSON_STRING), END };
static const struct field serial_fields[] = { MAY("serial_out_path",
						  JSON_STRING),
	MAY("rate_limiter", JSON_OBJECT), END };
static const struct field action_fields[] = { NEED("action_type", JSON_STRING),
	END };

static const struct {
	const char *name;
	bool with_id, running; /* also once the guest runs */
	const struct field *fields;
	int (*put)(struct fake *f, const char *id, json_t *body,
	    struct buf *out);
} puts_of[] = {
	{ "machine-config", false, false, machine_fields, put_machine },
	{ "boot-source", false, false, boot_fields, put_boot },
	{ "drives", true, false, drive_fields, put_drive },
	{ "network-interfaces", true, false, net_fields, put_net },
	{ "vsock", false, false, vsock_fields, put_vsock },
	{ "logger", false, false, logger_fields, put_logger },
	{ "serial", false, false, serial_fields, put_serial },
	{ "actions", false, true, action_fields, put_actions },
};

/* ---- which of them ------------------------------------------------------ */

static int
get_info(const struct fake *f, struct buf *out)
{
	buf_printf(out,
	    "{\"id\":\"%s\",\"state\":\"%s\",\"vmm_version\":\"" FAKE_VERSION
	    "\","
	    "\"app_name\":\"Firecracker\"}",
	    f->id, f->running ? "Running" : "Not started");
	return 200;
}

static int
put(struct fake *f, const char *name, size_t name_len, const char *id,
    const char *body, size_t len, struct buf *out)
{
	json_t *json = NULL;
	size_t i;
	int rc;

	for (i = 0; i < ARRAY_LEN(puts_of); i++)
		if (strlen(puts_of[i].name) == name_len &&
		    memcmp(puts_of[i].name, name, name_len) == 0)
			break;
	if (i == ARRAY_LEN(puts_of))
		return 0;
	if (body == NULL)
		return fake_refuse(out, "Empty PUT request.");
	if (puts_of[i].with_id && *id == '\0')
		return fake_refuse(out, "The ID cannot be empty.");
	for (const char *s = id; puts_of[i].with_id && *s != '\0'; s++)
		if (*s != '_' && !isalnum((unsigned char)*s))
			return fake_refuse(out,
			    "API Resource IDs can only contain alphanumeric "
			    "characters and underscores.");
	rc = parse(body, len, puts_of[i].fields, &json, out);
	if (rc != 0)
		return rc;
	if (f->running && !puts_of[i].running) {
		json_decref(json);
		return fake_refuse(out,
		    "The requested operation is not supported after starting "
		    "the microVM.");
	}
	rc = puts_of[i].put(f, id, json, out);
	if (rc != 204)
		json_decref(json);
	return rc;
}

int
fake_answer(struct fake *f, const char *method, const char *path,
    const char *body, size_t len, struct buf *out)
{
	const char *name = path + strspn(path, "/"), *id;
	size_t name_len = strcspn(name, "/");
	char text[512];
	int rc = 0;

	buf_reset(out);
	id = name + name_len + (name[name_len] == '/');
	if (strcmp(method, "GET") == 0 && body != NULL)
		rc = fake_refuse(out, "GET request cannot have a body.");
	else if (strcmp(method, "GET") == 0 && name_len == 0)
		rc = get_info(f, out);
	else if (strcmp(method, "PUT") == 0)
		rc = put(f, name, name_len, id, body, len, out);
	if (rc != 0)
		return rc;
	snprintf(text, sizeof(text),
	    "Invalid request method and/or path: %s %.*s.", method,
	    (int)name_len, name);
	return fake_refuse(out, text);
}
