/* SPDX-License-Identifier: GPL-2.0-only */
/* ICMP errors that the balancer translates or sends. */
#ifndef _SLB_PACKET_ICMP_H
#define _SLB_PACKET_ICMP_H

#include "packet/ctx.h"

void slb_icmp_no_protocol(const struct slb_ctx *ctx, const struct sk_buff *skb);
void slb_icmp_unreachable(const struct slb_ctx *ctx, const struct sk_buff *skb);
void slb_icmp_time_exceeded(const struct slb_ctx *ctx, const struct sk_buff *skb, u32 mark);
void slb_icmp_too_big(const struct slb_ctx *ctx, const struct sk_buff *skb, u32 mtu, u32 mark);

#endif /* _SLB_PACKET_ICMP_H */
