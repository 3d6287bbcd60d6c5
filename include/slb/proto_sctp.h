/* SPDX-License-Identifier: GPL-2.0-only */
/* SCTP (RFC 9260) as <slb/proto_def.h> describes it. */
#ifndef _SLB_PROTO_SCTP_H
#define _SLB_PROTO_SCTP_H

#include <slb/proto_def.h>

/* Chunks after which the relay keeps a flow no longer than a closing one. */
#define SLB_SCTP_ENDS (BIT(SCTP_CID_ABORT) | BIT(SCTP_CID_SHUTDOWN_COMPLETE))

/*
 * As with TCP, only the server can end an association, which a bit notes, or begin another one. The
 * client cannot end one that has not begun. After the server's ABORT no chunk changes the state.
 */
static inline u32 slb_sctp_chunk(u32 progress, enum slb_dir dir, u8 chunk)
{
	u32 ended = progress & ~SLB_PROGRESS_STATE;

	switch (chunk) {
	case SCTP_CID_COOKIE_ACK:
		return dir == SLB_REPLY && !ended ? SLB_SESSION_STATE_SCTP_ESTABLISHED : progress;
	case SCTP_CID_ABORT:
	case SCTP_CID_SHUTDOWN:
	case SCTP_CID_SHUTDOWN_ACK:
	case SCTP_CID_SHUTDOWN_COMPLETE:
		if (dir == SLB_REPLY)
			ended |= chunk == SCTP_CID_ABORT ? SLB_PROGRESS_ENDED :
							   SLB_PROGRESS_FIN(SLB_REPLY);
		else if ((progress & SLB_PROGRESS_STATE) == SLB_SESSION_STATE_SCTP_INIT)
			return progress;
		return SLB_SESSION_STATE_SCTP_SHUTDOWN | ended;
	default:
		return progress;
	}
}

/**
 * slb_sctp_next() - compute the state after a packet
 * @progress: present state, with the bits of the ends
 * @dir: direction of the packet
 * @chunks: bits of the types of its chunks, slb_pkt.sctp_chunks
 *
 * Pure. The chunk that establishes an association is applied first, so a packet that also has one
 * that ends it leaves the association ended.
 *
 * Return: the new state, with the bits of the ends: the server's, or both.
 */
static inline u32 slb_sctp_next(u32 progress, enum slb_dir dir, u32 chunks)
{
	static const u8 order[] = {
		SCTP_CID_COOKIE_ACK, SCTP_CID_SHUTDOWN, SCTP_CID_SHUTDOWN_ACK,
		SCTP_CID_SHUTDOWN_COMPLETE, SCTP_CID_ABORT,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(order); i++)
		if (chunks & BIT(order[i]))
			progress = slb_sctp_chunk(progress, dir, order[i]);
	return progress;
}

static inline u32 slb_sctp_step(u32 progress, const struct slb_step *step)
{
	return slb_sctp_next(progress, step->dir, step->p->sctp_chunks);
}

static inline bool slb_sctp_may_start(const struct slb_pkt *p)
{
	return p->sctp_chunk == SCTP_CID_INIT;
}

static inline bool slb_sctp_reopens(u32 progress)
{
	return (progress & SLB_PROGRESS_STATE) == SLB_SESSION_STATE_SCTP_SHUTDOWN &&
	       progress & SLB_PROGRESS_FIN(SLB_REPLY);
}

static inline enum slb_tier slb_sctp_tier(u32 progress)
{
	switch (progress & SLB_PROGRESS_STATE) {
	case SLB_SESSION_STATE_SCTP_INIT:
		return SLB_TIER_HALF_OPEN;
	case SLB_SESSION_STATE_SCTP_SHUTDOWN:
		if (!(progress & SLB_PROGRESS_FIN(SLB_REPLY)))
			return SLB_TIER_HALF_CLOSED;
		return (progress & SLB_PROGRESS_ENDED) == SLB_PROGRESS_ENDED ? SLB_TIER_RESET :
									       SLB_TIER_CLOSED;
	default:
		return SLB_TIERS;
	}
}

static inline enum slb_sign slb_sctp_sign(const struct slb_pkt *p)
{
	if (p->sctp_chunks & SLB_SCTP_ENDS)
		return SLB_SIGN_ENDS;
	return p->sctp_chunk == SCTP_CID_INIT ? SLB_SIGN_BEGINS : SLB_SIGN_GOES_ON;
}

static const struct slb_proto_timeout slb_sctp_timeouts[] __maybe_unused = {
	{ SLB_SESSION_STATE_SCTP_INIT, 30 },
	{ SLB_SESSION_STATE_SCTP_ESTABLISHED, 7440 },
	{ SLB_SESSION_STATE_SCTP_SHUTDOWN, 30 },
	{}
};

static const struct slb_proto_timeout slb_sctp_flow_timeouts[] __maybe_unused = {
	{ SLB_RELAY_FLOW_STATE_SCTP_INIT, 30 },
	{ SLB_RELAY_FLOW_STATE_SCTP_ESTABLISHED, 7440 },
	{ SLB_RELAY_FLOW_STATE_SCTP_SHUTDOWN, 30 },
	{}
};

static const struct slb_proto slb_proto_sctp __maybe_unused = {
	.name = "sctp",
	.number = IPPROTO_SCTP,
	.flags = SLB_PROTO_CHUNKS | SLB_PROTO_CRC,
	.head = sizeof(struct sctphdr),
	.rewritten = sizeof(struct sctphdr),
	.first = SLB_SESSION_STATE_SCTP_INIT,
	.broken = SLB_SESSION_STATE_SCTP_SHUTDOWN | SLB_PROGRESS_ENDED,
	.closed = SLB_SESSION_STATE_SCTP_SHUTDOWN | SLB_PROGRESS_FIN(SLB_REPLY),
	.unproven = BIT(SLB_SESSION_STATE_SCTP_INIT),
	.timeout = slb_sctp_timeouts,
	.flow_first = SLB_RELAY_FLOW_STATE_SCTP_INIT,
	.flow_open = SLB_RELAY_FLOW_STATE_SCTP_ESTABLISHED,
	.flow_closing = SLB_RELAY_FLOW_STATE_SCTP_SHUTDOWN,
	.flow_timeout = slb_sctp_flow_timeouts,
	.next = slb_sctp_step,
	.starts = slb_sctp_may_start,
	.reopens = slb_sctp_reopens,
	.tier = slb_sctp_tier,
	.sign = slb_sctp_sign,
};

#endif /* _SLB_PROTO_SCTP_H */
