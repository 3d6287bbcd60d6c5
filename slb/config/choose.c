// SPDX-License-Identifier: GPL-2.0-only
/*
 * The choice of a server where more than a scheduler decides: clients that return to their server,
 * servers with a limit, overflow, and hashes that must not load one server too much.
 */
#include <linux/jiffies.h>
#include <linux/math64.h>
#include <linux/random.h>

#include "config/choose.h"
#include "state/persist.h"

/* How often a scheduler is asked for another server, before all servers are looked at. */
#define SLB_CHOOSE_TRIES 4

/*
 * The most sessions by weight: the mean of the servers times the factor of the group. It is
 * computed once a jiffy, and sooner when many servers seem to be above it, as the mean grows with
 * each session.
 */
static void slb_choose_count(struct slb_set *set)
{
	struct slb_set_balance *balance = &set->balance;
	u64 sessions = 1, weight = 0;
	u32 i;

	for (i = 0; i < set->n; i++) {
		sessions += (u32)atomic_read(&set->entry[i].server->sessions);
		weight += READ_ONCE(set->entry[i].server->effective);
	}
	WRITE_ONCE(balance->above, 0);
	WRITE_ONCE(balance->quota, div64_u64(sessions * balance->factor << SLB_QUOTA_SHIFT,
					     weight * 100 ?: 1));
	WRITE_ONCE(balance->counted, jiffies);
}

static bool slb_choose_exceeds(const struct slb_set *set, const struct slb_server *server)
{
	u64 most = READ_ONCE(set->balance.quota) * READ_ONCE(server->effective);

	return (u32)atomic_read(&server->sessions) > most >> SLB_QUOTA_SHIFT;
}

/*
 * Has a server more than its share of the sessions, so that a hash takes another one? A server
 * without sessions never has. This is consistent hashing with bounded loads: a session that is
 * moved goes to the server of its hash with another key.
 */
static noinline bool slb_choose_above(struct slb_set *set, const struct slb_server *server)
{
	u32 above = READ_ONCE(set->balance.above);
	unsigned long now = jiffies;

	if (READ_ONCE(set->balance.counted) != now)
		slb_choose_count(set);
	if (!slb_choose_exceeds(set, server))
		return false;
	WRITE_ONCE(set->balance.above, above + 1);
	if (above < set->n / 16)
		return true;
	slb_choose_count(set);
	return slb_choose_exceeds(set, server);
}

/* Must a new session go to another server? */
static bool slb_choose_avoids(struct slb_set *set, const struct slb_server *server)
{
	return slb_server_full(server) ||
	       (unlikely(set->balance.factor) && slb_choose_above(set, server));
}

/* The one with the least sessions by weight of those that are not full, or NULL. */
static struct slb_server *slb_choose_least(struct slb_set *set, bool peek)
{
	const struct slb_set_entry *e, *best = NULL;
	u64 load, least = 0;
	u32 i, at = get_random_u32_below(set->n);

	for (i = 0; i < set->n; i++, at = at + 1 < set->n ? at + 1 : 0) {
		e = &set->entry[at];
		if (slb_server_full(e->server))
			continue;
		load = (u64)atomic_read(&e->server->sessions) + 1;
		if (best && load * best->weight >= least * e->weight)
			continue;
		best = e;
		least = load;
	}
	if (best)
		return best->server;
	/* while this lasts, do not look at all of them for each packet of a flood */
	if (!peek)
		WRITE_ONCE(set->full, jiffies);
	return NULL;
}

/*
 * The server that the scheduler has chosen is to be avoided. Ask for others: with a key of its own
 * for each try a hash finds the same ones again, on all balancers with its key.
 */
static struct slb_server *slb_choose_other(struct slb_set *set, const struct slb_tuple *flow,
					   bool peek)
{
	struct slb_tuple other = *flow;
	unsigned int i;

	for (i = 1; i <= SLB_CHOOSE_TRIES && !set->sched->least && (!peek || !set->sched->peek);
	     i++) {
		struct slb_server *server;

		other.src.all[3] = flow->src.all[3] + i;
		server = set->sched->pick(set, &other);
		if (!slb_choose_avoids(set, server))
			return server;
	}
	return slb_choose_least(set, peek);
}

static struct slb_server *slb_choose_in(struct slb_set *set, const struct slb_tuple *flow,
					bool peek)
{
	unsigned long now = jiffies;
	struct slb_server *server;

	if (!set->n || (set->limited && READ_ONCE(set->full) == now))
		return NULL;
	server = (peek && set->sched->peek ? set->sched->peek : set->sched->pick)(set, flow);
	return likely(!slb_choose_avoids(set, server)) ? server :
							 slb_choose_other(set, flow, peek);
}

static struct slb_server *slb_choose_among(struct slb_set *set, const struct slb_tuple *flow,
					   bool peek)
{
	struct slb_server *server = NULL;

	for (; set && !server; set = set->over)
		server = slb_choose_in(set, flow, peek);
	return server;
}

/**
 * slb_choose() - choose a server that is not full
 * @set: servers of the active tiers, at least one
 * @flow: request key
 *
 * When all are full, those of the next tier follow if the group has overflow. Context: softirq,
 * RCU.
 *
 * Return: the server, or NULL when all are full.
 */
struct slb_server *slb_choose(struct slb_set *set, const struct slb_tuple *flow)
{
	struct slb_server *server = NULL;

	if (set->persist.seconds)
		server = slb_persist_recall(set, flow, false);
	if (server)
		return server;
	server = slb_choose_among(set, flow, false);
	return server && set->persist.seconds ? slb_persist_note(set, flow, server) : server;
}

/**
 * slb_choose_peek() - the server that a new session would get, without taking a turn
 * @set: servers of the active tiers, at least one
 * @flow: request key
 *
 * Context: RCU.
 *
 * Return: the server, or NULL when all are full.
 */
struct slb_server *slb_choose_peek(struct slb_set *set, const struct slb_tuple *flow)
{
	struct slb_server *server = NULL;

	if (set->persist.seconds)
		server = slb_persist_recall(set, flow, true);
	return server ?: slb_choose_among(set, flow, true);
}
