/* SPDX-License-Identifier: GPL-2.0-only */
/* One end of a link: its device, does it carry packets, the route to the next hop, what counts. */
#ifndef _SLB_NEXTHOP_H
#define _SLB_NEXTHOP_H

#include <linux/ipv6.h>
#include <linux/jiffies.h>
#include <linux/netdevice.h>
#include <linux/netlink.h>
#include <linux/skbuff.h>
#include <net/dst.h>
#include <net/neighbour.h>
#include <slb/flow.h>
#include <slb/route.h>
#include <slb/wire.h>

/* The same numbers as enum slb_link_state and enum slb_relay_link_state. */
enum slb_nexthop_state {
	SLB_NEXTHOP_UP,
	SLB_NEXTHOP_NO_DEVICE,
	SLB_NEXTHOP_ADMIN_DOWN,
	SLB_NEXTHOP_NO_CARRIER,
	/* the device is up, but */
	SLB_NEXTHOP_NO_NEIGHBOR,	/* the next hop does not answer */
	SLB_NEXTHOP_SILENT,		/* no probe comes from the far end */
	SLB_NEXTHOP_UNHEARD,		/* the far end receives no probe from us */
	SLB_NEXTHOP_WITHDRAWN,		/* the far end has taken the link out of use */
	SLB_NEXTHOP_HELD,		/* it is back, in hold-down */
	SLB_NEXTHOP_NO_ADDRESS,		/* there is no address to send from */
};

/* Rank of a link for a family: higher is better. */
enum slb_nexthop_rank {
	SLB_NEXTHOP_RANK_NO,		/* cannot send, or the far end takes no packets */
	SLB_NEXTHOP_RANK_FAILED,	/* seems not to work: a last resort */
	SLB_NEXTHOP_RANK_UNSURE,	/* unproven and in hold-down */
	SLB_NEXTHOP_RANK_UNPROVEN,	/* the far end has never answered */
	SLB_NEXTHOP_RANK_HELD,		/* in hold-down, or enum slb_nexthop_behind is not 0 */
	SLB_NEXTHOP_RANK_YES,
};

/* Does the far end, a balancer, wait for the sessions that it had before? */
enum slb_nexthop_behind {
	SLB_NEXTHOP_CURRENT,
	SLB_NEXTHOP_BEHIND,	/* it does, but has not restarted: it may have them still */
	SLB_NEXTHOP_RESTARTED,	/* it does, and has restarted, or was never seen before */
};

/* Beside enum slb_probe_flag in slb_nexthop.says: the far end has sent a probe. */
#define SLB_NEXTHOP_HEARD 0x80000000u

struct slb_nexthops;

/**
 * struct slb_egress - cached neighbour of a link for one family, valid in one tick
 * @neigh: the next hop, a reference, or NULL
 * @tick: jiffies when it was validated
 * @mtu: of the route, and no more than of its device, in bytes of IP packet
 * @room: bytes that the device needs in front of a packet
 */
struct slb_egress {
	struct neighbour __rcu *neigh;
	u32 tick;
	u32 mtu;
	u32 room;
};

/**
 * struct slb_nexthop - one end of a link
 * @dev_name: the device, by name: it may come and go; written under RTNL
 * @ifindex: its index, 0 while there is none; read with READ_ONCE in softirq
 * @state: of the device: the first four of enum slb_nexthop_state; written under RTNL
 * @rank: enum slb_nexthop_rank, by family; the packet path reads only this, with READ_ONCE
 * @failed_at: jiffies when @rank fell below SLB_NEXTHOP_RANK_UNSURE, by family; read as @rank
 * @outdated: the device has changed: release cached routes after a grace period
 * @via: next hop, by family: [0] IPv4, [1] IPv6
 * @has: the link carries the family
 * @dst: cached route to @via with a reference, or NULL, by family
 * @egress: neighbour and MTU of that route, for packets that pass no chain; by family
 * @cookie: for dst_check() of the IPv6 route
 * @behind: enum slb_nexthop_behind, by family: of a relay's link; read with READ_ONCE in softirq
 * @says: flags in the last probe of the far end, and SLB_NEXTHOP_HEARD; read as @behind
 * @all: the next hops of the link when there are several of them (nexthops.h), otherwise NULL
 * @several: this is their summary, and no packet is sent to it: it has no route
 *
 * The link holds no reference to the device: packets are compared with @ifindex, and the cached
 * route is released when the device changes. Packets borrow the route under RCU, so no packet
 * writes to shared memory.
 */
struct slb_nexthop {
	char dev_name[IFNAMSIZ];
	int ifindex;
	u8 state;
	u8 rank[2];
	unsigned long failed_at[2];
	bool outdated;
	bool has[2];
	union nf_inet_addr via[2];
	struct dst_entry __rcu *dst[2];
	struct slb_egress egress[2];
	u32 cookie;
	u8 behind[2];
	u32 says[2];
	struct slb_nexthops *all;
	bool several;
};

