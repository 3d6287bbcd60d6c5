// SPDX-License-Identifier: GPL-2.0-only
/*
 * Flows stay with the balancer that has them when slots change hands: those are known one by one
 * for a while.
 */
#include <linux/rhashtable.h>
#include <linux/slab.h>

#include "keep.h"
#include "moving.h"
#include "net.h"

/*
 * As long as no slot changes hands, nothing is known of flows: the hash says where they go. When a
 * slot moves from one balancer to another, flows that begin then go to the new one, and all others
 * of the slot are taken to be the old one's. To tell them apart, each flow of such a slot is
 * remembered when it is seen. TCP and SCTP flows have a beginning to be seen; of others it is known
 * which ones were there before. When every flow that a balancer might still have must have been
 * seen again, what is not remembered is the new one's; and when nothing is left that the hash does
 * not say as well, all is forgotten.
 */

/* A flow of which no second packet has come. */
#define RLY_NEW_TIME (60 * HZ)
/* One that the client has ended: there may be an answer. */
#define RLY_CLOSING_TIME (240 * HZ)
/* Flows that are known at a time, unless set otherwise. */
#define RLY_FLOW_LIMIT 0
/* How often to look for what can be forgotten. */
#define RLY_KEEP_PERIOD (10 * HZ)

/* SCTP chunks that end an association (RFC 9260). */
#define RLY_SCTP_INIT 1
#define RLY_SCTP_ABORT 6
#define RLY_SCTP_SHUTDOWN_COMPLETE 14

/* Stages in the life of a flow. */
enum {
	RLY_STAGE_NEW,
	RLY_STAGE_OPEN,
	RLY_STAGE_CLOSING,
};

/**
 * struct rly_flow - a flow that is known
 * @node: in the table of all
 * @key: from client to VIP
 * @balancer: number of the balancer that has it
 * @seen: jiffies when a packet came last, renewed once a second
 * @stage: RLY_STAGE_*
 * @rcu: frees it
 */
struct rly_flow {
	struct rhash_head node;
	struct slb_tuple key;
	u32 balancer;
	u32 seen;
	u8 stage;
	struct rcu_head rcu;
};

static struct kmem_cache *rly_flow_cache;

static const struct rhashtable_params rly_flow_params = {
	.head_offset = offsetof(struct rly_flow, node),
	.key_offset = offsetof(struct rly_flow, key),
	.key_len = sizeof(struct slb_tuple),
	.automatic_shrinking = true,
};

/**
 * rly_keep_sign() - what a packet tells of the life of its flow
 * @p: the packet
 *
 * Return: enum rly_sign.
 */
enum rly_sign rly_keep_sign(const struct slb_pkt *p)
{
	if (p->kind != SLB_KIND_FLOW)
		return RLY_ASKS;
	if (p->t.proto == IPPROTO_TCP) {
		if (p->tcp_flags & (SLB_TCP_FIN | SLB_TCP_RST))
			return RLY_ENDS;
		return (p->tcp_flags & (SLB_TCP_SYN | SLB_TCP_ACK)) == SLB_TCP_SYN ?
		       RLY_BEGINS : RLY_GOES_ON;
	}
	if (p->t.proto == IPPROTO_SCTP) {
		if (p->sctp_chunk == RLY_SCTP_ABORT || p->sctp_chunk == RLY_SCTP_SHUTDOWN_COMPLETE)
			return RLY_ENDS;
		return p->sctp_chunk == RLY_SCTP_INIT ? RLY_BEGINS : RLY_GOES_ON;
	}
	return RLY_GOES_ON;
}

/* Is it a packet of the flow? */
static bool rly_sign_counts(enum rly_sign sign)
{
	return sign < RLY_ASKS;
}

static u32 rly_flow_timeout(const struct rly_flow *flow)
{
	switch (READ_ONCE(flow->stage)) {
	case RLY_STAGE_NEW:
		return RLY_NEW_TIME;
	case RLY_STAGE_CLOSING:
		return RLY_CLOSING_TIME;
	default:
		return flow->key.proto == IPPROTO_UDP ? RLY_SEEN_TIME : RLY_OPEN_TIME;
	}
}

static bool rly_flow_expired(const struct rly_flow *flow)
{
	return (u32)jiffies - READ_ONCE(flow->seen) > rly_flow_timeout(flow);
}

