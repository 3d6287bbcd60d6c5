// SPDX-License-Identifier: GPL-2.0-only
/*
 * The choice of a server where more than a scheduler decides: clients that return to their server,
 * servers with a limit, and overflow.
 */
#include <linux/jiffies.h>
#include <linux/random.h>

#include "config/choose.h"
#include "state/persist.h"

/* How often a scheduler is asked for another server, before all servers are looked at. */
#define SLB_CHOOSE_TRIES 4

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
 * The server that the scheduler has chosen is full. Ask for others: with a key of its own for each
 * try a hash finds the same ones again, on all balancers with its key.
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
		if (!slb_server_full(server))
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
	return likely(!slb_server_full(server)) ? server : slb_choose_other(set, flow, peek);
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
