// SPDX-License-Identifier: GPL-2.0-only
/* Addresses in requests that conflict with the addresses and subnets of this host. */
#include <linux/inetdevice.h>
#include <net/addrconf.h>
#include <slb/host.h>

/* Longest text of an address and a prefix length. */
#define SLB_HOST_TEXT sizeof("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128")

/**
 * struct slb_host_subnet - a subnet on a device of this host
 * @first: first address, network order
 * @last: last address
 * @len: prefix length
 */
struct slb_host_subnet {
	union nf_inet_addr first;
	union nf_inet_addr last;
	u8 len;
};

/* Visits an address of a device: its subnet and itself. Return: true to stop. */
typedef bool slb_host_visit(const struct slb_host_subnet *subnet, const union nf_inet_addr *own,
			    void *data);

static void slb_host_subnet_set(struct slb_host_subnet *subnet, const void *addr, u8 len,
				u8 family)
{
	unsigned int i;

	memset(subnet, 0, sizeof(*subnet));
	memcpy(&subnet->first, addr, slb_addr_len(family));
	subnet->last = subnet->first;
	subnet->len = len;
	for (i = 0; i < slb_addr_len(family) / sizeof(__be32); i++) {
		unsigned int bits = clamp_t(int, len - i * 32, 0, 32);
		__be32 mask = inet_make_mask(bits);

		subnet->first.all[i] &= (__force u32)mask;
		subnet->last.all[i] |= (__force u32)~mask;
	}
}

static bool slb_host_visit_ipv4(const struct net_device *dev, slb_host_visit *visit, void *data)
{
	const struct in_device *in4 = __in_dev_get_rcu(dev);
	struct slb_host_subnet subnet;
	const struct in_ifaddr *ifa;

	if (!in4)
		return false;
	in_dev_for_each_ifa_rcu(ifa, in4) {
		const union nf_inet_addr own = { .ip = ifa->ifa_local };

		slb_host_subnet_set(&subnet, &ifa->ifa_address, ifa->ifa_prefixlen, NFPROTO_IPV4);
		if (visit(&subnet, &own, data))
			return true;
	}
	return false;
}

static bool slb_host_visit_ipv6(const struct net_device *dev, slb_host_visit *visit, void *data)
{
	const struct inet6_dev *in6 = __in6_dev_get(dev);
	const struct inet6_ifaddr *ifp;
	struct slb_host_subnet subnet;

	if (!in6)
		return false;
	list_for_each_entry_rcu(ifp, &in6->addr_list, if_list) {
		const union nf_inet_addr own = { .in6 = ifp->addr };
		const struct in6_addr *addr = ipv6_addr_any(&ifp->peer_addr) ? &ifp->addr :
									       &ifp->peer_addr;

		slb_host_subnet_set(&subnet, addr, ifp->prefix_len, NFPROTO_IPV6);
		if (visit(&subnet, &own, data))
			return true;
	}
	return false;
}

/* Call @visit for each address of a device. Context: RCU. Return: true when it has stopped. */
static bool slb_host_visit_dev(const struct net_device *dev, u8 family, slb_host_visit *visit,
			       void *data)
{
	return family == NFPROTO_IPV4 ? slb_host_visit_ipv4(dev, visit, data) :
					slb_host_visit_ipv6(dev, visit, data);
}

static const char *slb_host_print(char *text, const union nf_inet_addr *addr, u8 family)
{
	snprintf(text, SLB_HOST_TEXT, family == NFPROTO_IPV4 ? "%pI4" : "%pI6c", addr);
	return text;
}

/**
 * struct slb_host_query - a range that is compared with the addresses of a device
 * @first: first address of the range, network order
 * @last: last address
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @subnets: the number of subnets of the link's own device
 * @len: the longest prefix of those that contain the range, 0 without one
 * @found: the address or the first address of the subnet that was found
 * @found_len: its prefix length
 */
struct slb_host_query {
	const union nf_inet_addr *first;
	const union nf_inet_addr *last;
	u8 family;
	unsigned int subnets;
	u8 len;
	union nf_inet_addr found;
	u8 found_len;
};

static bool slb_host_in_range(const struct slb_host_subnet *subnet, const union nf_inet_addr *own,
			      void *data)
{
	struct slb_host_query *query = data;

	query->found = *own;
	return slb_addr_cmp(query->first, own, query->family) <= 0 &&
	       slb_addr_cmp(own, query->last, query->family) <= 0;
}

/* Message: the host has @addr on @dev. */
static void slb_host_own_text(const union nf_inet_addr *addr, u8 family,
			      const struct net_device *dev, struct netlink_ext_ack *extack)
{
	char text[SLB_HOST_TEXT];

	NL_SET_ERR_MSG_FMT(extack, "this host itself has %s on %s",
			   slb_host_print(text, addr, family), dev->name);
}

/**
 * slb_host_own_range() - does this host have an address of a range on one of its devices?
 * @net: namespace; all its VRFs count
 * @first: first address, network order
 * @last: last address
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @extack: names address and device; a warning when the request succeeds
 *
 * Context: process.
 *
 * Return: true when it does.
 */
