/* SPDX-License-Identifier: GPL-2.0-only */
/* Hooks of the ordinary path. */
#ifndef _SLB_PACKET_HOOK_H
#define _SLB_PACKET_HOOK_H

#include "net.h"
#include "packet/ctx.h"

unsigned int slb_hook4(void *priv, struct sk_buff *skb, const struct nf_hook_state *state);
unsigned int slb_hook6(void *priv, struct sk_buff *skb, const struct nf_hook_state *state);
int slb_hook_register(struct slb_net *sn);
void slb_hook_unregister(struct slb_net *sn);
int slb_hook_on(struct slb_net *sn);
void slb_hook_off(struct slb_net *sn);

#endif /* _SLB_PACKET_HOOK_H */
