// SPDX-License-Identifier: GPL-2.0-only
/* Steering of flows: a known flow goes to its balancer, a new one where its hash says. */
#include <slb/flow.h>

#include "config/link.h"
#include "net.h"
#include "packet/doubt.h"
#include "packet/flow_steer.h"
#include "packet/steer.h"
#include "state/flow.h"

/*
 * The next state after a packet that continues, restarts or ends a known flow. A closing flow that
 * restarts is kept as long as an open one: only its balancer knows whether it was really closing.
 */
static u8 rly_flow_next(const struct rly_flow *flow, u8 state, enum slb_sign sign)
{
	u8 proto = flow->t.proto;

	switch (sign) {
	case SLB_SIGN_GOES_ON:
		return rly_flow_settled(state) ? state : slb_proto_flow_open(proto);
	case SLB_SIGN_BEGINS:
		return rly_flow_settled(state) ? slb_proto_flow_open(proto) : state;
	default:
		return slb_proto_flow_closing(proto);
	}
}

/**
 * rly_flow_sign() - does a packet begin, continue or end its flow?
 * @p: the packet
 *
 * Return: enum slb_sign.
 */
enum slb_sign rly_flow_sign(const struct slb_pkt *p)
{
	return p->kind == SLB_KIND_FLOW ? slb_proto_sign(p->t.proto, p) : SLB_SIGN_ASKS;
}

/* Is it a real packet of the flow, not a query? */
static bool rly_sign_counts(enum slb_sign sign)
{
	return sign < SLB_SIGN_ASKS;
}

static bool rly_flow_closing(const struct rly_flow *flow)
{
	return !slb_proto_has(flow->t.proto, SLB_PROTO_DATAGRAMS) &&
	       rly_flow_state(flow) == slb_proto_flow_closing(flow->t.proto);
}

/**
 * rly_flow_member() - the balancer of a flow; usually the one that the hash names
 * @snap: balancers and links
 * @flow: the flow
 * @hash: its flow hash
 *
 * Context: RCU.
 *
 * Return: the balancer, or NULL when it is deleted.
 */
