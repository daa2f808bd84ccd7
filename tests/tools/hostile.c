/* SPDX-License-Identifier: ISC */
/*
 * A bangerd in an attacker's hands, as seen by the helper's socket.
 *
 *	hostile table SOCKET	every request of the table below; each has to be
 *				refused for what it says, before anything is
 *done hostile fds SOCKET N	N requests with 1 to 253 descriptors sent along
 *
 * Prints what was not refused, then how many were sent; status 1 if any was
 * not.  The table is a product: each method with correct parameters, of which
 * one is put to each hostile value there is for its kind.
 */
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "wire/frame.h"
#include "wire/rpc.h"
#include "wire/sock.h"

#define ANSWER_NS (10 * NSEC_PER_SEC)
#define A32 "abcdefghijklmnopqrstuvwxyz012345"

/* Values are JSON, so that they can be of any type and hold any escape. */
static const char *const ids[] = { "\"\"", "\".\"", "\"..\"", "\"/\"",
	"\"/etc\"", "\"../../etc\"", "\"a/../b\"", "\"a/b\"", "\"./a\"",
	"\"-\"", "\"-rf\"", "\"--help\"", "\"-a\"", "\"A\"", "\"vM\"",
	"\"a b\"", "\" a\"", "\"a \"", "\"a\\n\"", "\"a\\r\"", "\"a\\tb\"",
	"\"a\\u0000b\"", "\"a\\u0000\"", "\"\\u0000\"", "\"a.b\"", "\"a_b\"",
	"\"a%d\"", "\"%s%n\"", "\"a,b\"", "\"a=b\"", "\"a:b\"", "\"a;b\"",
	"\"$(id)\"", "\"`id`\"", "\"a|b\"", "\"a&b\"", "\"a>b\"", "\"a*\"",
	"\"~root\"", "\"a\\\\b\"", "\"a\\\"b\"", "\"a'b\"", "\"\\u001b[2J\"",
	"\"a\\u0007\"", "\"caf\\u00e9\"", "\"\\uff41\"", "\"\\u202ea\"",
	"\"a\\u200b\"", "\"" A32 "6\"", "\"" A32 A32 A32 "\"", "null", "true",
	"0", "-1", "1.5", "[]", "[\"a\"]", "{}", "{\"a\":1}" };
static const char *const numbers[] = { "0", "-1", "-0.0", "1.0", "1e3", "99999",
	"4294967296", "4294967297", "9223372036854775807",
	"-9223372036854775808", "\"1\"", "\"\"", "null", "true", "[1]",
	"{\"n\":1}" };
static const char *const cmdlines[] = { "\"a\\nb\"", "\"a\\rb\"", "\"a\\tb\"",
	"\"a\\\"b\"", "\"a'b\"", "\"a;b\"", "\"a%b\"", "\"$(id)\"", "\"a`b\"",
	"\"a|b\"", "\"a&b\"", "\"a>b\"", "\"a<b\"", "\"a\\\\b\"", "\"a#b\"",
	"\"a*\"", "\"a{b}\"", "\"a[b]\"", "\"a!\"", "\"a\\u0000b\"",
	"\"\\u001b[2J\"", "\"\\u007f\"", "\"caf\\u00e9\"", "null", "7",
	"[\"a\"]", "{}" };
static const char *const machines[] = { "\"\"", "\"pc\"", "\"q35 \"", "\"Q35\"",
	"\"q35,accel=tcg\"", "\"microvm\\u0000\"", "\"none\"", "null", "1",
	"[\"q35\"]", "\"Firecracker\"", "\"firecracker \"",
	"\"firecracker\\u0000\"", "\"firecracker --no-seccomp\"",
	"\"/usr/bin/firecracker\"", "\"../firecracker\"",
	"{\"firecracker\":1}" };
static const char *const hosts[] = { "\"\"", "\"-a\"", "\"a-\"", "\"a.b\"",
	"\"A\"", "\"a b\"", "\"a\\nb\"", "\"a/../b\"", "\"a\\u0000\"",
	"\"$(id)\"", "\"a\\\"b\"", "\"\\u001b[2J\"", "\"" A32 A32 "\"", "null",
	"7", "[]" };
