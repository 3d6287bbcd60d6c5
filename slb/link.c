// SPDX-License-Identifier: GPL-2.0-only
/* Links: which are there, which carry packets, and which one a session uses. */
#include <linux/inetdevice.h>
#include <linux/slab.h>
#include <slb/ingress.h>

#include "former.h"
#include "link.h"
#include "net.h"
#include "nl.h"
#include "session.h"
#include "vip.h"

/**
 * slb_link_by_name() - find a link
 * @sn: namespace; its lock is held
 * @name: name
 *
 * Return: the link or NULL.
 */
struct slb_link *slb_link_by_name(struct slb_net *sn, const char *name)
{
	const struct slb_links *links = slb_dereference(sn, sn->links);
	unsigned int i;

	for (i = 0; i < SLB_LINK_MAX; i++)
		if (links->slot[i] && !strcmp(links->slot[i]->name, name))
			return links->slot[i];
	return NULL;
}

/**
 * slb_link_create() - make a link that nobody knows yet
 * @name: name
 *
 * Return: the link with a weight of 1 and nothing else set, or NULL.
 */
struct slb_link *slb_link_create(const char *name)
{
	struct slb_link *link = kzalloc(sizeof(*link), GFP_KERNEL);

	if (!link)
		return NULL;
	link->nh.state = SLB_NEXTHOP_NO_DEVICE;
	link->weight = 1;
	link->conf = (struct slb_probe_conf)SLB_PROBE_CONF;
	strscpy(link->name, name, sizeof(link->name));
	return link;
}

static int slb_link_acct_create(struct slb_link *link)
{
	struct slb_link_acct *acct = kzalloc(sizeof(*acct), GFP_KERNEL);

	if (!acct)
		return -ENOMEM;
	acct->stats = netdev_alloc_pcpu_stats(struct slb_traffic);
	if (!acct->stats) {
		kfree(acct);
		return -ENOMEM;
	}
	link->acct = acct;
	return 0;
}

/**
 * slb_link_destroy() - free a link that nobody can reach
 * @link: from slb_link_create(); its counters go with it unless they were handed on
 */
void slb_link_destroy(struct slb_link *link)
{
	if (link->acct) {
		free_percpu(link->acct->stats);
		kfree(link->acct);
	}
	slb_nexthop_destroy(&link->nh);
	kfree(link);
}

static void slb_link_free_rcu(struct rcu_head *rcu)
{
	slb_link_destroy(container_of(rcu, struct slb_link, rcu));
}

/* From now on packets see these. Context: RTNL and lock held. */
static void slb_links_show(struct slb_net *sn, struct slb_links *links)
{
	ASSERT_RTNL();
	links->end = SLB_LINK_MAX;
	while (links->end && !links->slot[links->end - 1])
		links->end--;
	rcu_assign_pointer(sn->links, links);
}

/* Publish a copy of the set with this link in its slot. Context: RTNL and lock held. */
static void slb_links_swap(struct slb_net *sn, struct slb_links *new, struct slb_link *link)
{
	struct slb_links *old = slb_dereference(sn, sn->links);

	memcpy(new->slot, old->slot, sizeof(new->slot));
	new->slot[link->slot] = link;
	slb_fast_mark_link(sn, link);
	slb_near_link(sn, link, 1);
	slb_links_show(sn, new);
	slb_near_link(sn, old->slot[link->slot], -1);
	kfree_rcu(old, rcu);
}

/*
 * A free slot, or an error. A slot is not free before the sessions of its last link are freed: if
 * there is no other, this waits. Context: lock held.
 */
static int slb_link_slot(struct slb_net *sn, struct netlink_ext_ack *extack)
{
	const struct slb_links *links = slb_dereference(sn, sn->links);
	int slot, used = -ENOSPC;

	for (slot = 0; slot < SLB_LINK_MAX; slot++) {
		if (links->slot[slot])
			continue;
		if (slb_purge_done(sn, sn->slot_due[slot]))
			return slot;
		used = slot;
	}
	if (used >= 0)
		return slb_purge_wait(sn, sn->slot_due[used]) ?: used;
	NL_SET_ERR_MSG_FMT(extack, "a balancer has at most %d links", SLB_LINK_MAX);
	return used;
}

