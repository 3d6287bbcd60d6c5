// SPDX-License-Identifier: GPL-2.0-only
/*
 * Talks with the module relay. The kernel answers a request before sendto(2) returns, so that no
 * request waits: the loop makes one at a time.
 *
 * What the kernel says is read again after each event of the module, whatever it says, and after
 * lost ones: a moment later, so that many events cost as much as one.
 */
#include "relay.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <linux/slb_relay.h>

#include "limit.h"
#include "loop.h"
#include "netlink.h"
#include "nl.h"
#include "say.h"

#define REFRESH_SOON	20	/* milliseconds */
#define REFRESH_FAILED	200
#define REFRESH_LATE	5000
#define REFRESH_SHARE	5	/* reading takes at most such a part of the time */
#define DUMP_TRIES	5	/* of a dump during which something changed */
#define ANSWER_TIME	2	/* seconds; the answer is there at once */
#define NLCTRL_GROUP	GENL_ID_CTRL	/* multicast group of the controller */

/* Takes a message of an answer. */
typedef void reader(const struct nlmsghdr *nlh, void *data);

static struct {
	struct mnl_socket *ask, *events;
	struct dm_watch watch;
	struct dm_timer refresh;
	struct ctl_nl_family family;
	uint32_t joined;	/* multicast group */
	bool local;
	bool known;		/* something was read */
	uint64_t pause;		/* before the next reading */
	struct ro_relay relay;
	void (*changed)(const struct ro_relay *relay);
	struct dm_limit failed;
} kernel;

static char buffer[CTL_NL_BUFFER] __attribute__((aligned(NLMSG_ALIGNTO)));
static char request[CTL_NL_BUFFER] __attribute__((aligned(NLMSG_ALIGNTO)));

/* ---- requests */

/* Return: 1 at the end of the answer, 0 when there is more to come, -1 with errno set. */
static int read_answer(const struct nlmsghdr *sent, ssize_t got, reader *read, void *data,
		       bool *changed)
{
	const struct nlmsghdr *nlh = (const void *)buffer;
	struct ctl_error error = { 0 };
	int left = (int)got;

	for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
		if (nlh->nlmsg_seq != sent->nlmsg_seq)
			continue;
		*changed |= nlh->nlmsg_flags & NLM_F_DUMP_INTR;
		if (nlh->nlmsg_type == NLMSG_ERROR || nlh->nlmsg_type == NLMSG_DONE) {
			if (!ctl_nl_end(nlh, sent, &error))
				return 1;
			errno = error.code;
			return -1;
		}
		if (nlh->nlmsg_type >= NLMSG_MIN_TYPE)
			read(nlh, data);
	}
	return 0;
}

/* Return: 0, or -1 with errno set; EINTR for a dump during which something changed. */
static int ask(const struct nlmsghdr *sent, reader *read, void *data)
{
	bool changed = false;
	ssize_t got;
	int end = 0;

	if (mnl_socket_sendto(kernel.ask, sent, sent->nlmsg_len) < 0)
		return -1;
	while (!end) {
		got = mnl_socket_recvfrom(kernel.ask, buffer, sizeof(buffer));
		if (got < 0)
			return -1;
		end = read_answer(sent, got, read, data, &changed);
	}
	if (end > 0 && !changed)
		return 0;
	if (end > 0)
		errno = EINTR;
	return -1;
}

static struct nlmsghdr *begin(uint8_t command, uint16_t flags)
{
	struct nlmsghdr *nlh;

	nlh = dm_netlink_begin(request, kernel.family.id, command, SLB_RELAY_FAMILY_VERSION);
	nlh->nlmsg_flags |= flags;
	return nlh;
}

/* ---- answers */

static void read_setting(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[SLB_RELAY_A_SETTING_MAX + 1];
	struct ro_relay *relay = data;

	dm_attrs_read(nlh, tb, SLB_RELAY_A_SETTING_MAX);
	relay->announce = dm_attr_number(tb[SLB_RELAY_A_SETTING_ANNOUNCE], 1);
}

