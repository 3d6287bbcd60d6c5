/* SPDX-License-Identifier: GPL-2.0-only */
/* The fast path finds out where a packet goes: the same for an skb and at XDP. */
#ifndef _RLY_FAST_FIND_H
#define _RLY_FAST_FIND_H

#include <slb/fast_parse.h>
#include <slb/table.h>

#include "config/link.h"
#include "config/snapshot.h"
#include "config/vip.h"
#include "net.h"
#include "packet/steer.h"
#include "state/flow.h"
#include "state/reply_cache.h"

static __always_inline bool rly_fast_is4(const struct rhash_head *he, const void *key)
{
	return slb_fast_pkt_is(key, &container_of(he, struct rly_flow, node)->t, NFPROTO_IPV4);
}

static __always_inline bool rly_fast_is6(const struct rhash_head *he, const void *key)
{
	return slb_fast_pkt_is(key, &container_of(he, struct rly_flow, node)->t, NFPROTO_IPV6);
}

/* The hash of the flow of a packet. @l3: its IP header. */
static __always_inline u64 rly_fast_hash(const void *l3, const struct slb_fast_pkt *p, u8 family,
					 const siphash_key_t *key)
{
	return family == NFPROTO_IPV4 ? slb_hash_ipv4(p->addrs, p->rest, key) :
					slb_hash_ipv6(slb_fast_pkt_addrs6(l3), p->rest, key);
}

/* The flow of a packet to a VIP, or NULL. @hash: rly_fast_hash(). Context: RCU. */
static __always_inline struct rly_flow *rly_fast_flow(struct rly_flows *flows, const void *l3,
						      const struct slb_fast_pkt *p, u8 family,
						      u64 hash)
{
	struct slb_fast_pkt_key key = {
		.addrs = p->addrs, .rest = p->rest, .addrs6 = slb_fast_pkt_addrs6(l3),
	};
	struct rhash_head *he;

	he = slb_table_find(&flows->table, rly_flow_fold(hash), RLY_FLOW_SEED_MASK,
			    family == NFPROTO_IPV4 ? rly_fast_is4 : rly_fast_is6, &key);
	return he ? container_of(he, struct rly_flow, node) : NULL;
}

/* Was the last packet of a flow noted a second ago, or more? */
static __always_inline bool rly_fast_stale(const struct rly_flow *flow)
{
	return unlikely((u32)jiffies - READ_ONCE(flow->seen) >= HZ);
}

/* Does the packet leave the state of its flow as it is? No timeout is below a second. */
static __always_inline bool rly_fast_calm(const struct rly_net *rn, const struct rly_flow *flow)
{
	return rly_flow_settled(rly_flow_state(flow)) &&
	       (!rly_fast_stale(flow) || !rly_flow_expired(&rn->flows, flow)) &&
	       /* pairs with rly_flow_mark() */
	       smp_load_acquire(&flow->gen) == READ_ONCE(rn->seq);
}

/*
 * Balancer and link, or none. Passed by value, so that it stays in registers: a variable whose
 * address is taken lives in memory and gives the function a stack guard.
 */
struct rly_fast_target {
	const struct rly_member *member;
	struct rly_link *link;
};

struct rly_fast_target rly_fast_moved(struct rly_net *rn, const struct rly_snapshot *snap,
				      struct rly_flow *flow, u64 hash);
struct rly_fast_target rly_fast_other(const void *l3, const struct rly_snapshot *snap,
				      const struct rly_return *ret, u8 family);
void rly_fast_seen(struct rly_net *rn, struct rly_flow *flow);

