// SPDX-License-Identifier: GPL-2.0-only
/* Which balancer has a flow that the relay met in its middle? The balancers are asked in turn. */
#include <slb/flowhash.h>
#include <slb/reset.h>

#include "config/link.h"
#include "net.h"
#include "packet/doubt.h"
#include "packet/flow_steer.h"
#include "packet/steer.h"
#include "state/flow.h"

/* How long a set of balancers and links must stand to be taken for the whole, in jiffies. */
#define RLY_DOUBT_SETTLE (3 * HZ)

/*
 * After a restart of the relay, or when a flow had to make room, the hash says where a TCP flow
 * goes that is met in its middle. It may be wrong: other balancers were there when the flow began,
 * or the key was another one. So the flow is entered in doubt. A balancer that has the flow
 * answers, or sends on what its server says: then it is found. One that has not sends a reset,
 * which carries a mark (SLB_RESET_WINDOW). That is not passed on: the client's next segment asks
 * the next balancer. Only when all have been asked is the client told.
 */

/**
 * rly_doubt_stands() - have balancers and links been unchanged for a while?
 * @snap: balancers and links
 *
 * Return: true when they have.
 */
bool rly_doubt_stands(const struct rly_snapshot *snap)
{
	return time_after(jiffies, snap->born + RLY_DOUBT_SETTLE);
}

/*
 * Is a flow that no balancer has really lost? Not while the configuration may be incomplete, as a
 * balancer that is still to be added may have it. Nor while a balancer that cannot be reached may
 * come back.
 */
static bool rly_doubt_settled(const struct rly_net *rn, const struct rly_snapshot *snap, u8 family)
{
	unsigned long wait = msecs_to_jiffies(READ_ONCE(rn->flows.dead_after));
	struct rly_way way = {};
	u32 i;

	if (!rly_doubt_stands(snap) ||
	    time_before(jiffies, READ_ONCE(rn->added) +
				 msecs_to_jiffies(READ_ONCE(rn->settle_after))))
		return false;
	for (i = 0; i < snap->n_members; i++)
		if (rly_steer_to(&snap->member[i], family, &way) &&
		    rly_steer_waits(&snap->member[i], family, wait))
			return false;
	return true;
}

/*
 * Balancers are asked in the order of their numbers, round from the first one: how far from there
 * is another one?
 */
static u32 rly_doubt_distance(const struct rly_flow *flow, u32 n)
{
	return n - READ_ONCE(flow->doubt);
}

/**
 * rly_doubt_next() - ask the next balancer for a flow that is in doubt
 * @rn: namespace
 * @snap: balancers and links
 * @flow: the flow
 * @way: the hash is there; the rest is filled
 *
 * Context: softirq, RCU.
 *
 * Return: false when all that can be reached have been asked.
 */
bool rly_doubt_next(struct rly_net *rn, const struct rly_snapshot *snap, struct rly_flow *flow,
		    struct rly_way *way)
{
	u32 asked = READ_ONCE(flow->balancer), i, best = U32_MAX;
	struct rly_way found = { .hash = way->hash }, try = found;

	for (i = 0; i < snap->n_members; i++) {
		const struct rly_member *m = &snap->member[i];
		u32 far = rly_doubt_distance(flow, m->n);

		if (far <= rly_doubt_distance(flow, asked) || far > best ||
		    rly_steer_to(m, flow->t.family, &try))
			continue;
		best = far;
		found = try;
	}
	if (!found.member || !rly_flow_ask(&rn->flows, flow, asked, &found))
		return false;
	*way = found;
	return true;
}

static bool rly_doubt_has_device(const struct rly_member *m, int ifindex)
{
	u32 i;

	for (i = 0; i < m->n_links; i++)
		if (READ_ONCE(m->link[i]->nh.ifindex) == ifindex)
			return true;
	return false;
}

/*
 * Who has sent a packet? Balancers may share a device: then it is @guess, if that is one of them,
 * and else nobody knows.
 */
static const struct rly_member *rly_doubt_sender(const struct rly_snapshot *snap, int ifindex,
						 const struct rly_member *guess)
{
	const struct rly_member *found = NULL;
	u32 i;

	if (guess && rly_doubt_has_device(guess, ifindex))
		return guess;
	for (i = 0; i < snap->n_members; i++) {
		if (!rly_doubt_has_device(&snap->member[i], ifindex))
			continue;
		if (found)
			return NULL;
		found = &snap->member[i];
	}
	return found;
}

/* A balancer says that it does not know a flow that the relay does not know either. */
static enum slb_drop rly_doubt_unknown(struct rly_net *rn, const struct rly_snapshot *snap,
				       const struct rly_member *sender, struct rly_way *way,
				       u8 family)
{
	if (!rly_doubt_settled(rn, snap, family))
		return SLB_DROP_RESET_OTHER;
	if (snap->n_members == 1)
		return SLB_OK;
	/* without a table, packets of the flow go nowhere but where the hash says */
	if (!READ_ONCE(rn->flows.limit) && !rly_steer_hash(snap, family, way) &&
	    way->member == sender)
		return SLB_OK;
	return SLB_DROP_RESET_OTHER;
}

