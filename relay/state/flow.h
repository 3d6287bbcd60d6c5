/* SPDX-License-Identifier: GPL-2.0-only */
/* The flow table: keeps each known flow at its balancer; its size is limited. */
#ifndef _RLY_FLOW_H
#define _RLY_FLOW_H

#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/rhashtable-types.h>
#include <linux/slb_relay.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <slb/count.h>
#include <slb/parse.h>
#include "state/target.h"

struct rly_net;
struct rly_vip;

#define RLY_FLOW_STATES (SLB_RELAY_FLOW_STATE_SCTP_ESTABLISHED + 1)

/**
 * struct rly_flow - a known flow
 * @node: in the flow table
 * @t: from client to VIP; its tag is the state, enum slb_relay_flow_state
 * @hash: part of its flow hash, for the table
 * @balancer: number of the balancer that has it
 * @link: number of its link; another one stands in while that is down; RLY_FLOW_LOST when the
 *	client got a reset
 * @seen: jiffies of the last packet, updated once a second
 * @lru: on the list of its state, in the order of @seen; empty when no longer in the table
 * @passed: devices by which a packet has passed all chains: rly_flow_mark_of(), or 0
 * @vip: its VIP, while @gen is rly_net.seq
 * @gen: rly_net.seq of @passed; after a change every flow passes the chains again
 * @doubt: 0 when @balancer is known to have the flow; else the number of the balancer that was
 *	asked first, see doubt.c: such a flow never takes the fast path
 * @part: number of its struct rly_flow_part; never changes
 * @rcu: frees it
 *
 * Packets write to it at most once a second.
 */
struct rly_flow {
	struct rhash_head node;
	struct slb_tuple t;
	u32 hash;
	u32 balancer;
	u32 link;
	u32 seen;
	struct list_head lru;
	u64 passed;
	struct rly_vip *vip;
	u32 gen;
	u32 doubt;
	u32 part;
	struct rcu_head rcu;
};

/* Most parts of the flows. */
#define RLY_FLOW_PARTS 32

/**
 * enum rly_flow_counter - what is counted of flows
 * @RLY_COUNT_TOTAL: flows inserted so far
 * @RLY_COUNT_EXPIRED: flows removed by a timeout
 * @RLY_COUNT_EVICTED: flows removed to make room
 * @RLY_COUNT_REFUSED: flows not inserted because the table was full
 * @RLY_COUNT_LOST: flows whose balancer was gone
 * @RLY_COUNTERS: number of counters
 */
enum rly_flow_counter {
	RLY_COUNT_TOTAL,
	RLY_COUNT_EXPIRED,
	RLY_COUNT_EVICTED,
	RLY_COUNT_REFUSED,
	RLY_COUNT_LOST,
	RLY_COUNTERS,
};

/**
 * struct rly_flow_part - flows that a CPU has inserted
 * @lock: protects the members below and changes of states of these flows; with BH disabled
 * @lru: lists by state, least recently seen flow first
 * @counter: by enum rly_flow_counter
 */
struct rly_flow_part {
	spinlock_t lock;
	struct list_head lru[RLY_FLOW_STATES];
	u64 counter[RLY_COUNTERS];
} ____cacheline_aligned_in_smp;

/**
 * struct rly_flows - the flow table of a namespace
 * @limit: maximum number of flows; 0 switches the table off; read with READ_ONCE in softirq
 * @timeout: by state, in seconds; read as @limit
 * @dead_after: milliseconds for which flows wait for a balancer that has lost all links; read as
 *	@limit
 * @dead_reset: reset clients whose balancer is gone; read as @limit
 * @table: the flows, by client and VIP
 * @part: the flows by the CPU that has inserted them, so that CPUs do not wait for each other
 * @n_parts: their number
 * @count: number of flows
 * @n_doubt: number of flows in doubt
 * @learn: jiffies until which flows are learned from packets of balancers; read as @limit
 * @work: removes expired flows; runs while there is a VIP or a flow
 */
struct rly_flows {
	u32 limit;
	u32 timeout[RLY_FLOW_STATES];
	u32 dead_after;
	bool dead_reset;
	struct rhashtable table;
	struct rly_flow_part *part;
	u32 n_parts;
	struct slb_count count;
	atomic_t n_doubt;
	unsigned long learn;
	struct delayed_work work;
};

