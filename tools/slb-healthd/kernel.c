// SPDX-License-Identifier: GPL-2.0-only
/* Talks with the module slb: what there is, what changes, and what checks have found. */
#include "kernel.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <string.h>

#include <linux/slb.h>

#include "address.h"
#include "limit.h"
#include "netlink.h"
#include "nl.h"
#include "routes.h"
#include "say.h"

#define SAY_LEN		(32 * 1024)	/* bytes of messages that are sent together */
#define SAY_ONE		512		/* the longest of them */
#define RECEIVE_LEN	(1024 * 1024)	/* bytes of events that may wait */
#define TTL_DEFAULT	60		/* seconds */
#define NLCTRL_GROUP	GENL_ID_CTRL	/* multicast group of the controller */

/* What is to be asked for, in this order. */
enum question {
	ASK_FAMILIES,
	ASK_SETTING,
	ASK_LINKS,
	ASK_SERVERS,
	QUESTIONS,
};

#define ASK_ALL		(1U << ASK_SETTING | 1U << ASK_LINKS | 1U << ASK_SERVERS)

static struct {
	struct mnl_socket *events, *ask, *say;
	struct dm_watch event_watch, ask_watch, say_watch;
	struct ctl_nl_family family;
	unsigned int wanted;	/* bits of questions */
	int asked;		/* the one that is being answered, or -1 */
	bool interrupted;
	void (*ready)(void);	/* called once, after the first answers */
	uint32_t ttl;
	struct dm_timer confirm;
	struct dm_limit refused;	/* refusals that are logged */
	size_t used;		/* bytes of text[] */
} kernel = { .asked = -1, .ttl = TTL_DEFAULT };

static char buffer[CTL_NL_BUFFER] __attribute__((aligned(NLMSG_ALIGNTO)));
static char to_say[SAY_LEN] __attribute__((aligned(NLMSG_ALIGNTO)));

static void ask_next(void);

static void want(unsigned int questions)
{
	kernel.wanted |= questions;
	ask_next();
}

/* ---- families */

static void family_lost(void)
{
	bool changed;

	if (!kernel.family.id)
		return;
	dm_say(LOG_NOTICE, "module slb is not loaded any more");
	memset(&kernel.family, 0, sizeof(kernel.family));
	hd_servers_unseen();
	hd_server_sweep();
	hd_links_begin();
	hd_links_end(&changed);
}

static void family_found(const struct ctl_nl_family *found)
{
	int group = (int)found->events;

	if (found->id == kernel.family.id)
		return;
	kernel.family = *found;
	if (group && mnl_socket_setsockopt(kernel.events, NETLINK_ADD_MEMBERSHIP, &group,
					   sizeof(group)))
		dm_say(LOG_ERR, "cannot receive events: %s", strerror(errno));
	want(ASK_ALL);
}

static void read_family(const struct nlmsghdr *nlh, bool gone)
{
	struct ctl_nl_family found;
	const char *name;

	if (ctl_nl_family_read(nlh, &name, &found) || strcmp(name, SLB_FAMILY_NAME))
		return;
	if (gone)
		family_lost();
	else
		family_found(&found);
}

/* ---- questions */

static struct nlmsghdr *question(int which)
{
	static const uint8_t command[QUESTIONS] = {
		[ASK_FAMILIES] = CTRL_CMD_GETFAMILY,
		[ASK_SETTING] = SLB_CMD_SETTING_GET,
		[ASK_LINKS] = SLB_CMD_LINK_GET,
		[ASK_SERVERS] = SLB_CMD_SERVER_GET,
	};
	struct nlmsghdr *nlh;

	nlh = dm_netlink_begin(buffer, which == ASK_FAMILIES ? GENL_ID_CTRL : kernel.family.id,
			       command[which], which == ASK_FAMILIES ? 1 : SLB_FAMILY_VERSION);
	nlh->nlmsg_flags |= which == ASK_SETTING ? NLM_F_ACK : NLM_F_DUMP;
	return nlh;
}

