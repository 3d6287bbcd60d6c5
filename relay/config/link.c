// SPDX-License-Identifier: GPL-2.0-only
/* Links: add, change, delete; and events of their devices. */
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <slb/probe_hook.h>

#include "config/balancer.h"
#include "config/digest.h"
#include "config/heir.h"
#include "config/link.h"
#include "config/link_probe.h"
#include "config/notify.h"
#include "config/snapshot.h"
#include "config/usable.h"
#include "config/vip.h"
#include "net.h"
#include "packet/fast.h"
#include "packet/xdp.h"

static struct kmem_cache *rly_link_cache;

/**
 * rly_link_by_name() - find a link of a balancer
 * @b: the balancer; the configuration lock is held
 * @name: name
 *
 * Return: the link or NULL.
 */
struct rly_link *rly_link_by_name(const struct rly_balancer *b, const char *name)
{
	u32 i;

	for (i = 0; i < b->n_links; i++)
		if (!strcmp(b->link[i]->name, name))
			return b->link[i];
	return NULL;
}

/**
 * rly_link_create() - allocate a link
 * @b: its balancer
 * @name: name
 *
 * Return: the link, with a weight of 1 and nothing else set, or NULL.
 */
struct rly_link *rly_link_create(struct rly_balancer *b, const char *name)
{
	struct rly_link *link = kmem_cache_zalloc(rly_link_cache, GFP_KERNEL);

	if (!link)
		return NULL;
	link->nh.state = SLB_NEXTHOP_NO_DEVICE;
	link->balancer = b;
	link->weight = 1;
	link->conf = (struct slb_probe_conf)SLB_PROBE_CONF;
	strscpy(link->name, name, sizeof(link->name));
	return link;
}

/**
 * rly_link_copy() - copy a link, to change the copy and replace the link by it
 * @old: the link
 *
 * Return: the link, without number and counters, or NULL.
 */
struct rly_link *rly_link_copy(const struct rly_link *old)
{
	struct rly_link *link = rly_link_create(old->balancer, old->name);

	if (!link)
		return NULL;
	strscpy(link->nh.dev_name, old->nh.dev_name, sizeof(link->nh.dev_name));
	memcpy(link->nh.has, old->nh.has, sizeof(link->nh.has));
	memcpy(link->nh.via, old->nh.via, sizeof(link->nh.via));
	memcpy(link->first, old->first, sizeof(link->first));
	memcpy(link->last, old->last, sizeof(link->last));
	link->weight = old->weight;
	link->xdp = old->xdp;
	link->conf = old->conf;
	return link;
}

/**
 * rly_link_destroy() - free a link that no packet can reach
 * @link: from rly_link_create(); its counters are freed unless another link has taken them over
 */
void rly_link_destroy(struct rly_link *link)
{
	if (!link->replaced) {
		free_percpu(link->stats);
		free_percpu(link->flows);
	}
	slb_nexthop_destroy(&link->nh);
	kmem_cache_free(rly_link_cache, link);
}

static void rly_link_free_rcu(struct rcu_head *rcu)
{
	rly_link_destroy(container_of(rcu, struct rly_link, rcu));
}

/**
 * rly_link_free() - free a link after a grace period, the second phase of removal
 * @link: in no set
 */
void rly_link_free(struct rly_link *link)
{
	call_rcu(&link->rcu, rly_link_free_rcu);
}

static bool rly_link_returns(const struct rly_link *link, const union nf_inet_addr *addr, u8 family)
{
	unsigned int af = rly_af(family);

	return slb_nexthop_has(&link->nh, family) &&
	       slb_addr_cmp(&link->first[af], addr, family) <= 0 &&
	       slb_addr_cmp(addr, &link->last[af], family) <= 0;
}

static bool rly_link_overlaps(const struct rly_link *a, const struct rly_link *b, u8 family)
{
	unsigned int af = rly_af(family);

	return slb_nexthop_has(&a->nh, family) && slb_nexthop_has(&b->nh, family) &&
	       slb_addr_cmp(&a->first[af], &b->last[af], family) <= 0 &&
	       slb_addr_cmp(&b->first[af], &a->last[af], family) <= 0;
}

