/* SPDX-License-Identifier: GPL-2.0-only */
/* Resets that the balancer sends. */
#ifndef _SLB_PACKET_RESET_H
#define _SLB_PACKET_RESET_H

#include "net.h"
#include "packet/ctx.h"

u64 slb_reset_count(const struct slb_net *sn, bool limited);
void slb_reset(const struct slb_ctx *ctx, struct sk_buff *skb);
void slb_reset_send(const struct slb_ctx *ctx, struct sk_buff *skb);

#endif /* _SLB_PACKET_RESET_H */
