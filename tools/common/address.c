// SPDX-License-Identifier: GPL-2.0-only
/* Addresses and errors of sockets. */
#include "address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

/**
 * dm_sockaddr() - An address for the kernel.
 * @addr: The address.
 * @port: The port, host order.
 * @to: Where to put it.
 *
 * Return: Its length.
 */
socklen_t dm_sockaddr(const struct ctl_addr *addr, uint16_t port, struct sockaddr_storage *to)
{
	struct sockaddr_in6 *in6 = (void *)to;
	struct sockaddr_in *in = (void *)to;

	memset(to, 0, sizeof(*to));
	to->ss_family = (sa_family_t)addr->family;
	if (addr->family == AF_INET) {
		in->sin_port = htons(port);
		memcpy(&in->sin_addr, addr->bytes, 4);
		return sizeof(*in);
	}
	in6->sin6_port = htons(port);
	memcpy(&in6->sin6_addr, addr->bytes, 16);
	return sizeof(*in6);
}

/**
 * dm_addr_text() - An address as text.
 * @addr: The address.
 * @text: Where to put it.
 * @len: Bytes of @text.
 *
 * Return: @text.
 */
const char *dm_addr_text(const struct ctl_addr *addr, char *text, size_t len)
{
	if (!inet_ntop(addr->family, addr->bytes, text, (socklen_t)len))
		text[0] = '\0';
	return text;
}

/**
 * dm_socket_error() - The error of a socket, which is no more afterwards.
 * @fd: The socket.
 *
 * Return: Positive errno, or 0.
 */
int dm_socket_error(int fd)
{
	socklen_t len = sizeof(int);
	int error = 0;

	getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
	return error;
}
