// SPDX-License-Identifier: GPL-2.0-only
/* Schedulers lc and wlc: least sessions, and least sessions by weight. */
#include <linux/random.h>

#include "group.h"

/*
 * The search begins at a random server: of those that are equally idle each then gets its share,
 * and several balancers do not all run to the first one. Nobody looks at more than SLB_SERVER_MAX.
 */
static struct slb_server *slb_lc_search(struct slb_set *set, bool weighted)
{
	u32 i, at = get_random_u32_below(set->n);
	struct slb_server *best = NULL;
	u64 best_load = 0;
	u32 best_weight = 1;

	for (i = 0; i < set->n; i++) {
		u32 weight = weighted ? set->entry[at].weight : 1;
		/* the session to come counts too, else weights say nothing while all are idle */
		u64 load = (u64)atomic_read(&set->entry[at].server->sessions) + 1;

		if (!best || load * best_weight < best_load * weight) {
			best = set->entry[at].server;
			best_load = load;
			best_weight = weight;
		}
		if (++at == set->n)
			at = 0;
	}
	return best;
}

static struct slb_server *slb_lc_pick(struct slb_set *set, const struct slb_tuple *flow)
{
	return slb_lc_search(set, false);
}

const struct slb_sched slb_sched_lc = {
	.name = "lc",
	.pick = slb_lc_pick,
};

static struct slb_server *slb_wlc_pick(struct slb_set *set, const struct slb_tuple *flow)
{
	return slb_lc_search(set, true);
}

const struct slb_sched slb_sched_wlc = {
	.name = "wlc",
	.pick = slb_wlc_pick,
};
