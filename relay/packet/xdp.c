// SPDX-License-Identifier: GPL-2.0-only
/* The fast path at XDP: packets of known flows are forwarded before they become an skb. */
#include <linux/module.h>
#include <slb/tracer.h>
#include <slb/xdp.h>

#include "config/device.h"
#include "config/link.h"
#include "net.h"
#include "packet/fast_find.h"
#include "packet/prefilter.h"
#include "packet/xdp.h"
#include "state/hop.h"

/*
 * The same decisions as in fast.c, for the same packets. All others are passed, and nothing has
 * changed: the kernel makes an skb of them, which comes to the ingress hook. So do packets for
 * which the ingress hook has to look up a route again or to look for a flow in doubt: it leaves a
 * mark, by which the next ones are handled here.
 *
 * A packet that was forwarded here cannot come back: when the device that it goes to has no room
 * for it, it is lost there. So what can be known before is asked before (slb_xdp_fits()).
 */

/* rly_net() for packets, which are in an RCU read section already. Context: RCU. */
static __always_inline struct rly_net *rly_xdp_net(const struct net *net)
{
	return rcu_dereference(net->gen)->ptr[rly_net_id];
}

/* rly_xdp_dev() for the device of a packet. A bond is in the set, and its members receive. */
static __always_inline u32 rly_xdp_in(const struct rly_net *rn, const struct xdp_buff *xdp)
{
	struct net_device *dev = xdp->rxq->dev;
	u32 in = rly_xdp_dev(&rn->xdp, dev->ifindex);

	if (unlikely(!in && netif_is_bond_slave(dev))) {
		dev = netdev_master_upper_dev_get_rcu(dev);
		in = dev ? rly_xdp_dev(&rn->xdp, dev->ifindex) : 0;
	}
	return in;
}

static __always_inline int rly_xdp_iif(u32 in)
{
	return in & ~RLY_XDP_TX;
}

/* Decrement the TTL, count and send. @len: bytes of the IP packet; @vip: or NULL. */
static __always_inline int rly_xdp_send(struct xdp_buff *xdp, const struct neighbour *neigh,
					u32 in, unsigned int len, u8 family, struct rly_link *link,
					unsigned int dir, struct rly_vip *vip, unsigned int vip_dir)
{
	const struct slb_wire w = { .packets = 1, .bytes = len };

	rly_fast_hop_less(xdp->data + ETH_HLEN, family);
	rly_traffic_add(link->stats, dir, w);
	if (vip)
		rly_traffic_add(vip->stats, vip_dir, w);
	return slb_xdp_send(xdp, neigh, in & RLY_XDP_TX);
}

static __always_inline int rly_xdp_to_vip(struct rly_net *rn, struct xdp_buff *xdp,
					  const struct rly_snapshot *snap,
					  const struct slb_fast_pkt *p, unsigned int len, u32 in,
					  u8 family)
{
	struct rly_fast_way way = rly_fast_vip_way(rn, snap, xdp->data + ETH_HLEN, rly_xdp_iif(in),
						   p, family);

	if (unlikely(!way.target.link ||
		     !slb_xdp_fits(xdp, way.neigh, rly_fast_mtu(&way, family))))
		return XDP_PASS;
	rly_fast_used(rn, way.flow);
	return rly_xdp_send(xdp, way.neigh, in, len, family, way.target.link, RLY_CLIENT_IN,
			    rly_fast_vip(way.flow), RLY_VIP_IN);
}

static __always_inline int rly_xdp_to_return(struct rly_net *rn, struct xdp_buff *xdp,
					     const struct rly_snapshot *snap, u32 gen,
					     const struct slb_fast_pkt *p, unsigned int len, u32 in,
					     u8 family)
{
	struct rly_fast_way way = rly_fast_return_way(rn, snap, gen, xdp->data + ETH_HLEN,
						      rly_xdp_iif(in), p, family);

	if (unlikely(!way.target.link ||
		     !slb_xdp_fits(xdp, way.neigh, rly_fast_mtu(&way, family))))
		return XDP_PASS;
	return rly_xdp_send(xdp, way.neigh, in, len, family, way.target.link, RLY_SERVER_IN,
			    NULL, 0);
}

