// SPDX-License-Identifier: GPL-2.0-only
/* Which balancer has a flow that the relay met in its middle? The balancers are asked in turn. */
#include <slb/flow.h>
#include <slb/reset.h>

#include "config/link.h"
#include "net.h"
#include "packet/doubt.h"
#include "packet/flow_steer.h"
#include "packet/steer.h"
#include "state/flow.h"

/* How long balancers and links must be unchanged to count as complete, in jiffies. */
#define RLY_DOUBT_SETTLE (3 * HZ)

/*
 * After a restart of the relay, or after a flow made room, the relay meets a TCP flow in its
 * middle. The hash may name the wrong balancer: when the flow began, the balancers or the key may
 * have been different. So the flow is inserted in doubt. If the balancer has the flow, it sends
 * packets of it, and the doubt ends. If not, it sends a reset with a mark (SLB_RESET_WINDOW). The
 * relay drops this reset, and the client's next segment goes to the next balancer. The reset is
 * forwarded to the client only after all balancers were asked.
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
 * Is a flow lost if no balancer has it? Not while the configuration may be incomplete: a balancer
 * that is added later may have the flow. And not while an unreachable balancer may come back.
 */
static bool rly_doubt_settled(const struct rly_net *rn, const struct rly_snapshot *snap, u8 family)
{
	unsigned long wait = msecs_to_jiffies(READ_ONCE(rn->flows.dead_after));
	struct rly_target target = {};
	u32 i;

	if (!rly_doubt_stands(snap) ||
	    time_before(jiffies, READ_ONCE(rn->added) +
				 msecs_to_jiffies(READ_ONCE(rn->settle_after))))
		return false;
	for (i = 0; i < snap->n_members; i++)
		if (rly_steer_to(&snap->member[i], family, &target) &&
		    rly_steer_waits(&snap->member[i], family, wait))
			return false;
	return true;
}

/*
 * Balancers are asked in the order of their numbers, starting at the first one that was asked, with
 * wraparound. Return the distance of a balancer from that one.
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
 * @target: the hash is there; the rest is filled
 *
 * Context: softirq, RCU.
 *
 * Return: false when all reachable balancers have been asked.
 */
bool rly_doubt_next(struct rly_net *rn, const struct rly_snapshot *snap, struct rly_flow *flow,
		    struct rly_target *target)
{
	u32 asked = READ_ONCE(flow->balancer), i, best = U32_MAX;
	struct rly_target found = { .hash = target->hash }, try = found;

	for (i = 0; i < snap->n_members; i++) {
		const struct rly_member *m = &snap->member[i];
		u32 far = rly_doubt_distance(flow, m->n);

		/* while a balancer is away, its heir answers for it, too */
		if (far <= rly_doubt_distance(flow, asked) || far > best ||
		    rly_steer_heir(snap, m, flow->t.family) ||
		    rly_steer_to(m, flow->t.family, &try))
			continue;
		best = far;
		found = try;
	}
	if (!found.member || !rly_flow_ask(&rn->flows, flow, asked, &found))
		return false;
	*target = found;
	return true;
}

/* The balancer that gets the packets of a flow: the one that has it, or its heir. */
static const struct rly_member *rly_doubt_server(const struct rly_snapshot *snap,
						 const struct rly_flow *flow, u64 hash)
{
	const struct rly_member *m = rly_flow_member(snap, flow, hash);

	return m ? rly_steer_heir(snap, m, flow->t.family) ?: m : NULL;
}

/*
 * Is a balancer the heir of one that is away? Then a packet of it does not show to which of the two
 * a flow belongs, and so where it goes when the other one is back.
 */
