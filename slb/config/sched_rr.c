// SPDX-License-Identifier: GPL-2.0-only
/* Schedulers rr and wrr: round robin, and weighted round robin. */
#include <linux/gcd.h>
#include <linux/math64.h>
#include <linux/percpu.h>

#include "config/group.h"
#include "config/sched.h"

/*
 * Each CPU has its own turns: each serves the servers by their weights, so all CPUs together do. It
 * goes on with its number when the set is replaced.
 */
static __always_inline u32 slb_turn_take(const struct slb_set *set)
{
	return this_cpu_inc_return(*set->turn) - 1;
}

static struct slb_server *slb_rr_at(const struct slb_set *set, u32 turn)
{
	return set->entry[turn % set->n].server;
}

static struct slb_server *slb_rr_pick(struct slb_set *set, const struct slb_tuple *flow)
{
	return slb_rr_at(set, slb_turn_take(set));
}

static struct slb_server *slb_rr_peek(struct slb_set *set, const struct slb_tuple *flow)
{
	return slb_rr_at(set, this_cpu_read(*set->turn));
}

const struct slb_sched slb_sched_rr = {
	.name = "rr",
	.even = true,
	.ramped = &slb_sched_wrr,
	.pick = slb_rr_pick,
	.peek = slb_rr_peek,
};

/*
 * A round of wrr visits every point on the line of weights once, so each server gets exactly its
 * weight per round. The step is about 0.618 of the line (the golden ratio): without a table, this
 * spreads the turns of one server evenly over the round.
 */
static int slb_wrr_build(struct slb_set *set, u32 table_size)
{
	u32 i, div = 0, total = 0;

	for (i = 0; i < set->n; i++)
		div = gcd(div, set->entry[i].weight);
	for (i = 0; i < set->n; i++) {
		set->entry[i].weight /= div;
		set->entry[i].before = total;
		total += set->entry[i].weight;
	}
	set->total = total;
	set->stride = max_t(u32, 1, div_u64((u64)total * 618034, 1000000));
	while (gcd(set->stride, total) != 1)
		set->stride++;
	return 0;
}

static struct slb_server *slb_wrr_at(const struct slb_set *set, u32 turn)
{
	u32 point;

	div_u64_rem((u64)(turn % set->total) * set->stride, set->total, &point);
	return set->entry[slb_set_at(set, point)].server;
}

static struct slb_server *slb_wrr_pick(struct slb_set *set, const struct slb_tuple *flow)
{
	return slb_wrr_at(set, slb_turn_take(set));
}

static struct slb_server *slb_wrr_peek(struct slb_set *set, const struct slb_tuple *flow)
{
	return slb_wrr_at(set, this_cpu_read(*set->turn));
}

const struct slb_sched slb_sched_wrr = {
	.name = "wrr",
	.ramped = &slb_sched_wrr,
	.build = slb_wrr_build,
	.pick = slb_wrr_pick,
	.peek = slb_wrr_peek,
};
