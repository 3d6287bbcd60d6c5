/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Map a port to the most specific port range that contains it. The map is a sorted, immutable array
 * in parts: a change copies one part only.
 */
#ifndef _SLB_PORTMAP_H
#define _SLB_PORTMAP_H

#ifdef __KERNEL__
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/types.h>
#endif
#include <slb/flow.h>

/* Number of ports. */
#define SLB_PORTS 65536u
/* Segments of a new part. A change that leaves fewer joins them with the neighbour's. */
#define SLB_PORTPART_FILL 48u
#define SLB_PORTPART_FEW 16u

/**
 * struct slb_range - a port range
 * @first: first port, host order; 0 to 65535 stands for all ports
 * @last: last port, host order
 */
struct slb_range {
	u16 first;
	u16 last;
};

/**
 * struct slb_portseg - ports from @first up to the next segment's first port
 * @first: first port, host order
 * @owner: owner of the ports; NULL for a gap
 */
struct slb_portseg {
	u32 first;
	void *owner;
};

/**
 * struct slb_portpart - consecutive segments
 * @rcu: frees it
 * @n: number of segments, at least 1
 * @seg: the segments, ascending
 */
struct slb_portpart {
	struct rcu_head rcu;
	unsigned int n;
	struct slb_portseg seg[];
};

/**
 * struct slb_portmap - all ports
 * @rcu: frees it, but not the parts
 * @n: number of parts, at least 1
 * @at: the parts, ascending, each with the first port of its first segment; the first has port 0
 */
struct slb_portmap {
	struct rcu_head rcu;
	unsigned int n;
	struct {
		u32 first;
		struct slb_portpart *part;
	} at[];
};

/**
 * slb_range_crosses() - do two ranges overlap without one containing the other?
 * @a: a range
 * @b: another
 *
 * Of nested ranges the inner one is more specific. Of partly overlapping ones, neither is.
 *
 * Return: true when they do.
 */
static inline bool slb_range_crosses(const struct slb_range *a, const struct slb_range *b)
{
	return (a->first < b->first && b->first <= a->last && a->last < b->last) ||
	       (b->first < a->first && a->first <= b->last && b->last < a->last);
}