static void ask_next(void)
{
	struct nlmsghdr *nlh;
	int which;

	if (kernel.asked >= 0 || !kernel.wanted)
		return;
	which = __builtin_ctz(kernel.wanted);
	if (which != ASK_FAMILIES && !kernel.family.id) {
		kernel.wanted = 0;
		return;
	}
	kernel.wanted &= ~(1U << which);
	kernel.asked = which;
	kernel.interrupted = false;
	if (which == ASK_LINKS)
		hd_links_begin();
	if (which == ASK_SERVERS)
		hd_servers_unseen();
	nlh = question(which);
	if (mnl_socket_sendto(kernel.ask, nlh, nlh->nlmsg_len) < 0) {
		dm_say(LOG_ERR, "cannot ask the kernel: %s", strerror(errno));
		kernel.asked = -1;
	}
}

/* The server of a message; added if it is new. Return: NULL when there is none. */
static struct hd_server *server_of(const struct hd_message *message)
{
	struct hd_server *server;

	if (!*message->group)
		return NULL;
	server = hd_server_find(message->group, &message->addr, message->port);
	if (!server)
		server = hd_server_add(message->group, &message->addr, message->port,
				       &message->said);
	if (server)
		server->seen = true;
	return server;
}

/* What the kernel has now may differ from what was said to it last. */
static void server_known(const struct nlmsghdr *nlh)
{
	struct hd_message message;
	struct hd_server *server;

	hd_read_server(nlh, &message);
	server = server_of(&message);
	if (!server)
		return;
	server->said = message.said;
	hd_server_judge(server);
}

static void read_ttl(const struct nlmsghdr *nlh)
{
	uint32_t ttl = hd_read_ttl(nlh);

	if (ttl)
		kernel.ttl = ttl;
}

static void read_answer(const struct nlmsghdr *nlh)
{
	switch (kernel.asked) {
	case ASK_FAMILIES:
		read_family(nlh, false);
		break;
	case ASK_SETTING:
		read_ttl(nlh);
		break;
	case ASK_LINKS:
		hd_read_link(nlh);
		break;
	case ASK_SERVERS:
		server_known(nlh);
		break;
	}
}

static void links_answered(void)
{
	bool changed;

	if (!hd_links_end(&changed))
		return;
	/* A device that comes back has no routes, and perhaps another number. */
	hd_routes_update();
	hd_tcp_forget();
	if (changed)
		hd_links_changed();
	else
		hd_servers_judge();
}

static void be_ready(void)
{
	if (kernel.ready)
		kernel.ready();
	kernel.ready = NULL;
}

static void answered(int which, const struct ctl_error *error)
{
	bool repeat = kernel.interrupted || error->code == ENOBUFS;

	kernel.asked = -1;
	if (repeat)
		kernel.wanted |= 1U << which;
	else if (error->code)
		dm_say(LOG_ERR, "the kernel does not answer: %s",
		       *error->text ? error->text : strerror(error->code));
	else if (which == ASK_LINKS)
		links_answered();
	else if (which == ASK_SERVERS)
		hd_server_sweep();
	else if (which == ASK_FAMILIES && !kernel.family.id)
		dm_say(LOG_NOTICE, "module slb is not loaded: waiting for it");
	if (!kernel.wanted)
		be_ready();
	ask_next();
}

static void read_answers(ssize_t got)
{
	const struct nlmsghdr *nlh = (const void *)buffer;
	struct ctl_error error = { 0 };
	int left = (int)got;

	for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
		if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
			kernel.interrupted = true;
		if (nlh->nlmsg_type == NLMSG_ERROR || nlh->nlmsg_type == NLMSG_DONE) {
			ctl_nl_end(nlh, nlh, &error);
			answered(kernel.asked, &error);
			return;
		}
		if (nlh->nlmsg_type >= NLMSG_MIN_TYPE)
			read_answer(nlh);
	}
}

static void ask_ready(struct dm_watch *watch, uint32_t events)
{
	struct ctl_error lost = { .code = ENOBUFS };
	ssize_t got = mnl_socket_recvfrom(kernel.ask, buffer, sizeof(buffer));

	(void)watch;
	(void)events;
	if (got >= 0)
		read_answers(got);
	else if (errno == ENOBUFS && kernel.asked >= 0)
		answered(kernel.asked, &lost);
}

