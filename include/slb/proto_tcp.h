/* SPDX-License-Identifier: GPL-2.0-only */
/* TCP (RFC 9293) as <slb/proto_def.h> describes it. */
#ifndef _SLB_PROTO_TCP_H
#define _SLB_PROTO_TCP_H

#include <slb/proto_def.h>

static const struct slb_proto slb_proto_tcp __maybe_unused = {
	.name = "tcp",
	.number = IPPROTO_TCP,
	.flags = SLB_PROTO_TCP_FLAGS | SLB_PROTO_RESET | SLB_PROTO_FAST,
	.machine = SLB_MACHINE_SEGMENTS,
	.head = sizeof(struct tcphdr),
	.rewritten = offsetof(struct tcphdr, check) + sizeof(__sum16),
	.sum_at = offsetof(struct tcphdr, check),
	.first = SLB_SESSION_STATE_TCP_SYN,
	.broken = SLB_SESSION_STATE_TCP_CLOSE,
	.closed = SLB_SESSION_STATE_TCP_TIME_WAIT | SLB_PROGRESS_ENDED,
	.settled = {
		[SLB_REQUEST] = BIT(SLB_SESSION_STATE_TCP_ESTABLISHED) |
				BIT(SLB_SESSION_STATE_TCP_FIN) |
				BIT(SLB_SESSION_STATE_TCP_TIME_WAIT),
		[SLB_REPLY] = BIT(SLB_SESSION_STATE_TCP_ESTABLISHED) |
			      BIT(SLB_SESSION_STATE_TCP_FIN) |
			      BIT(SLB_SESSION_STATE_TCP_TIME_WAIT),
	},
	.begun = BIT(SLB_SESSION_STATE_TCP_SYN),
	.timeout = {
		{ SLB_SESSION_STATE_TCP_SYN, 30 },
		{ SLB_SESSION_STATE_TCP_SYN_ACK, 30 },
		/* RFC 5382, REQ-5: not less than 2 hours 4 minutes */
		{ SLB_SESSION_STATE_TCP_ESTABLISHED, 7440 },
		{ SLB_SESSION_STATE_TCP_FIN, 240 },
		/* longer than TIME_WAIT of a Linux server, a minute: the port rests as long */
		{ SLB_SESSION_STATE_TCP_TIME_WAIT, 90 },
		{ SLB_SESSION_STATE_TCP_CLOSE, 10 },
	},
	.flow_first = SLB_RELAY_FLOW_STATE_TCP_SYN,
	.flow_open = SLB_RELAY_FLOW_STATE_TCP_ESTABLISHED,
	.flow_timeout = {
		{ SLB_RELAY_FLOW_STATE_TCP_SYN, 30 },
		{ SLB_RELAY_FLOW_STATE_TCP_ESTABLISHED, 7440 },
		{ SLB_RELAY_FLOW_STATE_TCP_FIN, 240 },
	},
};

#endif /* _SLB_PROTO_TCP_H */