const struct rly_member *rly_flow_member(const struct rly_snapshot *snap,
					 const struct rly_flow *flow,
					 u64 hash)
{
	u32 n = READ_ONCE(flow->balancer), lo = 0, hi = snap->n_members;
	unsigned int af = rly_af(flow->t.family);
	const struct rly_member *member;

	if (likely(snap->any[af])) {
		member = &snap->member[snap->slot[af][hash % RLY_SLOTS]];
		if (likely(member->n == n))
			return member;
	}
	while (lo < hi) {
		u32 mid = (lo + hi) / 2;

		member = &snap->member[mid];
		if (member->n == n)
			return member;
		if (member->n < n)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

/*
 * A flow keeps its link, even when that is drained and new flows get others. While the link is
 * down, and for good when it is deleted, the flow uses the link that its hash names.
 */
static void rly_flow_link(struct rly_flows *flows, struct rly_flow *flow, enum slb_sign sign,
			  struct rly_target *target)
{
	const struct rly_member *m = target->member;
	u32 i, n = READ_ONCE(flow->link);

	if (likely(target->link->n == n))
		return;
	for (i = 0; i < m->n_links; i++) {
		if (m->link[i]->n != n)
			continue;
		if (!slb_nexthop_beats(&target->link->nh, &m->link[i]->nh, flow->t.family))
			target->link = m->link[i];
		return;
	}
	if (rly_sign_counts(sign))
		rly_flow_relink(flows, flow, target->link->n);
}

static void rly_flow_touch(struct rly_flows *flows, struct rly_flow *flow, enum slb_sign sign)
{
	u8 state = rly_flow_state(flow), next = rly_flow_next(flow, state, sign);

	/* a flow in doubt advances when its balancer answers: the sender's packets prove nothing */
	if (unlikely(next != state) && !rly_flow_doubted(flow))
		rly_flow_advance(flows, flow, next);
	else if (unlikely((u32)jiffies - READ_ONCE(flow->seen) >= HZ))
		rly_flow_seen(flows, flow);
}

/*
 * May an unknown flow be inserted, and in doubt? A flow that begins belongs where its hash says. In
 * the middle of a flow the hash may differ from when it began. TCP is inserted in doubt: the
 * balancer's answer shows whether it has the flow (doubt.c). SCTP has no such answer and is
 * inserted only when balancers and links have not changed for a while. A packet that ends a flow
 * inserts it only if it is in doubt.
 */
static bool rly_flow_enters(const struct rly_snapshot *snap, const struct slb_tuple *t,
			    enum slb_sign sign, bool *doubt)
{
	*doubt = slb_proto_has(t->proto, SLB_PROTO_RESET) && sign != SLB_SIGN_BEGINS;
	if (*doubt)
		return sign == SLB_SIGN_GOES_ON || sign == SLB_SIGN_ENDS;
	return sign == SLB_SIGN_BEGINS ||
	       (sign == SLB_SIGN_GOES_ON &&
		(slb_proto_has(t->proto, SLB_PROTO_DATAGRAMS) || rly_doubt_stands(snap)));
}

/*
 * Steer by the hash, or to the heir of a balancer that has failed. Unless the packet begins the
 * flow, that may be old: another relay has carried it until now, or this relay has forgotten it.
 * Then the heir may have a copy. A new flow of datagrams looks the same, and begins at the heir.
 * Both become flows of the heir, and stay there when the balancer is back: it is not known which of
 * the two it is. The heir has the sessions of both. @old: entry of an earlier flow with the same
 * key, or NULL.
 */
static enum slb_drop rly_flow_begin(struct rly_net *rn, const struct rly_snapshot *snap,
				    const struct slb_tuple *t, enum slb_sign sign,
				    struct rly_target *target, struct rly_flow *old)
{
	enum slb_drop why = rly_steer_hash(snap, t->family, target);
	u8 open = slb_proto_flow_open(t->proto);
	bool doubt;

	if (unlikely(why))
		return why;
	if (unlikely(snap->orphans[rly_af(t->family)] || target->how == RLY_HOW_FALLBACK) &&
	    sign != SLB_SIGN_BEGINS)
		rly_steer_orphan(snap, t->family, READ_ONCE(rn->flows.timeout[open]) * HZ, target);
	if (READ_ONCE(rn->flows.limit) && rly_flow_enters(snap, t, sign, &doubt))
		rly_flow_enter(&rn->flows, t, target, old, doubt);
	return SLB_OK;
}

/* Was a balancer or a link deleted less than dead-after ago? It may be added again at once. */
static bool rly_flow_waits(const struct rly_net *rn)
{
	unsigned long wait = msecs_to_jiffies(READ_ONCE(rn->flows.dead_after));

	return time_before(jiffies, READ_ONCE(rn->deleted) + wait);
}

/* Does only its balancer know a flow? Not one that begins, or that has sent a single packet. */
static bool rly_flow_bound(const struct rly_flow *flow, enum slb_sign sign)
{
	u8 state = rly_flow_state(flow);

	if (slb_proto_has(flow->t.proto, SLB_PROTO_DATAGRAMS))
		return rly_flow_settled(state);
	return sign != SLB_SIGN_BEGINS || state == slb_proto_flow_open(flow->t.proto);
}

/*
 * May an heir have a flow of datagrams that has sent a single one? Yes if that was a second before
 * the last link of its balancer failed. What is younger is not copied.
 */
static bool rly_flow_copied(const struct rly_flow *flow, const struct rly_member *m)
{
	u32 age = (u32)jiffies - READ_ONCE(flow->seen);

	return slb_proto_has(flow->t.proto, SLB_PROTO_DATAGRAMS) && age > HZ &&
	       m->heir[rly_af(flow->t.family)] >= 0 &&
	       rly_steer_waits(m, flow->t.family, age - HZ);
}

/* A pause is not a death: a flow waits for a balancer whose links have all failed a moment ago. */
static bool rly_flow_pauses(struct rly_net *rn, const struct rly_flow *flow, enum slb_sign sign,
			    const struct rly_target *target)
{
	unsigned long wait = msecs_to_jiffies(READ_ONCE(rn->flows.dead_after));

	return target->member &&
	       (rly_flow_bound(flow, sign) || rly_flow_copied(flow, target->member)) &&
	       rly_steer_waits(target->member, flow->t.family, wait);
}

/*
 * While no balancer has a working link, all are tried. A connection whose packets still passed
 * after dead-after was not lost then, and continues.
 */
static bool rly_flow_tried(struct rly_net *rn, const struct rly_flow *flow, enum slb_sign sign,
			   const struct rly_target *target)
{
	unsigned long wait = msecs_to_jiffies(READ_ONCE(rn->flows.dead_after));
	u8 family = flow->t.family;
	u32 until;

	if (!target->member || rly_steer_last(family, target) || sign == SLB_SIGN_BEGINS ||
	    slb_proto_has(flow->t.proto, SLB_PROTO_DATAGRAMS) ||
	    READ_ONCE(flow->link) == RLY_FLOW_LOST)
		return false;
	until = READ_ONCE(target->link->nh.failed_at[rly_af(family)]) + wait;
	return (s32)(READ_ONCE(flow->seen) - until) > 0;
}

/*
 * The balancer of the flow is deleted, or has had no link for too long. UDP goes on at another
 * balancer. A TCP or SCTP connection is lost unless its balancer comes back.
 */
static enum slb_drop rly_flow_stranded(struct rly_net *rn, const struct rly_snapshot *snap,
				       struct rly_flow *flow, enum slb_sign sign,
				       struct rly_target *target)
{
	bool anew = sign == SLB_SIGN_BEGINS ||
		    (sign == SLB_SIGN_GOES_ON && slb_proto_has(flow->t.proto, SLB_PROTO_DATAGRAMS));
	bool tell = slb_proto_has(flow->t.proto, SLB_PROTO_RESET) && rly_sign_counts(sign) &&
		    READ_ONCE(rn->flows.dead_reset);
	enum slb_drop why;

	if (anew) {
		why = rly_steer_hash(snap, flow->t.family, target);
		if (why)
			return why;
		if (!rly_flow_closing(flow))
			rly_flow_lose(&rn->flows, flow);
		return rly_flow_begin(rn, snap, &flow->t, sign, target, flow);
	}
	if (sign == SLB_SIGN_WOULD)
		return rly_steer_hash(snap, flow->t.family, target);
	if (!tell || rly_flow_waits(rn))
		return SLB_DROP_NO_LINK;
	/* each of its packets is answered by a reset, but it is counted once */
	if (!rly_flow_closing(flow))
		rly_flow_lose(&rn->flows, flow);
	else
		rly_flow_touch(&rn->flows, flow, sign);
	return SLB_DROP_FLOW_LOST;
}

/**
 * rly_flow_target() - balancer and link of a known flow
 * @rn: namespace
 * @snap: balancers and links
 * @flow: the flow
 * @target: the hash is there; the rest is filled
 *
 * Context: RCU.
 *
 * Return: false when neither the balancer that has it can be reached, nor its heir if it is away.
 */
bool rly_flow_target(struct rly_net *rn, const struct rly_snapshot *snap, struct rly_flow *flow,
		     struct rly_target *target)
{
	target->member = rly_flow_member(snap, flow, target->hash);
	if (unlikely(!target->member ||
		     rly_steer_known(snap, target->member, flow->t.family, target)))
		return false;
	if (likely(!target->absent))
		rly_flow_link(&rn->flows, flow, SLB_SIGN_ASKS, target);
	return true;
}

/*
 * Does a closing flow restart at a drained balancer? The balancer serves it, but the packet does
 * not renew the entry: once that has expired, the flow goes elsewhere.
 */
static bool rly_flow_leaving(const struct rly_flow *flow, enum slb_sign sign,
			     const struct rly_target *target)
{
	return sign == SLB_SIGN_BEGINS && rly_flow_closing(flow) &&
	       !target->member->weight[rly_af(flow->t.family)];
}

/**
 * rly_flow_steer() - choose balancer and link for a client's packet to a VIP
 * @rn: namespace
 * @snap: balancers and links, or NULL
 * @t: flow key, from client to VIP
 * @sign: whether the packet begins, continues or ends the flow
 * @target: filled on success
 *
 * A known flow stays with its balancer, whichever balancers are added, removed or reweighted. No
 * packet moves it: a SYN may be forged, and so may the RST before it. Only its balancer knows. An
 * unknown flow goes where its hash says, or to the heir of a balancer that has failed, and is
 * inserted. So the table always says what the hash said when the flow began, and relays agree.
 * While its balancer is away, a flow goes to the heir, but remains a flow of that balancer.
 *
 * Context: RCU; softirq unless @sign is SLB_SIGN_ASKS or SLB_SIGN_WOULD.
 *
 * Return: SLB_OK, or the reason to drop the packet; SLB_DROP_FLOW_LOST asks the caller to reset the
 * client.
 */
enum slb_drop rly_flow_steer(struct rly_net *rn, const struct rly_snapshot *snap,
			     const struct slb_tuple *t, enum slb_sign sign,
			     struct rly_target *target)
{
	struct rly_flow *flow;
	enum slb_drop why;

	target->flow = NULL;
	if (unlikely(!snap))
		return SLB_DROP_NO_BALANCER;
	target->hash = slb_flow_hash(t, &snap->key);
	flow = rly_flow_find(&rn->flows, t, target->hash);
	if (!flow || unlikely(rly_flow_expired(&rn->flows, flow)))
		return rly_flow_begin(rn, snap, t, sign, target, flow);
	target->absent = NULL;
	target->member = rly_flow_member(snap, flow, target->hash);
	why = target->member ? rly_steer_known(snap, target->member, t->family, target) :
			       SLB_DROP_NO_BALANCER;
	/* its balancer will not learn of a flow that begins at the heir: it is a new one */
	if (unlikely(target->absent && !rly_flow_bound(flow, sign) &&
		     !rly_flow_copied(flow, target->absent)))
		return rly_flow_begin(rn, snap, t, sign, target, flow);
	if (unlikely(why)) {
		/* skip a balancer that cannot be reached */
		if (rly_flow_doubted(flow) && rly_sign_counts(sign) &&
		    rly_doubt_next(rn, snap, flow, target)) {
			target->how = RLY_HOW_FALLBACK;
			return SLB_OK;
		}
		if (!rly_flow_pauses(rn, flow, sign, target) &&
		    !rly_flow_tried(rn, flow, sign, target))
			return rly_flow_stranded(rn, snap, flow, sign, target);
		why = rly_steer_last(t->family, target);
		if (why)
			return why;
	}
	target->flow = flow;
	target->how = target->absent ? RLY_HOW_HEIR : RLY_HOW_FLOW;
	if (likely(!target->absent))
		rly_flow_link(&rn->flows, flow, sign, target);
	if (rly_sign_counts(sign) && !rly_flow_leaving(flow, sign, target))
		rly_flow_touch(&rn->flows, flow, sign);
	return SLB_OK;
}
