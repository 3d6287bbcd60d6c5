/* SPDX-License-Identifier: GPL-2.0-only */
/* The last steps of the fast path: check size and headroom, make the packet writable, send it. */
#ifndef _SLB_FAST_H
#define _SLB_FAST_H

#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <net/addrconf.h>
#include <net/gso.h>
#include <net/ip.h>
#include <net/netfilter/nf_conntrack.h>
#include <slb/forward.h>
#include <slb/nexthop.h>

/**
 * slb_fast_fits_in() - can a packet be sent without fragmentation or reallocation?
 * @skb: the packet, its IP header at skb->data
 * @room: bytes that the device needs in front of it
 * @mtu: bytes of IP packet that go through
 *
 * For a GSO packet the size of its segments counts. A packet that a device has merged by LRO cannot
 * be forwarded.
 *
 * Return: true when it can.
 */
static __always_inline bool slb_fast_fits_in(const struct sk_buff *skb, u32 room, u32 mtu)
{
	/* slb_fast_ethernet() always writes HH_DATA_MOD bytes */
	if (unlikely(skb_headroom(skb) < max_t(u32, room, HH_DATA_MOD)))
		return false;
	if (skb_is_gso(skb))
		return skb_shinfo(skb)->gso_type &&
		       (skb->len <= mtu || skb_gso_validate_network_len(skb, mtu));
	return likely(skb->len <= mtu);
}

/* slb_fast_fits_in() for the neighbour of a link. */
static __always_inline bool slb_fast_fits(const struct sk_buff *skb,
					  const struct slb_egress *egress,
					  u32 mtu)
{
	return slb_fast_fits_in(skb, READ_ONCE(egress->room), mtu);
}

/* Make the first @len bytes of the packet writable. False without memory. */
static __always_inline bool slb_fast_writable(struct sk_buff *skb, unsigned int len)
{
	if (likely(!skb_cloned(skb) || skb_clone_writable(skb, len)))
		return true;
	return !skb_shared(skb) && !pskb_expand_head(skb, 0, 0, GFP_ATOMIC);
}

/* Does the device accept IPv6 packets? */
static inline bool slb_fast_has_ipv6(const struct net_device *dev)
{
	const struct inet6_dev *idev = __in6_dev_get(dev);

	return idev && !READ_ONCE(idev->cnf.disable_ipv6);
}

/* Prepare the packet for output as IP forwarding does, and remove its conntrack entry. */
static __always_inline void slb_fast_route(struct sk_buff *skb, u8 family, struct dst_entry *dst)
{
	skb_orphan(skb);
	skb_forward_csum(skb);
	skb_clear_tstamp(skb);
	nf_reset_ct(skb);
	skb_dst_drop(skb);
	skb_dst_set_noref(skb, dst);
	/* clear what the device has left in the control block */
	if (family == NFPROTO_IPV4)
		*IPCB(skb) = (struct inet_skb_parm) { .iif = skb->skb_iif,
						      .flags = IPSKB_FORWARDED };
	else
		*IP6CB(skb) = (struct inet6_skb_parm) { .iif = skb->skb_iif,
							.flags = IP6SKB_FORWARDED };
	if (family == NFPROTO_IPV4)
		skb->priority = rt_tos2priority(((const struct iphdr *)skb->data)->tos);
}

/*
 * Prepend the cached link-layer header of a neighbour, as neigh_output() does, but for Ethernet
 * only. The packet has HH_DATA_MOD bytes of headroom. False when the neighbour has no such header.
 */
static __always_inline bool slb_fast_ethernet(struct sk_buff *skb, const struct neighbour *neigh)
{
	const struct hh_cache *hh = &neigh->hh;
	/* pairs with eth_header_cache(), which writes the header before its length */
	unsigned int len = smp_load_acquire(&hh->hh_len);
	unsigned int seq;

	if (unlikely(!(READ_ONCE(neigh->nud_state) & NUD_CONNECTED) || len != ETH_HLEN))
		return false;
	do {
		seq = read_seqbegin(&hh->hh_lock);
		/* copy whole words, including two bytes before the header that are not sent */
		memcpy(skb->data - HH_DATA_MOD, hh->hh_data, HH_DATA_MOD);
	} while (read_seqretry(&hh->hh_lock, seq));
	__skb_push(skb, ETH_HLEN);
	return true;
}

/**
 * slb_fast_send() - send a packet to a neighbour, bypassing routing and all chains
 * @skb: the packet, checked by slb_fast_fits(); consumed
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @dst: the route, borrowed; some devices read it
 * @neigh: the next hop
 *
 * Context: softirq, RCU.
 */
static __always_inline void slb_fast_send(struct sk_buff *skb, u8 family, struct dst_entry *dst,
					  struct neighbour *neigh)
{
	slb_fast_route(skb, family, dst);
	skb->dev = neigh->dev;
	if (likely(slb_fast_ethernet(skb, neigh)))
		dev_queue_xmit(skb);
	else
		neigh_output(neigh, skb, false);
}

/**
 * slb_fast_ask() - send a packet to a neighbour through the FORWARD and POSTROUTING chains
 * @net: namespace
 * @skb: the packet; consumed
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @dst: the route, borrowed
 * @neigh: the next hop
 * @mtu: bytes of IP packet that go through
 *
 * Context: softirq, RCU.
 *
 * Return: the result of sending.
 */
static inline enum slb_sent slb_fast_ask(struct net *net, struct sk_buff *skb, u8 family,
					 struct dst_entry *dst, struct neighbour *neigh, u32 mtu)
{
	struct net_device *in = skb->dev;
	int verdict;

	slb_fast_route(skb, family, dst);
	nf_ct_set(skb, NULL, IP_CT_UNTRACKED);
	verdict = slb_forward_chain(net, skb, family, in, dst);
	if (likely(verdict == 1))
		verdict = slb_forward_postrouting(net, skb, family, in, dst);
	if (unlikely(verdict != 1))
		return slb_forward_kept(verdict);
	if (unlikely(skb->len > mtu || skb_dst(skb) != dst))
		/* a rule has changed its length or route, or it is a GSO packet */
		dst_output(net, NULL, skb);
	else if (likely(skb_headroom(skb) >= HH_DATA_MOD && slb_fast_ethernet(skb, neigh)))
		dev_queue_xmit(skb);
	else
		neigh_output(neigh, skb, false);
	return SLB_SENT_PASSED;
}

#endif /* _SLB_FAST_H */
