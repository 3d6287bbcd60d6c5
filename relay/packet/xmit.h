/* SPDX-License-Identifier: GPL-2.0-only */
/* Send a packet to a balancer over one of its links. */
#ifndef _RLY_XMIT_H
#define _RLY_XMIT_H

#include <linux/skbuff.h>
#include <slb/parse.h>
#include "packet/steer.h"

struct rly_net;

struct dst_entry *rly_xmit_route(struct rly_net *rn, struct rly_target *target, u8 family);
bool rly_xmit_reset_table(const struct rly_net *rn, struct sk_buff *skb, u8 family);
unsigned int rly_xmit_reset(struct rly_net *rn, struct sk_buff *skb, const struct slb_pkt *p,
			    enum slb_drop reason);
enum slb_drop rly_xmit(struct rly_net *rn, struct sk_buff *skb, const struct slb_pkt *p,
		       struct rly_target *target, unsigned int dir);

#endif /* _RLY_XMIT_H */
