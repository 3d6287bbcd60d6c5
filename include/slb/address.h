/* SPDX-License-Identifier: GPL-2.0-only */
/* Checks of addresses and devices in requests: the same rules and texts in both modules. */
#ifndef _SLB_ADDRESS_H
#define _SLB_ADDRESS_H

#include <net/addrconf.h>
#include <net/genetlink.h>
#include <net/ipv6.h>
#include <net/rtnetlink.h>
#include <slb/flow.h>

/**
 * slb_conf_addr_kind() - why an address is not the unicast address of a host
 * @addr: the address, network order
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 *
 * Return: the name of its kind, for a text; NULL when it is the address of one host.
 */
static inline const char *slb_conf_addr_kind(const union nf_inet_addr *addr, u8 family)
{
	int type;

	if (family == NFPROTO_IPV4)
		return !(addr->ip & htonl(0xff000000)) ? "in 0.0.0.0/8" :
		       ipv4_is_loopback(addr->ip) ? "loopback" :
		       ipv4_is_multicast(addr->ip) ? "multicast" :
		       ipv4_is_lbcast(addr->ip) ? "broadcast" : NULL;
	type = ipv6_addr_type(&addr->in6);
	/* first: ipv6_addr_type() of a multicast address may also have the link-local bit */
	return type == IPV6_ADDR_ANY ? "::" :
	       type & IPV6_ADDR_MULTICAST ? "multicast" :
	       type & IPV6_ADDR_LOOPBACK ? "loopback" :
	       type & IPV6_ADDR_SITELOCAL ? "site-local" :
	       type & IPV6_ADDR_MAPPED ? "IPv4-mapped" :
	       !(addr->all[0] | addr->all[1] | addr->all[2]) ? "IPv4-compatible" : NULL;
}

/* Is an address valid on one link only? */
static inline bool slb_conf_addr_linklocal(const union nf_inet_addr *addr, u8 family)
{
	if (family == NFPROTO_IPV4)
		return ipv4_is_linklocal_169(addr->ip);
	return ipv6_addr_type(&addr->in6) & IPV6_ADDR_LINKLOCAL;
}

/**
 * slb_conf_addr() - refuse an address that routers do not forward to
 * @attr: attribute with the address, or NULL; for the message
 * @addr: the address, network order
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @what: what it belongs to, for the text; at most 25 characters
 * @extack: gets the text
 *
 * Return: 0 or -EINVAL.
 */
static inline int slb_conf_addr(const struct nlattr *attr, const union nf_inet_addr *addr,
				u8 family, const char *what, struct netlink_ext_ack *extack)
{
	const char *kind = slb_conf_addr_kind(addr, family);

	if (!kind && slb_conf_addr_linklocal(addr, family))
		kind = "link-local";
	if (!kind)
		return 0;
	NL_SET_ERR_MSG_ATTR_FMT(extack, attr, "%s must be a routed unicast address, not %s",
				what, kind);
	return -EINVAL;
}

/**
 * slb_conf_via() - refuse a next hop that is not a unicast address
 * @attr: attribute with the address, or NULL; for the message
 * @via: address of the next hop, network order
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @extack: gets the text
 *
 * A next hop is on the same link, so link-local addresses are valid.
 *
 * Return: 0 or -EINVAL.
 */
static inline int slb_conf_via(const struct nlattr *attr, const union nf_inet_addr *via, u8 family,
			       struct netlink_ext_ack *extack)
{
	const char *kind = slb_conf_addr_kind(via, family);

	if (!kind)
		return 0;
	NL_SET_ERR_MSG_ATTR_FMT(extack, attr,
				"the next hop (via) must be a unicast address, not %s", kind);
	return -EINVAL;
}

/* Number of addresses from @first to @last; 0 when reversed or not in one /96. */
static inline u64 slb_conf_range_size(const union nf_inet_addr *first,
				      const union nf_inet_addr *last, u8 family)
{
	if (slb_addr_cmp(first, last, family) > 0)
		return 0;
	if (family == NFPROTO_IPV4)
		return (u64)ntohl(last->ip) - ntohl(first->ip) + 1;
	if (memcmp(first, last, offsetof(struct in6_addr, s6_addr32[3])))
		return 0;
	return (u64)ntohl(last->ip6[3]) - ntohl(first->ip6[3]) + 1;
}

/**
 * slb_conf_range() - refuse a range of addresses that is invalid or too large
 * @attr: attribute with the first or the last address, or NULL; for the message
 * @first: first address, network order
 * @last: last address
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @max: largest number of addresses; so small that no block of other addresses lies inside
 * @extack: gets the text
 *
 * Return: the number of addresses, or -EINVAL.
 */
static inline int slb_conf_range(const struct nlattr *attr, const union nf_inet_addr *first,
				 const union nf_inet_addr *last, u8 family, u32 max,
				 struct netlink_ext_ack *extack)
{
	u64 size = slb_conf_range_size(first, last, family);

	if (slb_conf_addr(attr, first, family, "an address of the range", extack) ||
	    slb_conf_addr(attr, last, family, "an address of the range", extack))
		return -EINVAL;
	if (size && size <= max)
		return size;
	if (slb_addr_cmp(first, last, family) > 0)
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "the last address of the range is below the first one");
	else
		NL_SET_ERR_MSG_ATTR_FMT(extack, attr,
					"a range has at most %u addresses, of IPv6 all in one /96",
					max);
	return -EINVAL;
}

/*
 * Why a link cannot use a device, or NULL. An ipvlan device receives only packets to its own
 * addresses: probes, but not packets to clients and servers on a relay, or to VIPs and local
 * addresses on a balancer.
 */
static inline const char *slb_conf_dev_wrong(const struct net_device *dev)
{
	if (dev->flags & IFF_LOOPBACK)
		return "a loopback device cannot be a link: it has no other end";
	if (dev->rtnl_link_ops && !strcmp(dev->rtnl_link_ops->kind, "ipvlan"))
		return "an ipvlan device is no link: it takes no packets to others (use macvlan)";
	return NULL;
}

/**
 * slb_conf_dev() - set the device of a link
 * @net: namespace of the device
 * @attr: attribute with its name
 * @name: where to put it, IFNAMSIZ bytes
 * @extack: gets the text
 *
 * The device need not exist yet. Context: process.
 *
 * Return: 0 or -EINVAL.
 */
static inline int slb_conf_dev(struct net *net, const struct nlattr *attr, char *name,
			       struct netlink_ext_ack *extack)
{
	const char *wrong = NULL;
	const struct net_device *dev;

	if (!dev_valid_name(nla_data(attr))) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "invalid device name");
		return -EINVAL;
	}
	rcu_read_lock();
	dev = dev_get_by_name_rcu(net, nla_data(attr));
	if (dev)
		wrong = slb_conf_dev_wrong(dev);
	rcu_read_unlock();
	if (wrong) {
		NL_SET_ERR_MSG_ATTR_FMT(extack, attr, "%s", wrong);
		return -EINVAL;
	}
	strscpy(name, nla_data(attr), IFNAMSIZ);
	return 0;
}

#endif /* _SLB_ADDRESS_H */
