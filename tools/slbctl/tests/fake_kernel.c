// SPDX-License-Identifier: GPL-2.0-only
/*
 * A simulated kernel for tests: answers what slbctl asks through libmnl, without any module.
 *
 * It is linked into slbctl-fake, where its functions come before those of libmnl.  The environment
 * says what it does:
 *
 *	FAKE_STORE=FILE		what is added is kept there between runs
 *	FAKE_SESSIONS=N		a session dump has N sessions
 *	FAKE_GROWTH=N		counters grow by N packets of 1000 bytes from dump to dump
 *	FAKE_INTR=N		the first N dumps are marked as interrupted
 *	FAKE_ERROR=CODE[:TEXT[:ATTR]]	every request fails so
 *	FAKE_MISSING=ATTR	with FAKE_ERROR: that attribute is missing
 *	FAKE_DUMP_ERROR=N	a session dump fails with errno 12 after N sessions
 *	FAKE_NO_MODULE=NAME	that family does not exist
 *	FAKE_VERSION=TEXT	the version of the modules
 *	FAKE_EVENTS=1		two events with a loss between them, then SIGTERM
 *	FAKE_SUSPECT=1		with FAKE_EVENTS: the first event is that of a suspect server
 *	FAKE_SYNC_WAIT=N	the setting sync-wait
 *	FAKE_LEFT=N		a server has N sessions, and one less each time it is asked for
 */
#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <linux/slb.h>
#include <linux/slb_relay.h>
#include <slb/version.h>

#define SLB_ID		100
#define RELAY_ID	101
#define EVENTS_GROUP	7
#define PORT_ID		4711
#define STORE_MAX	4096
#define MESSAGE_MAX	1024
#define CHUNK		16384	/* bytes of a dump given at a time */

struct mnl_socket {
	int fd;
	bool events;
	int step;		/* of the script of events */
	struct nlmsghdr *request;
	unsigned long next;	/* object of a dump */
	bool done;
	bool interrupted;
};

/* Objects with the same order of commands. */
struct kind {
	uint16_t family;
	uint8_t get, add, set, del, flush;
	uint8_t keys;		/* attributes 1 to this one name it */
	uint8_t state;		/* attribute of a state, 0 for none */
	uint8_t traffic;	/* attribute of a nest of counters */
};

static const struct kind kinds[] = {
	{ SLB_ID, SLB_CMD_LINK_GET, SLB_CMD_LINK_ADD, SLB_CMD_LINK_SET, SLB_CMD_LINK_DEL,
	  SLB_CMD_LINK_FLUSH, 1, SLB_A_LINK_STATE, SLB_A_LINK_CLIENT_IN },
	{ SLB_ID, SLB_CMD_GROUP_GET, SLB_CMD_GROUP_ADD, SLB_CMD_GROUP_SET, SLB_CMD_GROUP_DEL,
	  SLB_CMD_GROUP_FLUSH, 1, 0, 0 },
	{ SLB_ID, SLB_CMD_SERVER_GET, SLB_CMD_SERVER_ADD, SLB_CMD_SERVER_SET, SLB_CMD_SERVER_DEL,
	  SLB_CMD_SERVER_FLUSH, 3, 0, SLB_A_SERVER_IN },
	{ SLB_ID, SLB_CMD_VIP_GET, SLB_CMD_VIP_ADD, SLB_CMD_VIP_SET, SLB_CMD_VIP_DEL,
	  SLB_CMD_VIP_FLUSH, 4, 0, SLB_A_VIP_IN },
	{ RELAY_ID, SLB_RELAY_CMD_VIP_GET, SLB_RELAY_CMD_VIP_ADD, 0, SLB_RELAY_CMD_VIP_DEL,
	  SLB_RELAY_CMD_VIP_FLUSH, 4, 0, SLB_RELAY_A_VIP_IN },
	{ RELAY_ID, SLB_RELAY_CMD_BALANCER_GET, SLB_RELAY_CMD_BALANCER_ADD,
	  SLB_RELAY_CMD_BALANCER_SET, SLB_RELAY_CMD_BALANCER_DEL, SLB_RELAY_CMD_BALANCER_FLUSH,
	  1, 0, 0 },
	{ RELAY_ID, SLB_RELAY_CMD_LINK_GET, SLB_RELAY_CMD_LINK_ADD, SLB_RELAY_CMD_LINK_SET,
	  SLB_RELAY_CMD_LINK_DEL, SLB_RELAY_CMD_LINK_FLUSH, 2, SLB_RELAY_A_LINK_STATE,
	  SLB_RELAY_A_LINK_CLIENT_IN },
	{ RELAY_ID, SLB_RELAY_CMD_DEVICE_GET, SLB_RELAY_CMD_DEVICE_ADD, SLB_RELAY_CMD_DEVICE_SET,
	  SLB_RELAY_CMD_DEVICE_DEL, SLB_RELAY_CMD_DEVICE_FLUSH, 1, 0, 0 },
};

