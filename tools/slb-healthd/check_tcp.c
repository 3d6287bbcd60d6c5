// SPDX-License-Identifier: GPL-2.0-only
/* Checks by a TCP connection, which is reset at once. Their sockets are used again. */
#include "server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"

#define IDLE_MAX	128	/* idle sockets of a path */
#define PORT_MAX	128	/* sockets of these whose port is bound */
#define SOURCES_MAX	64	/* paths of no link */

/**
 * struct tcp_socket - A socket of checks, one after the other.
 * @watch: It.
 * @target: The target whose check it is in; NULL: it is idle.
 * @next: The next idle one.
 * @path: Those that it belongs to; NULL: not yet known, as the host chooses the source.
 * @port: Its port is bound.
 * @age: That of all sockets when it was made.
 */
struct tcp_socket {
	struct dm_watch watch;
	struct hd_target *target;
	struct tcp_socket *next;
	struct tcp_path *path;
	bool port;
	unsigned int age;
};

/**
 * struct tcp_path - The sockets with the same source and, if they have one, the same link.
 * @source: The source.
 * @idle: Those that are idle, the one to be used next first.
 * @last: Where the next one of the last of them is.
 * @count: How many are idle.
 * @ports: Of how many the port is bound.
 */
struct tcp_path {
	struct ctl_addr source;
	struct tcp_socket *idle;
	struct tcp_socket **last;
	unsigned int count;
	unsigned int ports;
};

/*
 * A host that has chosen the source of a connection once need not do so again: that takes long over
 * IPv6. The target remembers the path until a check fails.
 */
static struct {
	struct tcp_path link[HD_LINKS_MAX][2];
	struct tcp_path source[SOURCES_MAX];
	size_t sources;
	unsigned int age;
} tcp;

/* Return: NULL when the host has to choose the source. */
static struct tcp_path *path_of(const struct hd_target *target)
{
	const struct ctl_addr *source = hd_target_source(target);
	struct tcp_path *path;

	if (!source)
		return target->path;
	path = &tcp.link[target->link - hd_links][target->addr.family == AF_INET6];
	path->source = *source;
	return path;
}

/* Return: the path of a source that the host has chosen, or NULL when there are too many. */
static struct tcp_path *path_from(const struct ctl_addr *source)
{
	struct tcp_path *path = tcp.source;

	while (path < tcp.source + tcp.sources &&
	       (path->source.family != source->family ||
		memcmp(path->source.bytes, source->bytes, sizeof(source->bytes))))
		path++;
	if (path < tcp.source + tcp.sources)
		return path;
	if (tcp.sources == SOURCES_MAX)
		return NULL;
	tcp.sources++;
	path->source = *source;
	return path;
}

/*
 * Without an acknowledgment of its SYN-ACK the server has not even a connection, and its program no
 * work. TCP_DEFER_ACCEPT delays that acknowledgment, as TCP_QUICKACK does, but for all connections
 * of the socket.
 */
static void tcp_options(int fd)
{
	static const struct linger at_once = { .l_onoff = 1 };
	static const int later = 1;

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	setsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &later, sizeof(later));
}

/* Return: the port of a connection, network order, or 0. Sets @source to its own address. */
static in_port_t tcp_own_end(int fd, struct ctl_addr *source)
{
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} addr = { 0 };
	socklen_t len = sizeof(addr);

	memset(source, 0, sizeof(*source));
	if (getsockname(fd, &addr.any, &len))
		return 0;
	source->family = addr.any.sa_family;
	if (source->family == AF_INET)
		memcpy(source->bytes, &addr.in.sin_addr, sizeof(addr.in.sin_addr));
	else
		memcpy(source->bytes, &addr.in6.sin6_addr, sizeof(addr.in6.sin6_addr));
	/* The port is at the same place in both families. */
	return addr.in6.sin6_port;
}

/*
 * With a port that is bound, each connection of a socket saves the search for one, and the second
 * look at the routes that follows. These ports are few: a host with many servers that do not answer
 * needs the others for the connections to these.
 */
static void tcp_keep_port(struct tcp_socket *socket, in_port_t port)
{
	struct tcp_path *path = socket->path;
	struct sockaddr_storage addr;
	socklen_t len;

	if (!port || path->ports >= PORT_MAX)
		return;
	len = dm_sockaddr(&path->source, ntohs(port), &addr);
	if (bind(socket->watch.fd, (struct sockaddr *)&addr, len))
		return;
	socket->port = true;
	path->ports++;
}

/* Return: whether the socket belongs to a path that its next connection will have. */
static bool tcp_keep_path(struct tcp_socket *socket, struct hd_target *target,
			  const struct ctl_addr *source)
{
	if (socket->path)
		return true;
	socket->path = path_from(source);
	target->path = socket->path;
	return socket->path;
}

static void tcp_close(struct tcp_socket *socket)
{
	if (socket->port)
		socket->path->ports--;
	dm_watch_close(&socket->watch);
	free(socket);
}

