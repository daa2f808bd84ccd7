/* SPDX-License-Identifier: ISC */
#include "link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/cleanup.h"

/* Of one message from the kernel; its own dumps use up to 32 KiB. */
#define LINK_RECV_MAX 65536

/* A request under construction; 4-byte aligned as netlink wants it. */
struct link__msg {
	union {
		struct nlmsghdr nh;
		char bytes[1024];
	} u;
};

/* Starts a request whose fixed part has `len` bytes, all zero. */
static void *
link__begin(struct link__msg *m, uint16_t type, uint16_t flags, size_t len)
{
	memset(m, 0, sizeof(*m));
	m->u.nh.nlmsg_type = type;
	m->u.nh.nlmsg_flags = NLM_F_REQUEST | flags;
	m->u.nh.nlmsg_len = (uint32_t)NLMSG_LENGTH(len);
	return NLMSG_DATA(&m->u.nh);
}

/* Appends an attribute; what is put is bounded by the callers' types. */
static struct rtattr *
link__put(struct link__msg *m, uint16_t type, const void *data, size_t len)
{
	size_t at = NLMSG_ALIGN(m->u.nh.nlmsg_len);
	struct rtattr *rta = (struct rtattr *)(void *)(m->u.bytes + at);

	if (at + RTA_SPACE(len) > sizeof(m->u.bytes))
		return rta;
	rta->rta_type = type;
	rta->rta_len = (uint16_t)RTA_LENGTH(len);
	if (len > 0)
		memcpy(RTA_DATA(rta), data, len);
	m->u.nh.nlmsg_len = (uint32_t)(at + RTA_ALIGN(rta->rta_len));
	return rta;
}

static int
link__open(int *ret_fd, struct error *err)
{
	_cleanup_close_ int fd = -1;
	struct timeval tv = { 5, 0 };

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (fd < 0)
		return error_errno(err, errno, "opening rtnetlink");
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	*ret_fd = steal_fd(&fd);
	return 0;
}

/* Reads what the kernel nests under IFLA_LINKINFO. */
static void
link__parse_info(struct rtattr *info, struct link *l)
{
	struct rtattr *a, *d;
	int len = (int)RTA_PAYLOAD(info), dlen;

	for (a = RTA_DATA(info); RTA_OK(a, len); a = RTA_NEXT(a, len)) {
		if (a->rta_type == IFLA_INFO_KIND)
			strncpy(l->kind, RTA_DATA(a), sizeof(l->kind) - 1);
		if (a->rta_type != IFLA_INFO_DATA ||
		    strcmp(l->kind, "tun") != 0)
			continue;
		dlen = (int)RTA_PAYLOAD(a);
		for (d = RTA_DATA(a); RTA_OK(d, dlen); d = RTA_NEXT(d, dlen))
			if (d->rta_type == IFLA_TUN_TYPE)
				l->tun_type = *(uint8_t *)RTA_DATA(d);
	}
}

static void
link__parse(struct nlmsghdr *nh, struct link *l)
{
	struct ifinfomsg *ifi = NLMSG_DATA(nh);
	struct rtattr *a;
	int len = (int)IFLA_PAYLOAD(nh);

	memset(l, 0, sizeof(*l));
	l->index = ifi->ifi_index;
	for (a = IFLA_RTA(ifi); RTA_OK(a, len); a = RTA_NEXT(a, len)) {
		if (a->rta_type == IFLA_IFNAME)
			strncpy(l->name, RTA_DATA(a), sizeof(l->name) - 1);
		else if (a->rta_type == IFLA_IFALIAS)
			strncpy(l->alias, RTA_DATA(a), sizeof(l->alias) - 1);
		else if (a->rta_type == IFLA_MASTER)
			l->master = *(int *)RTA_DATA(a);
		else if (a->rta_type == IFLA_LINKINFO)
			link__parse_info(a, l);
	}
}

/* One answer: its messages to fn.  1: more to come; else the outcome. */
static int
link__answer(char *data, size_t size, int (*fn)(void *, const struct link *),
    void *arg, int *stop)
{
	struct nlmsghdr *nh = (struct nlmsghdr *)(void *)data;
	unsigned len = (unsigned)size;
	struct link l;

	for (; NLMSG_OK(nh, len); nh = NLMSG_NEXT(nh, len)) {
		if (nh->nlmsg_type == NLMSG_DONE)
			return 0;
		if (nh->nlmsg_type == NLMSG_ERROR)
			return ((struct nlmsgerr *)NLMSG_DATA(nh))->error;
		if (nh->nlmsg_type != RTM_NEWLINK || fn == NULL || *stop != 0)
			continue;
		link__parse(nh, &l);
		*stop = fn(arg, &l);
		if ((nh->nlmsg_flags & NLM_F_MULTI) == 0)
			return 0;
	}
	return 1;
}

/*
 * Sends the request and takes the answers.  0, or the kernel's negative errno
 * without a text, so that callers can let some pass.
 */
static int
link__talk(struct link__msg *m, int (*fn)(void *, const struct link *),
    void *arg, int *ret_stop)
{
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *in = NULL;
	int stop = 0, r;
	ssize_t n;

	r = link__open(&fd, NULL);
	if (r < 0)
		return r;
	if (send(fd, m, m->u.nh.nlmsg_len, 0) < 0)
		return -errno;
	in = malloc(LINK_RECV_MAX);
	if (in == NULL)
		return -ENOMEM;
	do {
		n = recv(fd, in, LINK_RECV_MAX, 0);
		if (n < 0)
			return -errno;
		r = link__answer(in, (size_t)n, fn, arg, &stop);
	} while (r == 1);
	if (ret_stop != NULL)
		*ret_stop = stop;
	return r;
}

