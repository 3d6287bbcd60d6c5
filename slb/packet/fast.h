/* SPDX-License-Identifier: GPL-2.0-only */
/* The fast path of the balancer. */
#ifndef _SLB_PACKET_FAST_H
#define _SLB_PACKET_FAST_H

#include "net.h"
#include "packet/ctx.h"

unsigned int slb_fast_hook(void *priv, struct sk_buff *skb, const struct nf_hook_state *state);

#endif /* _SLB_PACKET_FAST_H */
