/* SPDX-License-Identifier: ISC */
#include "dns.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"

#define DNS_TEXT_MAX 16384
#define DNS_BLANKS " \t"

/* The address of a line "nameserver ADDRESS", if guests can reach it. */
static bool
dns__server(const char *line, size_t len, char ret[INET_ADDRSTRLEN])
{
	static const char word[] = "nameserver";
	const char *end = line + len;
	struct in_addr in;
	size_t n;

	if (len <= sizeof(word) || memcmp(line, word, sizeof(word) - 1) != 0 ||
	    strchr(DNS_BLANKS, line[sizeof(word) - 1]) == NULL)
		return false;
	line += sizeof(word) - 1;
	while (line < end && strchr(DNS_BLANKS, *line) != NULL)
		line++;
	n = strcspn(line, DNS_BLANKS "\r\n");
	if (n >= INET_ADDRSTRLEN || line + n > end)
		return false;
	memcpy(ret, line, n);
	ret[n] = '\0';
	return inet_pton(AF_INET, ret, &in) == 1 &&
	    ntohl(in.s_addr) >> 24 != IN_LOOPBACKNET && in.s_addr != INADDR_ANY;
}

size_t
dns_servers(const char *text, struct buf *out)
{
	char address[INET_ADDRSTRLEN];
	size_t n = 0, len;

	for (; *text != '\0' && n < DNS_SERVERS_MAX;
	     text += text[len] == '\n' ? len + 1 : len) {
		len = strcspn(text, "\n");
		if (dns__server(text, len, address))
			buf_printf(out, "%s%s", n++ > 0 ? "," : "", address);
	}
	return n;
}

static size_t
dns__file(const char *path, struct buf *out)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[DNS_TEXT_MAX + 1];
	ssize_t n = fd >= 0 ? read(fd, text, DNS_TEXT_MAX) : -1;

	if (n < 0)
		return 0;
	text[n] = '\0';
	return dns_servers(text, out);
}

size_t
dns_of_host(struct buf *out)
{
	size_t n = dns__file("/etc/resolv.conf", out);

	return n > 0 ? n : dns__file("/run/systemd/resolve/resolv.conf", out);
}
