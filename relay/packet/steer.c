// SPDX-License-Identifier: GPL-2.0-only
/* The choice of balancer and link: by the flow hash, without links that are down. */
#include <slb/flow.h>
#include <slb/hrw.h>

#include "config/balancer.h"
#include "config/link.h"
#include "packet/steer.h"

/* The best link to a balancer; among equally good links, the wanted one. */
static struct rly_link *rly_member_best(const struct rly_member *m, u8 family,
					struct rly_link *wanted)
{
	struct rly_link *best = wanted;
	unsigned int i;

	for (i = 0; i < m->n_links; i++)
		if (slb_nexthop_beats(&m->link[i]->nh, &best->nh, family))
			best = m->link[i];
	return best;
}

/* The table is stale if the link that it names no longer carries packets. */
static struct rly_link *rly_member_link(const struct rly_member *m, u8 family, u64 hash)
{
	unsigned int slot = hash >> RLY_LINK_SLOT_SHIFT & (RLY_LINK_SLOTS - 1);
	struct rly_link *link;

	if (unlikely(!m->n_links))
		return NULL;
	link = m->link[m->table[rly_af(family)][slot]];
	if (likely(slb_nexthop_usable(&link->nh, family)))
		return link;
	return rly_member_best(m, family, link);
}

/* Does a balancer have a link with a rank of at least @pass? */
static bool rly_member_passes(const struct rly_member *m, u8 family, u8 pass)
{
	unsigned int i;

	for (i = 0; i < m->n_links; i++)
		if (slb_nexthop_rank(&m->link[i]->nh, family) >= pass)
			return true;
	return false;
}

/**
 * rly_steer_any() - does any balancer have a link that carries packets?
 * @snap: balancers and links
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 *
 * If no balancer does, packets are sent over failed links. Context: RCU.
 *
 * Return: true when one does.
 */
bool rly_steer_any(const struct rly_snapshot *snap, u8 family)
{
	u32 i;

	for (i = 0; i < snap->n_members; i++)
		if (rly_member_passes(&snap->member[i], family, SLB_NEXTHOP_RANK_UNSURE))
			return true;
	return false;
}

/* Which balancers may take a slot: each step allows more of them. */
enum rly_rivals {
	RLY_RIVALS_WEIGHTED,
	RLY_RIVALS_PRESENT,	/* drained ones, too */
	RLY_RIVALS_ALL,		/* those that are away, too */
	RLY_RIVALS_STEPS,
};

static u32 rly_rival_weight(const struct rly_member *m, unsigned int af, enum rly_rivals rivals)
{
	if (rivals == RLY_RIVALS_WEIGHTED)
		return m->weight[af];
	return rivals == RLY_RIVALS_ALL || !m->away[af];
}

/* Which balancer has a slot, among @rivals with a link of at least rank @pass? */
static const struct rly_member *rly_slot_rival(const struct rly_snapshot *snap, u8 family, u32 slot,
					       u8 pass, enum rly_rivals rivals)
{
	const struct rly_member *best = NULL;
	u32 i, weight, most = 0;
	u64 draw, drawn = 0;

	for (i = 0; i < snap->n_members; i++) {
		const struct rly_member *m = &snap->member[i];

		weight = rly_rival_weight(m, rly_af(family), rivals);
		if (!weight || !rly_member_passes(m, family, pass))
			continue;
		draw = slb_hrw_draw(m->name, slot, &snap->key);
		if (best && !slb_hrw_beats(draw, weight, drawn, most))
			continue;
		best = m;
		drawn = draw;
		most = weight;
	}
	return best;
}

/*
 * The balancer of a slot has no link that carries packets. Either the slots will be rebuilt soon,
 * and this is the choice that they will make; or no balancer has a working link.
 */
static enum slb_drop rly_steer_rival(const struct rly_snapshot *snap, u8 family,
				     struct rly_target *target)
{
	static const u8 least[] = { SLB_NEXTHOP_RANK_UNSURE, SLB_NEXTHOP_RANK_FAILED };
	const struct rly_member *m = NULL;
	u32 slot = target->hash % RLY_SLOTS;
	unsigned int i;

	for (i = 0; !m && i < ARRAY_SIZE(least) * RLY_RIVALS_STEPS; i++)
		m = rly_slot_rival(snap, family, slot, least[i / RLY_RIVALS_STEPS],
				   i % RLY_RIVALS_STEPS);
	if (!m)
		return SLB_DROP_NO_LINK;
	rly_steer_to(m, family, target);
	target->how = RLY_HOW_FALLBACK;
	return rly_steer_last(family, target);
}