/* A packet at XDP has no mark: so it is of no flow whose packets get one before the chains. */
static __always_inline int rly_xdp_onward(struct rly_net *rn, struct xdp_buff *xdp,
					  const struct rly_snapshot *snap, u32 gen,
					  const struct slb_fast_pkt *p, unsigned int len, u32 in,
					  u8 family)
{
	void *l3 = xdp->data + ETH_HLEN;
	struct rly_fast_trail way = rly_fast_trail(rn, snap, gen, l3, rly_xdp_iif(in), 0, p,
						   family);
	struct neighbour *neigh;
	struct dst_entry *dst;

	if (unlikely(!way.at.trail || !way.fresh || rly_fast_doubts(rn, &way, p)))
		return XDP_PASS;
	dst = rly_hop_at(&rn->hops, way.hop);
	neigh = likely(dst) ? slb_route_neigh(l3, dst, family) : NULL;
	if (unlikely(!neigh || !slb_xdp_fits(xdp, neigh, slb_forward_mtu(dst, family))))
		return XDP_PASS;
	return rly_xdp_send(xdp, neigh, in, len, family, way.link,
			    way.vip ? RLY_CLIENT_OUT : RLY_SERVER_OUT, way.vip, RLY_VIP_OUT);
}

/* slb_xdp_parse(); 0 also when it begins or ends a connection. */
static __always_inline unsigned int rly_xdp_parse(const struct xdp_buff *xdp, u8 family,
						  struct slb_fast_pkt *p)
{
	unsigned int len = slb_xdp_parse(xdp, family, p);

	return unlikely(rly_fast_event(p)) ? 0 : len;
}

static __always_inline int rly_xdp_from(struct rly_net *rn, struct xdp_buff *xdp, u8 family)
{
	/* before the snapshot is looked at: pairs with rly_net_changed() */
	u32 gen = smp_load_acquire(&rn->seq), in = rly_xdp_in(rn, xdp);
	const struct rly_snapshot *snap = rcu_dereference(rn->snapshot);
	struct slb_fast_pkt p = {};
	unsigned int len;

	if (unlikely(!in || !snap))
		return XDP_PASS;
	len = rly_xdp_parse(xdp, family, &p);
	return likely(len) ? rly_xdp_onward(rn, xdp, snap, gen, &p, len, in, family) : XDP_PASS;
}

/* One copy of each step for each family, as in fast.c: a packet pays only for those it takes. */
static noinline int rly_xdp_from4(struct rly_net *rn, struct xdp_buff *xdp)
{
	return rly_xdp_from(rn, xdp, NFPROTO_IPV4);
}

static noinline int rly_xdp_from6(struct rly_net *rn, struct xdp_buff *xdp)
{
	return rly_xdp_from(rn, xdp, NFPROTO_IPV6);
}

/*
 * May the packet come from a balancer? Its addresses can be read. The bits of devices are not
 * asked: they are those of bonds, not of their members.
 */
static __always_inline int rly_xdp_maybe_from(struct rly_net *rn, struct xdp_buff *xdp, u8 family)
{
	const struct ipv6hdr *ip6 = xdp->data + ETH_HLEN;
	const struct iphdr *ip4 = xdp->data + ETH_HLEN;

	if (family == NFPROTO_IPV4)
		return test_bit(slb_prefilter_ipv4(ip4->saddr), rn->prefilter) ?
		       rly_xdp_from4(rn, xdp) : XDP_PASS;
	return test_bit(slb_prefilter_ipv6(ip6->saddr.s6_addr32), rn->prefilter) ?
	       rly_xdp_from6(rn, xdp) : XDP_PASS;
}

