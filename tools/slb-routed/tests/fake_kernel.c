// SPDX-License-Identifier: GPL-2.0-only
/*
 * A simulated kernel for tests: answers what slb-routed asks through libmnl, without any module.
 *
 * It is linked into slb-routed-fake, where its functions come before those of libmnl. FAKE_KERNEL
 * names the file with its state, which the program fake changes; a FIFO beside it has a byte for
 * each event.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/slb_relay.h>

#include "fake.h"

#define FAMILY		100
#define BATCH		100

struct mnl_socket {
	int fd;
	bool events;
	struct nlmsghdr *request;
	unsigned int place;	/* of a dump */
};

static struct fake *fake;

static void map_state(void)
{
	int fd = open(getenv("FAKE_KERNEL"), O_RDWR | O_CLOEXEC);

	fake = mmap(NULL, sizeof(*fake), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (fd < 0 || fake == MAP_FAILED)
		abort();
	close(fd);
}

static uint8_t command(const struct nlmsghdr *nlh)
{
	return ((const struct genlmsghdr *)mnl_nlmsg_get_payload(nlh))->cmd;
}

static struct nlmsghdr *begin(char *place, const struct nlmsghdr *request, uint16_t type)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(place);

	nlh->nlmsg_type = type;
	nlh->nlmsg_seq = request->nlmsg_seq;
	return nlh;
}

static struct nlmsghdr *begin_genl(char *place, const struct nlmsghdr *request, uint16_t type)
{
	struct nlmsghdr *nlh = begin(place, request, type);

	((struct genlmsghdr *)mnl_nlmsg_put_extra_header(nlh, GENL_HDRLEN))->cmd =
		command(request);
	return nlh;
}

static size_t put_end(char *place, const struct nlmsghdr *request, uint16_t type, int code)
{
	struct nlmsghdr *nlh = begin(place, request, type);
	struct nlmsgerr *err;

	if (type == NLMSG_DONE) {
		memcpy(mnl_nlmsg_put_extra_header(nlh, sizeof(code)), &code, sizeof(code));
		return nlh->nlmsg_len;
	}
	nlh->nlmsg_flags = NLM_F_CAPPED;
	err = mnl_nlmsg_put_extra_header(nlh, sizeof(*err));
	err->error = -code;
	err->msg = *request;
	return nlh->nlmsg_len;
}

/* ---- the relay */

static size_t put_link(char *place, const struct nlmsghdr *request)
{
	struct nlmsghdr *nlh = begin_genl(place, request, FAMILY);

	mnl_attr_put_u32(nlh, SLB_RELAY_A_LINK_STATE, fake->down ? SLB_RELAY_LINK_STATE_SILENT :
								  SLB_RELAY_LINK_STATE_UP);
	if (fake->first[0]) {
		mnl_attr_put(nlh, SLB_RELAY_A_LINK_RETURN4_FIRST, 4, fake->first);
		mnl_attr_put(nlh, SLB_RELAY_A_LINK_RETURN4_LAST, 4, fake->last);
	}
	return nlh->nlmsg_len;
}

static size_t put_vip(char *place, const struct nlmsghdr *request, const struct fake_vip *vip)
{
	struct nlmsghdr *nlh = begin_genl(place, request, FAMILY);

	mnl_attr_put(nlh, SLB_RELAY_A_VIP_ADDR, vip->len, vip->addr);
	mnl_attr_put_u8(nlh, SLB_RELAY_A_VIP_USABLE, vip->usable);
	return nlh->nlmsg_len;
}

static size_t put_vips(struct mnl_socket *own, char *place)
{
	unsigned int count = 0;
	size_t len = 0;

	fake->dumps += !own->place;
	for (; own->place < fake->vips && count < BATCH; own->place++, count++)
		len += put_vip(place + len, own->request, &fake->vip[own->place]);
	if (!len && fake->interrupted) {
		fake->interrupted--;
		len = put_vip(place, own->request, &fake->vip[0]);
		((struct nlmsghdr *)place)->nlmsg_flags |= NLM_F_DUMP_INTR;
		own->place++;
	}
	return len;
}

static size_t put_family(char *place, const struct nlmsghdr *request)
{
	struct nlmsghdr *nlh = begin_genl(place, request, GENL_ID_CTRL);

	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME,
			  fake->unloaded ? "other" : SLB_RELAY_FAMILY_NAME);
	mnl_attr_put_u16(nlh, CTRL_ATTR_FAMILY_ID, FAMILY);
	return NLMSG_ALIGN(nlh->nlmsg_len);
}

/* ---- routes */

static size_t put_routes(struct mnl_socket *own, char *place)
{
	const struct rtmsg *want = mnl_nlmsg_get_payload(own->request);
	unsigned int count = 0;
	size_t len = 0;

	for (; own->place < FAKE_ROUTES && count < BATCH; own->place++) {
		const struct fake_route *route = &fake->route[own->place];
		struct nlmsghdr *nlh;
		struct rtmsg *head;

		if (!route->family || route->family != want->rtm_family)
			continue;
		nlh = begin(place + len, own->request, RTM_NEWROUTE);
		head = mnl_nlmsg_put_extra_header(nlh, sizeof(*head));
		head->rtm_family = route->family;
		head->rtm_dst_len = route->len;
		head->rtm_protocol = route->protocol;
		head->rtm_type = route->type;
		mnl_attr_put_u32(nlh, RTA_TABLE, route->table);
		mnl_attr_put(nlh, RTA_DST, route->family == AF_INET ? 4 : 16, route->addr);
		len += nlh->nlmsg_len;
		count++;
	}
	return len;
}