#define LINK_KIND	0
#define GROUP_KIND	1
#define SERVER_KIND	2

static struct {
	const struct kind *kind;
	char message[MESSAGE_MAX] __attribute__((aligned(4)));
} store[STORE_MAX];

static unsigned long stored;

static unsigned long number(const char *name)
{
	const char *value = getenv(name);

	return value ? strtoul(value, NULL, 10) : 0;
}

/* Kinds are kept as their place in the table, for pointers differ from run to run. */
static void load_store(void)
{
	FILE *file = getenv("FAKE_STORE") ? fopen(getenv("FAKE_STORE"), "r") : NULL;
	size_t kind;

	stored = 0;
	while (file && fread(&kind, sizeof(kind), 1, file) == 1 &&
	       fread(store[stored].message, MESSAGE_MAX, 1, file) == 1)
		store[stored++].kind = &kinds[kind];
	if (file)
		fclose(file);
}

static void save_store(void)
{
	FILE *file = getenv("FAKE_STORE") ? fopen(getenv("FAKE_STORE"), "w") : NULL;
	unsigned long i;

	for (i = 0; file && i < stored; i++) {
		size_t kind = (size_t)(store[i].kind - kinds);

		fwrite(&kind, sizeof(kind), 1, file);
		fwrite(store[i].message, MESSAGE_MAX, 1, file);
	}
	if (file)
		fclose(file);
}

static uint8_t command(const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);

	return genl->cmd;
}

static struct nlmsghdr *begin(void *buffer, const struct nlmsghdr *request, uint16_t type,
			      uint16_t flags, uint8_t cmd)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	struct genlmsghdr *genl;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = flags;
	nlh->nlmsg_seq = request ? request->nlmsg_seq : 0;
	nlh->nlmsg_pid = request ? PORT_ID : 0;
	if (type >= NLMSG_MIN_TYPE) {
		genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
		genl->cmd = cmd;
	}
	return nlh;
}

static const struct nlattr *find(const struct nlmsghdr *nlh, uint16_t type)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, GENL_HDRLEN)
		if (mnl_attr_get_type(attr) == type)
			return attr;
	return NULL;
}

static bool same(const struct nlattr *one, const struct nlattr *other)
{
	if (!one || !other)
		return one == other;
	return one->nla_len == other->nla_len && !memcmp(one, other, one->nla_len);
}

/* An answer with an errno, and what FAKE_ERROR adds to it. */
static size_t put_error(char *buffer, const struct nlmsghdr *request, int code, const char *text,
			unsigned int attr)
{
	struct nlmsghdr *nlh = begin(buffer, request, NLMSG_ERROR, NLM_F_CAPPED, 0);
	struct nlmsgerr *err = mnl_nlmsg_put_extra_header(nlh, sizeof(*err));
	const struct nlattr *at = attr ? find(request, (uint16_t)attr) : NULL;

	err->error = -code;
	err->msg = *request;
	if (!code)
		return nlh->nlmsg_len;
	if (text && *text)
		mnl_attr_put_strz(nlh, NLMSGERR_ATTR_MSG, text);
	if (at)
		mnl_attr_put_u32(nlh, NLMSGERR_ATTR_OFFS,
				 (uint32_t)((const char *)at - (const char *)request));
	if (getenv("FAKE_MISSING"))
		mnl_attr_put_u32(nlh, NLMSGERR_ATTR_MISS_TYPE, (uint32_t)number("FAKE_MISSING"));
	if (nlh->nlmsg_len > NLMSG_HDRLEN + sizeof(*err))
		nlh->nlmsg_flags |= NLM_F_ACK_TLVS;
	return nlh->nlmsg_len;
}