static __always_inline int rly_xdp_return(struct rly_net *rn, struct xdp_buff *xdp, u8 family)
{
	/* before the snapshot is looked at: pairs with rly_net_changed() */
	u32 gen = smp_load_acquire(&rn->seq), in = rly_xdp_in(rn, xdp);
	const struct rly_snapshot *snap = rcu_dereference(rn->snapshot);
	struct slb_fast_pkt p = {};
	unsigned int len;
	int action;

	if (unlikely(!in || !snap))
		return XDP_PASS;
	len = rly_xdp_parse(xdp, family, &p);
	if (unlikely(!len))
		return XDP_PASS;
	action = rly_xdp_to_return(rn, xdp, snap, gen, &p, len, in, family);
	return likely(action != XDP_PASS) ? action : rly_xdp_maybe_from(rn, xdp, family);
}

static noinline int rly_xdp_return4(struct rly_net *rn, struct xdp_buff *xdp)
{
	return rly_xdp_return(rn, xdp, NFPROTO_IPV4);
}

static noinline int rly_xdp_return6(struct rly_net *rn, struct xdp_buff *xdp)
{
	return rly_xdp_return(rn, xdp, NFPROTO_IPV6);
}

/*
 * The destination may be a VIP or a return address, by the prefilter of both. A packet to a VIP
 * that is not handled may be one to a return address: the two share bits.
 */
static __always_inline int rly_xdp_to(struct rly_net *rn, struct xdp_buff *xdp, u8 family)
{
	const struct rly_snapshot *snap = rcu_dereference(rn->snapshot);
	const void *l3 = xdp->data + ETH_HLEN;
	u32 in = rly_xdp_in(rn, xdp);
	struct slb_fast_pkt p = {};
	unsigned int len;
	int action;

	if (unlikely(!in || !snap))
		return XDP_PASS;
	len = rly_xdp_parse(xdp, family, &p);
	if (unlikely(!len))
		return XDP_PASS;
	action = rly_xdp_to_vip(rn, xdp, snap, &p, len, in, family);
	if (likely(action != XDP_PASS))
		return action;
	return family == NFPROTO_IPV4 ?
	       (test_bit(slb_prefilter_ipv4(((const struct iphdr *)l3)->daddr), snap->prefilter) ?
		rly_xdp_return4(rn, xdp) : rly_xdp_maybe_from(rn, xdp, family)) :
	       (test_bit(slb_prefilter_ipv6(((const struct ipv6hdr *)l3)->daddr.s6_addr32),
			 snap->prefilter) ?
		rly_xdp_return6(rn, xdp) : rly_xdp_maybe_from(rn, xdp, family));
}

static noinline int rly_xdp_to4(struct rly_net *rn, struct xdp_buff *xdp)
{
	return rly_xdp_to(rn, xdp, NFPROTO_IPV4);
}

static noinline int rly_xdp_to6(struct rly_net *rn, struct xdp_buff *xdp)
{
	return rly_xdp_to(rn, xdp, NFPROTO_IPV6);
}

/* The first step for a packet whose destination has a bit of the prefilter. */
static __always_inline int rly_xdp_near(struct rly_net *rn, struct xdp_buff *xdp, u8 family)
{
	bool vip = rly_fast_maybe_vip(rn, rly_fast_fold(xdp->data + ETH_HLEN, family));

	if (family == NFPROTO_IPV4)
		return vip ? rly_xdp_to4(rn, xdp) : rly_xdp_return4(rn, xdp);
	return vip ? rly_xdp_to6(rn, xdp) : rly_xdp_return6(rn, xdp);
}

/**
 * slb_relay_xdp_packet() - the fast path at XDP, for BPF programs on devices
 * @ctx: context of the program: the packet, an Ethernet frame; its length stays as it is
 *
 * The namespace is that of the device, which may have changed since the program was attached.
 * Context: softirq, RCU.
 *
 * Return: XDP_PASS with nothing changed; or XDP_TX, or SLB_XDP_REDIRECT plus the index of a device,
 * with the TTL decremented and the packet counted.
 */
