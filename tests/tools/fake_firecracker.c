/* SPDX-License-Identifier: ISC */
/*
 * fake_firecracker --id ID --api-sock PATH [--fake WHAT:PATH]
 * fake_firecracker --version
 *
 * The process of fake_firecracker.h: its command line, its HTTP server, its
 * serial port (standard output) and what stands in for a guest.
 *
 * --fake has the answer to requests for PATH go wrong: drip (a byte at a
 * time), cut (half of it), close (none), silent (none, and the connection
 * stays), garbage (no HTTP), refuse (whatever is asked).  exit:N is the end
 * before there is a socket.  Who cannot hand it options writes the same into a
 * file beside the program, whose name is the program's and ".fake".
 *
 * The guest has an agent on vsock port 1024 that knows guest-sync-delimited,
 * guest-sync, guest-ping, guest-shutdown, guest-exec (one answer to all
 * commands) and guest-ssh-add-authorized-keys.  Words of its kernel command
 * line: fake.agent=off, fake.exit=N (the process ends at once), fake.stubborn
 * (it neither shuts down nor reboots), fake.probe (it tries what a jail should
 * not let it do, and says on its console what came of that).
 *
 * As the real one, it outlives a guest that powers down and ends with one that
 * reboots.  Exit statuses are Firecracker's: 0, 1, 153 (arguments).
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/mem.h"
#include "fake_firecracker.h"
#include "wire/vmm_root.h"

#define CONNS_MAX 32
#define EXIT_ARGS 153

enum conn_kind { CONN_API, CONN_VSOCK, CONN_AGENT };

struct conn {
	int fd; /* -1: free */
	enum conn_kind kind;
	struct buf in;
};

struct process {
	struct fake fake;
	const char *wrong, *wrong_path; /* of --fake */
	int api, vsock;
	bool agent, stubborn;
	struct conn conns[CONNS_MAX];
};

/* As Firecracker does it: the name is there before it listens. */
static int
listen_on(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 ||
	    snprintf(at.sun_path, sizeof(at.sun_path), "%s", path) >=
		(int)sizeof(at.sun_path))
		return -1;
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 ||
	    listen(fd, 16) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static void
say(int fd, const char *text, size_t len, bool drip)
{
	ssize_t n;

	for (; len > 0; text += n, len -= (size_t)n) {
		n = send(fd, text, drip ? 1 : len, MSG_NOSIGNAL);
		if (n < 0)
			return;
		if (drip)
			usleep(300);
	}
}

static void
hang_up(struct conn *c)
{
	cleanup_closep(&c->fd);
	buf_done(&c->in);
}

/* ---- the guest ---------------------------------------------------------- */

static void
ended(int status)
{
	/* Sockets stay where they are: Firecracker unlinks none. */
	fflush(stdout);
	/* Past a sanitizer, which has more to say in a jail without /proc. */
	syscall(SYS_exit_group, status);
}

static void
tried(const char *what, long rc)
{
	printf("probe %s %s\n", what, rc < 0 ? strerrorname_np(errno) : "done");
}

