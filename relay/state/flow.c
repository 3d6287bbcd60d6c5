// SPDX-License-Identifier: GPL-2.0-only
/* The flow table: bounded; the least recently used flow makes room. */
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <slb/table.h>

#include "config/link.h"
#include "config/snapshot.h"
#include "net.h"
#include "state/flow.h"
#include "state/flow_room.h"
#include "state/reply_cache.h"

/* Default of flow-limit. */
#define RLY_FLOW_LIMIT 262144
/* Default of dead-after, milliseconds. */
#define RLY_FLOW_DEAD_AFTER 3000
/* Period of the garbage collector, in jiffies. */
#define RLY_FLOW_PERIOD HZ
/* By how much a packet of another relay must be later than the last one here, in jiffies. */
#define RLY_FLOW_LATER (2 * HZ)

static struct kmem_cache *rly_flow_cache;

/* Lookup key of a flow. */
struct rly_flow_key {
	const struct slb_tuple *t;
	u32 hash;
};

/*
 * The caller of a lookup has computed the keyed flow hash. rhashtable's seed only selects which of
 * its bits are used; enough are left for the largest table.
 */
static u32 rly_flow_keyhash(const void *data, u32 len, u32 seed)
{
	return slb_table_bits(((const struct rly_flow_key *)data)->hash, seed, RLY_FLOW_SEED_MASK);
}

static u32 rly_flow_objhash(const void *data, u32 len, u32 seed)
{
	return slb_table_bits(((const struct rly_flow *)data)->hash, seed, RLY_FLOW_SEED_MASK);
}

static int rly_flow_cmp(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct rly_flow_key *key = arg->key;
	const struct rly_flow *flow = obj;

	return key->hash != flow->hash || !slb_tuple_equal(key->t, &flow->t);
}

static const struct rhashtable_params rly_flow_params = {
	.head_offset = offsetof(struct rly_flow, node),
	.key_len = sizeof(struct rly_flow_key),
	.hashfn = rly_flow_keyhash,
	.obj_hashfn = rly_flow_objhash,
	.obj_cmpfn = rly_flow_cmp,
	.automatic_shrinking = true,
};

static struct rly_flow_key rly_flow_key(const struct slb_tuple *t, u64 hash)
{
	return (struct rly_flow_key) { .t = t, .hash = rly_flow_fold(hash) };
}

static __always_inline bool rly_flow_has(const struct rhash_head *he, const void *key)
{
	const struct rly_flow *flow = container_of(he, struct rly_flow, node);
	const struct rly_flow_key *k = key;

	return k->hash == flow->hash && slb_tuple_equal(k->t, &flow->t);
}

/**
 * rly_flow_find() - look up a flow
 * @flows: the flows
 * @t: from client to VIP
 * @hash: its flow hash
 *
 * Context: RCU.
 *
 * Return: the flow, even if it has expired, or NULL.
 */
struct rly_flow *rly_flow_find(struct rly_flows *flows, const struct slb_tuple *t, u64 hash)
{
	struct rly_flow_key key = rly_flow_key(t, hash);

	struct rhash_head *he = slb_table_find(&flows->table, key.hash, RLY_FLOW_SEED_MASK,
					       rly_flow_has, &key);

	return he ? container_of(he, struct rly_flow, node) : NULL;
}

static void rly_flow_free_rcu(struct rcu_head *rcu)
{
	kmem_cache_free(rly_flow_cache, container_of(rcu, struct rly_flow, rcu));
}

/* Update the number of flows of a flow's link, unless the link is gone. Context: its lock. */
static void rly_flow_tally(struct rly_flows *flows, const struct rly_flow *flow, int by)
{
	struct rly_net *rn = container_of(flows, struct rly_net, flows);
	const struct rly_link *link;

	rcu_read_lock();
	link = xa_load(&rn->links, flow->link);
	if (link)
		this_cpu_add(*link->flows, by);
	rcu_read_unlock();
}

/* Set or clear the doubt. @asked: number of the balancer that is asked first, or 0 for no doubt. */
static void rly_flow_doubt(struct rly_flows *flows, struct rly_flow *flow, u32 asked)
{
	if (likely(asked == flow->doubt))
		return;
	atomic_add(!!asked - !!flow->doubt, &flows->n_doubt);
	WRITE_ONCE(flow->doubt, asked);
}