/* ---- events */

static void server_gone(const struct nlmsghdr *nlh)
{
	struct hd_message message;
	struct hd_server *server;

	hd_read_server(nlh, &message);
	server = hd_server_find(message.group, &message.addr, message.port);
	if (server)
		hd_server_del(server);
}

/* Of a server that is there, only its name matters: its health is what was said last. */
static void server_event(const struct nlmsghdr *nlh, bool suspect)
{
	struct hd_message message;
	struct hd_server *server;

	hd_read_server(nlh, &message);
	server = server_of(&message);
	if (server && suspect)
		hd_server_look(server);
}

static void read_event(const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);

	switch (genl->cmd) {
	case SLB_CMD_SERVER_ADD_NTF:
	case SLB_CMD_SERVER_SET_NTF:
		server_event(nlh, false);
		break;
	case SLB_CMD_SERVER_SUSPECT_NTF:
		server_event(nlh, true);
		break;
	case SLB_CMD_SERVER_DEL_NTF:
		server_gone(nlh);
		break;
	case SLB_CMD_GROUP_SET_NTF:	/* perhaps another name */
	case SLB_CMD_GROUP_DEL_NTF:
		want(1U << ASK_SERVERS);
		break;
	case SLB_CMD_LINK_ADD_NTF:
	case SLB_CMD_LINK_SET_NTF:
	case SLB_CMD_LINK_DEL_NTF:
		want(1U << ASK_LINKS);
		break;
	case SLB_CMD_SETTING_SET_NTF:
		want(1U << ASK_SETTING);
		break;
	}
}

static void read_controller(const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);

	if (genl->cmd == CTRL_CMD_NEWFAMILY || genl->cmd == CTRL_CMD_DELFAMILY)
		read_family(nlh, genl->cmd == CTRL_CMD_DELFAMILY);
}

static void event_ready(struct dm_watch *watch, uint32_t events)
{
	/* Not buffer[]: what an event causes uses that. */
	static char messages[CTL_NL_BUFFER] __attribute__((aligned(NLMSG_ALIGNTO)));
	ssize_t got = mnl_socket_recvfrom(kernel.events, messages, sizeof(messages));
	const struct nlmsghdr *nlh = (const void *)messages;
	int left = (int)got;

	(void)watch;
	(void)events;
	if (got < 0) {
		if (errno == ENOBUFS)
			want(1U << ASK_FAMILIES | ASK_ALL);
		return;
	}
	for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
		if (mnl_nlmsg_get_payload_len(nlh) < sizeof(struct genlmsghdr))
			continue;
		if (nlh->nlmsg_type == GENL_ID_CTRL)
			read_controller(nlh);
		else if (kernel.family.id && nlh->nlmsg_type == kernel.family.id)
			read_event(nlh);
	}
}

/* ---- saying */

/**
 * hd_kernel_send() - Send what has been said.
 */
void hd_kernel_send(void)
{
	if (!kernel.used)
		return;
	if (mnl_socket_sendto(kernel.say, to_say, kernel.used) < 0)
		dm_say(LOG_ERR, "cannot send to the kernel: %s", strerror(errno));
	kernel.used = 0;
}

/**
 * hd_kernel_say() - Say what checks have found of a server; sent by hd_kernel_send().
 * @server: The server.
 * @link: Over which link only, or NULL.
 */
