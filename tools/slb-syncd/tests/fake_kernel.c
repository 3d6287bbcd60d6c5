// SPDX-License-Identifier: GPL-2.0-only
/*
 * A simulated kernel for tests: answers what slb-syncd asks through libmnl, without any module.
 *
 * It is linked into slb-syncd-fake, where its functions come before those of libmnl. FAKE_KERNEL
 * names the file with its state, which the program fake changes; FAKE_KIND is the kind of every
 * device.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/slb.h>

#include "fake.h"

#define FAMILY		100
#define BATCH		300

struct mnl_socket {
	int fd;
	struct nlmsghdr *request;
	unsigned int place;	/* of a dump */
	bool done;
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
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);

	return genl->cmd;
}

static const struct nlattr *find(const struct nlmsghdr *nlh, uint16_t type)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, GENL_HDRLEN)
		if (mnl_attr_get_type(attr) == type)
			return attr;
	return NULL;
}

static struct nlmsghdr *begin(void *place, const struct nlmsghdr *request, uint16_t type)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(place);
	struct genlmsghdr *genl;

	nlh->nlmsg_type = type;
	nlh->nlmsg_seq = request->nlmsg_seq;
	if (type >= NLMSG_MIN_TYPE) {
		genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
		genl->cmd = command(request);
	}
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

/* ---- sessions */

static bool in_range(const struct slb_sync_range *range, const struct slb_sync_record *record)
{
	return range->family == record->family &&
	       memcmp(range->first, record->local, sizeof(record->local)) <= 0 &&
	       memcmp(range->last, record->local, sizeof(record->local)) >= 0;
}

static void add_records(const struct nlmsghdr *request, struct nlmsghdr *nlh)
{
	const struct nlattr *attr = find(request, SLB_A_SYNC_RECORDS);
	size_t i, count = mnl_attr_get_payload_len(attr) / sizeof(struct slb_sync_record);
	const struct slb_sync_record *record = mnl_attr_get_payload(attr);
	uint32_t added = 0, updated = 0, ended = 0, refused = 0, invalid = 0;

	for (i = 0; i < count; i++, record++) {
		bool own = in_range(&fake->own, record);
		struct fake_session *session =
			&fake->session[own ? FAKE_OWN : FAKE_ADOPTED][ntohs(record->local_port)];

		if (record->what != SLB_SYNC_STATE && record->what != SLB_SYNC_END) {
			invalid++;
		} else if (!own && !in_range(&fake->adopted, record)) {
			refused++;
		} else if (record->what == SLB_SYNC_END) {
			ended += session->used;
			session->used = 0;
		} else {
			added += !session->used;
			updated += session->used;
			session->used = 1;
			session->standby = !own;
			session->record = *record;
			session->mark = mnl_attr_get_u32(find(request, SLB_A_SYNC_EPOCH));
		}
	}
	mnl_attr_put_u32(nlh, SLB_A_SYNC_ADDED, added);
	mnl_attr_put_u32(nlh, SLB_A_SYNC_UPDATED, updated);
	mnl_attr_put_u32(nlh, SLB_A_SYNC_ENDED, ended);
	mnl_attr_put_u32(nlh, SLB_A_SYNC_REFUSED_RANGE, refused);
	mnl_attr_put_u32(nlh, SLB_A_SYNC_REFUSED_INVALID, invalid);
}

static void feed(const struct nlmsghdr *request, struct nlmsghdr *nlh)
{
	const struct nlattr *mark = find(request, SLB_A_SYNC_EPOCH);
	const struct slb_sync_range *range;
	uint32_t swept = 0;
	unsigned int i;

	range = mnl_attr_get_payload(find(request, SLB_A_SYNC_RANGES));
	fake->fed++;
	for (i = 0; mark && i < FAKE_PORTS; i++) {
		struct fake_session *session = &fake->session[FAKE_ADOPTED][i];

		if (session->used && session->standby && in_range(range, &session->record) &&
		    (int32_t)(session->mark - mnl_attr_get_u32(mark)) < 0) {
			session->used = 0;
			swept++;
		}
	}
	fake->swept += swept;
	mnl_attr_put_u32(nlh, SLB_A_SYNC_SWEPT, swept);
}

static void get_changes(const struct nlmsghdr *request, struct nlmsghdr *nlh)
{
	const struct nlattr *attr = find(request, SLB_A_SYNC_AFTER);
	static struct slb_sync_record some[BATCH];
	uint64_t next = __atomic_load_n(&fake->next, __ATOMIC_ACQUIRE);
	uint64_t after = attr ? mnl_attr_get_u64(attr) : next;
	uint32_t lost = 0, count = 0;

	if (next - after > FAKE_LOG) {
		lost = (uint32_t)(next - after - FAKE_LOG);
		after = next;
	}
	while (after < next && count < BATCH)
		some[count++] = fake->log[after++ % FAKE_LOG];
	if (count)
		mnl_attr_put(nlh, SLB_A_SYNC_RECORDS, count * sizeof(*some), some);
	mnl_attr_put_u64(nlh, SLB_A_SYNC_NEXT, after);
	mnl_attr_put_u32(nlh, SLB_A_SYNC_LOST, lost);
	mnl_attr_put_u8(nlh, SLB_A_SYNC_BEHIND, !!fake->behind);
}

/* ---- answers */