/* Can a link carry IPv6 at all? With ipv6.disable=1 a route lookup would crash. */
static inline bool slb_nexthop_ipv6(struct netlink_ext_ack *extack)
{
	if (ipv6_mod_enabled())
		return true;
	NL_SET_ERR_MSG(extack, "IPv6 is disabled on this host (ipv6.disable=1)");
	return false;
}

static inline bool slb_nexthop_has(const struct slb_nexthop *nh, u8 family)
{
	return nh->has[family == NFPROTO_IPV6];
}

/* The rank of the link for @family. Return: enum slb_nexthop_rank. */
static inline u8 slb_nexthop_rank(const struct slb_nexthop *nh, u8 family)
{
	return READ_ONCE(nh->rank[family == NFPROTO_IPV6]);
}

/* Does the link carry packets of @family? */
static inline bool slb_nexthop_usable(const struct slb_nexthop *nh, u8 family)
{
	return slb_nexthop_rank(nh, family) == SLB_NEXTHOP_RANK_YES;
}

/* May the link be used when no better one exists? */
static inline bool slb_nexthop_passable(const struct slb_nexthop *nh, u8 family)
{
	return slb_nexthop_rank(nh, family) >= SLB_NEXTHOP_RANK_UNSURE;
}

/**
 * slb_nexthop_beats() - is one link better than another?
 * @a: a link
 * @b: another link
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 *
 * Of two that have failed, the one that failed last is better: a report that all links failed at
 * once is more often wrong than right.
 *
 * Return: true when @a is better; false when they are equal.
 */
static inline bool slb_nexthop_beats(const struct slb_nexthop *a, const struct slb_nexthop *b,
				     u8 family)
{
	unsigned int i = family == NFPROTO_IPV6;
	u8 pa = slb_nexthop_rank(a, family), pb = slb_nexthop_rank(b, family);

	if (pa != pb || pa != SLB_NEXTHOP_RANK_FAILED)
		return pa > pb;
	return time_after(READ_ONCE(a->failed_at[i]), READ_ONCE(b->failed_at[i]));
}

/* Release a cached route. It is freed after a grace period, so packets may still use it. */
static inline void slb_nexthop_drop(struct slb_nexthop *nh, int i, struct dst_entry *by)
{
	dst_release(unrcu_pointer(xchg(&nh->dst[i], RCU_INITIALIZER(by))));
}

/* Release a cached neighbour, which is also freed after a grace period. */
static inline void slb_nexthop_drop_neigh(struct slb_nexthop *nh, int i, struct neighbour *by)
{
	struct neighbour *was = unrcu_pointer(xchg(&nh->egress[i].neigh, RCU_INITIALIZER(by)));

	if (was)
		neigh_release(was);
}

/* Release every reference to a device, after a grace period without packets over it. */
static inline void slb_nexthop_destroy(struct slb_nexthop *nh)
{
	int i;

	for (i = 0; i < 2; i++) {
		slb_nexthop_drop_neigh(nh, i, NULL);
		slb_nexthop_drop(nh, i, NULL);
	}
}

/*
 * Packets go to the next hop of the link, not to their destinations. A route to it is used only for
 * its metrics and encapsulation.
 */
static inline struct dst_entry *slb_nexthop_route4(const struct slb_nexthop *nh, struct net *net,
						   struct net_device *dev)
{
	struct slb_route r = { .dev = dev };
	struct fib_result res = {};
	struct flowi4 fl4 = {
		.flowi4_oif = dev->ifindex,
		.flowi4_iif = LOOPBACK_IFINDEX,
		.daddr = nh->via[0].ip,
	};

	if (!fib_lookup(net, &fl4, &res, 0)) {
		if (res.type != RTN_UNICAST)
			return NULL;
		if (res.nhc->nhc_dev == dev)
			slb_route_of4(&r, &res);
	}
	if (!r.gw_family) {
		r.gw_family = AF_INET;
		r.gw = nh->via[0];
	}
	return slb_route_make4(&r);
}

static inline struct dst_entry *slb_nexthop_route6(const struct slb_nexthop *nh, struct net *net,
						   struct net_device *dev)
{
	struct fib6_result res = {};
	struct slb_route r = {};
	struct flowi6 fl6 = {
		.flowi6_oif = dev->ifindex,
		.flowi6_iif = LOOPBACK_IFINDEX,
		.daddr = nh->via[1].in6,
	};

	/* given a device, the lookup chooses among several next hops itself */
	if (fib6_lookup(net, dev->ifindex, &fl6, &res, RT6_LOOKUP_F_IFACE) ||
	    res.f6i == net->ipv6.fib6_null_entry)
		return NULL;
	if (res.fib6_type != RTN_UNICAST || res.nh->fib_nh_dev != dev)
		return NULL;
	slb_route_of6(&r, &res);
	if (!r.gw_family) {
		r.gw_family = AF_INET6;
		r.gw = nh->via[1];
	}
	return slb_route_make6(&r);
}

