/* SPDX-License-Identifier: GPL-2.0-only */
/* One end of a link: a device by name, whether it is up, and the cached route to the next hop. */
#ifndef _SLB_NEXTHOP_H
#define _SLB_NEXTHOP_H

#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/dst.h>
#include <net/ip6_fib.h>
#include <net/ip6_route.h>
#include <net/route.h>
#include <slb/flow.h>

/* The same numbers as enum slb_link_state and enum slb_relay_link_state. */
enum slb_nexthop_state {
	SLB_NEXTHOP_UP,
	SLB_NEXTHOP_NO_DEVICE,
	SLB_NEXTHOP_ADMIN_DOWN,
	SLB_NEXTHOP_NO_CARRIER,
};

/**
 * struct slb_nexthop - one end of a link
 * @dev_name: the device, by name: it may come and go; written under RTNL
 * @ifindex: its index, 0 while there is none; read with READ_ONCE in softirq
 * @state: enum slb_nexthop_state; read with READ_ONCE in softirq
 * @via: next hop, by family: [0] IPv4, [1] IPv6
 * @has: the link carries the family
 * @dst: cached route to @via with a reference, or NULL, by family
 * @cookie: tells whether the IPv6 route is still the right one
 *
 * The device is not referenced: only @ifindex is compared with arriving packets, and the cached
 * route is dropped when the device changes. Packets borrow the route under RCU, so that nothing
 * shared is written for a packet.
 */
struct slb_nexthop {
	char dev_name[IFNAMSIZ];
	int ifindex;
	u8 state;
	bool has[2];
	union nf_inet_addr via[2];
	struct dst_entry __rcu *dst[2];
	u32 cookie;
};

static inline bool slb_nexthop_has(const struct slb_nexthop *nh, u8 family)
{
	return nh->has[family == NFPROTO_IPV6];
}

/* Does the link carry packets of @family now? */
static inline bool slb_nexthop_usable(const struct slb_nexthop *nh, u8 family)
{
	return slb_nexthop_has(nh, family) && READ_ONCE(nh->state) == SLB_NEXTHOP_UP;
}

/* Forget a cached route. Routes are freed after a grace period, so borrowers may finish with it. */
static inline void slb_nexthop_drop(struct slb_nexthop *nh, int i, struct dst_entry *by)
{
	dst_release(unrcu_pointer(xchg(&nh->dst[i], RCU_INITIALIZER(by))));
}

/* After a grace period: nobody may use @nh any more. */
static inline void slb_nexthop_destroy(struct slb_nexthop *nh)
{
	slb_nexthop_drop(nh, 0, NULL);
	slb_nexthop_drop(nh, 1, NULL);
}

/**
 * slb_nexthop_refresh() - look at the device anew
 * @nh: one end of a link
 * @net: namespace
 * @going_down: the device that is about to go down, or NULL
 *
 * Context: RTNL held; from a netdevice notifier or after a change of configuration.
 *
 * Return: true when state or device changed.
 */
static inline bool slb_nexthop_refresh(struct slb_nexthop *nh, struct net *net,
				       const struct net_device *going_down)
{
	struct net_device *dev;
	int ifindex = 0;
	bool was_up;
	u8 state;

	ASSERT_RTNL();
	dev = __dev_get_by_name(net, nh->dev_name);
	if (!dev || dev->reg_state != NETREG_REGISTERED) {
		state = SLB_NEXTHOP_NO_DEVICE;
	} else {
		ifindex = dev->ifindex;
		if (dev == going_down || !(dev->flags & IFF_UP))
			state = SLB_NEXTHOP_ADMIN_DOWN;
		else if (!netif_carrier_ok(dev))
			state = SLB_NEXTHOP_NO_CARRIER;
		else
			state = SLB_NEXTHOP_UP;
		/* packets merged by the device could not be sent on */
		if (nh->ifindex != ifindex)
			dev_disable_lro(dev);
	}
	if (nh->ifindex == ifindex && nh->state == state)
		return false;
	was_up = nh->state == SLB_NEXTHOP_UP;
	WRITE_ONCE(nh->ifindex, ifindex);
	WRITE_ONCE(nh->state, state);
	/* whoever saw it up has cached what it found by then; that must not outlive the device */
	if (was_up)
		synchronize_net();
	slb_nexthop_drop(nh, 0, NULL);
	slb_nexthop_drop(nh, 1, NULL);
	return true;
}

static inline struct dst_entry *slb_nexthop_route4(const struct slb_nexthop *nh, struct net *net,
						   int ifindex)
{
	struct flowi4 fl4 = {
		.flowi4_oif = ifindex,
		.daddr = nh->via[0].ip,
		/* packets on this route are not addressed to the next hop */
		.flowi4_flags = FLOWI_FLAG_KNOWN_NH,
	};
	struct rtable *rt = ip_route_output_key(net, &fl4);

	if (IS_ERR(rt))
		return NULL;
	if (rt->rt_type == RTN_UNICAST && rt->dst.dev->ifindex == ifindex)
		return &rt->dst;
	ip_rt_put(rt);
	return NULL;
}

static inline struct dst_entry *slb_nexthop_route6(const struct slb_nexthop *nh, struct net *net,
						   int ifindex)
{
	struct flowi6 fl6 = {
		.flowi6_oif = ifindex,
		.daddr = nh->via[1].in6,
		.flowi6_flags = FLOWI_FLAG_KNOWN_NH,
	};
	struct dst_entry *dst = ip6_route_output(net, NULL, &fl6);

	if (!dst->error && dst->dev->ifindex == ifindex)
		return dst;
	dst_release(dst);
	return NULL;
}

/* Look the route up anew. Context: softirq, RCU. */
static inline struct dst_entry *slb_nexthop_lookup(struct slb_nexthop *nh, struct net *net,
						   u8 family)
{
	int ifindex = READ_ONCE(nh->ifindex);
	struct dst_entry *dst;

	if (!ifindex)
		return NULL;
	if (family == NFPROTO_IPV4) {
		dst = slb_nexthop_route4(nh, net, ifindex);
	} else {
		dst = slb_nexthop_route6(nh, net, ifindex);
		/* a cookie of another route only makes for one more look-up */
		if (dst)
			WRITE_ONCE(nh->cookie, rt6_get_cookie(dst_rt6_info(dst)));
	}
	if (dst)
		slb_nexthop_drop(nh, family == NFPROTO_IPV6, dst);
	return dst;
}

/**
 * slb_nexthop_dst() - the route to the next hop
 * @nh: one end of a link that has the family
 * @net: namespace
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 *
 * Context: softirq, RCU; the route is borrowed until the reader ends, for skb_dst_set_noref().
 *
 * Return: the route, or NULL when the next hop cannot be reached.
 */
static inline struct dst_entry *slb_nexthop_dst(struct slb_nexthop *nh, struct net *net, u8 family)
{
	struct dst_entry *dst = rcu_dereference(nh->dst[family == NFPROTO_IPV6]);

	if (likely(dst && dst_check(dst, READ_ONCE(nh->cookie))))
		return dst;
	return slb_nexthop_lookup(nh, net, family);
}

#endif /* _SLB_NEXTHOP_H */
