/* SPDX-License-Identifier: GPL-2.0-only */
/* Rewrite addresses and ports of a packet. */
#ifndef _SLB_PACKET_NAT_H
#define _SLB_PACKET_NAT_H

#include "packet/ctx.h"

/**
 * struct slb_nat_quote - how else the packet that an ICMP error quotes has changed on its way
 * @seq: added to its TCP sequence number for its sender
 * @growth: bytes that it has grown by, so that its sender has to leave room for them
 */
struct slb_nat_quote {
	u32 seq;
	u32 growth;
};

enum slb_drop slb_nat(struct sk_buff *skb, const struct slb_pkt *p, const struct slb_tuple *to);
enum slb_drop slb_nat_error(struct sk_buff *skb, const struct slb_pkt *p,
			    const struct slb_tuple *quoted, const struct slb_nat_quote *change);

#endif /* _SLB_PACKET_NAT_H */
