// SPDX-License-Identifier: GPL-2.0-only
/* A cache of routes by next hop: a lookup that finds a known next hop allocates no route. */
#include <linux/hash.h>
#include <linux/jiffies.h>
#include <linux/netdevice.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <slb/route.h>

#include "state/hop.h"

/**
 * rly_hop_net_init() - initialize the empty cache
 * @hops: cache of a namespace
 */
void rly_hop_net_init(struct rly_hops *hops)
{
	spin_lock_init(&hops->lock);
}

static u32 rly_hop_place(const struct slb_route *r)
{
	u32 n = r->gw.all[3] ^ r->gw.all[0] ^ (u32)r->dev->ifindex << 16;

	return hash_32(r->gw_family ? n : (u32)r->dev->ifindex << 16, ilog2(RLY_HOPS));
}

static bool rly_hop_is(const struct rly_hop *hop, const struct slb_route *r, u8 family)
{
	return hop->family == family && slb_route_is(r, hop->dst, family);
}

static void rly_hop_free(struct rly_hop *hop)
{
	/* packets borrow the route: dst_release() frees it after a grace period */
	dst_release(hop->dst);
	kfree_rcu(hop, rcu);
}

/* Choose a slot for an entry: a free one, or the least recently used. */
static u32 rly_hop_victim(struct rly_hops *hops, u32 place)
{
	u32 now = (u32)(jiffies / HZ), i, n, oldest = 0, victim = place;

	for (i = 0; i < RLY_HOP_WAYS; i++) {
		const struct rly_hop *hop;

		n = (place + i) % RLY_HOPS;
		hop = rcu_dereference_protected(hops->slot[n], lockdep_is_held(&hops->lock));
		if (!hop)
			return n;
		if (now - READ_ONCE(hop->used) < oldest)
			continue;
		oldest = now - READ_ONCE(hop->used);
		victim = n;
	}
	return victim;
}

/*
 * rly_hop_forget() runs once for a device that goes down. A lookup that began before must not
 * insert the device again, so check it under the lock.
 */
static bool rly_hop_put(struct rly_hops *hops, struct rly_hop *hop, u32 place)
{
	struct rly_hop *old = NULL;
	bool done = false;
	u32 n;

	spin_lock_bh(&hops->lock);
	if (!hops->closed && hop->dst->dev->flags & IFF_UP) {
		n = rly_hop_victim(hops, place);
		hop->id = ++hops->made * RLY_HOPS + n;
		old = rcu_replace_pointer(hops->slot[n], hop, lockdep_is_held(&hops->lock));
		done = true;
	}
	spin_unlock_bh(&hops->lock);
	if (old)
		rly_hop_free(old);
	return done;
}

static struct rly_hop *rly_hop_create(struct rly_hops *hops, const struct slb_route *r, u8 family,
				      u32 place)
{
	struct rly_hop *hop = kzalloc(sizeof(*hop), GFP_ATOMIC | __GFP_NOWARN);

	if (!hop)
		return NULL;
	hop->dst = slb_route_make(r, family);
	hop->family = family;
	hop->used = (u32)(jiffies / HZ);
	if (hop->dst && rly_hop_put(hops, hop, place))
		return hop;
	if (hop->dst)
		dst_release(hop->dst);
	kfree(hop);
	return NULL;
}

/**
 * rly_hop_get() - get the cached route for the result of a lookup
 * @hops: cache of a namespace
 * @r: result of the lookup
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @id: set to the number of the entry
 *
 * Context: softirq, RCU; the route is borrowed until the reader ends.
 *
 * Return: the route, or NULL without memory or when its device goes down.
 */
struct dst_entry *rly_hop_get(struct rly_hops *hops, const struct slb_route *r, u8 family, u32 *id)
{
	u32 place = rly_hop_place(r), now = (u32)(jiffies / HZ), i;
	struct rly_hop *hop = NULL;

	for (i = 0; i < RLY_HOP_WAYS; i++) {
		hop = rcu_dereference(hops->slot[(place + i) % RLY_HOPS]);
		if (hop && rly_hop_is(hop, r, family))
			break;
	}
	if (unlikely(i == RLY_HOP_WAYS))
		hop = rly_hop_create(hops, r, family, place);
	if (unlikely(!hop))
		return NULL;
	if (unlikely(READ_ONCE(hop->used) != now))
		WRITE_ONCE(hop->used, now);
	*id = hop->id;
	return hop->dst;
}

/* Remove the entries of a device, or all: their routes hold devices. */
static void rly_hop_drop(struct rly_hops *hops, const struct net_device *dev)
{
	struct rly_hop *hop;
	u32 n;

	lockdep_assert_held(&hops->lock);
	for (n = 0; n < RLY_HOPS; n++) {
		hop = rcu_dereference_protected(hops->slot[n], lockdep_is_held(&hops->lock));
		if (!hop || (dev && hop->dst->dev != dev))
			continue;
		RCU_INIT_POINTER(hops->slot[n], NULL);
		/* queued packets may still hold the route: make it release the device now */
		dst_dev_put(hop->dst);
		rly_hop_free(hop);
	}
}

/**
 * rly_hop_forget() - remove the entries of a device that is down or about to go
 * @hops: cache of a namespace
 * @dev: the device
 *
 * Does not sleep. Context: RTNL.
 */
void rly_hop_forget(struct rly_hops *hops, const struct net_device *dev)
{
	spin_lock_bh(&hops->lock);
	rly_hop_drop(hops, dev);
	spin_unlock_bh(&hops->lock);
}

/**
 * rly_hop_close() - remove all entries and accept no new ones
 * @hops: cache of a namespace
 */
void rly_hop_close(struct rly_hops *hops)
{
	spin_lock_bh(&hops->lock);
	hops->closed = true;
	rly_hop_drop(hops, NULL);
	spin_unlock_bh(&hops->lock);
}
