/* SPDX-License-Identifier: GPL-2.0-only */
/* The TCP reset that answers a segment of an unknown connection. */
#ifndef _SLB_RESET_H
#define _SLB_RESET_H

#ifdef __KERNEL__
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/ip6_checksum.h>
#include <net/tcp.h>
#endif
#include <slb/parse.h>

/*
 * The window of a reset that a balancer sends, host order. Receivers ignore the window of a reset,
 * so it can carry a mark. The mark tells the relay that the balancer itself sent the reset, because
 * it has no session for the flow.
 */
#define SLB_RESET_WINDOW 0x5ce7

/* TTL or hop limit of a reset. */
#define SLB_RESET_TTL 64

/**
 * slb_reset_header() - build the TCP header of a reset (RFC 9293, 3.5.2)
 * @skb: the segment; its checksum is right
 * @p: its parsed headers: TCP, not a fragment
 * @window: window of the reset, host order
 * @rst: filled, with a checksum of 0
 *
 * Return: false when the header is invalid or the segment is a reset.
 */
static inline bool slb_reset_header(const struct sk_buff *skb, const struct slb_pkt *p, u16 window,
				    struct tcphdr *rst)
{
	struct tcphdr buf;
	const struct tcphdr *th = skb_header_pointer(skb, p->h.l4, sizeof(buf), &buf);
	unsigned int room = skb->len - p->h.l4, head;

	if (!th)
		return false;
	/* read it once: the sender may still change it */
	memcpy(&buf, th, sizeof(buf));
	head = buf.doff * 4;
	if (buf.rst || head < sizeof(buf) || head > room)
		return false;
	memset(rst, 0, sizeof(*rst));
	rst->source = buf.dest;
	rst->dest = buf.source;
	rst->doff = sizeof(*rst) / 4;
	rst->rst = 1;
	rst->window = htons(window);
	if (buf.ack) {
		rst->seq = buf.ack_seq;
	} else {
		rst->ack = 1;
		rst->ack_seq = htonl(ntohl(buf.seq) + buf.syn + buf.fin + room - head);
	}
	return true;
}

/**
 * slb_reset_build() - build the packet of a reset, without the IPv4 header checksum
 * @p: parsed headers of the segment that is answered
 * @rst: header, from slb_reset_header()
 *
 * ip_local_out() and ip6_local_out() fill in the rest. Context: any.
 *
 * Return: the packet from its IP header on, or NULL.
 */
static inline struct sk_buff *slb_reset_build(const struct slb_pkt *p, const struct tcphdr *rst)
{
	bool v4 = p->t.family == NFPROTO_IPV4;
	unsigned int head = v4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);
	struct sk_buff *skb = alloc_skb(LL_MAX_HEADER + head + sizeof(*rst), GFP_ATOMIC);
	struct tcphdr *th;

	if (!skb)
		return NULL;
	skb_reserve(skb, LL_MAX_HEADER);
	skb_reset_network_header(skb);
	skb_put_zero(skb, head);
	skb_set_transport_header(skb, head);
	th = skb_put_data(skb, rst, sizeof(*rst));
	if (v4) {
		*ip_hdr(skb) = (struct iphdr) {
			.version = 4,
			.ihl = sizeof(struct iphdr) / 4,
			.frag_off = htons(IP_DF),
			.ttl = SLB_RESET_TTL,
			.protocol = p->t.proto,
			.saddr = p->t.dst.ip,
			.daddr = p->t.src.ip,
		};
		th->check = tcp_v4_check(sizeof(*th), p->t.dst.ip, p->t.src.ip,
					 csum_partial(th, sizeof(*th), 0));
		skb->protocol = htons(ETH_P_IP);
	} else {
		struct ipv6hdr *ip = ipv6_hdr(skb);

		ip6_flow_hdr(ip, 0, 0);
		ip->payload_len = htons(sizeof(*th));
		ip->nexthdr = p->t.proto;
		ip->hop_limit = SLB_RESET_TTL;
		ip->saddr = p->t.dst.in6;
		ip->daddr = p->t.src.in6;
		th->check = csum_ipv6_magic(&ip->saddr, &ip->daddr, sizeof(*th), p->t.proto,
					    csum_partial(th, sizeof(*th), 0));
		skb->protocol = htons(ETH_P_IPV6);
	}
	return skb;
}

#endif /* _SLB_RESET_H */
