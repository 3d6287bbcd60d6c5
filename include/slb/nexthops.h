/* SPDX-License-Identifier: GPL-2.0-only */
/* Several next hops of a link: what the link has of them, and the choice of one for a packet. */
#ifndef _SLB_NEXTHOPS_H
#define _SLB_NEXTHOPS_H

#include <linux/bitops.h>
#include <linux/spinlock.h>
#include <slb/nexthop.h>

struct slb_probe;

/* Most next hops of a link: as many as bits of a set of them. */
#define SLB_NEXTHOPS_MAX 8u

/**
 * struct slb_nexthops_one - one of several next hops
 * @nh: the next hop
 * @probe: its liveness
 * @mac: its Ethernet address, see slb_next_hop_came(); 0: unknown
 * @tick: jiffies when @mac was looked up
 */
struct slb_nexthops_one {
	struct slb_nexthop nh;
	struct slb_probe *probe;
	u64 mac;
	u32 tick;
};

/**
 * struct slb_nexthops - several next hops of a link
 * @lock: protects the ranks of @link; innermost
 * @link: their summary in the link: device, first addresses, and the best rank of each family
 * @n: how many there are
 * @one: each of them
 */
struct slb_nexthops {
	spinlock_t lock;
	struct slb_nexthop *link;
	unsigned int n;
	struct slb_nexthops_one one[];
};

/**
 * slb_nexthops_sum() - give the link the rank of its best next hop
 * @all: its next hops
 * @i: family: 0 IPv4, 1 IPv6
 *
 * Context: any but hard interrupts.
 */
static inline void slb_nexthops_sum(struct slb_nexthops *all, unsigned int i)
{
	u8 family = i ? NFPROTO_IPV6 : NFPROTO_IPV4;
	const struct slb_nexthop *best = &all->one[0].nh;
	unsigned int k;

	spin_lock_bh(&all->lock);
	for (k = 1; k < all->n; k++)
		if (slb_nexthop_beats(&all->one[k].nh, best, family))
			best = &all->one[k].nh;
	/* of a link that has failed, the time matters */
	WRITE_ONCE(all->link->failed_at[i], READ_ONCE(best->failed_at[i]));
	WRITE_ONCE(all->link->rank[i], slb_nexthop_rank(best, family));
	spin_unlock_bh(&all->lock);
}

/* Next hops of the best rank, a bit for each. */
static inline unsigned int slb_nexthops_best(const struct slb_nexthops *all, u8 family, u8 *best)
{
	unsigned int i, set = 0;

	*best = SLB_NEXTHOP_RANK_NO;
	for (i = 0; i < all->n; i++) {
		u8 rank = slb_nexthop_rank(&all->one[i].nh, family);

		if (!slb_nexthop_has(&all->one[i].nh, family) || rank < *best)
			continue;
		if (rank > *best)
			set = 0;
		*best = rank;
		set |= BIT(i);
	}
	return set;
}

/* The one of @set that a flow uses: only flows of one that is no longer in it move. */
static inline unsigned int slb_nexthops_draw(unsigned int set, u32 hash)
{
	unsigned int i, drawn = 0;
	u32 most = 0;

	for (i = 0; i < SLB_NEXTHOPS_MAX; i++) {
		u32 draw;

		if (!(set & BIT(i)))
			continue;
		/* the last steps of MurmurHash3: flows of similar hashes are spread, too */
		draw = hash + (i + 1) * 0x9e3779b9;
		draw = (draw ^ draw >> 16) * 0x85ebca6b;
		draw = (draw ^ draw >> 13) * 0xc2b2ae35;
		draw ^= draw >> 16;
		if (draw >= most) {
			most = draw;
			drawn = i;
		}
	}
	return drawn;
}

/**
 * slb_nexthops_choose() - choose the next hop of a packet
 * @all: the next hops of the link that it leaves by
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6; the link carries it
 * @came: number of the next hop that the packet came from, or a negative number
 * @hash: the same for all packets of a flow
 *
 * A packet goes back to the relay that it came from: that one serves the flow now, and a relay that
 * gets no packets from the router gets none from here. While that relay is not among the best on
 * this link, the flow's hash selects one of those. When all have failed, the one that failed last
 * is tried, as of several links. Context: RCU.
 *
 * Return: its number.
 */
static inline unsigned int slb_nexthops_choose(const struct slb_nexthops *all, u8 family, int came,
					       u32 hash)
{
	unsigned int set, last, i;
	u8 best;

	set = slb_nexthops_best(all, family, &best);
	if (came >= 0 && set >> came & 1)
		return came;
	last = slb_nexthops_draw(set, hash);
	if (best != SLB_NEXTHOP_RANK_FAILED)
		return last;
	for (i = 0; i < all->n; i++)
		if (set & BIT(i) && slb_nexthop_beats(&all->one[i].nh, &all->one[last].nh, family))
			last = i;
	return last;
}

#endif /* _SLB_NEXTHOPS_H */
