/* SPDX-License-Identifier: GPL-2.0-only */
/* What a bridge of this host shows to IP's hooks, by br_netfilter, on its way to another host. */
#ifndef _SLB_BRIDGE_H
#define _SLB_BRIDGE_H

#include <linux/etherdevice.h>
#include <linux/netdevice.h>
#include <linux/netfilter_bridge.h>

/* Is the frame for a device on top of the bridge, say a macvlan? Context: RCU. */
static inline bool slb_bridge_hands_up(const struct sk_buff *skb)
{
	const struct netdev_hw_addr *addr;

	list_for_each_entry_rcu(addr, &skb->dev->uc.list, list)
		if (ether_addr_equal(addr->addr, eth_hdr(skb)->h_dest))
			return true;
	return false;
}

/**
 * slb_bridge_passes() - is a packet at PRE_ROUTING on its way through a bridge, past this host?
 * @skb: the packet
 *
 * IP gives no frame for another host to its hooks; br_netfilter does, as one for this host, and
 * remembers what it was. A frame that the bridge will hand up is looked at here and not again, also
 * one for an address that somebody else has asked the bridge to listen to. Context: RCU.
 *
 * Return: true when it is none of ours, whatever its addresses are.
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
