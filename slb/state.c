// SPDX-License-Identifier: GPL-2.0-only
/* Where a connection stands, by protocol: how long it is kept, when its key may be used anew. */
#include "group.h"
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
 * @proves: it shows that the client has seen the SYN-ACK of the server
 *
 * Pure. The state only says how long to wait for more, and no segment is dropped for it (RFC 9293
 * is the ends' business). Anybody can send a segment in a client's name. So a connection is half
 * open until there is a proof, and until then no ACK, RST or FIN of the client counts: a flood of
 * SYNs, each with one of these after it, makes half-open sessions, which time out soon and make
 * room. Later, the client's RST counts as its FIN, as the server may ignore it (RFC 5961). What a
 * server sends nobody can forge who does not know the local port: its RST ends a connection, and
 * its SYN and ACK begin one, also in the session of the one before.
 *
 * Return: the state after it, with the FIN bits.
 */
u32 slb_tcp_next(u32 progress, enum slb_dir dir, u8 flags, bool proves)
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

/*
 * Is a reset of the server's an answer to a segment of somebody else? To one that acknowledges what
 * it has not sent, a server answers by a reset with that number, and knows the connection still
 * (RFC 9293, 3.10.7.3); a reset of its own has the next number, or acknowledges the SYN.
 */
static bool slb_tcp_stray_reset(const struct slb_session *s, u32 progress, enum slb_dir dir,
				const struct slb_pkt *p)
{
	return dir == SLB_REPLY && (p->tcp_flags & (SLB_TCP_RST | SLB_TCP_ACK)) == SLB_TCP_RST &&
	       (progress & SLB_PROGRESS_STATE) == SLB_SESSION_STATE_TCP_SYN_ACK &&
	       p->tcp_seq != READ_ONCE(s->expected);
}

/**
 * slb_session_proves() - does a segment show that the client has seen the server's SYN-ACK?
 * @s: session
 * @dir: which way the segment goes
 * @p: the segment
 *
 * The client's shows it by the number that it acknowledges, if its checksum is right, which is the
 * caller's business. A server only sends data to a client that it has a proof of; it may have that
 * from an earlier connection (RFC 7413).
 *
 * Return: true when it does, and the session is waiting for that.
 */
bool slb_session_proves(const struct slb_session *s, enum slb_dir dir, const struct slb_pkt *p)
{
	if (p->t.proto != IPPROTO_TCP || slb_session_state(s) != SLB_SESSION_STATE_TCP_SYN_ACK ||
	    (p->tcp_flags & (SLB_TCP_SYN | SLB_TCP_ACK)) != SLB_TCP_ACK)
		return false;
	return dir == SLB_REPLY ? p->tcp_data : p->tcp_ack == READ_ONCE(s->expected);
}

/* What will prove that the client exists. */
static void slb_session_expect(struct slb_session *s, enum slb_dir dir, const struct slb_pkt *p)
{
	u8 state = slb_session_state(s);

	if (dir == SLB_REPLY && p->t.proto == IPPROTO_TCP &&
	    (p->tcp_flags & (SLB_TCP_SYN | SLB_TCP_ACK | SLB_TCP_RST)) ==
	    (SLB_TCP_SYN | SLB_TCP_ACK) &&
	    (state == SLB_SESSION_STATE_TCP_SYN || state == SLB_SESSION_STATE_TCP_SYN_ACK ||
	     state == SLB_SESSION_STATE_TCP_FIN))
		WRITE_ONCE(s->expected, p->tcp_seq + 1);
}

static u32 slb_session_next(const struct slb_session *s, u32 progress, enum slb_dir dir,
			    const struct slb_pkt *p, bool proves)
{
	switch (p->t.proto) {
	case IPPROTO_TCP:
		if (unlikely(slb_tcp_stray_reset(s, progress, dir, p)))
			return progress;
		return slb_tcp_next(progress, dir, p->tcp_flags, proves);
	case IPPROTO_UDP:
		return slb_udp_next(progress, dir);
	default:
		return slb_sctp_next(progress, dir, p->sctp_chunks);
	}
}

/**
 * slb_session_renews() - does a packet keep a session from expiring?
 * @s: session
 * @dir: which way the packet goes
 *
 * What is half open waits for a proof, and no longer because more of the same comes. Packets to a
 * drained server do not keep a flow of UDP there, whose end nobody announces.
 *
 * Return: true when it does.
 */
bool slb_session_renews(const struct slb_session *s, enum slb_dir dir)
{
	switch (slb_session_state(s)) {
	case SLB_SESSION_STATE_TCP_SYN:
	case SLB_SESSION_STATE_TCP_SYN_ACK:
	case SLB_SESSION_STATE_SCTP_INIT:
		return false;
	case SLB_SESSION_STATE_UDP_NEW:
	case SLB_SESSION_STATE_UDP:
		return dir == SLB_REPLY || !slb_server_drained(s->server);
	default:
		return true;
	}
}

/**
 * slb_session_over() - has a session ended by itself?
 * @sn: namespace
 * @s: session
 * @dir: direction of the packet at hand
 *
 * It has expired; or it is a flow of UDP that its server has never answered, and will not get any
 * more of, as it is drained. slb_session_stale() asks first.
 *
 * Return: true when it has.
 */
bool slb_session_over(const struct slb_net *sn, const struct slb_session *s, enum slb_dir dir)
{
	return slb_session_expired(sn, s) ||
	       (dir == SLB_REQUEST && slb_session_state(s) == SLB_SESSION_STATE_UDP_NEW &&
		slb_server_drained(s->server));
}

/**
 * slb_session_advance() - note a packet
 * @sn: namespace
 * @s: session
 * @dir: which way the packet goes
 * @p: the packet
 * @proves: slb_session_proves(), and its checksum is right
 *
 * Writes only when the state changes or the time stamp is a second old: the established path
 * leaves the shared cache line alone. Context: softirq, RCU.
 */
void slb_session_advance(struct slb_net *sn, struct slb_session *s, enum slb_dir dir,
			 const struct slb_pkt *p, bool proves)
{
	u32 next, old = READ_ONCE(s->progress);
	u32 now = (u32)jiffies;

	if (unlikely(dir == SLB_REPLY && p->tcp_flags & SLB_TCP_SYN))
		slb_session_expect(s, dir, p);
	for (;;) {
		u32 seen;

		next = slb_session_next(s, old, dir, p, proves);
		if (likely(next == old))
			break;
		/* first: with the new state, another CPU must not see the old time */
		WRITE_ONCE(s->used, now);
		seen = cmpxchg(&s->progress, (u16)old, (u16)next);
		if (seen == old) {
			if (slb_session_tier(next) != slb_session_tier(old))
				slb_room_update(sn, s);
			return;
		}
		old = seen;	/* the other direction was faster */
	}
	if (unlikely(slb_session_stale(s)) && slb_session_renews(s, dir))
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
		return p->sctp_chunk == SCTP_CID_INIT;
	default:
		return true;
	}
}