static int
link__copy(void *arg, const struct link *l)
{
	*(struct link *)arg = *l;
	return 1;
}

int
link_find(const char *name, struct link *ret, struct error *err)
{
	struct link__msg m;
	struct ifinfomsg *ifi;
	int r;

	ifi = link__begin(&m, RTM_GETLINK, 0, sizeof(*ifi));
	ifi->ifi_family = AF_UNSPEC;
	link__put(&m, IFLA_IFNAME, name, strlen(name) + 1);
	r = link__talk(&m, link__copy, ret, NULL);
	if (r == -ENODEV)
		return 1;
	if (r < 0)
		return error_errno(err, -r, "looking for interface %s", name);
	return 0;
}

int
link_each(int (*fn)(void *arg, const struct link *l), void *arg,
    struct error *err)
{
	struct link__msg m;
	struct ifinfomsg *ifi;
	int r, stop = 0;

	ifi = link__begin(&m, RTM_GETLINK, NLM_F_DUMP, sizeof(*ifi));
	ifi->ifi_family = AF_UNSPEC;
	r = link__talk(&m, fn, arg, &stop);
	if (r < 0)
		return error_errno(err, -r, "listing the interfaces");
	return stop;
}

int
link_add_bridge(const char *name, const uint8_t mac[LINK_MAC_LEN],
    struct error *err)
{
	struct link__msg m;
	struct ifinfomsg *ifi;
	struct rtattr *info;
	int r;

	ifi = link__begin(&m, RTM_NEWLINK,
	    NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK, sizeof(*ifi));
	ifi->ifi_family = AF_UNSPEC;
	link__put(&m, IFLA_IFNAME, name, strlen(name) + 1);
	link__put(&m, IFLA_ADDRESS, mac, LINK_MAC_LEN);
	info = link__put(&m, IFLA_LINKINFO, NULL, 0);
	link__put(&m, IFLA_INFO_KIND, "bridge", sizeof("bridge"));
	info->rta_len = (uint16_t)(m.u.bytes + m.u.nh.nlmsg_len - (char *)info);
	r = link__talk(&m, NULL, NULL, NULL);
	if (r < 0)
		return error_errno(err, -r, "making bridge %s", name);
	return 0;
}

/* RTM_SETLINK with one attribute, or none for flags alone. */
static int
link__set(int index, unsigned flags, uint16_t type, const void *data,
    size_t len)
{
	struct link__msg m;
	struct ifinfomsg *ifi;

	ifi = link__begin(&m, RTM_SETLINK, NLM_F_ACK, sizeof(*ifi));
	ifi->ifi_family = AF_UNSPEC;
	ifi->ifi_index = index;
	ifi->ifi_flags = flags;
	ifi->ifi_change = flags;
	if (data != NULL)
		link__put(&m, type, data, len);
	return link__talk(&m, NULL, NULL, NULL);
}

int
link_set_alias(int index, const char *alias, struct error *err)
{
	int r = link__set(index, 0, IFLA_IFALIAS, alias, strlen(alias));

	if (r < 0)
		return error_errno(err, -r, "naming interface %d", index);
	return 0;
}

int
link_set_master(int index, int master, struct error *err)
{
	int r = link__set(index, 0, IFLA_MASTER, &master, sizeof(master));

	if (r < 0)
		return error_errno(err, -r, "adding to the bridge");
	return 0;
}

int
link_set_up(int index, struct error *err)
{
	int r = link__set(index, IFF_UP, 0, NULL, 0);

	if (r < 0)
		return error_errno(err, -r, "setting interface %d up", index);
	return 0;
}

int
link_add_addr(int index, uint32_t addr, unsigned prefix, struct error *err)
{
	struct link__msg m;
	struct ifaddrmsg *ifa;
	uint32_t net = htonl(addr), all;
	int r;

	ifa = link__begin(&m, RTM_NEWADDR,
	    NLM_F_CREATE | NLM_F_REPLACE | NLM_F_ACK, sizeof(*ifa));
	ifa->ifa_family = AF_INET;
	ifa->ifa_prefixlen = (uint8_t)prefix;
	ifa->ifa_index = (unsigned)index;
	all = htonl(addr | (UINT32_MAX >> prefix));
	link__put(&m, IFA_LOCAL, &net, sizeof(net));
	link__put(&m, IFA_ADDRESS, &net, sizeof(net));
	link__put(&m, IFA_BROADCAST, &all, sizeof(all));
	r = link__talk(&m, NULL, NULL, NULL);
	if (r < 0 && r != -EEXIST)
		return error_errno(err, -r, "giving the bridge its address");
	return 0;
}

int
link_delete(int index, struct error *err)
{
	struct link__msg m;
	struct ifinfomsg *ifi;
	int r;

	ifi = link__begin(&m, RTM_DELLINK, NLM_F_ACK, sizeof(*ifi));
	ifi->ifi_family = AF_UNSPEC;
	ifi->ifi_index = index;
	r = link__talk(&m, NULL, NULL, NULL);
	if (r < 0 && r != -ENODEV)
		return error_errno(err, -r, "removing interface %d", index);
	return 0;
}