static bool no_module(const char *name)
{
	const char *missing = getenv("FAKE_NO_MODULE");

	return missing && (!strcmp(missing, name) || !strcmp(missing, "all"));
}

static size_t put_family_of(char *buffer, const struct nlmsghdr *request, uint16_t flags,
			    const char *name)
{
	struct nlmsghdr *nlh = begin(buffer, request, GENL_ID_CTRL, flags, CTRL_CMD_NEWFAMILY);
	struct nlattr *groups, *group;

	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, name);
	mnl_attr_put_u16(nlh, CTRL_ATTR_FAMILY_ID,
			 strcmp(name, SLB_FAMILY_NAME) ? RELAY_ID : SLB_ID);
	groups = mnl_attr_nest_start(nlh, CTRL_ATTR_MCAST_GROUPS);
	group = mnl_attr_nest_start(nlh, 1);
	mnl_attr_put_strz(nlh, CTRL_ATTR_MCAST_GRP_NAME, SLB_MCGRP_EVENTS);
	mnl_attr_put_u32(nlh, CTRL_ATTR_MCAST_GRP_ID, EVENTS_GROUP);
	mnl_attr_nest_end(nlh, group);
	mnl_attr_nest_end(nlh, groups);
	return NLMSG_ALIGN(nlh->nlmsg_len);
}

static size_t put_family(char *buffer, const struct nlmsghdr *request)
{
	const struct nlattr *attr = find(request, CTRL_ATTR_FAMILY_NAME);
	size_t len;

	if (!attr || no_module(mnl_attr_get_str(attr)))
		return put_error(buffer, request, ENOENT, NULL, 0);
	len = put_family_of(buffer, request, 0, mnl_attr_get_str(attr));
	return len + put_error(buffer + len, request, 0, NULL, 0);
}

static unsigned long dumps;	/* of any kind, so far */

/* The families of a dump: the netlink controller has others, too. */
static size_t put_next_family(struct mnl_socket *socket, char *buffer, uint16_t flags)
{
	static const char *const names[] = { SLB_FAMILY_NAME, "nlctrl", SLB_RELAY_FAMILY_NAME };

	while (socket->next < sizeof(names) / sizeof(names[0])) {
		const char *name = names[socket->next++];

		if (!no_module(name))
			return put_family_of(buffer, socket->request, flags, name);
	}
	return 0;
}

/* Replaces that of the C library: "save" and others read no module that is not loaded. */
int access(const char *path, int mode)
{
	static const char modules[] = "/sys/module/";

	if (strncmp(path, modules, strlen(modules)))
		return faccessat(AT_FDCWD, path, mode, 0);
	if (!getenv("FAKE_NO_MODULE"))
		return 0;
	errno = ENOENT;
	return -1;
}

static void put_traffic(struct nlmsghdr *nlh, uint16_t type)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, type);

	uint64_t grown = dumps * number("FAKE_GROWTH");

	/* The kernel sends a number in 32 bits when it fits and in 64 when it does not. */
	if (12 + grown <= UINT32_MAX)
		mnl_attr_put_u32(nlh, SLB_A_TRAFFIC_PACKETS, (uint32_t)(12 + grown));
	else
		mnl_attr_put_u64(nlh, SLB_A_TRAFFIC_PACKETS, 12 + grown);
	mnl_attr_put_u64(nlh, SLB_A_TRAFFIC_BYTES, 5000000000ULL + 1000 * grown);
	mnl_attr_nest_end(nlh, nest);
}

static uint32_t sessions_left(void)
{
	static unsigned long asked;
	unsigned long left = number("FAKE_LEFT");

	return (uint32_t)(left > asked ? left - asked++ : 0);
}