/**
 * rly_steer_flow() - choose balancer and link of a flow from a client to a VIP
 * @snap: balancers and links, or NULL
 * @t: flow key, from client to VIP
 * @target: filled on success
 *
 * Balancer and link are chosen by different bits of one keyed hash, so the choices are
 * independent. Context: RCU.
 *
 * Return: SLB_OK, or the reason to drop the packet.
 */
enum slb_drop rly_steer_flow(const struct rly_snapshot *snap, const struct slb_tuple *t,
			     struct rly_target *target)
{
	if (unlikely(!snap))
		return SLB_DROP_NO_BALANCER;
	target->hash = slb_flow_hash(t, &snap->key);
	return rly_steer_hash(snap, t->family, target);
}

/**
 * rly_steer_hash() - choose balancer and link by the hash alone
 * @snap: balancers and links
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @target: contains the hash; the rest is filled
 *
 * A balancer without a working link is avoided at once. If no balancer has one, all are tried.
 * Context: RCU.
 *
 * Return: SLB_OK, or the reason to drop the packet.
 */
enum slb_drop rly_steer_hash(const struct rly_snapshot *snap, u8 family, struct rly_target *target)
{
	unsigned int af = rly_af(family);

	if (unlikely(!snap->any[af]))
		return SLB_DROP_NO_BALANCER;
	target->how = RLY_HOW_HASH;
	if (likely(!rly_steer_to(&snap->member[snap->slot[af][target->hash % RLY_SLOTS]], family,
				 target)))
		return SLB_OK;
	return rly_steer_rival(snap, family, target);
}

/**
 * rly_steer_to() - choose the link of a flow to a balancer
 * @member: the balancer
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @target: contains the hash; the rest is filled, on failure for rly_steer_last()
 *
 * Context: RCU.
 *
 * Return: SLB_OK, or SLB_DROP_NO_LINK.
 */
enum slb_drop rly_steer_to(const struct rly_member *member, u8 family, struct rly_target *target)
{
	target->member = member;
	target->absent = NULL;
	target->link = rly_member_link(member, family, target->hash);
	return likely(target->link && slb_nexthop_passable(&target->link->nh, family)) ?
	       SLB_OK : SLB_DROP_NO_LINK;
}

/**
 * rly_steer_last() - choose a link when all links of a balancer have failed
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @target: from rly_steer_to(): the link that failed last
 *
 * Context: RCU.
 *
 * Return: SLB_OK, or SLB_DROP_NO_LINK when none of its links can carry a packet.
 */
enum slb_drop rly_steer_last(u8 family, const struct rly_target *target)
{
	return target->link && slb_nexthop_rank(&target->link->nh, family) > SLB_NEXTHOP_RANK_NO ?
	       SLB_OK : SLB_DROP_NO_LINK;
}

/**
 * rly_steer_waits() - do flows still wait for a balancer that has lost all its links?
 * @member: the balancer
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @wait: jiffies for which its flows wait
 *
 * Context: RCU.
 *
 * Return: true while its last link failed or was deleted less than @wait ago.
 */
bool rly_steer_waits(const struct rly_member *member, u8 family, unsigned long wait)
{
	unsigned int i;

	if (!member->n_links)
		return time_before(jiffies, member->bare_at + wait);
	for (i = 0; i < member->n_links; i++) {
		const struct slb_nexthop *nh = &member->link[i]->nh;

		if (slb_nexthop_has(nh, family) &&
		    time_before(jiffies, READ_ONCE(nh->failed_at[rly_af(family)]) + wait))
			return true;
	}
	return false;
}

/**
 * rly_steer_away() - is a balancer away now?
 * @snap: balancers and links, which may be older than the state of the balancer
 * @m: the balancer
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 *
 * It is when it has had no link that carries packets for dead-after, or while it says that it is
 * behind after that or after a restart. rly_away_update() decides in the same way. Context: RCU.
 *
 * Return: true when it is.
 */
bool rly_steer_away(const struct rly_snapshot *snap, const struct rly_member *m, u8 family)
{
	unsigned int i, af = rly_af(family);
	bool any = false, behind = false;
	u8 is;

	for (i = 0; i < m->n_links; i++) {
		const struct slb_nexthop *nh = &m->link[i]->nh;

		if (!slb_nexthop_passable(nh, family))
			continue;
		any = true;
		is = READ_ONCE(nh->behind[af]);
		if (is == SLB_NEXTHOP_RESTARTED)
			return true;
		behind |= is != SLB_NEXTHOP_CURRENT;
	}
	if (READ_ONCE(m->balancer->away[af]))
		return !any || behind;
	return !any && !rly_steer_waits(m, family, msecs_to_jiffies(READ_ONCE(*snap->dead_after)));
}