/* Do two links conflict? */
static int rly_link_check_other(const struct rly_link *link, const struct rly_link *other,
				u8 family, struct netlink_ext_ack *extack)
{
	unsigned int af = rly_af(family);
	const char *whose = other->balancer->name;

	/* packets and probes of one could not be told from those of the other */
	if (slb_nexthop_has(&link->nh, family) && slb_nexthop_has(&other->nh, family) &&
	    slb_addr_equal(&link->nh.via[af], &other->nh.via[af]) &&
	    !strcmp(link->nh.dev_name, other->nh.dev_name)) {
		NL_SET_ERR_MSG_FMT(extack, "dev and via of %s %s", whose, other->name);
		return -EEXIST;
	}
	if (rly_link_overlaps(link, other, family)) {
		NL_SET_ERR_MSG_FMT(extack, "return overlaps %s %s", whose, other->name);
		return -EEXIST;
	}
	if (slb_nexthop_has(&other->nh, family) &&
	    rly_link_returns(link, &other->nh.via[af], family)) {
		NL_SET_ERR_MSG_FMT(extack, "return has via: %s %s", whose, other->name);
		return -EEXIST;
	}
	if (slb_nexthop_has(&link->nh, family) &&
	    rly_link_returns(other, &link->nh.via[af], family)) {
		NL_SET_ERR_MSG_FMT(extack, "via in return: %s %s", whose, other->name);
		return -EEXIST;
	}
	return 0;
}

static int rly_link_check_own(const struct rly_link *link, u8 family,
			      struct netlink_ext_ack *extack)
{
	if (!slb_nexthop_has(&link->nh, family) ||
	    !rly_link_returns(link, &link->nh.via[rly_af(family)], family))
		return 0;
	NL_SET_ERR_MSG(extack, "the return range must not contain the link's own next hop");
	return -EINVAL;
}

/* No address can be both virtual and a next hop or a return address. */
static int rly_link_check_vips(struct rly_net *rn, const struct rly_link *link,
			       struct netlink_ext_ack *extack)
{
	char text[RLY_VIP_TEXT];
	struct rly_vip *vip;
	unsigned long n;

	xa_for_each(&rn->vips, n, vip) {
		unsigned int af = rly_af(vip->id.family);

		if (rly_link_returns(link, &vip->id.addr, vip->id.family)) {
			NL_SET_ERR_MSG_FMT(extack, "return has VIP %s",
					   rly_vip_print(text, &vip->id));
			return -EEXIST;
		}
		if (slb_nexthop_has(&link->nh, vip->id.family) &&
		    slb_addr_equal(&link->nh.via[af], &vip->id.addr)) {
			NL_SET_ERR_MSG_FMT(extack, "via is VIP %s", rly_vip_print(text, &vip->id));
			return -EEXIST;
		}
	}
	return 0;
}

/**
 * rly_link_check() - check a link for conflicts with other links and VIPs
 * @rn: namespace; its lock is held
 * @link: new link, valid in itself
 * @old: the link that it replaces, or NULL
 * @extack: names the conflict
 *
 * Return: 0 or an error.
 */
int rly_link_check(struct rly_net *rn, const struct rly_link *link, const struct rly_link *old,
		   struct netlink_ext_ack *extack)
{
	struct rly_link *other;
	unsigned long n;
	int err;

	lockdep_assert_held(&rn->lock);
	err = rly_link_check_own(link, NFPROTO_IPV4, extack) ?:
	      rly_link_check_own(link, NFPROTO_IPV6, extack);
	if (err)
		return err;
	xa_for_each(&rn->links, n, other) {
		if (other == old)
			continue;
		err = rly_link_check_other(link, other, NFPROTO_IPV4, extack) ?:
		      rly_link_check_other(link, other, NFPROTO_IPV6, extack);
		if (err)
			return err;
	}
	return rly_link_check_vips(rn, link, extack);
}

/**
 * rly_link_check_vip() - check a virtual address for conflicts with links
 * @rn: namespace; its lock is held
 * @addr: the address
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @extack: names the link
 *
 * Return: 0 or -EEXIST.
 */
int rly_link_check_vip(struct rly_net *rn, const union nf_inet_addr *addr, u8 family,
		       struct netlink_ext_ack *extack)
{
	const struct rly_link *link;
	unsigned long n;

