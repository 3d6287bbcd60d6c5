/* SPDX-License-Identifier: GPL-2.0-only */
/* Source addresses of probes. */
#ifndef _SLB_PROBE_SOURCE_H
#define _SLB_PROBE_SOURCE_H

#include <linux/inetdevice.h>
#include <net/addrconf.h>

/*
 * Can this host send to @to? @self: our address that the far end sends to, or 0; @probes: probes
 * are sent, so a source address is needed. It need not be on the device. Context: RCU.
 */
static bool slb_probe_sends4(struct net *net, int ifindex, __be32 self, __be32 to, bool probes)
{
	struct net_device *dev = dev_get_by_index_rcu(net, ifindex);

	if (!dev || !__in_dev_get_rcu(dev))
		return false;
	if (self)
		return __ip_dev_find(net, self, false);
	return !probes || inet_select_addr(dev, to, RT_SCOPE_LINK);
}

static bool slb_probe_is_source6(const struct inet6_ifaddr *ifp)
{
	u32 flags = READ_ONCE(ifp->flags);

	return !(flags & IFA_F_DADFAILED) &&
	       (flags & (IFA_F_TENTATIVE | IFA_F_OPTIMISTIC)) != IFA_F_TENTATIVE;
}

/* The same for IPv6: it must be on, and neighbour discovery needs an address on the device. */
static bool slb_probe_sends6(struct net *net, int ifindex, const struct in6_addr *self, bool probes)
{
	struct net_device *dev = dev_get_by_index_rcu(net, ifindex);
	const struct inet6_dev *idev = dev ? __in6_dev_get(dev) : NULL;
	const struct inet6_ifaddr *ifp;

	if (!idev || READ_ONCE(idev->cnf.disable_ipv6))
		return false;
	if (!ipv6_addr_any(self))
		return ipv6_chk_addr(net, self, dev, 0);
	if (!probes)
		return true;
	list_for_each_entry_rcu(ifp, &idev->addr_list, if_list)
		if (slb_probe_is_source6(ifp))
			return true;
	return false;
}

/*
 * Select a source address: the @nth of our addresses on the device in the subnet of @to, counted
 * from 1 and wrapping; 0 for the address that the route selects. Context: RCU.
 */
static __be32 slb_probe_source4(struct net *net, int ifindex, __be32 to, unsigned int nth)
{
	struct net_device *dev = dev_get_by_index_rcu(net, ifindex);
	const struct in_device *in_dev = dev ? __in_dev_get_rcu(dev) : NULL;
	const struct in_ifaddr *ifa;
	unsigned int n = 0;

	if (!in_dev)
		return 0;
	in_dev_for_each_ifa_rcu(ifa, in_dev)
		n += inet_ifa_match(to, ifa);
	nth %= n + 1;
	in_dev_for_each_ifa_rcu(ifa, in_dev)
		if (nth && inet_ifa_match(to, ifa) && !--nth)
			return ifa->ifa_local;
	return 0;
}

/* Can it be a source address, and is it in the subnet of @to? */
static bool slb_probe_near6(const struct inet6_ifaddr *ifp, const struct in6_addr *to)
{
	return slb_probe_is_source6(ifp) &&
	       ipv6_prefix_equal(&ifp->addr, to, ifp->prefix_len);
}

static struct in6_addr slb_probe_source6(struct net *net, int ifindex, const struct in6_addr *to,
					 unsigned int nth)
{
	struct net_device *dev = dev_get_by_index_rcu(net, ifindex);
	const struct inet6_dev *idev = dev ? __in6_dev_get(dev) : NULL;
	const struct inet6_ifaddr *ifp;
	unsigned int n = 0;

	if (!idev)
		return in6addr_any;
	list_for_each_entry_rcu(ifp, &idev->addr_list, if_list)
		n += slb_probe_near6(ifp, to);
	nth %= n + 1;
	list_for_each_entry_rcu(ifp, &idev->addr_list, if_list)
		if (nth && slb_probe_near6(ifp, to) && !--nth)
			return ifp->addr;
	return in6addr_any;
}

#endif /* _SLB_PROBE_SOURCE_H */
