// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checks leave over each link: its host address is one of lo, a rule leads packets from there to
 * a table, and a default route in the table to the next hop of the link.
 */
#include "routes.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "loop.h"
#include "say.h"
#include "server.h"

#define AGAIN		30000U		/* milliseconds: what somebody deleted is put back */
#define REQUEST_LEN	512
#define FLUSH_LEN	(256 * 1024)	/* bytes of messages that are deleted in one go */

/* What is in force for one family of one link. */
struct path {
	struct ctl_addr host;
	struct ctl_addr via;
	char dev[16];
	int error;		/* the latest that has been logged */
};

static struct {
	struct mnl_socket *socket;
	uint32_t seq;
	struct dm_timer again;
	struct path path[HD_LINKS_MAX][2];
} routes;

static char answer[64 * 1024] __attribute__((aligned(NLMSG_ALIGNTO)));

/* ---- requests */

static int ignore(const struct nlmsghdr *nlh, void *data)
{
	(void)nlh;
	(void)data;
	return MNL_CB_OK;
}

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

static void put_addr(struct nlmsghdr *nlh, uint16_t type, const struct ctl_addr *addr)
{
	mnl_attr_put(nlh, type, ctl_addr_len(addr), addr->bytes);
}

static struct nlmsghdr *begin(char *request, bool add, uint16_t new, uint16_t del)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(request);

	nlh->nlmsg_type = add ? new : del;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | (add ? NLM_F_CREATE | NLM_F_REPLACE : 0);
	return nlh;
}

static int change_address(const struct path *path, bool add)
{
	char request[REQUEST_LEN] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh = begin(request, add, RTM_NEWADDR, RTM_DELADDR);
	struct ifaddrmsg *head = mnl_nlmsg_put_extra_header(nlh, sizeof(*head));

	head->ifa_family = (uint8_t)path->host.family;
	head->ifa_prefixlen = (uint8_t)(8 * ctl_addr_len(&path->host));
	head->ifa_scope = RT_SCOPE_UNIVERSE;
	head->ifa_index = if_nametoindex("lo");
	put_addr(nlh, IFA_LOCAL, &path->host);
	put_addr(nlh, IFA_ADDRESS, &path->host);
	if (add) {
		mnl_attr_put_u32(nlh, IFA_FLAGS, IFA_F_NOPREFIXROUTE | IFA_F_NODAD);
		mnl_attr_put_u8(nlh, IFA_PROTO, HD_ROUTE_PROTO);
	}
	return transact(nlh, ignore, NULL);
}

static int change_rule(const struct path *path, uint32_t table, bool add)
{
	char request[REQUEST_LEN] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh = begin(request, add, RTM_NEWRULE, RTM_DELRULE);
	struct fib_rule_hdr *head = mnl_nlmsg_put_extra_header(nlh, sizeof(*head));
	int error;

	if (add)
		nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;
	head->family = (uint8_t)path->host.family;
	head->src_len = (uint8_t)(8 * ctl_addr_len(&path->host));
	head->action = FR_ACT_TO_TBL;
	put_addr(nlh, FRA_SRC, &path->host);
	mnl_attr_put_u32(nlh, FRA_TABLE, table);
	mnl_attr_put_u32(nlh, FRA_PRIORITY, HD_RULE_PRIO);
	mnl_attr_put_u8(nlh, FRA_PROTOCOL, HD_ROUTE_PROTO);
	error = transact(nlh, ignore, NULL);
	return error == EEXIST ? 0 : error;
}

static int change_route(const struct path *path, uint32_t table, bool add)
{
	char request[REQUEST_LEN] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh = begin(request, add, RTM_NEWROUTE, RTM_DELROUTE);
	struct rtmsg *head = mnl_nlmsg_put_extra_header(nlh, sizeof(*head));

	head->rtm_family = (uint8_t)path->host.family;
	head->rtm_table = RT_TABLE_UNSPEC;
	head->rtm_protocol = HD_ROUTE_PROTO;
	head->rtm_scope = RT_SCOPE_UNIVERSE;
	head->rtm_type = RTN_UNICAST;
	mnl_attr_put_u32(nlh, RTA_TABLE, table);
	if (add) {
		head->rtm_flags = RTNH_F_ONLINK;
		put_addr(nlh, RTA_GATEWAY, &path->via);
		mnl_attr_put_u32(nlh, RTA_OIF, if_nametoindex(path->dev));
	}
	return transact(nlh, ignore, NULL);
}

/* ---- what is left from before */

/* Messages of a dump that are ours. */
struct flush {
	uint8_t *bytes;
	size_t used;
	uint16_t type;
};

static uint8_t protocol_of(const struct nlmsghdr *nlh)
{
	const struct rtmsg *route = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;
	bool rule = nlh->nlmsg_type == RTM_NEWRULE;

	if (nlh->nlmsg_type == RTM_NEWROUTE)
		return route->rtm_protocol;
	mnl_attr_for_each(attr, nlh, rule ? sizeof(struct fib_rule_hdr) : sizeof(struct ifaddrmsg))
		if (mnl_attr_get_type(attr) == (rule ? FRA_PROTOCOL : IFA_PROTO))
			return mnl_attr_get_u8(attr);
	return 0;
}