static void rly_flow_touch(struct rly_flow *flow, enum rly_sign sign)
{
	u8 stage = READ_ONCE(flow->stage);
	u8 next = stage;

	if (sign == RLY_ENDS)
		next = RLY_STAGE_CLOSING;
	else if (sign == RLY_GOES_ON && stage == RLY_STAGE_NEW)
		next = RLY_STAGE_OPEN;
	if (next != stage)
		WRITE_ONCE(flow->stage, next);
	if ((u32)jiffies - READ_ONCE(flow->seen) >= HZ)
		WRITE_ONCE(flow->seen, (u32)jiffies);
}

static void rly_flow_assign(struct rly_flow *flow, const struct rly_member *member, u8 stage)
{
	WRITE_ONCE(flow->balancer, member->n);
	WRITE_ONCE(flow->stage, stage);
	WRITE_ONCE(flow->seen, (u32)jiffies);
}

static struct rly_flow *rly_flow_find(struct rly_net *rn, const struct slb_tuple *t)
{
	struct slb_tuple key = *t;

	key.tag = 0;
	return rhashtable_lookup(&rn->flows, &key, rly_flow_params);
}

/*
 * Remember a flow. @flow: what is known of an earlier one with the same addresses, or NULL.
 * Return: false when there are too many, or memory is short.
 */
static bool rly_flow_remember(struct rly_net *rn, const struct slb_tuple *t, struct rly_flow *flow,
			      const struct rly_member *member, u8 stage)
{
	int err;

	if (flow) {
		rly_flow_assign(flow, member, stage);
		return true;
	}
	if (atomic_inc_return(&rn->n_flows) > READ_ONCE(rn->flow_limit))
		goto full;
	flow = kmem_cache_alloc(rly_flow_cache, GFP_ATOMIC | __GFP_NOWARN);
	if (!flow)
		goto full;
	flow->key = *t;
	flow->key.tag = 0;
	rly_flow_assign(flow, member, stage);
	err = rhashtable_insert_fast(&rn->flows, &flow->node, rly_flow_params);
	if (!err)
		return true;
	kmem_cache_free(rly_flow_cache, flow);
	atomic_dec(&rn->n_flows);
	/* else another CPU was first, with a packet of the same flow */
	return err == -EEXIST;
full:
	atomic_dec(&rn->n_flows);
	return false;
}