static bool is_up(const struct nlattr *attr, uint32_t absent)
{
	uint32_t state = dm_attr_number(attr, absent);

	return state == SLB_RELAY_LINK_STATE_UP || state == SLB_RELAY_LINK_STATE_HELD;
}

/* State of a family: that of the link unless it differs. */
static void read_link_state(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[SLB_RELAY_A_LINK_MAX + 1];
	struct ro_relay *relay = data;
	uint32_t state;

	dm_attrs_read(nlh, tb, SLB_RELAY_A_LINK_MAX);
	state = dm_attr_number(tb[SLB_RELAY_A_LINK_STATE], UINT32_MAX);
	if (tb[SLB_RELAY_A_LINK_RETURN4_FIRST])
		relay->up[0] |= is_up(tb[SLB_RELAY_A_LINK_STATE4], state);
	if (tb[SLB_RELAY_A_LINK_RETURN6_FIRST])
		relay->up[1] |= is_up(tb[SLB_RELAY_A_LINK_STATE6], state);
}

static void read_range(struct ro_relay *relay, const struct nlattr *first,
		       const struct nlattr *last)
{
	size_t len = first ? mnl_attr_get_payload_len(first) : 0;

	if (len != 4 && len != 16)
		return;
	/* the last address is absent when there is only one */
	if (!last || mnl_attr_get_payload_len(last) != len)
		last = first;
	ro_wants_range(&relay->wants, len == 4 ? AF_INET : AF_INET6, mnl_attr_get_payload(first),
		       mnl_attr_get_payload(last), relay->up[len == 16]);
}

static void read_link_ranges(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[SLB_RELAY_A_LINK_MAX + 1];

	dm_attrs_read(nlh, tb, SLB_RELAY_A_LINK_MAX);
	read_range(data, tb[SLB_RELAY_A_LINK_RETURN4_FIRST], tb[SLB_RELAY_A_LINK_RETURN4_LAST]);
	read_range(data, tb[SLB_RELAY_A_LINK_RETURN6_FIRST], tb[SLB_RELAY_A_LINK_RETURN6_LAST]);
}

static void read_vip(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[SLB_RELAY_A_VIP_MAX + 1];
	struct ro_prefix prefix = { 0 };
	struct ro_relay *relay = data;
	struct ctl_addr addr;

	dm_attrs_read(nlh, tb, SLB_RELAY_A_VIP_MAX);
	dm_attr_addr(tb[SLB_RELAY_A_VIP_ADDR], &addr);
	if (!addr.family)
		return;
	relay->vips++;
	prefix.family = (uint8_t)addr.family;
	prefix.len = (uint8_t)(8 * ctl_addr_len(&addr));
	memcpy(prefix.addr, addr.bytes, ctl_addr_len(&addr));
	/* an older module does not say which VIPs are usable */
	ro_wants_add(&relay->wants, &prefix, dm_attr_number(tb[SLB_RELAY_A_VIP_USABLE], 1));
}

static void read_family(const struct nlmsghdr *nlh, void *data)
{
	struct ctl_nl_family found;
	const char *name;

	if (!ctl_nl_family_read(nlh, &name, &found) && !strcmp(name, SLB_RELAY_FAMILY_NAME))
		*(struct ctl_nl_family *)data = found;
}

/* All families are asked for: a question for this one would load the module. */
static int find_family(void)
{
	struct ctl_nl_family found = { 0 };
	struct nlmsghdr *nlh;
	int group;

	nlh = dm_netlink_begin(request, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1);
	nlh->nlmsg_flags |= NLM_F_DUMP;
	if (ask(nlh, read_family, &found))
		return -1;
	kernel.family = found;
	group = (int)found.events;
	if (group && found.events != kernel.joined &&
	    !mnl_socket_setsockopt(kernel.events, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)))
		kernel.joined = found.events;
	return 0;
}

