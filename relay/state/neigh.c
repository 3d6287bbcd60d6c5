// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel queues packets to a next hop that it has to ask for its link-layer address. When none
 * comes, it sends ICMP errors about them, but it has no route to VIPs and return addresses. So the
 * relay keeps copies of these packets until the neighbour answers or fails. It also remembers
 * neighbours that have failed: further packets get an error at once, until the neighbour answers.
 */
#include <linux/netdevice.h>
#include <net/arp.h>
#include <net/ip6_route.h>
#include <net/neighbour.h>
#include <net/netevent.h>
#include <net/route.h>
#include <slb/parse.h>

#include "net.h"
#include "state/neigh.h"

static u32 rly_neigh_bit_of(const struct net_device *dev, const void *addr, bool v6)
{
	return rly_neigh_bit(dev->ifindex, ((const u32 *)addr)[v6 ? 3 : 0]);
}

/**
 * struct rly_neigh_cb - what a waiting packet carries in skb->cb
 * @dev: the device of the neighbour that it waits for; only compared
 * @addr: the neighbour's address, network order
 * @v6: it is an IPv6 address
 * @iif: index of the device that the packet came in by
 * @since: when it came, in jiffies
 */
struct rly_neigh_cb {
	const struct net_device *dev;
	union nf_inet_addr addr;
	bool v6;
	int iif;
	unsigned long since;
};

static struct rly_neigh_cb *rly_neigh_cb(struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct rly_neigh_cb) > sizeof(skb->cb));
	return (struct rly_neigh_cb *)skb->cb;
}

static bool rly_neigh_is(const struct rly_neigh_cb *cb, const struct neighbour *neigh)
{
	return cb->dev == neigh->dev && cb->v6 == (neigh->tbl->family == AF_INET6) &&
	       !memcmp(&cb->addr, neigh->primary_key, neigh->tbl->key_len);
}

static void rly_neigh_free(struct sk_buff_head *list)
{
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(list)))
		consume_skb(skb);
}

/* The neighbour has answered, has failed, or is deleted: its packets no longer wait. */
static void rly_neigh_settle(struct rly_neighs *neighs, const struct neighbour *neigh, bool failed)
{
	struct sk_buff *skb, *next;
	struct sk_buff_head done;

	__skb_queue_head_init(&done);
	spin_lock_bh(&neighs->waiting.lock);
	skb_queue_walk_safe(&neighs->waiting, skb, next) {
		if (!rly_neigh_is(rly_neigh_cb(skb), neigh))
			continue;
		__skb_unlink(skb, &neighs->waiting);
		__skb_queue_tail(&done, skb);
	}
	spin_unlock_bh(&neighs->waiting.lock);
	/* a lock of the neighbour table may be held: so do not send here */
	spin_lock_bh(&neighs->failed.lock);
	if (failed && skb_queue_len(&neighs->failed) < RLY_NEIGH_WAITING)
		skb_queue_splice_tail_init(&done, &neighs->failed);
	spin_unlock_bh(&neighs->failed.lock);
	rly_neigh_free(&done);
	if (failed)
		mod_delayed_work(system_wq, &neighs->work, 0);
}

/* An event of a neighbour. One that is deleted keeps its state, but is valid no longer. */
static void rly_neigh_event(struct rly_neighs *neighs, const struct neighbour *neigh)
{
	u8 state = READ_ONCE(neigh->nud_state);
	int family = neigh->tbl->family;
	u32 bit;

	if (family != AF_INET && family != AF_INET6)
		return;
	bit = rly_neigh_bit_of(neigh->dev, neigh->primary_key, family == AF_INET6);
	if (state & NUD_VALID && !READ_ONCE(neigh->dead)) {
		if (test_bit(bit, neighs->lost))
			clear_bit(bit, neighs->lost);
	} else {
		if (state & NUD_FAILED)
			set_bit(bit, neighs->lost);
		clear_bit(bit, neighs->known);
	}
	if (!(state & NUD_INCOMPLETE) && !skb_queue_empty_lockless(&neighs->waiting))
		rly_neigh_settle(neighs, neigh, state & NUD_FAILED);
}

static int rly_neigh_netevent(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct neighbour *neigh = ptr;

	if (event == NETEVENT_NEIGH_UPDATE)
		rly_neigh_event(&rly_net(dev_net(neigh->dev))->neighs, neigh);
	return NOTIFY_DONE;
}

static struct notifier_block rly_neigh_notifier = {
	.notifier_call = rly_neigh_netevent,
};

/**
 * rly_neigh_init() - follow neighbours of all namespaces
 *
 * Return: 0 or an error.
 */
int rly_neigh_init(void)
{
	return register_netevent_notifier(&rly_neigh_notifier);
}

/**
 * rly_neigh_exit() - no longer follow them
 */
void rly_neigh_exit(void)
{
	unregister_netevent_notifier(&rly_neigh_notifier);
}

/**
 * rly_neigh_net_init() - initialize the neighbours of a namespace
 * @neighs: neighbours of the namespace
 * @work: sends ICMP errors about the packets that rly_neigh_failed() returns
 */
void rly_neigh_net_init(struct rly_neighs *neighs, work_func_t work)
{
	skb_queue_head_init(&neighs->waiting);
	skb_queue_head_init(&neighs->failed);
	INIT_DELAYED_WORK(&neighs->work, work);
}

