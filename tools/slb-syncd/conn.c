// SPDX-License-Identifier: GPL-2.0-only
/* The connection with a peer: its bytes, how it begins and ends. */
#include "peer.h"

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

#define BACKOFF_MIN	200	/* milliseconds */
#define BACKOFF_MAX	5000
#define OTHER_FIRST	3000	/* so long the end with the smaller name is alone in connecting */

/* ---- the end */

/* The end with the larger name waits: in most cases the other one connects meanwhile. */
static void plan_retry(struct sy_peer *peer)
{
	bool first = strcmp(sy_name, peer->node.name) < 0;

	if (peer->backoff < BACKOFF_MIN)
		peer->backoff = BACKOFF_MIN;
	peer->retry_at = dm_now() + peer->backoff + (first ? 0 : OTHER_FIRST);
	peer->backoff = peer->backoff * 2 < BACKOFF_MAX ? peer->backoff * 2 : BACKOFF_MAX;
}

/* Frees what the connection has; the peer begins again. */
static void drop(struct sy_peer *peer)
{
	if (peer->watch.fd >= 0)
		peer->count.dropped += peer->connected;
	dm_watch_close(&peer->watch);
	sy_send_stop(peer);
	peer->connected = false;
	peer->greeted = false;
	peer->closing = false;
	peer->synced = 0;
	peer->mark = 0;
	peer->in_number = 0;
	peer->taking = false;
	peer->taken = false;
	peer->whole = false;
	peer->in_used = 0;
	peer->out_begin = 0;
	peer->out_used = 0;
	plan_retry(peer);
}

/**
 * sy_conn_close() - End a connection.
 * @peer: The peer.
 * @format: Why, as for printf().
 */
void sy_conn_close(struct sy_peer *peer, const char *format, ...)
{
	char why[SY_TEXT_LEN];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	/* while nobody answers, the same text comes again and again */
	if ((peer->connected || strcmp(why, peer->why)) && dm_limit_pass(&peer->limit))
		dm_say(LOG_NOTICE, "peer %s: no connection: %s", peer->node.name, why);
	strcpy(peer->why, why);
	peer->refused = false;
	drop(peer);
}

/**
 * sy_conn_refuse() - Tell a peer why it is refused, and end the connection.
 * @peer: The peer.
 * @format: Why, as for printf().
 */
void sy_conn_refuse(struct sy_peer *peer, const char *format, ...)
{
	char why[SY_TEXT_LEN];
	va_list args;
	uint8_t *to;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	if (dm_limit_pass(&peer->limit))
		dm_say(LOG_ERR, "peer %s is refused: %s", peer->node.name, why);
	to = sy_conn_room(peer, sizeof(struct sy_head) + SY_TEXT_LEN);
	if (to)
		sy_conn_put(peer, sy_put_refuse(to, why));
	peer->closing = true;
	sy_conn_flush(peer);
	strcpy(peer->why, why);
	drop(peer);
	peer->refused = true;
}

/**
 * sy_conn_invalid() - End a connection on which came what is no message.
 * @peer: The peer.
 * @why: What is wrong.
 */
void sy_conn_invalid(struct sy_peer *peer, const char *why)
{
	peer->count.invalid++;
	sy_conn_refuse(peer, "%s", why);
}

/* ---- sending */

static void want_events(struct sy_peer *peer)
{
	uint32_t events = EPOLLIN;

	if (!peer->connected || peer->out_begin < peer->out_used)
		events |= EPOLLOUT;
	if (events != peer->wanted)
		dm_watch_change(&peer->watch, events);
	peer->wanted = events;
}

/**
 * sy_conn_room() - Find room for a message.
 * @peer: The peer.
 * @len: Bytes that it has at most.
 *
 * Return: Where to put it, or NULL.
 */
uint8_t *sy_conn_room(struct sy_peer *peer, size_t len)
{
	if (peer->out_begin && peer->out_used + len > sizeof(peer->out)) {
		memmove(peer->out, peer->out + peer->out_begin, peer->out_used - peer->out_begin);
		peer->out_used -= peer->out_begin;
		peer->out_begin = 0;
	}
	return peer->out_used + len <= sizeof(peer->out) ? peer->out + peer->out_used : NULL;
}

/**
 * sy_conn_put() - Send a message; sy_conn_flush() does it.
 * @peer: The peer.
 * @len: Bytes of the message at sy_conn_room().
 */
