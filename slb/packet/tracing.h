/* SPDX-License-Identifier: GPL-2.0-only */
/* Hooks that look for packets to trace; registered instead of the others while somebody traces. */
#ifndef _SLB_PACKET_TRACING_H
#define _SLB_PACKET_TRACING_H

#include <linux/netfilter.h>

nf_hookfn *slb_tracing_hook(u8 family);
unsigned int slb_tracing_ingress(void *priv, struct sk_buff *skb,
				 const struct nf_hook_state *state);

#endif /* _SLB_PACKET_TRACING_H */
