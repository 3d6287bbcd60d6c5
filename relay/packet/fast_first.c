// SPDX-License-Identifier: GPL-2.0-only
/* First packets of flows to a VIP, from the ingress hook of a device through the chains. */
#include <slb/fast_first.h>
#include <slb/probe_receive.h>
#include <slb/vip_drops.h>

#include "config/link.h"
#include "config/snapshot.h"
#include "config/vip.h"
#include "net.h"
#include "packet/fast_first.h"
#include "packet/prefilter.h"
#include "packet/steer.h"
#include "packet/vip_match.h"
#include "state/flow.h"
#include "trace.h"

/* The way of a packet: balancer and link, and the cached route and neighbour of the link. */
struct rly_first_way {
	struct rly_target target;
	struct neighbour *neigh;
	struct dst_entry *dst;
	u32 mtu;
};

/* The VIP of a packet, or NULL when the ordinary path has to look at it. */
static __always_inline struct rly_vip *rly_first_vip(struct rly_net *rn, const struct sk_buff *skb,
						     const struct slb_tuple *t, u8 family)
{
	const struct rly_filter *filter = rcu_dereference(rn->filter);
	const struct rly_vaddr *vaddr = rly_vaddr_find(rn, &t->dst, family);

	if (unlikely(!vaddr || !filter || slb_forward_check(skb, &t->src, family)))
		return NULL;
	/* perhaps a probe, or from a VIP to a VIP */
	if (unlikely(slb_probe_may_be(skb, family) ||
		     (rly_filter_hit(filter, &t->src) && rly_vaddr_find(rn, &t->src, family))))
		return NULL;
	return rly_vip_match(vaddr, t->proto, t->dport);
}

/*
 * Choose balancer and link of an unknown flow by its hash. The ordinary path handles heirs, and
 * balancers and links that do not work. Nothing changes when false is returned.
 */
static __always_inline bool rly_first_steer(struct rly_net *rn, const struct rly_snapshot *snap,
					    const struct sk_buff *skb, u8 family,
					    struct rly_first_way *way)
{
	struct rly_target *target = &way->target;
	struct slb_egress *egress;

	if (unlikely(snap->orphans[rly_af(family)] || rly_steer_hash(snap, family, target) ||
		     target->how != RLY_HOW_HASH))
		return false;
	egress = slb_nexthop_egress(&target->link->nh, rn->net, family);
	if (unlikely(!egress))
		return false;
	way->neigh = rcu_dereference(egress->neigh);
	way->dst = rcu_dereference(target->link->nh.dst[rly_af(family)]);
	way->mtu = min(READ_ONCE(egress->mtu), target->member->mtu[rly_af(family)]);
	return likely(way->neigh && way->dst && slb_fast_fits(skb, egress, way->mtu));
}

/* Count the packet, and send it through the chains. */
static __always_inline void rly_first_send(struct rly_net *rn, struct sk_buff *skb,
					   const struct slb_tuple *t, struct rly_vip *vip,
					   const struct rly_first_way *way, u8 family)
{
	struct slb_wire w = slb_wire(skb);
	enum slb_sent sent;

	rly_traffic_add(vip->stats, RLY_VIP_IN, w);
	rly_vip_ask(vip);
	rly_traffic_add(way->target.link->stats, RLY_CLIENT_IN, w);
	if (family == NFPROTO_IPV4)
		ip_decrease_ttl((struct iphdr *)skb->data);
	else
		((struct ipv6hdr *)skb->data)->hop_limit--;
	sent = slb_fast_ask(rn->net, skb, family, way->dst, way->neigh, way->mtu);
	if (likely(!slb_sent_lost(sent)))
		return;
	slb_drop_sent(rn->drops, skb, t, sent);
	slb_vip_dropped(&vip->drops, slb_sent_drop(sent));
}

/*
 * The fast path has found no flow for a packet that may be to a VIP. The first packet of a flow is
 * handled here if nothing at PREROUTING comes before our hook: UDP, and SYN of TCP. The checks are
 * those of the ordinary path; a packet that fails one of them is left to it, unchanged.
 */
static __always_inline unsigned int rly_fast_first(struct rly_net *rn, struct sk_buff *skb,
						   u8 family)
{
	const struct rly_snapshot *snap = rcu_dereference(rn->snapshot);
	struct rly_first_way way = {};
	struct slb_fast_pkt p = {};
	struct slb_tuple t = {};
	struct rly_vip *vip;

	if (unlikely(!snap || !slb_fast_parse(skb, family, &p) ||
		     (slb_fast_proto_has(slb_fast_pkt_proto(&p), SLB_PROTO_TCP_FLAGS) &&
		      !slb_tcp_starts(p.tcp_flags)) ||
		     !slb_fast_hook_is_first(rn->net, rn, skb, family)))
		return NF_ACCEPT;
	slb_fast_tuple(skb, &p, &t, family);
	vip = rly_first_vip(rn, skb, &t, family);
	if (unlikely(!vip))
		return NF_ACCEPT;
	way.target.hash = family == NFPROTO_IPV4 ? slb_hash_ipv4(p.addrs, p.rest, &snap->key) :
						   slb_flow_hash(&t, &snap->key);
	if (rly_flow_find(&rn->flows, &t, way.target.hash) ||
	    unlikely(!rly_first_steer(rn, snap, skb, family, &way) ||
		     !slb_fast_writable(skb, slb_fast_pkt_l3_len(family))))
		return NF_ACCEPT;
	if (READ_ONCE(rn->flows.limit))
		rly_flow_enter(&rn->flows, &t, &way.target, NULL, false);
	trace_relay_steer(&t, &way.target);
	rly_first_send(rn, skb, &t, vip, &way, family);
	return NF_STOLEN;
}

/**
 * rly_fast_first4() - handle a packet of no known flow that may be to a VIP
 * @rn: namespace
 * @skb: the packet; consumed unless NF_ACCEPT is returned
 *
 * Context: softirq, RCU; slb_fast_pkt_has_addr() was true.
 *
 * Return: NF_ACCEPT for the ordinary path, or NF_STOLEN.
 */
unsigned int rly_fast_first4(struct rly_net *rn, struct sk_buff *skb)
{
	return rly_fast_first(rn, skb, NFPROTO_IPV4);
}

/**
 * rly_fast_first6() - handle a packet of no known flow that may be to a VIP
 * @rn: namespace
 * @skb: the packet; consumed unless NF_ACCEPT is returned
 *
 * Context: softirq, RCU; slb_fast_pkt_has_addr() was true.
 *
 * Return: NF_ACCEPT for the ordinary path, or NF_STOLEN.
 */
unsigned int rly_fast_first6(struct rly_net *rn, struct sk_buff *skb)
{
	return rly_fast_first(rn, skb, NFPROTO_IPV6);
}
