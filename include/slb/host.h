/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses in requests that conflict with the addresses and subnets of this host. */
#ifndef _SLB_HOST_H
#define _SLB_HOST_H

#include <net/genetlink.h>
#include <slb/flow.h>

bool slb_host_own_range(struct net *net, const union nf_inet_addr *first,
			const union nf_inet_addr *last, u8 family, struct netlink_ext_ack *extack);
void slb_host_own_addr(struct net *net, const union nf_inet_addr *addr, u8 family,
		       struct netlink_ext_ack *extack);
bool slb_host_other_subnet(struct net *net, const char *link_dev, const union nf_inet_addr *first,
			   const union nf_inet_addr *last, u8 family,
			   struct netlink_ext_ack *extack);
bool slb_host_odd_via(struct net *net, const char *link_dev, const union nf_inet_addr *addr,
		      u8 family, struct netlink_ext_ack *extack);

#endif /* _SLB_HOST_H */
