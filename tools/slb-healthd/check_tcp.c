// SPDX-License-Identifier: GPL-2.0-only
/* Checks by a TCP connection, which is reset at once. Their sockets are used again. */
#include "server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>

#include "address.h"

#define IDLE_MAX	128	/* idle sockets of a path and a family */
#define PORT_MAX	128	/* sockets of these whose port is bound */

/**
 * struct tcp_socket - A socket of checks, one after the other.
 * @watch: It, in the loop for as long as it is open.
 * @target: The target whose check it is in; NULL: it is idle.
 * @next: The next idle one.
 * @path: Those that it belongs to.
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
 * struct tcp_path - The sockets of a link and a family.
 * @idle: Those that are idle, the one to be used next first.
 * @last: Where the next one of the last of them is.
 * @count: How many are idle.
 * @ports: Of how many the port is bound.
 */
struct tcp_path {
	struct tcp_socket *idle;
	struct tcp_socket **last;
	unsigned int count;
	unsigned int ports;
};

/* The last two are those of no link. */
static struct {
	struct tcp_path path[HD_LINKS_MAX + 1][2];
	unsigned int age;
} tcp;

static struct tcp_path *path_of(const struct hd_target *target)
{
	size_t link = target->link ? (size_t)(target->link - hd_links) : HD_LINKS_MAX;

	return &tcp.path[link][target->addr.family == AF_INET6];
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

/* Return: the port of a connection, network order, or 0. */
static in_port_t tcp_port(int fd)
{
	struct sockaddr_in6 addr = { 0 };
	socklen_t len = sizeof(addr);

	/* The port is at the same place in both families. */
	return getsockname(fd, (struct sockaddr *)&addr, &len) ? 0 : addr.sin6_port;
}

/*
 * With a port that is bound, each connection of a socket saves the search for one, and the second
 * look at the routes that follows. These ports are few: a host with many servers that do not answer
 * needs the others for the connections to these.
 */
static void tcp_keep_port(struct tcp_socket *socket, const struct hd_target *target, in_port_t port)
{
	static const struct ctl_addr any[2] = { { .family = AF_INET }, { .family = AF_INET6 } };
	const struct ctl_addr *source = hd_target_source(target);
	struct sockaddr_storage addr;
	socklen_t len = dm_sockaddr(source ?: &any[target->addr.family == AF_INET6], ntohs(port),
				    &addr);

	if (!port || bind(socket->watch.fd, (struct sockaddr *)&addr, len))
		return;
	socket->port = true;
	socket->path->ports++;
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
	const struct hd_target *target = socket->target;
	struct tcp_path *path = socket->path;
	bool keep = !socket->port && path->ports < PORT_MAX;
	in_port_t port = keep ? tcp_port(socket->watch.fd) : 0;

	socket->target = NULL;
	socket->next = NULL;
	if (socket->age != tcp.age || path->count == IDLE_MAX ||
	    connect(socket->watch.fd, &none, sizeof(none))) {
		tcp_close(socket);
		return;
	}
	if (keep)
		tcp_keep_port(socket, target, port);
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

	/* The end of the latest connection is an event, too. */
	if (!socket->target)
		return;
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
	if (fd >= 0) {
		tcp_options(fd);
		if (!dm_watch_open(&socket->watch, fd, EPOLLOUT | EPOLLET))
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
	return errno == EINPROGRESS ? 0 : -1;
}

static void tcp_start(struct hd_target *target)
{
	struct tcp_socket *socket = tcp_idle(path_of(target));
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
}

/**
 * hd_tcp_forget() - Use no socket again that was made before, as links have changed.
 */
void hd_tcp_forget(void)
{
	struct tcp_socket *socket;
	size_t i;

	tcp.age++;
	for (i = 0; i < 2 * (HD_LINKS_MAX + 1); i++)
		while ((socket = tcp_idle(&tcp.path[i / 2][i % 2])))
			tcp_close(socket);
}

const struct hd_kind hd_kind_tcp = {
	.start = tcp_start,
	.stop = tcp_stop,
};