/* Begin to follow a new link, and publish it. Context: RTNL and lock held. */
static int slb_link_begin(struct slb_net *sn, struct slb_links *new, struct slb_link *link)
{
	int err;

	slb_probe_device(NULL, &link->nh, sn->net, NULL);
	slb_probe_device_end(&link->nh);
	err = slb_link_follow(sn, link);
	if (err)
		return err;
	slb_links_swap(sn, new, link);
	slb_fast_sync(sn);
	return 0;
}

/**
 * slb_link_publish() - put a new link into use
 * @sn: namespace; its lock is held
 * @link: complete and checked
 * @extack: told when there are too many
 *
 * Return: 0, -ENOSPC or -ENOMEM; then @link is still the caller's.
 */
int slb_link_publish(struct slb_net *sn, struct slb_link *link, struct netlink_ext_ack *extack)
{
	int slot = slb_link_slot(sn, extack), err;
	struct slb_links *new;

	if (slot < 0)
		return slot;
	err = slb_link_acct_create(link);
	if (err)
		return err;
	new = kzalloc(sizeof(*new), GFP_KERNEL);
	if (!new)
		return -ENOMEM;
	link->slot = slot;
	rtnl_lock();
	err = slb_link_begin(sn, new, link);
	rtnl_unlock();
	if (err)
		kfree(new);
	return err;
}

/* Follow the changed link, and publish it. Context: RTNL and lock held. */
static void slb_link_swap(struct slb_net *sn, struct slb_links *new, const struct slb_link *old,
			  struct slb_link *link)
{
	bool other = strcmp(old->nh.dev_name, link->nh.dev_name);

	slb_probe_device(NULL, &link->nh, sn->net, NULL);
	slb_probe_device_end(&link->nh);
	slb_link_follow(sn, link);
	/* Marks know the slot: packets that passed over one device have not passed over another. */
	if (other) {
		slb_ports_flush(&sn->ports);
		synchronize_net();
	}
	slb_links_swap(sn, new, link);
	if (other) {
		synchronize_net();
		slb_fast_forget(sn);
	}
	slb_fast_sync(sn);
}

/**
 * slb_link_replace() - put a changed link in the place of what it was
 * @sn: namespace; its lock is held
 * @old: the link as it was; freed
 * @link: the link as it shall be, complete and checked; takes over the counters
 *
 * Sessions whose local address is no longer in the range end; all others go on.
 *
 * Return: 0, or -ENOMEM with nothing changed.
 */
int slb_link_replace(struct slb_net *sn, struct slb_link *old, struct slb_link *link)
{
	bool moved = memcmp(old->first, link->first, sizeof(old->first)) ||
		     memcmp(old->count, link->count, sizeof(old->count));
	struct slb_links *new = kzalloc(sizeof(*new), GFP_KERNEL);

	/* what follows may end a session of probes: no far end is to see that in vain */
	if (!new)
		return -ENOMEM;
	if (moved) {
		slb_former_add(sn, old, link);
		slb_purge_begin(sn);
	}
	link->slot = old->slot;
	link->acct = old->acct;
	link->probe = old->probe;
	rtnl_lock();
	slb_link_swap(sn, new, old, link);
	rtnl_unlock();
	synchronize_net();
	if (moved)
		slb_purge_start(sn, atomic_read(&link->acct->ports));
	old->acct = NULL;
	slb_link_destroy(old);
	return 0;
}

/* Unpublish what is not in @new, and no longer follow it. Context: lock held. */
static void slb_links_drop(struct slb_net *sn, struct slb_links *new)
{
	struct slb_links *old = slb_dereference(sn, sn->links);
	unsigned int i;

	rtnl_lock();
	slb_links_show(sn, new);
	slb_fast_sync(sn);
	for (i = 0; i < SLB_LINK_MAX; i++)
		if (old->slot[i] && !new->slot[i])
			slb_link_unfollow(sn, old->slot[i]);
	rtnl_unlock();
}

