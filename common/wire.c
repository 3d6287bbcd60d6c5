// SPDX-License-Identifier: GPL-2.0-only
/* How packets that devices have merged are on the wire. */
#include <linux/sctp.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/tcp.h>
#include <slb/wire.h>

/* Bytes of headers of each segment of a GSO packet, from the first IP header on. */
static unsigned int slb_wire_headers(const struct sk_buff *skb)
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

/**
 * slb_wire_gso() - count the packets that a GSO packet stands for
 * @skb: the packet, its IP header at skb->data and its transport header set
 *
 * A packet from a guest or a tap may lack the number of segments (SKB_GSO_DODGY).
 *
 * Return: packets in the lower half, bytes in the upper half.
 */
u64 slb_wire_gso(const struct sk_buff *skb)
{
	unsigned int head = slb_wire_headers(skb), n = skb_shinfo(skb)->gso_segs;

	if (unlikely(!n))
		n = skb->len > head ? DIV_ROUND_UP(skb->len - head, skb_shinfo(skb)->gso_size) : 1;
	return n | (u64)(skb->len + (n - 1) * head) << 32;
}
