/* SPDX-License-Identifier: GPL-2.0-only */
/* Forward a packet as a router does: checks, TTL, MTU, FORWARD and POSTROUTING chains, output. */
#ifndef _SLB_FORWARD_H
#define _SLB_FORWARD_H

#include <linux/netfilter.h>
#include <net/dst.h>
#include <net/gso.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/netfilter/nf_conntrack.h>
#include <slb/flow.h>
#include <slb/nexthop.h>
#include <slb/reason.h>
#include <slb/route.h>

/* Can @addr be the address of one host that sent a packet through a router? (RFC 1812, 5.3.7) */
static inline bool slb_addr_is_host(const union nf_inet_addr *addr, u8 family)
{
	if (family == NFPROTO_IPV4)
		return !(ipv4_is_multicast(addr->ip) || ipv4_is_lbcast(addr->ip) ||
			 ipv4_is_zeronet(addr->ip) || ipv4_is_loopback(addr->ip));
	/* 2000::/3, nearly all addresses: saves a call */
	if (likely((addr->in6.s6_addr[0] & 0xe0) == 0x20))
		return true;
	return !(ipv6_addr_type(&addr->in6) &
		 (IPV6_ADDR_MULTICAST | IPV6_ADDR_LOOPBACK | IPV6_ADDR_LINKLOCAL |
		  IPV6_ADDR_MAPPED)) &&
	       !ipv6_addr_any(&addr->in6);
}

/**
 * slb_forward_check() - may this packet be forwarded?
 * @skb: the packet
 * @src: its source address
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 *
 * Return: SLB_OK, or the reason to drop it.
 */
static inline enum slb_drop slb_forward_check(const struct sk_buff *skb,
					      const union nf_inet_addr *src, u8 family)
{
	if (unlikely(skb->pkt_type != PACKET_HOST))
		return SLB_DROP_NOT_FOR_US;
	if (unlikely(skb_warn_if_lro(skb)))
		return SLB_DROP_LRO;
	if (unlikely(!slb_addr_is_host(src, family)))
		return SLB_DROP_MARTIAN;
	return SLB_OK;
}

/* Does the TTL or hop limit allow one more hop? */
static inline bool slb_forward_ttl_ok(const struct sk_buff *skb, u8 family)
{
	return (family == NFPROTO_IPV4 ? ip_hdr(skb)->ttl : ipv6_hdr(skb)->hop_limit) > 1;
}

/**
 * slb_forward_too_big() - must the sender send smaller packets?
 * @skb: the packet
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @mtu: bytes of IP packet that go through
 *
 * For a GSO packet the size of its segments counts, for a reassembled one its largest fragment.
 * IPv4 without DF is never too big: it is fragmented on output.
 *
 * Return: true when it is too big.
 */
static inline bool slb_forward_too_big(const struct sk_buff *skb, u8 family, unsigned int mtu)
{
	unsigned int frag_max;

	if (likely(skb->len <= mtu))
		return false;
	if (family == NFPROTO_IPV4) {
		if (!(ip_hdr(skb)->frag_off & htons(IP_DF)))
			return false;
		frag_max = IPCB(skb)->frag_max_size;
	} else {
		frag_max = IP6CB(skb)->frag_max_size;
	}
	if (frag_max > mtu)
		return true;
	if (skb->ignore_df)
		return false;
	return !(skb_is_gso(skb) && skb_gso_validate_network_len(skb, mtu));
}

/* Is there anything in a chain? nf_hook() would enter an RCU section to ask; we are in one. */
static __always_inline bool slb_forward_hooked(const struct net *net, u8 family, unsigned int hook)
{
	return family == NFPROTO_IPV4 ? rcu_access_pointer(net->nf.hooks_ipv4[hook]) :
					rcu_access_pointer(net->nf.hooks_ipv6[hook]);
}

/**
 * slb_forward_chain() - run the FORWARD chain
 * @net: namespace
 * @skb: the packet, with its route and marked untracked
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @in: device on which it came in
 * @dst: its route
 *
 * Context: softirq, RCU.
 *
 * Return: 1 when the packet passed. Otherwise the caller no longer owns it: 0 when it was queued,
 * negative when it was dropped.
 */
static inline int slb_forward_chain(struct net *net, struct sk_buff *skb, u8 family,
				    struct net_device *in, struct dst_entry *dst)
{
	if (!slb_forward_hooked(net, family, NF_INET_FORWARD))
		return 1;
	/*
	 * A packet that is queued to user space continues with the last argument, perhaps after
	 * this module is unloaded: so it must be a function of the kernel.
	 */
	return nf_hook(family, NF_INET_FORWARD, net, NULL, skb, in, dst->dev, dst->output);
}

