/* SPDX-License-Identifier: GPL-2.0-only */
/* Hooks of the ordinary path. */
#ifndef _RLY_PACKET_HOOK_H
#define _RLY_PACKET_HOOK_H

#include <slb/drop.h>

#include "net.h"

struct rly_onward;

unsigned int rly_hook4(void *priv, struct sk_buff *skb, const struct nf_hook_state *state);
unsigned int rly_hook6(void *priv, struct sk_buff *skb, const struct nf_hook_state *state);
enum slb_drop rly_hook_source(struct rly_net *rn, const struct sk_buff *skb, int iif,
			      struct rly_onward *o);
int rly_hook_register(struct rly_net *rn);
void rly_hook_unregister(struct rly_net *rn);
int rly_hook_on(struct rly_net *rn);
void rly_hook_off(struct rly_net *rn);

#endif /* _RLY_PACKET_HOOK_H */
