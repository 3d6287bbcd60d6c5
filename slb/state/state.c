// SPDX-License-Identifier: GPL-2.0-only
/* Session states by protocol: they decide on timeouts, on making room and on reuse of the key. */
#include "config/group.h"
#include "state/session.h"
#include "state/session_room.h"

/* Is the connection established, so that a forged RST of the client must not end it? */
static bool slb_tcp_stands(u8 state)
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
	/* a server may close before it has the client's ACK (RFC 9293, 3.10.4) */
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
 * How long a session must be idle before it makes room, in jiffies. A handshake gets time to
 * finish. A half-closed session may still carry data: then its time stamp is less than two seconds
 * old.
 */
static const u32 slb_tier_idle[SLB_TIERS] = {
	[SLB_TIER_HALF_OPEN] = HZ,
	[SLB_TIER_HALF_CLOSED] = 2 * HZ,
};

/**
 * slb_session_tier() - the order in which a session makes room
 * @progress: its state, with the FIN bits
 *
 * Pure.
 *
 * Return: its tier, the lowest first; SLB_TIERS when it never makes room.
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
 * slb_session_yields() - may this session be ended now to make room?
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
 * Does a server's RST answer a forged segment? A server resets a segment that acknowledges data it
 * has not sent with that number as sequence number, and keeps its connection (RFC 9293, 3.10.7.3).
 * A RST that ends the connection has the next sequence number, or acknowledges the SYN.
 */
static bool slb_tcp_stray_reset(const struct slb_session *s, u32 progress, enum slb_dir dir,
				const struct slb_pkt *p)
{
	return dir == SLB_REPLY && (p->tcp_flags & (SLB_TCP_RST | SLB_TCP_ACK)) == SLB_TCP_RST &&
	       (progress & SLB_PROGRESS_STATE) == SLB_SESSION_STATE_TCP_SYN_ACK &&
	       p->tcp_seq != READ_ONCE(s->expected);
}

/**
 * slb_session_proves() - does a segment prove that the client has seen the server's SYN-ACK?
 * @s: session
 * @dir: direction of the segment
 * @p: the segment
 *
 * A client's segment proves it by its acknowledgment number; the caller checks the checksum. A
 * server sends data only to a client that has proved itself, perhaps in an earlier connection
 * (RFC 7413), so its data are a proof, too.
 *
 * Return: true when it does and the session waits for the proof.
 */
bool slb_session_proves(const struct slb_session *s, enum slb_dir dir, const struct slb_pkt *p)
{
	if (!slb_proto_has(p->t.proto, SLB_PROTO_TCP_FLAGS) ||
	    slb_session_state(s) != SLB_SESSION_STATE_TCP_SYN_ACK ||
	    (p->tcp_flags & (SLB_TCP_SYN | SLB_TCP_ACK)) != SLB_TCP_ACK)
		return false;
	return dir == SLB_REPLY ? p->tcp_data : p->tcp_ack == READ_ONCE(s->expected);
}

/* Note the acknowledgment number that will prove that the client has seen this SYN-ACK. */
static void slb_session_expect(struct slb_session *s, enum slb_dir dir, const struct slb_pkt *p)
{
	u8 state = slb_session_state(s);

	if (dir == SLB_REPLY && slb_proto_has(p->t.proto, SLB_PROTO_TCP_FLAGS) &&
	    (p->tcp_flags & (SLB_TCP_SYN | SLB_TCP_ACK | SLB_TCP_RST)) ==
	    (SLB_TCP_SYN | SLB_TCP_ACK) &&
	    (state == SLB_SESSION_STATE_TCP_SYN || state == SLB_SESSION_STATE_TCP_SYN_ACK ||
	     state == SLB_SESSION_STATE_TCP_FIN))
		WRITE_ONCE(s->expected, p->tcp_seq + 1);
}

static u32 slb_session_next(const struct slb_session *s, u32 progress, enum slb_dir dir,
			    const struct slb_pkt *p, bool proves)
{
	switch (slb_proto_machine(p->t.proto)) {
	case SLB_MACHINE_SEGMENTS:
		if (unlikely(slb_tcp_stray_reset(s, progress, dir, p)))
			return progress;
		return slb_tcp_next(progress, dir, p->tcp_flags, proves);
	case SLB_MACHINE_DATAGRAMS:
		return slb_udp_next(progress, dir);
	case SLB_MACHINE_CHUNKS:
		return slb_sctp_next(progress, dir, p->sctp_chunks);
	default:
		return progress;
	}
}

/**
 * slb_session_renews() - does a packet keep a session from expiring?
 * @s: session
 * @dir: direction of the packet
 *
 * Further SYNs or INITs do not: a half-open session waits for a proof. The client's packets do not
 * keep a UDP session at a drained server: UDP has no end that would move it elsewhere.
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
 * slb_session_over() - has a session expired?
 * @sn: namespace
 * @s: session
 * @dir: direction of the packet at hand
 *
 * A UDP session that its server never answered expires as soon as the server is drained. Call
 * slb_session_stale() first: it is cheaper.
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
 * slb_session_advance() - update a session's state and time stamp for a packet
 * @sn: namespace
 * @s: session
 * @dir: direction of the packet
 * @p: the packet
 * @proves: slb_session_proves(), and its checksum is right
 *
 * Writes only when the state changes or the time stamp is a second old, so packets of an
 * established session do not dirty the shared cache line. Context: softirq, RCU.
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
		/* before the state: another CPU must not see the new state with the old time */
		WRITE_ONCE(s->used, now);
		seen = cmpxchg(&s->progress, (u16)old, (u16)next);
		if (seen == old) {
			if (slb_session_tier(next) != slb_session_tier(old))
				slb_room_update(sn, s);
			return;
		}
		old = seen;	/* the other direction has changed it: retry */
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
	switch (slb_proto_machine(p->t.proto)) {
	case SLB_MACHINE_SEGMENTS:
		return slb_tcp_starts(p->tcp_flags);
	case SLB_MACHINE_CHUNKS:
		return p->sctp_chunk == SCTP_CID_INIT;
	case SLB_MACHINE_DATAGRAMS:
		return true;
	default:
		return false;
	}
}

/*
 * Has the server left two SYNs (or INITs) of the client unanswered? The first SYN of a session is
 * one of them. A SYN soon after another packet does not count: the answer may be on its way, or the
 * server may limit its answers (RFC 5961, 7). SYNs that count renew the time stamp.
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
 * slb_session_reopens() - does the SYN or INIT of a client begin a new session on an old key?
 * @s: session that has the key
 * @elsewhere: the session's server is drained and another one is usable
 *
 * A client that reuses a port must not wait until the closing session expires, or for a server that
 * is gone. While the server has not closed the connection, the SYN may be forged: it goes to the
 * server, which knows what to do (RFC 9293, 3.5.1; RFC 9260, 5.2.2), as long as the server answers.
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
