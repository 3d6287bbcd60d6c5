/* SPDX-License-Identifier: GPL-2.0-only */
/* From a port to the most specific of the port ranges that hold it: an immutable sorted array. */
#ifndef _SLB_PORTMAP_H
#define _SLB_PORTMAP_H

#ifdef __KERNEL__
#include <linux/overflow.h>
#include <linux/sort.h>
#include <linux/types.h>
#endif
#include <slb/flow.h>

/**
 * struct slb_range - one port range that a VIP claims
 * @first: first port, host order; 0 to 65535 stands for all ports
 * @last: last port, host order
 * @any: the VIP takes any protocol; one that names its protocol goes before it
 * @owner: whose it is
 */
struct slb_range {
	u16 first;
	u16 last;
	bool any;
	void *owner;
};

/**
 * struct slb_portmap - disjoint segments of the port space, ascending
 * @n: number of segments
 * @seg: from a first port up to the next segment's first port; owner NULL is a gap
 */
struct slb_portmap {
	unsigned int n;
	struct {
		u32 first;
		void *owner;
	} seg[];
};

/**
 * slb_range_crosses() - do two ranges overlap without one holding the other?
 * @a: a range
 * @b: another
 *
 * Ranges may nest, and then the inner one is the more specific; where they cross, neither is.
 *
 * Return: true when they do.
 */
static inline bool slb_range_crosses(const struct slb_range *a, const struct slb_range *b)
{
	return (a->first < b->first && b->first <= a->last && a->last < b->last) ||
	       (b->first < a->first && a->first <= b->last && b->last < a->last);
}

/* Outer ranges before the inner ones that they hold. */
static inline int slb_range_cmp(const void *va, const void *vb)
{
	const struct slb_range *a = va, *b = vb;

	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	if (a->last != b->last)
		return a->last > b->last ? -1 : 1;
	return (int)b->any - (int)a->any;
}

/* Are the ranges in order already? Those of a list that is kept in order are. */
static inline bool slb_ranges_sorted(const struct slb_range *range, unsigned int n)
{
	unsigned int i;

	for (i = 1; i < n; i++)
		if (slb_range_cmp(&range[i - 1], &range[i]) > 0)
			return false;
	return true;
}

/* Segments that @n ranges can make at most: each opens one and, where it ends, reopens one. */
static inline unsigned int slb_portmap_max(unsigned int n)
{
	return 2 * n + 1;
}

static inline void slb_portmap_put(struct slb_portmap *map, u32 first, void *owner)
{
	if (map->n && map->seg[map->n - 1].first == first)
		map->n--;
	if (map->n ? map->seg[map->n - 1].owner == owner : !owner)
		return;
	map->seg[map->n].first = first;
	map->seg[map->n].owner = owner;
	map->n++;
}

/**
 * slb_portmap_fill() - flatten ranges into segments
 * @map: room for slb_portmap_max(@n) segments
 * @range: the ranges, none crossing another; sorted on return, and its tail is used as scratch
 * @n: how many
 * @open: scratch, room for @n entries
 */
static inline void slb_portmap_fill(struct slb_portmap *map, struct slb_range *range,
				    unsigned int n, const struct slb_range **open)
{
	unsigned int i, depth = 0;

	map->n = 0;
	if (!slb_ranges_sorted(range, n))
		sort(range, n, sizeof(*range), slb_range_cmp, NULL);
	for (i = 0; i < n; i++) {
		while (depth && open[depth - 1]->last < range[i].first) {
			depth--;
			slb_portmap_put(map, open[depth]->last + 1u,
					depth ? open[depth - 1]->owner : NULL);
		}
		slb_portmap_put(map, range[i].first, range[i].owner);
		open[depth++] = &range[i];
	}
	while (depth) {
		depth--;
		slb_portmap_put(map, open[depth]->last + 1u, depth ? open[depth - 1]->owner : NULL);
	}
}

/**
 * slb_portmap_find() - whose is this port?
 * @map: the segments, or NULL
 * @port: host order
 *
 * Return: the owner of the most specific range that holds @port, or NULL.
 */
static inline void *slb_portmap_find(const struct slb_portmap *map, u16 port)
{
	unsigned int lo = 0, hi;

	if (!map)
		return NULL;
	hi = map->n;
	while (lo < hi) {
		unsigned int mid = (lo + hi) / 2;

		if (map->seg[mid].first <= port)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo ? map->seg[lo - 1].owner : NULL;
}

#endif /* _SLB_PORTMAP_H */