/**
 * rly_flow_forget() - remove a flow from the table
 * @flows: the flows
 * @flow: the flow, in the table
 *
 * Packets may still use it for a grace period. Context: its lock.
 */
void rly_flow_forget(struct rly_flows *flows, struct rly_flow *flow)
{
	rly_flow_assert(flows, flow);
	rly_flow_doubt(flows, flow, 0);
	list_del_init(&flow->lru);
	rly_flow_tally(flows, flow, -1);
	rhashtable_remove_fast(&flows->table, &flow->node, rly_flow_params);
	slb_count_add(&flows->count, -1);
	call_rcu(&flow->rcu, rly_flow_free_rcu);
}

/* Write the time first: another CPU must not see the new state with the old time. */
static void rly_flow_date(struct rly_flow *flow, u8 state, u32 seen)
{
	WRITE_ONCE(flow->seen, seen);
	/* pairs with rly_flow_state() */
	smp_store_release(&flow->t.tag, state);
}

static void rly_flow_stamp(struct rly_flow *flow, u8 state)
{
	rly_flow_date(flow, state, (u32)jiffies);
}

static void rly_flow_set(struct rly_flow *flow, const struct rly_target *target)
{
	WRITE_ONCE(flow->seen, (u32)jiffies);
	WRITE_ONCE(flow->balancer, target->member->n);
	WRITE_ONCE(flow->link, target->link->n);
	WRITE_ONCE(flow->passed, 0);
	/* the cached VIP is only for the fast path: make it void */
	WRITE_ONCE(flow->gen, 0);
}

/* rly_flow_set() for a flow that is in the table. */
static void rly_flow_give(struct rly_flows *flows, struct rly_flow *flow,
			  const struct rly_target *target)
{
	rly_flow_tally(flows, flow, -1);
	rly_flow_set(flow, target);
	rly_flow_tally(flows, flow, 1);
}

/*
 * Insert a flow. @seen: jiffies of its last packet. Context: BH disabled, RCU. Return: 0; -EEXIST
 * when another CPU has inserted it first; or -ENOMEM.
 */
static int rly_flow_insert(struct rly_flows *flows, const struct slb_tuple *t,
			   const struct rly_target *target, u8 state, bool doubt, u32 seen)
{
	struct rly_flow_key key = rly_flow_key(t, target->hash);
	struct rly_flow_part *part;
	struct rhash_head *other;
	struct rly_flow *flow;

	flow = kmem_cache_alloc(rly_flow_cache, GFP_ATOMIC | __GFP_NOWARN);
	if (!flow)
		return -ENOMEM;
	flow->t = *t;
	flow->hash = key.hash;
	flow->vip = NULL;
	flow->doubt = 0;
	flow->part = rly_flow_mine(flows);
	rly_flow_set(flow, target);
	rly_flow_date(flow, state, seen);
	part = rly_flow_part(flows, flow);
	/* who finds it in the table waits for this lock, and then sees it on its list */
	spin_lock(&part->lock);
	other = slb_table_insert(&flows->table, key.hash, RLY_FLOW_SEED_MASK, rly_flow_has, &key,
				 &flow->node);
	if (unlikely(other)) {
		spin_unlock(&part->lock);
		kmem_cache_free(rly_flow_cache, flow);
		return IS_ERR(other) ? -ENOMEM : -EEXIST;
	}
	list_add_tail(&flow->lru, &part->lru[state]);
	rly_flow_doubt(flows, flow, doubt ? target->member->n : 0);
	rly_flow_tally(flows, flow, 1);
	slb_count_add(&flows->count, 1);
	part->counter[RLY_COUNT_TOTAL]++;
	spin_unlock(&part->lock);
	return 0;
}

/* Restart a flow that is in the table. Return: false when it has left the table. */
static bool rly_flow_restart(struct rly_flows *flows, struct rly_flow *flow,
			     const struct rly_target *target, u8 state, bool doubt)
{
	struct rly_flow_part *part = rly_flow_part(flows, flow);
	bool there;

	spin_lock(&part->lock);
	there = !list_empty(&flow->lru);
	if (there) {
		if (rly_flow_expired(flows, flow))
			part->counter[RLY_COUNT_EXPIRED]++;
		rly_flow_stamp(flow, state);
		rly_flow_give(flows, flow, target);
		rly_flow_doubt(flows, flow, doubt ? target->member->n : 0);
		list_move_tail(&flow->lru, &part->lru[state]);
		part->counter[RLY_COUNT_TOTAL]++;
	}
	spin_unlock(&part->lock);
	return there;
}

