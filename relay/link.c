// SPDX-License-Identifier: GPL-2.0-only
/* Links come, change and go, and so do the devices under them. */
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "balancer.h"
#include "fast.h"
#include "link.h"
#include "net.h"
#include "notify.h"
#include "vip.h"

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
 * rly_link_create() - make a link that nobody knows yet
 * @b: whose it shall be
 * @name: name
 *
 * Return: the link with a weight of 1 and nothing else set, or NULL.
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
 * rly_link_copy() - make a link like another, to be changed and put in its place
 * @old: the other
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
	link->conf = old->conf;
	return link;
}

/**
 * rly_link_destroy() - free a link that nobody can reach
 * @link: from rly_link_create(); its counters go with it unless they were handed on
 */
void rly_link_destroy(struct rly_link *link)
{
	if (!link->replaced) {
		free_percpu(link->stats);
		kfree(link->flows);
	}
	slb_nexthop_destroy(&link->nh);
	kmem_cache_free(rly_link_cache, link);
}

static void rly_link_free_rcu(struct rcu_head *rcu)
{
	rly_link_destroy(container_of(rcu, struct rly_link, rcu));
}

/**
 * rly_link_free() - second phase of removal: freed once no packet uses the link
 * @link: in no set any more
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

/* Is what two links claim told apart? */
static int rly_link_check_other(const struct rly_link *link, const struct rly_link *other,
				u8 family, struct netlink_ext_ack *extack)
{
	unsigned int af = rly_af(family);
	const char *whose = other->balancer->name;

	/* packets and probes that come in by either could not be told from the other's */
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
		return -EINVAL;
	}
	if (slb_nexthop_has(&link->nh, family) &&
	    rly_link_returns(other, &link->nh.via[af], family)) {
		NL_SET_ERR_MSG_FMT(extack, "via in return: %s %s", whose, other->name);
		return -EINVAL;
	}
	return 0;
}

static int rly_link_check_own(const struct rly_link *link, u8 family,
			      struct netlink_ext_ack *extack)
{
	if (!slb_nexthop_has(&link->nh, family) ||
	    !rly_link_returns(link, &link->nh.via[rly_af(family)], family))
		return 0;
	NL_SET_ERR_MSG(extack, "the return range must not hold the link's own next hop");
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
			return -EINVAL;
		}
		if (slb_nexthop_has(&link->nh, vip->id.family) &&
		    slb_addr_equal(&link->nh.via[af], &vip->id.addr)) {
			NL_SET_ERR_MSG_FMT(extack, "via is VIP %s", rly_vip_print(text, &vip->id));
			return -EINVAL;
		}
	}
	return 0;
}

/**
 * rly_link_check() - does a link get on with all others and with the VIPs?
 * @rn: namespace; its lock is held
 * @link: new link, sound in itself
 * @old: the one whose place it takes, or NULL
 * @extack: told what it is in conflict with
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
 * rly_link_check_vip() - can an address be virtual, as far as links go?
 * @rn: namespace; its lock is held
 * @addr: the address
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @extack: told whose it is
 *
 * Return: 0 or -EINVAL.
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
			return -EINVAL;
		}
		if (slb_nexthop_has(&link->nh, family) &&
		    slb_addr_equal(&link->nh.via[rly_af(family)], addr)) {
			NL_SET_ERR_MSG_FMT(extack, "is via of %s %s", link->balancer->name,
					   link->name);
			return -EINVAL;
		}
	}
	return 0;
}

/* Read the state of the device. Context: RTNL. Return: true when it changed; so may the MTU. */
static bool rly_link_refresh(struct rly_net *rn, struct rly_link *link,
			     const struct net_device *going_down)
{
	bool changed = slb_probe_device(link->probe, &link->nh, rn->net, going_down);
	struct net_device *dev = __dev_get_by_name(rn->net, link->nh.dev_name);

	WRITE_ONCE(link->mtu, dev ? READ_ONCE(dev->mtu) : 0);
	return changed;
}

/* Give a new link its number, and follow it. Context: lock held. */
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
unlock:
	rtnl_unlock();
	return err;
}

static void rly_link_erase(struct rly_net *rn, const struct rly_link *link)
{
	rtnl_lock();
	xa_erase(&rn->links, link->n);
	rtnl_unlock();
}

/**
 * rly_link_add() - put a new link into use
 * @rn: namespace; its lock is held
 * @link: complete and checked; on failure still the caller's
 * @extack: told when there are too many
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
	link->flows = kzalloc(sizeof(*link->flows), GFP_KERNEL);
	if (!link->stats || !link->flows)
		return -ENOMEM;
	err = rly_link_begin(rn, link);
	if (err)
		return err;
	b->link[b->n_links++] = link;
	b->stale = true;
	rn->n_links++;
	rly_net_adds(rn);
	err = rly_set_publish(rn);
	if (err) {
		rly_link_erase(rn, link);
		rly_link_unfollow(rn, link);
		rn->n_links--;
		b->n_links--;
		b->stale = true;
		return err;
	}
	rly_net_changed(rn);
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
 * rly_link_replace() - put a changed link in the place of what it was
 * @rn: namespace; its lock is held
 * @old: the link as it was; freed on success
 * @link: the link as it shall be, complete and checked; takes over number and counters
 *
 * Return: 0, or -ENOMEM, nothing has changed and @link is still the caller's.
 */