static size_t put_stored(char *buffer, const struct nlmsghdr *request, uint16_t flags,
			 unsigned long at)
{
	const struct nlmsghdr *kept = (const void *)store[at].message;
	const struct kind *kind = store[at].kind;
	struct nlmsghdr *nlh = begin(buffer, request, kind->family, flags, kind->get);
	const struct nlattr *attr;

	mnl_attr_for_each(attr, kept, GENL_HDRLEN)
		mnl_attr_put(nlh, mnl_attr_get_type(attr), mnl_attr_get_payload_len(attr),
			     mnl_attr_get_payload(attr));
	if (kind->state)
		mnl_attr_put_u32(nlh, kind->state, SLB_LINK_STATE_UP);
	if (kind->traffic)
		put_traffic(nlh, kind->traffic);
	if (kind == &kinds[SERVER_KIND] && getenv("FAKE_LEFT"))
		mnl_attr_put_u32(nlh, SLB_A_SERVER_SESSIONS, sessions_left());
	return NLMSG_ALIGN(nlh->nlmsg_len);
}

static long find_stored(const struct kind *kind, const struct nlmsghdr *request)
{
	unsigned long i;
	uint16_t key;

	for (i = 0; i < stored; i++) {
		bool equal = store[i].kind == kind;

		for (key = 1; equal && key <= kind->keys; key++)
			equal = same(find((const void *)store[i].message, key), find(request, key));
		if (equal)
			return (long)i;
	}
	return -1;
}

/* With an owner in the request: what belongs to it. */
static void flush_stored(const struct kind *kind, const struct nlmsghdr *request)
{
	const struct nlattr *owner = find(request, 1);
	unsigned long i = 0;

	while (i < stored) {
		if (store[i].kind == kind &&
		    (!owner || same(owner, find((const void *)store[i].message, 1))))
			store[i] = store[--stored];
		else
			i++;
	}
}

/*
 * What another attribute of a request takes away: a state ends a deadline, a share a number, a next
 * hop those behind it.
 */
static bool taken_away(const struct kind *kind, const struct nlmsghdr *request, uint16_t type)
{
	static const uint8_t pairs[][3] = {
		{ GROUP_KIND, SLB_A_GROUP_MIN_HEALTHY, SLB_A_GROUP_MIN_HEALTHY_PERCENT },
		{ GROUP_KIND, SLB_A_GROUP_MIN_HEALTHY_PERCENT, SLB_A_GROUP_MIN_HEALTHY },
		{ GROUP_KIND, SLB_A_GROUP_TIER_MIN, SLB_A_GROUP_TIER_MIN_PERCENT },
		{ GROUP_KIND, SLB_A_GROUP_TIER_MIN_PERCENT, SLB_A_GROUP_TIER_MIN },
		{ SERVER_KIND, SLB_A_SERVER_STATE, SLB_A_SERVER_DEADLINE },
		{ LINK_KIND, SLB_A_LINK_VIA4, SLB_A_LINK_VIA4_MORE },
		{ LINK_KIND, SLB_A_LINK_VIA6, SLB_A_LINK_VIA6_MORE },
	};
	size_t i;

	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (kind == &kinds[pairs[i][0]] && find(request, pairs[i][1]) &&
		    type == pairs[i][2])
			return true;
	return false;
}

/* What is given replaces what was there; the rest stays. */
static void change_stored(unsigned long at, const struct nlmsghdr *request)
{
	char old[MESSAGE_MAX] __attribute__((aligned(4)));
	const struct nlattr *attr;
	struct nlmsghdr *nlh;

	memcpy(old, store[at].message, sizeof(old));
	memcpy(store[at].message, request, request->nlmsg_len);
	nlh = (void *)store[at].message;
	mnl_attr_for_each(attr, (struct nlmsghdr *)old, GENL_HDRLEN)
		if (!find(request, mnl_attr_get_type(attr)) &&
		    !taken_away(store[at].kind, request, mnl_attr_get_type(attr)))
			mnl_attr_put(nlh, mnl_attr_get_type(attr), mnl_attr_get_payload_len(attr),
				     mnl_attr_get_payload(attr));
}