static struct fake_route read_route(const struct nlmsghdr *nlh)
{
	const struct rtmsg *head = mnl_nlmsg_get_payload(nlh);
	struct fake_route route = { head->rtm_family, head->rtm_dst_len, head->rtm_protocol,
				    head->rtm_type, 0, { 0 } };
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(*head)) {
		if (mnl_attr_get_type(attr) == RTA_TABLE)
			route.table = mnl_attr_get_u32(attr);
		if (mnl_attr_get_type(attr) == RTA_DST)
			memcpy(route.addr, mnl_attr_get_payload(attr),
			       mnl_attr_get_payload_len(attr));
	}
	return route;
}

/* Return: positive errno. */
static int change_route(const struct nlmsghdr *nlh)
{
	struct fake_route route = read_route(nlh), *free = NULL, *same = NULL;
	int i;

	if (fake->refuses)
		return (int)fake->refuses;
	for (i = 0; i < FAKE_ROUTES; i++) {
		struct fake_route *other = &fake->route[i];

		if (!other->family && !free)
			free = other;
		if (other->family == route.family && other->len == route.len &&
		    other->table == route.table && !memcmp(other->addr, route.addr, 16))
			same = other;
	}
	if (nlh->nlmsg_type == RTM_DELROUTE) {
		if (!same || same->protocol != route.protocol)
			return ESRCH;
		same->family = 0;
		fake->dels++;
		return 0;
	}
	if (same)
		return EEXIST;
	*free = route;
	fake->adds++;
	return 0;
}

/* ---- answers */

static size_t put_dump(struct mnl_socket *own, char *place)
{
	const struct nlmsghdr *request = own->request;
	size_t len;

	if (request->nlmsg_type == RTM_GETROUTE) {
		len = put_routes(own, place);
		if (len)
			return len;
	} else if (request->nlmsg_type == GENL_ID_CTRL) {
		len = put_family(place, request);
	} else if (command(request) == SLB_RELAY_CMD_LINK_GET) {
		len = put_link(place, request);
	} else {
		len = put_vips(own, place);
		if (len)
			return len;
	}
	return len + put_end(place + len, request, NLMSG_DONE, 0);
}

static size_t put_answer(char *place, const struct nlmsghdr *request)
{
	struct nlmsghdr *nlh;
	size_t len;

	if (request->nlmsg_type == RTM_NEWROUTE || request->nlmsg_type == RTM_DELROUTE)
		return put_end(place, request, NLMSG_ERROR, change_route(request));
	if (fake->unloaded)
		return put_end(place, request, NLMSG_ERROR, ENOENT);
	nlh = begin_genl(place, request, FAMILY);
	mnl_attr_put_u8(nlh, SLB_RELAY_A_SETTING_ANNOUNCE, (uint8_t)fake->announce);
	len = NLMSG_ALIGN(nlh->nlmsg_len);
	return len + put_end(place + len, request, NLMSG_ERROR, 0);
}

/* ---- libmnl */

struct mnl_socket *mnl_socket_open2(int bus, int flags)
{
	struct mnl_socket *own = calloc(1, sizeof(*own));
	char fifo[4096];

	(void)bus;
	if (!fake)
		map_state();
	own->events = flags & SOCK_NONBLOCK;
	snprintf(fifo, sizeof(fifo), "%s.events", getenv("FAKE_KERNEL"));
	own->fd = own->events ? open(fifo, O_RDWR | O_NONBLOCK | O_CLOEXEC) :
				socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return own;
}

int mnl_socket_bind(struct mnl_socket *own, unsigned int groups, pid_t pid)
{
	(void)own;
	(void)groups;
	(void)pid;
	return 0;
}

int mnl_socket_setsockopt(const struct mnl_socket *own, int type, void *data, socklen_t len)
{
	(void)own;
	(void)type;
	(void)data;
	(void)len;
	return 0;
}

int mnl_socket_get_fd(const struct mnl_socket *own)
{
	return own->fd;
}

unsigned int mnl_socket_get_portid(const struct mnl_socket *own)
{
	(void)own;
	return 0;
}

int mnl_socket_close(struct mnl_socket *own)
{
	close(own->fd);
	free(own->request);
	free(own);
	return 0;
}

ssize_t mnl_socket_sendto(const struct mnl_socket *socket, const void *message, size_t len)
{
	struct mnl_socket *own = (struct mnl_socket *)socket;

	free(own->request);
	own->request = malloc(len);
	memcpy(own->request, message, len);
	own->place = 0;
	return (ssize_t)len;
}

ssize_t mnl_socket_recvfrom(const struct mnl_socket *socket, void *buffer, size_t len)
{
	struct mnl_socket *own = (struct mnl_socket *)socket;

	(void)len;
	if (own->events) {
		ssize_t got = read(own->fd, buffer, 1);

		if (got == 1 && fake->lost) {
			fake->lost = 0;
			errno = ENOBUFS;
			return -1;
		}
		return got;
	}
	if (own->request->nlmsg_flags & NLM_F_DUMP & NLM_F_ROOT)
		return (ssize_t)put_dump(own, buffer);
	return (ssize_t)put_answer(buffer, own->request);
}
