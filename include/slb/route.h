/* SPDX-License-Identifier: GPL-2.0-only */
/* Routes of our own, from the routing tables alone, without exceptions learned from ICMP. */
#ifndef _SLB_ROUTE_H
#define _SLB_ROUTE_H

#include <linux/inetdevice.h>
#include <net/addrconf.h>
#include <net/arp.h>
#include <net/dst.h>
#include <net/ip.h>
#include <net/ip6_fib.h>
#include <net/ip6_route.h>
#include <net/ip_fib.h>
#include <net/lwtunnel.h>
#include <net/ndisc.h>
#include <net/route.h>
#include <net/xfrm.h>
#include <slb/flow.h>

/*
 * The kernel's route lookups apply next-hop exceptions: path MTUs and redirects learned from ICMP
 * messages. Anybody can forge such a message about an address that this host has exchanged an echo
 * with, for example a link's next hop. A router forwards by table, device and metrics.
 */

/**
 * struct slb_route - result of a route lookup
 * @dev: device, borrowed under RCU
 * @metrics: metrics of the route
 * @lwtstate: encapsulation, or NULL
 * @from: IPv6: entry of the routing table
 * @gw: next hop, network order; unused while @gw_family is AF_UNSPEC
 * @tclassid: IPv4: realms
 * @gw_family: AF_INET or AF_INET6; AF_UNSPEC when the destination is the next hop
 */
struct slb_route {
	struct net_device *dev;
	struct dst_metrics *metrics;
	struct lwtunnel_state *lwtstate;
	struct fib6_info *from;
	union nf_inet_addr gw;
	u32 tclassid;
	u8 gw_family;
};

/* Convert the result of an IPv4 lookup of type RTN_UNICAST. @r: zeroed before */
static inline void slb_route_of4(struct slb_route *r, const struct fib_result *res)
{
	const struct fib_nh_common *nhc = res->nhc;

	r->dev = nhc->nhc_dev;
	r->metrics = res->fi->fib_metrics;
	r->lwtstate = nhc->nhc_lwtstate;
	if (nhc->nhc_gw_family && nhc->nhc_scope == RT_SCOPE_LINK) {
		r->gw_family = nhc->nhc_gw_family;
		if (r->gw_family == AF_INET)
			r->gw.ip = nhc->nhc_gw.ipv4;
		else
			r->gw.in6 = nhc->nhc_gw.ipv6;
	}
#ifdef CONFIG_IP_ROUTE_CLASSID
	if (nhc->nhc_family == AF_INET)
		r->tclassid = container_of(nhc, struct fib_nh, nh_common)->nh_tclassid;
#ifdef CONFIG_IP_MULTIPLE_TABLES
	if (!(r->tclassid & 0xffff))
		r->tclassid |= res->tclassid & 0xffff;
	if (!(r->tclassid & 0xffff0000))
		r->tclassid |= res->tclassid & 0xffff0000;
#endif
#endif
}

/* Convert the result of an IPv6 lookup of type RTN_UNICAST. @r: zeroed before */
static inline void slb_route_of6(struct slb_route *r, const struct fib6_result *res)
{
	r->dev = res->nh->fib_nh_dev;
	r->metrics = res->f6i->fib6_metrics;
	r->lwtstate = res->nh->fib_nh_lws;
	r->from = res->f6i;
	if (res->nh->fib_nh_gw_family) {
		r->gw_family = AF_INET6;
		r->gw.in6 = res->nh->fib_nh_gw6;
	}
}

/* The parts that both families share. */
static inline void slb_route_finish(struct dst_entry *dst, const struct slb_route *r)
{
	if (r->metrics)
		ip_dst_init_metrics(dst, r->metrics);
	dst->lwtstate = lwtstate_get(r->lwtstate);
	lwtunnel_set_redirect(dst);
}

static inline struct dst_entry *slb_route_make4(const struct slb_route *r)
{
	const struct in_device *in_dev = __in_dev_get_rcu(r->dev);
	struct rtable *rt;

	if (!in_dev)
		return NULL;
	rt = rt_dst_alloc(r->dev, 0, RTN_UNICAST, IN_DEV_ORCONF(in_dev, NOXFRM));
	if (!rt)
		return NULL;
	rt->rt_uses_gateway = !!r->gw_family;
	rt->rt_gw_family = r->gw_family;
	if (r->gw_family == AF_INET)
		rt->rt_gw4 = r->gw.ip;
	else if (r->gw_family == AF_INET6)
		rt->rt_gw6 = r->gw.in6;
#ifdef CONFIG_IP_ROUTE_CLASSID
	rt->dst.tclassid = r->tclassid;
#endif
	slb_route_finish(&rt->dst, r);
	return &rt->dst;
}

static inline struct dst_entry *slb_route_make6(const struct slb_route *r)
{
	struct inet6_dev *idev = __in6_dev_get(r->dev);
	struct rt6_info *rt;

	if (!idev || !fib6_info_hold_safe(r->from))
		return NULL;
	rt = ip6_dst_alloc(dev_net(r->dev), r->dev, 0);
	if (!rt) {
		fib6_info_release(r->from);
		return NULL;
	}
	in6_dev_hold(idev);
	rt->rt6i_idev = idev;
	rt->rt6i_dst = r->from->fib6_dst;
	rt->dst.output = ip6_output;
	if (r->gw_family) {
		rt->rt6i_flags = RTF_GATEWAY;
		rt->rt6i_gateway = r->gw.in6;
	}
	rcu_assign_pointer(rt->from, r->from);
	slb_route_finish(&rt->dst, r);
	return &rt->dst;
}

