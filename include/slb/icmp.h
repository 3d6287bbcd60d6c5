/* SPDX-License-Identifier: GPL-2.0-only */
/* ICMP errors that the modules send. */
#ifndef _SLB_ICMP_H
#define _SLB_ICMP_H

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <net/checksum.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ipv6.h>
#include <slb/parse.h>
#include <slb/rate.h>

/* An error never makes a packet larger than this, in bytes (RFC 1812, 4.3.2.3; RFC 4443, 2.4c). */
#define SLB_ICMP4_MAX 576
#define SLB_ICMP6_MAX 1280
#define SLB_ICMP_TTL 64

/**
 * struct slb_icmp - an ICMP error
 * @type: its type
 * @code: its code
 * @class: enum slb_icmp_class
 * @info: what follows the checksum, network order
 * @src: its source address
 * @dst: its destination: the source of the packet that it is about
 */
struct slb_icmp {
	u8 type;
	u8 code;
	u8 class;
	__be32 info;
	union nf_inet_addr src;
	union nf_inet_addr dst;
};

/* The errors that a router and a balancer send. */
static inline struct slb_icmp slb_icmp_expired(u8 family)
{
	if (family == NFPROTO_IPV4)
		return (struct slb_icmp){ .type = ICMP_TIME_EXCEEDED, .code = ICMP_EXC_TTL,
					  .class = SLB_ICMP_OTHER };
	return (struct slb_icmp){ .type = ICMPV6_TIME_EXCEED, .code = ICMPV6_EXC_HOPLIMIT,
				  .class = SLB_ICMP_OTHER };
}

/* @mtu: bytes of IP packet (RFC 1191, RFC 8201) */
static inline struct slb_icmp slb_icmp_mtu(u8 family, u32 mtu)
{
	if (family == NFPROTO_IPV4)
		return (struct slb_icmp){ .type = ICMP_DEST_UNREACH, .code = ICMP_FRAG_NEEDED,
					  .class = SLB_ICMP_MTU, .info = htonl(mtu & 0xffff) };
	return (struct slb_icmp){ .type = ICMPV6_PKT_TOOBIG, .class = SLB_ICMP_MTU,
				  .info = htonl(max_t(u32, mtu, IPV6_MIN_MTU)) };
}

/* @code4, @code6: the code by family */
static inline struct slb_icmp slb_icmp_refused(u8 family, u8 code4, u8 code6)
{
	if (family == NFPROTO_IPV4)
		return (struct slb_icmp){ .type = ICMP_DEST_UNREACH, .code = code4,
					  .class = SLB_ICMP_OTHER };
	return (struct slb_icmp){ .type = ICMPV6_DEST_UNREACH, .code = code6,
				  .class = SLB_ICMP_OTHER };
}

/* No host program or VIP has the protocol of the IP header. */
static inline struct slb_icmp slb_icmp_no_proto(u8 family)
{
	if (family == NFPROTO_IPV4)
		return (struct slb_icmp){ .type = ICMP_DEST_UNREACH, .code = ICMP_PROT_UNREACH,
					  .class = SLB_ICMP_OTHER };
	return (struct slb_icmp){ .type = ICMPV6_PARAMPROB, .code = ICMPV6_UNK_NEXTHDR,
				  .class = SLB_ICMP_OTHER,
				  .info = htonl(offsetof(struct ipv6hdr, nexthdr)) };
}

static inline void slb_icmp_header4(struct net *net, struct sk_buff *skb,
				    const struct slb_icmp *e, u8 tos)
{
	struct iphdr *ip = skb_push(skb, sizeof(*ip));

	skb_reset_network_header(skb);
	*ip = (struct iphdr){
		.version = 4,
		.ihl = sizeof(*ip) / 4,
		.tos = (tos & IPTOS_TOS_MASK) | IPTOS_PREC_INTERNETCONTROL,
		.ttl = SLB_ICMP_TTL,
		.protocol = IPPROTO_ICMP,
		.saddr = e->src.ip,
		.daddr = e->dst.ip,
	};
	__ip_select_ident(net, ip, 1);
	skb->protocol = htons(ETH_P_IP);
}

static inline void slb_icmp_header6(struct sk_buff *skb, const struct slb_icmp *e)
{
	struct icmp6hdr *icmp = (void *)skb->data;
	struct ipv6hdr *ip;

	icmp->icmp6_cksum = csum_ipv6_magic(&e->src.in6, &e->dst.in6, skb->len, IPPROTO_ICMPV6,
					    csum_partial(skb->data, skb->len, 0));
	ip = skb_push(skb, sizeof(*ip));
	skb_reset_network_header(skb);
	ip6_flow_hdr(ip, 0, 0);
	ip->payload_len = htons(skb->len - sizeof(*ip));
	ip->nexthdr = IPPROTO_ICMPV6;
	ip->hop_limit = SLB_ICMP_TTL;
	ip->saddr = e->src.in6;
	ip->daddr = e->dst.in6;
	skb->protocol = htons(ETH_P_IPV6);
}

/**
 * slb_icmp_build() - build an ICMP error
 * @net: namespace
 * @e: the error
 * @skb: the packet that it is about, as it arrived
 * @l3: offset of its IP header from skb->data, bytes
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 *
 * Context: softirq.
 *
 * Return: the error from its IP header on, or NULL without memory.
 */
static inline struct sk_buff *slb_icmp_build(struct net *net, const struct slb_icmp *e,
					     const struct sk_buff *skb, unsigned int l3, u8 family)
{
	bool v4 = family == NFPROTO_IPV4;
	unsigned int head = v4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);
	unsigned int room = (v4 ? SLB_ICMP4_MAX : SLB_ICMP6_MAX) - head - SLB_ICMP_HDR_LEN;
	unsigned int len = min_t(unsigned int, skb->len - l3, room);
	struct sk_buff *nskb = alloc_skb(LL_MAX_HEADER + head + SLB_ICMP_HDR_LEN + len, GFP_ATOMIC);
	struct icmphdr *icmp;

	if (!nskb)
		return NULL;
	skb_reserve(nskb, LL_MAX_HEADER + head);
	icmp = skb_put_zero(nskb, SLB_ICMP_HDR_LEN);
	skb_reset_transport_header(nskb);
	icmp->type = e->type;
	icmp->code = e->code;
	icmp->un.gateway = e->info;
	if (skb_copy_bits(skb, l3, skb_put(nskb, len), len)) {
		kfree_skb(nskb);
		return NULL;
	}
	if (v4) {
		icmp->checksum = csum_fold(csum_partial(icmp, nskb->len, 0));
		slb_icmp_header4(net, nskb, e, ip_hdr(skb)->tos);
	} else {
		slb_icmp_header6(nskb, e);
	}
	return nskb;
}

#endif /* _SLB_ICMP_H */