	lockdep_assert_held(&rn->lock);
	xa_for_each(&rn->links, n, link) {
		if (rly_link_returns(link, addr, family)) {
			NL_SET_ERR_MSG_FMT(extack, "in return of %s %s", link->balancer->name,
					   link->name);
			return -EEXIST;
		}
		if (slb_nexthop_has(&link->nh, family) &&
		    slb_addr_equal(&link->nh.via[rly_af(family)], addr)) {
			NL_SET_ERR_MSG_FMT(extack, "is via of %s %s", link->balancer->name,
					   link->name);
			return -EEXIST;
		}
	}
	return 0;
}

/* Read state and MTU of the device. Context: RTNL. Return: true when one has changed. */
static bool rly_link_refresh(struct rly_net *rn, struct rly_link *link,
			     const struct net_device *going_down)
{
	bool changed = slb_probe_device(link->probe, &link->nh, rn->net, going_down);
	struct net_device *dev = __dev_get_by_name(rn->net, link->nh.dev_name);

	WRITE_ONCE(link->mtu, dev ? READ_ONCE(dev->mtu) : 0);
	return changed;
}

/* Give a new link its number, and start its probes. Context: lock held. */
static int rly_link_begin(struct rly_net *rn, struct rly_link *link)
{
	int err;

	rtnl_lock();
	err = xa_alloc_cyclic(&rn->links, &link->n, link, xa_limit_31b, &rn->next_link, GFP_KERNEL);
	if (err < 0)
		goto unlock;
	rly_link_refresh(rn, link, NULL);
	slb_probe_device_end(&link->nh);
	err = rly_link_follow(rn, link);
	if (err)
		xa_erase(&rn->links, link->n);
	rly_xdp_changed(rn);
unlock:
	rtnl_unlock();
	return err;
}

static void rly_link_erase(struct rly_net *rn, const struct rly_link *link)
{
	rtnl_lock();
	xa_erase(&rn->links, link->n);
	rly_xdp_changed(rn);
	rtnl_unlock();
}

/**
 * rly_link_add() - publish a new link
 * @rn: namespace; its lock is held
 * @link: complete and checked; on failure the caller still owns it
 * @extack: says when there are too many
 *
 * Return: 0 or an error.
 */
int rly_link_add(struct rly_net *rn, struct rly_link *link, struct netlink_ext_ack *extack)
{
	struct rly_balancer *b = link->balancer;
	int err;

	lockdep_assert_held(&rn->lock);
	if (b->n_links >= SLB_RELAY_LINK_MAX) {
		NL_SET_ERR_MSG_FMT(extack, "a balancer has at most %d links", SLB_RELAY_LINK_MAX);
		return -ENOSPC;
	}
	link->stats = rly_traffic_alloc(RLY_LINK_DIRS);
	link->flows = alloc_percpu(int);
	if (!link->stats || !link->flows)
		return -ENOMEM;
	err = rly_link_begin(rn, link);
	if (err)
		return err;
	b->link[b->n_links++] = link;
	b->stale = true;
	rn->n_links++;
	rly_net_adds(rn);
	err = rly_snapshot_publish(rn);
	if (err) {
		rly_link_erase(rn, link);
		rly_link_unfollow(rn, link);
		rn->n_links--;
		b->n_links--;
		b->stale = true;
		return err;
	}
	rly_net_changed(rn);
	rly_away_look(rn);
	return 0;
}

static u32 rly_link_index(const struct rly_link *link)
{
	const struct rly_balancer *b = link->balancer;
	u32 i;

	for (i = 0; i < b->n_links - 1; i++)
		if (b->link[i] == link)
			break;
	return i;
}

/**
 * rly_link_replace() - replace a link by a changed copy
 * @rn: namespace; its lock is held
 * @old: the link; freed on success
 * @link: the copy, complete and checked; takes over number and counters
 *
 * Return: 0, or -ENOMEM with nothing changed, and the caller still owns @link.
 */
