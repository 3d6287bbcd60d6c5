// SPDX-License-Identifier: GPL-2.0-only
/* Session states: they decide on timeouts, on making room and on reuse of the key. */
#include "config/group.h"
#include "config/server_life.h"
#include "state/persist.h"
#include "state/session.h"
#include "state/session_room.h"
#include "state/sync_log.h"
#include "trace.h"

/* Is the session still in the state of its first packet? */
static bool slb_session_is_first(const struct slb_session *s)
{
	return slb_session_state(s) == slb_proto_first(slb_session_proto(s));
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
	*tier = slb_session_tier(s, READ_ONCE(s->progress));
	return *tier < SLB_TIERS &&
	       (s32)((u32)jiffies - READ_ONCE(s->used)) >= (s32)slb_tier_idle[*tier];
}

/**
 * slb_session_proves() - does a segment prove that the client has seen the server's SYN-ACK?
 * @s: session
 * @dir: direction of the segment
 * @p: the segment
 *
 * The caller checks the checksum.
 *
 * Return: true when it does and the session waits for the proof.
 */
bool slb_session_proves(const struct slb_session *s, enum slb_dir dir, const struct slb_pkt *p)
{
	return slb_proto_has(p->t.proto, SLB_PROTO_TCP_FLAGS) &&
	       slb_tcp_proves(slb_session_state(s), dir, p, &s->expected);
}

/* Note the acknowledgment number that will prove that the client has seen this SYN-ACK. */
static void slb_session_expect(struct slb_session *s, enum slb_dir dir, const struct slb_pkt *p)
{
	if (dir == SLB_REPLY && slb_proto_has(p->t.proto, SLB_PROTO_TCP_FLAGS) &&
	    slb_tcp_expects(slb_session_state(s), p))
		WRITE_ONCE(s->expected, p->tcp_seq + 1);
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
	if (slb_proto_unproven() >> slb_session_state(s) & 1)
		return false;
	return dir == SLB_REPLY || !slb_proto_has(slb_session_proto(s), SLB_PROTO_DATAGRAMS) ||
	       !slb_server_drained(s->server);
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
	       (dir == SLB_REQUEST && slb_proto_has(slb_session_proto(s), SLB_PROTO_DATAGRAMS) &&
		slb_session_is_first(s) && slb_server_drained(s->server));
}

/* A session's tier has changed: tell who waits to know that both ends exist. */
static void slb_session_proven(struct slb_net *sn, struct slb_session *s, u32 old, u32 next)
{
	if (slb_session_tier(s, old) != SLB_TIER_HALF_OPEN ||
	    slb_session_tier(s, next) == SLB_TIER_RESET)
		return;
	slb_persist_prove(sn, s);
	trace_slb_session(s, SLB_TRACE_ESTABLISHED, SLB_END_NONE);
}

/* A packet of the server has changed the state from @old to @next: was it the first answer? */
static void slb_session_replied(struct slb_net *sn, struct slb_session *s, u32 old, u32 next)
{
	if ((old & SLB_PROGRESS_STATE) != slb_proto_first(slb_session_proto(s)))
		return;
	if (slb_session_tier(s, next) == SLB_TIER_RESET)
		slb_server_failed(sn, s->server, &s->server->refused);
	else
		slb_server_answers(s->server);
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
	const struct slb_step step = {
		.p = p, .dir = dir, .proves = proves, .expected = &s->expected,
	};
	u32 next, old = READ_ONCE(s->progress);
	u32 now = (u32)jiffies;

	if (unlikely(dir == SLB_REPLY && p->tcp_flags & SLB_TCP_SYN))
		slb_session_expect(s, dir, p);
	for (;;) {
		u32 seen;

		next = slb_proto_next(p->t.proto, old, &step);
		if (likely(next == old))
			break;
		/* before the state: another CPU must not see the new state with the old time */
		WRITE_ONCE(s->used, now);
		seen = cmpxchg(&s->progress, (u16)old, (u16)next);
		if (seen == old) {
			if (slb_session_tier(s, next) != slb_session_tier(s, old)) {
				slb_room_update(sn, s);
				slb_sync_note(sn, s);
				slb_session_proven(sn, s, old, next);
			}
			if (dir == SLB_REPLY)
				slb_session_replied(sn, s, old, next);
			return;
		}
		old = seen;	/* the other direction has changed it: retry */
	}
	if (unlikely(slb_session_stale(s)) && slb_session_renews(s, dir))
		WRITE_ONCE(s->used, now);
}

/*
 * Has the server left two SYNs (or INITs) of the client unanswered? The first SYN of a session is
 * one of them. A SYN soon after another packet does not count: the answer may be on its way, or the
 * server may limit its answers (RFC 5961, 7). SYNs that count renew the time stamp.
 */
static bool slb_session_unanswered(struct slb_net *sn, struct slb_session *s)
{
	if ((s32)((u32)jiffies - READ_ONCE(s->used)) < SLB_ASK_GAP)
		return false;
	if (test_bit(SLB_SESSION_ASKED_TWICE, &s->flags))
		return true;
	WRITE_ONCE(s->used, (u32)jiffies);
	if (!test_and_set_bit(SLB_SESSION_ASKED, &s->flags) && !slb_session_is_first(s))
		return false;
	if (!test_and_set_bit(SLB_SESSION_ASKED_TWICE, &s->flags))
		slb_server_failed(sn, s->server, &s->server->unanswered);
	return false;
}

/**
 * slb_session_reopens() - does the SYN or INIT of a client begin a new session on an old key?
 * @sn: namespace
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
bool slb_session_reopens(struct slb_net *sn, struct slb_session *s, bool elsewhere)
{
	return slb_proto_reopens(slb_session_proto(s), READ_ONCE(s->progress)) || elsewhere ||
	       slb_session_unanswered(sn, s);
}

/**
 * slb_session_unreachable() - an ICMP error of slb_icmp_is_refusal() came for a client
 * @sn: namespace
 * @s: its session
 * @from: sender of the error
 *
 * An error of the server itself before its first answer means that it refuses the connection, as
 * UDP has no other way to say that. Further ones count no more. Context: softirq, RCU.
 */
void slb_session_unreachable(struct slb_net *sn, struct slb_session *s,
			     const union nf_inet_addr *from)
{
	if (!slb_session_is_first(s) || !slb_addr_equal(from, &s->server->addr) ||
	    test_and_set_bit(SLB_SESSION_REFUSED, &s->flags))
		return;
	slb_server_failed(sn, s->server, &s->server->refused);
	slb_room_update(sn, s);
}
