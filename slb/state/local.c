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

/* The @n-th address for sessions of a link's range, which has at most SLB_LOCAL_MAX. */
static void slb_local_addr(union nf_inet_addr *addr, const struct slb_link *link, u8 family, u32 n)
{
	/* the host's own address is left out */
	n += n >= link->host_at[family == NFPROTO_IPV6];
	if (family == NFPROTO_IPV4) {
		addr->ip = htonl(ntohl(link->first[0].ip) + n);
	} else {
		*addr = link->first[1];
		addr->ip6[3] = htonl(ntohl(addr->ip6[3]) + n);
	}
}

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

/* Number of pairs in a pool. */
static __always_inline u32 slb_local_total(const struct slb_link *link, u8 family, u32 range)
{
	return slb_link_pool(link, family) * slb_ports_count(range);
}

/* Try to take a pair of a pool. Return: as slb_session_insert(). */
static __always_inline struct slb_session *slb_local_try(struct slb_net *sn,
							 const struct slb_link *link,
							 struct slb_session *s, u32 range, u32 at)
{
	struct slb_tuple *t = &s->side[SLB_REPLY].tuple;
	u32 ports = slb_ports_count(range);

	slb_local_addr(&t->dst, link, t->family, at / ports);
	t->dport = htons(slb_ports_first(range) + at % ports);
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

/* The return link has no free pair, or @holder has the pair that was tried first. */
static noinline int slb_local_find(struct slb_net *sn, const struct slb_links *links,
				   const struct slb_link *ingress, struct slb_session *s,
				   u32 range, u32 random, struct slb_session *holder)
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
 * slb_local_assign() - give a session a local address and port, and insert its reply key
 * @sn: namespace
 * @links: all links
 * @ingress: link on which the session's first packet came in
 * @s: session with its return link and the rest of its reply tuple set, and counted
 * @random: 32 random bits that no other choice uses
 *
 * The session table is the pool: a pair is free for a server when the reply key (protocol, server,
 * pair) is not in the table. So one pair serves many servers, and no server gets it twice. Removing
 * the key frees the pair.
 *
 * When no free pair of the return link is found, the other live links' pools come next, then the
 * pair of a session that is not established, then the ingress link's pool, and last those of
 * drained links. So a session may use one link both ways before a connection is refused.
 * Context: softirq, RCU.
 *
 * Return: 0, -EADDRNOTAVAIL when none was found, or another error of the table.
 */
int slb_local_assign(struct slb_net *sn, const struct slb_links *links,
		     const struct slb_link *ingress, struct slb_session *s, u32 random)
{
	const struct slb_link *link = links->slot[s->ret];
	u32 range = READ_ONCE(sn->settings.ports);
	u32 total = slb_local_total(link, s->side[SLB_REPLY].tuple.family, range);
	struct slb_session *holder = NULL;

	if (likely(total)) {
		holder = slb_local_try(sn, link, s, range, reciprocal_scale(random, total));
		if (likely(!holder))
			return 0;
		if (IS_ERR(holder))
			return PTR_ERR(holder);
	}
	return slb_local_find(sn, links, ingress, s, range, random, holder);
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
	u32 range = READ_ONCE(sn->settings.ports), ports = slb_ports_count(range);
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
		slb_local_addr(&reply->dst, link, reply->family, at / ports);
		reply->dport = htons(slb_ports_first(range) + at % ports);
		side = slb_session_find(sn, reply, slb_flow_hash(reply, &slb_session_key));
		if (!side || slb_session_yields(slb_side_session(side), &tier))
			return true;
	}
	return false;
}