/* Run the POSTROUTING chain, after FORWARD. */
static inline int slb_forward_postrouting(struct net *net, struct sk_buff *skb, u8 family,
					  struct net_device *in, struct dst_entry *dst)
{
	/* run it here to learn its verdict; REROUTED keeps ip_output() from running it again */
	if (family == NFPROTO_IPV4)
		IPCB(skb)->flags |= IPSKB_REROUTED;
	else
		IP6CB(skb)->flags |= IP6SKB_REROUTED;
	skb->dev = dst->dev;
	if (!slb_forward_hooked(net, family, NF_INET_POST_ROUTING))
		return 1;
	return nf_hook(family, NF_INET_POST_ROUTING, net, NULL, skb, in, dst->dev, dst->output);
}

/* The result for a packet that a chain has dropped or queued. */
static inline enum slb_sent slb_forward_kept(int verdict)
{
	return verdict < 0 ? SLB_SENT_CHAIN : SLB_SENT_ASIDE;
}

/* Check the IPsec policies for forwarding. They may give the packet a route through a tunnel. */
static inline bool slb_forward_allowed(struct sk_buff *skb, u8 family)
{
	if (family == NFPROTO_IPV4)
		return xfrm4_policy_check(NULL, XFRM_POLICY_FWD, skb) && xfrm4_route_forward(skb);
	return xfrm6_policy_check(NULL, XFRM_POLICY_FWD, skb) && xfrm6_route_forward(skb);
}

/*
 * Would ip_output() or ip6_output() only find the next hop of the packet? Not if they would
 * fragment it, expand its headroom, or drop it because its device has no IPv6.
 */
static inline bool slb_forward_plain(const struct sk_buff *skb, const struct dst_entry *dst,
				     u8 family)
{
	const struct inet6_dev *idev;

	if (skb_dst(skb) != dst || skb->len > slb_forward_mtu(dst, family) ||
	    skb_headroom(skb) < LL_RESERVED_SPACE(dst->dev))
		return false;
	if (family == NFPROTO_IPV4)
		return !IPCB(skb)->frag_max_size && dst_rtable(dst)->rt_gw_family != AF_INET6;
	idev = dst_rt6_info(dst)->rt6i_idev;
	return !IP6CB(skb)->frag_max_size && idev && !READ_ONCE(idev->cnf.disable_ipv6);
}

/* Send the packet to the next hop, after POSTROUTING, and update the counters of the kernel. */
static inline void slb_forward_out(struct net *net, struct sk_buff *skb, u8 family,
				   struct dst_entry *dst)
{
	struct neighbour *neigh = NULL;

	if (likely(slb_forward_plain(skb, dst, family)))
		neigh = slb_route_neigh(skb->data, dst, family);
	if (unlikely(!neigh)) {
		dst_output(net, NULL, skb);
		return;
	}
	if (family == NFPROTO_IPV4)
		IP_UPD_PO_STATS(net, IPSTATS_MIB_OUT, skb->len);
	else
		IP6_UPD_PO_STATS(net, dst_rt6_info(dst)->rt6i_idev, IPSTATS_MIB_OUT, skb->len);
	neigh_output(neigh, skb, false);
}

/**
 * slb_forward_send() - decrement the TTL, run FORWARD and POSTROUTING, and send
 * @net: namespace
 * @skb: the packet, its network header writable; consumed unless an IPsec policy forbids it
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @dst: route, borrowed
 *
 * The packet is marked untracked: conntrack would see one direction of the connection only and call
 * its packets invalid. Context: softirq, RCU.
 *
 * Return: the result of sending.
 */
static inline enum slb_sent slb_forward_send(struct net *net, struct sk_buff *skb, u8 family,
					     struct dst_entry *dst)
{
	struct net_device *in = skb->dev;
	int verdict;

	skb_dst_drop(skb);
	skb_dst_set_noref(skb, dst);
	if (unlikely(!slb_forward_allowed(skb, family)))
		return SLB_SENT_POLICY;
	dst = skb_dst(skb);
	skb_forward_csum(skb);
	/* a receive time stamp would be used as departure time */
	skb_clear_tstamp(skb);
	nf_reset_ct(skb);
	nf_ct_set(skb, NULL, IP_CT_UNTRACKED);
	if (family == NFPROTO_IPV4) {
		ip_decrease_ttl(ip_hdr(skb));
		IPCB(skb)->flags |= IPSKB_FORWARDED;
		skb->priority = rt_tos2priority(ip_hdr(skb)->tos);
	} else {
		ipv6_hdr(skb)->hop_limit--;
		IP6CB(skb)->flags |= IP6SKB_FORWARDED;
	}
	verdict = slb_forward_chain(net, skb, family, in, dst);
	if (unlikely(verdict != 1))
		return slb_forward_kept(verdict);
	/* the encapsulation runs POSTROUTING */
	if (unlikely(dst->lwtstate || dst_xfrm(dst))) {
		dst_output(net, NULL, skb);
		return SLB_SENT_ASIDE;
	}
	verdict = slb_forward_postrouting(net, skb, family, in, dst);
	if (unlikely(verdict != 1))
		return slb_forward_kept(verdict);
	slb_forward_out(net, skb, family, dst);
	return SLB_SENT_PASSED;
}

#endif /* _SLB_FORWARD_H */
