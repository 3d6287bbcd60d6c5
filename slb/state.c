// SPDX-License-Identifier: GPL-2.0-only
/* Where a connection stands, by protocol: how long it is kept, when its key may be used anew. */
#include "session.h"

/* Is there a connection that a segment in the client's name must not end? */
static bool slb_tcp_stands(u8 state)
{
	return state >= SLB_SESSION_STATE_TCP_ESTABLISHED &&
	       state <= SLB_SESSION_STATE_TCP_TIME_WAIT;
}

/**
 * slb_tcp_next() - the state after a segment
 * @progress: the state before, with the FIN bits
 * @dir: which way the segment goes
 * @flags: its SLB_TCP_* flags
 *
 * Pure. Sequence numbers are not looked at: the state only says how long to wait for more, and no
 * segment is dropped for it (RFC 9293 is the ends' business). Anybody can send a RST or a FIN in a
 * client's name, which the server will ignore (RFC 5961): once a connection stands, the client's
 * RST counts as its FIN. What a server sends nobody can forge who does not know the local port:
 * its RST ends a connection, and its SYN and ACK begin one, also in the session of the one before.
 * Before a connection stands the client's FIN says nothing: a flood of SYNs, each with a FIN after
 * it, makes half-open sessions, which time out soon and make room.
 *
 * Return: the state after it, with the FIN bits.
 */
u32 slb_tcp_next(u32 progress, enum slb_dir dir, u8 flags)
{
	u32 fins = progress & ~SLB_PROGRESS_STATE;
	u8 state = progress & SLB_PROGRESS_STATE;

	if (flags & SLB_TCP_RST && (dir == SLB_REPLY || !slb_tcp_stands(state)))
		return fins | SLB_SESSION_STATE_TCP_CLOSE;
	if (dir == SLB_REPLY &&
	    (state == SLB_SESSION_STATE_TCP_SYN || state == SLB_SESSION_STATE_TCP_FIN) &&
	    (flags & (SLB_TCP_SYN | SLB_TCP_ACK | SLB_TCP_FIN)) == (SLB_TCP_SYN | SLB_TCP_ACK))
		return SLB_SESSION_STATE_TCP_SYN_ACK;
	if (state == SLB_SESSION_STATE_TCP_SYN_ACK && dir == SLB_REQUEST &&
	    (flags & (SLB_TCP_SYN | SLB_TCP_ACK)) == SLB_TCP_ACK)
		state = SLB_SESSION_STATE_TCP_ESTABLISHED;
	if (state == SLB_SESSION_STATE_TCP_SYN ||
	    (state == SLB_SESSION_STATE_TCP_SYN_ACK && dir == SLB_REQUEST))
		return progress;
	if (flags & (SLB_TCP_FIN | SLB_TCP_RST))
		fins |= SLB_PROGRESS_FIN(dir);
	/* a server may be done before it has the client's ACK (RFC 9293, 3.10.4) */
	if (state == SLB_SESSION_STATE_TCP_CLOSE || state == SLB_SESSION_STATE_TCP_SYN_ACK)
		return fins | state;
	if (fins == SLB_PROGRESS_ENDED)
		return fins | SLB_SESSION_STATE_TCP_TIME_WAIT;
	if (fins)
		return fins | SLB_SESSION_STATE_TCP_FIN;
	return state;
}

static u32 slb_udp_next(u32 progress, enum slb_dir dir)
{
	return dir == SLB_REPLY ? SLB_SESSION_STATE_UDP : progress;
}

/*
 * How long a session must be without a packet before it makes room, in jiffies. A handshake gets
 * some time to finish. What is half closed may still be in use: the time stamp of a session whose
 * packets go on is never as old as that.
 */
static const u32 slb_tier_idle[SLB_TIERS] = {
	[SLB_TIER_HALF_OPEN] = HZ,
	[SLB_TIER_HALF_CLOSED] = 2 * HZ,
};

/**
 * slb_session_tier() - when has a session to make room?
 * @progress: its state, with the FIN bits
 *
 * Pure.
 *
 * Return: its tier; SLB_TIERS: never.
 */
