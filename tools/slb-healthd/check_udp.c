// SPDX-License-Identifier: GPL-2.0-only
/* Checks by a datagram: any answer is good, a DNS server has to answer the query. */
#include "target.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#define DNS_HEADER	12
#define DNS_LEN		HD_SEND_MAX	/* 512 bytes are the limit of DNS over UDP, too */
#define DNS_ANSWER	0x80	/* QR of the first byte of flags */
#define DNS_RCODE	0x0f	/* in the second one */
#define DNS_NXDOMAIN	3
#define DNS_TYPE_A	1
#define DNS_TYPE_NS	2
#define DNS_CLASS_IN	1

static void send_to(struct hd_target *target, const void *bytes, size_t len)
{
	uint8_t datagram[HD_PROXY_LEN + HD_SEND_MAX];
	size_t header = hd_target_proxy(target, datagram);
	int error;

	memcpy(datagram + header, bytes, len);
	if (hd_target_connect(target, SOCK_DGRAM, 0, EPOLLIN) ||
	    send(target->watch.fd, datagram, header + len, MSG_NOSIGNAL) < 0) {
		error = errno;
		hd_target_failed(target, error);
	}
}

static void udp_stop(struct hd_target *target)
{
	dm_watch_close(&target->watch);
}

static void udp_ready(struct dm_watch *watch, uint32_t events)
{
	struct hd_target *target = DM_OF(watch, struct hd_target, watch);
	char byte;

	(void)events;
	if (recv(watch->fd, &byte, sizeof(byte), MSG_TRUNC) >= 0)
		hd_target_good(target);
	else if (errno != EAGAIN)
		hd_target_failed(target, errno);
}

static void udp_start(struct hd_target *target)
{
	target->watch.ready = udp_ready;
	send_to(target, target->check->send, target->check->send_len);
}

const struct hd_kind hd_kind_udp = {
	.start = udp_start,
	.stop = udp_stop,
};

/* ---- DNS */

static size_t put_u16(uint8_t *to, uint16_t value)
{
	to[0] = (uint8_t)(value >> 8);
	to[1] = (uint8_t)value;
	return 2;
}

static size_t put_name(uint8_t *to, const char *name)
{
	size_t used = 0, len;

	while (*name && strcmp(name, ".")) {
		len = strcspn(name, ".");
		to[used++] = (uint8_t)len;
		memcpy(to + used, name, len);
		used += len;
		name += len + (name[len] == '.');
	}
	to[used++] = 0;
	return used;
}

static void dns_ready(struct dm_watch *watch, uint32_t events)
{
	struct hd_target *target = DM_OF(watch, struct hd_target, watch);
	uint8_t answer[DNS_LEN];
	ssize_t len = recv(watch->fd, answer, sizeof(answer), 0);
	unsigned int code;

	(void)events;
	if (len < 0) {
		if (errno != EAGAIN)
			hd_target_failed(target, errno);
		return;
	}
	/* The answer to an earlier query, or no answer: wait for the right one. */
	if (len < DNS_HEADER || answer[0] << 8 != (target->number & 0xff00) ||
	    answer[1] != (target->number & 0xff) || !(answer[2] & DNS_ANSWER))
		return;
	code = answer[3] & DNS_RCODE;
	if (code && code != DNS_NXDOMAIN)
		hd_target_done(target, HD_BAD, "response code %u", code);
	else
		hd_target_good(target);
}

static void dns_start(struct hd_target *target)
{
	const char *name = target->check->query;
	uint8_t query[DNS_LEN] = { 0 };
	size_t used;

	put_u16(query, target->number);
	query[2] = 1;	/* recursion desired */
	query[5] = 1;	/* one question */
	used = DNS_HEADER;
	used += put_name(query + used, name);
	used += put_u16(query + used, strcmp(name, ".") ? DNS_TYPE_A : DNS_TYPE_NS);
	used += put_u16(query + used, DNS_CLASS_IN);
	target->watch.ready = dns_ready;
	send_to(target, query, used);
}

const struct hd_kind hd_kind_dns = {
	.start = dns_start,
	.stop = udp_stop,
};