/**
 * slb_route_make() - allocate a route
 * @r: result of a lookup
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 *
 * It holds its device until it is released. No list of the kernel has it, so its owner must watch
 * the device. Context: softirq, RCU.
 *
 * Return: the route with one reference, or NULL.
 */
static inline struct dst_entry *slb_route_make(const struct slb_route *r, u8 family)
{
	return family == NFPROTO_IPV4 ? slb_route_make4(r) : slb_route_make6(r);
}

static inline bool slb_route_is4(const struct slb_route *r, const struct dst_entry *dst)
{
	const struct rtable *rt = dst_rtable(dst);

	if (rt->rt_gw_family != r->gw_family)
		return false;
#ifdef CONFIG_IP_ROUTE_CLASSID
	if (dst->tclassid != r->tclassid)
		return false;
#endif
	if (r->gw_family == AF_INET6)
		return ipv6_addr_equal(&rt->rt_gw6, &r->gw.in6);
	return !r->gw_family || rt->rt_gw4 == r->gw.ip;
}

static inline bool slb_route_is6(const struct slb_route *r, const struct dst_entry *dst)
{
	const struct rt6_info *rt = dst_rt6_info(dst);

	if (!(rt->rt6i_flags & RTF_GATEWAY) != !r->gw_family ||
	    rt->rt6i_idev != __in6_dev_get(r->dev))
		return false;
	return !r->gw_family || ipv6_addr_equal(&rt->rt6i_gateway, &r->gw.in6);
}

/**
 * slb_route_is() - does a route equal the result of a lookup?
 * @r: result of the lookup
 * @dst: route from slb_route_make() of the same family
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 *
 * It holds references to device, metrics and encapsulation, so an equal pointer is the same object.
 * Context: RCU.
 *
 * Return: true when it does.
 */
static inline bool slb_route_is(const struct slb_route *r, const struct dst_entry *dst, u8 family)
{
	if (dst->dev != r->dev || dst->lwtstate != r->lwtstate ||
	    dst_metrics_ptr((struct dst_entry *)dst) != r->metrics->metrics)
		return false;
	return family == NFPROTO_IPV4 ? slb_route_is4(r, dst) : slb_route_is6(r, dst);
}

/**
 * slb_forward_mtu() - the MTU of a route
 * @dst: route from slb_route_make()
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 *
 * Context: RCU.
 *
 * Return: bytes of IP packet.
 */
static inline unsigned int slb_forward_mtu(const struct dst_entry *dst, u8 family)
{
	unsigned int metric = dst_metric_raw(dst, RTAX_MTU), mtu;
	const struct inet6_dev *idev;

	if (family == NFPROTO_IPV4) {
		mtu = min_t(unsigned int, READ_ONCE(dst->dev->mtu), IP_MAX_MTU);
	} else {
		idev = __in6_dev_get(dst->dev);
		mtu = idev ? READ_ONCE(idev->cnf.mtu6) : IPV6_MIN_MTU;
	}
	if (metric)
		mtu = min(mtu, metric);
	return mtu - lwtunnel_headroom(dst->lwtstate, mtu);
}

/**
 * slb_route_neigh() - look up the neighbour of a packet's next hop
 * @l3: the IP header of the packet
 * @dst: its route, from slb_route_make(); of IPv4, not by a next hop of IPv6
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 *
 * Context: RCU.
 *
 * Return: the neighbour, borrowed, or NULL.
 */
static __always_inline struct neighbour *slb_route_neigh(const void *l3,
							 const struct dst_entry *dst, u8 family)
{
	const struct ipv6hdr *ip6 = l3;
	const struct iphdr *ip = l3;
	const struct rtable *rt = dst_rtable(dst);

	if (family == NFPROTO_IPV4)
		return __ipv4_neigh_lookup_noref(dst->dev, (__force u32)(rt->rt_gw_family ?
									 rt->rt_gw4 : ip->daddr));
	return __ipv6_neigh_lookup_noref(dst->dev, rt6_nexthop(dst_rt6_info(dst), &ip6->daddr));
}

/* Are there IPsec policies for forwarding or output? Then packets take the ordinary path. */
static inline bool slb_route_guarded(const struct net *net)
{
#ifdef CONFIG_XFRM
	const struct netns_xfrm *xfrm = &net->xfrm;

	return READ_ONCE(xfrm->policy_count[XFRM_POLICY_FWD]) ||
	       READ_ONCE(xfrm->policy_count[XFRM_POLICY_OUT]) ||
	       READ_ONCE(xfrm->policy_default[XFRM_POLICY_FWD]) != XFRM_USERPOLICY_ACCEPT ||
	       READ_ONCE(xfrm->policy_default[XFRM_POLICY_OUT]) != XFRM_USERPOLICY_ACCEPT;
#else
	return false;
#endif
}

#endif /* _SLB_ROUTE_H */
