// SPDX-License-Identifier: GPL-2.0-only
/* Ways out are cached by what they are: a look-up that finds one again needs no new route. */
#include <linux/hash.h>
#include <linux/jiffies.h>
#include <linux/netdevice.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <slb/route.h>

#include "hop.h"

/**
 * rly_hop_net_init() - no way out is known yet
 * @hops: ways out of a namespace
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
	/* packets borrow the route: it is freed after a grace period, too */
	dst_release(hop->dst);
	kfree_rcu(hop, rcu);
}

/* Of the places for a way out, a free one, or that which was not used for the longest time. */
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
 * A device that goes down is forgotten once, by rly_hop_forget(): a look-up that began before that
 * must not bring it back.
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
 * rly_hop_get() - a route for the way out that a look-up found
 * @hops: ways out of a namespace
 * @r: what the look-up found
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @id: set to what the way out is known by
 *
 * Context: softirq, RCU; the route is borrowed until the reader ends.
 *
 * Return: the route, or NULL without memory, or when its device is going.
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

/* Drop the ways out by a device, or all. Their routes must not hold it any longer. */
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
		/* somebody may have a reference for a while: what waits in a queue, say */
		dst_dev_put(hop->dst);
		rly_hop_free(hop);
	}
}

/**
 * rly_hop_forget() - a device is down, or about to go
 * @hops: ways out of a namespace
 * @dev: the device
 *
 * Context: RTNL; waits for nobody.
 */
void rly_hop_forget(struct rly_hops *hops, const struct net_device *dev)
{
	spin_lock_bh(&hops->lock);
	rly_hop_drop(hops, dev);
	spin_unlock_bh(&hops->lock);
}

/**
 * rly_hop_close() - forget all ways out, for good
 * @hops: ways out of a namespace
 */
void rly_hop_close(struct rly_hops *hops)
{
	spin_lock_bh(&hops->lock);
	hops->closed = true;
	rly_hop_drop(hops, NULL);
	spin_unlock_bh(&hops->lock);
}
