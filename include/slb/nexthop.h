/* SPDX-License-Identifier: GPL-2.0-only */
/* One end of a link: a device by name, whether it carries packets, and the cached route to the next hop. */
#ifndef _SLB_NEXTHOP_H
#define _SLB_NEXTHOP_H

#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/dst_cache.h>
#include <net/ip6_route.h>
#include <net/route.h>
#include <slb/flow.h>

/* The same numbers as enum slb_link_state and enum slb_relay_link_state of the two netlink families. */
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
 * @cache: route to @via, by family
 *
 * The device is not referenced: only @ifindex is compared with arriving packets, and a cached route
 * gives way when its device goes. Written under RTNL.
 */
struct slb_nexthop {
	char dev_name[IFNAMSIZ];
	int ifindex;
	u8 state;
	bool has[2];
	union nf_inet_addr via[2];
	struct dst_cache cache[2];
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

static inline int slb_nexthop_init(struct slb_nexthop *nh)
{
	int err = dst_cache_init(&nh->cache[0], GFP_KERNEL);

	if (err)
		return err;
	err = dst_cache_init(&nh->cache[1], GFP_KERNEL);
	if (err)
		dst_cache_destroy(&nh->cache[0]);
	return err;
}

/* After a grace period: nobody may use @nh any more. */
static inline void slb_nexthop_destroy(struct slb_nexthop *nh)
{
	dst_cache_destroy(&nh->cache[0]);
	dst_cache_destroy(&nh->cache[1]);
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
	WRITE_ONCE(nh->ifindex, ifindex);
	WRITE_ONCE(nh->state, state);
	dst_cache_reset(&nh->cache[0]);
	dst_cache_reset(&nh->cache[1]);
	return true;
}

static inline struct dst_entry *slb_nexthop_dst4(struct slb_nexthop *nh, struct net *net,
						 int ifindex)
{
	struct flowi4 fl4 = {
		.flowi4_oif = ifindex,
		.daddr = nh->via[0].ip,
		/* packets on this route are not addressed to the next hop */
		.flowi4_flags = FLOWI_FLAG_KNOWN_NH,
	};
	struct rtable *rt = dst_cache_get_ip4(&nh->cache[0], &fl4.saddr);

	if (likely(rt))
		return &rt->dst;
	rt = ip_route_output_key(net, &fl4);
	if (IS_ERR(rt))
		return NULL;
	if (rt->rt_type != RTN_UNICAST || rt->dst.dev->ifindex != ifindex) {
		ip_rt_put(rt);
		return NULL;
	}
	dst_cache_set_ip4(&nh->cache[0], &rt->dst, fl4.saddr);
	return &rt->dst;
}

static inline struct dst_entry *slb_nexthop_dst6(struct slb_nexthop *nh, struct net *net,
						 int ifindex)
{
	struct flowi6 fl6 = {
		.flowi6_oif = ifindex,
		.daddr = nh->via[1].in6,
		.flowi6_flags = FLOWI_FLAG_KNOWN_NH,
	};
	struct dst_entry *dst = dst_cache_get_ip6(&nh->cache[1], &fl6.saddr);

	if (likely(dst))
		return dst;
	dst = ip6_route_output(net, NULL, &fl6);
	if (dst->error || dst->dev->ifindex != ifindex) {
		dst_release(dst);
		return NULL;
	}
	dst_cache_set_ip6(&nh->cache[1], dst, &fl6.saddr);
	return dst;
}

/**
 * slb_nexthop_dst() - the route to the next hop
 * @nh: one end of a link that has the family
 * @net: namespace
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 *
 * Context: softirq or BH disabled.
 *
 * Return: a referenced route for skb_dst_set(), or NULL when the next hop cannot be reached.
 */
static inline struct dst_entry *slb_nexthop_dst(struct slb_nexthop *nh, struct net *net, u8 family)
{
	int ifindex = READ_ONCE(nh->ifindex);

	if (unlikely(!ifindex))
		return NULL;
	return family == NFPROTO_IPV4 ? slb_nexthop_dst4(nh, net, ifindex) :
					slb_nexthop_dst6(nh, net, ifindex);
}

#endif /* _SLB_NEXTHOP_H */
