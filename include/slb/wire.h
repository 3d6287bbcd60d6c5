/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets and bytes as on the wire: the unit of all counters. */
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

u64 slb_wire_gso(const struct sk_buff *skb);

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
