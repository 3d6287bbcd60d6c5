/* SPDX-License-Identifier: GPL-2.0-only */
/* UDP (RFC 768) as <slb/proto_def.h> describes it. */
#ifndef _SLB_PROTO_UDP_H
#define _SLB_PROTO_UDP_H

#include <slb/proto_def.h>

static const struct slb_proto slb_proto_udp __maybe_unused = {
	.name = "udp",
	.number = IPPROTO_UDP,
	.flags = SLB_PROTO_SUM_OPTIONAL | SLB_PROTO_DATAGRAMS | SLB_PROTO_FAST,
	.machine = SLB_MACHINE_DATAGRAMS,
	.head = sizeof(struct udphdr),
	.rewritten = sizeof(struct udphdr),
	.sum_at = offsetof(struct udphdr, check),
	.first = SLB_SESSION_STATE_UDP_NEW,
	/* no packet ends a flow, so the client never leaves one */
	.broken = SLB_SESSION_STATE_UDP_NEW,
	.closed = SLB_SESSION_STATE_UDP,
	.settled = {
		[SLB_REQUEST] = BIT(SLB_SESSION_STATE_UDP_NEW) | BIT(SLB_SESSION_STATE_UDP),
		[SLB_REPLY] = BIT(SLB_SESSION_STATE_UDP),
	},
	.begun = BIT(SLB_SESSION_STATE_UDP_NEW),
	.timeout = {
		{ SLB_SESSION_STATE_UDP_NEW, 30 },
		/* RFC 4787, REQ-5: five minutes recommended */
		{ SLB_SESSION_STATE_UDP, 300 },
	},
	.flow_first = SLB_RELAY_FLOW_STATE_UDP_NEW,
	.flow_open = SLB_RELAY_FLOW_STATE_UDP,
	.flow_timeout = {
		{ SLB_RELAY_FLOW_STATE_UDP_NEW, 30 },
		{ SLB_RELAY_FLOW_STATE_UDP, 300 },
	},
};

#endif /* _SLB_PROTO_UDP_H */
