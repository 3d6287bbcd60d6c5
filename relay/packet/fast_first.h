/* SPDX-License-Identifier: GPL-2.0-only */
/* First packets of flows on the fast path. */
#ifndef _RLY_FAST_FIRST_H
#define _RLY_FAST_FIRST_H

struct rly_net;
struct sk_buff;

unsigned int rly_fast_first4(struct rly_net *rn, struct sk_buff *skb);
unsigned int rly_fast_first6(struct rly_net *rn, struct sk_buff *skb);

#endif /* _RLY_FAST_FIRST_H */
