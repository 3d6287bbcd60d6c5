/* SPDX-License-Identifier: GPL-2.0-only */
/* TCP (RFC 9293) as <slb/proto_def.h> describes it. */
#ifndef _SLB_PROTO_TCP_H
#define _SLB_PROTO_TCP_H

#include <slb/proto_def.h>

/* Is the connection established, so that a forged RST of the client must not end it? */
static inline bool slb_tcp_stands(u8 state)
{
	return state >= SLB_SESSION_STATE_TCP_ESTABLISHED &&
	       state <= SLB_SESSION_STATE_TCP_TIME_WAIT;
}

/**
 * slb_tcp_next() - compute the state after a segment
 * @progress: present state, with the FIN bits
 * @dir: direction of the segment
 * @flags: its SLB_TCP_* flags
 * @proves: it proves that the client has seen the server's SYN-ACK
 *
 * Pure. The state only selects the timeout: no segment is dropped because of it, as RFC 9293 is the
 * business of the two ends. Anybody can forge a client's segment. So a connection is half open
 * until there is a proof, and until then no ACK, RST or FIN of the client counts: a flood of SYNs,
 * even each followed by an ACK, only makes half-open sessions, which expire soon and make room.
 * Later, the client's RST counts as its FIN, as the server may ignore it (RFC 5961). Nobody can
 * forge a server's segment without knowing the local port: its RST ends a connection, and its
 * SYN-ACK begins one, even in the session of an earlier connection.
 *
 * Return: the new state, with the FIN bits.
 */
static inline u32 slb_tcp_next(u32 progress, enum slb_dir dir, u8 flags, bool proves)
{
	u32 fins = progress & ~SLB_PROGRESS_STATE;
	u8 state = progress & SLB_PROGRESS_STATE;
	bool half_open = state == SLB_SESSION_STATE_TCP_SYN ||
			 state == SLB_SESSION_STATE_TCP_SYN_ACK;

	if (half_open && dir == SLB_REQUEST && !proves)
		return progress;
	if (flags & SLB_TCP_RST && (dir == SLB_REPLY || !slb_tcp_stands(state)))
		return fins | SLB_SESSION_STATE_TCP_CLOSE;
	if (dir == SLB_REPLY &&
	    (state == SLB_SESSION_STATE_TCP_SYN || state == SLB_SESSION_STATE_TCP_FIN) &&
	    (flags & (SLB_TCP_SYN | SLB_TCP_ACK | SLB_TCP_FIN)) == (SLB_TCP_SYN | SLB_TCP_ACK))
		return SLB_SESSION_STATE_TCP_SYN_ACK;
	if (state == SLB_SESSION_STATE_TCP_SYN)
		return progress;
	if (state == SLB_SESSION_STATE_TCP_SYN_ACK && proves)
		state = SLB_SESSION_STATE_TCP_ESTABLISHED;
	if (flags & (SLB_TCP_FIN | SLB_TCP_RST))
		fins |= SLB_PROGRESS_FIN(dir);
	/* a server may close before it has the client's ACK (RFC 9293, 3.10.4) */
	if (state == SLB_SESSION_STATE_TCP_CLOSE || state == SLB_SESSION_STATE_TCP_SYN_ACK)
		return fins | state;
	if (fins == SLB_PROGRESS_ENDED)
		return fins | SLB_SESSION_STATE_TCP_TIME_WAIT;
	if (fins)
		return fins | SLB_SESSION_STATE_TCP_FIN;
	return state;
}

/*
 * Does a server's RST answer a forged segment? A server resets a segment that acknowledges data it
 * has not sent with that number as sequence number, and keeps its connection (RFC 9293, 3.10.7.3).
 * A RST that ends the connection has the next sequence number, or acknowledges the SYN.
 */
static inline bool slb_tcp_stray_reset(u32 progress, const struct slb_step *step)
{
	const struct slb_pkt *p = step->p;

	return step->dir == SLB_REPLY &&
	       (p->tcp_flags & (SLB_TCP_RST | SLB_TCP_ACK)) == SLB_TCP_RST &&
	       (progress & SLB_PROGRESS_STATE) == SLB_SESSION_STATE_TCP_SYN_ACK &&
	       p->tcp_seq != READ_ONCE(*step->expected);
}

static inline u32 slb_tcp_step(u32 progress, const struct slb_step *step)
{
	if (unlikely(slb_tcp_stray_reset(progress, step)))
		return progress;
	return slb_tcp_next(progress, step->dir, step->p->tcp_flags, step->proves);
}

/* Is this a server's SYN-ACK whose acknowledgment will be the proof? */
static inline bool slb_tcp_expects(u8 state, const struct slb_pkt *p)
{
	return (p->tcp_flags & (SLB_TCP_SYN | SLB_TCP_ACK | SLB_TCP_RST)) ==
	       (SLB_TCP_SYN | SLB_TCP_ACK) &&
	       (state == SLB_SESSION_STATE_TCP_SYN || state == SLB_SESSION_STATE_TCP_SYN_ACK ||
		state == SLB_SESSION_STATE_TCP_FIN);
}

