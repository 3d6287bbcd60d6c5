/* SPDX-License-Identifier: GPL-2.0-only */
/* Edit addresses, ports and checksums of a packet in place: one body for IPv4 and IPv6, pure. */
#ifndef _SLB_REWRITE_H
#define _SLB_REWRITE_H

#ifdef __KERNEL__
#include <linux/skbuff.h>
#include <net/checksum.h>
#endif
#include <slb/parse.h>

/* Bytes of a transport header that a rewrite touches: up to the end of its checksum. */
static inline unsigned int slb_rewrite_len(u8 proto)
{
	switch (proto) {
	case IPPROTO_TCP:
		return offsetof(struct tcphdr, check) + sizeof(__sum16);
	case IPPROTO_UDP:
		return sizeof(struct udphdr);
	default:
		return sizeof(struct sctphdr);
	}
}

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

/**
 * slb_diff_addr() - what changing both addresses adds to a checksum (RFC 1624)
 * @from: tuple that the packet has
 * @to: tuple that it gets
 *
 * Return: the difference, for slb_fix_sum().
 */
static inline __wsum slb_diff_addr(const struct slb_tuple *from, const struct slb_tuple *to)
{
	__wsum minus = slb_sum_addr(&from->dst, from->family,
				    slb_sum_addr(&from->src, from->family, 0));
	__wsum plus = slb_sum_addr(&to->dst, to->family, slb_sum_addr(&to->src, to->family, 0));

	return csum_sub(plus, minus);
}

/* The same for both ports. */
static inline __wsum slb_diff_port(const struct slb_tuple *from, const struct slb_tuple *to)
{
	__wsum minus = (__force __wsum)((__force u32)from->sport + (__force u32)from->dport);
	__wsum plus = (__force __wsum)((__force u32)to->sport + (__force u32)to->dport);

	return csum_sub(plus, minus);
}

/**
 * slb_sum_left() - has the sender left the checksum of this header to a device?
 * @skb: the packet
 * @l4: where its transport header begins
 *
 * What a device is to sum may also begin further in: with a packet inside. Then the checksum of
 * the tunnel's header is none, or done (lco_csum()); but for segments, whose sums are all made
 * when it is cut (udp_set_csum()).
 *
 * Return: true when the field has the sum of the pseudo header alone.
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
 * slb_rewrite_l3() - give an IP header the addresses of another tuple
 * @ip: writable IPv4 or IPv6 header
 * @to: tuple that it gets
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
 * slb_rewrite_l4() - give a transport header the ports of another tuple
 * @th: writable transport header
 * @len: bytes of it that are there; ports at least
 * @to: tuple that the packet gets
 * @addr_diff: slb_diff_addr() of the change: TCP and UDP sum the addresses too
 * @port_diff: slb_diff_port() of the change
 * @partial: slb_sum_left()
 *
 * A checksum that lies beyond @len is left out (a packet quoted by an ICMP error may end there);
 * the CRC of SCTP is the caller's, as it needs the whole packet. UDP without a checksum stays so.
 */
static inline void slb_rewrite_l4(void *th, unsigned int len, const struct slb_tuple *to,
				  __wsum addr_diff, __wsum port_diff, bool partial)
{
	__be16 *port = th;
	__sum16 *sum;

	port[0] = to->sport;
	port[1] = to->dport;
	if (to->proto == IPPROTO_SCTP || len < slb_rewrite_len(to->proto))
		return;
	if (to->proto == IPPROTO_TCP)
		sum = &((struct tcphdr *)th)->check;
	else
		sum = &((struct udphdr *)th)->check;
	/* the sum of a pseudo header is never 0 */
	if (to->proto == IPPROTO_UDP && !*sum)
		return;
	if (partial) {
		*sum = ~csum_fold(csum_add(addr_diff, csum_unfold(*sum)));
		return;
	}
	slb_fix_sum(sum, csum_add(addr_diff, port_diff));
	if (to->proto == IPPROTO_UDP && !*sum)
		*sum = CSUM_MANGLED_0;
}

#endif /* _SLB_REWRITE_H */