/* What somebody would try who has taken over a Firecracker. */
static void
probe(void)
{
	struct sockaddr_un host = { .sun_family = AF_UNIX,
		.sun_path = "\0fake" };
	struct sockaddr_un named = { .sun_family = AF_UNIX,
		.sun_path = "/run/api.sock" };
	int stream = socket(AF_UNIX, SOCK_STREAM, 0), pair[2];
	struct ifreq ifr = { .ifr_name = "fake0" };
	int tun = open("/dev/net/tun", O_RDWR);

	tried("inet", socket(AF_INET, SOCK_STREAM, 0));
	tried("netlink", socket(AF_NETLINK, SOCK_RAW, 0));
	tried("packet", socket(AF_PACKET, SOCK_RAW, 0));
	tried("datagram", socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	tried("pair", socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
	tried("stream-pair", socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	tried("abstract",
	    connect(stream, (struct sockaddr *)&host, sizeof(host)));
	tried("connect",
	    connect(stream, (struct sockaddr *)&named, sizeof(named)));
	tried("sendto",
	    sendto(stream, "x", 1, 0, (struct sockaddr *)&host, sizeof(host)));
	tried("create", open("/run/file", O_WRONLY | O_CREAT, 0600));
	tried("unnamed", open("/run", O_RDWR | O_TMPFILE, 0600));
	tried("mkdir", mkdir("/run/dir", 0700));
	tried("mkfifo", mkfifo("/run/fifo", 0700));
	tried("symlink", symlink("/run/api.sock", "/run/link"));
	tried("link", link("/run/api.sock", "/run/link"));
	tried("rename", rename("/run/api.sock", "/run/other.sock"));
	tried("root", open("/file", O_WRONLY | O_CREAT, 0600));
	tried("write-kernel", open("/kernel", O_WRONLY));
	tried("setuid", setuid(0));
	ifr.ifr_flags = IFF_TAP | IFF_NO_PI;
	tried("tap", ioctl(tun, TUNSETIFF, &ifr));
}

static void
boot(struct process *p)
{
	const char *args = json_string_value(
	    json_object_get(p->fake.boot, "boot_args"));
	const char *kernel = json_string_value(
	    json_object_get(p->fake.boot, "kernel_image_path"));
	const char *at = args != NULL ? strstr(args, "fake.exit=") : NULL;

	printf("[    0.000000] Linux version 0.0.0 (%s)\n", kernel);
	printf("[    0.000000] Command line: %s\n", args != NULL ? args : "");
	if (args != NULL && strstr(args, "fake.probe") != NULL)
		probe();
	fflush(stdout);
	p->fake.running = true;
	p->stubborn = args != NULL && strstr(args, "fake.stubborn") != NULL;
	p->agent = args == NULL || strstr(args, "fake.agent=off") == NULL;
	if (at != NULL)
		ended(atoi(at + strlen("fake.exit=")));
}

static void
agent_line(struct process *p, struct conn *c, const char *line)
{
	json_t *msg = json_loads(line, 0, NULL), *id, *args;
	const char *what = json_string_value(json_object_get(msg, "execute"));
	const char *how;
	char text[128];

	args = json_object_get(msg, "arguments");
	id = json_object_get(args, "id");
	if (what == NULL) {
		snprintf(text, sizeof(text),
		    "{\"error\": {\"class\": \"GenericError\", "
		    "\"desc\": \"JSON parse error\"}}\n");
	} else if (strcmp(what, "guest-sync-delimited") == 0) {
		snprintf(text, sizeof(text), "\xff{\"return\": %lld}\n",
		    (long long)json_integer_value(id));
	} else if (strcmp(what, "guest-sync") == 0) {
		snprintf(text, sizeof(text), "{\"return\": %lld}\n",
		    (long long)json_integer_value(id));
	} else if (strcmp(what, "guest-ping") == 0) {
		snprintf(text, sizeof(text), "{\"return\": {}}\n");
	} else if (strcmp(what, "guest-shutdown") == 0) {
		how = json_string_value(json_object_get(args, "mode"));
		if (!p->stubborn && how != NULL && strcmp(how, "reboot") == 0)
			ended(0);
		/* No guest, and a process that waits for nothing. */
		p->agent = p->stubborn;
		text[0] = '\0';
	} else if (strcmp(what, "guest-exec") == 0) {
		snprintf(text, sizeof(text), "{\"return\": {\"pid\": 7}}\n");
	} else if (strcmp(what, "guest-exec-status") == 0) {
		snprintf(text, sizeof(text),
		    "{\"return\": {\"exited\": true, \"exitcode\": 3, "
		    "\"out-data\": \"ZmFrZQo=\"}}\n");
	} else if (strcmp(what, "guest-ssh-add-authorized-keys") == 0) {
		snprintf(text, sizeof(text), "{\"return\": {}}\n");
	} else {
		snprintf(text, sizeof(text),
		    "{\"error\": {\"class\": \"CommandNotFound\", \"desc\": "
		    "\"The command was not found\"}}\n");
	}
	json_decref(msg);
	say(c->fd, text, strlen(text), false);
}

/* The first line of a vsock connection is "CONNECT PORT". */
static void
vsock_line(struct process *p, struct conn *c, const char *line)
{
	char want[32];

	snprintf(want, sizeof(want), "CONNECT %d", VMM_AGENT_PORT);
	/* Nobody listens on that port: Firecracker hangs up. */
	if (strcmp(line, want) != 0 || !p->fake.running || !p->agent) {
		hang_up(c);
		return;
	}
	c->kind = CONN_AGENT;
	say(c->fd, "OK 1073741824\n", 14, false);
}

static void
take_lines(struct process *p, struct conn *c)
{
	char *end, *line;

	while (c->fd >= 0 && c->in.len > 0 &&
	    (end = memchr(c->in.data, '\n', c->in.len)) != NULL) {
		*end = '\0';
		line = c->in.data;
		/* The agent forgets what stands before 0xff. */
		if (c->kind == CONN_AGENT && strchr(line, '\xff') != NULL)
			line = strrchr(line, '\xff') + 1;
		if (c->kind == CONN_VSOCK)
			vsock_line(p, c, line);
		else
			agent_line(p, c, line);
		if (c->fd >= 0)
			buf_consume(&c->in, (size_t)(end + 1 - c->in.data));
	}
}

/* ---- the HTTP server ---------------------------------------------------- */

static bool
goes_wrong(const struct process *p, const char *path)
{
	return p->wrong != NULL && strcmp(path, p->wrong_path) == 0;
}

static void
respond(const struct process *p, struct conn *c, int status, const char *path,
    const struct buf *body)
{
	struct buf out = BUF_INIT;
	const char *wrong = goes_wrong(p, path) ? p->wrong : "";

	buf_printf(&out,
	    "HTTP/1.1 %d \r\nServer: Firecracker API\r\n"
	    "Connection: keep-alive\r\n",
	    status);
	if (status != 204)
		buf_printf(&out,
		    "Content-Type: application/json\r\n"
		    "Content-Length: %zu\r\n",
		    body->len);
	buf_puts(&out, "\r\n");
	buf_put(&out, buf_str(body), body->len);
	if (strcmp(wrong, "garbage") == 0)
		say(c->fd, "\x16\x03\x01 no http\r\n\r\n", 15, false);
	else if (strcmp(wrong, "cut") == 0)
		say(c->fd, out.data, out.len / 2, false);
	else if (strcmp(wrong, "silent") != 0 && strcmp(wrong, "close") != 0)
		say(c->fd, out.data, out.len, strcmp(wrong, "drip") == 0);
	buf_done(&out);
	if (*wrong != '\0' && strcmp(wrong, "drip") != 0 &&
	    strcmp(wrong, "silent") != 0 && strcmp(wrong, "refuse") != 0)
		hang_up(c);
}

/* What the server itself refuses bears another key than the API's errors. */
static void
refuse_http(const struct process *p, struct conn *c, int status,
    const char *text)
{
	struct buf body = BUF_INIT;

	buf_printf(&body,
	    "{ \"error\": \"%s\\nAll previous unanswered requests will be "
	    "dropped.\" }",
	    text);
	respond(p, c, status, "", &body);
	buf_done(&body);
	if (c->fd >= 0)
		hang_up(c);
}

/* The header's value, trimmed, or NULL; text ends with its blank line. */
static const char *
header(const char *text, const char *name, char *value, size_t size)
{
	const char *line = strstr(text, "\r\n");
	size_t len = strlen(name);

	for (; line != NULL; line = strstr(line + 2, "\r\n"))
		if (strncasecmp(line + 2, name, len) == 0 &&
		    line[2 + len] == ':') {
			line += 3 + len;
			line += strspn(line, " ");
			snprintf(value, size, "%.*s", (int)strcspn(line, "\r"),
			    line);
			return value;
		}
	return NULL;
}

/* Answers a request whose head ends at `head`; false: there is more to come. */
static bool
take_request(struct process *p, struct conn *c, size_t head)
{
	_cleanup_free_ char *text = xmemdup(c->in.data, head);
	char method[8], path[256], version[16], value[64];
	struct buf out = BUF_INIT;
	size_t len = 0;
	int status;

	if (sscanf(text, "%7s %255s %15s", method, path, version) != 3 ||
	    strcmp(version, "HTTP/1.1") != 0) {
		refuse_http(p, c, 400, "Invalid HTTP Version.");
		return false;
	}
	if (header(text, "Content-Length", value, sizeof(value)) != NULL)
		len = strtoul(value, NULL, 10);
	if (len > FAKE_BODY_MAX) {
		refuse_http(p, c, 413, "Request payload is too large.");
		return false;
	}
	if (header(text, "Content-Type", value, sizeof(value)) != NULL &&
	    strcmp(value, "application/json") != 0 &&
	    strcmp(value, "text/plain") != 0) {
		refuse_http(p, c, 400, "Unsupported header value.");
		return false;
	}
	if (c->in.len < head + len)
		return false;
	if (goes_wrong(p, path) && strcmp(p->wrong, "refuse") == 0)
		status = fake_refuse(&out, "This one refuses.");
	else
		status = fake_answer(&p->fake, method, path,
		    len > 0 ? c->in.data + head : NULL, len, &out);
	if (p->fake.bind) {
		p->vsock = listen_on(json_string_value(
		    json_object_get(p->fake.vsock, "uds_path")));
		if (p->vsock < 0)
			err(1, "the vsock's socket");
	}
	p->fake.bind = false;
	/* It runs before the answer goes out. */
	if (p->fake.start)
		boot(p);
	p->fake.start = false;
	respond(p, c, status, path, &out);
	buf_done(&out);
	if (p->fake.ctrl_alt_del && !p->stubborn)
		ended(0);
	p->fake.ctrl_alt_del = false;
	if (c->fd >= 0)
		buf_consume(&c->in, head + len);
	return true;
}

static void
take_requests(struct process *p, struct conn *c)
{
	const char *end;

	while (c->fd >= 0 && c->in.len > 0 &&
	    (end = memmem(c->in.data, c->in.len, "\r\n\r\n", 4)) != NULL)
		if (!take_request(p, c, (size_t)(end - c->in.data) + 4))
			return;
}

/* ---- connections -------------------------------------------------------- */

static void
accept_one(struct process *p, int listener, enum conn_kind kind)
{
	struct conn *c = NULL;
	size_t n = 0;

	for (size_t i = 0; i < CONNS_MAX; i++) {
		if (p->conns[i].fd < 0)
			c = &p->conns[i];
		else
			n += kind == CONN_API && p->conns[i].kind == kind;
	}
	if (c == NULL)
		errx(1, "too many connections");
	c->fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	c->kind = kind;
	if (c->fd >= 0 && n >= FAKE_CONNECTIONS_MAX)
		refuse_http(p, c, 503, "Too many open connections.");
}

static void
receive(struct process *p, struct conn *c)
{
	char chunk[4096];
	ssize_t n = recv(c->fd, chunk, sizeof(chunk), 0);

	if (n <= 0) {
		hang_up(c);
		return;
	}
	buf_put(&c->in, chunk, (size_t)n);
	if (c->kind == CONN_API)
		take_requests(p, c);
	else
		take_lines(p, c);
}

static void
serve(struct process *p)
{
	struct pollfd fds[CONNS_MAX + 2];

	for (;;) {
		for (size_t i = 0; i < CONNS_MAX; i++)
			fds[i] = (struct pollfd){ p->conns[i].fd, POLLIN, 0 };
		fds[CONNS_MAX] = (struct pollfd){ p->api, POLLIN, 0 };
		fds[CONNS_MAX + 1] = (struct pollfd){ p->vsock, POLLIN, 0 };
		if (poll(fds, ARRAY_LEN(fds), -1) < 0)
			continue;
		for (size_t i = 0; i < CONNS_MAX; i++)
			if (fds[i].revents != 0)
				receive(p, &p->conns[i]);
		if (fds[CONNS_MAX].revents != 0)
			accept_one(p, p->api, CONN_API);
		if (fds[CONNS_MAX + 1].revents != 0)
			accept_one(p, p->vsock, CONN_VSOCK);
	}
}

static bool
is_id(const char *s)
{
	size_t len = strlen(s);

	return len > 0 && len <= 64 &&
	    strspn(s,
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789-") == len;
}

/* "WHAT:PATH" is kept. */
static bool
take_wrong(struct process *p, char *text)
{
	char *colon = strchr(text, ':');

	if (colon == NULL)
		return false;
	*colon = '\0';
	p->wrong = text;
	p->wrong_path = colon + 1;
	return true;
}

/* What stands in the file beside the program; it need not be there. */
static bool
read_wrong(struct process *p, const char *program)
{
	static char text[128];
	_cleanup_free_ char *path = xasprintf("%s.fake", program);
	FILE *in = fopen(path, "re");
	bool read = in != NULL && fgets(text, sizeof(text), in) != NULL;

	if (in != NULL)
		fclose(in);
	text[strcspn(text, "\n")] = '\0';
	return !read || take_wrong(p, text);
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "id", required_argument, NULL, 'i' },
		{ "api-sock", required_argument, NULL, 's' },
		{ "fake", required_argument, NULL, 'f' },
		{ "version", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 },
	};
	struct process p = { .api = -1,
		.vsock = -1,
		.fake.id = "anonymous-instance" };
	const char *path = "/run/firecracker.socket";
	int opt;

	if (!read_wrong(&p, argv[0]))
		return EXIT_ARGS;
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (opt) {
		case 'i':
			p.fake.id = optarg;
			break;
		case 's':
			path = optarg;
			break;
		case 'f':
			if (!take_wrong(&p, optarg))
				return EXIT_ARGS;
			break;
		case 'v':
			puts("Firecracker v" FAKE_VERSION "\n\n"
			     "Supported snapshot data format versions: v6.0.0");
			return 0;
		default:
			return EXIT_ARGS;
		}
	}
	if (optind < argc || !is_id(p.fake.id))
		return EXIT_ARGS;
	for (size_t i = 0; i < CONNS_MAX; i++)
		p.conns[i].fd = -1;
	signal(SIGPIPE, SIG_IGN);
	if (p.wrong != NULL && strcmp(p.wrong, "exit") == 0) {
		fputs("Error: \x1b[31mit was told to end\n", stderr);
		ended(atoi(p.wrong_path));
	}
	p.api = listen_on(path);
	if (p.api < 0)
		errx(1,
		    "Failed to open the API socket at: %s. Check that it is "
		    "not already used.",
		    path);
	serve(&p);
}
