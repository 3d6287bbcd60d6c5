// SPDX-License-Identifier: GPL-2.0-only
/* Checks by an echo request, from a ping socket, or a raw one where there are none. */
#include "target.h"

#include <errno.h>
#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <string.h>

#define ECHO_LEN	64
#define IP_LEN_MIN	20

/* Of ICMP and ICMPv6 alike. */
struct echo {
	uint8_t type;
	uint8_t code;
	uint16_t checksum;
	uint16_t id;
	uint16_t sequence;
	uint8_t payload[ECHO_LEN - 8];
};

static bool is_raw(int fd)
{
	socklen_t len = sizeof(int);
	int type = SOCK_DGRAM;

	getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len);
	return type == SOCK_RAW;
}

static uint16_t checksum(const void *from, size_t len)
{
	const uint8_t *byte = from;
	uint32_t sum = 0;
	uint16_t word;

	for (; len > 1; len -= 2, byte += 2) {
		memcpy(&word, byte, sizeof(word));
		sum += word;
	}
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* A raw socket hears all replies that the host gets: nothing else, at least. */
static void only_replies(int fd, bool v6)
{
	struct icmp_filter filter = { .data = ~(1U << ICMP_ECHOREPLY) };
	struct icmp6_filter filter6;

	if (!v6) {
		setsockopt(fd, SOL_RAW, ICMP_FILTER, &filter, sizeof(filter));
		return;
	}
	ICMP6_FILTER_SETBLOCKALL(&filter6);
	ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &filter6);
	setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter6, sizeof(filter6));
}

/* Where the echo begins: raw IPv4 sockets give the IP header, too. */
static ssize_t skip_header(const uint8_t *packet, ssize_t len, bool v6, bool raw)
{
	if (v6 || !raw)
		return 0;
	return len < IP_LEN_MIN ? len : (packet[0] & 0x0f) * 4;
}

static void icmp_ready(struct dm_watch *watch, uint32_t events)
{
	struct hd_target *target = DM_OF(watch, struct hd_target, watch);
	bool v6 = target->addr.family == AF_INET6, raw = is_raw(watch->fd);
	uint8_t packet[128];
	ssize_t len = recv(watch->fd, packet, sizeof(packet), 0), skip;
	struct echo reply;

	(void)events;
	if (len < 0) {
		if (errno != EAGAIN)
			hd_target_failed(target, errno);
		return;
	}
	skip = skip_header(packet, len, v6, raw);
	if (len - skip < (ssize_t)offsetof(struct echo, payload) + (ssize_t)sizeof(void *))
		return;
	memcpy(&reply, packet + skip, offsetof(struct echo, payload) + sizeof(void *));
	/* The payload names the target, for the identifier of a ping socket is not ours. */
	if (reply.type == (v6 ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY) &&
	    reply.sequence == htons(target->number) &&
	    !memcmp(reply.payload, &target, sizeof(target)))
		hd_target_good(target);
}

static int open_echo(struct hd_target *target, int protocol)
{
	if (!hd_target_connect(target, SOCK_DGRAM, protocol, EPOLLIN))
		return 0;
	if (errno != EACCES && errno != EPROTONOSUPPORT)
		return -1;
	if (hd_target_connect(target, SOCK_RAW, protocol, EPOLLIN))
		return -1;
	only_replies(target->watch.fd, target->addr.family == AF_INET6);
	return 0;
}

static void icmp_start(struct hd_target *target)
{
	bool v6 = target->addr.family == AF_INET6;
	struct echo echo = {
		.type = v6 ? ICMP6_ECHO_REQUEST : ICMP_ECHO,
		.id = htons((uint16_t)((uintptr_t)target >> 6)),
		.sequence = htons(target->number),
	};
	int error;

	memcpy(echo.payload, &target, sizeof(target));
	if (!v6)
		echo.checksum = checksum(&echo, sizeof(echo));
	target->watch.ready = icmp_ready;
	if (open_echo(target, v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP) ||
	    send(target->watch.fd, &echo, sizeof(echo), MSG_NOSIGNAL) < 0) {
		error = errno;
		hd_target_failed(target, error);
	}
}

static void icmp_stop(struct hd_target *target)
{
	dm_watch_close(&target->watch);
}

const struct hd_kind hd_kind_icmp = {
	.start = icmp_start,
	.stop = icmp_stop,
};
