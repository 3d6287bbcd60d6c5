/* SPDX-License-Identifier: GPL-2.0-only */
/* Cached routes for what comes from balancers: one for each way out, not for each destination. */
#ifndef _RLY_HOP_H
#define _RLY_HOP_H

#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct dst_entry;
struct net_device;
struct slb_route;

/* As many ways out are cached; a router has a few: its uplinks, and one for each subnet. */
#define RLY_HOPS 256u
/* So many places are tried for one. */
#define RLY_HOP_WAYS 4

/**
 * struct rly_hop - a way out
 * @dst: the route, with a reference
 * @id: tells it from every other one; its low bits are its place in the table
 * @used: second in which a packet took it last
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
 * struct rly_hops - the ways out of a namespace
 * @lock: changes of @slot; taken with BH disabled, inside everything else
 * @closed: nothing is cached any more
 * @made: how many were made, for their ids
 * @slot: the ways out
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