/**
 * rly_neigh_net_stop() - free the waiting packets of a namespace
 * @neighs: neighbours of the namespace
 *
 * Context: process; no packet calls rly_neigh_ask() any more.
 */
void rly_neigh_net_stop(struct rly_neighs *neighs)
{
	skb_queue_purge(&neighs->waiting);
	cancel_delayed_work_sync(&neighs->work);
	skb_queue_purge(&neighs->failed);
}

/* The address of the next hop. @v6: set to whether it is an IPv6 address */
static const void *rly_neigh_addr(const struct dst_entry *dst, const struct slb_pkt *p, bool *v6)
{
	*v6 = p->t.family == NFPROTO_IPV6;
	if (*v6)
		return rt6_nexthop(dst_rt6_info(dst), &p->t.dst.in6);
	if (!dst_rtable(dst)->rt_gw_family)
		return &p->t.dst;
	*v6 = dst_rtable(dst)->rt_gw_family == AF_INET6;
	if (*v6)
		return &dst_rtable(dst)->rt_gw6;
	return &dst_rtable(dst)->rt_gw4;
}

/* Keep a copy of the packet. The oldest copies make room for the latest. */
static void rly_neigh_wait(struct rly_neighs *neighs, struct sk_buff *skb,
			   const struct net_device *dev, const void *addr, bool v6)
{
	struct sk_buff *copy = skb_clone(skb, GFP_ATOMIC | __GFP_NOWARN), *old = NULL;
	struct rly_neigh_cb *cb;

	if (!copy)
		return;
	cb = rly_neigh_cb(copy);
	*cb = (struct rly_neigh_cb){
		.dev = dev, .v6 = v6, .iif = skb->dev->ifindex, .since = jiffies,
	};
	memcpy(&cb->addr, addr, v6 ? sizeof(struct in6_addr) : sizeof(struct in_addr));
	/* hold nothing that a namespace or a module may wait for */
	skb_dst_drop(copy);
	nf_reset_ct(copy);
	skb_ext_reset(copy);
	copy->dev = NULL;
	spin_lock(&neighs->waiting.lock);
	if (skb_queue_len(&neighs->waiting) == RLY_NEIGH_WAITING)
		old = __skb_dequeue(&neighs->waiting);
	__skb_queue_tail(&neighs->waiting, copy);
	spin_unlock(&neighs->waiting.lock);
	consume_skb(old);
	/* unless it is scheduled already */
	schedule_delayed_work(&neighs->work, RLY_NEIGH_AGE);
}

/**
 * rly_neigh_ask() - check whether the next hop of a packet can be reached
 * @neighs: neighbours of the namespace
 * @skb: the packet, as it arrived; a copy waits if the next hop has to be asked for its address
 * @dst: its route
 * @p: its parsed headers
 *
 * Two neighbours may share a bit. If one has failed, the state of the other counts, too. If one is
 * known, first packets to the other get no error, but later ones do. Context: softirq, RCU.
 *
 * Return: false when the next hop has failed, and not answered since.
 */
bool rly_neigh_ask(struct rly_neighs *neighs, struct sk_buff *skb, const struct dst_entry *dst,
		   const struct slb_pkt *p)
{
	const struct neighbour *neigh;
	const void *addr;
	bool lost, v6;
	u32 bit;

	addr = rly_neigh_addr(dst, p, &v6);
	bit = rly_neigh_bit_of(dst->dev, addr, v6);
	neigh = v6 ? __ipv6_neigh_lookup_noref_stub(dst->dev, addr) :
		     __ipv4_neigh_lookup_noref(dst->dev, *(const u32 *)addr);
	lost = test_bit(bit, neighs->lost);
	if (neigh && READ_ONCE(neigh->nud_state) & NUD_VALID) {
		if (!lost)
			set_bit(bit, neighs->known);
		return true;
	}
	if (neigh && lost)
		return false;
	if (!(dst->dev->flags & IFF_NOARP))
		rly_neigh_wait(neighs, skb, dst->dev, addr, v6);
	return true;
}

/**
 * rly_neigh_failed() - take a packet whose next hop did not answer
 * @neighs: neighbours of the namespace
 * @iif: set to the index of the device that the packet came in by
 *
 * Return: the packet as it arrived, without a device; the caller frees it. NULL when there is none.
 */
struct sk_buff *rly_neigh_failed(struct rly_neighs *neighs, int *iif)
{
	struct sk_buff *skb = skb_dequeue(&neighs->failed);

	if (skb)
		*iif = rly_neigh_cb(skb)->iif;
	return skb;
}

/**
 * rly_neigh_expire() - free packets that have waited for too long
 * @neighs: neighbours of the namespace
 *
 * Context: process, from @neighs->work, which is scheduled again while packets wait.
 */
void rly_neigh_expire(struct rly_neighs *neighs)
{
	struct sk_buff_head done;
	struct sk_buff *skb;
	bool more;

	__skb_queue_head_init(&done);
	spin_lock_bh(&neighs->waiting.lock);
	while ((skb = skb_peek(&neighs->waiting)) &&
	       time_after_eq(jiffies, rly_neigh_cb(skb)->since + RLY_NEIGH_AGE)) {
		__skb_unlink(skb, &neighs->waiting);
		__skb_queue_tail(&done, skb);
	}
	more = skb;
	spin_unlock_bh(&neighs->waiting.lock);
	rly_neigh_free(&done);
	if (more)
		schedule_delayed_work(&neighs->work, RLY_NEIGH_AGE);
}
