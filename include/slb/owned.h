/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses that the host itself has: it receives packets that belong to no VIP and session. */
#ifndef _SLB_OWNED_H
#define _SLB_OWNED_H

#include <linux/inetdevice.h>
#include <net/addrconf.h>
#include <net/route.h>
#include <slb/flow.h>

/**
 * slb_host_owns() - does this host have an address?
 * @net: namespace
 * @dev: device that the packet came in by; if it is in a VRF, the addresses of that VRF count
 * @addr: address, network order
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 *
 * Context: softirq, RCU.
 *
 * Return: true when it is.
 */
static inline bool slb_host_owns(struct net *net, const struct net_device *dev,
				 const union nf_inet_addr *addr, u8 family)
{
	if (family == NFPROTO_IPV4)
		return inet_addr_type_dev_table(net, dev, addr->ip) == RTN_LOCAL;
	return ipv6_chk_addr(net, &addr->in6, dev, 0);
}

#endif /* _SLB_OWNED_H */
