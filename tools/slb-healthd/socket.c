// SPDX-License-Identifier: GPL-2.0-only
/* Sockets of checks, which leave by the link of their target. */
#include "target.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "address.h"

/**
 * hd_target_source() - The source address of the checks of a target.
 * @target: The target.
 *
 * Return: The address, or NULL: the host chooses one.
 */
const struct ctl_addr *hd_target_source(const struct hd_target *target)
{
	const struct ctl_addr *host;

	if (!target->link)
		return NULL;
	host = &target->link->host[target->addr.family == AF_INET6];
	return host->family ? host : NULL;
}

/**
 * hd_target_bind() - Send by the link of a target, from the host's address of the link.
 * @target: The target.
 * @fd: Socket.
 *
 * Return: 0, or -1 with errno set.
 */
int hd_target_bind(const struct hd_target *target, int fd)
{
	const struct ctl_addr *source = hd_target_source(target);
	struct sockaddr_storage addr;
	socklen_t len;
	int on = 1;

	if (!source)
		return 0;
	if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, target->link->dev,
		       (socklen_t)strlen(target->link->dev) + 1))
		return -1;
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
	len = dm_sockaddr(source, 0, &addr);
	return bind(fd, (struct sockaddr *)&addr, len);
}

/**
 * hd_target_socket() - Make a socket for a target.
 * @target: The target.
 * @type: SOCK_STREAM and so on.
 * @protocol: The protocol, 0 for the usual one.
 *
 * Return: The socket, or -1 with errno set.
 */
int hd_target_socket(const struct hd_target *target, int type, int protocol)
{
	int fd = socket(target->addr.family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
	int error;

	if (fd < 0 || !hd_target_bind(target, fd))
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

/**
 * hd_target_connect() - Make a socket for a target, connect it, and wait for events.
 * @target: The target, whose watch has its function.
 * @type: SOCK_STREAM and so on.
 * @protocol: The protocol, 0 for the usual one.
 * @events: Events of epoll(7).
 *
 * Return: 0, or -1 with errno set.
 */
int hd_target_connect(struct hd_target *target, int type, int protocol, uint32_t events)
{
	int fd = hd_target_socket(target, type, protocol);
	struct sockaddr_storage addr;
	socklen_t len;

	if (fd < 0)
		return -1;
	len = dm_sockaddr(&target->addr, target->port, &addr);
	if (connect(fd, (struct sockaddr *)&addr, len) && errno != EINPROGRESS) {
		int error = errno;

		close(fd);
		errno = error;
		return -1;
	}
	return dm_watch_open(&target->watch, fd, events);
}

/**
 * hd_target_proxy() - Write the PROXY header of a check, if it has one.
 * @target: The target.
 * @to: Where to; %HD_PROXY_LEN bytes.
 *
 * The header is of version 2 and has the command LOCAL, which is for the sender's own connections:
 * the server takes the addresses of the socket.
 *
 * Return: Its length, or 0.
 */
size_t hd_target_proxy(const struct hd_target *target, void *to)
{
	static const char header[HD_PROXY_LEN] = "\r\n\r\n\0\r\nQUIT\n\x20";

	if (!target->check->proxy)
		return 0;
	memcpy(to, header, sizeof(header));
	return sizeof(header);
}