__bpf_kfunc int slb_relay_xdp_packet(struct xdp_md *ctx)
{
	struct xdp_buff *xdp = (struct xdp_buff *)ctx;
	const struct ethhdr *eth = xdp->data;
	const struct ipv6hdr *ip6 = (void *)(eth + 1);
	const struct iphdr *ip4 = (void *)(eth + 1);
	struct rly_net *rn = rly_xdp_net(dev_net(xdp->rxq->dev));

	if (eth->h_proto == htons(ETH_P_IP)) {
		if (!slb_xdp_has_addr(xdp, NFPROTO_IPV4))
			return XDP_PASS;
		return test_bit(slb_prefilter_ipv4(ip4->daddr), rn->prefilter) ?
		       rly_xdp_near(rn, xdp, NFPROTO_IPV4) :
		       rly_xdp_maybe_from(rn, xdp, NFPROTO_IPV4);
	}
	if (eth->h_proto == htons(ETH_P_IPV6)) {
		if (!slb_xdp_has_addr(xdp, NFPROTO_IPV6))
			return XDP_PASS;
		return test_bit(slb_prefilter_ipv6(ip6->daddr.s6_addr32), rn->prefilter) ?
		       rly_xdp_near(rn, xdp, NFPROTO_IPV6) :
		       rly_xdp_maybe_from(rn, xdp, NFPROTO_IPV6);
	}
	return XDP_PASS;
}

BTF_KFUNCS_START(rly_xdp_functions)
BTF_ID_FLAGS(func, slb_relay_xdp_packet)
BTF_KFUNCS_END(rly_xdp_functions)

static const struct btf_kfunc_id_set rly_xdp_set = {
	.owner = THIS_MODULE,
	.set = &rly_xdp_functions,
};

/**
 * rly_xdp_init() - let BPF programs for XDP call the module
 *
 * A module without BTF goes on without: programs that want to call it cannot be loaded then.
 *
 * Return: 0 or an error.
 */
int __init rly_xdp_init(void)
{
	return slb_compat_has_btf(THIS_MODULE) ?
	       register_btf_kfunc_id_set(BPF_PROG_TYPE_XDP, &rly_xdp_set) : 0;
}

/* Add a device to the set, if packets of it can be handled. Return: false when the set is full. */
static bool rly_xdp_add(struct rly_net *rn, struct net_device *dev, u32 *n)
{
	u32 i, word;

	if (!dev || slb_xdp_strips_tags(dev) || rly_xdp_dev(&rn->xdp, dev->ifindex))
		return true;
	if (*n == RLY_XDP_DEVS)
		return false;
	for (i = dev->ifindex; rn->xdp.slot[i % RLY_XDP_SLOTS]; i++)
		;
	word = (u32)dev->ifindex | (slb_xdp_can_tx(dev) ? RLY_XDP_TX : 0);
	WRITE_ONCE(rn->xdp.slot[i % RLY_XDP_SLOTS], word);
	++*n;
	return true;
}

/**
 * rly_xdp_settle() - decide for each device whether its packets are handled at XDP
 * @rn: namespace; RTNL is held
 * @traced: some packets are traced, or soon will be
 *
 * A traced packet must be seen on its way, and without the fast path all packets take the ordinary
 * one. To be called after a change of what that depends on. Packets may still be handled as before
 * until a grace period has passed.
 */
void rly_xdp_settle(struct rly_net *rn, bool traced)
{
	const struct rly_device *device;
	const struct rly_link *link;
	unsigned long n;
	bool room = true;
	u32 i, count = 0;

	ASSERT_RTNL();
	for (i = 0; i < RLY_XDP_SLOTS; i++)
		WRITE_ONCE(rn->xdp.slot[i], 0);
	if (!rn->fast_path || !rn->hooked || rn->halted || traced)
		return;
	xa_for_each(&rn->devices, n, device)
		if (device->xdp)
			room &= rly_xdp_add(rn, __dev_get_by_name(rn->net, device->name), &count);
	xa_for_each(&rn->links, n, link)
		if (link->xdp)
			room &= rly_xdp_add(rn, __dev_get_by_index(rn->net, link->nh.ifindex),
					    &count);
	if (!room)
		net_warn_ratelimited("relay: only %u devices are handled at XDP\n", RLY_XDP_DEVS);
}

/**
 * rly_xdp_changed() - devices, links or their settings have changed
 * @rn: namespace; RTNL is held
 */
void rly_xdp_changed(struct rly_net *rn)
{
	rly_xdp_settle(rn, slb_tracers_any(&rn->tracers));
}