/* What a check has found of a server, or that it does not reach it over a link. */
static int set_health(const struct nlmsghdr *request)
{
	const struct nlattr *link = find(request, SLB_A_SERVER_LINK);
	long at = find_stored(&kinds[SERVER_KIND], request);

	if (at < 0)
		return ENOENT;
	if (link)
		mnl_attr_put((void *)store[at].message, SLB_A_SERVER_LINK_DOWN,
			     mnl_attr_get_payload_len(link), mnl_attr_get_payload(link));
	else
		change_stored((unsigned long)at, request);
	return 0;
}

static int change(const struct kind *kind, const struct nlmsghdr *request)
{
	long at = find_stored(kind, request);
	uint8_t cmd = command(request);

	if (cmd == kind->flush) {
		flush_stored(kind, request);
		return 0;
	}
	if (cmd == kind->add) {
		if (at >= 0)
			return EEXIST;
		if (stored == STORE_MAX)
			return ENOSPC;
		memcpy(store[stored].message, request, request->nlmsg_len);
		store[stored++].kind = kind;
		return 0;
	}
	if (at < 0)
		return ENOENT;
	if (cmd == kind->set)
		change_stored((unsigned long)at, request);
	else
		store[at] = store[--stored];
	return 0;
}

static const struct kind *kind_of(const struct nlmsghdr *request)
{
	uint8_t cmd = command(request);
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (request->nlmsg_type == kinds[i].family && cmd &&
		    (cmd == kinds[i].get || cmd == kinds[i].add || cmd == kinds[i].set ||
		     cmd == kinds[i].del || cmd == kinds[i].flush))
			return &kinds[i];
	return NULL;
}

/* A transaction changes each object as soon as it is staged. */
static int stage(const struct nlmsghdr *request)
{
	const struct nlattr *op = find(request, SLB_A_TXN_OP);
	const struct nlattr *inner = find(request, SLB_A_TXN_REQUEST);
	char buffer[MESSAGE_MAX] __attribute__((aligned(4)));
	const struct nlattr *attr;
	const struct kind *kind;
	struct nlmsghdr *nlh;

	if (!op || !inner)
		return EINVAL;
	nlh = begin(buffer, request, request->nlmsg_type, request->nlmsg_flags,
		    mnl_attr_get_u8(op));
	mnl_attr_for_each_nested(attr, inner)
		mnl_attr_put(nlh, mnl_attr_get_type(attr), mnl_attr_get_payload_len(attr),
			     mnl_attr_get_payload(attr));
	kind = kind_of(nlh);
	return kind ? change(kind, nlh) : EINVAL;
}

static bool is_stage(const struct nlmsghdr *request)
{
	return command(request) == (request->nlmsg_type == SLB_ID ? SLB_CMD_TXN_STAGE :
				    SLB_RELAY_CMD_TXN_STAGE);
}

static size_t put_injected(char *buffer, const struct nlmsghdr *request)
{
	char copy[256], *text, *attr = NULL;

	snprintf(copy, sizeof(copy), "%s", getenv("FAKE_ERROR"));
	text = strchr(copy, ':');
	if (text) {
		*text++ = '\0';
		attr = strrchr(text, ':');
		if (attr)
			*attr++ = '\0';
	}
	return put_error(buffer, request, atoi(copy), text, attr ? (unsigned int)atoi(attr) : 0);
}

static const char *fake_version(void)
{
	const char *version = getenv("FAKE_VERSION");

	return version ? version : SLB_VERSION;
}

