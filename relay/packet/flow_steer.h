/* SPDX-License-Identifier: GPL-2.0-only */
/* Which balancer and link a packet to a VIP takes. */
#ifndef _RLY_PACKET_FLOW_STEER_H
#define _RLY_PACKET_FLOW_STEER_H

#include "state/flow.h"

enum slb_sign rly_flow_sign(const struct slb_pkt *p);
enum slb_drop rly_flow_steer(struct rly_net *rn, const struct rly_snapshot *snap,
			     const struct slb_tuple *t, enum slb_sign sign,
			     struct rly_target *target);
bool rly_flow_target(struct rly_net *rn, const struct rly_snapshot *snap, struct rly_flow *flow,
		     struct rly_target *target);
const struct rly_member *rly_flow_member(const struct rly_snapshot *snap,
					 const struct rly_flow *flow,
					 u64 hash);

#endif /* _RLY_PACKET_FLOW_STEER_H */