/* The balancer and link of a flow. */
static __always_inline struct rly_fast_target rly_fast_steer(struct rly_net *rn,
							     const struct rly_snapshot *snap,
							     struct rly_flow *flow, u64 hash,
							     u8 family)
{
	unsigned int af = rly_af(family);
	const struct rly_member *m;
	struct rly_link *link;

	if (unlikely(!snap->any[af]))
		return (struct rly_fast_target) {};
	m = &snap->member[snap->slot[af][hash % RLY_SLOTS]];
	if (unlikely(m->n != READ_ONCE(flow->balancer) || !m->n_links))
		return rly_fast_moved(rn, snap, flow, hash);
	link = m->link[m->table[af][hash >> RLY_LINK_SLOT_SHIFT & (RLY_LINK_SLOTS - 1)]];
	if (unlikely(link->n != READ_ONCE(flow->link) || !slb_nexthop_usable(&link->nh, family)))
		return rly_fast_moved(rn, snap, flow, hash);
	return (struct rly_fast_target) { .member = m, .link = link };
}

/**
 * struct rly_fast_way - the way of a packet to a balancer
 * @target: balancer and link; the link is NULL when the packet must take the ordinary path
 * @neigh: the next hop
 * @flow: the flow of a packet to a VIP, else NULL
 */
struct rly_fast_way {
	struct rly_fast_target target;
	struct neighbour *neigh;
	struct rly_flow *flow;
};

/* Bytes of IP packet that go through to the balancer. */
static __always_inline u32 rly_fast_mtu(const struct rly_fast_way *way, u8 family)
{
	return min(READ_ONCE(way->target.link->nh.egress[rly_af(family)].mtu),
		   way->target.member->mtu[rly_af(family)]);
}

/*
 * The way of a packet whose destination may be a VIP. @l3: its IP header; @iif: index of the device
 * that it came in by. Context: softirq, RCU.
 */
static __always_inline struct rly_fast_way rly_fast_vip_way(struct rly_net *rn,
							    const struct rly_snapshot *snap,
							    const void *l3, int iif,
							    const struct slb_fast_pkt *p, u8 family)
{
	u64 hash = rly_fast_hash(l3, p, family, &snap->key);
	struct rly_fast_way way = {}, none = {};

	way.flow = rly_fast_flow(&rn->flows, l3, p, family, hash);
	if (unlikely(!way.flow || !rly_fast_calm(rn, way.flow)))
		return none;
	way.target = rly_fast_steer(rn, snap, way.flow, hash, family);
	if (unlikely(!way.target.link))
		return none;
	way.neigh = slb_nexthop_neigh(&way.target.link->nh, rn->net, family);
	if (unlikely(!way.neigh || READ_ONCE(way.flow->passed) !=
				   rly_flow_mark_of(iif, way.neigh->dev->ifindex)))
		return none;
	return way;
}

/* The VIP of a flow that rly_fast_vip_way() has found: of this generation or a later one. */
static __always_inline struct rly_vip *rly_fast_vip(const struct rly_flow *flow)
{
	return READ_ONCE(flow->vip);
}

/* A packet of a flow goes to its balancer: once a second the flow is noted as alive. */
static __always_inline void rly_fast_used(struct rly_net *rn, struct rly_flow *flow)
{
	if (rly_fast_stale(flow))
		rly_fast_seen(rn, flow);
}

/*
 * The way of a packet whose destination may be a return address. @gen: rly_net.seq, read before
 * @snap was looked at; else as rly_fast_vip_way().
 */
static __always_inline struct rly_fast_way rly_fast_return_way(struct rly_net *rn,
							       const struct rly_snapshot *snap,
							       u32 gen, const void *l3, int iif,
							       const struct slb_fast_pkt *p,
							       u8 family)
{
	const void *dst = l3 + (family == NFPROTO_IPV4 ? offsetof(struct iphdr, daddr) :
							 offsetof(struct ipv6hdr, daddr));
	const struct rly_return *ret = rly_return_at(snap, dst, family);
	struct rly_replies *replies = rcu_dereference(rn->replies);
	struct rly_fast_way way = {}, none = {};
	u64 print;

	if (unlikely(!ret || !replies))
		return none;
	/* the same choice as in rly_steer_return() */
	way.target.member = &snap->member[ret->member];
	way.target.link = way.target.member->link[ret->link];
	if (unlikely(!slb_nexthop_usable(&way.target.link->nh, family)))
		way.target = rly_fast_other(l3, snap, ret, family);
	if (unlikely(!way.target.link))
		return none;
	way.neigh = slb_nexthop_neigh(&way.target.link->nh, rn->net, family);
	if (unlikely(!way.neigh))
		return none;
	print = rly_reply_print(rly_fast_hash(l3, p, family, &snap->key), iif,
				way.neigh->dev->ifindex, gen);
	return likely(rly_reply_seen(replies, print)) ? way : none;
}

