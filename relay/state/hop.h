/* SPDX-License-Identifier: GPL-2.0-only */
/* Cached routes for packets from balancers: one for each next hop, not for each destination. */
#ifndef _RLY_HOP_H
#define _RLY_HOP_H

#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct dst_entry;
struct net_device;
struct slb_route;

/* Size of the cache. A router needs few entries: its uplinks, and one for each subnet. */
#define RLY_HOPS 256u
/* Number of slots that are tried for an entry. */
#define RLY_HOP_WAYS 4

/**
 * struct rly_hop - a cached route
 * @dst: the route, with a reference
 * @id: unique number; its low bits are the index in the table
 * @used: second of the last packet
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @rcu: frees it
 */
struct rly_hop {
	struct dst_entry *dst;
	u32 id;
	u32 used;
	u8 family;
	struct rcu_head rcu;
};

/**
 * struct rly_hops - the cached routes of a namespace
 * @lock: protects @slot; innermost, taken with BH disabled
 * @closed: accept no new entries
 * @made: number of entries created so far, for their ids
 * @slot: the entries
 */
struct rly_hops {
	spinlock_t lock;
	bool closed;
	u32 made;
	struct rly_hop __rcu *slot[RLY_HOPS];
};

/**
 * rly_hop_at() - get a cached route by the number of its entry
 * @hops: cache of a namespace
 * @id: number from rly_hop_get()
 *
 * Context: softirq, RCU; the route is borrowed until the reader ends.
 *
 * Return: the route, or NULL when the entry was replaced.
 */
static __always_inline struct dst_entry *rly_hop_at(struct rly_hops *hops, u32 id)
{
	const struct rly_hop *hop = rcu_dereference(hops->slot[id % RLY_HOPS]);

	return likely(hop && hop->id == id) ? hop->dst : NULL;
}

void rly_hop_net_init(struct rly_hops *hops);
struct dst_entry *rly_hop_get(struct rly_hops *hops, const struct slb_route *r, u8 family, u32 *id);
void rly_hop_forget(struct rly_hops *hops, const struct net_device *dev);
void rly_hop_close(struct rly_hops *hops);

#endif /* _RLY_HOP_H */