/* An end of the connection by a reset leaves no TIME_WAIT, and the socket as it was when bound. */
static void tcp_release(struct tcp_socket *socket)
{
	static const struct sockaddr none = { .sa_family = AF_UNSPEC };
	bool fresh = !socket->path;
	bool more = fresh || (!socket->port && socket->path->ports < PORT_MAX);
	struct ctl_addr source;
	in_port_t port = more ? tcp_own_end(socket->watch.fd, &source) : 0;
	struct tcp_path *path;

	dm_watch_rest(&socket->watch);
	if (socket->age != tcp.age || !tcp_keep_path(socket, socket->target, &source) ||
	    socket->path->count == IDLE_MAX || connect(socket->watch.fd, &none, sizeof(none))) {
		tcp_close(socket);
		return;
	}
	path = socket->path;
	socket->target = NULL;
	socket->next = NULL;
	if (more)
		tcp_keep_port(socket, port);
	/* without a port, the next connection could have another source */
	if (fresh && !socket->port) {
		tcp_close(socket);
		return;
	}
	if (!path->count++)
		path->last = &path->idle;
	*path->last = socket;
	path->last = &socket->next;
}

/* A check that has failed keeps no socket: what it is bound to may be what is wrong. */
static void tcp_end(struct hd_target *target, int error)
{
	struct tcp_socket *socket = target->own;

	target->own = NULL;
	if (error) {
		target->path = NULL;
		if (socket)
			tcp_close(socket);
		hd_target_failed(target, error);
		return;
	}
	tcp_release(socket);
	hd_target_good(target);
}

static void tcp_ready(struct dm_watch *watch, uint32_t events)
{
	struct tcp_socket *socket = DM_OF(watch, struct tcp_socket, watch);
	int error = 0;

	if (events & (EPOLLERR | EPOLLHUP)) {
		error = dm_socket_error(watch->fd);
		if (!error)
			return;
	}
	tcp_end(socket->target, error);
}

/* The one that has been idle for longest, so that a server sees a port again late. */
static struct tcp_socket *tcp_idle(struct tcp_path *path)
{
	struct tcp_socket *socket = path->idle;

	if (!socket)
		return NULL;
	path->idle = socket->next;
	path->count--;
	return socket;
}

/* The source may be one that the host has chosen before. */
static int tcp_bind(const struct hd_target *target, const struct tcp_path *path, int fd)
{
	struct sockaddr_storage addr;
	socklen_t len;
	int on = 1;

	if (!path || target->link)
		return 0;
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
	len = dm_sockaddr(&path->source, 0, &addr);
	return bind(fd, (struct sockaddr *)&addr, len);
}

/* Return: a socket, or NULL with errno set. */
static struct tcp_socket *tcp_make(const struct hd_target *target)
{
	struct tcp_socket *socket = calloc(1, sizeof(*socket));
	int fd, error;

	if (!socket)
		return NULL;
	socket->watch.fd = -1;
	socket->watch.ready = tcp_ready;
	socket->path = path_of(target);
	socket->age = tcp.age;
	fd = hd_target_socket(target, SOCK_STREAM, 0);
	socket->watch.fd = fd;
	if (fd >= 0 && !tcp_bind(target, socket->path, fd)) {
		tcp_options(fd);
		return socket;
	}
	error = errno;
	tcp_close(socket);
	errno = error;
	return NULL;
}

/* Return: 0, 1 when it is connected already, or -1 with errno set. */
static int tcp_connect(struct hd_target *target, struct tcp_socket *socket)
{
	struct sockaddr_storage addr;
	socklen_t len = dm_sockaddr(&target->addr, target->port, &addr);

	socket->target = target;
	target->own = socket;
	if (!connect(socket->watch.fd, (struct sockaddr *)&addr, len))
		return 1;
	return errno == EINPROGRESS && !dm_watch_soon(&socket->watch, EPOLLOUT) ? 0 : -1;
}

static void tcp_start(struct hd_target *target)
{
	struct tcp_path *path = path_of(target);
	struct tcp_socket *socket = path ? tcp_idle(path) : NULL;
	int connected = -1;

	if (socket) {
		connected = tcp_connect(target, socket);
		if (connected < 0) {
			target->own = NULL;
			tcp_close(socket);
		}
	}
	/* The path of an idle socket may have changed; that of a new one is what it is. */
	if (connected < 0) {
		if (socket)
			target->path = NULL;
		socket = tcp_make(target);
		connected = socket ? tcp_connect(target, socket) : -1;
	}
	if (connected)
		tcp_end(target, connected < 0 ? errno : 0);
}

static void tcp_stop(struct hd_target *target)
{
	tcp_close(target->own);
	target->own = NULL;
	target->path = NULL;
}

/**
 * hd_tcp_forget() - Use no socket again that was made before, as links have changed.
 */
void hd_tcp_forget(void)
{
	struct tcp_socket *socket;
	size_t i;

	tcp.age++;
	for (i = 0; i < 2 * HD_LINKS_MAX; i++)
		while ((socket = tcp_idle(&tcp.link[i / 2][i % 2])))
			tcp_close(socket);
	for (i = 0; i < tcp.sources; i++)
		while ((socket = tcp_idle(&tcp.source[i])))
			tcp_close(socket);
}

const struct hd_kind hd_kind_tcp = {
	.start = tcp_start,
	.stop = tcp_stop,
};