/**
 * slb_link_unlink() - take a link, or all of them, out of use
 * @sn: namespace; its lock is held
 * @which: the link, or NULL for all
 *
 * The relay is told first, and has a grace period to send what is on its way. Sessions with local
 * addresses of the link end at once, and are freed later; those that came in on it go on over
 * another.
 *
 * Return: 0 or -ENOMEM.
 */
int slb_link_unlink(struct slb_net *sn, const struct slb_link *which)
{
	struct slb_links *old = slb_dereference(sn, sn->links);
	struct slb_links *new = kzalloc(sizeof(*new), GFP_KERNEL);
	bool any = false;
	unsigned int i;

	if (!new)
		return -ENOMEM;
	for (i = 0; i < SLB_LINK_MAX; i++) {
		if (!old->slot[i])
			continue;
		if (which && old->slot[i] != which)
			new->slot[i] = old->slot[i];
		else
			slb_probe_withdraw(old->slot[i]->probe, which);
	}
	synchronize_net();
	for (i = 0; i < SLB_LINK_MAX; i++)
		if (old->slot[i] && !new->slot[i])
			slb_nl_link_notify(sn, old->slot[i], SLB_CMD_LINK_DEL_NTF);
	for (i = 0; i < SLB_LINK_MAX; i++)
		if (old->slot[i] && !new->slot[i])
			slb_former_add(sn, old->slot[i], NULL);
	slb_purge_begin(sn);
	slb_links_drop(sn, new);
	sn->seq++;
	synchronize_net();
	slb_fast_forget(sn);
	for (i = 0; i < SLB_LINK_MAX; i++)
		any |= old->slot[i] && !new->slot[i] && atomic_read(&old->slot[i]->acct->ports);
	slb_purge_start(sn, any);
	for (i = 0; i < SLB_LINK_MAX; i++) {
		if (!old->slot[i] || new->slot[i])
			continue;
		sn->slot_due[i] = sn->purge.due;
		slb_near_link(sn, old->slot[i], -1);
		call_rcu(&old->slot[i]->rcu, slb_link_free_rcu);
	}
	kfree_rcu(old, rcu);
	if (!new->end)
		slb_vip_unlinked(sn);
	return 0;
}

/**
 * slb_link_withdraw() - tell the relay that all links go
 * @sn: namespace; RTNL is held, and nobody configures it any more
 */
void slb_link_withdraw(struct slb_net *sn)
{
	struct slb_links *links = rtnl_dereference(sn->links);
	unsigned int i;

	for (i = 0; i < SLB_LINK_MAX; i++)
		if (links->slot[i] && links->slot[i]->probe)
			slb_probe_withdraw(links->slot[i]->probe, false);
}

/**
 * slb_link_forget() - let go of devices at the end of a namespace, or of the module
 * @sn: namespace, RTNL held; its hooks are off, its links withdrawn, a grace period has passed
 *
 * Devices go before the links do, and are waited for.
 */
void slb_link_forget(struct slb_net *sn)
{
	struct slb_links *links = rtnl_dereference(sn->links);
	unsigned int i;

	slb_probe_hooks_off(sn);
	for (i = 0; i < SLB_LINK_MAX; i++)
		if (links->slot[i])
			slb_nexthop_destroy(&links->slot[i]->nh);
}

/**
 * slb_link_detach() - free the liveness of all links at the end of a namespace
 * @sn: namespace, lock held; slb_link_forget() was called
 */
void slb_link_detach(struct slb_net *sn)
{
	struct slb_links *links = slb_dereference(sn, sn->links);
	unsigned int i;

	for (i = 0; i < SLB_LINK_MAX; i++) {
		if (!links->slot[i])
			continue;
		slb_probe_detach(links->slot[i]->probe);
		links->slot[i]->probe = NULL;
	}
}

