// SPDX-License-Identifier: GPL-2.0-only
/*
 * Talks with the module slb, or relay. The kernel answers a request before sendto(2) returns, so
 * that no request waits: the loop makes one at a time.
 *
 * What the kernel says of this balancer is read again after each event of the module, whatever it
 * says: a moment later, so that many events cost as much as one.
 */
#include "kernel.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <linux/slb.h>
#include <linux/slb_relay.h>

#include "limit.h"
#include "loop.h"
#include "netlink.h"
#include "nl.h"
#include "say.h"

#define REFRESH_SOON	200	/* milliseconds */
#define REFRESH_LATE	5000
#define ANSWER_TIME	2	/* seconds; the answer is there at once */
#define RECORDS_ROOM	(CTL_NL_BUFFER / sizeof(struct slb_sync_record))
#define NLCTRL_GROUP	GENL_ID_CTRL	/* multicast group of the controller */

const char *const sy_refusal_names[SY_REFUSALS] = {
	[SY_RANGE] = "range",
	[SY_VIP] = "vip",
	[SY_SERVER] = "server",
	[SY_KEY] = "key",
	[SY_LIMIT] = "limit",
	[SY_INVALID] = "invalid",
};

struct sy_self sy_self;

/* All sessions, read by a socket of its own, which keeps the place in the kernel's table. */
struct sy_dump {
	struct mnl_socket *socket;
	uint32_t seq;
};

static struct {
	enum sy_role role;
	struct mnl_socket *ask, *events;
	struct dm_watch watch;
	struct dm_timer refresh;
	struct ctl_nl_family family;
	uint32_t joined;	/* multicast group */
	void (*changed)(void);
	void (*heard)(void);
	struct dm_limit failed;
} kernel;

/* Read into one place, for nobody keeps records. */
static char buffer[CTL_NL_BUFFER] __attribute__((aligned(NLMSG_ALIGNTO)));
static char request[CTL_NL_BUFFER] __attribute__((aligned(NLMSG_ALIGNTO)));
static struct slb_sync_record records[RECORDS_ROOM];

/* ---- requests */

/* Return: 1 at the end of the answer, 0 when there is more to come, -1 with errno set. */
static int read_answer(const struct nlmsghdr *sent, ssize_t got, sy_reader *read, void *data)
{
	const struct nlmsghdr *nlh = (const void *)buffer;
	struct ctl_error error = { 0 };
	int left = (int)got;

	for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
		if (nlh->nlmsg_seq != sent->nlmsg_seq)
			continue;
		if (nlh->nlmsg_type == NLMSG_ERROR || nlh->nlmsg_type == NLMSG_DONE) {
			if (!ctl_nl_end(nlh, sent, &error))
				return 1;
			if (dm_limit_pass(&kernel.failed))
				dm_say(LOG_ERR, "the kernel refuses a request: %s",
				       *error.text ? error.text : strerror(error.code));
			errno = error.code;
			return -1;
		}
		if (nlh->nlmsg_type >= NLMSG_MIN_TYPE && read)
			read(nlh, data);
	}
	return 0;
}

/* Return: 0, or -1 with errno set. */
static int ask(const struct nlmsghdr *sent, sy_reader *read, void *data)
{
	ssize_t got;
	int end = 0;

	if (mnl_socket_sendto(kernel.ask, sent, sent->nlmsg_len) < 0)
		return -1;
	while (!end) {
		got = mnl_socket_recvfrom(kernel.ask, buffer, sizeof(buffer));
		if (got < 0)
			return -1;
		end = read_answer(sent, got, read, data);
	}
	return end < 0 ? -1 : 0;
}

/**
 * sy_kernel_begin() - Begin a request to the module.
 * @place: Where to put it.
 * @command: Its command.
 * @flags: Flags of netlink(7).
 *
 * Return: The message, with a number of its own.
 */
