/* SPDX-License-Identifier: GPL-2.0-only */
/* Rewrite addresses, ports and checksums of a packet in place, for IPv4 and IPv6; pure. */
#ifndef _SLB_REWRITE_H
#define _SLB_REWRITE_H

#ifdef __KERNEL__
#include <linux/skbuff.h>
#include <net/checksum.h>
#endif
#include <slb/parse.h>

static inline __wsum slb_sum_addr(const union nf_inet_addr *addr, u8 family, __wsum sum)
{
	sum = csum_add(sum, (__force __wsum)addr->all[0]);
	if (family == NFPROTO_IPV6) {
		sum = csum_add(sum, (__force __wsum)addr->all[1]);
		sum = csum_add(sum, (__force __wsum)addr->all[2]);
		sum = csum_add(sum, (__force __wsum)addr->all[3]);
	}
	return sum;
}

/* slb_diff_addr() of a known family: the family of both tuples. */
static __always_inline __wsum slb_diff_addr_of(const struct slb_tuple *from,
					       const struct slb_tuple *to, u8 family)
{
	__wsum minus = slb_sum_addr(&from->dst, family, slb_sum_addr(&from->src, family, 0));
	__wsum plus = slb_sum_addr(&to->dst, family, slb_sum_addr(&to->src, family, 0));

	return csum_sub(plus, minus);
}

/**
 * slb_diff_addr() - the difference that new addresses make to a checksum (RFC 1624)
 * @from: present tuple
 * @to: new tuple
 *
 * Return: the difference, for slb_fix_sum().
 */
static inline __wsum slb_diff_addr(const struct slb_tuple *from, const struct slb_tuple *to)
{
	return slb_diff_addr_of(from, to, from->family);
}

/* The same for both ports. */
static inline __wsum slb_diff_port(const struct slb_tuple *from, const struct slb_tuple *to)
{
	__wsum minus = (__force __wsum)((__force u32)from->sport + (__force u32)from->dport);
	__wsum plus = (__force __wsum)((__force u32)to->sport + (__force u32)to->dport);

	return csum_sub(plus, minus);
}

/**
 * slb_sum_left() - does a device complete the checksum of this header (CHECKSUM_PARTIAL)?
 * @skb: the packet
 * @l4: offset of its transport header from skb->data, bytes
 *
 * In a tunnel the checksum that a device completes may be that of the inner packet. Then the outer
 * one is absent or complete (lco_csum()), except in GSO packets, where segmentation completes both
 * (udp_set_csum()).
 *
 * Return: true when the checksum field holds the sum of the pseudo header only.
 */
static inline bool slb_sum_left(const struct sk_buff *skb, unsigned int l4)
{
	return skb->ip_summed == CHECKSUM_PARTIAL &&
	       (likely(skb_checksum_start_offset(skb) == l4) ||
		skb_shinfo(skb)->gso_type & SKB_GSO_UDP_TUNNEL_CSUM);
}

static inline void slb_fix_sum(__sum16 *sum, __wsum diff)
{
	*sum = csum_fold(csum_add(diff, ~csum_unfold(*sum)));
}

/**
 * slb_rewrite_l3() - write the addresses of a tuple into an IP header
 * @ip: writable IPv4 or IPv6 header
 * @to: new tuple
 * @diff: slb_diff_addr() of the change
 */
static inline void slb_rewrite_l3(void *ip, const struct slb_tuple *to, __wsum diff)
{
	if (to->family == NFPROTO_IPV4) {
		struct iphdr *ip4 = ip;

		ip4->saddr = to->src.ip;
		ip4->daddr = to->dst.ip;
		slb_fix_sum(&ip4->check, diff);
	} else {
		struct ipv6hdr *ip6 = ip;

		ip6->saddr = to->src.in6;
		ip6->daddr = to->dst.in6;
	}
}

/**
 * slb_rewrite_l4() - write the ports of a tuple into a transport header
 * @th: writable transport header
 * @len: bytes of it that are present, at least the ports
 * @to: new tuple
 * @addr_diff: slb_diff_addr() of the change: TCP and UDP checksums cover the addresses
 * @port_diff: slb_diff_port() of the change
 * @partial: slb_sum_left()
 *
 * A checksum beyond @len is skipped: the packet that an ICMP error quotes may end before it. The
 * caller updates the CRC of SCTP, which needs the whole packet. UDP without a checksum stays so.
 */
static inline void slb_rewrite_l4(void *th, unsigned int len, const struct slb_tuple *to,
				  __wsum addr_diff, __wsum port_diff, bool partial)
{
	__be16 *port = th;
	__sum16 *sum;

	port[0] = to->sport;
	port[1] = to->dport;
	if (!slb_proto_sum_at(to->proto) || len < slb_proto_rewritten(to->proto))
		return;
	sum = th + slb_proto_sum_at(to->proto);
	/* 0 means "no checksum"; the sum of a pseudo header is never 0 */
	if (slb_proto_has(to->proto, SLB_PROTO_SUM_OPTIONAL) && !*sum)
		return;
	if (partial) {
		*sum = ~csum_fold(csum_add(addr_diff, csum_unfold(*sum)));
		return;
	}
	slb_fix_sum(sum, csum_add(addr_diff, port_diff));
	if (slb_proto_has(to->proto, SLB_PROTO_SUM_OPTIONAL) && !*sum)
		*sum = CSUM_MANGLED_0;
}

#endif /* _SLB_REWRITE_H */
