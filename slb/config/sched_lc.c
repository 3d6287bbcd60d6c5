// SPDX-License-Identifier: GPL-2.0-only
/* Schedulers lc and wlc: least connections, and weighted least connections. */
#include <linux/random.h>

#include "config/group.h"

/* The best server so far: its load, and its weight. */
struct slb_lc_best {
	struct slb_server *server;
	u64 load;
	u32 weight;
};

/* A session that is closed or was refused counts as this part of one. */
#define SLB_LC_IDLE 256

static __always_inline u64 slb_lc_load(const struct slb_set_entry *e)
{
	u32 all = atomic_read(&e->server->sessions);
	u32 idle = min_t(u32, atomic_read(&e->server->idle), all);

	/* never 0: otherwise weights would not matter while all are idle */
	return (u64)(all - idle) * SLB_LC_IDLE + idle + 1;
}

/* Keep it short: it runs for each of up to SLB_SERVER_MAX servers, for each new session. */
static __always_inline void slb_lc_scan(const struct slb_set_entry *e,
					const struct slb_set_entry *end, bool weighted,
					struct slb_lc_best *best)
{
	for (; e < end; e++) {
		u64 load = slb_lc_load(e);

		if (weighted ? load * best->weight >= best->load * e->weight : load >= best->load)
			continue;
		best->server = e->server;
		best->load = load;
		best->weight = e->weight;
	}
}

/*
 * Start at a random server: equally idle servers then get equal shares, and several balancers do
 * not all choose the first one.
 */
static __always_inline struct slb_server *slb_lc_search(struct slb_set *set, bool weighted)
{
	const struct slb_set_entry *first = set->entry, *at = first + get_random_u32_below(set->n);
	struct slb_lc_best best = {
		.server = at->server, .load = slb_lc_load(at), .weight = at->weight,
	};

	slb_lc_scan(at + 1, first + set->n, weighted, &best);
	slb_lc_scan(first, at, weighted, &best);
	return best.server;
}

static struct slb_server *slb_lc_pick(struct slb_set *set, const struct slb_tuple *flow)
{
	return slb_lc_search(set, false);
}

const struct slb_sched slb_sched_lc = {
	.name = "lc",
	.even = true,
	.counts = true,
	.ramped = &slb_sched_wlc,
	.pick = slb_lc_pick,
};

static struct slb_server *slb_wlc_pick(struct slb_set *set, const struct slb_tuple *flow)
{
	return slb_lc_search(set, true);
}

const struct slb_sched slb_sched_wlc = {
	.name = "wlc",
	.counts = true,
	.ramped = &slb_sched_wlc,
	.pick = slb_wlc_pick,
};
