// SPDX-License-Identifier: GPL-2.0-only
/* The fast path: packets of known flows are forwarded at the ingress hook of a device. */
#include <net/ip.h>
#include <slb/fast.h>
#include <slb/flow.h>
#include <slb/ingress.h>
#include <slb/table.h>
#include <slb/fast_parse.h>

#include "config/link.h"
#include "config/snapshot.h"
#include "config/vip.h"
#include "net.h"
#include "packet/doubt.h"
#include "packet/fast.h"
#include "packet/flow_steer.h"
#include "packet/onward.h"
#include "packet/prefilter.h"
#include "packet/steer.h"
#include "packet/tracing.h"
#include "state/flow.h"
#include "state/reply_cache.h"

/*
 * A packet takes the fast path when an earlier one of its flow, from the same device and over the
 * same link, has passed every chain on the ordinary path. Anything unusual sends a packet to the
 * ordinary path, so no packet is dropped here.
 */

static __always_inline bool rly_fast_is4(const struct rhash_head *he, const void *key)
{
	const struct rly_flow *flow = container_of(he, struct rly_flow, node);
	const struct slb_fast_pkt_key *k = key;

	return flow->hash == k->hash && slb_fast_pkt_is(k, &flow->t, NFPROTO_IPV4);
}

static __always_inline bool rly_fast_is6(const struct rhash_head *he, const void *key)
{
	const struct rly_flow *flow = container_of(he, struct rly_flow, node);
	const struct slb_fast_pkt_key *k = key;

	return flow->hash == k->hash && slb_fast_pkt_is(k, &flow->t, NFPROTO_IPV6);
}

static __always_inline u64 rly_fast_hash(const struct sk_buff *skb, const struct slb_fast_pkt *p,
					 u8 family, const siphash_key_t *key)
{
	return family == NFPROTO_IPV4 ? slb_hash_ipv4(p->addrs, p->rest, key) :
					slb_hash_ipv6(slb_fast_pkt_addrs6(skb->data), p->rest, key);
}

static __always_inline struct rly_flow *rly_fast_flow(struct rly_flows *flows,
						      const struct sk_buff *skb,
						      const struct slb_fast_pkt *p, u8 family,
						      u64 hash)
{
	struct slb_fast_pkt_key key = {
		.addrs = p->addrs, .rest = p->rest, .addrs6 = slb_fast_pkt_addrs6(skb->data),
		.hash = rly_flow_fold(hash),
	};
	struct rhash_head *he;

	he = slb_table_find(&flows->table, key.hash, RLY_FLOW_SEED_MASK,
			    family == NFPROTO_IPV4 ? rly_fast_is4 : rly_fast_is6, &key);
	return he ? container_of(he, struct rly_flow, node) : NULL;
}