static const struct rly_member *rly_member_by_number(const struct rly_set *set, u32 n)
{
	u32 lo = 0, hi = set->n_members;

	while (lo < hi) {
		u32 mid = (lo + hi) / 2;

		if (set->member[mid].n == n)
			return &set->member[mid];
		if (set->member[mid].n < n)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

/* A flow that is known: to its balancer, or while that is down to the one that the hash tells. */
static enum slb_drop rly_keep_known(const struct rly_set *set, struct rly_flow *flow,
				    enum rly_sign sign, struct rly_way *way)
{
	const struct rly_member *has = rly_member_by_number(set, READ_ONCE(flow->balancer));
	const struct rly_member *owner = way->member;
	u8 family = flow->key.family;
	bool anew;

	/* with the addresses of one that has ended, or whose balancer has */
	anew = !has || (sign == RLY_BEGINS && READ_ONCE(flow->stage) == RLY_STAGE_CLOSING);
	if (!anew && !rly_steer_to(has, family, way)) {
		if (rly_sign_counts(sign))
			rly_flow_touch(flow, sign);
		return SLB_OK;
	}
	/* what is bound to a balancer that is down waits for it to come back */
	if (sign == RLY_BEGINS || (sign == RLY_GOES_ON && (!has || flow->key.proto == IPPROTO_UDP)))
		rly_flow_assign(flow, owner, RLY_STAGE_NEW);
	return rly_steer_to(owner, family, way);
}

/*
 * A flow that is not known, of a slot that has moved. @flow: an outdated entry to write it in, or
 * NULL.
 */
static enum slb_drop rly_keep_unknown(struct rly_net *rn, const struct rly_set *set,
				      const struct slb_tuple *t, struct rly_flow *flow,
				      enum rly_sign sign, struct rly_way *way)
{
	bool udp = t->proto == IPPROTO_UDP;
	unsigned int kind = udp ? RLY_WITHOUT_BEGINNING : RLY_WITH_BEGINNING;
	u16 home = set->moving->home[kind][rly_af(t->family)][way->hash % RLY_SLOTS];
	const struct rly_member *owner = way->member;
	bool begins, at_home;

	if (home == RLY_NOBODY || rly_moving_over(set->moving, kind))
		return SLB_OK;
	begins = udp ? !test_bit(rly_seen_bit(way->hash), set->moving->seen) :
		       sign == RLY_BEGINS || sign == RLY_WOULD;
	/* the next packets of TCP will be taken for an old flow's, unless it can be remembered */
	if (begins && (&set->member[home] == owner || !rly_sign_counts(sign) ||
		       rly_flow_remember(rn, t, flow, owner, RLY_STAGE_NEW) || udp))
		return SLB_OK;
	at_home = !rly_steer_to(&set->member[home], t->family, way);
	if (!at_home && rly_steer_to(owner, t->family, way))
		return SLB_DROP_NO_LINK;
	/* of TCP, what cannot reach its balancer has nothing to do with another one */
	if (sign == RLY_GOES_ON && (at_home || udp))
		rly_flow_remember(rn, t, flow, way->member, RLY_STAGE_OPEN);
	return SLB_OK;
}

/* UDP flows have no beginning: so it is noted which ones there are. */
static void rly_keep_see(struct rly_net *rn, u64 hash)
{
	struct rly_seen *seen = rcu_dereference(rn->seen[0]);
	u32 bit = rly_seen_bit(hash);

	if (likely(seen) && unlikely(!test_bit(bit, seen->bits)))
		set_bit(bit, seen->bits);
}

/**
 * rly_keep_flow() - where a flow from a client to a VIP goes
 * @rn: namespace
 * @set: balancers and links, or NULL
 * @t: flow key, from client to VIP
 * @sign: what the packet tells of the flow
 * @way: filled on success
 *
 * As rly_steer_flow(), but flows that were there before the slots changed hands stay.
 * Context: softirq or BH disabled, RCU.
 *
 * Return: SLB_OK, or why the packet cannot go anywhere.
 */
enum slb_drop rly_keep_flow(struct rly_net *rn, const struct rly_set *set,
			    const struct slb_tuple *t, enum rly_sign sign, struct rly_way *way)
{
	enum slb_drop why = rly_steer_flow(set, t, way);
	struct rly_flow *flow;

	if (unlikely(why))
		return why;
	if (t->proto == IPPROTO_UDP && rly_sign_counts(sign))
		rly_keep_see(rn, way->hash);
	if (likely(!set->moving ||
		   !test_bit(way->hash % RLY_SLOTS, set->moving->track[rly_af(t->family)])))
		return SLB_OK;
	flow = rly_flow_find(rn, t);
	if (flow && !rly_flow_expired(flow))
		return rly_keep_known(set, flow, sign, way);
	return rly_keep_unknown(rn, set, t, flow, sign, way);
}

static void rly_flow_free_rcu(struct rcu_head *rcu)
{
	kmem_cache_free(rly_flow_cache, container_of(rcu, struct rly_flow, rcu));
}

static void rly_flow_del(struct rly_net *rn, struct rly_flow *flow)
{
	if (rhashtable_remove_fast(&rn->flows, &flow->node, rly_flow_params))
		return;
	atomic_dec(&rn->n_flows);
	call_rcu(&flow->rcu, rly_flow_free_rcu);
}

/*
 * Does the hash say the same as what is remembered, and is it asked for flows that are not known?
 */
static bool rly_flow_needless(const struct rly_set *set, const struct rly_flow *flow)
{
	unsigned int kind = flow->key.proto == IPPROTO_UDP ? RLY_WITHOUT_BEGINNING :
							     RLY_WITH_BEGINNING;
	struct rly_way way;

	if (!set || !set->moving)
		return true;
	return rly_moving_over(set->moving, kind) &&
	       !rly_steer_flow(set, &flow->key, &way) &&
	       way.member->n == READ_ONCE(flow->balancer);
}

/* Forget flows that have ended or are where the hash says. @all: all others as well. */
static void rly_keep_sweep(struct rly_net *rn, bool all)
{
	struct rhashtable_iter iter;
	struct rly_flow *flow;

	rhashtable_walk_enter(&rn->flows, &iter);
	rhashtable_walk_start(&iter);
	while ((flow = rhashtable_walk_next(&iter))) {
		if (IS_ERR(flow)) {
			/* the table was resized: what is seen twice does not matter */
			if (PTR_ERR(flow) == -EAGAIN)
				continue;
			break;
		}
		if (all || rly_flow_expired(flow) ||
		    rly_flow_needless(rcu_dereference(rn->set), flow))
			rly_flow_del(rn, flow);
		if (need_resched()) {
			rhashtable_walk_stop(&iter);
			cond_resched();
			rhashtable_walk_start(&iter);
		}
	}
	rhashtable_walk_stop(&iter);
	rhashtable_walk_exit(&iter);
}

/*
 * Begin a new period of noting which flows there are. Without memory for it the current one goes
 * on.
 */
static void rly_seen_rotate(struct rly_net *rn)
{
	struct rly_seen *old = rly_dereference(rn, rn->seen[1]);
	struct rly_seen *new;

	if (rly_dereference(rn, rn->seen[0]) &&
	    time_before(jiffies, rn->seen_since + RLY_SEEN_TIME))
		return;
	new = kvzalloc(sizeof(*new), GFP_KERNEL);
	if (!new)
		return;
	rcu_assign_pointer(rn->seen[1], rly_dereference(rn, rn->seen[0]));
	rcu_assign_pointer(rn->seen[0], new);
	rn->seen_since = jiffies;
	if (old)
		kvfree_rcu(old, rcu);
}

static void rly_keep_work(struct work_struct *work)
{
	struct rly_net *rn = container_of(work, struct rly_net, keep_work.work);
	const struct rly_set *set;

	mutex_lock(&rn->lock);
	set = rly_dereference(rn, rn->set);
	rly_keep_sweep(rn, !rn->n_vips);
	if (rn->n_vips)
		rly_seen_rotate(rn);
	if (set && set->moving && !atomic_read(&rn->n_flows) &&
	    rly_moving_over(set->moving, RLY_WITH_BEGINNING) &&
	    rly_moving_over(set->moving, RLY_WITHOUT_BEGINNING))
		rly_set_settle(rn);
	if (rn->n_vips)
		queue_delayed_work(system_power_efficient_wq, &rn->keep_work, RLY_KEEP_PERIOD);
	mutex_unlock(&rn->lock);
}

/**
 * rly_keep_start() - with the first VIP, begin to note which flows there are
 * @rn: namespace; its lock is held
 */
void rly_keep_start(struct rly_net *rn)
{
	lockdep_assert_held(&rn->lock);
	rly_seen_rotate(rn);
	queue_delayed_work(system_power_efficient_wq, &rn->keep_work, RLY_KEEP_PERIOD);
}

/**
 * rly_keep_net_init() - nothing is known of flows yet
 * @rn: namespace
 *
 * Return: 0 or an error.
 */
int rly_keep_net_init(struct rly_net *rn)
{
	INIT_DELAYED_WORK(&rn->keep_work, rly_keep_work);
	rn->flow_limit = RLY_FLOW_LIMIT;
	return rhashtable_init(&rn->flows, &rly_flow_params);
}

/**
 * rly_keep_net_stop() - end the work, so that nothing of it is left behind
 * @rn: namespace; there will be no first VIP any more
 */
void rly_keep_net_stop(struct rly_net *rn)
{
	cancel_delayed_work_sync(&rn->keep_work);
}

static void rly_flow_destroy(void *flow, void *arg)
{
	kmem_cache_free(rly_flow_cache, flow);
}

/**
 * rly_keep_net_exit() - forget all flows
 * @rn: namespace; no packet uses it any more
 */
void rly_keep_net_exit(struct rly_net *rn)
{
	rhashtable_free_and_destroy(&rn->flows, rly_flow_destroy, NULL);
	kvfree(rcu_dereference_protected(rn->seen[0], true));
	kvfree(rcu_dereference_protected(rn->seen[1], true));
}

/**
 * rly_keep_init() - the cache of flows
 *
 * Return: 0 or -ENOMEM.
 */
int rly_keep_init(void)
{
	rly_flow_cache = kmem_cache_create("relay_flow", sizeof(struct rly_flow), 0, 0, NULL);
	return rly_flow_cache ? 0 : -ENOMEM;
}

/**
 * rly_keep_exit() - after the last RCU callback: give the cache back
 */
void rly_keep_exit(void)
{
	kmem_cache_destroy(rly_flow_cache);
}