bool slb_host_own_range(struct net *net, const union nf_inet_addr *first,
			const union nf_inet_addr *last, u8 family, struct netlink_ext_ack *extack)
{
	struct slb_host_query query = { .first = first, .last = last, .family = family };
	const struct net_device *dev;
	bool own = false;

	rcu_read_lock();
	for_each_netdev_rcu(net, dev) {
		own = slb_host_visit_dev(dev, family, slb_host_in_range, &query);
		if (!own)
			continue;
		slb_host_own_text(&query.found, family, dev, extack);
		break;
	}
	rcu_read_unlock();
	return own;
}

/**
 * slb_host_own_addr() - warn when this host itself has a virtual address or that of a server
 * @net: namespace
 * @addr: the address, network order
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @extack: names the device; a warning when the request succeeds
 *
 * On a loopback or VRF device there is no warning: routing daemons want virtual addresses there.
 * Context: process.
 */
void slb_host_own_addr(struct net *net, const union nf_inet_addr *addr, u8 family,
		       struct netlink_ext_ack *extack)
{
	const struct net_device *dev = NULL;

	rcu_read_lock();
	if (family == NFPROTO_IPV4)
		dev = __ip_dev_find(net, addr->ip, false);
	else if (ipv6_mod_enabled())
		dev = ipv6_dev_find(net, &addr->in6, NULL);
	if (dev && !(dev->flags & IFF_LOOPBACK) && !netif_is_l3_master(dev))
		slb_host_own_text(addr, family, dev, extack);
	rcu_read_unlock();
}

/* A prefix of length 0 is no subnet. */
static bool slb_host_contains(const struct slb_host_subnet *subnet, const union nf_inet_addr *own,
			      void *data)
{
	struct slb_host_query *query = data;

	query->subnets += !!subnet->len;
	if (slb_addr_cmp(&subnet->first, query->first, query->family) <= 0 &&
	    slb_addr_cmp(query->last, &subnet->last, query->family) <= 0)
		query->len = max(query->len, subnet->len);
	return false;
}

static bool slb_host_overlaps(const struct slb_host_subnet *subnet, const union nf_inet_addr *own,
			      void *data)
{
	struct slb_host_query *query = data;

	query->found = subnet->first;
	query->found_len = subnet->len;
	return subnet->len > query->len &&
	       slb_addr_cmp(&subnet->first, query->last, query->family) <= 0 &&
	       slb_addr_cmp(query->first, &subnet->last, query->family) <= 0;
}

/* Do hosts live in the subnets of a device? Addresses of other devices only announce a prefix. */
static bool slb_host_has_neighbours(const struct net_device *dev)
{
	if (dev->flags & IFF_LOOPBACK || netif_is_l3_master(dev))
		return false;
	return !(dev->flags & IFF_NOARP) || dev->flags & IFF_POINTOPOINT;
}

/**
 * slb_host_other_subnet() - does a link's range overlap a subnet of another device?
 * @net: namespace; all its VRFs count
 * @link_dev: name of the link's device, which need not exist
 * @first: first address of the range, network order
 * @last: last address
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @extack: names subnet and device
 *
 * Packets to an address of the range go over the link, so the hosts of such a subnet would lose
 * theirs. A subnet of the link's own device that contains the range has precedence over a larger
 * one elsewhere, as in routing.
 *
 * Context: process.
 *
 * Return: true when it does.
 */
bool slb_host_other_subnet(struct net *net, const char *link_dev, const union nf_inet_addr *first,
			   const union nf_inet_addr *last, u8 family,
			   struct netlink_ext_ack *extack)
{
	struct slb_host_query query = { .first = first, .last = last, .family = family };
	const struct net_device *dev;
	char text[SLB_HOST_TEXT];
	bool overlaps = false;

	rcu_read_lock();
	dev = dev_get_by_name_rcu(net, link_dev);
	if (dev)
		slb_host_visit_dev(dev, family, slb_host_contains, &query);
	for_each_netdev_rcu(net, dev) {
		if (!strcmp(dev->name, link_dev) || !slb_host_has_neighbours(dev))
			continue;
		overlaps = slb_host_visit_dev(dev, family, slb_host_overlaps, &query);
		if (!overlaps)
			continue;
		NL_SET_ERR_MSG_FMT(extack, "%s/%u on %s overlaps the range",
				   slb_host_print(text, &query.found, family), query.found_len,
				   dev->name);
		break;
	}
	rcu_read_unlock();
	return overlaps;
}

/**
 * slb_host_odd_via() - warn about a next hop that can hardly be right
 * @net: namespace
 * @link_dev: name of the link's device, which need not exist
 * @addr: the next hop, network order
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @extack: gets the warning
 *
 * It is an address of this host, or the device has subnets but none contains it.
 *
 * Context: process.
 *
 * Return: true when there is a warning.
 */
bool slb_host_odd_via(struct net *net, const char *link_dev, const union nf_inet_addr *addr,
		      u8 family, struct netlink_ext_ack *extack)
{
	struct slb_host_query query = { .first = addr, .last = addr, .family = family };
	const struct net_device *dev;
	char text[SLB_HOST_TEXT];
	bool odd;

	if (slb_host_own_range(net, addr, addr, family, extack))
		return true;
	rcu_read_lock();
	dev = dev_get_by_name_rcu(net, link_dev);
	if (dev)
		slb_host_visit_dev(dev, family, slb_host_contains, &query);
	odd = query.subnets && !query.len;
	if (odd)
		NL_SET_ERR_MSG_FMT(extack, "the next hop %s is in no subnet of %s",
				   slb_host_print(text, addr, family), dev->name);
	rcu_read_unlock();
	return odd;
}