/* Does the packet leave the state of its flow as it is? */
static __always_inline bool rly_fast_calm(const struct rly_net *rn, const struct rly_flow *flow)
{
	return rly_flow_settled(rly_flow_state(flow)) && !rly_flow_expired(&rn->flows, flow) &&
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

/* The balancer and link of a flow that is not where its hash says. */
static noinline struct rly_fast_target rly_fast_moved(struct rly_net *rn,
						      const struct rly_snapshot *snap,
						      struct rly_flow *flow, u64 hash)
{
	struct rly_target target = { .hash = hash };

	if (!rly_flow_target(rn, snap, flow, &target))
		return (struct rly_fast_target) {};
	return (struct rly_fast_target) { .member = target.member, .link = target.link };
}

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

/* The cached route and neighbour of a link. */
struct rly_fast_egress {
	struct slb_egress *egress;
	struct neighbour *neigh;
	struct dst_entry *dst;
};

/* Without a neighbour the packet cannot take the fast path. */
static __always_inline struct rly_fast_egress rly_fast_egress(struct rly_net *rn,
							      struct rly_link *link,
							      u8 family)
{
	struct rly_fast_egress out = { .egress = slb_nexthop_egress(&link->nh, rn->net, family) };

	if (unlikely(!out.egress))
		return out;
	out.dst = rcu_dereference(link->nh.dst[rly_af(family)]);
	out.neigh = likely(out.dst) ? rcu_dereference(out.egress->neigh) : NULL;
	return out;
}

static __always_inline void rly_fast_hop_less(struct sk_buff *skb, u8 family)
{
	if (family == NFPROTO_IPV4)
		ip_decrease_ttl((struct iphdr *)skb->data);
	else
		((struct ipv6hdr *)skb->data)->hop_limit--;
}

/*
 * Decrement the TTL and send. Returns false, with nothing changed, when the packet must take the
 * ordinary path. @vip: VIP of a packet from a client, or NULL.
 */
static __always_inline bool rly_fast_out(struct sk_buff *skb, u8 family,
					 struct rly_fast_target target,
					 struct rly_fast_egress out, unsigned int dir,
					 struct rly_vip *vip)
{
	u32 mtu = min(READ_ONCE(out.egress->mtu), target.member->mtu[rly_af(family)]);
	struct slb_wire w;

	if (unlikely(!slb_fast_fits(skb, out.egress, mtu)))
		return false;
	/* count here: the GSO size was just read */
	w = slb_wire(skb);
	if (unlikely(!slb_fast_writable(skb, slb_fast_pkt_l3_len(family))))
		return false;
	rly_fast_hop_less(skb, family);
	rly_traffic_add(target.link->stats, dir, w);
	if (vip)
		rly_traffic_add(vip->stats, RLY_VIP_IN, w);
	slb_fast_send(skb, family, out.dst, out.neigh);
	return true;
}

/* Once a second for each flow. */
static noinline void rly_fast_seen(struct rly_net *rn, struct rly_flow *flow)
{
	struct rly_vip *vip = READ_ONCE(flow->vip);

	rly_flow_seen(&rn->flows, flow);
	if (vip)
		rly_vip_ask(vip);
}

static __always_inline bool rly_fast_to_vip(struct rly_net *rn, struct sk_buff *skb,
					    const struct rly_snapshot *snap,
					    const struct slb_fast_pkt *p,
					    u8 family)
{
	u64 hash = rly_fast_hash(skb, p, family, &snap->key);
	struct rly_flow *flow = rly_fast_flow(&rn->flows, skb, p, family, hash);
	struct rly_fast_egress out;
	struct rly_fast_target target;
	struct rly_vip *vip;

	if (unlikely(!flow || !rly_fast_calm(rn, flow)))
		return false;
	/* the VIP is of this generation or a later one, so it has not been freed */
	vip = READ_ONCE(flow->vip);
	target = rly_fast_steer(rn, snap, flow, hash, family);
	if (unlikely(!target.link))
		return false;
	out = rly_fast_egress(rn, target.link, family);
	if (unlikely(!out.neigh || READ_ONCE(flow->passed) !=
				   rly_flow_mark_of(skb->dev->ifindex, out.neigh->dev->ifindex) ||
		     !rly_fast_out(skb, family, target, out, RLY_CLIENT_IN, vip)))
		return false;
	if (unlikely((u32)jiffies - READ_ONCE(flow->seen) >= HZ))
		rly_fast_seen(rn, flow);
	return true;
}

/* The link of a packet to a return address whose own link is down, or whose balancer is away. */
static noinline struct rly_fast_target rly_fast_other(const struct sk_buff *skb,
						      const struct rly_snapshot *snap,
						      const struct rly_return *ret, u8 family)
{
	struct slb_tuple t = { .family = family };
	struct rly_target target;

	/* the choice of a link does not depend on ports */
	if (family == NFPROTO_IPV4) {
		t.src.ip = ((const struct iphdr *)skb->data)->saddr;
		t.dst.ip = ((const struct iphdr *)skb->data)->daddr;
	} else {
		t.src.in6 = ((const struct ipv6hdr *)skb->data)->saddr;
		t.dst.in6 = ((const struct ipv6hdr *)skb->data)->daddr;
	}
	/* when all links have failed, the ordinary path decides */
	if (rly_steer_return(snap, ret, &t, &target) ||
	    !slb_nexthop_passable(&target.link->nh, family))
		return (struct rly_fast_target) {};
	return (struct rly_fast_target) { .member = target.member, .link = target.link };
}

static __always_inline bool rly_fast_to_return(struct rly_net *rn, struct sk_buff *skb,
					       const struct rly_snapshot *snap, u32 gen,
					       const struct slb_fast_pkt *p, u8 family)
{
	const void *dst = skb->data + (family == NFPROTO_IPV4 ? offsetof(struct iphdr, daddr) :
								offsetof(struct ipv6hdr, daddr));
	const struct rly_return *ret = rly_return_at(snap, dst, family);
	struct rly_replies *replies = rcu_dereference(rn->replies);
	struct rly_fast_egress out;
	struct rly_fast_target target;
	u64 print;

	if (unlikely(!ret || !replies))
		return false;
	/* the same choice as in rly_steer_return() */
	target.member = &snap->member[ret->member];
	target.link = target.member->link[ret->link];
	if (unlikely(!slb_nexthop_usable(&target.link->nh, family)))
		target = rly_fast_other(skb, snap, ret, family);
	if (unlikely(!target.link))
		return false;
	out = rly_fast_egress(rn, target.link, family);
	if (unlikely(!out.neigh))
		return false;
	print = rly_reply_print(rly_fast_hash(skb, p, family, &snap->key), skb->dev->ifindex,
				out.neigh->dev->ifindex, gen);
	return likely(rly_reply_seen(replies, print)) &&
	       rly_fast_out(skb, family, target, out, RLY_SERVER_IN, NULL);
}

static __always_inline bool rly_fast_onward(struct rly_net *rn, struct sk_buff *skb,
					    const struct rly_snapshot *snap, u32 gen,
					    const struct slb_fast_pkt *p, u8 family)
{
	struct rly_replies *replies = rcu_dereference(rn->replies);
	struct rly_trail_at at;
	struct neighbour *neigh;
	struct dst_entry *dst;
	struct rly_link *link;
	struct rly_vip *vip;
	struct slb_wire w;
	bool fresh;
	u64 print;
	u32 hop;

	if (unlikely(!replies))
		return false;
	print = rly_trail_print(rly_fast_hash(skb, p, family, &snap->key), skb, skb->data, family,
				gen);
	at = rly_trail_find(replies, print);
	if (unlikely(!at.trail))
		return false;
	fresh = READ_ONCE(at.trail->seen) == rly_trail_now() &&
		READ_ONCE(at.trail->routes) == rly_trail_routes(rn->net, family);
	hop = READ_ONCE(at.trail->hop);
	link = READ_ONCE(at.trail->link);
	vip = READ_ONCE(at.trail->vip);
	if (unlikely(!rly_trail_still(&at)) ||
	    (unlikely(!fresh) && !rly_onward_again(rn, skb, snap, print, at)))
		return false;
	if (vip && slb_fast_proto_has(slb_fast_pkt_proto(p), SLB_PROTO_RESET) &&
	    unlikely(rly_flows_in_doubt(&rn->flows)) &&
	    !rly_doubt_none(rn, snap, skb, family))
		return false;
	dst = rly_hop_at(&rn->hops, hop);
	neigh = likely(dst) ? slb_route_neigh(skb, dst, family) : NULL;
	/* the ordinary path tells the sender when the next hop does not answer */
	if (unlikely(!neigh || !(READ_ONCE(neigh->nud_state) & NUD_VALID) ||
		     !slb_fast_fits_in(skb, LL_RESERVED_SPACE(neigh->dev),
						 slb_forward_mtu(dst, family)) ||
		     !slb_fast_writable(skb, slb_fast_pkt_l3_len(family))))
		return false;
	rly_fast_hop_less(skb, family);
	w = slb_wire(skb);
	rly_traffic_add(link->stats, vip ? RLY_CLIENT_OUT : RLY_SERVER_OUT, w);
	if (vip)
		rly_traffic_add(vip->stats, RLY_VIP_OUT, w);
	slb_fast_send(skb, family, dst, neigh);
	return true;
}

/* Is the packet valid, and does it neither begin nor end a connection? */
static __always_inline bool rly_fast_parse(struct sk_buff *skb, u8 family, struct slb_fast_pkt *p)
{
	return slb_fast_parse(skb, family, p) &&
	       !(p->tcp_flags & (SLB_TCP_SYN | SLB_TCP_FIN | SLB_TCP_RST));
}

static __always_inline unsigned int rly_fast_from(struct rly_net *rn, struct sk_buff *skb,
						  u8 family)
{
	/* before the snapshot is looked at: pairs with rly_net_changed() */
	u32 gen = smp_load_acquire(&rn->seq);
	const struct rly_snapshot *snap = rcu_dereference(rn->snapshot);
	struct slb_fast_pkt p = {};

	if (unlikely(!snap || !rly_fast_parse(skb, family, &p)))
		return NF_ACCEPT;
	return rly_fast_onward(rn, skb, snap, gen, &p, family) ? NF_STOLEN : NF_ACCEPT;
}

/*
 * One copy of each step for each family, each with its own stack frame: a packet pays only for the
 * steps that it takes. Each step ends with a tail call of the next one.
 */
static noinline unsigned int rly_fast_from4(struct rly_net *rn, struct sk_buff *skb)
{
	return rly_fast_from(rn, skb, NFPROTO_IPV4);
}

static noinline unsigned int rly_fast_from6(struct rly_net *rn, struct sk_buff *skb)
{
	return rly_fast_from(rn, skb, NFPROTO_IPV6);
}

/* May the packet come from a balancer? The caller has checked that its addresses can be read. */
static __always_inline unsigned int rly_fast_maybe_from(struct rly_net *rn, struct sk_buff *skb,
							u8 family)
{
	const struct ipv6hdr *ip6 = (void *)skb->data;
	const struct iphdr *ip = (void *)skb->data;

	if (!test_bit(rly_prefilter_dev(skb->dev->ifindex), rn->prefilter_devs))
		return NF_ACCEPT;
	if (family == NFPROTO_IPV4) {
		if (!test_bit(slb_prefilter_ipv4(ip->saddr), rn->prefilter))
			return NF_ACCEPT;
		return rly_fast_from4(rn, skb);
	}
	if (!test_bit(slb_prefilter_ipv6(ip6->saddr.s6_addr32), rn->prefilter))
		return NF_ACCEPT;
	return rly_fast_from6(rn, skb);
}

static __always_inline unsigned int rly_fast_return(struct rly_net *rn, struct sk_buff *skb,
						    u8 family)
{
	/* read before the snapshot: pairs with rly_net_changed() */
	u32 gen = smp_load_acquire(&rn->seq);
	const struct rly_snapshot *snap = rcu_dereference(rn->snapshot);
	struct slb_fast_pkt p = {};

	if (snap && rly_fast_parse(skb, family, &p) &&
	    rly_fast_to_return(rn, skb, snap, gen, &p, family))
		return NF_STOLEN;
	return rly_fast_maybe_from(rn, skb, family);
}

static noinline unsigned int rly_fast_return4(struct rly_net *rn, struct sk_buff *skb)
{
	return rly_fast_return(rn, skb, NFPROTO_IPV4);
}

static noinline unsigned int rly_fast_return6(struct rly_net *rn, struct sk_buff *skb)
{
	return rly_fast_return(rn, skb, NFPROTO_IPV6);
}

/*
 * The prefilter says that the destination may be a VIP, but there is no flow for the packet. A
 * return address may share the bit, so look for one.
 */
static __always_inline unsigned int rly_fast_no_vip(struct rly_net *rn, struct sk_buff *skb,
						    const struct rly_snapshot *snap, u8 family)
{
	const struct ipv6hdr *ip6 = (void *)skb->data;
	const struct iphdr *ip = (void *)skb->data;

	if (family == NFPROTO_IPV4)
		return unlikely(test_bit(slb_prefilter_ipv4(ip->daddr), snap->prefilter)) ?
		       rly_fast_return4(rn, skb) : rly_fast_maybe_from(rn, skb, family);
	return unlikely(test_bit(slb_prefilter_ipv6(ip6->daddr.s6_addr32), snap->prefilter)) ?
	       rly_fast_return6(rn, skb) : rly_fast_maybe_from(rn, skb, family);
}

/* May the address with this rly_addr_fold() be a virtual one? */
static __always_inline bool rly_fast_maybe_vip(const struct rly_net *rn, u32 fold)
{
	const struct rly_filter *filter = rcu_dereference(rn->filter);

	return filter && rly_filter_may(filter, fold);
}

/* @fold: rly_addr_fold() of the destination */
static __always_inline unsigned int rly_fast_packet(struct rly_net *rn, struct sk_buff *skb,
						    u32 fold, u8 family)
{
	/* before the snapshot is looked at: pairs with rly_net_changed() */
	u32 gen = smp_load_acquire(&rn->seq);
	const struct rly_snapshot *snap = rcu_dereference(rn->snapshot);
	bool to_vip = rly_fast_maybe_vip(rn, fold);
	struct slb_fast_pkt p = {};

	if (unlikely(!snap || !rly_fast_parse(skb, family, &p)))
		return NF_ACCEPT;
	if (to_vip)
		return rly_fast_to_vip(rn, skb, snap, &p, family) ?
		       NF_STOLEN : rly_fast_no_vip(rn, skb, snap, family);
	return rly_fast_to_return(rn, skb, snap, gen, &p, family) ?
	       NF_STOLEN : rly_fast_maybe_from(rn, skb, family);
}

static noinline unsigned int rly_fast_packet4(struct rly_net *rn, struct sk_buff *skb)
{
	const __be32 dst = ((const struct iphdr *)skb->data)->daddr;

	return rly_fast_packet(rn, skb, (__force u32)dst, NFPROTO_IPV4);
}

static noinline unsigned int rly_fast_packet6(struct rly_net *rn, struct sk_buff *skb)
{
	const __be32 *dst = ((const struct ipv6hdr *)skb->data)->daddr.s6_addr32;

	return rly_fast_packet(rn, skb, (__force u32)(dst[0] ^ dst[1] ^ dst[2] ^ dst[3]),
			       NFPROTO_IPV6);
}

/**
 * rly_fast_hook() - the ingress hook of a device
 * @priv: struct slb_port of the device
 * @skb: the packet
 * @state: unused
 *
 * Context: softirq, RCU.
 *
 * Return: NF_ACCEPT for the ordinary path, or NF_STOLEN.
 */
unsigned int rly_fast_hook(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct rly_net *rn = ((const struct slb_port *)priv)->owner;

	if (skb->protocol == htons(ETH_P_IP)) {
		const struct iphdr *ip = (void *)skb->data;

		if (!slb_fast_pkt_has_addr(skb, NFPROTO_IPV4))
			return NF_ACCEPT;
		if (test_bit(slb_prefilter_ipv4(ip->daddr), rn->prefilter))
			return rly_fast_packet4(rn, skb);
		return rly_fast_maybe_from(rn, skb, NFPROTO_IPV4);
	}
	if (skb->protocol == htons(ETH_P_IPV6)) {
		const struct ipv6hdr *ip = (void *)skb->data;

		if (!slb_fast_pkt_has_addr(skb, NFPROTO_IPV6))
			return NF_ACCEPT;
		if (test_bit(slb_prefilter_ipv6(ip->daddr.s6_addr32), rn->prefilter))
			return rly_fast_packet6(rn, skb);
		return rly_fast_maybe_from(rn, skb, NFPROTO_IPV6);
	}
	return NF_ACCEPT;
}

/**
 * rly_fast_return_passed() - note a packet to a return address that took the ordinary path
 * @rn: namespace
 * @snap: balancers and links
 * @t: its flow key
 * @iif: index of the device that it came in by
 * @gen: rly_net.seq, read before @snap was looked at
 * @target: balancer and link that it went to, and whether it has passed all chains
 *
 * Context: softirq, RCU.
 */
void rly_fast_return_passed(struct rly_net *rn, const struct rly_snapshot *snap,
			    const struct slb_tuple *t, int iif, u32 gen,
			    const struct rly_target *target)
{
	struct rly_replies *replies = rcu_dereference(rn->replies);

	if (replies)
		rly_reply_note(replies,
			       rly_reply_print(slb_flow_hash(t, &snap->key), iif, target->oif, gen),
			       target->passed);
}

/**
 * rly_fast_hook_of() - the function that ingress hooks call
 * @traced: some packets are traced
 *
 * Return: the function.
 */
nf_hookfn *rly_fast_hook_of(bool traced)
{
	return traced ? rly_tracing_ingress : rly_fast_hook;
}

/**
 * rly_fast_device() - register or unregister the ingress hook of a device
 * @rn: namespace; RTNL is held
 * @dev: the device
 * @gone: the device is about to go
 *
 * Clients and servers may be behind any device. Packets of this host take the ordinary path.
 *
 * Return: 0, or an error: then all packets of the device take the ordinary path.
 */
int rly_fast_device(struct rly_net *rn, struct net_device *dev, bool gone)
{
	bool wanted = rn->fast_path && rn->hooked && !gone && !(dev->flags & IFF_LOOPBACK);
	struct slb_port *port = slb_port_find(&rn->ports, dev);

	if (port && !wanted)
		slb_port_del(port);
	if (port || !wanted)
		return 0;
	return slb_port_add(&rn->ports, dev, rly_fast_hook_of(slb_tracers_any(&rn->tracers)), rn);
}

/**
 * rly_fast_sync() - rly_fast_device() for all devices of a namespace
 * @rn: namespace; RTNL is held
 *
 * Return: 0 or an error.
 */
int rly_fast_sync(struct rly_net *rn)
{
	struct net_device *dev;
	int err = 0;

	for_each_netdev(rn->net, dev)
		err = rly_fast_device(rn, dev, false) ?: err;
	return err;
}

/**
 * rly_fast_set() - switch the fast path on or off
 * @rn: namespace; its lock is held
 * @on: on or off
 *
 * After it is switched on, every flow must pass the chains again: their rules may have changed.
 *
 * Return: 0, or an error with nothing changed. Switching off does not fail.
 */
int rly_fast_set(struct rly_net *rn, bool on)
{
	int err;

	rtnl_lock();
	WRITE_ONCE(rn->fast_path, on);
	rly_net_moved(rn);
	err = rly_fast_sync(rn);
	if (err) {
		WRITE_ONCE(rn->fast_path, false);
		rly_fast_sync(rn);
	}
	rtnl_unlock();
	return err;
}
