/* SPDX-License-Identifier: GPL-2.0-only */
/* Rewrite addresses and ports of a packet. */
#ifndef _SLB_PACKET_NAT_H
#define _SLB_PACKET_NAT_H

#include "packet/ctx.h"

enum slb_drop slb_nat(struct sk_buff *skb, const struct slb_pkt *p, const struct slb_tuple *to);
enum slb_drop slb_nat_error(struct sk_buff *skb, const struct slb_pkt *p,
			    const struct slb_tuple *quoted);

#endif /* _SLB_PACKET_NAT_H */
