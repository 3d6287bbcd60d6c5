/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets and bytes as they are on the wire: both modules count by this. */
#ifndef _SLB_WIRE_H
#define _SLB_WIRE_H

#include <linux/math.h>
#include <linux/sctp.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <linux/udp.h>

/**
 * struct slb_wire - a packet as it is on the wire
 * @packets: IP packets
 * @bytes: their bytes, IP headers included
 */
struct slb_wire {
	u32 packets;
	u32 bytes;
};

/* Bytes of headers of each segment of a GSO packet, from the first IP header on. */
static inline unsigned int slb_wire_headers(const struct sk_buff *skb)
{
	unsigned int type = skb_shinfo(skb)->gso_type;
	unsigned int l4 = skb->ip_summed == CHECKSUM_PARTIAL ? skb_checksum_start_offset(skb) :
							       skb_transport_offset(skb);
	const struct tcphdr *th;
	struct tcphdr buf;

	if (type & (SKB_GSO_TCPV4 | SKB_GSO_TCPV6)) {
		th = skb_header_pointer(skb, l4, sizeof(buf), &buf);
		return l4 + (th ? __tcp_hdrlen(th) : sizeof(buf));
	}
	if (type & SKB_GSO_UDP_L4)
		return l4 + sizeof(struct udphdr);
	return type & SKB_GSO_SCTP ? l4 + sizeof(struct sctphdr) : l4;
}

/*
 * Packets of a GSO packet in the lower half, their bytes in the upper half. A packet from a guest or
 * a tap may lack the number of segments (SKB_GSO_DODGY).
 */
static noinline u64 slb_wire_gso(const struct sk_buff *skb)
{
	unsigned int head = slb_wire_headers(skb), n = skb_shinfo(skb)->gso_segs;

	if (unlikely(!n))
		n = skb->len > head ? DIV_ROUND_UP(skb->len - head, skb_shinfo(skb)->gso_size) : 1;
	return n | (u64)(skb->len + (n - 1) * head) << 32;
}

/**
 * slb_wire() - count a packet as it is on the wire
 * @skb: the packet, its IP header at skb->data and its transport header set
 *
 * Devices merge received packets (GRO, LRO) and split sent ones (GSO). Counters of two hosts agree
 * only if such a packet counts as its segments.
 *
 * Return: packets and bytes.
 */
static __always_inline struct slb_wire slb_wire(const struct sk_buff *skb)
{
	struct slb_wire w = { .packets = 1, .bytes = skb->len };
	u64 both;

	if (unlikely(skb_is_gso(skb))) {
		/* in one word: a struct would cost packets that are not GSO, too */
		both = slb_wire_gso(skb);
		w.packets = both;
		w.bytes = both >> 32;
	}
	return w;
}

#endif /* _SLB_WIRE_H */