int rly_link_replace(struct rly_net *rn, struct rly_link *old, struct rly_link *link)
{
	struct rly_balancer *b = old->balancer;
	struct rly_set *set = rly_set_reserve(rn);

	lockdep_assert_held(&rn->lock);
	/* what follows may end a session of probes: no far end is to see that in vain */
	if (!set)
		return -ENOMEM;
	link->n = old->n;
	link->stats = old->stats;
	link->flows = old->flows;
	rtnl_lock();
	rly_link_refresh(rn, link, NULL);
	slb_probe_device_end(&link->nh);
	link->probe = old->probe;
	rly_link_follow(rn, link);
	/* takes the place of an entry that is there, so it needs no memory */
	xa_store(&rn->links, link->n, link, GFP_KERNEL);
	rtnl_unlock();
	b->link[rly_link_index(old)] = link;
	b->stale = true;
	rly_set_publish_reserved(rn, set);
	/* packets that still use the old link count on, in what is the new one's */
	old->replaced = true;
	/* first: whoever remembers the old link forgets it by this */
	rly_net_changed(rn);
	rly_link_free(old);
	return 0;
}

/**
 * rly_link_make_dead() - first phase of removal: no packet finds the link any more
 * @rn: namespace; its lock is held
 * @link: the link; then to be given to rly_link_unfollow() and rly_link_free()
 *
 * The balancer is told first, and has a grace period to send what is on its way.
 *
 * Return: 0, or -ENOMEM and nothing has changed.
 */
int rly_link_make_dead(struct rly_net *rn, struct rly_link *link)
{
	struct rly_balancer *b = link->balancer;
	struct rly_set *set = rly_set_reserve(rn);
	u32 i = rly_link_index(link);

	lockdep_assert_held(&rn->lock);
	if (!set)
		return -ENOMEM;
	WRITE_ONCE(rn->deleted, jiffies);
	slb_probe_withdraw(link->probe, true);
	synchronize_net();
	b->n_links--;
	b->bare_at = jiffies;
	memmove(&b->link[i], &b->link[i + 1], (b->n_links - i) * sizeof(b->link[0]));
	b->stale = true;
	rly_set_publish_reserved(rn, set);
	rly_link_erase(rn, link);
	rn->n_links--;
	rly_net_changed(rn);
	return 0;
}

/**
 * rly_link_withdraw() - tell the balancers that all links go
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
 * rly_link_forget() - let go of devices at the end of a namespace, or of the module
 * @rn: namespace, RTNL held; its hooks are off, its links withdrawn, a grace period has passed
 */
void rly_link_forget(struct rly_net *rn)
{
	struct rly_link *link;
	unsigned long n;

	rly_probe_hooks_off(rn);
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
	rly_set_clear(rn);
	/* flows must not find what is freed */
	rtnl_lock();
	xa_destroy(&rn->links);
	rtnl_unlock();
	/* before the first one is freed: flows that go fast remember links by this number */
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
}

/* Context: RTNL. */
static bool rly_link_on(const struct rly_net *rn, const struct rly_link *link,
			const struct net_device *dev)
{
	/* by any of its names */
	return link->nh.ifindex == dev->ifindex ||
	       __dev_get_by_name(rn->net, link->nh.dev_name) == dev;
}

/*
 * Something happened to a device: which links does it matter to? The packet path sees at once what
 * is down; all else follows in the work of the probes. Context: RTNL.
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
		/* Packets that saw one up may have cached a route: all links wait together. */
		synchronize_net();
		xa_for_each(&rn->links, n, link)
			slb_probe_device_end(&link->nh);
	}
	mod_delayed_work(system_wq, &rn->probes.work, 0);
}

/*
 * Set when the module goes: a notifier that leaves is told that all devices have gone. They have
 * not, but from then on nobody tells of one that does go, with a namespace perhaps whose end waits
 * for the device, and is waited for by this module. Hooks, neighbours and routes hold devices: so
 * all namespaces stop at that word.
 */
static bool rly_link_deaf;

static int rly_link_netdev_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct rly_net *rn = rly_net(dev_net(dev));

	/* but what does go while the module leaves must be let go of: it is waited for */
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
	default:
		return NOTIFY_DONE;
	}
	if (event == NETDEV_DOWN || event == NETDEV_UNREGISTER)
		rly_hop_forget(&rn->hops, dev);
	if (event == NETDEV_REGISTER || event == NETDEV_UNREGISTER)
		rly_fast_device(rn, dev, event == NETDEV_UNREGISTER);
	rly_link_dev_event(rn, dev, event == NETDEV_GOING_DOWN ? dev : NULL);
	return NOTIFY_DONE;
}

static struct notifier_block rly_link_notifier = {
	.notifier_call = rly_link_netdev_event,
};

/**
 * rly_link_notifier_init() - begin to follow the devices
 *
 * Return: 0 or an error.
 */
int rly_link_notifier_init(void)
{
	return register_netdevice_notifier(&rly_link_notifier);
}

/**
 * rly_link_notifier_exit() - stop that
 */
void rly_link_notifier_exit(void)
{
	WRITE_ONCE(rly_link_deaf, true);
	unregister_netdevice_notifier(&rly_link_notifier);
}

/**
 * rly_link_init() - the cache of links
 *
 * Return: 0 or an error.
 */
int rly_link_init(void)
{
	rly_link_cache = kmem_cache_create("relay_link", sizeof(struct rly_link), 0, 0, NULL);
	return rly_link_cache ? 0 : -ENOMEM;
}

/**
 * rly_link_exit() - after the last RCU callback: give the cache back
 */
void rly_link_exit(void)
{
	kmem_cache_destroy(rly_link_cache);
}