/**
 * struct rly_fast_trail - the way of a packet from a balancer
 * @at: the entry of its flow; its trail is NULL when there is none
 * @print: of the flow
 * @fresh: the route was looked up in this second, and no route has changed since
 * @hop: number of the route
 * @link: the link that it came in by
 * @vip: its VIP, or NULL when it comes from a return address
 */
struct rly_fast_trail {
	struct rly_trail_at at;
	u64 print;
	bool fresh;
	u32 hop;
	struct rly_link *link;
	struct rly_vip *vip;
};

/*
 * The way of a packet that may come from a balancer. @mark: its mark; else as
 * rly_fast_return_way(). Without @fresh, and while flows are in doubt, an skb needs more.
 */
static __always_inline struct rly_fast_trail rly_fast_trail(struct rly_net *rn,
							    const struct rly_snapshot *snap,
							    u32 gen, const void *l3, int iif,
							    u32 mark, const struct slb_fast_pkt *p,
							    u8 family)
{
	struct rly_replies *replies = rcu_dereference(rn->replies);
	struct rly_fast_trail way = {}, none = {};

	if (unlikely(!replies))
		return none;
	way.print = rly_trail_print(rly_fast_hash(l3, p, family, &snap->key), iif, mark, l3, family,
				    gen);
	way.at = rly_trail_find(replies, way.print);
	if (unlikely(!way.at.trail))
		return none;
	way.fresh = READ_ONCE(way.at.trail->seen) == rly_trail_now() &&
		    READ_ONCE(way.at.trail->routes) == rly_trail_routes(rn->net, family);
	way.hop = READ_ONCE(way.at.trail->hop);
	way.link = READ_ONCE(way.at.trail->link);
	way.vip = READ_ONCE(way.at.trail->vip);
	return rly_trail_still(&way.at) ? way : none;
}

/* Must the flow of a packet from a balancer be looked up, as it may be in doubt? */
static __always_inline bool rly_fast_doubts(struct rly_net *rn, const struct rly_fast_trail *way,
					    const struct slb_fast_pkt *p)
{
	return way->vip && slb_fast_proto_has(slb_fast_pkt_proto(p), SLB_PROTO_RESET) &&
	       unlikely(rly_flows_in_doubt(&rn->flows));
}

/* Does a segment begin or end a connection? Then it takes the ordinary path. */
static __always_inline bool rly_fast_event(const struct slb_fast_pkt *p)
{
	return p->tcp_flags & (SLB_TCP_SYN | SLB_TCP_FIN | SLB_TCP_RST);
}

/* Decrement TTL or hop limit. @l3: the IP header. */
static __always_inline void rly_fast_hop_less(void *l3, u8 family)
{
	if (family == NFPROTO_IPV4)
		ip_decrease_ttl(l3);
	else
		((struct ipv6hdr *)l3)->hop_limit--;
}

/* May the address with this rly_addr_fold() be a virtual one? */
static __always_inline bool rly_fast_maybe_vip(const struct rly_net *rn, u32 fold)
{
	const struct rly_filter *filter = rcu_dereference(rn->filter);

	return filter && rly_filter_may(filter, fold);
}

/* rly_addr_fold() of the destination. @l3: the IP header. */
static __always_inline u32 rly_fast_fold(const void *l3, u8 family)
{
	const struct ipv6hdr *ip6 = l3;
	const __be32 *dst = ip6->daddr.s6_addr32;

	if (family == NFPROTO_IPV4)
		return (__force u32)((const struct iphdr *)l3)->daddr;
	return (__force u32)(dst[0] ^ dst[1] ^ dst[2] ^ dst[3]);
}

#endif /* _RLY_FAST_FIND_H */