/* Find the part that contains a port. */
static inline unsigned int slb_portmap_at(const struct slb_portmap *map, u32 port)
{
	unsigned int lo = 0, hi = map->n;

	while (hi - lo > 1) {
		unsigned int mid = (lo + hi) / 2;

		if (map->at[mid].first <= port)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

/**
 * slb_portmap_find() - find the owner of a port
 * @map: the map, or NULL
 * @port: host order
 *
 * Return: the owner of the most specific range that contains @port, or NULL.
 */
static inline void *slb_portmap_find(const struct slb_portmap *map, u16 port)
{
	const struct slb_portpart *part;
	unsigned int lo = 0, hi;

	if (!map)
		return NULL;
	part = map->at[slb_portmap_at(map, port)].part;
	hi = part->n;
	while (hi - lo > 1) {
		unsigned int mid = (lo + hi) / 2;

		if (part->seg[mid].first <= port)
			lo = mid;
		else
			hi = mid;
	}
	return part->seg[lo].owner;
}

/* Free a map and the parts that @other does not share. The shared ones are at both ends. */
static inline void slb_portmap_free(struct slb_portmap *map, const struct slb_portmap *other,
				    bool seen)
{
	unsigned int i = 0, end, n = other ? other->n : 0;

	if (!map)
		return;
	end = map->n;
	while (i < end && i < n && map->at[i].part == other->at[i].part)
		i++;
	for (; end > i && n > i && map->at[end - 1].part == other->at[n - 1].part; n--)
		end--;
	for (; i < end; i++) {
		if (seen)
			kfree_rcu(map->at[i].part, rcu);
		else
			kfree(map->at[i].part);
	}
	if (seen)
		kvfree_rcu(map, rcu);
	else
		kvfree(map);
}

/**
 * slb_portmap_retire() - free a map after a grace period: packets may still see it
 * @map: the map, or NULL
 * @other: the map that replaces it and shares parts with it, or NULL
 */
static inline void slb_portmap_retire(struct slb_portmap *map, const struct slb_portmap *other)
{
	slb_portmap_free(map, other, true);
}

/**
 * slb_portmap_discard() - free a map that no packet has seen
 * @map: the map, or NULL
 * @other: the map that it was derived from, or NULL
 */
static inline void slb_portmap_discard(struct slb_portmap *map, const struct slb_portmap *other)
{
	slb_portmap_free(map, other, false);
}

/**
 * struct slb_portcut - a change of a map
 * @range: ports that may change
 * @from: owner of those that change
 * @to: their new owner
 * @begin: first part that is replaced
 * @end: one behind the last part that is replaced
 * @n: number of new segments
 * @seg: new segments
 */
struct slb_portcut {
	struct slb_range range;
	const void *from;
	void *to;
	unsigned int begin;
	unsigned int end;
	unsigned int n;
	struct slb_portseg *seg;
};

static inline void slb_portcut_put(struct slb_portcut *cut, u32 first, void *owner)
{
	if (cut->n && cut->seg[cut->n - 1].owner == owner)
		return;
	cut->seg[cut->n++] = (struct slb_portseg){ .first = first, .owner = owner };
}

/* Split an old segment that ends before port @end into at most three. */
static inline void slb_portcut_seg(struct slb_portcut *cut, u32 first, u32 end, void *owner)
{
	u32 begin = max_t(u32, first, cut->range.first);
	u32 behind = min_t(u32, end, cut->range.last + 1u);

	if (owner != cut->from || begin >= behind) {
		slb_portcut_put(cut, first, owner);
		return;
	}
	if (first < begin)
		slb_portcut_put(cut, first, owner);
	slb_portcut_put(cut, begin, cut->to);
	if (behind < end)
		slb_portcut_put(cut, behind, owner);
}

/* Find the parts that change and count their segments. */
static inline unsigned int slb_portcut_find(struct slb_portcut *cut, const struct slb_portmap *old)
{
	unsigned int i, n = 0;

	cut->begin = slb_portmap_at(old, cut->range.first);
	cut->end = slb_portmap_at(old, cut->range.last) + 1;
	for (i = cut->begin; i < cut->end; i++)
		n += old->at[i].part->n;
	if (n < SLB_PORTPART_FEW && cut->begin)
		n += old->at[--cut->begin].part->n;
	else if (n < SLB_PORTPART_FEW && cut->end < old->n)
		n += old->at[cut->end++].part->n;
	return n;
}

static inline void slb_portcut_fill(struct slb_portcut *cut, const struct slb_portmap *old)
{
	unsigned int i, j;

	for (i = cut->begin; i < cut->end; i++) {
		const struct slb_portpart *part = old->at[i].part;
		u32 end = i + 1 < old->n ? old->at[i + 1].first : SLB_PORTS;

		for (j = 0; j < part->n; j++)
			slb_portcut_seg(cut, part->seg[j].first,
					j + 1 < part->n ? part->seg[j + 1].first : end,
					part->seg[j].owner);
	}
}

/* Build a map from the new segments and the old one's other parts. Return: NULL without memory. */
static inline struct slb_portmap *slb_portcut_map(const struct slb_portcut *cut,
						  const struct slb_portmap *old)
{
	unsigned int i, from, to, parts = DIV_ROUND_UP(cut->n, SLB_PORTPART_FILL);
	unsigned int rest = old ? old->n - cut->end : 0;
	struct slb_portmap *map;
	struct slb_portpart *part;

	map = kvmalloc(struct_size(map, at, cut->begin + parts + rest), GFP_KERNEL);
	if (!map)
		return NULL;
	if (old) {
		memcpy(map->at, old->at, cut->begin * sizeof(map->at[0]));
		memcpy(&map->at[cut->begin + parts], &old->at[cut->end],
		       rest * sizeof(map->at[0]));
	}
	for (i = 0; i < parts; i++) {
		from = cut->n * i / parts;
		to = cut->n * (i + 1) / parts;
		part = kmalloc(struct_size(part, seg, to - from), GFP_KERNEL);
		if (!part)
			goto free;
		part->n = to - from;
		memcpy(part->seg, &cut->seg[from], part->n * sizeof(part->seg[0]));
		map->at[cut->begin + i].first = part->seg[0].first;
		map->at[cut->begin + i].part = part;
	}
	map->n = cut->begin + parts + rest;
	return map;
free:
	while (i--)
		kfree(map->at[cut->begin + i].part);
	kvfree(map);
	return NULL;
}

/**
 * slb_portmap_assign() - derive a map in which some ports have another owner
 * @old: the present map, NULL when all ports are gaps; not changed
 * @range: ports to look at
 * @from: change those that have this owner; NULL for gaps
 * @to: the new owner, or NULL
 *
 * The new map shares parts outside the range with the old one. Then call slb_portmap_retire() for
 * the old map, or slb_portmap_discard() for the new one. Context: process, may sleep.
 *
 * Return: the new map, or NULL without memory.
 */
static inline struct slb_portmap *slb_portmap_assign(const struct slb_portmap *old,
						     struct slb_range range, const void *from,
						     void *to)
{
	struct slb_portcut cut = { .range = range, .from = from, .to = to };
	unsigned int n = old ? slb_portcut_find(&cut, old) : 1;
	struct slb_portmap *map;

	/* the range splits a segment at its start and another one at its end */
	cut.seg = kvmalloc_array(n + 2, sizeof(*cut.seg), GFP_KERNEL);
	if (!cut.seg)
		return NULL;
	if (old)
		slb_portcut_fill(&cut, old);
	else
		slb_portcut_seg(&cut, 0, SLB_PORTS, NULL);
	map = slb_portcut_map(&cut, old);
	kvfree(cut.seg);
	return map;
}

#endif /* _SLB_PORTMAP_H */