/*
 * Has the server left two SYNs (or INITs) of the client without an answer? One that comes soon
 * after another packet may be faster than the answer, or beyond a server's limit for answers
 * (RFC 5961, 7), and does not count. The first SYN of a session is one of the two. Those that count
 * keep the session from expiring meanwhile.
 */
static bool slb_session_unanswered(struct slb_session *s)
{
	u8 state = slb_session_state(s);

	if ((s32)((u32)jiffies - READ_ONCE(s->used)) < SLB_ASK_GAP)
		return false;
	if (test_bit(SLB_SESSION_ASKED_TWICE, &s->flags))
		return true;
	WRITE_ONCE(s->used, (u32)jiffies);
	if (test_and_set_bit(SLB_SESSION_ASKED, &s->flags) ||
	    state == SLB_SESSION_STATE_TCP_SYN || state == SLB_SESSION_STATE_SCTP_INIT)
		set_bit(SLB_SESSION_ASKED_TWICE, &s->flags);
	return false;
}

/**
 * slb_session_reopens() - does the SYN or INIT of a client begin a new connection on an old key?
 * @s: session that has the key
 * @elsewhere: the session's server is drained, and another one is there
 *
 * A port that is used again while the connection before is closing must not wait for a timeout,
 * nor for a server that is gone. But for a connection that perhaps is not closing at all, for its
 * server has not said so, it is one packet among others: the server knows what to make of it
 * (RFC 9293, 3.5.1; RFC 9260, 5.2.2), as long as it answers.
 *
 * Context: softirq, RCU.
 *
 * Return: true when it does.
 */
bool slb_session_reopens(struct slb_session *s, bool elsewhere)
{
	u32 progress = READ_ONCE(s->progress);

	switch (progress & SLB_PROGRESS_STATE) {
	case SLB_SESSION_STATE_TCP_TIME_WAIT:
	case SLB_SESSION_STATE_TCP_CLOSE:
		return true;
	case SLB_SESSION_STATE_SCTP_SHUTDOWN:
		if (progress & SLB_PROGRESS_FIN(SLB_REPLY))
			return true;
		break;
	}
	return elsewhere || slb_session_unanswered(s);
}