void hd_kernel_say(const struct hd_server *server, const char *link)
{
	const struct hd_opinion *now = &server->now;
	enum hd_health health = now->health;
	struct nlmsghdr *nlh;

	if (!kernel.family.id)
		return;
	if (kernel.used + SAY_ONE > SAY_LEN)
		hd_kernel_send();
	/* Without NLM_F_ACK only a refusal is answered. */
	nlh = dm_netlink_begin(to_say + kernel.used, kernel.family.id, SLB_CMD_HEALTH_SET,
			       SLB_FAMILY_VERSION);
	mnl_attr_put_strz(nlh, SLB_A_SERVER_GROUP, server->group);
	mnl_attr_put(nlh, SLB_A_SERVER_ADDR, ctl_addr_len(&server->addr), server->addr.bytes);
	mnl_attr_put_u16(nlh, SLB_A_SERVER_PORT, server->port);
	if (link) {
		health = now->down_links & 1U << (hd_link_find(link) - hd_links) ? HD_DOWN : HD_UP;
		mnl_attr_put_strz(nlh, SLB_A_SERVER_LINK, link);
	} else {
		mnl_attr_put_strz(nlh, SLB_A_SERVER_HEALTH_WHY, now->why);
		mnl_attr_put_u32(nlh, SLB_A_SERVER_HEALTH_PERCENT, now->percent);
	}
	mnl_attr_put_u8(nlh, SLB_A_SERVER_HEALTH, (uint8_t)health);
	kernel.used += NLMSG_ALIGN(nlh->nlmsg_len);
}

static void say_refused(const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);
	struct hd_message message = { 0 };
	struct ctl_error error = { 0 };
	char text[64];

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*err) || !err->error)
		return;
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED) &&
	    mnl_nlmsg_get_payload_len(nlh) >= sizeof(int) + err->msg.nlmsg_len)
		hd_read_server(&err->msg, &message);
	ctl_nl_end(nlh, &err->msg, &error);
	/* A server that is gone is no fault. */
	if (*message.group && !hd_server_find(message.group, &message.addr, message.port))
		return;
	if (dm_limit_pass(&kernel.refused))
		dm_say(LOG_ERR, "the kernel refuses the health of server %s %s: %s",
		       message.group, dm_addr_text(&message.addr, text, sizeof(text)),
		       *error.text ? error.text : strerror(error.code));
}

static void say_ready(struct dm_watch *watch, uint32_t events)
{
	ssize_t got = mnl_socket_recvfrom(kernel.say, buffer, sizeof(buffer));
	const struct nlmsghdr *nlh = (const void *)buffer;
	int left = (int)got;

	(void)watch;
	(void)events;
	if (got < 0)
		return;
	for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left))
		if (nlh->nlmsg_type == NLMSG_ERROR)
			say_refused(nlh);
}

/* Each server is confirmed three times before its health is too old, some at a time. */
static void on_confirm(struct dm_timer *timer)
{
	uint64_t period = (uint64_t)kernel.ttl * 1000 / 3, tick = period / 4;

	tick = tick > 1000 ? 1000 : tick < 50 ? 50 : tick;
	hd_servers_confirm((hd_server_count() * tick + period - 1) / period);
	dm_timer_set(timer, dm_now() + tick);
}

/* ---- sockets */

static struct mnl_socket *open_socket(struct dm_watch *watch,
				      void (*ready)(struct dm_watch *watch, uint32_t events))
{
	struct mnl_socket *socket = dm_netlink_open(SOCK_NONBLOCK);

	watch->ready = ready;
	if (!socket || dm_watch_open(watch, mnl_socket_get_fd(socket), EPOLLIN))
		return NULL;
	return socket;
}

static int hear_controller(void)
{
	int group = NLCTRL_GROUP, size = RECEIVE_LEN, fd = mnl_socket_get_fd(kernel.events);

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	return mnl_socket_setsockopt(kernel.events, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group));
}

/**
 * hd_kernel_open() - Begin to hear events and to ask for what there is.
 * @ready: Called once, when the first answers are there.
 *
 * Return: 0, or -1 with errno set.
 */
int hd_kernel_open(void (*ready)(void))
{
	kernel.ready = ready;
	kernel.events = open_socket(&kernel.event_watch, event_ready);
	kernel.ask = open_socket(&kernel.ask_watch, ask_ready);
	kernel.say = open_socket(&kernel.say_watch, say_ready);
	if (!kernel.events || !kernel.ask || !kernel.say || hear_controller())
		return -1;
	kernel.confirm.run = on_confirm;
	dm_timer_set(&kernel.confirm, dm_now() + 1000);
	want(1U << ASK_FAMILIES);
	return 0;
}
