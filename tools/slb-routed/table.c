// SPDX-License-Identifier: GPL-2.0-only
/*
 * Our routes in the kernel's table. They are blackholes: they need no device, and routing daemons
 * take them. No rule leads a packet to the table.
 */
#include "table.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#define REQUEST_LEN	256

static struct {
	struct mnl_socket *socket;
	uint32_t seq;
} routes;

/* What a dump is compared with, and where matches go. */
struct reading {
	uint32_t table;
	uint8_t family;
	uint8_t protocol;
	struct ro_wants *to;
};

static char answer[64 * 1024] __attribute__((aligned(NLMSG_ALIGNTO)));

/* Return: 0 or a positive errno. */
static int transact(struct nlmsghdr *nlh, mnl_cb_t each, void *data)
{
	unsigned int port = mnl_socket_get_portid(routes.socket);
	int result = MNL_CB_OK;

	nlh->nlmsg_seq = ++routes.seq;
	if (mnl_socket_sendto(routes.socket, nlh, nlh->nlmsg_len) < 0)
		return errno;
	while (result > MNL_CB_STOP) {
		ssize_t got = mnl_socket_recvfrom(routes.socket, answer, sizeof(answer));

		if (got < 0)
			return errno;
		result = mnl_cb_run(answer, (size_t)got, routes.seq, port, each, data);
	}
	return result < 0 ? errno : 0;
}

static int ignore(const struct nlmsghdr *nlh, void *data)
{
	(void)nlh;
	(void)data;
	return MNL_CB_OK;
}

static int read_route(const struct nlmsghdr *nlh, void *data)
{
	const struct rtmsg *route = mnl_nlmsg_get_payload(nlh);
	struct reading *reading = data;
	struct ro_prefix prefix = { 0 };
	uint32_t table = route->rtm_table;
	const struct nlattr *attr;

	if (nlh->nlmsg_type != RTM_NEWROUTE || route->rtm_family != reading->family ||
	    route->rtm_protocol != reading->protocol || route->rtm_type != RTN_BLACKHOLE ||
	    route->rtm_flags & RTM_F_CLONED)
		return MNL_CB_OK;
	prefix.family = route->rtm_family;
	prefix.len = route->rtm_dst_len;
	mnl_attr_for_each(attr, nlh, sizeof(*route)) {
		if (mnl_attr_get_type(attr) == RTA_TABLE)
			table = mnl_attr_get_u32(attr);
		else if (mnl_attr_get_type(attr) == RTA_DST &&
			 mnl_attr_get_payload_len(attr) <= sizeof(prefix.addr))
			memcpy(prefix.addr, mnl_attr_get_payload(attr),
			       mnl_attr_get_payload_len(attr));
	}
	if (table == reading->table)
		ro_wants_add(reading->to, &prefix, true);
	return MNL_CB_OK;
}

static struct rtmsg *put_head(struct nlmsghdr *nlh, uint8_t family, uint8_t protocol)
{
	struct rtmsg *head = mnl_nlmsg_put_extra_header(nlh, sizeof(*head));

	head->rtm_family = family;
	head->rtm_protocol = protocol;
	head->rtm_table = RT_TABLE_UNSPEC;
	return head;
}

/**
 * ro_table_read() - Read our routes.
 * @table: The table.
 * @protocol: Our protocol.
 * @to: Filled, in order.
 *
 * Return: 0 or a positive errno.
 */
int ro_table_read(uint32_t table, uint8_t protocol, struct ro_wants *to)
{
	static const uint8_t families[] = { AF_INET, AF_INET6 };
	size_t i;

	ro_wants_clear(to);
	for (i = 0; i < sizeof(families); i++) {
		struct reading reading = { table, families[i], protocol, to };
		char request[REQUEST_LEN] __attribute__((aligned(NLMSG_ALIGNTO)));
		struct nlmsghdr *nlh = mnl_nlmsg_put_header(request);
		int error;

		nlh->nlmsg_type = RTM_GETROUTE;
		nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
		put_head(nlh, families[i], protocol);
		mnl_attr_put_u32(nlh, RTA_TABLE, table);
		error = transact(nlh, read_route, &reading);
		/* a table that does not exist has no routes */
		if (error && error != ENOENT)
			return error;
	}
	ro_wants_sort(to);
	return to->failed ? ENOMEM : 0;
}

/**
 * ro_table_change() - Add or delete a route.
 * @table: The table.
 * @protocol: Our protocol.
 * @prefix: Its destination.
 * @add: Add it.
 *
 * Return: 0 or a positive errno; EEXIST when somebody else has a route there.
 */
int ro_table_change(uint32_t table, uint8_t protocol, const struct ro_prefix *prefix, bool add)
{
	char request[REQUEST_LEN] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(request);
	struct rtmsg *head;
	int error;

	nlh->nlmsg_type = add ? RTM_NEWROUTE : RTM_DELROUTE;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | (add ? NLM_F_CREATE | NLM_F_EXCL : 0);
	head = put_head(nlh, prefix->family, protocol);
	head->rtm_dst_len = prefix->len;
	head->rtm_type = RTN_BLACKHOLE;
	head->rtm_scope = RT_SCOPE_UNIVERSE;
	mnl_attr_put_u32(nlh, RTA_TABLE, table);
	mnl_attr_put(nlh, RTA_DST, prefix->family == AF_INET ? 4 : 16, prefix->addr);
	error = transact(nlh, ignore, NULL);
	return !add && error == ESRCH ? 0 : error;
}

/**
 * ro_table_open() - Begin.
 *
 * Return: 0, or -1 with errno set.
 */
int ro_table_open(void)
{
	int on = 1;

	routes.socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (!routes.socket || mnl_socket_bind(routes.socket, 0, MNL_SOCKET_AUTOPID) < 0)
		return -1;
	/* The kernel sends only routes of our table and protocol then. */
	mnl_socket_setsockopt(routes.socket, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
	return 0;
}
