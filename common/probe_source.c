// SPDX-License-Identifier: GPL-2.0-only
/* Source addresses of probes. */
#include <linux/inetdevice.h>
#include <net/addrconf.h>
#include <slb/probe_source.h>

/**
 * slb_probe_sends4() - can this host send to a next hop?
 * @net: namespace
 * @ifindex: device of the link
 * @self: our address that the far end sends to, network order, or 0; it need not be on the device
 * @to: the next hop, network order
 * @probes: probes are sent, so a source address is needed
 *
 * Context: RCU.
 *
 * Return: true when it can.
 */
bool slb_probe_sends4(struct net *net, int ifindex, __be32 self, __be32 to, bool probes)
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

/**
 * slb_probe_sends6() - can this host send to a next hop of IPv6?
 * @net: namespace
 * @ifindex: device of the link; IPv6 must be on there
 * @self: our address that the far end sends to, or ::
 * @probes: probes are sent, so neighbour discovery needs an address on the device
 *
 * Context: RCU.
 *
 * Return: true when it can.
 */
bool slb_probe_sends6(struct net *net, int ifindex, const struct in6_addr *self, bool probes)
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

/**
 * slb_probe_source4() - select a source address
 * @net: namespace
 * @ifindex: device of the link
 * @to: the next hop, network order
 * @nth: which of our addresses on the device in the subnet of @to, from 1 and wrapping; 0: the one
 *	that the route selects
 *
 * Context: RCU.
 *
 * Return: the address, network order, or 0 for that of the route.
 */
__be32 slb_probe_source4(struct net *net, int ifindex, __be32 to, unsigned int nth)
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
static bool slb_probe_in_subnet6(const struct inet6_ifaddr *ifp, const struct in6_addr *to)
{
	return slb_probe_is_source6(ifp) &&
	       ipv6_prefix_equal(&ifp->addr, to, ifp->prefix_len);
}

/**
 * slb_probe_source6() - select a source address of IPv6
 * @net: namespace
 * @ifindex: device of the link
 * @to: the next hop
 * @nth: as for slb_probe_source4()
 *
 * Context: RCU.
 *
 * Return: the address, or :: for that of the route.
 */
struct in6_addr slb_probe_source6(struct net *net, int ifindex, const struct in6_addr *to,
				  unsigned int nth)
{
	struct net_device *dev = dev_get_by_index_rcu(net, ifindex);
	const struct inet6_dev *idev = dev ? __in6_dev_get(dev) : NULL;
	const struct inet6_ifaddr *ifp;
	unsigned int n = 0;

	if (!idev)
		return in6addr_any;
	list_for_each_entry_rcu(ifp, &idev->addr_list, if_list)
		n += slb_probe_in_subnet6(ifp, to);
	nth %= n + 1;
	list_for_each_entry_rcu(ifp, &idev->addr_list, if_list)
		if (nth && slb_probe_in_subnet6(ifp, to) && !--nth)
			return ifp->addr;
	return in6addr_any;
}
