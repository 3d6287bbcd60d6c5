/* SPDX-License-Identifier: GPL-2.0-only */
/* The fast path of known flows, and its interface to the ordinary path. */
#ifndef _RLY_FAST_H
#define _RLY_FAST_H

#include <linux/netfilter.h>
#include <linux/types.h>

struct net_device;
struct rly_net;
struct rly_snapshot;
struct rly_target;
struct slb_tuple;

void rly_fast_return_passed(struct rly_net *rn, const struct rly_snapshot *snap,
			    const struct slb_tuple *t, int iif, u32 gen,
			    const struct rly_target *target);
unsigned int rly_fast_hook(void *priv, struct sk_buff *skb, const struct nf_hook_state *state);
nf_hookfn *rly_fast_hook_of(bool traced);
int rly_fast_device(struct rly_net *rn, struct net_device *dev, bool gone);
int rly_fast_sync(struct rly_net *rn);
int rly_fast_set(struct rly_net *rn, bool on);

#endif /* _RLY_FAST_H */
