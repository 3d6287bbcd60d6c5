// SPDX-License-Identifier: GPL-2.0-only
/* The pool of local address and port pairs of a link: allocate one for a session. */
#include <linux/gcd.h>
#include <linux/random.h>

#include "config/link.h"
#include "state/local.h"
#include "state/session.h"
#include "state/session_room.h"

/* Most pairs that are tried in one pool, and in all pools: softirq must not search for long. */
#define SLB_LOCAL_TRIES 128
#define SLB_LOCAL_TRIES_ALL 512

/* A step coprime to @total: it visits all @total pairs before it repeats one. Never 0. */
static u32 slb_local_step(u32 total)
{
	u32 step;

	if (total <= SLB_LOCAL_TRIES)
		return 1;
	step = get_random_u32_below(total - 1) + 1;
	/* total - 1 is coprime to total, so the loop ends */
	while (gcd(step, total) != 1)
		step++;
	return step;
}

/**
 * struct slb_local_search - a search for a pair
 * @range: the ports, by slb_ports()
 * @random: its start, the same in each pool
 * @tries: number of pairs that may still be checked
 * @holder: session with the first pair of the search, or NULL if unknown
 * @victim: among the holders of checked pairs, the one that makes room first, or NULL: the least
 *	recently used one of the lowest tier
 * @tier: of @victim
 */
struct slb_local_search {
	u32 range;
	u32 random;
	u32 tries;
	struct slb_session *holder;
	struct slb_session *victim;
	enum slb_tier tier;
};

static void slb_local_consider(struct slb_local_search *search, struct slb_session *s)
{
	struct slb_session *victim = search->victim;
	enum slb_tier tier;

	if (!slb_session_yields(s, &tier))
		return;
	if (victim && (tier > search->tier ||
		       (tier == search->tier &&
			(s32)(READ_ONCE(s->used) - READ_ONCE(victim->used)) >= 0)))
		return;
	search->victim = s;
	search->tier = tier;
}

/* Try to take a pair of a pool. Return: as slb_session_insert(). */
static struct slb_session *slb_local_try(struct slb_net *sn, const struct slb_link *link,
					 struct slb_session *s, u32 range, u32 at)
{
	slb_local_point(&s->side[SLB_REPLY].tuple, link, range, at);
	return slb_session_insert(sn, s);
}

/*
 * Search a pool for a free pair: from a random start, in steps of a random size, or one by one if
 * all pairs can be tried. Return: 0, -EADDRNOTAVAIL when none was found, or another error of the
 * table.
 */
static int slb_local_take(struct slb_net *sn, const struct slb_link *link, struct slb_session *s,
			  struct slb_local_search *search)
{
	u32 total = slb_local_total(link, s->side[SLB_REPLY].tuple.family, search->range);
	u32 tries = min3(total, search->tries, (u32)SLB_LOCAL_TRIES);
	struct slb_session *holder = search->holder;
	u32 at, step = 0;
	u64 next;

	if (unlikely(!total))
		return -EADDRNOTAVAIL;
	search->holder = NULL;
	search->tries -= tries;
	at = reciprocal_scale(search->random, total);
	while (tries--) {
		if (!holder)
			holder = slb_local_try(sn, link, s, search->range, at);
		if (IS_ERR_OR_NULL(holder))
			return PTR_ERR_OR_ZERO(holder);
		slb_local_consider(search, holder);
		holder = NULL;
		if (!step)
			step = slb_local_step(total);
		next = (u64)at + step;
		at = next >= total ? next - total : next;
	}
	return -EADDRNOTAVAIL;
}

/* Take the pair of a session that makes room. */
static int slb_local_push(struct slb_net *sn, struct slb_session *s,
			  struct slb_local_search *search)
{
	struct slb_session *holder, *victim = search->victim;
	const struct slb_tuple *pair;

	search->victim = NULL;
	if (!victim || !slb_room_yield(sn, victim))
		return -EADDRNOTAVAIL;
	pair = &victim->side[SLB_REPLY].tuple;
	s->side[SLB_REPLY].tuple.dst = pair->dst;
	s->side[SLB_REPLY].tuple.dport = pair->dport;
	if (s->ret != victim->ret)
		slb_session_rehome(sn, s, victim->ret);
	holder = slb_session_insert(sn, s);
	/* another CPU took it first */
	return likely(!holder) ? 0 : IS_ERR(holder) ? PTR_ERR(holder) : -EADDRNOTAVAIL;
}

