/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets and bytes as on the wire: the unit of all counters. */
#ifndef _SLB_WIRE_H
#define _SLB_WIRE_H

#include <linux/types.h>

struct sk_buff;

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

#endif /* _SLB_WIRE_H */