/* For how long flows are learned from replies after the table was cleared, in jiffies. */
#define RLY_FLOW_LEARN (60 * HZ)

/* No link has this number: rly_link_begin() draws numbers of 31 bits. */
#define RLY_FLOW_LOST U32_MAX

/* How far the seed of the table may shift a hash; see slb_table_bits(). */
#define RLY_FLOW_SEED_MASK 7

/* The part of a flow hash that the table uses. */
static inline u32 rly_flow_fold(u64 hash)
{
	return hash ^ hash >> 32;
}

/* The mark of a pair of devices. */
static inline u64 rly_flow_mark_of(int iif, int oif)
{
	return (u64)(u32)iif << 32 | (u32)oif;
}

/* A packet that neither begins nor ends anything does not change this state. */
static inline bool rly_flow_settled(u8 state)
{
	return state > SLB_RELAY_FLOW_STATE_SCTP_INIT;
}

static inline u8 rly_flow_state(const struct rly_flow *flow)
{
	/* pairs with rly_flow_stamp(): the time of this state, or a later one, is read after it */
	return smp_load_acquire(&flow->t.tag);
}

/* The timeout of a flow, in jiffies. */
static inline u32 rly_flow_timeout(const struct rly_flows *flows, const struct rly_flow *flow)
{
	return READ_ONCE(flows->timeout[rly_flow_state(flow)]) * HZ;
}

static inline bool rly_flow_expired(const struct rly_flows *flows, const struct rly_flow *flow)
{
	u32 timeout = rly_flow_timeout(flows, flow);

	/* signed: another CPU may just have renewed it */
	return (s32)((u32)jiffies - READ_ONCE(flow->seen)) > (s32)timeout;
}

/* Is the flow in doubt: may another balancer have it? */
static inline bool rly_flow_doubted(const struct rly_flow *flow)
{
	return READ_ONCE(flow->doubt);
}

/* May a packet from a balancer belong to a flow in doubt? Then rly_doubt_reply() must see it. */
static inline bool rly_flows_in_doubt(const struct rly_flows *flows)
{
	return atomic_read(&flows->n_doubt) || time_after(READ_ONCE(flows->learn), jiffies);
}

struct rly_flow *rly_flow_find(struct rly_flows *flows, const struct slb_tuple *t, u64 hash);
void rly_flow_enter(struct rly_flows *flows, const struct slb_tuple *t,
		    const struct rly_target *target, struct rly_flow *old, bool doubt);
void rly_flow_learn(struct rly_flows *flows, const struct slb_tuple *t,
		    const struct rly_target *target);
int rly_flow_import(struct rly_flows *flows, const struct slb_tuple *t,
		    const struct rly_target *target, u8 state, u32 idle);
bool rly_flow_ask(struct rly_flows *flows, struct rly_flow *flow, u32 asked,
		  const struct rly_target *target);
void rly_flow_confirm(struct rly_flows *flows, struct rly_flow *flow,
		      const struct rly_target *target, bool open);
void rly_flow_end(struct rly_flows *flows, struct rly_flow *flow);
void rly_flow_drop(struct rly_flows *flows, struct rly_flow *flow);
void rly_flow_relink(struct rly_flows *flows, struct rly_flow *flow, u32 link);
void rly_flow_mark(struct rly_flows *flows, struct rly_flow *flow, struct rly_vip *vip, u32 gen,
		   u64 mark);
void rly_flow_seen(struct rly_flows *flows, struct rly_flow *flow);
void rly_flow_advance(struct rly_flows *flows, struct rly_flow *flow, u8 state);
void rly_flow_lose(struct rly_flows *flows, struct rly_flow *flow);
void rly_flow_shrink(struct rly_flows *flows, u32 limit);
void rly_flow_clear(struct rly_flows *flows);
bool rly_flow_purge_one(struct rly_flows *flows, struct rly_flow *flow);
u32 rly_flow_purge(struct rly_flows *flows,
		   bool (*match)(const struct rly_flow *flow, const void *arg), const void *arg);
u64 rly_flow_count(struct rly_flows *flows, enum rly_flow_counter which);

int rly_flow_init(void);
void rly_flow_exit(void);
int rly_flow_net_init(struct rly_net *rn);
void rly_flow_net_start(struct rly_net *rn);
void rly_flow_net_stop(struct rly_net *rn);
void rly_flow_net_exit(struct rly_net *rn);

#endif /* _RLY_FLOW_H */