/* The order in which the other links' pools are searched. */
static unsigned int slb_local_rank(const struct slb_link *link, const struct slb_link *ingress)
{
	return !READ_ONCE(link->weight) ? 2 : link == ingress ? 1 : 0;
}

/* Search the pools of the live links of a rank, except the return link's. Return: as above. */
static int slb_local_others(struct slb_net *sn, const struct slb_links *links,
			    const struct slb_link *ingress, struct slb_session *s, u8 first,
			    unsigned int rank, struct slb_local_search *search)
{
	u8 family = s->side[SLB_REPLY].tuple.family;
	int err = -EADDRNOTAVAIL;
	unsigned int i;

	for (i = 0; i < links->end && err == -EADDRNOTAVAIL; i++) {
		const struct slb_link *link = links->slot[i];

		if (!link || i == first || slb_local_rank(link, ingress) != rank ||
		    !slb_nexthop_usable(&link->nh, family))
			continue;
		slb_session_rehome(sn, s, i);
		err = slb_local_take(sn, link, s, search);
	}
	return err;
}

/* No free pair was found in the return link's pool. */
static int slb_local_elsewhere(struct slb_net *sn, const struct slb_links *links,
			       const struct slb_link *ingress, struct slb_session *s,
			       struct slb_local_search *search)
{
	u8 first = s->ret;
	unsigned int rank;
	int err;

	for (rank = 0; rank <= 2; rank++) {
		err = slb_local_others(sn, links, ingress, s, first, rank, search);
		/* end a closing session rather than use the ingress link or a drained link */
		if (err == -EADDRNOTAVAIL)
			err = slb_local_push(sn, s, search);
		if (err != -EADDRNOTAVAIL)
			return err;
	}
	atomic64_inc(&links->slot[first]->acct->failed);
	return err;
}

/**
 * slb_local_find() - search for a pair after the first one could not be taken
 * @sn: namespace
 * @links: all links
 * @ingress: link on which the session's first packet came in
 * @s: session
 * @range: the ports, by slb_ports()
 * @random: where the search begins
 * @holder: session with the pair that was tried first, or NULL when the return link has none
 *
 * Context: softirq, RCU.
 *
 * Return: as slb_local_assign().
 */
int slb_local_find(struct slb_net *sn, const struct slb_links *links,
		   const struct slb_link *ingress, struct slb_session *s, u32 range, u32 random,
		   struct slb_session *holder)
{
	struct slb_local_search search = {
		.range = range, .random = random, .tries = SLB_LOCAL_TRIES_ALL, .holder = holder,
	};
	int err = slb_local_take(sn, links->slot[s->ret], s, &search);

	if (err != -EADDRNOTAVAIL)
		return err;
	return slb_local_elsewhere(sn, links, ingress, s, &search);
}

/**
 * slb_local_any() - would a search of a link's pool find a pair for a session?
 * @sn: namespace
 * @link: link
 * @reply: reply key of the session; its local address and port are changed
 *
 * Looks at as many pairs as a search, and takes none. Context: RCU.
 *
 * Return: true when it has met a pair that is free, or whose session would make room.
 */
bool slb_local_any(struct slb_net *sn, const struct slb_link *link, struct slb_tuple *reply)
{
	u32 range = READ_ONCE(sn->settings.ports);
	u32 total = slb_local_total(link, reply->family, range);
	u32 tries = min_t(u32, total, SLB_LOCAL_TRIES), at, step;
	struct slb_side *side;
	enum slb_tier tier;
	u64 next;

	if (!total)
		return false;
	step = slb_local_step(total);
	for (next = get_random_u32_below(total); tries--; next = (u64)at + step) {
		at = next >= total ? next - total : next;
		slb_local_point(reply, link, range, at);
		side = slb_session_find(sn, reply, slb_flow_hash(reply, &slb_session_key));
		if (!side || slb_session_yields(slb_side_session(side), &tier))
			return true;
	}
	return false;
}
