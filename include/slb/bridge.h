/* SPDX-License-Identifier: GPL-2.0-only */
/* Bridged packets that br_netfilter shows to the IP hooks. */
#ifndef _SLB_BRIDGE_H
#define _SLB_BRIDGE_H

#include <linux/etherdevice.h>
#include <linux/netdevice.h>
#include <linux/netfilter_bridge.h>

/* Is the frame for a device on top of the bridge, for example a macvlan? Context: RCU. */
static inline bool slb_bridge_hands_up(const struct sk_buff *skb)
{
	const struct netdev_hw_addr *addr;

	list_for_each_entry_rcu(addr, &skb->dev->uc.list, list)
		if (ether_addr_equal(addr->addr, eth_hdr(skb)->h_dest))
			return true;
	return false;
}

/**
 * slb_bridge_passes() - is a packet at PRE_ROUTING only bridged, for another host?
 * @skb: the packet
 *
 * br_netfilter marks such a frame as one for this host and remembers its real type. A frame that
 * the bridge passes up to this host is seen here and not again, even when it is for an address of
 * a device on top of the bridge. Context: RCU.
 *
 * Return: true when the packet is not ours, whatever its addresses are.
 */
static inline bool slb_bridge_passes(const struct sk_buff *skb)
{
#if IS_ENABLED(CONFIG_BRIDGE_NETFILTER)
	const struct nf_bridge_info *info = nf_bridge_info_get(skb);

	return unlikely(info) && info->pkt_otherhost && !slb_bridge_hands_up(skb);
#else
	return false;
#endif
}

#endif /* _SLB_BRIDGE_H */