/**
 * rly_steer_heir() - who has the flows and return ranges of a balancer?
 * @snap: balancers and links
 * @m: the balancer
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 *
 * Context: RCU.
 *
 * Return: its heir; NULL when the balancer is not away, or when the heir is away, too.
 */
const struct rly_member *rly_steer_heir(const struct rly_snapshot *snap, const struct rly_member *m,
					u8 family)
{
	int heir = m->heir[rly_af(family)];

	if (heir < 0 || !rly_steer_away(snap, m, family) ||
	    rly_steer_away(snap, &snap->member[heir], family))
		return NULL;
	return &snap->member[heir];
}

/*
 * Who gets packets of clients for a balancer? Its heir while it is away, or has never answered here
 * though its heir has: another relay may know that it is about to start, without its sessions.
 */
static const struct rly_member *rly_steer_stand_in(const struct rly_snapshot *snap,
						   const struct rly_member *m, u8 family)
{
	const struct rly_member *heir = rly_steer_heir(snap, m, family);

	if (heir || m->heir[rly_af(family)] < 0)
		return heir;
	heir = &snap->member[m->heir[rly_af(family)]];
	return rly_member_passes(heir, family, SLB_NEXTHOP_RANK_YES) &&
	       rly_member_passes(m, family, SLB_NEXTHOP_RANK_UNSURE) &&
	       !rly_member_passes(m, family, SLB_NEXTHOP_RANK_HELD) ? heir : NULL;
}

/**
 * rly_steer_holder() - the balancer of a slot while all balancers can be reached
 * @snap: balancers and links
 * @slot: the slot
 *
 * Another relay may reach one that this relay does not. Context: RCU.
 *
 * Return: the balancer, or NULL when all are drained.
 */
const struct rly_member *rly_steer_holder(const struct rly_snapshot *snap, u32 slot)
{
	const struct rly_member *best = NULL;
	u64 draw, drawn = 0;
	u32 i;

	for (i = 0; i < snap->n_members; i++) {
		const struct rly_member *m = &snap->member[i];

		if (!m->share)
			continue;
		draw = slb_hrw_draw(m->name, slot, &snap->key);
		if (best && !slb_hrw_beats(draw, m->share, drawn, best->share))
			continue;
		best = m;
		drawn = draw;
	}
	return best;
}

/**
 * rly_steer_orphan() - choose the heir of the balancer that had an unknown flow, if that has failed
 * @snap: balancers and links
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @within: jiffies for which a flow may live without a packet
 * @target: from rly_steer_hash(); changed if the heir is a better choice
 *
 * Another relay may have carried the flow. A balancer that cannot be reached has no slots, but its
 * heir may have a copy. A balancer that failed more than @within ago has no such flows any more:
 * those that live have passed the relay since then.
 * Context: RCU.
 */
void rly_steer_orphan(const struct rly_snapshot *snap, u8 family, unsigned long within,
		      struct rly_target *target)
{
	const struct rly_member *m = rly_steer_holder(snap, target->hash % RLY_SLOTS), *heir;
	struct rly_target to = { .hash = target->hash };

	if (!m || m == target->member || m->heir[rly_af(family)] < 0)
		return;
	/* a balancer that has answered, and is not away, has its flows, although it has no slot */
	if (!rly_steer_to(m, family, &to)) {
		if (!rly_steer_stand_in(snap, m, family))
			return;
	} else if (!rly_steer_waits(m, family, within)) {
		return;
	}
	heir = &snap->member[m->heir[rly_af(family)]];
	if (rly_steer_away(snap, heir, family) || rly_steer_to(heir, family, &to))
		return;
	to.how = RLY_HOW_FALLBACK;
	*target = to;
}

/**
 * rly_steer_known() - choose the link of a known flow: to its balancer, or to the heir of that
 * @snap: balancers and links
 * @m: the balancer
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @target: contains the hash; the rest is filled, on failure for rly_steer_last()
 *
 * A link of the best rank shows that its balancer is not away. Context: RCU.
 *
 * Return: SLB_OK, or SLB_DROP_NO_LINK.
 */
enum slb_drop rly_steer_known(const struct rly_snapshot *snap, const struct rly_member *m,
			      u8 family, struct rly_target *target)
{
	enum slb_drop why = rly_steer_to(m, family, target);
	const struct rly_member *heir;

	if (likely(!m->away[rly_af(family)] && !why &&
		   slb_nexthop_usable(&target->link->nh, family)))
		return SLB_OK;
	heir = rly_steer_stand_in(snap, m, family);
	if (!heir)
		return why;
	why = rly_steer_to(heir, family, target);
	target->absent = m;
	return why;
}