/* A balancer says that it does not know a flow. */
static enum slb_drop rly_doubt_reset(struct rly_net *rn, const struct rly_snapshot *snap,
				     struct rly_flow *flow, const struct rly_member *sender,
				     struct rly_way *way)
{
	if (!sender || sender->n != READ_ONCE(flow->balancer))
		return SLB_DROP_RESET_OTHER;
	if (rly_flow_doubted(flow)) {
		if (rly_doubt_next(rn, snap, flow, way))
			return SLB_DROP_RESET_ASKED;
		/* begin again: who comes late must be asked, too */
		if (!rly_doubt_settled(rn, snap, flow->t.family)) {
			rly_flow_drop(&rn->flows, flow);
			return SLB_DROP_RESET_ASKED;
		}
	}
	rly_flow_end(&rn->flows, flow);
	return SLB_OK;
}

/* Is it a reset that a balancer has made itself? */
static bool rly_doubt_marked(const struct sk_buff *skb, const struct slb_pkt *p)
{
	const struct tcphdr *th;
	struct tcphdr buf;

	if (likely(!(p->tcp_flags & SLB_TCP_RST)))
		return false;
	th = skb_header_pointer(skb, p->h.l4, sizeof(buf), &buf);
	return th && th->window == htons(SLB_RESET_WINDOW);
}

/* A packet of a flow that its sender has, for sure. */
static void rly_doubt_found(struct rly_net *rn, struct rly_flow *flow, const struct slb_tuple *t,
			    const struct slb_pkt *p, const struct rly_member *sender,
			    struct rly_way *way)
{
	bool tcp = slb_proto_has(t->proto, SLB_PROTO_TCP_FLAGS);
	bool open = tcp && !(p->tcp_flags & (SLB_TCP_SYN | SLB_TCP_FIN | SLB_TCP_RST));

	if (!sender || rly_steer_to(sender, t->family, way))
		return;
	if (flow && rly_flow_doubted(flow))
		rly_flow_confirm(&rn->flows, flow, way, open);
	else if (!flow && (open || slb_proto_has(t->proto, SLB_PROTO_CHUNKS)) &&
		 time_before(jiffies, READ_ONCE(rn->flows.learn)))
		rly_flow_learn(&rn->flows, t, way);
}

/**
 * rly_doubt_none() - is the balancer of a packet's flow known?
 * @rn: namespace, for which rly_flows_in_doubt() is true
 * @snap: balancers and links
 * @skb: the packet, from a VIP, its IP header at skb->data
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 *
 * Context: softirq, RCU.
 *
 * Return: true when it is, so rly_doubt_reply() need not see the packet.
 */
bool rly_doubt_none(struct rly_net *rn, const struct rly_snapshot *snap, struct sk_buff *skb,
		    u8 family)
{
	const struct rly_flow *flow;
	struct slb_tuple t;
	struct slb_pkt p;

	if (slb_parse_addr(skb, family, &p) || slb_parse_flow(skb, &p))
		return false;
	slb_tuple_reverse(&t, &p.t);
	flow = rly_flow_find(&rn->flows, &t, slb_flow_hash(&t, &snap->key));
	if (flow && !rly_flow_expired(&rn->flows, flow))
		return !rly_flow_doubted(flow);
	return !time_before(jiffies, READ_ONCE(rn->flows.learn));
}

/**
 * rly_doubt_reply() - what a packet from a balancer to a client says of the flow's place
 * @rn: namespace
 * @snap: balancers and links
 * @skb: the packet, from a VIP, on the device of a link
 * @p: what was parsed of it, of SLB_KIND_FLOW
 *
 * A reset that a balancer made itself ends a flow only when that balancer is known to have it.
 * Context: softirq, RCU.
 *
 * Return: SLB_OK, or why the packet must not be sent on.
 */
enum slb_drop rly_doubt_reply(struct rly_net *rn, const struct rly_snapshot *snap,
			      const struct sk_buff *skb, const struct slb_pkt *p)
{
	bool marked = slb_proto_has(p->t.proto, SLB_PROTO_RESET) &&
		      rly_doubt_marked(skb, p);
	const struct rly_member *sender;
	struct rly_way way = {};
	struct rly_flow *flow;
	struct slb_tuple t;

	/* mostly there is nothing to find out */
	if (likely(slb_proto_has(p->t.proto, SLB_PROTO_DATAGRAMS) ||
		   (!marked && !rly_flows_in_doubt(&rn->flows))))
		return SLB_OK;
	slb_tuple_reverse(&t, &p->t);
	way.hash = slb_flow_hash(&t, &snap->key);
	flow = rly_flow_find(&rn->flows, &t, way.hash);
	if (flow && rly_flow_expired(&rn->flows, flow))
		flow = NULL;
	sender = rly_doubt_sender(snap, skb->dev->ifindex,
				  flow ? rly_flow_member(snap, flow, way.hash) : NULL);
	if (likely(!marked)) {
		rly_doubt_found(rn, flow, &t, p, sender, &way);
		return SLB_OK;
	}
	return flow ? rly_doubt_reset(rn, snap, flow, sender, &way) :
		      rly_doubt_unknown(rn, snap, sender, &way, t.family);
}