static bool rly_doubt_stands_in(const struct rly_snapshot *snap, const struct rly_member *m,
				u8 family)
{
	u32 i;

	for (i = 0; i < snap->n_members; i++)
		if (snap->member[i].heir[rly_af(family)] == m - snap->member &&
		    rly_steer_away(snap, &snap->member[i], family))
			return true;
	return false;
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
 * Which balancer sent a packet? Balancers may share a device: then it is @guess, if that is one of
 * them; otherwise the sender is unknown.
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

/* A balancer reports that it does not have a flow, and the relay does not know the flow. */
static enum slb_drop rly_doubt_unknown(struct rly_net *rn, const struct rly_snapshot *snap,
				       const struct rly_member *sender, struct rly_target *target,
				       u8 family)
{
	if (!rly_doubt_settled(rn, snap, family))
		return SLB_DROP_RESET_OTHER;
	if (snap->n_members == 1)
		return SLB_OK;
	/* without a table, packets of the flow only go to the balancer that the hash names */
	if (!READ_ONCE(rn->flows.limit) && !rly_steer_hash(snap, family, target) &&
	    target->member == sender)
		return SLB_OK;
	return SLB_DROP_RESET_OTHER;
}

/* A balancer reports that it does not have a flow. */
static enum slb_drop rly_doubt_reset(struct rly_net *rn, const struct rly_snapshot *snap,
				     struct rly_flow *flow, const struct rly_member *sender,
				     struct rly_target *target)
{
	if (!sender || sender != rly_doubt_server(snap, flow, target->hash))
		return SLB_DROP_RESET_OTHER;
	if (rly_flow_doubted(flow)) {
		if (rly_doubt_next(rn, snap, flow, target))
			return SLB_DROP_RESET_ASKED;
		/* start again: a balancer that was added late must be asked, too */
		if (!rly_doubt_settled(rn, snap, flow->t.family)) {
			rly_flow_drop(&rn->flows, flow);
			return SLB_DROP_RESET_ASKED;
		}
	}
	rly_flow_end(&rn->flows, flow);
	return SLB_OK;
}

/* Is it a reset of the balancer itself, and not of a server? */
static bool rly_doubt_marked(const struct sk_buff *skb, const struct slb_pkt *p)
{
	const struct tcphdr *th;
	struct tcphdr buf;

	if (likely(!(p->tcp_flags & SLB_TCP_RST)))
		return false;
	th = skb_header_pointer(skb, p->h.l4, sizeof(buf), &buf);
	return th && th->window == htons(SLB_RESET_WINDOW);
}

/* A packet proves that its sender has the flow. */
static void rly_doubt_found(struct rly_net *rn, const struct rly_snapshot *snap,
			    struct rly_flow *flow, const struct slb_tuple *t,
			    const struct slb_pkt *p, const struct rly_member *sender,
			    struct rly_target *target)
{
	bool tcp = slb_proto_has(t->proto, SLB_PROTO_TCP_FLAGS);
	bool open = tcp && !(p->tcp_flags & (SLB_TCP_SYN | SLB_TCP_FIN | SLB_TCP_RST));

	if (!sender || rly_steer_to(sender, t->family, target) ||
	    rly_doubt_stands_in(snap, sender, t->family))
		return;
	if (flow && rly_flow_doubted(flow))
		rly_flow_confirm(&rn->flows, flow, target, open);
	else if (!flow && (open || slb_proto_has(t->proto, SLB_PROTO_CHUNKS)) &&
		 time_before(jiffies, READ_ONCE(rn->flows.learn)))
		rly_flow_learn(&rn->flows, t, target);
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
 * rly_doubt_reply() - learn from a packet of a balancer which balancer has its flow
 * @rn: namespace
 * @snap: balancers and links
 * @skb: the packet, from a VIP, on the device of a link
 * @p: its parsed headers, of SLB_KIND_FLOW
 *
 * A reset of the balancer itself ends a flow only if that balancer is known to have the flow.
 * Context: softirq, RCU.
 *
 * Return: SLB_OK, or the reason to drop the packet.
 */
enum slb_drop rly_doubt_reply(struct rly_net *rn, const struct rly_snapshot *snap,
			      const struct sk_buff *skb, const struct slb_pkt *p)
{
	bool marked = slb_proto_has(p->t.proto, SLB_PROTO_RESET) &&
		      rly_doubt_marked(skb, p);
	const struct rly_member *sender;
	struct rly_target target = {};
	struct rly_flow *flow;
	struct slb_tuple t;

	/* usually no flow is in doubt */
	if (likely(slb_proto_has(p->t.proto, SLB_PROTO_DATAGRAMS) ||
		   (!marked && !rly_flows_in_doubt(&rn->flows))))
		return SLB_OK;
	slb_tuple_reverse(&t, &p->t);
	target.hash = slb_flow_hash(&t, &snap->key);
	flow = rly_flow_find(&rn->flows, &t, target.hash);
	if (flow && rly_flow_expired(&rn->flows, flow))
		flow = NULL;
	sender = rly_doubt_sender(snap, skb->dev->ifindex,
				  flow ? rly_doubt_server(snap, flow, target.hash) : NULL);
	if (likely(!marked)) {
		rly_doubt_found(rn, snap, flow, &t, p, sender, &target);
		return SLB_OK;
	}
	return flow ? rly_doubt_reset(rn, snap, flow, sender, &target) :
		      rly_doubt_unknown(rn, snap, sender, &target, t.family);
}