/* The share of a link, if it passes at least @pass and is not @but. */
static u32 slb_link_share(const struct slb_link *link, const struct slb_link *but, u8 family,
			  u8 pass)
{
	if (!link || link == but || slb_nexthop_pass(&link->nh, family) < pass)
		return 0;
	return link->weight;
}

/* One of the links that pass at least @pass, but not @but; by weight, or NULL. */
static struct slb_link *slb_link_draw(const struct slb_links *links, const struct slb_link *but,
				      u8 family, u8 pass, u32 hash)
{
	struct slb_link *drawn = NULL;
	u32 total = 0, point, share;
	unsigned int i, n = 0;

	for (i = 0; i < links->end; i++) {
		share = slb_link_share(links->slot[i], but, family, pass);
		if (!share)
			continue;
		drawn = links->slot[i];
		total += share;
		n++;
	}
	/* of two links, the other one */
	if (n <= 1)
		return drawn;
	point = reciprocal_scale(hash, total);
	for (i = 0; i < links->end; i++) {
		share = slb_link_share(links->slot[i], but, family, pass);
		if (!share)
			continue;
		drawn = links->slot[i];
		if (point < share)
			break;
		/* and the last one when one has gone out of use since the first look */
		point -= share;
	}
	return drawn;
}

/**
 * slb_link_pick() - choose the return link of a new session (claim b2)
 * @links: all links
 * @ingress: link on which its first packet came in
 * @family: address family of the session
 * @hash: random bits that have no part in any other choice
 *
 * By weight, among the live links other than @ingress; @ingress itself when only that is left, or
 * when all others have only just come back, or have not been heard of. Context: RCU.
 *
 * Return: a link, or NULL when none carries the family.
 */
struct slb_link *slb_link_pick(const struct slb_links *links, const struct slb_link *ingress,
			       u8 family, u32 hash)
{
	struct slb_link *other;
	u8 pass;

	for (pass = SLB_NEXTHOP_PASS_YES; pass >= SLB_NEXTHOP_PASS_UNSURE; pass--) {
		other = slb_link_draw(links, ingress, family, pass, hash);
		if (likely(other))
			return other;
		if (slb_nexthop_pass(&ingress->nh, family) >= pass)
			break;
	}
	return slb_link_usable(links, ingress->slot, family, hash);
}

/* Of links that have all failed, the best one to try, or NULL. */
static struct slb_link *slb_link_last(const struct slb_links *links, u8 family)
{
	struct slb_link *last = NULL;
	unsigned int i;

	for (i = 0; i < links->end; i++) {
		struct slb_link *link = links->slot[i];

		if (link && slb_nexthop_pass(&link->nh, family) > SLB_NEXTHOP_PASS_NO &&
		    (!last || slb_nexthop_beats(&link->nh, &last->nh, family)))
			last = link;
	}
	return last;
}

/* One of the links that pass at least @pass, by weight; else one that takes no new flows. */
static struct slb_link *slb_link_stand_in(const struct slb_links *links, u8 family, u8 pass,
					  u32 hash)
{
	struct slb_link *link = slb_link_draw(links, NULL, family, pass, hash);
	unsigned int i;

	for (i = 0; !link && i < links->end; i++)
		if (links->slot[i] && slb_nexthop_pass(&links->slot[i]->nh, family) >= pass)
			link = links->slot[i];
	return link;
}

/**
 * slb_link_usable() - a link, or where it does not carry packets another one that does
 * @links: all links
 * @slot: the link that is wanted
 * @family: address family
 * @hash: the same for all packets of a flow, so that all stay together
 *
 * The relay knows local addresses by balancer: they are valid over any of its links. Others stand
 * in by weight; then those that take no new flows, those that have just come back, and those that
 * have not been heard of. When all have failed, the one that failed last is tried, as long as its
 * device is up: sessions outlive a pause of all links. Context: RCU.
 *
 * Return: a link, or NULL when none carries the family.
 */
