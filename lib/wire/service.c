/* SPDX-License-Identifier: ISC */
#include "wire/service.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/loop.h"
#include "base/text.h"

#define SERVICE_FIRST_FD 3   /* what was handed over begins here */
#define SERVICE_FDS_MAX 1024 /* more are not kept, and refused anyway */
#define SERVICE_USEC_MAX (INT64_MAX / NSEC_PER_USEC)

/* True when the variable's number is our process id. */
static bool
service__is_ours(const char *name)
{
	const char *value = getenv(name);
	uint64_t pid;

	return value != NULL && text_parse_u64(value, 1, INT32_MAX, &pid) &&
	    (pid_t)pid == getpid();
}

/* NOTIFY_SOCKET: a path, or a name of the abstract kind behind "@". */
static int
service__notify(struct service *s, struct error *err)
{
	const char *name = getenv("NOTIFY_SOCKET");
	size_t len;

	if (name == NULL || *name == '\0')
		return 0;
	len = strlen(name);
	if ((*name != '/' && *name != '@') || len >= sizeof(s->to.sun_path))
		return error_set(err, -EINVAL,
		    "NOTIFY_SOCKET is no address of a Unix socket");
	s->to.sun_family = AF_UNIX;
	memcpy(s->to.sun_path, name, len + 1);
	/* The name of a path ends in its 0, an abstract one where it ends. */
	s->to_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len +
	    (*name == '/'));
	if (*name == '@')
		s->to.sun_path[0] = '\0';
	s->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	return s->fd >= 0 ? 0 : error_errno(err, errno, "making a socket");
}

static int
service__watchdog(struct service *s, struct error *err)
{
	const char *value = getenv("WATCHDOG_USEC");
	uint64_t usec;

	if (value == NULL || s->fd < 0 ||
	    (getenv("WATCHDOG_PID") != NULL &&
		!service__is_ours("WATCHDOG_PID")))
		return 0;
	if (!text_parse_u64(value, 1, SERVICE_USEC_MAX, &usec))
		return error_set(err, -EINVAL,
		    "WATCHDOG_USEC is no number of microseconds");
	s->watchdog_ns = (int64_t)usec * NSEC_PER_USEC;
	return 0;
}

static int
service__is_listener(int fd)
{
	int domain = 0, type = 0, listens = 0;
	socklen_t len = sizeof(int);

	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0 &&
	    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 &&
	    getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) == 0 &&
	    domain == AF_UNIX && type == SOCK_STREAM && listens != 0;
}

static int
service__listener(struct service *s, struct error *err)
{
	const char *value = getenv("LISTEN_FDS");
	uint64_t n;

	if (value == NULL || !service__is_ours("LISTEN_PID"))
		return 0;
	if (!text_parse_u64(value, 0, INT32_MAX, &n))
		return error_set(err, -EINVAL, "LISTEN_FDS is no number");
	if (n == 0)
		return 0;
	if (n > 1)
		return error_set(err, -EINVAL,
		    "one socket is wanted, and the service manager handed over "
		    "%llu",
		    (unsigned long long)n);
	if (!service__is_listener(SERVICE_FIRST_FD))
		return error_set(err, -EINVAL,
		    "what the service manager handed over is no listening "
		    "Unix stream socket");
	if (fcntl(SERVICE_FIRST_FD, F_SETFD, FD_CLOEXEC) < 0)
		return error_errno(err, errno, "the socket handed over");
	s->listen_fd = SERVICE_FIRST_FD;
	return 0;
}

void
service_close_inherited(void)
{
	const char *value = getenv("LISTEN_FDS");
	uint64_t n = 0;
	int fd;

	if (value != NULL && service__is_ours("LISTEN_PID"))
		text_parse_u64(value, 0, SERVICE_FDS_MAX, &n);
	close_range(SERVICE_FIRST_FD + (unsigned)n, ~0U, 0);
	do
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	while (fd >= 0 && fd < SERVICE_FIRST_FD && fcntl(fd, F_SETFD, 0) == 0);
	if (fd >= SERVICE_FIRST_FD)
		close(fd);
}

int
service_init(struct service *s, struct error *err)
{
	static const char *const names[] = { "NOTIFY_SOCKET", "WATCHDOG_USEC",
		"WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES" };
	size_t i;
	int rc;

	rc = service__listener(s, err);
	if (rc == 0)
		rc = service__notify(s, err);
	if (rc == 0)
		rc = service__watchdog(s, err);
	for (i = 0; i < ARRAY_LEN(names); i++)
		unsetenv(names[i]);
	return rc;
}

void
service_done(struct service *s)
{
	cleanup_closep(&s->fd);
	cleanup_closep(&s->listen_fd);
}

int
service_take_listener(struct service *s, const char *path, int *ret_fd,
    struct error *err)
{
	struct sockaddr_un at = { .sun_family = AF_UNSPEC };
	socklen_t len = sizeof(at);
	int flags;

	if (s->listen_fd < 0)
		return 1;
	if (getsockname(s->listen_fd, (struct sockaddr *)&at, &len) < 0)
		return error_errno(err, errno, "the socket handed over");
	if (strncmp(at.sun_path, path, sizeof(at.sun_path)) != 0)
		return error_set(err, -EINVAL,
		    "the socket handed over is not at %s; name the same place "
		    "in the socket unit and to --socket",
		    path);
	flags = fcntl(s->listen_fd, F_GETFL);
	if (flags < 0 || fcntl(s->listen_fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return error_errno(err, errno, "the socket handed over");
	*ret_fd = steal_fd(&s->listen_fd);
	return 0;
}

/* A manager that does not listen, or is behind, is no reason to wait. */
void
service_say(const struct service *s, const char *what)
{
	if (s->fd >= 0)
		(void)sendto(s->fd, what, strlen(what), MSG_NOSIGNAL,
		    (const struct sockaddr *)&s->to, s->to_len);
}

static void
service__alive(void *arg, uint32_t events)
{
	(void)events;
	service_say(arg, "WATCHDOG=1");
}

int
service_watch(struct service *s, struct loop *loop, struct error *err)
{
	if (s->watchdog_ns == 0)
		return 0;
	return loop_add_timer(loop, s->watchdog_ns / 2, s->watchdog_ns / 2,
	    service__alive, s, &s->timer, err);
}
