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
	struct rcu_head rcu;
};

/**
 * struct rly_flows - the flow table of a namespace
 * @limit: maximum number of flows; 0 switches the table off; read with READ_ONCE in softirq
 * @timeout: by state, in seconds; read as @limit
 * @dead_after: milliseconds for which flows wait for a balancer that has lost all links; read as
 *	@limit
 * @dead_reset: reset clients whose balancer is gone; read as @limit
 * @table: the flows, by client and VIP
 * @lock: protects the members below and changes of states; innermost, with BH disabled
 * @lru: lists by state, least recently seen flow first
 * @n: number of flows
 * @total: flows inserted so far
 * @expired: flows removed by a timeout
 * @evicted: flows removed to make room
 * @refused: flows not inserted because the table was full
 * @lost: flows whose balancer was gone
 * @n_doubt: number of flows in doubt; read with READ_ONCE in softirq
 * @learn: jiffies until which flows are learned from packets of balancers; read as @n_doubt
 * @work: removes expired flows; runs while there is a VIP or a flow
 */
struct rly_flows {
	u32 limit;
	u32 timeout[RLY_FLOW_STATES];
	u32 dead_after;
	bool dead_reset;
	struct rhashtable table;
	spinlock_t lock;
	struct list_head lru[RLY_FLOW_STATES];
	u32 n;
	u64 total;
	u64 expired;
	u64 evicted;
	u64 refused;
	u64 lost;
	u32 n_doubt;
	unsigned long learn;
	struct delayed_work work;
};

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
	return READ_ONCE(flows->n_doubt) || time_after(READ_ONCE(flows->learn), jiffies);
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
u64 rly_flow_count(struct rly_flows *flows, const u64 *counter);

int rly_flow_init(void);
void rly_flow_exit(void);
int rly_flow_net_init(struct rly_net *rn);
void rly_flow_net_start(struct rly_net *rn);
void rly_flow_net_stop(struct rly_net *rn);
void rly_flow_net_exit(struct rly_net *rn);

#endif /* _RLY_FLOW_H */