int rly_link_replace(struct rly_net *rn, struct rly_link *old, struct rly_link *link)
{
	struct rly_balancer *b = old->balancer;
	struct rly_snapshot *snap = rly_snapshot_reserve(rn);

	lockdep_assert_held(&rn->lock);
	/* allocate first: the rest may end a BFD session, which the far end would notice */
	if (!snap)
		return -ENOMEM;
	link->n = old->n;
	link->stats = old->stats;
	link->flows = old->flows;
	rtnl_lock();
	rly_link_refresh(rn, link, NULL);
	slb_probe_device_end(&link->nh);
	link->probe = old->probe;
	rly_link_follow(rn, link);
	/* replaces an entry, so it needs no memory */
	xa_store(&rn->links, link->n, link, GFP_KERNEL);
	rly_xdp_changed(rn);
	rtnl_unlock();
	b->link[rly_link_index(old)] = link;
	b->stale = true;
	rly_snapshot_publish_reserved(rn, snap);
	/* packets that still use the old link update the shared counters */
	old->replaced = true;
	/* first: this makes cached pointers to the old link void */
	rly_net_changed(rn);
	rly_link_free(old);
	rly_away_look(rn);
	return 0;
}

/**
 * rly_link_make_dead() - unpublish a link, the first phase of removal
 * @rn: namespace; its lock is held
 * @link: the link; rly_link_unfollow() and rly_link_free() follow
 *
 * A probe tells the balancer first, which then has a grace period to move its packets elsewhere.
 *
 * Return: 0, or -ENOMEM with nothing changed.
 */
int rly_link_make_dead(struct rly_net *rn, struct rly_link *link)
{
	struct rly_balancer *b = link->balancer;
	struct rly_snapshot *snap = rly_snapshot_reserve(rn);
	u32 i = rly_link_index(link);

	lockdep_assert_held(&rn->lock);
	if (!snap)
		return -ENOMEM;
	WRITE_ONCE(rn->deleted, jiffies);
	slb_probe_withdraw(link->probe, true);
	synchronize_net();
	b->n_links--;
	b->bare_at = jiffies;
	memmove(&b->link[i], &b->link[i + 1], (b->n_links - i) * sizeof(b->link[0]));
	b->stale = true;
	rly_snapshot_publish_reserved(rn, snap);
	rly_link_erase(rn, link);
	rn->n_links--;
	rly_net_changed(rn);
	return 0;
}

/**
 * rly_link_withdraw() - tell the balancers by probes that all links go
 * @rn: namespace; RTNL or its lock is held
 */
void rly_link_withdraw(struct rly_net *rn)
{
	struct rly_link *link;
	unsigned long n;

	xa_for_each(&rn->links, n, link)
		if (link->probe)
			slb_probe_withdraw(link->probe, false);
}

/**
 * rly_link_forget() - release all devices at the end of a namespace or of the module
 * @rn: namespace, RTNL held; its hooks are off, its links withdrawn, a grace period has passed
 */
void rly_link_forget(struct rly_net *rn)
{
	struct rly_link *link;
	unsigned long n;

	slb_probe_hooks_off(&rn->probes);
	xa_for_each(&rn->links, n, link)
		slb_nexthop_destroy(&link->nh);
}

/**
 * rly_link_flush() - remove all links; needs no memory, so it does not fail
 * @rn: namespace; its lock is held
 */
void rly_link_flush(struct rly_net *rn)
{
	struct rly_balancer *b;
	unsigned long n;

	lockdep_assert_held(&rn->lock);
	WRITE_ONCE(rn->deleted, jiffies);
	if (rn->n_links) {
		rly_link_withdraw(rn);
		synchronize_net();
	}
	rly_snapshot_clear(rn);
	/* flows must not find freed links */
	rtnl_lock();
	xa_destroy(&rn->links);
	rly_xdp_changed(rn);
	rtnl_unlock();
	/* before the first one is freed: the fast path caches links under this generation */
	rly_net_changed(rn);
	xa_for_each(&rn->balancers, n, b) {
		while (b->n_links) {
			rly_link_unfollow(rn, b->link[--b->n_links]);
			rly_link_free(b->link[b->n_links]);
		}
		b->bare_at = jiffies;
		b->stale = true;
	}
	rn->n_links = 0;
	rly_digest_update(rn);
	rly_usable_look(rn);
}