static int keep_ours(const struct nlmsghdr *nlh, void *data)
{
	size_t len = NLMSG_ALIGN(nlh->nlmsg_len);
	struct flush *flush = data;

	if (nlh->nlmsg_type == flush->type && protocol_of(nlh) == HD_ROUTE_PROTO &&
	    flush->used + len <= FLUSH_LEN) {
		memcpy(flush->bytes + flush->used, nlh, nlh->nlmsg_len);
		flush->used += len;
	}
	return MNL_CB_OK;
}

/* The numbers of "get" and "del" are two and one after that of "new". */
static void flush_kind(uint8_t family, uint16_t new, size_t head, struct flush *flush)
{
	char request[REQUEST_LEN] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(request);
	int left;

	nlh->nlmsg_type = new + 2;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	/* All of these headers begin with the family. */
	*(uint8_t *)mnl_nlmsg_put_extra_header(nlh, head) = family;
	if (new == RTM_NEWROUTE)
		((struct rtmsg *)mnl_nlmsg_get_payload(nlh))->rtm_protocol = HD_ROUTE_PROTO;
	flush->used = 0;
	flush->type = new;
	transact(nlh, keep_ours, flush);
	left = (int)flush->used;
	for (nlh = (void *)flush->bytes; mnl_nlmsg_ok(nlh, left);
	     nlh = mnl_nlmsg_next(nlh, &left)) {
		nlh->nlmsg_type = new + 1;
		nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
		transact(nlh, ignore, NULL);
	}
}

/**
 * hd_routes_cleanup() - Delete all addresses, rules and routes of this daemon, or of one before.
 */
void hd_routes_cleanup(void)
{
	static const uint8_t families[] = { AF_INET, AF_INET6 };
	struct flush flush = { .bytes = malloc(FLUSH_LEN) };
	size_t i;

	if (!flush.bytes)
		return;
	for (i = 0; i < sizeof(families); i++) {
		flush_kind(families[i], RTM_NEWRULE, sizeof(struct fib_rule_hdr), &flush);
		flush_kind(families[i], RTM_NEWROUTE, sizeof(struct rtmsg), &flush);
		flush_kind(families[i], RTM_NEWADDR, sizeof(struct ifaddrmsg), &flush);
	}
	free(flush.bytes);
}

/* ---- what is wanted */

static bool is_wanted(const struct path *path, const struct hd_link *link, bool v6)
{
	return !memcmp(&path->host, &link->host[v6], sizeof(path->host)) &&
	       !memcmp(&path->via, &link->via[v6], sizeof(path->via)) &&
	       !strcmp(path->dev, link->dev);
}

static void drop(struct path *path, uint32_t table)
{
	if (!path->host.family)
		return;
	change_rule(path, table, false);
	change_route(path, table, false);
	change_address(path, false);
	memset(path, 0, sizeof(*path));
}

static void apply(struct path *path, const struct hd_link *link, uint32_t table)
{
	const char *what = "address";
	int error = change_address(path, true);

	if (!error) {
		what = "rule";
		error = change_rule(path, table, true);
	}
	/* Without its device, the link is not up. It has an event when the device comes. */
	if (!error && if_nametoindex(path->dev)) {
		what = "route";
		error = change_route(path, table, true);
	}
	if (error && error != path->error)
		dm_say(LOG_ERR, "cannot add the %s for checks over link %s: %s", what, link->name,
		       strerror(error));
	path->error = error;
}

static void update_path(size_t place, bool v6)
{
	const struct hd_link *link = &hd_links[place];
	struct path *path = &routes.path[place][v6];
	uint32_t table = HD_TABLE_FIRST + (uint32_t)place;

	if (!is_wanted(path, link, v6)) {
		drop(path, table);
		path->host = link->host[v6];
		path->via = link->via[v6];
		memcpy(path->dev, link->dev, sizeof(path->dev));
	}
	if (path->host.family && path->via.family)
		apply(path, link, table);
}

/**
 * hd_routes_update() - Make addresses, rules and routes what the links ask for.
 */
void hd_routes_update(void)
{
	size_t i;

	for (i = 0; i < HD_LINKS_MAX; i++) {
		update_path(i, false);
		update_path(i, true);
	}
}

static void on_again(struct dm_timer *timer)
{
	hd_routes_update();
	dm_timer_set(timer, dm_now() + AGAIN);
}

/**
 * hd_routes_open() - Delete what is left from before, and be ready for hd_routes_update().
 *
 * Return: 0, or -1 with errno set.
 */
int hd_routes_open(void)
{
	int on = 1;

	routes.socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (!routes.socket || mnl_socket_bind(routes.socket, 0, MNL_SOCKET_AUTOPID) < 0)
		return -1;
	/* The kernel sends only routes of our protocol then. */
	mnl_socket_setsockopt(routes.socket, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
	hd_routes_cleanup();
	routes.again.run = on_again;
	dm_timer_set(&routes.again, dm_now() + AGAIN);
	return 0;
}