/**
 * rly_flow_enter() - insert a flow, or restart one
 * @flows: the flows
 * @t: from client to VIP
 * @target: its balancer and link
 * @old: entry of an earlier flow with the same key, or NULL; overwritten
 * @doubt: another balancer may have the flow
 *
 * Without room or memory the flow goes by its hash alone. Context: softirq, RCU.
 */
void rly_flow_enter(struct rly_flows *flows, const struct slb_tuple *t,
		    const struct rly_target *target, struct rly_flow *old, bool doubt)
{
	u8 state = slb_proto_flow_first(t->proto);

	if (old && rly_flow_restart(flows, old, target, state, doubt))
		return;
	if (unlikely((!slb_count_below(&flows->count) && !rly_flow_make(flows)) ||
		     rly_flow_insert(flows, t, target, state, doubt, (u32)jiffies) == -ENOMEM))
		rly_flow_note(flows, RLY_COUNT_REFUSED);
}

/**
 * rly_flow_learn() - insert a flow because a balancer has sent a packet of it
 * @flows: the flows
 * @t: from client to VIP; TCP or SCTP
 * @target: its balancer and link
 *
 * No other flow makes room for it: the client's next packet inserts it anyway. Context: softirq,
 * RCU.
 */
void rly_flow_learn(struct rly_flows *flows, const struct slb_tuple *t,
		    const struct rly_target *target)
{
	if (slb_count_below(&flows->count))
		rly_flow_insert(flows, t, target, slb_proto_flow_open(t->proto), false,
				(u32)jiffies);
}

/* Is what another relay says older than what this one has seen? Their clocks do not quite agree. */
static bool rly_flow_knows(const struct rly_flows *flows, const struct rly_flow *flow, u32 idle)
{
	return !flow->doubt && !rly_flow_expired(flows, flow) &&
	       (u32)jiffies - flow->seen < idle + RLY_FLOW_LATER;
}

/*
 * Change a flow that is in the table as another relay has seen it. Return: 0; -EEXIST; or -ENOENT
 * when it has left the table.
 */
static int rly_flow_correct(struct rly_flows *flows, struct rly_flow *flow,
			    const struct rly_target *target, u8 state, u32 idle)
{
	struct rly_flow_part *part = rly_flow_part(flows, flow);
	int err = 0;

	spin_lock(&part->lock);
	if (list_empty(&flow->lru)) {
		err = -ENOENT;
	} else if (rly_flow_knows(flows, flow, idle)) {
		err = -EEXIST;
	} else {
		if (flow->balancer != target->member->n)
			rly_flow_give(flows, flow, target);
		rly_flow_doubt(flows, flow, 0);
		list_move_tail(&flow->lru, &part->lru[state]);
		rly_flow_date(flow, state, (u32)jiffies - idle);
	}
	spin_unlock(&part->lock);
	return err;
}

/**
 * rly_flow_import() - insert or change a flow as another relay has seen it
 * @flows: the flows
 * @t: from client to VIP
 * @target: its balancer, and a link of it
 * @state: enum slb_relay_flow_state
 * @idle: time since its last packet there, in jiffies
 *
 * The relay that has seen the later packet is right. No other flow makes room. Context: process,
 * RCU.
 *
 * Return: 0; -EEXIST when this relay has seen a later packet; -ENOSPC without room; -ENOMEM.
 */
int rly_flow_import(struct rly_flows *flows, const struct slb_tuple *t,
		    const struct rly_target *target, u8 state, u32 idle)
{
	struct rly_flow *flow;
	int err = -ENOENT;

	local_bh_disable();
	flow = rly_flow_find(flows, t, target->hash);
	if (flow)
		err = rly_flow_correct(flows, flow, target, state, idle);
	if (err == -ENOENT && slb_count_below(&flows->count)) {
		err = rly_flow_insert(flows, t, target, state, false, (u32)jiffies - idle);
	} else if (err == -ENOENT) {
		rly_flow_note(flows, RLY_COUNT_REFUSED);
		err = -ENOSPC;
	}
	local_bh_enable();
	return err;
}