/**
 * rly_return_find() - is this a return address?
 * @snap: balancers and links
 * @addr: address, network order
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 *
 * Context: RCU.
 *
 * Return: the range that it is in, or NULL.
 */
const struct rly_return *rly_return_find(const struct rly_snapshot *snap,
					 const union nf_inet_addr *addr,
					 u8 family)
{
	return family == NFPROTO_IPV4 ? rly_return_at(snap, addr, NFPROTO_IPV4) :
					rly_return_at(snap, addr, NFPROTO_IPV6);
}

/**
 * rly_steer_return() - choose the link of a packet to a return address
 * @snap: balancers and links
 * @ret: range of the address
 * @t: addresses of the packet; ports are ignored, as a fragment may have none
 * @target: filled on success
 *
 * This is the link of the address, or another link of the same balancer while that has a better
 * rank: the balancer finds flows by address, whatever the link. When all links have failed, it is
 * the one that failed last. While the balancer is away, it is a link of its heir. Context: RCU.
 *
 * Return: SLB_OK, or the reason to drop the packet.
 */
enum slb_drop rly_steer_return(const struct rly_snapshot *snap, const struct rly_return *ret,
			       const struct slb_tuple *t, struct rly_target *target)
{
	const struct rly_member *m = &snap->member[ret->member], *heir;
	struct rly_link *own = m->link[ret->link];
	struct slb_tuple pair;
	u64 hash;

	target->member = m;
	target->absent = NULL;
	target->link = own;
	target->how = RLY_HOW_ADDRESS;
	if (likely(slb_nexthop_usable(&own->nh, t->family) && !m->away[rly_af(t->family)]))
		return SLB_OK;
	pair = *t;
	pair.sport = 0;
	pair.dport = 0;
	pair.proto = 0;
	hash = slb_flow_hash(&pair, &snap->key);
	heir = rly_steer_heir(snap, m, t->family);
	if (heir && heir->n_links) {
		target->member = heir;
		target->absent = m;
		target->how = RLY_HOW_HEIR;
		target->link = rly_member_link(heir, t->family, hash);
		return rly_steer_last(t->family, target);
	}
	target->link = rly_member_link(m, t->family, hash);
	if (!slb_nexthop_beats(&target->link->nh, &own->nh, t->family))
		target->link = own;
	else
		target->how = RLY_HOW_FALLBACK;
	return rly_steer_last(t->family, target);
}

static const struct rly_dev *rly_dev_find(const struct rly_snapshot *snap, int ifindex)
{
	u32 lo = 0, hi = snap->n_devs;

	while (lo < hi) {
		u32 mid = (lo + hi) / 2;

		if (snap->dev[mid].ifindex == ifindex)
			return &snap->dev[mid];
		if (snap->dev[mid].ifindex < ifindex)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

/**
 * rly_steer_ingress() - which link uses a device?
 * @snap: balancers and links
 * @ifindex: index of the device
 *
 * Balancers may share a device: then it is the link that was added first. Context: RCU.
 *
 * Return: the link, or NULL.
 */
struct rly_link *rly_steer_ingress(const struct rly_snapshot *snap, int ifindex)
{
	const struct rly_dev *dev = rly_dev_find(snap, ifindex);

	return dev ? dev->link : NULL;
}

static struct rly_link *rly_member_on(const struct rly_member *member, int ifindex)
{
	unsigned int i;

	for (i = 0; i < member->n_links; i++)
		if (READ_ONCE(member->link[i]->nh.ifindex) == ifindex)
			return member->link[i];
	return NULL;
}

/**
 * rly_steer_owner() - find the ingress link of a packet whose source is a return address
 * @snap: balancers and links
 * @ifindex: index of the device that it came in by
 * @ret: range of its source address
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 *
 * The address identifies the balancer. While a link is down, packets with its addresses come over
 * other links of the same balancer. Its heir uses them, too: it may learn later than this host that
 * the balancer is back. Context: RCU.
 *
 * Return: the link, or NULL when neither has one on the device: somebody else has sent the packet.
 */
struct rly_link *rly_steer_owner(const struct rly_snapshot *snap, int ifindex,
				 const struct rly_return *ret, u8 family)
{
	const struct rly_member *member = &snap->member[ret->member];
	struct rly_link *link = rly_member_on(member, ifindex);
	int heir = member->heir[rly_af(family)];

	return likely(link) || heir < 0 ? link : rly_member_on(&snap->member[heir], ifindex);
}