void sy_conn_put(struct sy_peer *peer, size_t len)
{
	peer->out_used += len;
}

/**
 * sy_conn_flush() - Send as much as possible.
 * @peer: The peer.
 */
void sy_conn_flush(struct sy_peer *peer)
{
	ssize_t sent;

	if (peer->watch.fd < 0 || !peer->connected)
		return;
	while (peer->out_begin < peer->out_used) {
		sent = send(peer->watch.fd, peer->out + peer->out_begin,
			    peer->out_used - peer->out_begin, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent <= 0)
			break;
		peer->out_begin += (size_t)sent;
		peer->said = dm_now();
	}
	if (peer->out_begin == peer->out_used) {
		peer->out_begin = 0;
		peer->out_used = 0;
	}
	/* what is wrong with the socket is found when it is read */
	if (!peer->closing)
		want_events(peer);
}

/* ---- receiving */

/* Takes whole messages. Return: -1 when the connection has ended. */
static int take_messages(struct sy_peer *peer)
{
	/* too large for the stack of each call, and in use by one at a time */
	static struct sy_message message;
	char why[SY_TEXT_LEN];
	int fd = peer->watch.fd;
	size_t used = 0;
	ssize_t len;

	while ((len = sy_message_read(peer->in + used, peer->in_used - used, &message, why)) > 0) {
		sy_take(peer, &message);
		if (peer->watch.fd != fd)
			return -1;
		used += (size_t)len;
	}
	if (len < 0) {
		sy_conn_invalid(peer, why);
		return -1;
	}
	memmove(peer->in, peer->in + used, peer->in_used - used);
	peer->in_used -= used;
	return 0;
}

static void receive(struct sy_peer *peer)
{
	ssize_t got = recv(peer->watch.fd, peer->in + peer->in_used,
			   sizeof(peer->in) - peer->in_used, MSG_DONTWAIT);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		sy_conn_close(peer, "%s", got ? strerror(errno) : "the peer has closed it");
		return;
	}
	peer->heard = dm_now();
	peer->in_used += (size_t)got;
	if (!take_messages(peer))
		sy_send_more(peer);
}

/* ---- the beginning */

static void say_hello(struct sy_peer *peer)
{
	static struct sy_hello hello;
	uint8_t *to = sy_conn_room(peer, SY_HELLO_MAX);
	struct sy_records present = { 0 };

	if (sy_role == SY_BALANCER && sy_self.loaded && sy_self.wait)
		sy_kernel_changes(NULL, &present);
	strcpy(hello.name, sy_name);
	hello.role = sy_role;
	hello.behind = present.behind;
	hello.vips_id = sy_self.vips_id;
	hello.own = sy_self.own;
	hello.adopted = sy_self.adopted;
	if (to)
		sy_conn_put(peer, sy_put_hello(to, &hello));
}

static void established(struct sy_peer *peer)
{
	int on = 1;

	setsockopt(peer->watch.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	peer->connected = true;
	peer->heard = dm_now();
	say_hello(peer);
	sy_conn_flush(peer);
}

static void conn_ready(struct dm_watch *watch, uint32_t events)
{
	struct sy_peer *peer = DM_OF(watch, struct sy_peer, watch);
	int error;

	if (!peer->connected) {
		error = dm_socket_error(watch->fd);
		if (error || !(events & EPOLLOUT)) {
			sy_conn_close(peer, "%s", strerror(error ?: ECONNREFUSED));
			return;
		}
		established(peer);
	} else if (events & EPOLLOUT) {
		sy_conn_flush(peer);
		sy_send_more(peer);
	}
	if (watch->fd >= 0 && events & (EPOLLIN | EPOLLERR | EPOLLHUP))
		receive(peer);
}

/**
 * sy_conn_open() - Begin a connection in place of the one that there may be.
 * @peer: The peer.
 * @fd: The socket, owned by the connection.
 * @outgoing: This end has made it: it may not be established yet.
 */
void sy_conn_open(struct sy_peer *peer, int fd, bool outgoing)
{
	if (peer->watch.fd >= 0)
		drop(peer);
	peer->outgoing = outgoing;
	peer->opened = dm_now();
	peer->heard = dm_now();
	peer->watch.ready = conn_ready;
	peer->wanted = EPOLLIN | EPOLLOUT;
	if (dm_watch_open(&peer->watch, fd, peer->wanted))
		sy_conn_close(peer, "%s", strerror(errno));
	else if (!outgoing)
		established(peer);
}