/* Context: its lock. */
static void rly_flow_move(struct rly_flows *flows, struct rly_flow *flow, u8 state)
{
	rly_flow_assert(flows, flow);
	if (list_empty(&flow->lru))
		return;
	rly_flow_stamp(flow, state);
	list_move_tail(&flow->lru, &rly_flow_part(flows, flow)->lru[state]);
}

/**
 * rly_flow_ask() - ask another balancer for a flow that is in doubt
 * @flows: the flows
 * @flow: the flow
 * @asked: number of the balancer that was asked last
 * @target: the balancer that is asked next
 *
 * Context: softirq, RCU.
 *
 * Return: false when another packet has changed the flow meanwhile.
 */
bool rly_flow_ask(struct rly_flows *flows, struct rly_flow *flow, u32 asked,
		  const struct rly_target *target)
{
	struct rly_flow_part *part = rly_flow_part(flows, flow);
	bool still;

	spin_lock(&part->lock);
	still = !list_empty(&flow->lru) && flow->doubt && flow->balancer == asked;
	if (still)
		rly_flow_give(flows, flow, target);
	spin_unlock(&part->lock);
	return still;
}

/**
 * rly_flow_confirm() - note that a balancer has a flow for sure
 * @flows: the flows
 * @flow: the flow
 * @target: the balancer, and a link of it
 * @open: the flow is known to be open
 *
 * Context: softirq, RCU.
 */
void rly_flow_confirm(struct rly_flows *flows, struct rly_flow *flow,
		      const struct rly_target *target, bool open)
{
	struct rly_flow_part *part = rly_flow_part(flows, flow);

	spin_lock(&part->lock);
	if (!list_empty(&flow->lru) && flow->doubt) {
		rly_flow_doubt(flows, flow, 0);
		if (flow->balancer != target->member->n)
			rly_flow_give(flows, flow, target);
		if (open)
			rly_flow_move(flows, flow, slb_proto_flow_open(flow->t.proto));
	}
	spin_unlock(&part->lock);
}

/**
 * rly_flow_end() - close a flow that its balancer does not know: its client is reset
 * @flows: the flows
 * @flow: the flow, of TCP
 *
 * Context: softirq, RCU.
 */
void rly_flow_end(struct rly_flows *flows, struct rly_flow *flow)
{
	struct rly_flow_part *part = rly_flow_part(flows, flow);

	spin_lock(&part->lock);
	if (!list_empty(&flow->lru))
		rly_flow_doubt(flows, flow, 0);
	rly_flow_move(flows, flow, slb_proto_flow_closing(flow->t.proto));
	spin_unlock(&part->lock);
}

/**
 * rly_flow_drop() - remove a flow
 * @flows: the flows
 * @flow: the flow
 *
 * Context: softirq, RCU.
 */
void rly_flow_drop(struct rly_flows *flows, struct rly_flow *flow)
{
	struct rly_flow_part *part = rly_flow_part(flows, flow);

	spin_lock(&part->lock);
	if (!list_empty(&flow->lru))
		rly_flow_forget(flows, flow);
	spin_unlock(&part->lock);
}

/**
 * rly_flow_relink() - give a flow another link: its link is deleted
 * @flows: the flows
 * @flow: the flow
 * @link: number of the link
 *
 * Context: softirq, RCU.
 */
void rly_flow_relink(struct rly_flows *flows, struct rly_flow *flow, u32 link)
{
	struct rly_flow_part *part = rly_flow_part(flows, flow);

	spin_lock(&part->lock);
	if (!list_empty(&flow->lru)) {
		rly_flow_tally(flows, flow, -1);
		WRITE_ONCE(flow->link, link);
		rly_flow_tally(flows, flow, 1);
	}
	spin_unlock(&part->lock);
}

/**
 * rly_flow_mark() - note a packet of a flow that took the ordinary path
 * @flows: the flows
 * @flow: the flow
 * @vip: its VIP
 * @gen: rly_net.seq, read before the VIP was looked up
 * @mark: rly_flow_mark_of() when it has passed all chains, else 0
 *
 * Context: softirq, RCU.
 */