/* What answers a request that no kind of object is behind. */
static size_t put_single(char *buffer, const struct nlmsghdr *request)
{
	struct nlmsghdr *nlh = begin(buffer, request, request->nlmsg_type, 0, command(request));
	const struct nlattr *attr;
	size_t len;

	if (request->nlmsg_type == SLB_ID && command(request) == SLB_CMD_SESSION_FLUSH)
		mnl_attr_put_u32(nlh, SLB_A_SESSION_COUNT, 3);
	if (request->nlmsg_type == SLB_ID && command(request) == SLB_CMD_STATUS_GET) {
		mnl_attr_put_u64(nlh, SLB_A_STATUS_SESSIONS_TOTAL, 1ULL << 40);
		mnl_attr_put_u32(nlh, SLB_A_STATUS_LINKS, 4);
		mnl_attr_put_strz(nlh, SLB_A_STATUS_VERSION, fake_version());
		mnl_attr_put_u32(nlh, SLB_A_STATUS_FEATURES, 1U | 1U << 31);
	}
	if (request->nlmsg_type == RELAY_ID && command(request) == SLB_RELAY_CMD_STATUS_GET)
		mnl_attr_put_strz(nlh, SLB_RELAY_A_STATUS_VERSION, fake_version());
	if (request->nlmsg_type == SLB_ID && command(request) == SLB_CMD_SETTING_GET) {
		mnl_attr_put_u32(nlh, SLB_A_SETTING_UDP_TIMEOUT, 300);
		mnl_attr_put_u8(nlh, SLB_A_SETTING_FAST_PATH, 0);
		if (getenv("FAKE_SYNC_WAIT"))
			mnl_attr_put_u32(nlh, SLB_A_SETTING_SYNC_WAIT,
					 (uint32_t)number("FAKE_SYNC_WAIT"));
	}
	if (request->nlmsg_type == RELAY_ID && command(request) == SLB_RELAY_CMD_SETTING_GET)
		mnl_attr_put_u8(nlh, SLB_RELAY_A_SETTING_FAST_PATH, 1);
	if (request->nlmsg_type == RELAY_ID && command(request) == SLB_RELAY_CMD_FLOW_GET) {
		mnl_attr_for_each(attr, request, GENL_HDRLEN)
			mnl_attr_put(nlh, mnl_attr_get_type(attr), mnl_attr_get_payload_len(attr),
				     mnl_attr_get_payload(attr));
		mnl_attr_put_strz(nlh, SLB_RELAY_A_FLOW_BALANCER, "b1");
		mnl_attr_put_strz(nlh, SLB_RELAY_A_FLOW_LINK, "l1");
	}
	len = NLMSG_ALIGN(nlh->nlmsg_len);
	return len + put_error(buffer + len, request, 0, NULL, 0);
}

static size_t put_answer(char *buffer, const struct nlmsghdr *request)
{
	const struct kind *kind;
	size_t len;
	long at;

	if (request->nlmsg_type == GENL_ID_CTRL)
		return put_family(buffer, request);
	if (getenv("FAKE_ERROR"))
		return put_injected(buffer, request);
	if (is_stage(request))
		return put_error(buffer, request, stage(request), NULL, 0);
	if (request->nlmsg_type == SLB_ID && command(request) == SLB_CMD_HEALTH_SET)
		return put_error(buffer, request, set_health(request), NULL, 0);
	kind = kind_of(request);
	if (!kind)
		return put_single(buffer, request);
	if (command(request) != kind->get)
		return put_error(buffer, request, change(kind, request), NULL, 0);
	at = find_stored(kind, request);
	if (at < 0)
		return put_error(buffer, request, ENOENT, NULL, 0);
	len = put_stored(buffer, request, 0, (unsigned long)at);
	return len + put_error(buffer + len, request, 0, NULL, 0);
}

static size_t put_session(char *buffer, const struct nlmsghdr *request, uint16_t flags,
			  unsigned long at)
{
	struct nlmsghdr *nlh = begin(buffer, request, SLB_ID, flags, SLB_CMD_SESSION_GET);
	uint8_t client[4] = { 198, (uint8_t)(51 + (at >> 16)), (uint8_t)(at >> 8), (uint8_t)at };
	const uint8_t vip[4] = { 203, 0, 113, 80 }, server[4] = { 192, 0, 2, 1 };
	const uint8_t local[4] = { 10, 1, 1, 1 };

	mnl_attr_put_u8(nlh, SLB_A_SESSION_PROTO, 6);
	mnl_attr_put(nlh, SLB_A_SESSION_CLIENT, sizeof(client), client);
	mnl_attr_put_u16(nlh, SLB_A_SESSION_CLIENT_PORT, (uint16_t)(1024 + (at >> 16)));
	mnl_attr_put(nlh, SLB_A_SESSION_VIP, sizeof(vip), vip);
	mnl_attr_put_u16(nlh, SLB_A_SESSION_VIP_PORT, 80);
	mnl_attr_put(nlh, SLB_A_SESSION_SERVER, sizeof(server), server);
	mnl_attr_put_u16(nlh, SLB_A_SESSION_SERVER_PORT, 8080);
	mnl_attr_put(nlh, SLB_A_SESSION_LOCAL, sizeof(local), local);
	mnl_attr_put_u16(nlh, SLB_A_SESSION_LOCAL_PORT, (uint16_t)at);
	mnl_attr_put_strz(nlh, SLB_A_SESSION_INGRESS_LINK, "l1");
	mnl_attr_put_strz(nlh, SLB_A_SESSION_RETURN_LINK, "l2");
	mnl_attr_put_strz(nlh, SLB_A_SESSION_GROUP, "web");
	mnl_attr_put_u32(nlh, SLB_A_SESSION_STATE, SLB_SESSION_STATE_TCP_ESTABLISHED);
	mnl_attr_put_u32(nlh, SLB_A_SESSION_AGE, 1234);
	mnl_attr_put_u64(nlh, SLB_A_SESSION_EXPIRES, 7440000);
	put_traffic(nlh, SLB_A_SESSION_IN);
	return NLMSG_ALIGN(nlh->nlmsg_len);
}