/*
 * Does a segment prove that the client has seen the SYN-ACK? A client's proves it by its
 * acknowledgment number. A server sends data only to a client that has proved itself, perhaps in an
 * earlier connection (RFC 7413), so its data are a proof, too.
 */
static inline bool slb_tcp_proves(u8 state, enum slb_dir dir, const struct slb_pkt *p,
				  const u32 *expected)
{
	if (state != SLB_SESSION_STATE_TCP_SYN_ACK ||
	    (p->tcp_flags & (SLB_TCP_SYN | SLB_TCP_ACK)) != SLB_TCP_ACK)
		return false;
	return dir == SLB_REPLY ? p->tcp_data : p->tcp_ack == READ_ONCE(*expected);
}

/* Does a segment open a connection? */
static inline bool slb_tcp_starts(u8 flags)
{
	return (flags & (SLB_TCP_SYN | SLB_TCP_ACK | SLB_TCP_RST | SLB_TCP_FIN)) == SLB_TCP_SYN;
}

static inline bool slb_tcp_may_start(const struct slb_pkt *p)
{
	return slb_tcp_starts(p->tcp_flags);
}

static inline bool slb_tcp_reopens(u32 progress)
{
	u8 state = progress & SLB_PROGRESS_STATE;

	return state == SLB_SESSION_STATE_TCP_TIME_WAIT || state == SLB_SESSION_STATE_TCP_CLOSE;
}

static inline enum slb_tier slb_tcp_tier(u32 progress)
{
	switch (progress & SLB_PROGRESS_STATE) {
	case SLB_SESSION_STATE_TCP_SYN:
	case SLB_SESSION_STATE_TCP_SYN_ACK:
		return SLB_TIER_HALF_OPEN;
	case SLB_SESSION_STATE_TCP_CLOSE:
		return SLB_TIER_RESET;
	case SLB_SESSION_STATE_TCP_TIME_WAIT:
		return SLB_TIER_CLOSED;
	case SLB_SESSION_STATE_TCP_FIN:
		return SLB_TIER_HALF_CLOSED;
	default:
		return SLB_TIERS;
	}
}

static inline enum slb_sign slb_tcp_sign(const struct slb_pkt *p)
{
	if (p->tcp_flags & SLB_TCP_RST)
		return SLB_SIGN_BREAKS;
	if (p->tcp_flags & SLB_TCP_FIN)
		return SLB_SIGN_ENDS;
	return (p->tcp_flags & (SLB_TCP_SYN | SLB_TCP_ACK)) == SLB_TCP_SYN ? SLB_SIGN_BEGINS :
									    SLB_SIGN_GOES_ON;
}

static const struct slb_proto_timeout slb_tcp_timeouts[] __maybe_unused = {
	{ SLB_SESSION_STATE_TCP_SYN, 30 },
	{ SLB_SESSION_STATE_TCP_SYN_ACK, 30 },
	/* RFC 5382, REQ-5: not less than 2 hours 4 minutes */
	{ SLB_SESSION_STATE_TCP_ESTABLISHED, 7440 },
	{ SLB_SESSION_STATE_TCP_FIN, 240 },
	/* longer than TIME_WAIT of a Linux server, a minute: the port rests as long */
	{ SLB_SESSION_STATE_TCP_TIME_WAIT, 90 },
	{ SLB_SESSION_STATE_TCP_CLOSE, 10 },
	{}
};

static const struct slb_proto_timeout slb_tcp_flow_timeouts[] __maybe_unused = {
	{ SLB_RELAY_FLOW_STATE_TCP_SYN, 30 },
	{ SLB_RELAY_FLOW_STATE_TCP_ESTABLISHED, 7440 },
	{ SLB_RELAY_FLOW_STATE_TCP_FIN, 240 },
	{}
};

static const struct slb_proto slb_proto_tcp __maybe_unused = {
	.name = "tcp",
	.number = IPPROTO_TCP,
	.flags = SLB_PROTO_TCP_FLAGS | SLB_PROTO_RESET | SLB_PROTO_FAST,
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
	.unproven = BIT(SLB_SESSION_STATE_TCP_SYN) | BIT(SLB_SESSION_STATE_TCP_SYN_ACK),
	.timeout = slb_tcp_timeouts,
	.flow_first = SLB_RELAY_FLOW_STATE_TCP_SYN,
	.flow_open = SLB_RELAY_FLOW_STATE_TCP_ESTABLISHED,
	.flow_closing = SLB_RELAY_FLOW_STATE_TCP_FIN,
	.flow_timeout = slb_tcp_flow_timeouts,
	.next = slb_tcp_step,
	.starts = slb_tcp_may_start,
	.reopens = slb_tcp_reopens,
	.tier = slb_tcp_tier,
	.sign = slb_tcp_sign,
};

#endif /* _SLB_PROTO_TCP_H */