static const char *const keys[] = { "\"ssh-rsa\"", "\"ssh-rsa \"", "\" AAAA\"",
	"\"ssh-ed25519 AAAA\"",
	/* Of a right key: its comment, an option, another type, a new line. */
	"\"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAA a@b\"",
	"\"command=x ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAA\"",
	"\"ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIAAA\"",
	"\"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAA\\n\"",
	"\"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAA\\nssh-rsa AAAA\"",
	"\"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAA\"",
	"\"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA==A\"", "\"ssh-ed25519 ====\"",
	"\"ssh-ed25519  AAAAC3NzaC1lZDI1NTE5AAAA\"",
	"\"ssh-dss AAAAB3NzaC1kc3MA\"", "\"ssh-ed25519\\u0000AAAA\"", "null",
	"7", "[]" };

#define PORT(host, guest, protocol) \
	"{\"host\":" host ",\"guest\":" guest ",\"protocol\":" protocol "}"
#define TCP "\"tcp\""
static const char *const ports[] = { "null", "7", "\"8080:80/tcp\"", "{}",
	"[8080]", "[\"8080:80\"]", "[null]", "[[]]", "[{}]",
	"[" PORT("0", "80", TCP) "]", "[" PORT("8080", "0", TCP) "]",
	"[" PORT("-1", "80", TCP) "]", "[" PORT("65536", "80", TCP) "]",
	"[" PORT("8080", "65536", TCP) "]", "[" PORT("8080.5", "80", TCP) "]",
	"[" PORT("\"8080\"", "80", TCP) "]", "[" PORT("8080", "null", TCP) "]",
	"[" PORT("4294975376", "80", TCP) "]", "[" PORT("8080", "80", "6") "]",
	"[" PORT("8080", "80", "\"TCP\"") "]",
	"[" PORT("8080", "80", "\"icmp\"") "]",
	"[" PORT("8080", "80", "\"tcp\\u0000\"") "]",
	"[" PORT("8080", "80", "\"tcp . 22 : 10.0.0.1 . 22 }\"") "]",
	"[" PORT("8080", "80", "\"tcp\",\"address\":\"10.0.0.1\"") "]",
	"[" PORT("8080", "80", TCP) "," PORT("8080", "81", TCP) "]",
	"[{\"host\":8080,\"guest\":80}]" };

struct param {
	const char *name, *good;
	const char *const *bad;
	size_t n_bad;
};
#define PARAM(name, good, bad)                  \
	{                                       \
		name, good, bad, ARRAY_LEN(bad) \
	}

/* One row a parameter of the helper's table. */
static const struct param params[] = {
	PARAM("vm_id", "\"vm-1\"", ids),
	PARAM("image_id", "\"im-1\"", ids),
	PARAM("slot", "1", numbers),
	PARAM("memory_mib", "128", numbers),
	PARAM("vcpus", "1", numbers),
	PARAM("work_mib", "64", numbers),
	PARAM("machine", "\"microvm\"", machines),
	PARAM("cmdline", "\"\"", cmdlines),
	PARAM("hostname", "\"web1\"", hosts),
	PARAM("ssh_key", "\"\"", keys),
	PARAM("ports", "[" PORT("8080", "80", TCP) "]", ports),
};

static const struct {
	const char *name, *params;
} methods[] = {
#define PRIVOP(id, name, fn, params, about) { name, params },
#include "wire/privops.def"
#undef PRIVOP
};

/* What a root process would so like to be told. */
static const char *const strangers[] = { "\"path\":\"/etc/shadow\"",
	"\"argv\":[\"/bin/sh\"]", "\"env\":{\"LD_PRELOAD\":\"/tmp/x\"}",
	"\"pid\":1", "\"signal\":9", "\"shell\":\"id\"", "\"uid\":0",
	"\"interface\":\"lo\"", "\"rule\":\"flush ruleset\"",
	"\"bridge\":\"docker0\"", "\"format\":\"qcow2\"", "\"VM_ID\":\"a\"",
	"\"vm_id \":\"a\"", "\"\":1", "\"__proto__\":{}" };
static const char *const strange_methods[] = { "", "shell.exec", "exec",
	"vmm.launch ", " vmm.launch", "VMM.LAUNCH", "vmm", "vmm.", ".launch",
	"vmm.launch\\u0000", "vmm.launch\\n", "vm.start", "op.list",
	"host.info;id", "../host.info", "handler_host_info", "host_info",
	"tap.create,nat.apply", "*", "\\u001b[2J" };