static size_t put_drop(char *buffer, const struct nlmsghdr *request, uint16_t flags,
		       unsigned long at)
{
	struct nlmsghdr *nlh = begin(buffer, request, request->nlmsg_type, flags, command(request));

	mnl_attr_put_u32(nlh, SLB_A_DROP_ID, (uint32_t)at);
	mnl_attr_put_strz(nlh, SLB_A_DROP_NAME, at ? "no-server" : "no-memory");
	mnl_attr_put_strz(nlh, SLB_A_DROP_TEXT, at ? "There was no server." : "No memory.");
	mnl_attr_put_u32(nlh, SLB_A_DROP_PACKETS, at ? 7 : 0);
	return NLMSG_ALIGN(nlh->nlmsg_len);
}

/* The next object of a dump: its length, or 0 when there is none. */
static size_t put_next(struct mnl_socket *socket, char *buffer, uint16_t flags)
{
	const struct nlmsghdr *request = socket->request;
	const struct kind *kind = kind_of(request);
	bool sessions = request->nlmsg_type == SLB_ID && command(request) == SLB_CMD_SESSION_GET;

	if (request->nlmsg_type == GENL_ID_CTRL)
		return put_next_family(socket, buffer, flags);
	if (sessions && socket->next < number("FAKE_SESSIONS"))
		return put_session(buffer, request, flags, socket->next++);
	if (!kind && !sessions && socket->next < 2)
		return put_drop(buffer, request, flags, socket->next++);
	while (kind && socket->next < stored) {
		if (store[socket->next++].kind == kind)
			return put_stored(buffer, request, flags, socket->next - 1);
	}
	return 0;
}

static size_t put_dump(struct mnl_socket *socket, char *buffer)
{
	uint16_t flags = NLM_F_MULTI | (socket->interrupted ? NLM_F_DUMP_INTR : 0);
	const char *limit = getenv("FAKE_DUMP_ERROR");
	struct nlmsghdr *nlh;
	size_t used = 0, len;
	int code = 0;

	while (used < CHUNK - MESSAGE_MAX) {
		if (limit && socket->next >= strtoul(limit, NULL, 10))
			code = -ENOMEM;
		len = code ? 0 : put_next(socket, buffer + used, flags);
		if (!len) {
			nlh = begin(buffer + used, socket->request, NLMSG_DONE, flags, 0);
			memcpy(mnl_nlmsg_put_extra_header(nlh, sizeof(code)), &code, sizeof(code));
			socket->done = true;
			return used + nlh->nlmsg_len;
		}
		used += len;
	}
	return used;
}

static ssize_t put_suspect(char *buffer)
{
	struct nlmsghdr *nlh = begin(buffer, NULL, SLB_ID, 0, SLB_CMD_SERVER_SUSPECT_NTF);
	const uint8_t addr[4] = { 192, 0, 2, 1 };

	mnl_attr_put_strz(nlh, SLB_A_SERVER_GROUP, "web");
	mnl_attr_put(nlh, SLB_A_SERVER_ADDR, sizeof(addr), addr);
	mnl_attr_put_u16(nlh, SLB_A_SERVER_PORT, 80);
	mnl_attr_put_u32(nlh, SLB_A_SERVER_WEIGHT, 1);
	mnl_attr_put_u32(nlh, SLB_A_SERVER_REFUSED, 5);
	mnl_attr_put_u32(nlh, SLB_A_SERVER_UNANSWERED, 2);
	return nlh->nlmsg_len;
}

