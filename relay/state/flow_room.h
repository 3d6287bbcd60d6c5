/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of the flow table, for the sources of the table. */
#ifndef _RLY_FLOW_ROOM_H
#define _RLY_FLOW_ROOM_H

#include "state/flow.h"

/* The part that a flow belongs to. */
static inline struct rly_flow_part *rly_flow_part(const struct rly_flows *flows,
						  const struct rly_flow *flow)
{
	return &flows->part[flow->part];
}

/* Is its lock held? */
static inline void rly_flow_assert(const struct rly_flows *flows, const struct rly_flow *flow)
{
	lockdep_assert_held(&rly_flow_part(flows, flow)->lock);
}

/* The part for flows that this CPU inserts. Context: BH disabled. */
static inline u32 rly_flow_mine(const struct rly_flows *flows)
{
	return raw_smp_processor_id() % flows->n_parts;
}

void rly_flow_forget(struct rly_flows *flows, struct rly_flow *flow);
void rly_flow_note(struct rly_flows *flows, enum rly_flow_counter which);
bool rly_flow_make(struct rly_flows *flows);
void rly_flow_expire(struct rly_flows *flows);
int rly_flow_parts_init(struct rly_flows *flows);
void rly_flow_parts_exit(struct rly_flows *flows);

#endif /* _RLY_FLOW_ROOM_H */