/* Look up the route again. Context: softirq, RCU. */
static inline struct dst_entry *slb_nexthop_lookup(struct slb_nexthop *nh, struct net *net,
						   u8 family)
{
	struct net_device *dev;
	struct dst_entry *dst;

	/* of several next hops, one must be chosen first */
	dev = nh->several ? NULL : dev_get_by_index_rcu(net, READ_ONCE(nh->ifindex));
	if (!dev || !(dev->flags & IFF_UP))
		return NULL;
	if (family == NFPROTO_IPV4) {
		dst = slb_nexthop_route4(nh, net, dev);
	} else {
		dst = slb_nexthop_route6(nh, net, dev);
		/* a cookie of another route only causes one more lookup */
		if (dst)
			WRITE_ONCE(nh->cookie, rt6_get_cookie(dst_rt6_info(dst)));
	}
	if (dst)
		slb_nexthop_drop(nh, family == NFPROTO_IPV6, dst);
	return dst;
}

/**
 * slb_nexthop_dst() - get the route to the next hop
 * @nh: one end of a link that has the family
 * @net: namespace
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 *
 * Context: softirq, RCU; the route is borrowed until the reader ends, for skb_dst_set_noref().
 *
 * Return: the route, or NULL when the next hop cannot be reached, or is one of several.
 */
static inline struct dst_entry *slb_nexthop_dst(struct slb_nexthop *nh, struct net *net, u8 family)
{
	struct dst_entry *dst = rcu_dereference(nh->dst[family == NFPROTO_IPV6]);

	if (likely(dst && dst_check(dst, READ_ONCE(nh->cookie))))
		return dst;
	return slb_nexthop_lookup(nh, net, family);
}

/* Look up route and neighbour again. Context: softirq, RCU. */
static inline bool slb_nexthop_renew(struct slb_nexthop *nh, struct net *net, u8 family)
{
	int i = family == NFPROTO_IPV6;
	struct slb_egress *egress = &nh->egress[i];
	struct dst_entry *dst = slb_nexthop_dst(nh, net, family);
	struct neighbour *neigh;

	/* packets for encapsulation or IPsec take the ordinary path */
	if (!dst || dst->lwtstate || slb_route_guarded(net))
		return false;
	neigh = dst_neigh_lookup(dst, &nh->via[i]);
	if (!neigh)
		return false;
	/* an IPv4 route via an IPv6 next hop: the cached header has the wrong EtherType */
	if (neigh->tbl->family != (i ? AF_INET6 : AF_INET)) {
		neigh_release(neigh);
		return false;
	}
	WRITE_ONCE(egress->mtu, min(slb_forward_mtu(dst, family), READ_ONCE(dst->dev->mtu)));
	WRITE_ONCE(egress->room, LL_RESERVED_SPACE(dst->dev));
	slb_nexthop_drop_neigh(nh, i, neigh);
	/* pairs with slb_nexthop_neigh(): a reader of the tick sees all of it */
	smp_store_release(&egress->tick, (u32)jiffies);
	return true;
}

/**
 * slb_nexthop_neigh() - get route and neighbour of a link, validated once a tick
 * @nh: one end of a link that carries the family
 * @net: namespace
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 *
 * Route and neighbour are looked up once a tick: a change takes effect in the next one.
 * Context: softirq, RCU.
 *
 * Return: the neighbour, borrowed, with which all of its entry in @nh->egress is valid; or NULL
 * when the next hop cannot be reached, or is one of several.
 */
static __always_inline struct neighbour *slb_nexthop_neigh(struct slb_nexthop *nh, struct net *net,
							   u8 family)
{
	struct slb_egress *egress = &nh->egress[family == NFPROTO_IPV6];
	/* pairs with slb_nexthop_renew() */
	u32 tick = smp_load_acquire(&egress->tick);
	struct neighbour *neigh = rcu_dereference(egress->neigh);

	if (likely(tick == (u32)jiffies && neigh && !READ_ONCE(neigh->dead)))
		return neigh;
	return slb_nexthop_renew(nh, net, family) ? rcu_dereference(egress->neigh) : NULL;
}

/* slb_nexthop_neigh() for those who read the entry, too. Return: the entry, or NULL. */
static __always_inline struct slb_egress *slb_nexthop_egress(struct slb_nexthop *nh,
							     struct net *net,
							     u8 family)
{
	return slb_nexthop_neigh(nh, net, family) ? &nh->egress[family == NFPROTO_IPV6] : NULL;
}

/**
 * slb_wire() - count a packet as it is on the wire
 * @skb: the packet, its IP header at skb->data and its transport header set
 *
 * Devices merge received packets (GRO, LRO) and split sent ones (GSO). Counters of two hosts agree
 * only if such a packet counts as its segments.
 *
 * Return: packets and bytes.
 */
static __always_inline struct slb_wire slb_wire(const struct sk_buff *skb)
{
	struct slb_wire w = { .packets = 1, .bytes = skb->len };
	u64 both;

	if (unlikely(skb_is_gso(skb))) {
		/* in one word: a struct would cost packets that are not GSO, too */
		both = slb_wire_gso(skb);
		w.packets = both;
		w.bytes = both >> 32;
	}
	return w;
}

#endif /* _SLB_NEXTHOP_H */