/* Context: RTNL. */
static bool rly_link_on(const struct rly_net *rn, const struct rly_link *link,
			const struct net_device *dev)
{
	/* match the alternative names, too */
	return link->nh.ifindex == dev->ifindex ||
	       __dev_get_by_name(rn->net, link->nh.dev_name) == dev;
}

/*
 * Update the links of a device that has changed. Packets see at once which links are down; the work
 * of the probes does the rest. Context: RTNL.
 */
static void rly_link_dev_event(struct rly_net *rn, const struct net_device *dev,
			       const struct net_device *going_down)
{
	struct rly_link *link;
	bool any = false, changed = false;
	unsigned long n;
	u32 mtu;

	xa_for_each(&rn->links, n, link) {
		if (!rly_link_on(rn, link, dev))
			continue;
		mtu = link->mtu;
		changed |= rly_link_refresh(rn, link, going_down);
		any |= changed || link->mtu != mtu;
	}
	if (!any)
		return;
	if (changed) {
		/* packets may just have cached a route: one grace period for all links */
		synchronize_net();
		xa_for_each(&rn->links, n, link)
			slb_probe_device_end(&link->nh);
	}
	mod_delayed_work(system_wq, &rn->probes.work, 0);
}

/*
 * Set when the module is unloaded. Unregistering the notifier replays NETDEV_UNREGISTER for all
 * devices. They are still there, but no later event will tell when one goes; and a namespace that
 * ends waits for its devices, while the module waits for the namespace. Hooks, neighbours and
 * routes hold devices, so all namespaces stop at that event.
 */
static bool rly_link_deaf;

static int rly_link_netdev_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct rly_net *rn = rly_net(dev_net(dev));

	/* a device that really goes meanwhile must be released: somebody waits for it */
	if (READ_ONCE(rly_link_deaf) && dev->reg_state == NETREG_REGISTERED) {
		if (event == NETDEV_UNREGISTER)
			rly_net_halt(rn);
		return NOTIFY_DONE;
	}
	if (rn->halted)
		return NOTIFY_DONE;
	switch (event) {
	case NETDEV_REGISTER:
	case NETDEV_UNREGISTER:
	case NETDEV_UP:
	case NETDEV_DOWN:
	case NETDEV_GOING_DOWN:
	case NETDEV_CHANGE:
	case NETDEV_CHANGENAME:
	case NETDEV_CHANGEMTU:
		break;
	case NETDEV_CHANGEUPPER:
	case NETDEV_FEAT_CHANGE:
		/* VLAN devices above it */
		rly_xdp_changed(rn);
		return NOTIFY_DONE;
	default:
		return NOTIFY_DONE;
	}
	if (event == NETDEV_DOWN || event == NETDEV_UNREGISTER)
		rly_hop_forget(&rn->hops, dev);
	if (event == NETDEV_REGISTER || event == NETDEV_UNREGISTER)
		rly_fast_device(rn, dev, event == NETDEV_UNREGISTER);
	rly_link_dev_event(rn, dev, event == NETDEV_GOING_DOWN ? dev : NULL);
	rly_xdp_changed(rn);
	return NOTIFY_DONE;
}

static struct notifier_block rly_link_notifier = {
	.notifier_call = rly_link_netdev_event,
};

/**
 * rly_link_notifier_init() - register the netdevice notifier
 *
 * Return: 0 or an error.
 */
int rly_link_notifier_init(void)
{
	return register_netdevice_notifier(&rly_link_notifier);
}

/**
 * rly_link_notifier_exit() - unregister the netdevice notifier
 */
void rly_link_notifier_exit(void)
{
	WRITE_ONCE(rly_link_deaf, true);
	unregister_netdevice_notifier(&rly_link_notifier);
}

/**
 * rly_link_init() - create the slab cache of links
 *
 * Return: 0 or an error.
 */
int rly_link_init(void)
{
	rly_link_cache = kmem_cache_create("relay_link", sizeof(struct rly_link), 0, 0, NULL);
	return rly_link_cache ? 0 : -ENOMEM;
}

/**
 * rly_link_exit() - destroy the slab cache of links, after the last RCU callback
 */
void rly_link_exit(void)
{
	kmem_cache_destroy(rly_link_cache);
}
