/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets to a virtual address that match no VIP. */
#ifndef _RLY_UNMATCHED_H
#define _RLY_UNMATCHED_H

#include <linux/skbuff.h>
#include <slb/parse.h>

struct rly_net;

unsigned int rly_unmatched(struct rly_net *rn, struct sk_buff *skb, const struct slb_pkt *p);

#endif /* _RLY_UNMATCHED_H */
