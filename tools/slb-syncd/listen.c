// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sockets of the daemon. Each is bound to a device of WireGuard, for the protocol has no
 * cryptography of its own: what arrives over such a device comes from the peer that has the
 * address.
 */
#include "listen.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "address.h"
#include "say.h"

#define BACKLOG		16

struct sy_listen sy_listens[SY_LISTEN_MAX];
size_t sy_listen_count;

static bool plain;
static void (*accepted_by)(int fd, const struct ctl_addr *from);

static int set_why(struct sy_listen *listener, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Says why there is no socket, once. */
static int set_why(struct sy_listen *listener, const char *format, ...)
{
	char addr[INET6_ADDRSTRLEN], why[sizeof(listener->why)];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	if (strcmp(why, listener->why))
		dm_say(LOG_ERR, "cannot listen at %s: %s",
		       dm_addr_text(&listener->address.addr, addr, sizeof(addr)), why);
	strcpy(listener->why, why);
	return -1;
}

static void read_sockaddr(const struct sockaddr_storage *from, struct ctl_addr *to)
{
	memset(to, 0, sizeof(*to));
	to->family = from->ss_family;
	if (to->family == AF_INET)
		memcpy(to->bytes, &((const struct sockaddr_in *)(const void *)from)->sin_addr, 4);
	else
		memcpy(to->bytes, &((const struct sockaddr_in6 *)(const void *)from)->sin6_addr,
		       16);
}

static void listen_ready(struct dm_watch *watch, uint32_t events)
{
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);
	struct ctl_addr addr;
	int fd;

	(void)events;
	fd = accept4(watch->fd, (struct sockaddr *)&from, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0)
		return;
	read_sockaddr(&from, &addr);
	accepted_by(fd, &addr);
}

/* ---- sockets */

static int bind_device(int fd, const char *dev)
{
	return setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, dev, (socklen_t)strlen(dev) + 1);
}

static int prepare(struct sy_listen *listener, int fd)
{
	struct sockaddr_storage addr;
	socklen_t len = dm_sockaddr(&listener->address.addr, listener->address.port, &addr);
	int on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (addr.ss_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	return bind_device(fd, listener->dev) || bind(fd, (struct sockaddr *)&addr, len) ||
	       listen(fd, BACKLOG) ? -1 : 0;
}

static int find_device(struct sy_listen *listener)
{
	char kind[32];

	strcpy(listener->dev, listener->address.dev);
	if (!*listener->dev && sy_device_of(&listener->address.addr, listener->dev))
		return set_why(listener, "no device has this address");
	listener->ifindex = if_nametoindex(listener->dev);
	if (!listener->ifindex || sy_device_kind(listener->dev, kind, sizeof(kind)))
		return set_why(listener, "device %s does not exist", listener->dev);
	if (plain || !strcmp(kind, "wireguard"))
		return 0;
	return set_why(listener, "device %s is not a WireGuard device: records would be sent without encryption (\"plain yes\" allows that)",
		       listener->dev);
}

static int open_socket(struct sy_listen *listener)
{
	int fd = socket(listener->address.addr.family,
			SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0 || prepare(listener, fd)) {
		set_why(listener, "%s", strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	listener->watch.ready = listen_ready;
	return dm_watch_open(&listener->watch, fd, EPOLLIN);
}

static void close_listener(struct sy_listen *listener)
{
	dm_watch_close(&listener->watch);
	listener->ifindex = 0;
}

/* Is the device that the socket is bound to still there? */
static bool is_good(const struct sy_listen *listener)
{
	return listener->ifindex && if_nametoindex(listener->dev) == listener->ifindex;
}

/**
 * sy_listen_update() - Open what can be opened, and close what has lost its device.
 *
 * Return: Whether a socket was closed.
 */
bool sy_listen_update(void)
{
	bool closed = false;
	size_t i;

	for (i = 0; i < sy_listen_count; i++) {
		struct sy_listen *listener = &sy_listens[i];
		char addr[INET6_ADDRSTRLEN];

		if (is_good(listener))
			continue;
		closed |= listener->ifindex;
		close_listener(listener);
		if (find_device(listener) || open_socket(listener)) {
			listener->ifindex = 0;
			continue;
		}
		listener->why[0] = '\0';
		dm_say(LOG_INFO, "listening at %s, port %u, device %s",
		       dm_addr_text(&listener->address.addr, addr, sizeof(addr)),
		       listener->address.port, listener->dev);
	}
	return closed;
}

/**
 * sy_listen_use() - Listen as a file says; sy_listen_update() opens the sockets.
 * @config: What it says.
 * @accepted: Called for each connection; it owns the socket.
 */
void sy_listen_use(const struct sy_config *config,
		   void (*accepted)(int fd, const struct ctl_addr *from))
{
	size_t i;

	for (i = 0; i < sy_listen_count; i++)
		close_listener(&sy_listens[i]);
	memset(sy_listens, 0, sizeof(sy_listens));
	plain = config->plain;
	accepted_by = accepted;
	sy_listen_count = config->listens;
	for (i = 0; i < sy_listen_count; i++) {
		sy_listens[i].address = config->listen[i];
		sy_listens[i].watch.fd = -1;
	}
}

static const struct sy_listen *find_listener(int family)
{
	size_t i;

	for (i = 0; i < sy_listen_count; i++)
		if (sy_listens[i].ifindex && sy_listens[i].address.addr.family == family)
			return &sy_listens[i];
	return NULL;
}

static int connect_from(const struct sy_listen *listener, int fd, const struct ctl_addr *to,
			uint16_t port)
{
	struct sockaddr_storage addr;
	socklen_t len = dm_sockaddr(&listener->address.addr, 0, &addr);

	if (bind_device(fd, listener->dev) || bind(fd, (struct sockaddr *)&addr, len))
		return -1;
	len = dm_sockaddr(to, port, &addr);
	return connect(fd, (struct sockaddr *)&addr, len) && errno != EINPROGRESS ? -1 : 0;
}

/**
 * sy_connect() - Begin to connect to a peer, from the address and over the device of a listener.
 * @addr: The address of the peer.
 * @port: Its port.
 * @why: Says why that is not possible.
 * @len: Bytes of @why.
 *
 * Return: The socket, or -1.
 */
int sy_connect(const struct ctl_addr *addr, uint16_t port, char *why, size_t len)
{
	const struct sy_listen *listener = find_listener(addr->family);
	int fd;

	if (!listener) {
		snprintf(why, len, "no socket listens at an %s address", ctl_addr_family(addr));
		return -1;
	}
	fd = socket(addr->family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd >= 0 && !connect_from(listener, fd, addr, port))
		return fd;
	snprintf(why, len, "%s", strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}
