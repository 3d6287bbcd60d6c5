/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets to a virtual address that match no VIP. */
#ifndef _SLB_PACKET_UNMATCHED_H
#define _SLB_PACKET_UNMATCHED_H

#include "packet/ctx.h"

unsigned int slb_unmatched(const struct slb_ctx *ctx, struct sk_buff *skb);
unsigned int slb_refuse(const struct slb_ctx *ctx, struct sk_buff *skb, enum slb_drop why);

#endif /* _SLB_PACKET_UNMATCHED_H */
