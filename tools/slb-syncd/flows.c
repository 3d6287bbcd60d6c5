// SPDX-License-Identifier: GPL-2.0-only
/*
 * Flows of the module relay that other relays do not find by the hash. They are read by flow-get
 * and given to the kernel by flow-add.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <string.h>

#include <linux/slb_relay.h>

#include "kernel.h"
#include "netlink.h"
#include "nl.h"

#define ADDS_MAX	64	/* requests at once: acknowledgments fit the buffer of a socket */
#define ADD_LEN		256	/* bytes of a request, or more */
/* No message of the kernel about a flow is smaller. */
#define FLOWS_ROOM	(CTL_NL_BUFFER / 64)

static struct {
	struct sy_flow flow[FLOWS_ROOM];
	size_t count;
} found;

/**
 * sy_flows_open() - Begin to read the flows.
 *
 * Return: What sy_flows_read() reads, or NULL with errno set.
 */
struct sy_dump *sy_flows_open(void)
{
	char place[128] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh = sy_kernel_begin(place, SLB_RELAY_CMD_FLOW_GET, NLM_F_DUMP);

	mnl_attr_put_u8(nlh, SLB_RELAY_A_FLOW_EXCEPTION, 1);
	return sy_dump_begin(nlh);
}

static void read_flow(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[SLB_RELAY_A_FLOW_MAX + 1];
	struct sy_flow *flow = &found.flow[found.count];
	struct ctl_addr client, vip;
	uint32_t state;

	(void)data;
	dm_attrs_read(nlh, tb, SLB_RELAY_A_FLOW_MAX);
	dm_attr_addr(tb[SLB_RELAY_A_FLOW_CLIENT], &client);
	dm_attr_addr(tb[SLB_RELAY_A_FLOW_VIP], &vip);
	/* an unfinished handshake begins again; a single datagram may have been answered */
	state = dm_attr_number(tb[SLB_RELAY_A_FLOW_STATE], 0);
	if (state == SLB_RELAY_FLOW_STATE_TCP_SYN || state == SLB_RELAY_FLOW_STATE_SCTP_INIT)
		return;
	if (found.count == FLOWS_ROOM || !client.family || vip.family != client.family ||
	    !tb[SLB_RELAY_A_FLOW_BALANCER])
		return;
	memset(flow, 0, sizeof(*flow));
	flow->proto = (uint8_t)dm_attr_number(tb[SLB_RELAY_A_FLOW_PROTO], 0);
	flow->family = client.family == AF_INET ? 4 : 6;
	flow->state = (uint8_t)state;
	flow->client_port = htons((uint16_t)dm_attr_number(tb[SLB_RELAY_A_FLOW_CLIENT_PORT], 0));
	flow->vip_port = htons((uint16_t)dm_attr_number(tb[SLB_RELAY_A_FLOW_VIP_PORT], 0));
	flow->idle = htonl(dm_attr_number(tb[SLB_RELAY_A_FLOW_IDLE], 0));
	memcpy(flow->client, client.bytes, ctl_addr_len(&client));
	memcpy(flow->vip, vip.bytes, ctl_addr_len(&vip));
	dm_attr_text(tb[SLB_RELAY_A_FLOW_BALANCER], flow->balancer, sizeof(flow->balancer));
	found.count++;
}

/**
 * sy_flows_read() - Read some flows.
 * @dump: Of sy_flows_open().
 * @flow: Set to them; valid until the next call.
 * @count: Set to their number.
 *
 * Return: 1 at the end, 0 when there is more to come, -1 with errno set.
 */
int sy_flows_read(struct sy_dump *dump, const struct sy_flow **flow, size_t *count)
{
	int end;

	found.count = 0;
	end = sy_dump_next(dump, read_flow, NULL);
	*flow = found.flow;
	*count = found.count;
	return end;
}

static size_t put_add(char *place, const struct sy_flow *flow)
{
	struct nlmsghdr *nlh = sy_kernel_begin(place, SLB_RELAY_CMD_FLOW_ADD, NLM_F_ACK);
	size_t len = flow->family == 4 ? 4 : 16;

	mnl_attr_put_u8(nlh, SLB_RELAY_A_FLOW_PROTO, flow->proto);
	mnl_attr_put(nlh, SLB_RELAY_A_FLOW_CLIENT, len, flow->client);
	mnl_attr_put_u16(nlh, SLB_RELAY_A_FLOW_CLIENT_PORT, ntohs(flow->client_port));
	mnl_attr_put(nlh, SLB_RELAY_A_FLOW_VIP, len, flow->vip);
	mnl_attr_put_u16(nlh, SLB_RELAY_A_FLOW_VIP_PORT, ntohs(flow->vip_port));
	mnl_attr_put_strz(nlh, SLB_RELAY_A_FLOW_BALANCER, flow->balancer);
	mnl_attr_put_u32(nlh, SLB_RELAY_A_FLOW_STATE, flow->state);
	mnl_attr_put_u32(nlh, SLB_RELAY_A_FLOW_IDLE, ntohl(flow->idle));
	return NLMSG_ALIGN(nlh->nlmsg_len);
}

/* A flow that this relay knows better, or that has expired meanwhile, is not refused. */
static void count_answer(int code, void *data)
{
	struct sy_taken *taken = data;

	switch (code) {
	case 0:
		taken->added++;
		break;
	case EEXIST:
		taken->updated++;
		break;
	case ESTALE:
		taken->ended++;
		break;
	case EADDRNOTAVAIL:
		taken->refused[SY_VIP]++;
		break;
	case ENOENT:
	case EHOSTUNREACH:
		taken->refused[SY_SERVER]++;
		break;
	case ENOSPC:
	case ENOMEM:
		taken->refused[SY_LIMIT]++;
		break;
	default:
		taken->refused[SY_INVALID]++;
	}
}

/**
 * sy_flows_add() - Give flows of another relay to the kernel.
 * @flow: The flows.
 * @count: Number of them.
 * @to: What the kernel did with them: @updated are those that it knows better, @ended those that
 *	have expired; refused for SY_SERVER are those of an unknown balancer.
 *
 * Return: 0, or -1 with errno set.
 */
int sy_flows_add(const struct sy_flow *flow, size_t count, struct sy_taken *to)
{
	static char requests[ADDS_MAX * ADD_LEN] __attribute__((aligned(NLMSG_ALIGNTO)));
	size_t i, n, len;

	memset(to, 0, sizeof(*to));
	for (i = 0; i < count; i += n) {
		len = 0;
		for (n = 0; n < ADDS_MAX && i + n < count; n++)
			len += put_add(requests + len, &flow[i + n]);
		if (sy_kernel_send(requests, len, n, count_answer, to))
			return -1;
	}
	return 0;
}