/* Return: positive errno. */
static int answer(const struct nlmsghdr *request, struct nlmsghdr *nlh)
{
	switch (command(request)) {
	case SLB_CMD_SETTING_GET:
		mnl_attr_put_u32(nlh, SLB_A_SETTING_SYNC_WAIT, fake->wait);
		return 0;
	case SLB_CMD_STATUS_GET:
		mnl_attr_put_u32(nlh, SLB_A_STATUS_VIPS_ID, fake->vips_id);
		return 0;
	case SLB_CMD_SYNC_GET:
		get_changes(request, nlh);
		return 0;
	case SLB_CMD_SYNC_ADD:
		if (fake->refuses)
			return ENOMEM;
		add_records(request, nlh);
		return 0;
	case SLB_CMD_SYNC_FEED:
		feed(request, nlh);
		return 0;
	case SLB_CMD_SYNC_SET:
		fake->behind = mnl_attr_get_u8(find(request, SLB_A_SYNC_BEHIND));
		return 0;
	default:
		return EOPNOTSUPP;
	}
}

static size_t put_link(char *place, const struct nlmsghdr *request)
{
	struct nlmsghdr *nlh = begin(place, request, FAMILY);

	mnl_attr_put_strz(nlh, SLB_A_LINK_NAME, "l1");
	mnl_attr_put_u32(nlh, SLB_A_LINK_STATE,
			 fake->down ? SLB_LINK_STATE_SILENT : SLB_LINK_STATE_UP);
	mnl_attr_put(nlh, SLB_A_LINK_LOCAL4_FIRST, 4, fake->own.first);
	mnl_attr_put(nlh, SLB_A_LINK_LOCAL4_LAST, 4, fake->own.last);
	if (fake->adopted.family) {
		mnl_attr_put(nlh, SLB_A_LINK_ADOPT4_FIRST, 4, fake->adopted.first);
		mnl_attr_put(nlh, SLB_A_LINK_ADOPT4_LAST, 4, fake->adopted.last);
	}
	return nlh->nlmsg_len;
}

static size_t put_family(char *place, const struct nlmsghdr *request)
{
	struct nlmsghdr *nlh = begin(place, request, GENL_ID_CTRL);

	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, fake->unloaded ? "other" : SLB_FAMILY_NAME);
	mnl_attr_put_u16(nlh, CTRL_ATTR_FAMILY_ID, FAMILY);
	return NLMSG_ALIGN(nlh->nlmsg_len);
}

/* A copy is told apart by its flags. */
static size_t put_sessions(struct mnl_socket *socket, char *place)
{
	struct nlmsghdr *nlh = begin(place, socket->request, FAMILY);
	static struct slb_sync_record some[BATCH];
	unsigned int count = 0;

	fake->bulks += !socket->place;
	for (; socket->place < FAKE_TABLES * FAKE_PORTS && count < BATCH; socket->place++) {
		const struct fake_session *session =
			&fake->session[socket->place / FAKE_PORTS][socket->place % FAKE_PORTS];

		if (!session->used)
			continue;
		some[count] = session->record;
		some[count++].flags = session->standby ? 0 : htons(SLB_SYNC_LIVE);
	}
	if (count)
		mnl_attr_put(nlh, SLB_A_SYNC_RECORDS, count * sizeof(*some), some);
	return count ? nlh->nlmsg_len : 0;
}

static size_t put_dump(struct mnl_socket *socket, char *place)
{
	const struct nlmsghdr *request = socket->request;
	size_t len;

	if (request->nlmsg_type == GENL_ID_CTRL) {
		len = put_family(place, request);
	} else if (command(request) == SLB_CMD_LINK_GET) {
		len = put_link(place, request);
	} else {
		len = put_sessions(socket, place);
		if (len)
			return len;
	}
	return len + put_end(place + len, request, NLMSG_DONE, 0);
}

static size_t put_device(char *place)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(place);
	struct nlattr *nest;

	nlh->nlmsg_type = RTM_NEWLINK;
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	if (getenv("FAKE_KIND")) {
		nest = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
		mnl_attr_put_strz(nlh, IFLA_INFO_KIND, getenv("FAKE_KIND"));
		mnl_attr_nest_end(nlh, nest);
	}
	return nlh->nlmsg_len;
}

static size_t put_answer(char *place, const struct nlmsghdr *request)
{
	struct nlmsghdr *nlh;
	int code;

	if (fake->unloaded)
		return put_end(place, request, NLMSG_ERROR, ENOENT);
	nlh = begin(place, request, FAMILY);
	code = answer(request, nlh);
	if (code)
		return put_end(place, request, NLMSG_ERROR, code);
	return NLMSG_ALIGN(nlh->nlmsg_len) +
	       put_end(place + NLMSG_ALIGN(nlh->nlmsg_len), request, NLMSG_ERROR, 0);
}

/* ---- libmnl */

struct mnl_socket *mnl_socket_open2(int bus, int flags)
{
	struct mnl_socket *own = calloc(1, sizeof(*own));

	(void)bus;
	(void)flags;
	if (!fake)
		map_state();
	own->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
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
	const struct nlmsghdr *request = own->request;

	(void)len;
	if (!request) {
		errno = EAGAIN;
		return -1;
	}
	if (request->nlmsg_type == RTM_GETLINK)
		return (ssize_t)put_device(buffer);
	if ((request->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP)
		return (ssize_t)put_dump(own, buffer);
	return (ssize_t)put_answer(buffer, request);
}