static int read_relay(struct ro_relay *relay)
{
	struct ro_wants *wants = &relay->wants;

	ro_wants_clear(wants);
	*relay = (struct ro_relay){ .wants = *wants };
	if (find_family())
		return -1;
	if (!kernel.family.id)
		return 0;
	relay->loaded = true;
	if (ask(begin(SLB_RELAY_CMD_SETTING_GET, NLM_F_ACK), read_setting, relay) ||
	    ask(begin(SLB_RELAY_CMD_LINK_GET, NLM_F_DUMP), read_link_state, relay) ||
	    (kernel.local &&
	     ask(begin(SLB_RELAY_CMD_LINK_GET, NLM_F_DUMP), read_link_ranges, relay)) ||
	    ask(begin(SLB_RELAY_CMD_VIP_GET, NLM_F_DUMP), read_vip, relay))
		return -1;
	ro_wants_sort(wants);
	if (!wants->failed)
		return 0;
	errno = ENOMEM;
	return -1;
}

/* ---- when */

static int read_whole(struct ro_relay *relay)
{
	int i, failed = -1;

	for (i = 0; failed && i < DUMP_TRIES; i++) {
		failed = read_relay(relay);
		if (failed && errno != EINTR)
			break;
	}
	return failed;
}

static void on_refresh(struct dm_timer *timer)
{
	bool loaded = kernel.relay.loaded, known = kernel.known;
	uint64_t began = dm_now();

	/* after a failure, as while the module is unloaded: soon again, and routes stay */
	if (read_whole(&kernel.relay)) {
		if (errno != EINTR && dm_limit_pass(&kernel.failed))
			dm_say(LOG_ERR, "cannot read the configuration of the relay: %s",
			       strerror(errno));
		kernel.relay.loaded = loaded;
		dm_timer_set(timer, dm_now() + REFRESH_FAILED);
		return;
	}
	kernel.known = true;
	kernel.pause = (dm_now() - began) * REFRESH_SHARE;
	if (kernel.pause < REFRESH_SOON)
		kernel.pause = REFRESH_SOON;
	dm_timer_set(timer, dm_now() + REFRESH_LATE);
	if (!known || loaded != kernel.relay.loaded)
		dm_say(LOG_NOTICE, "module relay is %s", kernel.relay.loaded ? "loaded" :
		       "not loaded: no route is announced");
	kernel.changed(&kernel.relay);
}

static void refresh_in(uint64_t pause)
{
	if (!kernel.refresh.place || kernel.refresh.at > dm_now() + pause)
		dm_timer_set(&kernel.refresh, dm_now() + pause);
}

/**
 * ro_relay_again() - Read all again.
 * @local: Return ranges, too.
 */
void ro_relay_again(bool local)
{
	kernel.local = local;
	refresh_in(0);
}

/* Lost events (ENOBUFS) need no care of their own: all is read again. */
static void events_ready(struct dm_watch *watch, uint32_t events)
{
	ssize_t got;

	(void)watch;
	(void)events;
	do
		got = mnl_socket_recvfrom(kernel.events, buffer, sizeof(buffer));
	while (got > 0 || (got < 0 && errno == ENOBUFS));
	refresh_in(kernel.pause);
}

static int limit_wait(struct mnl_socket *socket)
{
	struct timeval time = { .tv_sec = ANSWER_TIME };

	return setsockopt(mnl_socket_get_fd(socket), SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time));
}

/**
 * ro_relay_open() - Begin to ask, and to hear events; ro_relay_again() follows.
 * @changed: Called when the configuration was read.
 *
 * Return: 0, or -1 with errno set.
 */
int ro_relay_open(void (*changed)(const struct ro_relay *relay))
{
	int group = NLCTRL_GROUP;

	kernel.changed = changed;
	kernel.pause = REFRESH_SOON;
	kernel.ask = dm_netlink_open(0);
	kernel.events = dm_netlink_open(SOCK_NONBLOCK);
	if (!kernel.ask || !kernel.events || limit_wait(kernel.ask) ||
	    mnl_socket_setsockopt(kernel.events, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)))
		return -1;
	kernel.watch.ready = events_ready;
	kernel.refresh.run = on_refresh;
	return dm_watch_open(&kernel.watch, mnl_socket_get_fd(kernel.events), EPOLLIN);
}
