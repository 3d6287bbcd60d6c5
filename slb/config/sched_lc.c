// SPDX-License-Identifier: GPL-2.0-only
/* Schedulers lc, wlc, sed and nq, which look at the sessions of all servers. */
#include <linux/random.h>

#include "config/group.h"

/**
 * enum slb_least - what the chosen server has the least of
 * @SLB_LEAST_SESSIONS: sessions
 * @SLB_LEAST_BY_WEIGHT: sessions by weight
 * @SLB_LEAST_DELAY: sessions by weight, the new one included: the shortest expected delay
 * @SLB_LEAST_QUEUE: the same, but a server with an active session only when all have one
 */
enum slb_least {
	SLB_LEAST_SESSIONS,
	SLB_LEAST_BY_WEIGHT,
	SLB_LEAST_DELAY,
	SLB_LEAST_QUEUE,
};

/* The best server so far: its load, its weight, and whether it has an active session. */
struct slb_lc_best {
	struct slb_server *server;
	u64 load;
	u32 weight;
	bool busy;
};

/* A session that is closed or was refused counts as this part of one. */
#define SLB_LC_IDLE 256

/* A server as a candidate. */
static __always_inline struct slb_lc_best slb_lc_look(const struct slb_set_entry *e,
						      enum slb_least least)
{
	u32 all = atomic_read(&e->server->sessions);
	u32 idle = min_t(u32, atomic_read(&e->server->idle), all);

	return (struct slb_lc_best){
		.server = e->server,
		/* never 0: otherwise weights would not matter while all are idle */
		.load = (u64)(all - idle) * SLB_LC_IDLE + idle +
			(least >= SLB_LEAST_DELAY ? SLB_LC_IDLE : 1),
		.weight = e->weight,
		.busy = least == SLB_LEAST_QUEUE && all > idle,
	};
}

static __always_inline bool slb_lc_beats(const struct slb_lc_best *new,
					 const struct slb_lc_best *best, enum slb_least least)
{
	if (least == SLB_LEAST_QUEUE && new->busy != best->busy)
		return best->busy;
	return least == SLB_LEAST_SESSIONS ? new->load < best->load :
					     new->load * best->weight < best->load * new->weight;
}

/* Keep it short: it runs for each of up to SLB_SERVER_MAX servers, for each new session. */
static __always_inline void slb_lc_scan(const struct slb_set_entry *e,
					const struct slb_set_entry *end, enum slb_least least,
					struct slb_lc_best *best)
{
	for (; e < end; e++) {
		const struct slb_lc_best new = slb_lc_look(e, least);

		if (slb_lc_beats(&new, best, least))
			*best = new;
	}
}

/*
 * Start at a random server: equally idle servers then get equal shares, and several balancers do
 * not all choose the first one.
 */
static __always_inline struct slb_server *slb_lc_search(struct slb_set *set, enum slb_least least)
{
	const struct slb_set_entry *first = set->entry, *at = first + get_random_u32_below(set->n);
	struct slb_lc_best best = slb_lc_look(at, least);

	slb_lc_scan(at + 1, first + set->n, least, &best);
	slb_lc_scan(first, at, least, &best);
	return best.server;
}

static struct slb_server *slb_lc_pick(struct slb_set *set, const struct slb_tuple *flow)
{
	return slb_lc_search(set, SLB_LEAST_SESSIONS);
}

const struct slb_sched slb_sched_lc = {
	.name = "lc",
	.least = true,
	.even = true,
	.counts = true,
	.ramped = &slb_sched_wlc,
	.pick = slb_lc_pick,
};

static struct slb_server *slb_wlc_pick(struct slb_set *set, const struct slb_tuple *flow)
{
	return slb_lc_search(set, SLB_LEAST_BY_WEIGHT);
}

const struct slb_sched slb_sched_wlc = {
	.name = "wlc",
	.least = true,
	.counts = true,
	.ramped = &slb_sched_wlc,
	.pick = slb_wlc_pick,
};

static struct slb_server *slb_sed_pick(struct slb_set *set, const struct slb_tuple *flow)
{
	return slb_lc_search(set, SLB_LEAST_DELAY);
}

const struct slb_sched slb_sched_sed = {
	.name = "sed",
	.least = true,
	.counts = true,
	.ramped = &slb_sched_sed,
	.pick = slb_sed_pick,
};

static struct slb_server *slb_nq_pick(struct slb_set *set, const struct slb_tuple *flow)
{
	return slb_lc_search(set, SLB_LEAST_QUEUE);
}

const struct slb_sched slb_sched_nq = {
	.name = "nq",
	.least = true,
	.counts = true,
	.ramped = &slb_sched_nq,
	.pick = slb_nq_pick,
};
