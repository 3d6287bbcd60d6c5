// SPDX-License-Identifier: GPL-2.0-only
/* The pool of local address and port pairs of a link: take one for a session. */
#include <linux/gcd.h>
#include <linux/random.h>

#include "link.h"
#include "session.h"

/* Pairs of a pool that are tried, and of all pools: softirq must not search for long. */
#define SLB_LOCAL_TRIES 128
#define SLB_LOCAL_TRIES_ALL 512

/* The @n-th address of a link's range; it has no more than SLB_LOCAL_MAX. */
static void slb_local_addr(union nf_inet_addr *addr, const struct slb_link *link, u8 family, u32 n)
{
	if (family == NFPROTO_IPV4) {
		addr->ip = htonl(ntohl(link->first[0].ip) + n);
	} else {
		*addr = link->first[1];
		addr->ip6[3] = htonl(ntohl(addr->ip6[3]) + n);
	}
}

/* A step that leads to every one of @total pairs before it comes back to the first; never 0. */
static u32 slb_local_step(u32 total)
{
	u32 step;

	if (total <= SLB_LOCAL_TRIES)
		return 1;
	step = get_random_u32_below(total - 1) + 1;
	/* total - 1 has no factor in common with total, so this ends there at the latest */
	while (gcd(step, total) != 1)
		step++;
	return step;
}

/**
 * struct slb_local_search - a search for a pair
 * @random: where it begins, the same in each pool
 * @tries: pairs that may still be looked at
 * @victim: among the sessions whose pairs were looked at, the one that yields first, or NULL: of
 *	the lowest tier, and of that not used for the longest time
 * @tier: of @victim
 */
struct slb_local_search {
	u32 random;
	u32 tries;
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

/*
 * Look for a free pair of the return link. The search begins at random and goes on in steps that
 * are random, too, or one by one where all can be tried. Return: 0, -EADDRNOTAVAIL when none was
 * found, or another error of the table.
 */
static int slb_local_take(struct slb_net *sn, const struct slb_link *link, struct slb_session *s,
			  struct slb_local_search *search)
{
	struct slb_tuple *t = &s->side[SLB_REPLY].tuple;
	u32 range = READ_ONCE(sn->settings.ports);
	u32 first = slb_ports_first(range), ports = slb_ports_count(range);
	u32 total = link->count[t->family == NFPROTO_IPV6] * ports;
	u32 tries = min3(total, search->tries, (u32)SLB_LOCAL_TRIES);
	struct slb_session *holder;
	u32 at, step = 0;
	u64 next;
	int err;

	if (unlikely(!total))
		return -EADDRNOTAVAIL;
	search->tries -= tries;
	at = reciprocal_scale(search->random, total);
	while (tries--) {
		slb_local_addr(&t->dst, link, t->family, at / ports);
		t->dport = htons(first + at % ports);
		err = slb_session_insert(sn, &s->side[SLB_REPLY], &holder);
		if (err != -EEXIST)
			return err;
		slb_local_consider(search, holder);
		if (!step)
			step = slb_local_step(total);
		next = (u64)at + step;
		at = next >= total ? next - total : next;
	}
	return -EADDRNOTAVAIL;
}

/* Take the pair of a session that has to yield it. */
static int slb_local_push(struct slb_net *sn, struct slb_session *s,
			  struct slb_local_search *search)
{
	struct slb_session *holder, *victim = search->victim;
	const struct slb_tuple *pair;
	int err;

	search->victim = NULL;
	if (!victim || !slb_room_yield(sn, victim))
		return -EADDRNOTAVAIL;
	pair = &victim->side[SLB_REPLY].tuple;
	s->side[SLB_REPLY].tuple.dst = pair->dst;
	s->side[SLB_REPLY].tuple.dport = pair->dport;
	if (s->ret != victim->ret)
		slb_session_rehome(sn, s, victim->ret);
	err = slb_session_insert(sn, &s->side[SLB_REPLY], &holder);
	/* another CPU was faster to take it */
	return err == -EEXIST ? -EADDRNOTAVAIL : err;
}

/* In which order other links are asked for a pair. */
static unsigned int slb_local_rank(const struct slb_link *link, const struct slb_link *ingress)
{
	return !READ_ONCE(link->weight) ? 2 : link == ingress ? 1 : 0;
}

/* The pools of the live links of a rank but the one that was chosen first. Return: as above. */
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

/* The pool of the return link has none that was found free. */
static noinline int slb_local_elsewhere(struct slb_net *sn, const struct slb_links *links,
					const struct slb_link *ingress, struct slb_session *s,
					struct slb_local_search *search)
{
	u8 first = s->ret;
	unsigned int rank;
	int err;

	for (rank = 0; rank <= 2; rank++) {
		err = slb_local_others(sn, links, ingress, s, first, rank, search);
		/* before a link that should not be used: one that nobody needs any more */
		if (err == -EADDRNOTAVAIL)
			err = slb_local_push(sn, s, search);
		if (err != -EADDRNOTAVAIL)
			return err;
	}
	atomic64_inc(&links->slot[first]->acct->failed);
	return err;
}

/**
 * slb_local_assign() - give a session a local address and port, and enter its reply key
 * @sn: namespace
 * @links: all links
 * @ingress: link on which the session's first packet came in
 * @s: session with its return link and the rest of its reply tuple set, and counted
 * @random: 32 random bits that have no part in any other choice
 *
 * The table of sessions is the pool: a pair is free for a server when the reply key (protocol,
 * server, pair) is not taken, so one pair serves many servers and is never given twice to one. A
 * pair is given back by the removal of the key.
 *
 * Where no pair of the return link is found free, those of the other live links are tried, and then
 * a session that is not established yields its own. The ingress link is next, so that the first
 * rule of a return link is broken before a connection is refused; and last are links that are
 * drained. Context: softirq, RCU.
 *
 * Return: 0, -EADDRNOTAVAIL when none was found, or another error of the table.
 */
int slb_local_assign(struct slb_net *sn, const struct slb_links *links,
		     const struct slb_link *ingress, struct slb_session *s, u32 random)
{
	struct slb_local_search search = { .random = random, .tries = SLB_LOCAL_TRIES_ALL };
	int err = slb_local_take(sn, links->slot[s->ret], s, &search);

	if (likely(err != -EADDRNOTAVAIL))
		return err;
	return slb_local_elsewhere(sn, links, ingress, s, &search);
}