struct nlmsghdr *sy_kernel_begin(char *place, uint8_t command, uint16_t flags)
{
	struct nlmsghdr *nlh;

	nlh = dm_netlink_begin(place, kernel.family.id, command, SLB_FAMILY_VERSION);
	nlh->nlmsg_flags |= flags;
	return nlh;
}

static struct nlmsghdr *begin(uint8_t command, uint16_t flags)
{
	return sy_kernel_begin(request, command, flags);
}

/**
 * sy_kernel_send() - Send several requests at once, each of which is acknowledged.
 * @data: The requests, one after the other.
 * @len: Bytes of all.
 * @messages: Number of them; their acknowledgments must fit the buffer of a socket.
 * @answered: Called for each answer with 0 or a positive error number.
 * @to: For @answered.
 *
 * Return: 0, or -1 with errno set.
 */
int sy_kernel_send(const void *data, size_t len, size_t messages,
		   void (*answered)(int code, void *data), void *to)
{
	const struct nlmsghdr *nlh;
	ssize_t got;
	int left;

	if (mnl_socket_sendto(kernel.ask, data, len) < 0)
		return -1;
	while (messages) {
		got = mnl_socket_recvfrom(kernel.ask, buffer, sizeof(buffer));
		if (got < 0)
			return -1;
		nlh = (const void *)buffer;
		for (left = (int)got; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
			const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);

			if (nlh->nlmsg_type != NLMSG_ERROR || !messages)
				continue;
			answered(-err->error, to);
			messages--;
		}
	}
	return 0;
}

static uint64_t number(const struct nlattr *attr)
{
	if (attr && mnl_attr_get_payload_len(attr) == sizeof(uint64_t))
		return mnl_attr_get_u64(attr);
	return dm_attr_number(attr, 0);
}

/* ---- this balancer */

static void add_range(struct sy_ranges *to, const struct nlattr *first, const struct nlattr *last)
{
	struct slb_sync_range *range = &to->range[to->count];
	size_t len = first ? mnl_attr_get_payload_len(first) : 0;

	if (to->count == SY_RANGES_MAX || (len != 4 && len != 16))
		return;
	/* the last address is absent when there is only one */
	if (!last || mnl_attr_get_payload_len(last) != len)
		last = first;
	memset(range, 0, sizeof(*range));
	range->family = len == 4 ? 4 : 6;
	memcpy(range->first, mnl_attr_get_payload(first), len);
	memcpy(range->last, mnl_attr_get_payload(last), len);
	to->count++;
}

static bool is_up(const struct nlattr *state)
{
	uint32_t value = dm_attr_number(state, UINT32_MAX);

	return value == SLB_LINK_STATE_UP || value == SLB_LINK_STATE_HELD;
}

static void read_link(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[SLB_A_LINK_MAX + 1];
	struct sy_self *self = data;

	dm_attrs_read(nlh, tb, SLB_A_LINK_MAX);
	self->up |= is_up(tb[SLB_A_LINK_STATE]) || is_up(tb[SLB_A_LINK_STATE4]) ||
		    is_up(tb[SLB_A_LINK_STATE6]);
	add_range(&self->own, tb[SLB_A_LINK_LOCAL4_FIRST], tb[SLB_A_LINK_LOCAL4_LAST]);
	add_range(&self->own, tb[SLB_A_LINK_LOCAL6_FIRST], tb[SLB_A_LINK_LOCAL6_LAST]);
	add_range(&self->adopted, tb[SLB_A_LINK_ADOPT4_FIRST], tb[SLB_A_LINK_ADOPT4_LAST]);
	add_range(&self->adopted, tb[SLB_A_LINK_ADOPT6_FIRST], tb[SLB_A_LINK_ADOPT6_LAST]);
}

static void read_setting(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[SLB_A_SETTING_MAX + 1];
	struct sy_self *self = data;

	dm_attrs_read(nlh, tb, SLB_A_SETTING_MAX);
	self->wait = dm_attr_number(tb[SLB_A_SETTING_SYNC_WAIT], 0);
}

