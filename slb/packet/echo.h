/* SPDX-License-Identifier: GPL-2.0-only */
/* Echo requests to VIPs. */
#ifndef _SLB_PACKET_ECHO_H
#define _SLB_PACKET_ECHO_H

#include "packet/ctx.h"

unsigned int slb_echo(const struct slb_ctx *ctx, struct sk_buff *skb);

#endif /* _SLB_PACKET_ECHO_H */
