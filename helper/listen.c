/* SPDX-License-Identifier: ISC */
#include "listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/cleanup.h"

#define LISTEN_RECV_MAX 32768
/* From the kernel's enum of TCP states, which UDP sockets share. */
#define LISTEN_STATE_CLOSE 7
#define LISTEN_STATE_LISTEN 10

/* Is the socket's own address one at which the host is reached by IPv4? */
static bool
listen__is_reached(const struct inet_diag_msg *m)
{
	const struct in6_addr *a6 = (const void *)m->id.idiag_src;
	uint32_t a4 = ntohl(m->id.idiag_src[0]);

	if (m->idiag_family == AF_INET6) {
		/* "::" serves both, unless told not to; that is not looked at.
		 */
		if (!IN6_IS_ADDR_UNSPECIFIED(a6) && !IN6_IS_ADDR_V4MAPPED(a6))
			return false;
		a4 = ntohl(m->id.idiag_src[3]);
	}
	return a4 >> 24 != IN_LOOPBACKNET;
}

static int
listen__open(int *ret_fd, struct error *err)
{
	_cleanup_close_ int fd = -1;
	struct timeval tv = { 5, 0 };

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	if (fd < 0)
		return error_errno(err, errno, "opening sock_diag");
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	*ret_fd = steal_fd(&fd);
	return 0;
}

static int
listen__ask(int fd, int family, uint16_t port, bool udp, struct error *err)
{
	struct {
		struct nlmsghdr nh;
		struct inet_diag_req_v2 req;
	} m;

	memset(&m, 0, sizeof(m));
	m.nh.nlmsg_len = sizeof(m);
	m.nh.nlmsg_type = SOCK_DIAG_BY_FAMILY;
	m.nh.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	m.req.sdiag_family = (uint8_t)family;
	m.req.sdiag_protocol = udp ? IPPROTO_UDP : IPPROTO_TCP;
	m.req.idiag_states = 1U
	    << (udp ? LISTEN_STATE_CLOSE : LISTEN_STATE_LISTEN);
	m.req.id.idiag_sport = htons(port);
	if (send(fd, &m, sizeof(m), 0) != (ssize_t)sizeof(m))
		return error_errno(err, errno, "asking sock_diag");
	return 0;
}

/* One answer.  1: more to come; 0: that was all; *ret_taken is only set. */
static int
listen__answer(char *data, size_t size, uint16_t port, bool *ret_taken,
    struct error *err)
{
	struct nlmsghdr *nh = (struct nlmsghdr *)(void *)data;
	const struct inet_diag_msg *m;
	unsigned len = (unsigned)size;

	for (; NLMSG_OK(nh, len); nh = NLMSG_NEXT(nh, len)) {
		if (nh->nlmsg_type == NLMSG_DONE)
			return 0;
		if (nh->nlmsg_type == NLMSG_ERROR)
			return error_errno(err,
			    -((struct nlmsgerr *)NLMSG_DATA(nh))->error,
			    "sock_diag");
		m = NLMSG_DATA(nh);
		if (ntohs(m->id.idiag_sport) == port && listen__is_reached(m))
			*ret_taken = true;
	}
	return 1;
}

static int
listen__family(int family, uint16_t port, bool udp, bool *ret_taken,
    struct error *err)
{
	_Alignas(struct nlmsghdr) char data[LISTEN_RECV_MAX];
	_cleanup_close_ int fd = -1;
	ssize_t n;
	int r;

	r = listen__open(&fd, err);
	if (r == 0)
		r = listen__ask(fd, family, port, udp, err);
	if (r < 0)
		return r;
	do {
		n = recv(fd, data, sizeof(data), 0);
		if (n <= 0)
			return error_errno(err, n < 0 ? errno : EPROTO,
			    "reading sock_diag");
		r = listen__answer(data, (size_t)n, port, ret_taken, err);
	} while (r == 1);
	return r;
}

int
listen_taken(uint16_t port, bool udp, struct error *err)
{
	bool taken = false;
	int r = listen__family(AF_INET, port, udp, &taken, err);

	/* A kernel without IPv6 has no such sockets. */
	if (r == 0 && !taken &&
	    (r = listen__family(AF_INET6, port, udp, &taken, err)) == -ENOENT)
		r = 0;
	return r < 0 ? r : taken;
}
