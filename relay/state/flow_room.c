// SPDX-License-Identifier: GPL-2.0-only
/* The parts of the flow table: which flow makes room, which ones have expired, and counters. */
#include <linux/mm.h>
#include <linux/slab.h>

#include "state/flow.h"
#include "state/flow_room.h"

/* Most flows that are removed without a pause. */
#define RLY_FLOW_BATCH 64
/* An open flow that was seen within this time does not make room, in jiffies. */
#define RLY_FLOW_GUARD (10 * HZ)
/* Most flows that are looked at to make room for one: softirq must be short. */
#define RLY_FLOW_TRIES 4

/* The order in which flows make room, as ranges of states. */
enum {
	RLY_TIER_NEW,
	RLY_TIER_CLOSING,
	RLY_TIER_OPEN,
};

static const struct {
	u8 first;
	u8 last;
} rly_flow_tier[] = {
	[RLY_TIER_NEW] = { SLB_RELAY_FLOW_STATE_TCP_SYN, SLB_RELAY_FLOW_STATE_SCTP_INIT },
	[RLY_TIER_CLOSING] = { SLB_RELAY_FLOW_STATE_TCP_FIN, SLB_RELAY_FLOW_STATE_SCTP_SHUTDOWN },
	[RLY_TIER_OPEN] = { SLB_RELAY_FLOW_STATE_TCP_ESTABLISHED,
			    SLB_RELAY_FLOW_STATE_SCTP_ESTABLISHED },
};

/**
 * rly_flow_note() - count something that is not of a flow in the table
 * @flows: the flows
 * @which: what
 *
 * Context: BH disabled.
 */
void rly_flow_note(struct rly_flows *flows, enum rly_flow_counter which)
{
	struct rly_flow_part *part = &flows->part[rly_flow_mine(flows)];

	spin_lock(&part->lock);
	part->counter[which]++;
	spin_unlock(&part->lock);
}

/* Is a flow of a part in a state of the tier? */
static bool rly_flow_any(const struct rly_flow_part *part, unsigned int tier)
{
	u8 state;

	for (state = rly_flow_tier[tier].first; state <= rly_flow_tier[tier].last; state++)
		if (!list_empty(&part->lru[state]))
			return true;
	return false;
}

/*
 * The least recently seen flow of a tier, or NULL. It may leave the tier or the table before its
 * lock is taken. Context: BH disabled, RCU.
 */
static struct rly_flow *rly_flow_oldest(struct rly_flows *flows, unsigned int tier)
{
	struct rly_flow *flow, *oldest = NULL;
	struct rly_flow_part *part;
	u32 i, seen = 0;
	u8 state;

	for (i = 0; i < flows->n_parts; i++) {
		part = &flows->part[i];
		if (!rly_flow_any(part, tier))
			continue;
		spin_lock(&part->lock);
		for (state = rly_flow_tier[tier].first; state <= rly_flow_tier[tier].last;
		     state++) {
			flow = list_first_entry_or_null(&part->lru[state], struct rly_flow, lru);
			if (!flow || (oldest && (s32)(flow->seen - seen) >= 0))
				continue;
			oldest = flow;
			seen = flow->seen;
		}
		spin_unlock(&part->lock);
	}
	return oldest;
}

/*
 * Select the flow that makes room for a new one: first flows of a single packet, so that a flood of
 * them only displaces itself; then flows that have ended; last, others. Context: as above.
 */
static struct rly_flow *rly_flow_victim(struct rly_flows *flows, unsigned int *tier)
{
	struct rly_flow *flow = NULL;

	for (*tier = RLY_TIER_NEW; *tier <= RLY_TIER_OPEN; ++*tier) {
		flow = rly_flow_oldest(flows, *tier);
		if (flow)
			break;
	}
	return flow;
}

/*
 * Remove a flow that was chosen to make room, if it is still in that tier. @idle: not if it is open
 * and in use. Return: false when it stays. Context: BH disabled, RCU.
 */
static bool rly_flow_evict(struct rly_flows *flows, struct rly_flow *flow, unsigned int tier,
			   bool idle, bool count)
{
	struct rly_flow_part *part = rly_flow_part(flows, flow);
	bool goes;

	spin_lock(&part->lock);
	goes = !list_empty(&flow->lru) && flow->t.tag >= rly_flow_tier[tier].first &&
	       flow->t.tag <= rly_flow_tier[tier].last &&
	       !(idle && tier == RLY_TIER_OPEN && (u32)jiffies - flow->seen < RLY_FLOW_GUARD);
	if (goes) {
		rly_flow_forget(flows, flow);
		part->counter[RLY_COUNT_EVICTED] += count;
	}
	spin_unlock(&part->lock);
	return goes;
}

