/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * talk errors: which ICMP errors a client's UDP socket gets from the routers on the way to a VIP,
 * and from the closed port of a server.
 */
#include <linux/errqueue.h>

#define ERRORS_HOPS_MAX 8
/* Patience with each error, in milliseconds. */
#define ERRORS_PATIENCE 2000

/* Return: false if the socket @s got no error. */
static bool errors_read(int s, struct sock_extended_err *error, char *sender)
{
	union {
		struct cmsghdr align;
		char bytes[512];
	} control;
	struct msghdr msg = { .msg_control = &control, .msg_controllen = sizeof(control) };
	struct cmsghdr *c;

	if (recvmsg(s, &msg, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
		return false;
	for (c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
		struct sock_extended_err *data = (void *)CMSG_DATA(c);

		if (c->cmsg_type != (c->cmsg_level == IPPROTO_IPV6 ? IPV6_RECVERR : IP_RECVERR))
			continue;
		*error = *data;
		return address_text((void *)SO_EE_OFFENDER(data), sender);
	}
	return false;
}

/* Return: whether each hop up to the closed port has sent an error. */
static bool errors_trace(int s, bool v6)
{
	int level = v6 ? IPPROTO_IPV6 : IPPROTO_IP, on = 1, hops;
	const char *slowness = getenv("SLB_SLOWNESS");
	long patience = ERRORS_PATIENCE * (slowness ? atol(slowness) : 1);
	char sender[INET6_ADDRSTRLEN];
	struct sock_extended_err error;

	if (setsockopt(s, level, v6 ? IPV6_RECVERR : IP_RECVERR, &on, sizeof(on)) ||
	    connect(s, (void *)&peer, peer_len))
		err(1, "cannot connect");
	for (hops = 1; hops <= ERRORS_HOPS_MAX; hops++) {
		struct pollfd poll_errors = { .fd = s };

		if (setsockopt(s, level, v6 ? IPV6_UNICAST_HOPS : IP_TTL, &hops, sizeof(hops)) ||
		    send(s, "?", 1, 0) < 0)
			err(1, "cannot send");
		if (poll(&poll_errors, 1, patience) <= 0 || !errors_read(s, &error, sender)) {
			print("%d: silence\n", hops);
			return false;
		}
		print("%d %u/%u %s\n", hops, error.ee_type, error.ee_code, sender);
		if (error.ee_errno == ECONNREFUSED)
			return true;
	}
	return false;
}

static int do_errors(int argc, char **argv)
{
	bool all = true;
	int i, s;

	for (i = 1; i < argc; i++) {
		read_address(argv[i], argv[0]);
		s = socket(peer.ss_family, SOCK_DGRAM, 0);
		if (s < 0)
			err(1, "cannot open a socket");
		all &= errors_trace(s, peer.ss_family == AF_INET6);
		close(s);
	}
	return !all;
}