static void read_status(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[SLB_A_STATUS_MAX + 1];
	struct sy_self *self = data;

	dm_attrs_read(nlh, tb, SLB_A_STATUS_MAX);
	self->vips_id = dm_attr_number(tb[SLB_A_STATUS_VIPS_ID], 0);
}

static void read_relay_status(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[SLB_RELAY_A_STATUS_MAX + 1];
	struct sy_self *self = data;

	dm_attrs_read(nlh, tb, SLB_RELAY_A_STATUS_MAX);
	self->vips_id = dm_attr_number(tb[SLB_RELAY_A_STATUS_VIPS_ID], 0);
}

static const char *family_name(void)
{
	return kernel.role == SY_RELAY ? SLB_RELAY_FAMILY_NAME : SLB_FAMILY_NAME;
}

/**
 * sy_kernel_module() - The name of the module that is asked.
 *
 * Return: It.
 */
const char *sy_kernel_module(void)
{
	return kernel.role == SY_RELAY ? "relay" : "slb";
}

static void read_family(const struct nlmsghdr *nlh, void *data)
{
	struct ctl_nl_family found;
	const char *name;

	if (!ctl_nl_family_read(nlh, &name, &found) && !strcmp(name, family_name()))
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

static int read_self(struct sy_self *self)
{
	memset(self, 0, sizeof(*self));
	if (find_family())
		return -1;
	if (!kernel.family.id)
		return 0;
	self->loaded = true;
	if (kernel.role == SY_RELAY) {
		self->up = true;
		self->wait = 1;
		return ask(begin(SLB_RELAY_CMD_STATUS_GET, NLM_F_ACK), read_relay_status, self);
	}
	if (ask(begin(SLB_CMD_SETTING_GET, NLM_F_ACK), read_setting, self) ||
	    ask(begin(SLB_CMD_STATUS_GET, NLM_F_ACK), read_status, self))
		return -1;
	return ask(begin(SLB_CMD_LINK_GET, NLM_F_DUMP), read_link, self);
}

static void on_refresh(struct dm_timer *timer)
{
	struct sy_self self;

	dm_timer_set(timer, dm_now() + REFRESH_LATE);
	/* after a failure, as while the module is unloaded: soon again */
	if (read_self(&self)) {
		dm_timer_set(timer, dm_now() + REFRESH_SOON);
		return;
	}
	if (self.loaded != sy_self.loaded)
		dm_say(LOG_NOTICE, "module %s is %s", sy_kernel_module(),
		       self.loaded ? "loaded" : "not loaded: waiting for it");
	if (!memcmp(&self, &sy_self, sizeof(self)))
		return;
	sy_self = self;
	kernel.changed();
}

static void events_ready(struct dm_watch *watch, uint32_t events)
{
	ssize_t got;

	(void)watch;
	(void)events;
	do
		got = mnl_socket_recvfrom(kernel.events, buffer, sizeof(buffer));
	while (got > 0);
	kernel.heard();
	if (kernel.refresh.at > dm_now() + REFRESH_SOON)
		dm_timer_set(&kernel.refresh, dm_now() + REFRESH_SOON);
}

/* ---- records */

static void read_records(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[SLB_A_SYNC_MAX + 1];
	struct sy_records *to = data;
	size_t count = 0;

	dm_attrs_read(nlh, tb, SLB_A_SYNC_MAX);
	if (tb[SLB_A_SYNC_RECORDS])
		count = mnl_attr_get_payload_len(tb[SLB_A_SYNC_RECORDS]) / sizeof(*records);
	if (count > RECORDS_ROOM - to->count)
		count = RECORDS_ROOM - to->count;
	if (count)
		memcpy(records + to->count, mnl_attr_get_payload(tb[SLB_A_SYNC_RECORDS]),
		       count * sizeof(*records));
	to->count += count;
	to->next = number(tb[SLB_A_SYNC_NEXT]);
	to->lost = number(tb[SLB_A_SYNC_LOST]);
	to->behind = number(tb[SLB_A_SYNC_BEHIND]);
}

/**
 * sy_kernel_changes() - Read sessions that have changed.
 * @after: The position in the log, or NULL: only learn the present one.
 * @to: Where to put them.
 *
 * Return: 0, or -1 with errno set.
 */
int sy_kernel_changes(const uint64_t *after, struct sy_records *to)
{
	struct nlmsghdr *nlh = begin(SLB_CMD_SYNC_GET, NLM_F_ACK);

	memset(to, 0, sizeof(*to));
	to->record = records;
	if (after)
		mnl_attr_put_u64(nlh, SLB_A_SYNC_AFTER, *after);
	return ask(nlh, read_records, to);
}

static void read_taken(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[SLB_A_SYNC_MAX + 1];
	struct sy_taken *to = data;
	int i;

	_Static_assert(SLB_A_SYNC_REFUSED_INVALID - SLB_A_SYNC_REFUSED_RANGE == SY_INVALID,
		       "the attributes have the order of the names");
	dm_attrs_read(nlh, tb, SLB_A_SYNC_MAX);
	to->added = number(tb[SLB_A_SYNC_ADDED]);
	to->updated = number(tb[SLB_A_SYNC_UPDATED]);
	to->ended = number(tb[SLB_A_SYNC_ENDED]);
	for (i = 0; i < SY_REFUSALS; i++)
		to->refused[i] = number(tb[SLB_A_SYNC_REFUSED_RANGE + i]);
}

/**
 * sy_kernel_add() - Give sessions of others to the kernel.
 * @record: The records.
 * @count: Number of them, at most SLB_SYNC_RECORDS_MAX.
 * @mark: Marks them as named by one bulk.
 * @to: What the kernel did with them.
 *
 * Return: 0, or -1 with errno set.
 */
int sy_kernel_add(const struct slb_sync_record *record, size_t count, uint32_t mark,
		  struct sy_taken *to)
{
	struct nlmsghdr *nlh = begin(SLB_CMD_SYNC_ADD, NLM_F_ACK);

	memset(to, 0, sizeof(*to));
	mnl_attr_put(nlh, SLB_A_SYNC_RECORDS, count * sizeof(*record), record);
	mnl_attr_put_u32(nlh, SLB_A_SYNC_EPOCH, mark);
	return ask(nlh, read_taken, to);
}

static void read_swept(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[SLB_A_SYNC_MAX + 1];

	dm_attrs_read(nlh, tb, SLB_A_SYNC_MAX);
	*(uint32_t *)data = (uint32_t)number(tb[SLB_A_SYNC_SWEPT]);
}

/**
 * sy_kernel_feed() - Say that the balancer that has some local addresses lives.
 * @ranges: Its addresses.
 * @mark: End sessions that no record with this mark has named; or NULL.
 * @swept: How many have ended so.
 *
 * Return: 0, or -1 with errno set.
 */
int sy_kernel_feed(const struct sy_ranges *ranges, const uint32_t *mark, uint32_t *swept)
{
	struct nlmsghdr *nlh = begin(SLB_CMD_SYNC_FEED, NLM_F_ACK);

	*swept = 0;
	if (!ranges->count)
		return 0;
	mnl_attr_put(nlh, SLB_A_SYNC_RANGES, ranges->count * sizeof(*ranges->range),
		     ranges->range);
	if (mark)
		mnl_attr_put_u32(nlh, SLB_A_SYNC_EPOCH, *mark);
	return ask(nlh, read_swept, swept);
}

/**
 * sy_kernel_caught_up() - Say that the balancer has its sessions back.
 *
 * Return: 0, or -1 with errno set.
 */
int sy_kernel_caught_up(void)
{
	struct nlmsghdr *nlh = begin(SLB_CMD_SYNC_SET, NLM_F_ACK);

	mnl_attr_put_u8(nlh, SLB_A_SYNC_BEHIND, 0);
	return ask(nlh, NULL, NULL);
}

/* ---- all sessions */

/**
 * sy_dump_begin() - Begin a dump with a socket of its own.
 * @nlh: The request.
 *
 * Return: What sy_dump_next() reads, or NULL with errno set.
 */
struct sy_dump *sy_dump_begin(const struct nlmsghdr *nlh)
{
	struct sy_dump *dump = calloc(1, sizeof(*dump));

	if (!dump)
		return NULL;
	dump->socket = dm_netlink_open(0);
	dump->seq = nlh->nlmsg_seq;
	if (dump->socket && mnl_socket_sendto(dump->socket, nlh, nlh->nlmsg_len) >= 0)
		return dump;
	sy_dump_close(dump);
	return NULL;
}

/**
 * sy_dump_open() - Begin to read all sessions.
 *
 * Return: What sy_dump_read() reads, or NULL with errno set.
 */
struct sy_dump *sy_dump_open(void)
{
	return sy_dump_begin(begin(SLB_CMD_SYNC_GET, NLM_F_DUMP));
}

/**
 * sy_dump_next() - Read some messages of a dump.
 * @dump: The dump.
 * @read: Takes each of them.
 * @data: For @read.
 *
 * Return: 1 at the end, 0 when there is more to come, -1 with errno set.
 */
int sy_dump_next(struct sy_dump *dump, sy_reader *read, void *data)
{
	struct nlmsghdr sent = { .nlmsg_seq = dump->seq, .nlmsg_len = sizeof(sent) };
	ssize_t got = mnl_socket_recvfrom(dump->socket, buffer, sizeof(buffer));

	return got < 0 ? -1 : read_answer(&sent, got, read, data);
}

/**
 * sy_dump_read() - Read some sessions.
 * @dump: Of sy_dump_open().
 * @to: Where to put them.
 *
 * Return: 0, or -1 with errno set.
 */
int sy_dump_read(struct sy_dump *dump, struct sy_records *to)
{
	int end;

	memset(to, 0, sizeof(*to));
	to->record = records;
	end = sy_dump_next(dump, read_records, to);
	to->done = end > 0;
	return end < 0 ? -1 : 0;
}

/**
 * sy_dump_close() - Read no more sessions.
 * @dump: Of sy_dump_open(), or NULL.
 */
void sy_dump_close(struct sy_dump *dump)
{
	if (dump && dump->socket)
		mnl_socket_close(dump->socket);
	free(dump);
}

/* ---- sockets */

static int limit_wait(struct mnl_socket *socket)
{
	struct timeval time = { .tv_sec = ANSWER_TIME };

	return setsockopt(mnl_socket_get_fd(socket), SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time));
}

/**
 * sy_kernel_open() - Begin to ask, and to hear events.
 * @role: Which module is asked.
 * @changed: Called when sy_self has changed.
 * @heard: Called when the module has changed anything.
 *
 * Return: 0, or -1 with errno set.
 */
int sy_kernel_open(enum sy_role role, void (*changed)(void), void (*heard)(void))
{
	int group = NLCTRL_GROUP;

	kernel.role = role;
	kernel.changed = changed;
	kernel.heard = heard;
	kernel.ask = dm_netlink_open(0);
	kernel.events = dm_netlink_open(SOCK_NONBLOCK);
	if (!kernel.ask || !kernel.events || limit_wait(kernel.ask) ||
	    mnl_socket_setsockopt(kernel.events, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)))
		return -1;
	kernel.watch.ready = events_ready;
	kernel.refresh.run = on_refresh;
	dm_timer_set(&kernel.refresh, dm_now());
	return dm_watch_open(&kernel.watch, mnl_socket_get_fd(kernel.events), EPOLLIN);
}
