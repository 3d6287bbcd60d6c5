// SPDX-License-Identifier: GPL-2.0-only
/* Full NAT of one packet, or of the packet that an ICMP error quotes. */
#include <linux/crc32.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <linux/unaligned.h>
#include <net/ip6_checksum.h>
#include <slb/rewrite.h>

#include "packet/ctx.h"
#include "packet/nat.h"

/*
 * CRC32c is linear: changing the first four of @len bytes changes the CRC by the CRC of the change
 * followed by zeros. So the payload is not read, and a damaged packet keeps a wrong CRC.
 */
static void slb_nat_sctp(struct sctphdr *sh, const struct slb_tuple *from,
			 const struct slb_tuple *to, unsigned int len)
{
	__be16 diff[2] = { from->sport ^ to->sport, from->dport ^ to->dport };
	u32 crc = __crc32c_le(0, (u8 *)diff, sizeof(diff));

	sh->checksum ^= cpu_to_le32(__crc32c_le_shift(crc, len - sizeof(diff)));
}

/**
 * slb_nat() - rewrite both addresses and ports of a packet (claims b1, b2 and f)
 * @skb: TCP, UDP or SCTP packet
 * @p: its parsed headers
 * @to: tuple that it gets
 *
 * Handles every checksum state. A checksum that a device completes keeps the sum of the pseudo
 * header; others are updated by the difference (RFC 1624), so a damaged packet keeps a wrong one.
 * Context: softirq.
 *
 * Return: SLB_OK, or why the packet must be dropped.
 */
enum slb_drop slb_nat(struct sk_buff *skb, const struct slb_pkt *p, const struct slb_tuple *to)
{
	bool partial = slb_sum_left(skb, p->h.l4);
	unsigned int len = slb_proto_rewritten(p->t.proto);
	__wsum addr_diff;
	void *th;

	if (unlikely(skb_ensure_writable(skb, p->h.l4 + len)))
		return SLB_DROP_NO_MEMORY;
	th = skb->data + p->h.l4;
	addr_diff = slb_diff_addr(&p->t, to);
	slb_rewrite_l3(skb->data + p->h.l3, to, addr_diff);
	slb_rewrite_l4(th, len, to, addr_diff, slb_diff_port(&p->t, to), partial);
	if (slb_proto_has(p->t.proto, SLB_PROTO_CRC) && !partial)
		slb_nat_sctp(th, &p->t, to, skb->len - p->h.l4);
	skb_clear_hash(skb);
	return SLB_OK;
}

/* Compute the checksum of an ICMP message over all of it. */
static void slb_nat_icmp_sum(struct sk_buff *skb, const struct slb_pkt *p,
			     const struct slb_tuple *outer)
{
	unsigned int len = skb->len - p->h.l4;
	struct icmphdr *icmp = (void *)(skb->data + p->h.l4);

	icmp->checksum = 0;
	if (outer->family == NFPROTO_IPV4)
		icmp->checksum = csum_fold(skb_checksum(skb, p->h.l4, len, 0));
	else
		icmp->checksum = csum_ipv6_magic(&outer->src.in6, &outer->dst.in6, len,
						 IPPROTO_ICMPV6,
						 skb_checksum(skb, p->h.l4, len, 0));
	skb->ip_summed = CHECKSUM_NONE;
}

/* Make the MTU that an ICMP error tells smaller, if it tells one. */
static void slb_nat_less_mtu(u8 *icmp, const struct slb_pkt *p, u32 by)
{
	u32 mtu;

	if (p->t.family == NFPROTO_IPV4) {
		mtu = get_unaligned_be16(icmp + 6);
		if (p->icmp_type == ICMP_DEST_UNREACH && p->icmp_code == ICMP_FRAG_NEEDED &&
		    mtu > by)
			put_unaligned_be16(mtu - by, icmp + 6);
	} else if (p->icmp_type == ICMPV6_PKT_TOOBIG) {
		mtu = get_unaligned_be32(icmp + 4);
		put_unaligned_be32(max_t(u32, mtu > by ? mtu - by : 0, IPV6_MIN_MTU), icmp + 4);
	}
}

/* Undo what the quoted packet has got on its way. Its checksum stays: most errors quote no more. */
static void slb_nat_quote(struct sk_buff *skb, const struct slb_pkt *p,
			  const struct slb_nat_quote *change)
{
	u8 *th = skb->data + p->qh.l4;

	if (change->growth)
		slb_nat_less_mtu(skb->data + p->h.l4, p, change->growth);
	else if (change->seq && p->qh.l4_len >= SLB_QUOTED_LEN)
		put_unaligned_be32(get_unaligned_be32(th + offsetof(struct tcphdr, seq)) +
				   change->seq, th + offsetof(struct tcphdr, seq));
}

/**
 * slb_nat_error() - rewrite an ICMP error and the packet that it quotes
 * @skb: ICMP error
 * @p: its parsed headers
 * @quoted: tuple that the quoted packet gets: the one that its sender used
 * @change: how else it has changed on its way, or NULL
 *
 * The new source is the address that the sender had sent the packet to, so that it learns no
 * address behind the balancer. Context: softirq.
 *
 * Return: SLB_OK, or why the error must be dropped.
 */
enum slb_drop slb_nat_error(struct sk_buff *skb, const struct slb_pkt *p,
			    const struct slb_tuple *quoted, const struct slb_nat_quote *change)
{
	unsigned int len = min_t(unsigned int, p->qh.l4_len, slb_proto_rewritten(p->quoted.proto));
	u8 proto = p->t.family == NFPROTO_IPV4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
	struct slb_tuple outer = p->t;
	__wsum diff;

	if (nf_checksum(skb, NF_INET_PRE_ROUTING, p->h.l4, proto, p->t.family))
		return SLB_DROP_ICMP_CSUM;
	if (skb_ensure_writable(skb, p->qh.l4 + max_t(unsigned int, len, SLB_QUOTED_LEN)))
		return SLB_DROP_NO_MEMORY;
	diff = slb_diff_addr(&p->quoted, quoted);
	slb_rewrite_l3(skb->data + p->qh.l3, quoted, diff);
	slb_rewrite_l4(skb->data + p->qh.l4, len, quoted, diff, slb_diff_port(&p->quoted, quoted),
		       false);
	if (unlikely(change))
		slb_nat_quote(skb, p, change);
	outer.src = quoted->dst;
	outer.dst = quoted->src;
	slb_rewrite_l3(skb->data + p->h.l3, &outer, slb_diff_addr(&p->t, &outer));
	slb_nat_icmp_sum(skb, p, &outer);
	skb_clear_hash(skb);
	return SLB_OK;
}
