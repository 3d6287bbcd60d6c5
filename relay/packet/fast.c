// SPDX-License-Identifier: GPL-2.0-only
/* The fast path: packets of known flows are forwarded at the ingress hook of a device. */
#include <net/ip.h>
#include <slb/fast.h>
#include <slb/flow.h>
#include <slb/ingress.h>

#include "net.h"
#include "packet/doubt.h"
#include "packet/fast.h"
#include "packet/fast_find.h"
#include "packet/fast_first.h"
#include "packet/flow_steer.h"
#include "packet/onward.h"
#include "packet/prefilter.h"
#include "packet/tracing.h"
#include "packet/xdp.h"

/*
 * A packet takes the fast path when an earlier one of its flow, from the same device and over the
 * same link, has passed every chain on the ordinary path. Anything unusual sends a packet to the
 * ordinary path, so no packet is dropped here.
 */

/**
 * rly_fast_moved() - the balancer and link of a flow that is not where its hash says
 * @rn: namespace
 * @snap: balancers and links
 * @flow: the flow
 * @hash: its flow hash
 *
 * Context: softirq, RCU.
 *
 * Return: them, or none.
 */
struct rly_fast_target rly_fast_moved(struct rly_net *rn, const struct rly_snapshot *snap,
				      struct rly_flow *flow, u64 hash)
{
	struct rly_target target = { .hash = hash };

	if (!rly_flow_target(rn, snap, flow, &target))
		return (struct rly_fast_target) {};
	return (struct rly_fast_target) { .member = target.member, .link = target.link };
}

/**
 * rly_fast_seen() - note that a flow is alive, once a second
 * @rn: namespace
 * @flow: the flow
 *
 * Context: softirq, RCU.
 */
void rly_fast_seen(struct rly_net *rn, struct rly_flow *flow)
{
	struct rly_vip *vip = READ_ONCE(flow->vip);

	rly_flow_seen(&rn->flows, flow);
	if (vip)
		rly_vip_ask(vip);
}

/**
 * rly_fast_other() - the link of a packet to a return address whose own link cannot be used
 * @l3: the IP header of the packet
 * @snap: balancers and links
 * @ret: the return range of its destination; its link is down, or its balancer away
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 *
 * Context: RCU.
 *
 * Return: balancer and link; none when all links have failed: the ordinary path decides.
 */
struct rly_fast_target rly_fast_other(const void *l3, const struct rly_snapshot *snap,
				      const struct rly_return *ret, u8 family)
{
	struct slb_tuple t = { .family = family };
	struct rly_target target;

	/* the choice of a link does not depend on ports */
	if (family == NFPROTO_IPV4) {
		t.src.ip = ((const struct iphdr *)l3)->saddr;
		t.dst.ip = ((const struct iphdr *)l3)->daddr;
	} else {
		t.src.in6 = ((const struct ipv6hdr *)l3)->saddr;
		t.dst.in6 = ((const struct ipv6hdr *)l3)->daddr;
	}
	if (rly_steer_return(snap, ret, &t, &target) ||
	    !slb_nexthop_passable(&target.link->nh, family))
		return (struct rly_fast_target) {};
	return (struct rly_fast_target) { .member = target.member, .link = target.link };
}

/*
 * Decrement the TTL and send. Returns false, with nothing changed, when the packet must take the
 * ordinary path. @vip: VIP of a packet from a client, or NULL.
 */
static __always_inline bool rly_fast_out(struct sk_buff *skb, u8 family, struct rly_fast_way way,
					 unsigned int dir, struct rly_vip *vip)
{
	struct slb_nexthop *nh = &way.target.link->nh;
	struct dst_entry *dst = rcu_dereference(nh->dst[rly_af(family)]);
	struct slb_wire w;

	if (unlikely(!dst || !slb_fast_fits(skb, &nh->egress[rly_af(family)],
					    rly_fast_mtu(&way, family))))
		return false;
	/* count here: the GSO size was just read */
	w = slb_wire(skb);
	if (unlikely(!slb_fast_writable(skb, slb_fast_pkt_l3_len(family))))
		return false;
	rly_fast_hop_less(skb->data, family);
	rly_traffic_add(way.target.link->stats, dir, w);
	if (vip)
		rly_traffic_add(vip->stats, RLY_VIP_IN, w);
	slb_fast_send(skb, family, dst, way.neigh);
	return true;
}

static __always_inline bool rly_fast_to_vip(struct rly_net *rn, struct sk_buff *skb,
					    const struct rly_snapshot *snap,
					    const struct slb_fast_pkt *p, u8 family)
{
	struct rly_fast_way way = rly_fast_vip_way(rn, snap, skb->data, skb->dev->ifindex, p,
						   family);

	if (unlikely(!way.target.link ||
		     !rly_fast_out(skb, family, way, RLY_CLIENT_IN, rly_fast_vip(way.flow))))
		return false;
	rly_fast_used(rn, way.flow);
	return true;
}