/* Whole lines, sent as they are.  "$" stands for 70000 times "a". */
static const char *const lines[] = { "", " ", "x", "null", "[]", "1", "\"\"",
	"{", "}", "{}", "{}{}", "[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]",
	"{\"version\":1}", "{\"method\":\"host.info\"}",
	"{\"version\":0,\"method\":\"host.info\",\"op_id\":\"op-1\"}",
	"{\"version\":2,\"method\":\"host.info\",\"op_id\":\"op-1\"}",
	"{\"version\":\"1\",\"method\":\"host.info\",\"op_id\":\"op-1\"}",
	"{\"version\":1,\"version\":1,\"method\":\"host.info\","
	"\"op_id\":\"op-1\"}",
	"{\"version\":1,\"method\":\"ping\",\"method\":\"host.info\","
	"\"op_id\":\"op-1\"}",
	"{\"version\":1,\"method\":[\"host.info\"],\"op_id\":\"op-1\"}",
	"{\"version\":1,\"method\":\"host.info\",\"params\":[],"
	"\"op_id\":\"op-1\"}",
	"{\"version\":1,\"method\":\"host.info\",\"params\":\"x\","
	"\"op_id\":\"op-1\"}",
	"{\"version\":1,\"method\":\"vmm.kill\",\"params\":{\"vm_id\":\"a\","
	"\"vm_id\":\"b\"},\"op_id\":\"op-1\"}",
	"GET / HTTP/1.1", "\xff\xfe\xfd", "\xef\xbb\xbf{}", "\x7f\x45\x4c\x46",
	"\x1b[2J\x1b]0;x\x07", "{\"version\":1,\"method\":\"\xc0\xaf\"}", "$",
	"{\"version\":1,\"method\":\"$\"}" };
/* Nothing is done under what is no operation id. */
static const char *const op_ids[] = { "", "op-", "op-a b", "op-a\\nb",
	"op-a\\\"b", "op-\\u001b[2J", "op-a/../b", "op-\\u0000", "7f3a",
	"OP-7f3a", "op-7f3a\\u0000", "op-caf\\u00e9", "op-a;b",
	"op-" A32 A32 A32 A32 A32 };

static const char *socket_path;
static unsigned sent, escaped;

/* Sends the line on a connection of its own; an owned reply, "" if none. */
static void
ask(const char *line, size_t len, struct buf *out)
{
	const int64_t until = clock_mono_ns() + ANSWER_NS;
	_cleanup_close_ int fd = -1;
	char chunk[4096];
	ssize_t n;

	if (sock_connect(socket_path, ANSWER_NS, &fd, NULL) < 0) {
		perror(socket_path);
		exit(2);
	}
	sock_send(fd, line, len, until, NULL);
	sock_send(fd, "\n", 1, until, NULL);
	while ((n = sock_recv(fd, chunk, sizeof(chunk), until, NULL)) > 0)
		buf_put(out, chunk, (size_t)n);
}

/* It is refused for what it says. */
static bool
is_refusal(const struct buf *reply)
{
	static const enum rpc_code fine[] = { RPC_BAD_REQUEST, RPC_BAD_VERSION,
		RPC_UNKNOWN_METHOD, RPC_INVALID_ARGUMENT };
	_cleanup_(rpc_reply_done) struct rpc_reply rep = { 0 };
	struct error err = ERROR_INIT;
	size_t len = reply->len, i;

	if (len > 0 && reply->data[len - 1] == '\n')
		len--;
	if (rpc_reply_decode(buf_str(reply), len, &rep, &err) != 1)
		return false;
	for (i = 0; i < ARRAY_LEN(fine); i++)
		if (strcmp(err.kind, rpc_code_name(fine[i])) == 0)
			return true;
	return false;
}

static void
must_be_refused(const struct buf *line)
{
	_cleanup_buf_ struct buf reply = BUF_INIT;

	ask(buf_str(line), line->len, &reply);
	sent++;
	if (is_refusal(&reply))
		return;
	escaped++;
	printf("not refused: %.200s\n  reply: %.200s\n", buf_str(line),
	    buf_str(&reply));
}

/* The parameters of a method as JSON members, one of them put to `value`. */
static void
put_params(struct buf *b, const char *wanted, const char *hostile,
    const char *value)
{
	const char *between = "", *p = wanted;
	size_t n, i;

	for (; *p != '\0'; p += n + strspn(p + n, " ")) {
		n = strcspn(p, " ");
		for (i = 0; i < ARRAY_LEN(params); i++)
			if (strlen(params[i].name) == n &&
			    memcmp(params[i].name, p, n) == 0)
				break;
		if (i == ARRAY_LEN(params)) {
			printf("no row for one of: %s\n", wanted);
			exit(2);
		}
		if (hostile != NULL && value == NULL &&
		    strcmp(hostile, params[i].name) == 0)
			continue; /* left out */
		buf_printf(b, "%s\"%s\":%s", between, params[i].name,
		    hostile != NULL && strcmp(hostile, params[i].name) == 0
			? value
			: params[i].good);
		between = ",";
	}
}