/**
 * rly_flow_make() - make room at the limit
 * @flows: the flows
 *
 * Other CPUs may take the same flow for the oldest. Context: softirq, RCU.
 *
 * Return: true when there is room for one more.
 */
bool rly_flow_make(struct rly_flows *flows)
{
	unsigned int tries, tier;
	struct rly_flow *flow;

	for (tries = 0; tries < RLY_FLOW_TRIES; tries++) {
		flow = rly_flow_victim(flows, &tier);
		if (!flow)
			return false;
		if (!rly_flow_evict(flows, flow, tier, true, true) && tier == RLY_TIER_OPEN)
			return false;
		if (slb_count_below(&flows->count))
			return true;
	}
	return false;
}

/* Return: true when there may be more. @evicted: count them as such. */
static bool rly_flow_shrink_some(struct rly_flows *flows, u32 limit, bool evicted)
{
	struct rly_flow *flow;
	unsigned int tier;
	u32 i;

	rcu_read_lock_bh();
	for (i = 0; i < RLY_FLOW_BATCH && slb_count_read(&flows->count) > limit; i++) {
		flow = rly_flow_victim(flows, &tier);
		if (!flow)
			break;
		rly_flow_evict(flows, flow, tier, false, evicted);
	}
	rcu_read_unlock_bh();
	return i == RLY_FLOW_BATCH;
}

/**
 * rly_flow_shrink() - remove flows until at most @limit are left
 * @flows: the flows
 * @limit: number of flows
 *
 * Context: process, may sleep.
 */
void rly_flow_shrink(struct rly_flows *flows, u32 limit)
{
	while (rly_flow_shrink_some(flows, limit, true))
		cond_resched();
}

/**
 * rly_flow_clear() - remove all flows: their addresses or the key of their hash are gone
 * @flows: the flows
 *
 * Context: process, may sleep.
 */
void rly_flow_clear(struct rly_flows *flows)
{
	WRITE_ONCE(flows->learn, jiffies + RLY_FLOW_LEARN);
	while (rly_flow_shrink_some(flows, 0, false))
		cond_resched();
}

/**
 * rly_flow_count() - read a counter
 * @flows: the flows
 * @which: which one
 *
 * Return: its value.
 */
u64 rly_flow_count(struct rly_flows *flows, enum rly_flow_counter which)
{
	u64 n = 0;
	u32 i;

	for (i = 0; i < flows->n_parts; i++) {
		spin_lock_bh(&flows->part[i].lock);
		n += flows->part[i].counter[which];
		spin_unlock_bh(&flows->part[i].lock);
	}
	return n;
}

/* Remove expired flows of a state: they are at the front. Return: true when there may be more. */
static bool rly_flow_expire_some(struct rly_flows *flows, struct rly_flow_part *part, u8 state)
{
	struct rly_flow *flow;
	u32 i;

	spin_lock_bh(&part->lock);
	for (i = 0; i < RLY_FLOW_BATCH; i++) {
		flow = list_first_entry_or_null(&part->lru[state], struct rly_flow, lru);
		if (!flow || !rly_flow_expired(flows, flow))
			break;
		rly_flow_forget(flows, flow);
		part->counter[RLY_COUNT_EXPIRED]++;
	}
	spin_unlock_bh(&part->lock);
	return i == RLY_FLOW_BATCH;
}

/**
 * rly_flow_expire() - remove expired flows
 * @flows: the flows
 *
 * Context: process, may sleep.
 */
void rly_flow_expire(struct rly_flows *flows)
{
	u8 state;
	u32 i;

	for (i = 0; i < flows->n_parts; i++)
		for (state = 0; state < RLY_FLOW_STATES; state++)
			while (rly_flow_expire_some(flows, &flows->part[i], state))
				cond_resched();
}

/**
 * rly_flow_parts_init() - allocate the parts of the flows, empty
 * @flows: the flows
 *
 * Return: 0 or -ENOMEM.
 */
int rly_flow_parts_init(struct rly_flows *flows)
{
	u32 i;
	u8 state;

	flows->n_parts = min_t(u32, nr_cpu_ids, RLY_FLOW_PARTS);
	flows->part = kvcalloc(flows->n_parts, sizeof(*flows->part), GFP_KERNEL);
	if (!flows->part)
		return -ENOMEM;
	for (i = 0; i < flows->n_parts; i++) {
		spin_lock_init(&flows->part[i].lock);
		for (state = 0; state < RLY_FLOW_STATES; state++)
			INIT_LIST_HEAD(&flows->part[i].lru[state]);
	}
	return 0;
}

/**
 * rly_flow_parts_exit() - free the parts of the flows
 * @flows: the flows; all are gone
 */
void rly_flow_parts_exit(struct rly_flows *flows)
{
	kvfree(flows->part);
}