static __always_inline bool rly_fast_to_return(struct rly_net *rn, struct sk_buff *skb,
					       const struct rly_snapshot *snap, u32 gen,
					       const struct slb_fast_pkt *p, u8 family)
{
	struct rly_fast_way way = rly_fast_return_way(rn, snap, gen, skb->data, skb->dev->ifindex,
						      p, family);

	return likely(way.target.link) && rly_fast_out(skb, family, way, RLY_SERVER_IN, NULL);
}

static __always_inline bool rly_fast_onward(struct rly_net *rn, struct sk_buff *skb,
					    const struct rly_snapshot *snap, u32 gen,
					    const struct slb_fast_pkt *p, u8 family)
{
	struct rly_fast_trail way = rly_fast_trail(rn, snap, gen, skb->data, skb->dev->ifindex,
						   skb->mark, p, family);
	struct neighbour *neigh;
	struct dst_entry *dst;
	struct slb_wire w;

	if (unlikely(!way.at.trail) ||
	    (unlikely(!way.fresh) && !rly_onward_again(rn, skb, snap, way.print, way.at)) ||
	    (rly_fast_doubts(rn, &way, p) && !rly_doubt_none(rn, snap, skb, family)))
		return false;
	dst = rly_hop_at(&rn->hops, way.hop);
	neigh = likely(dst) ? slb_route_neigh(skb->data, dst, family) : NULL;
	/* the ordinary path tells the sender when the next hop does not answer */
	if (unlikely(!neigh || !(READ_ONCE(neigh->nud_state) & NUD_VALID) ||
		     !slb_fast_fits_in(skb, LL_RESERVED_SPACE(neigh->dev),
						 slb_forward_mtu(dst, family)) ||
		     !slb_fast_writable(skb, slb_fast_pkt_l3_len(family))))
		return false;
	rly_fast_hop_less(skb->data, family);
	w = slb_wire(skb);
	rly_traffic_add(way.link->stats, way.vip ? RLY_CLIENT_OUT : RLY_SERVER_OUT, w);
	if (way.vip)
		rly_traffic_add(way.vip->stats, RLY_VIP_OUT, w);
	slb_fast_send(skb, family, dst, neigh);
	return true;
}

/* Is the packet valid, and does it neither begin nor end a connection? */
static __always_inline bool rly_fast_parse(struct sk_buff *skb, u8 family, struct slb_fast_pkt *p)
{
	return slb_fast_parse(skb, family, p) && !rly_fast_event(p);
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

/*
 * Not a packet that goes on with a known flow to a VIP. Perhaps it begins one; or it is not to a
 * VIP. @odd: it cannot be sent on past the chains. All packets that get here have readable
 * addresses.
 */
static noinline unsigned int rly_fast_begins(struct rly_net *rn, struct sk_buff *skb,
					     const struct rly_snapshot *snap, u8 family, bool odd)
{
	unsigned int verdict = family == NFPROTO_IPV4 ? rly_fast_first4(rn, skb) :
							rly_fast_first6(rn, skb);

	if (verdict != NF_ACCEPT || odd)
		return verdict;
	return rly_fast_no_vip(rn, skb, snap, family);
}

static __always_inline unsigned int rly_fast_packet(struct rly_net *rn, struct sk_buff *skb,
						    u8 family)
{
	/* before the snapshot is looked at: pairs with rly_net_changed() */
	u32 gen = smp_load_acquire(&rn->seq);
	const struct rly_snapshot *snap = rcu_dereference(rn->snapshot);
	bool to_vip = rly_fast_maybe_vip(rn, rly_fast_fold(skb->data, family));
	struct slb_fast_pkt p = {};

	if (unlikely(!snap || !rly_fast_parse(skb, family, &p)))
		return to_vip ? rly_fast_begins(rn, skb, snap, family, true) : NF_ACCEPT;
	if (to_vip)
		return rly_fast_to_vip(rn, skb, snap, &p, family) ?
		       NF_STOLEN : rly_fast_begins(rn, skb, snap, family, false);
	return rly_fast_to_return(rn, skb, snap, gen, &p, family) ?
	       NF_STOLEN : rly_fast_maybe_from(rn, skb, family);
}

static noinline unsigned int rly_fast_packet4(struct rly_net *rn, struct sk_buff *skb)
{
	return rly_fast_packet(rn, skb, NFPROTO_IPV4);
}

static noinline unsigned int rly_fast_packet6(struct rly_net *rn, struct sk_buff *skb)
{
	return rly_fast_packet(rn, skb, NFPROTO_IPV6);
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
	rly_xdp_changed(rn);
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