static void
send_call(const char *method, const char *wanted, const char *hostile,
    const char *value, const char *extra, const char *op_id)
{
	_cleanup_buf_ struct buf b = BUF_INIT;

	buf_printf(&b, "{\"version\":1,\"method\":\"%s\",\"params\":{", method);
	put_params(&b, wanted, hostile, value);
	if (extra != NULL)
		buf_printf(&b, "%s%s", wanted[0] != '\0' ? "," : "", extra);
	buf_printf(&b, "},\"op_id\":\"%s\",\"call\":%u}", op_id, sent + 1);
	must_be_refused(&b);
}

/* A whole line; "$" makes it long. */
static void
send_line(const char *line)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	size_t i;

	for (; *line != '\0'; line++) {
		if (*line == '$')
			for (i = 0; i < 70000; i++)
				buf_put(&b, "a", 1);
		else
			buf_put(&b, line, 1);
	}
	must_be_refused(&b);
}

static void
send_method(const char *name, const char *wanted)
{
	static const char op[] = "op-00000000000000bb";
	const struct param *p;
	size_t i, j;

	for (p = params; p < params + ARRAY_LEN(params); p++) {
		if (strstr(wanted, p->name) == NULL)
			continue;
		send_call(name, wanted, p->name, NULL, NULL, op);
		for (j = 0; j < p->n_bad; j++)
			send_call(name, wanted, p->name, p->bad[j], NULL, op);
	}
	for (i = 0; i < ARRAY_LEN(strangers); i++)
		send_call(name, wanted, NULL, NULL, strangers[i], op);
	for (i = 0; i < ARRAY_LEN(op_ids); i++)
		send_call(name, wanted, NULL, NULL, NULL, op_ids[i]);
}

static void
send_table(void)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(methods); i++)
		send_method(methods[i].name, methods[i].params);
	for (i = 0; i < ARRAY_LEN(strange_methods); i++)
		send_call(strange_methods[i], "", NULL, NULL, NULL,
		    "op-00000000000000bb");
	for (i = 0; i < ARRAY_LEN(lines); i++)
		send_line(lines[i]);
}

/* Sends n copies of a descriptor along with a good request. */
static void
send_fds(unsigned n)
{
	static const char line[] = "{\"version\":1,\"method\":\"host.info\","
				   "\"op_id\":\"op-00000000000000bb\"}\n";
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(253 * sizeof(int))];
	struct iovec iov = { (void *)(uintptr_t)line, sizeof(line) - 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	_cleanup_buf_ struct buf reply = BUF_INIT;
	_cleanup_close_ int fd = -1;
	struct cmsghdr *c;
	char chunk[4096];
	unsigned i;
	ssize_t got;

	msg.msg_control = control;
	msg.msg_controllen = CMSG_SPACE(n * sizeof(int));
	memset(control, 0, sizeof(control));
	c = CMSG_FIRSTHDR(&msg);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(n * sizeof(int));
	for (i = 0; i < n; i++)
		memcpy(CMSG_DATA(c) + i * sizeof(int), &(int){ 2 },
		    sizeof(int));
	if (sock_connect(socket_path, ANSWER_NS, &fd, NULL) < 0 ||
	    sendmsg(fd, &msg, MSG_NOSIGNAL) < 0) {
		perror("sending descriptors");
		exit(2);
	}
	while ((got = sock_recv(fd, chunk, sizeof(chunk),
		    clock_mono_ns() + ANSWER_NS, NULL)) > 0)
		buf_put(&reply, chunk, (size_t)got);
	sent++;
	if (is_refusal(&reply))
		return;
	escaped++;
	printf("not refused: %u descriptors\n  reply: %.200s\n", n,
	    buf_str(&reply));
}

int
main(int argc, char **argv)
{
	unsigned i, n = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 0;

	if (argc < 3)
		return 2;
	socket_path = argv[2];
	if (strcmp(argv[1], "table") == 0)
		send_table();
	for (i = 0; strcmp(argv[1], "fds") == 0 && i < n; i++)
		send_fds(1 + i % 253);
	printf("%u sent, %u not refused\n", sent, escaped);
	return escaped > 0 || sent == 0;
}
