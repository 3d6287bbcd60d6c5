// SPDX-License-Identifier: GPL-2.0-only
/* Checks by a TCP connection, which is reset at once. */
#include "target.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

/*
 * Closed by a reset, so there is no TIME_WAIT here. Without an acknowledgment of its SYN-ACK the
 * server has not even a connection, and its program no work.
 */
static void tcp_prepare(int fd)
{
	static const struct linger at_once = { .l_onoff = 1 };
	static const int later;

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &later, sizeof(later));
}

static void tcp_end(struct hd_target *target, int error)
{
	if (error)
		hd_target_failed(target, error);
	else
		hd_target_done(target, HD_GOOD, "%s", "");
}

static void tcp_ready(struct hd_watch *watch, uint32_t events)
{
	int error = events & (EPOLLERR | EPOLLHUP) ? hd_socket_error(watch->fd) : 0;

	tcp_end(HD_OF(watch, struct hd_target, watch), error);
}

static void tcp_start(struct hd_target *target)
{
	target->watch.ready = tcp_ready;
	if (hd_target_connect(target, SOCK_STREAM, 0, EPOLLOUT | EPOLLONESHOT))
		tcp_end(target, errno);
}

static void tcp_stop(struct hd_target *target)
{
	hd_watch_close(&target->watch);
}

const struct hd_kind hd_kind_tcp = {
	.start = tcp_start,
	.stop = tcp_stop,
	.prepare = tcp_prepare,
};
