/* SPDX-License-Identifier: GPL-2.0-only */
/* UDP (RFC 768) as <slb/proto_def.h> describes it. */
#ifndef _SLB_PROTO_UDP_H
#define _SLB_PROTO_UDP_H

#include <slb/proto_def.h>

static inline u32 slb_udp_step(u32 progress, const struct slb_step *step)
{
	return step->dir == SLB_REPLY ? SLB_SESSION_STATE_UDP : progress;
}

static inline bool slb_udp_may_start(const struct slb_pkt *p)
{
	return true;
}

static inline bool slb_udp_reopens(u32 progress)
{
	return false;
}

static inline enum slb_tier slb_udp_tier(u32 progress)
{
	return (progress & SLB_PROGRESS_STATE) == SLB_SESSION_STATE_UDP_NEW ? SLB_TIER_HALF_OPEN :
									     SLB_TIERS;
}

static inline enum slb_sign slb_udp_sign(const struct slb_pkt *p)
{
	return SLB_SIGN_GOES_ON;
}

static const struct slb_proto_timeout slb_udp_timeouts[] __maybe_unused = {
	{ SLB_SESSION_STATE_UDP_NEW, 30 },
	/* RFC 4787, REQ-5: five minutes recommended */
	{ SLB_SESSION_STATE_UDP, 300 },
	{}
};

static const struct slb_proto_timeout slb_udp_flow_timeouts[] __maybe_unused = {
	{ SLB_RELAY_FLOW_STATE_UDP_NEW, 30 },
	{ SLB_RELAY_FLOW_STATE_UDP, 300 },
	{}
};

static const struct slb_proto slb_proto_udp __maybe_unused = {
	.name = "udp",
	.number = IPPROTO_UDP,
	.flags = SLB_PROTO_SUM_OPTIONAL | SLB_PROTO_DATAGRAMS | SLB_PROTO_FAST,
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
	.timeout = slb_udp_timeouts,
	.flow_first = SLB_RELAY_FLOW_STATE_UDP_NEW,
	.flow_open = SLB_RELAY_FLOW_STATE_UDP,
	.flow_closing = SLB_RELAY_FLOW_STATE_UDP,
	.flow_timeout = slb_udp_flow_timeouts,
	.next = slb_udp_step,
	.starts = slb_udp_may_start,
	.reopens = slb_udp_reopens,
	.tier = slb_udp_tier,
	.sign = slb_udp_sign,
};

#endif /* _SLB_PROTO_UDP_H */