struct slb_link *slb_link_usable(const struct slb_links *links, u8 slot, u8 family, u32 hash)
{
	struct slb_link *wanted = links->slot[slot], *link;
	u8 pass;

	if (likely(wanted && slb_nexthop_usable(&wanted->nh, family)))
		return wanted;
	for (pass = SLB_NEXTHOP_PASS_YES; pass >= SLB_NEXTHOP_PASS_UNSURE; pass--) {
		if (wanted && slb_nexthop_pass(&wanted->nh, family) >= pass)
			return wanted;
		link = slb_link_stand_in(links, family, pass, hash);
		if (link)
			return link;
	}
	return slb_link_last(links, family);
}

/*
 * Unregistering the notifier tells it that all devices go: they do not. But from then on nobody
 * tells of one that does go, with a namespace perhaps whose end waits for the device, and is waited
 * for by this module. Hooks, neighbours and routes hold devices: so all namespaces stop at that
 * word.
 */
static bool slb_link_deaf;

/*
 * A device changed, and so did the links on it, by any of its names. This takes no longer than a
 * grace period, and waits for no lock. Context: RTNL.
 */
static void slb_link_dev_event(struct slb_net *sn, struct net_device *dev,
			       const struct net_device *going_down)
{
	const struct slb_links *links = rtnl_dereference(sn->links);
	bool changed = false, moved = false;
	unsigned int i;

	for (i = 0; i < SLB_LINK_MAX; i++) {
		struct slb_link *link = links->slot[i];
		int was = link ? link->nh.ifindex : 0;

		if (!link || (link->nh.ifindex != dev->ifindex &&
			      __dev_get_by_name(sn->net, link->nh.dev_name) != dev))
			continue;
		changed |= slb_probe_device(link->probe, &link->nh, sn->net, going_down);
		moved |= link->nh.ifindex != was;
	}
	if (!changed)
		return;
	/* Packets that saw it up may have cached a route, which must not outlive the device. */
	synchronize_net();
	for (i = 0; i < SLB_LINK_MAX; i++)
		if (links->slot[i])
			slb_probe_device_end(&links->slot[i]->nh);
	/* before the next device comes, over which no packet has passed */
	if (moved)
		slb_fast_forget(sn);
}

static int slb_link_netdev_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct slb_net *sn = slb_net(dev_net(dev));

	/* but what does go while the module leaves must be let go of: it is waited for */
	if (READ_ONCE(slb_link_deaf) && dev->reg_state == NETREG_REGISTERED) {
		if (event == NETDEV_UNREGISTER)
			slb_net_halt(sn);
		return NOTIFY_DONE;
	}
	if (sn->halted)
		return NOTIFY_DONE;
	switch (event) {
	case NETDEV_REGISTER:
	case NETDEV_UNREGISTER:
	case NETDEV_UP:
	case NETDEV_DOWN:
	case NETDEV_GOING_DOWN:
	case NETDEV_CHANGE:
	case NETDEV_CHANGENAME:
		break;
	default:
		return NOTIFY_DONE;
	}
	slb_link_dev_event(sn, dev, event == NETDEV_GOING_DOWN ? dev : NULL);
	slb_fast_device(sn, dev, event == NETDEV_UNREGISTER);
	return NOTIFY_DONE;
}

static struct notifier_block slb_link_notifier = {
	.notifier_call = slb_link_netdev_event,
};

/**
 * slb_link_notifier_init() - from now on, follow the devices of links
 *
 * Return: 0 or an error.
 */
int slb_link_notifier_init(void)
{
	return register_netdevice_notifier(&slb_link_notifier);
}

/**
 * slb_link_notifier_exit() - no longer follow devices
 *
 * Every namespace stops: with the notifier goes the only one who could let go of a device in time.
 */
void slb_link_notifier_exit(void)
{
	WRITE_ONCE(slb_link_deaf, true);
	unregister_netdevice_notifier(&slb_link_notifier);
}