enum slb_tier slb_session_tier(u32 progress)
{
	switch (progress & SLB_PROGRESS_STATE) {
	case SLB_SESSION_STATE_TCP_SYN:
	case SLB_SESSION_STATE_TCP_SYN_ACK:
	case SLB_SESSION_STATE_UDP_NEW:
	case SLB_SESSION_STATE_SCTP_INIT:
		return SLB_TIER_HALF_OPEN;
	case SLB_SESSION_STATE_TCP_CLOSE:
		return SLB_TIER_RESET;
	case SLB_SESSION_STATE_TCP_TIME_WAIT:
		return SLB_TIER_CLOSED;
	case SLB_SESSION_STATE_TCP_FIN:
		return SLB_TIER_HALF_CLOSED;
	case SLB_SESSION_STATE_SCTP_SHUTDOWN:
		if (!(progress & SLB_PROGRESS_FIN(SLB_REPLY)))
			return SLB_TIER_HALF_CLOSED;
		return (progress & SLB_PROGRESS_ENDED) == SLB_PROGRESS_ENDED ? SLB_TIER_RESET :
									       SLB_TIER_CLOSED;
	default:
		return SLB_TIERS;
	}
}

/**
 * slb_session_yields() - may a session have to make room now?
 * @s: session
 * @tier: set to its tier
 *
 * Context: softirq, RCU.
 *
 * Return: true when it may.
 */
bool slb_session_yields(const struct slb_session *s, enum slb_tier *tier)
{
	*tier = slb_session_tier(READ_ONCE(s->progress));
	return *tier < SLB_TIERS &&
	       (s32)((u32)jiffies - READ_ONCE(s->used)) >= (s32)slb_tier_idle[*tier];
}

/**
 * slb_session_advance() - note a packet
 * @sn: namespace
 * @s: session
 * @dir: which way the packet goes
 * @p: the packet
 *
 * Writes only when the state changes or the time stamp is a second old: the established path
 * leaves the shared cache line alone. Context: softirq, RCU.
 */
void slb_session_advance(struct slb_net *sn, struct slb_session *s, enum slb_dir dir,
			 const struct slb_pkt *p)
{
	u32 next, old = READ_ONCE(s->progress);
	u32 now = (u32)jiffies;

	for (;;) {
		u32 seen;

		if (p->t.proto == IPPROTO_TCP)
			next = slb_tcp_next(old, dir, p->tcp_flags);
		else if (p->t.proto == IPPROTO_UDP)
			next = slb_udp_next(old, dir);
		else
			next = slb_sctp_next(old, dir, p->sctp_chunk);
		if (likely(next == old))
			break;
		/* first: with the new state, another CPU must not see the old time */
		WRITE_ONCE(s->used, now);
		seen = cmpxchg(&s->progress, old, next);
		if (seen == old) {
			if (slb_session_tier(next) != slb_session_tier(old))
				slb_room_update(sn, s);
			return;
		}
		old = seen;	/* the other direction was faster */
	}
	if (now - READ_ONCE(s->used) >= HZ)
		WRITE_ONCE(s->used, now);
}

/**
 * slb_session_starts() - can this packet begin a session?
 * @p: a packet that belongs to none
 *
 * Return: true when it can.
 */
bool slb_session_starts(const struct slb_pkt *p)
{
	switch (p->t.proto) {
	case IPPROTO_TCP:
		return slb_tcp_starts(p->tcp_flags);
	case IPPROTO_SCTP:
		return p->sctp_chunk == SLB_SCTP_INIT;
	default:
		return true;
	}
}

/**
 * slb_session_reopens() - does this packet of a client begin a new connection on an old key?
 * @s: session that has the key
 * @p: the packet
 *
 * A port that is used again while the connection before is closing must not wait for a timeout.
 * But for a connection that perhaps is not closing at all, for the server has not said so, it is
 * one packet among others: the server knows what to make of it (RFC 9293, 3.5.1; RFC 9260, 5.2.2).
 *
 * Return: true when it does.
 */
bool slb_session_reopens(const struct slb_session *s, const struct slb_pkt *p)
{
	u32 progress = READ_ONCE(s->progress);

	if (p->t.proto == IPPROTO_UDP || !slb_session_starts(p))
		return false;
	switch (progress & SLB_PROGRESS_STATE) {
	case SLB_SESSION_STATE_TCP_TIME_WAIT:
	case SLB_SESSION_STATE_TCP_CLOSE:
		return true;
	case SLB_SESSION_STATE_SCTP_SHUTDOWN:
		return progress & SLB_PROGRESS_FIN(SLB_REPLY);
	default:
		return false;
	}
}
