/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets before they become an skb: what the XDP functions of both modules share.
 *
 * A BPF program on a device calls the function of a module for each packet (tools/slbctl/xdp.c).
 * The function either translates a packet of a known flow and says where it goes, or changes
 * nothing and passes it.
 */
#ifndef _SLB_XDP_H
#define _SLB_XDP_H

#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/btf_ids.h>
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/netdevice.h>
#include <net/neighbour.h>
#include <net/rtnetlink.h>
#include <net/xdp.h>
#include <linux/slb_xdp.h>
#include <slb/fast_parse.h>

/* Bytes in the first piece of a packet from its IP header on; the Ethernet header is there. */
static __always_inline unsigned int slb_xdp_len(const struct xdp_buff *xdp)
{
	return xdp->data_end - xdp->data - ETH_HLEN;
}

/* Are the Ethernet header and the IP header of a family there? */
static __always_inline bool slb_xdp_has_addr(const struct xdp_buff *xdp, u8 family)
{
	return likely(xdp->data + ETH_HLEN + slb_fast_pkt_l3_len(family) <= xdp->data_end);
}

/**
 * slb_xdp_parse() - parse a packet that has nothing unusual, as slb_fast_parse() does
 * @xdp: the packet; slb_xdp_has_addr() is true
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6, by its EtherType
 * @p: filled
 *
 * It has come in one piece to the address of the device. Padding stays behind it.
 *
 * Return: its length in bytes from the IP header on, or 0 when it is unusual or not sound.
 */
static __always_inline unsigned int slb_xdp_parse(const struct xdp_buff *xdp, u8 family,
						  struct slb_fast_pkt *p)
{
	const struct ethhdr *eth = xdp->data;

	if (unlikely(!ether_addr_equal(eth->h_dest, xdp->rxq->dev->dev_addr) ||
		     xdp_buff_has_frags((struct xdp_buff *)xdp)))
		return 0;
	return slb_fast_read(eth + 1, slb_xdp_len(xdp), family, p);
}

/*
 * States of a neighbour whose address can be used, and nothing else has to be done: it is known, or
 * it is being asked again already. A packet to one that is stale is passed, which begins that.
 */
#define SLB_XDP_NUD	(NUD_CONNECTED | NUD_DELAY | NUD_PROBE)

/*
 * Can a packet go to a neighbour from here? @mtu: bytes of IP packet that go through, not more than
 * the device takes: a packet with padding that is longer is passed, too.
 */
static __always_inline bool slb_xdp_fits(const struct xdp_buff *xdp, const struct neighbour *neigh,
					 u32 mtu)
{
	return likely(READ_ONCE(neigh->nud_state) & SLB_XDP_NUD &&
		      /* pairs with eth_header_cache(), which writes the header before its length */
		      smp_load_acquire(&neigh->hh.hh_len) == ETH_HLEN && slb_xdp_len(xdp) <= mtu &&
		      slb_compat_xdp_features(neigh->dev) & NETDEV_XDP_ACT_NDO_XMIT);
}

/**
 * slb_xdp_send() - write the link-layer header of a neighbour, and say where the packet goes
 * @xdp: the packet, which slb_xdp_fits()
 * @neigh: the next hop
 * @tx: slb_xdp_can_tx() of the device that it came from
 *
 * Return: XDP_TX, or SLB_XDP_REDIRECT and the index of the device.
 */
static __always_inline int slb_xdp_send(struct xdp_buff *xdp, const struct neighbour *neigh,
					bool tx)
{
	const struct hh_cache *hh = &neigh->hh;
	const u8 *header = (const u8 *)hh->hh_data + HH_DATA_OFF(ETH_HLEN);
	unsigned int seq;

	do {
		seq = read_seqbegin(&hh->hh_lock);
		memcpy(xdp->data, header, ETH_HLEN);
	} while (read_seqretry(&hh->hh_lock, seq));
	return tx && neigh->dev == xdp->rxq->dev ? XDP_TX :
						   SLB_XDP_REDIRECT + neigh->dev->ifindex;
}

/*
 * Can a device send a packet back by XDP_TX? A veth wakes up its peer only when that has a program,
 * too; a packet that is redirected to it has no such condition. Context: RTNL.
 */
static inline bool slb_xdp_can_tx(const struct net_device *dev)
{
	return !dev->rtnl_link_ops || strcmp(dev->rtnl_link_ops->kind, "veth");
}

/*
 * Does a device have VLAN devices above it and strip their tags? A program does not see such a tag,
 * so it would take a packet of a VLAN for one of the device itself. Context: RTNL or RCU.
 */
static inline bool slb_xdp_strips_tags(struct net_device *dev)
{
	struct net_device *upper;
	struct list_head *iter;
	bool found = false;

	if (!(dev->features & NETIF_F_HW_VLAN_CTAG_RX))
		return false;
	rcu_read_lock();
	netdev_for_each_upper_dev_rcu(dev, upper, iter)
		found |= is_vlan_dev(upper);
	rcu_read_unlock();
	return found;
}

/**
 * slb_xdp_check() - can packets of a device be handled at XDP?
 * @net: namespace of the device
 * @name: its name; it need not exist
 * @attr: attribute of the request that asks for it
 * @extack: says why they cannot
 *
 * Whether the driver takes a program is found out when one is attached. Context: process.
 *
 * Return: 0 or -EOPNOTSUPP.
 */
static inline int slb_xdp_check(struct net *net, const char *name, const struct nlattr *attr,
				struct netlink_ext_ack *extack)
{
	struct net_device *dev;
	bool strips;

	rtnl_lock();
	dev = __dev_get_by_name(net, name);
	strips = dev && slb_xdp_strips_tags(dev);
	rtnl_unlock();
	if (!strips)
		return 0;
	NL_SET_ERR_MSG_ATTR_FMT(extack, attr,
				"%s has VLANs and strips their tags (ethtool -K %s rxvlan off)",
				name, name);
	return -EOPNOTSUPP;
}

#endif /* _SLB_XDP_H */
