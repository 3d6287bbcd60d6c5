/* SPDX-License-Identifier: GPL-2.0-only */
/* Connections that the relay meets in their middle. */
#ifndef _RLY_PACKET_DOUBT_H
#define _RLY_PACKET_DOUBT_H

#include "state/flow.h"

bool rly_doubt_stands(const struct rly_snapshot *snap);
bool rly_doubt_next(struct rly_net *rn, const struct rly_snapshot *snap, struct rly_flow *flow,
		    struct rly_target *target);
bool rly_doubt_none(struct rly_net *rn, const struct rly_snapshot *snap, struct sk_buff *skb,
		    u8 family);
enum slb_drop rly_doubt_reply(struct rly_net *rn, const struct rly_snapshot *snap,
			      const struct sk_buff *skb, const struct slb_pkt *p);

#endif /* _RLY_PACKET_DOUBT_H */