static ssize_t next_event(struct mnl_socket *socket, char *buffer)
{
	const uint8_t vip[4] = { 203, 0, 113, 80 };
	struct nlmsghdr *nlh;

	switch (socket->step++) {
	case 0:
		if (getenv("FAKE_SUSPECT"))
			return put_suspect(buffer);
		nlh = begin(buffer, NULL, SLB_ID, 0, SLB_CMD_VIP_ADD_NTF);
		mnl_attr_put_u8(nlh, SLB_A_VIP_PROTO, 6);
		mnl_attr_put(nlh, SLB_A_VIP_ADDR, sizeof(vip), vip);
		mnl_attr_put_u16(nlh, SLB_A_VIP_PORT_FIRST, 80);
		mnl_attr_put_u16(nlh, SLB_A_VIP_PORT_LAST, 80);
		mnl_attr_put_strz(nlh, SLB_A_VIP_GROUP, "web");
		return nlh->nlmsg_len;
	case 1:
		errno = ENOBUFS;
		return -1;
	case 2:
		nlh = begin(buffer, NULL, RELAY_ID, 0, SLB_RELAY_CMD_BALANCER_DEL_NTF);
		mnl_attr_put_strz(nlh, SLB_RELAY_A_BALANCER_NAME, "b1");
		return nlh->nlmsg_len;
	case 3:
		nlh = begin(buffer, NULL, GENL_ID_CTRL, 0, CTRL_CMD_DELFAMILY);
		mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, SLB_FAMILY_NAME);
		mnl_attr_put_u16(nlh, CTRL_ATTR_FAMILY_ID, SLB_ID);
		return nlh->nlmsg_len;
	default:
		raise(SIGTERM);
		errno = EAGAIN;
		return -1;
	}
}

struct mnl_socket *mnl_socket_open2(int bus, int flags)
{
	struct mnl_socket *socket = calloc(1, sizeof(*socket));

	(void)bus;
	(void)flags;
	socket->fd = eventfd(!!getenv("FAKE_EVENTS"), EFD_CLOEXEC);
	load_store();
	return socket;
}

int mnl_socket_bind(struct mnl_socket *socket, unsigned int groups, pid_t pid)
{
	(void)socket;
	(void)groups;
	(void)pid;
	return 0;
}

int mnl_socket_setsockopt(const struct mnl_socket *socket, int type, void *data, socklen_t len)
{
	(void)socket;
	(void)type;
	(void)data;
	(void)len;
	return 0;
}

unsigned int mnl_socket_get_portid(const struct mnl_socket *socket)
{
	(void)socket;
	return PORT_ID;
}

int mnl_socket_get_fd(const struct mnl_socket *socket)
{
	return socket->fd;
}

int mnl_socket_close(struct mnl_socket *socket)
{
	save_store();
	close(socket->fd);
	free(socket->request);
	free(socket);
	return 0;
}

ssize_t mnl_socket_sendto(const struct mnl_socket *socket, const void *message, size_t len)
{
	struct mnl_socket *own = (struct mnl_socket *)socket;

	free(own->request);
	own->request = malloc(len);
	memcpy(own->request, message, len);
	own->next = 0;
	own->done = false;
	if ((own->request->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP)
		own->interrupted = dumps++ < number("FAKE_INTR");
	return (ssize_t)len;
}

ssize_t mnl_socket_recvfrom(const struct mnl_socket *socket, void *buffer, size_t len)
{
	struct mnl_socket *own = (struct mnl_socket *)socket;

	(void)len;
	if (!own->request)
		return next_event(own, buffer);
	if ((own->request->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP && !getenv("FAKE_ERROR"))
		return (ssize_t)put_dump(own, buffer);
	return (ssize_t)put_answer(buffer, own->request);
}
