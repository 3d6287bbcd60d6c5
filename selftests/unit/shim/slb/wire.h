/* SPDX-License-Identifier: GPL-2.0-only */
/* In place of include/slb/wire.h: nothing is merged. */
#ifndef _SLB_WIRE_H
#define _SLB_WIRE_H

struct slb_wire {
	u32 packets;
	u32 bytes;
};

static inline struct slb_wire slb_wire(const struct sk_buff *skb)
{
	return (struct slb_wire) { .packets = 1, .bytes = skb->len };
}

#endif /* _SLB_WIRE_H */