void rly_flow_mark(struct rly_flows *flows, struct rly_flow *flow, struct rly_vip *vip, u32 gen,
		   u64 mark)
{
	struct rly_flow_part *part = rly_flow_part(flows, flow);
	struct rly_net *rn = container_of(flows, struct rly_net, flows);

	if (READ_ONCE(flow->passed) == mark && READ_ONCE(flow->gen) == gen)
		return;
	spin_lock(&part->lock);
	/* a VIP deleted meanwhile must not get the next generation's number */
	if (!list_empty(&flow->lru) && !flow->doubt && READ_ONCE(rn->seq) == gen) {
		WRITE_ONCE(flow->passed, mark);
		WRITE_ONCE(flow->vip, vip);
		/* pairs with rly_fast_calm() */
		smp_store_release(&flow->gen, gen);
	}
	spin_unlock(&part->lock);
}

/**
 * rly_flow_seen() - update the time stamp of a flow, once a second
 * @flows: the flows
 * @flow: the flow
 *
 * When another CPU holds the lock, the next packet does it. Context: softirq, RCU.
 */
void rly_flow_seen(struct rly_flows *flows, struct rly_flow *flow)
{
	struct rly_flow_part *part = rly_flow_part(flows, flow);

	if (!spin_trylock(&part->lock))
		return;
	if (!list_empty(&flow->lru)) {
		WRITE_ONCE(flow->seen, (u32)jiffies);
		list_move_tail(&flow->lru, &part->lru[flow->t.tag]);
	}
	spin_unlock(&part->lock);
}

/**
 * rly_flow_advance() - change the state of a flow
 * @flows: the flows
 * @flow: the flow
 * @state: enum slb_relay_flow_state
 *
 * Context: softirq, RCU.
 */
void rly_flow_advance(struct rly_flows *flows, struct rly_flow *flow, u8 state)
{
	struct rly_flow_part *part = rly_flow_part(flows, flow);

	spin_lock(&part->lock);
	rly_flow_move(flows, flow, state);
	spin_unlock(&part->lock);
}

/**
 * rly_flow_lose() - close and count a flow whose balancer is gone
 * @flows: the flows
 * @flow: the flow
 *
 * Context: softirq, RCU.
 */
void rly_flow_lose(struct rly_flows *flows, struct rly_flow *flow)
{
	struct rly_flow_part *part = rly_flow_part(flows, flow);

	spin_lock(&part->lock);
	part->counter[RLY_COUNT_LOST]++;
	if (slb_proto_has(flow->t.proto, SLB_PROTO_RESET) && !list_empty(&flow->lru)) {
		rly_flow_tally(flows, flow, -1);
		WRITE_ONCE(flow->link, RLY_FLOW_LOST);
		rly_flow_tally(flows, flow, 1);
		rly_flow_move(flows, flow, slb_proto_flow_closing(flow->t.proto));
	}
	spin_unlock(&part->lock);
}

/**
 * rly_flow_purge_one() - remove a flow
 * @flows: the flows
 * @flow: the flow
 *
 * Context: process, RCU.
 *
 * Return: true unless it was removed already.
 */
bool rly_flow_purge_one(struct rly_flows *flows, struct rly_flow *flow)
{
	struct rly_flow_part *part = rly_flow_part(flows, flow);
	bool there;

	spin_lock_bh(&part->lock);
	there = !list_empty(&flow->lru);
	if (there)
		rly_flow_forget(flows, flow);
	spin_unlock_bh(&part->lock);
	return there;
}

/**
 * rly_flow_purge() - remove the flows that match
 * @flows: the flows
 * @match: returns true for a flow to remove
 * @arg: for @match
 *
 * Context: process, may sleep.
 *
 * Return: number of flows removed.
 */
u32 rly_flow_purge(struct rly_flows *flows,
		   bool (*match)(const struct rly_flow *flow, const void *arg), const void *arg)
{
	struct rhashtable_iter iter;
	struct rly_flow *flow;
	u32 n = 0;

	rhashtable_walk_enter(&flows->table, &iter);
	rhashtable_walk_start(&iter);
	while ((flow = rhashtable_walk_next(&iter))) {
		/* -EAGAIN: a resize restarts the walk */
		if (!IS_ERR(flow) && match(flow, arg))
			n += rly_flow_purge_one(flows, flow);
		if (need_resched()) {
			rhashtable_walk_stop(&iter);
			cond_resched();
			/* removed entries would make the walk skip others: restart the chain */
			iter.p = NULL;
			iter.skip = 0;
			rhashtable_walk_start(&iter);
		}
	}
	rhashtable_walk_stop(&iter);
	rhashtable_walk_exit(&iter);
	return n;
}

/* Expire marks of flows from servers. */
static void rly_flow_sweep(struct rly_net *rn)
{
	struct rly_replies *replies;

	rcu_read_lock();
	replies = rcu_dereference(rn->replies);
	if (replies)
		rly_reply_sweep(replies);
	rcu_read_unlock();
}

static void rly_flow_work(struct work_struct *work)
{
	struct rly_net *rn = container_of(to_delayed_work(work), struct rly_net, flows.work);
	struct rly_flows *flows = &rn->flows;

	rly_flow_expire(flows);
	rly_flow_sweep(rn);
	if (READ_ONCE(rn->n_vips) || slb_count_read(&flows->count))
		queue_delayed_work(system_power_efficient_wq, &flows->work, RLY_FLOW_PERIOD);
}

/**
 * rly_flow_net_init() - create the flow table of a namespace
 * @rn: namespace
 *
 * Return: 0 or an error.
 */
int rly_flow_net_init(struct rly_net *rn)
{
	struct rly_flows *flows = &rn->flows;
	int err;

	BUILD_BUG_ON(sizeof(struct rly_flow) > 128);
	BUILD_BUG_ON(offsetof(struct rly_flow, lru) > 64);
	/* a table grows until it is three quarters full */
	BUILD_BUG_ON(SLB_RELAY_FLOW_LIMIT_MAX > 1 << (32 - RLY_FLOW_SEED_MASK - 1));
	flows->limit = RLY_FLOW_LIMIT;
	flows->dead_after = RLY_FLOW_DEAD_AFTER;
	flows->dead_reset = true;
	flows->learn = jiffies;
	slb_proto_timeouts(flows->timeout, true);
	INIT_DELAYED_WORK(&flows->work, rly_flow_work);
	err = rly_flow_parts_init(flows);
	if (err)
		return err;
	err = slb_count_init(&flows->count, flows->limit);
	if (err)
		goto free_parts;
	err = rhashtable_init(&flows->table, &rly_flow_params);
	if (!err)
		return 0;
	slb_count_exit(&flows->count);
free_parts:
	rly_flow_parts_exit(flows);
	return err;
}

/**
 * rly_flow_net_start() - start the garbage collector, with the first VIP
 * @rn: namespace
 */
void rly_flow_net_start(struct rly_net *rn)
{
	WRITE_ONCE(rn->flows.learn, jiffies + RLY_FLOW_LEARN);
	queue_delayed_work(system_power_efficient_wq, &rn->flows.work, RLY_FLOW_PERIOD);
}

/**
 * rly_flow_net_stop() - stop the garbage collector
 * @rn: namespace; no VIP will be added
 */
void rly_flow_net_stop(struct rly_net *rn)
{
	cancel_delayed_work_sync(&rn->flows.work);
}

static void rly_flow_destroy(void *flow, void *arg)
{
	kmem_cache_free(rly_flow_cache, flow);
}

/**
 * rly_flow_net_exit() - free the flow table
 * @rn: namespace; no packet uses it
 */
void rly_flow_net_exit(struct rly_net *rn)
{
	rhashtable_free_and_destroy(&rn->flows.table, rly_flow_destroy, NULL);
	slb_count_exit(&rn->flows.count);
	rly_flow_parts_exit(&rn->flows);
}

/**
 * rly_flow_init() - create the slab cache of flows
 *
 * Return: 0 or -ENOMEM.
 */
int rly_flow_init(void)
{
	rly_flow_cache = kmem_cache_create("relay_flow", sizeof(struct rly_flow), 0,
					   SLAB_HWCACHE_ALIGN, NULL);
	return rly_flow_cache ? 0 : -ENOMEM;
}

/**
 * rly_flow_exit() - destroy the slab cache of flows, after the last RCU callback
 */
void rly_flow_exit(void)
{
	kmem_cache_destroy(rly_flow_cache);
}
