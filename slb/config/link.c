// SPDX-License-Identifier: GPL-2.0-only
/* Links: add, change, delete; and the choice of a link for a session. */
#include <linux/inetdevice.h>
#include <linux/slab.h>
#include <slb/ingress.h>
#include <slb/probe_hook.h>

#include "config/former.h"
#include "config/link.h"
#include "config/link_pick.h"
#include "config/link_probe.h"
#include "config/next_hops.h"
#include "config/notify.h"
#include "config/server_life.h"
#include "config/vip.h"
#include "net.h"
#include "packet/fast_hook.h"
#include "packet/prefilter.h"
#include "packet/xdp.h"
#include "state/fast_mark.h"
#include "state/purge.h"
#include "state/session.h"
#include "state/sync.h"

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
 * slb_link_create() - allocate a link
 * @name: name
 *
 * Return: the link, with a weight of 1 and nothing else set, or NULL.
 */
struct slb_link *slb_link_create(const char *name)
{
	struct slb_link *link = kzalloc(sizeof(*link), GFP_KERNEL);

	if (!link)
		return NULL;
	link->nh.state = SLB_NEXTHOP_NO_DEVICE;
	link->weight = 1;
	link->host_at[0] = U32_MAX;
	link->host_at[1] = U32_MAX;
	link->conf = (struct slb_probe_conf)SLB_PROBE_CONF;
	strscpy(link->name, name, sizeof(link->name));
	return link;
}

static int slb_link_acct_create(struct slb_link *link)
{
	struct slb_link_acct *acct = kzalloc(sizeof(*acct), GFP_KERNEL);

	if (!acct)
		return -ENOMEM;
	acct->stats = slb_traffic_alloc(sizeof(struct slb_traffic));
	if (!acct->stats) {
		kfree(acct);
		return -ENOMEM;
	}
	link->acct = acct;
	return 0;
}

/**
 * slb_link_destroy() - free a link that no packet can reach
 * @link: from slb_link_create(); its counters are freed unless another link has taken them over
 */
void slb_link_destroy(struct slb_link *link)
{
	if (link->acct) {
		free_percpu(link->acct->stats);
		kfree(link->acct);
	}
	slb_next_hops_free(link);
	kfree(link);
}

static void slb_link_free_rcu(struct rcu_head *rcu)
{
	slb_link_destroy(container_of(rcu, struct slb_link, rcu));
}

/* Publish a set of links. Context: RTNL and lock held. */
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
	slb_prefilter_link(sn, link, 1);
	slb_links_show(sn, new);
	slb_prefilter_link(sn, old->slot[link->slot], -1);
	kfree_rcu(old, rcu);
}

/*
 * Find a free slot, or return an error. A slot is free when the sessions of its former link are
 * freed; when there is no other, wait for that. Context: lock held.
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

/* Start the probes of a new link, and publish it. Context: RTNL and lock held. */
static int slb_link_begin(struct slb_net *sn, struct slb_links *new, struct slb_link *link)
{
	int err;

	slb_next_hops_device(sn, link, false, NULL);
	slb_next_hops_device_end(link);
	err = slb_link_follow(sn, link);
	if (err)
		return err;
	slb_links_swap(sn, new, link);
	slb_fast_sync(sn);
	return 0;
}

/**
 * slb_link_publish() - publish a new link
 * @sn: namespace; its lock is held
 * @link: complete and checked
 * @extack: says when there are too many
 *
 * Return: 0; or -ENOSPC or -ENOMEM, and the caller still owns @link.
 */
int slb_link_publish(struct slb_net *sn, struct slb_link *link, struct netlink_ext_ack *extack)
{
	int slot = slb_link_slot(sn, extack), err;
	struct slb_links *new;

	if (slot < 0)
		return slot;
	err = slb_link_acct_create(link) ?: slb_next_hops_build(link);
	if (err)
		return err;
	new = kzalloc(sizeof(*new), GFP_KERNEL);
	if (!new)
		return -ENOMEM;
	link->slot = slot;
	slb_life_forget_link(sn, slot);
	rtnl_lock();
	err = slb_link_begin(sn, new, link);
	rtnl_unlock();
	if (err) {
		kfree(new);
		return err;
	}
	slb_net_changed(sn);
	slb_sync_links(sn);
	return 0;
}

/* Hand the probes on to the changed link, and publish it. Context: RTNL and lock held. */
static void slb_link_swap(struct slb_net *sn, struct slb_links *new, const struct slb_link *old,
			  struct slb_link *link)
{
	bool other = strcmp(old->nh.dev_name, link->nh.dev_name);

	slb_next_hops_device(sn, link, false, NULL);
	slb_next_hops_device_end(link);
	slb_link_follow(sn, link);
	/* marks contain the slot, not the device: make them void when the device changes */
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
 * slb_link_replace() - replace a link by a changed copy
 * @sn: namespace; its lock is held
 * @old: the link; freed
 * @link: the copy, complete and checked; takes over the counters
 *
 * Sessions whose local address is no longer in the range end; all others go on.
 *
 * Return: 0, or -ENOMEM with nothing changed.
 */
int slb_link_replace(struct slb_net *sn, struct slb_link *old, struct slb_link *link)
{
	bool moved = memcmp(old->first, link->first, sizeof(old->first)) ||
		     memcmp(old->count, link->count, sizeof(old->count)) ||
		     memcmp(old->adopt, link->adopt, sizeof(old->adopt)) ||
		     memcmp(old->adopts, link->adopts, sizeof(old->adopts));
	struct slb_next_hops_spare gone;
	struct slb_links *new;
	int err;

	/* allocate first: the rest may end a BFD session, which the far end would notice */
	err = slb_next_hops_build(link);
	if (err)
		return err;
	new = kzalloc(sizeof(*new), GFP_KERNEL);
	if (!new)
		return -ENOMEM;
	err = slb_next_hops_inherit(sn, old, link, &gone);
	if (err) {
		kfree(new);
		return err;
	}
	if (moved) {
		slb_former_add(sn, old, link);
		slb_purge_begin(sn);
	}
	link->slot = old->slot;
	link->acct = old->acct;
	rtnl_lock();
	slb_link_swap(sn, new, old, link);
	slb_next_hops_leave(&gone);
	rtnl_unlock();
	synchronize_net();
	/* the link still gets sessions: a sum of 0 does not exclude a former address */
	if (moved)
		slb_purge_start(sn, true);
	old->acct = NULL;
	slb_link_destroy(old);
	slb_net_changed(sn);
	slb_sync_links(sn);
	return 0;
}

/* Publish @new, and stop the probes of links that are not in it. Context: lock held. */
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
 * slb_link_unlink() - delete a link, or all of them
 * @sn: namespace; its lock is held
 * @which: the link, or NULL for all
 *
 * A probe tells the relay first, which then has a grace period to move its packets to other links.
 * Sessions with local addresses of the link end at once and are freed later. Sessions that came in
 * on it go on over another link.
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
			slb_next_hops_withdraw(old->slot[i], which);
	}
	synchronize_net();
	for (i = 0; i < SLB_LINK_MAX; i++)
		if (old->slot[i] && !new->slot[i])
			slb_notify_link_del(sn, old->slot[i]);
	for (i = 0; i < SLB_LINK_MAX; i++)
		if (old->slot[i] && !new->slot[i])
			slb_former_add(sn, old->slot[i], NULL);
	slb_purge_begin(sn);
	slb_links_drop(sn, new);
	slb_net_changed(sn);
	slb_sync_links(sn);
	synchronize_net();
	slb_fast_forget(sn);
	for (i = 0; i < SLB_LINK_MAX; i++)
		any |= old->slot[i] && !new->slot[i] &&
		       slb_traffic_sessions(old->slot[i]->acct->stats);
	slb_purge_start(sn, any);
	for (i = 0; i < SLB_LINK_MAX; i++) {
		if (!old->slot[i] || new->slot[i])
			continue;
		sn->slot_due[i] = sn->purge.due;
		slb_prefilter_link(sn, old->slot[i], -1);
		call_rcu(&old->slot[i]->rcu, slb_link_free_rcu);
	}
	kfree_rcu(old, rcu);
	if (!new->end)
		slb_vip_unlinked(sn);
	return 0;
}

/**
 * slb_link_withdraw() - tell the relay by probes that all links go
 * @sn: namespace; RTNL is held, and no request changes it any more
 */
void slb_link_withdraw(struct slb_net *sn)
{
	struct slb_links *links = rtnl_dereference(sn->links);
	unsigned int i;

	for (i = 0; i < SLB_LINK_MAX; i++)
		if (links->slot[i])
			slb_next_hops_withdraw(links->slot[i], false);
}

/**
 * slb_link_forget() - release all devices at the end of a namespace or of the module
 * @sn: namespace, RTNL held; its hooks are off, its links withdrawn, a grace period has passed
 *
 * Devices go before links, and the kernel waits for them.
 */
void slb_link_forget(struct slb_net *sn)
{
	struct slb_links *links = rtnl_dereference(sn->links);
	unsigned int i;

	slb_probe_hooks_off(&sn->probes);
	for (i = 0; i < SLB_LINK_MAX; i++)
		if (links->slot[i])
			slb_next_hops_release(links->slot[i]);
}

/**
 * slb_link_detach() - free the liveness of all links at the end of a namespace
 * @sn: namespace, lock held; slb_link_forget() was called
 */
void slb_link_detach(struct slb_net *sn)
{
	struct slb_links *links = slb_dereference(sn, sn->links);
	unsigned int i;

	for (i = 0; i < SLB_LINK_MAX; i++)
		if (links->slot[i])
			slb_next_hops_detach(links->slot[i]);
}

/* The weight of a live link other than @but and those to avoid; otherwise 0. */
static u32 slb_link_share_around(const struct slb_link *link, const struct slb_link *but, u8 family,
				 u32 avoid)
{
	if (link && avoid & BIT(link->slot))
		return 0;
	return slb_link_share(link, but, family, SLB_NEXTHOP_RANK_YES);
}

/**
 * slb_link_around() - another return link, as the server is not reached over the chosen one
 * @links: all links
 * @chosen: from slb_link_pick()
 * @ingress: link on which the first packet of the session came in
 * @family: address family of the session
 * @avoid: links over which the server is not reached, a bit for the slot of each
 * @hash: as for slb_link_pick()
 *
 * By weight, among the live links other than @ingress. Then @ingress itself. Context: RCU.
 *
 * Return: a link; @chosen if there is no better one.
 */
struct slb_link *slb_link_around(const struct slb_links *links, struct slb_link *chosen,
				 const struct slb_link *ingress, u8 family, u32 avoid, u32 hash)
{
	u32 share, point, total = 0;
	unsigned int i;

	for (i = 0; i < links->end; i++)
		total += slb_link_share_around(links->slot[i], ingress, family, avoid);
	point = total ? reciprocal_scale(hash, total) : 0;
	for (i = 0; i < links->end; i++) {
		share = slb_link_share_around(links->slot[i], ingress, family, avoid);
		if (point < share)
			return links->slot[i];
		point -= share;
	}
	if (avoid & BIT(ingress->slot) || !slb_nexthop_usable(&ingress->nh, family))
		return chosen;
	return links->slot[ingress->slot];
}

/**
 * slb_link_choices() - the links that slb_link_pick() may choose now
 * @links: all links
 * @ingress: link on which the first packet of a session comes in
 * @family: address family of the session
 *
 * Context: RCU.
 *
 * Return: a bit for the slot of each.
 */
u32 slb_link_choices(const struct slb_links *links, const struct slb_link *ingress, u8 family)
{
	const struct slb_link *link;
	u32 slots = 0;
	unsigned int i;
	u8 pass;

	for (pass = SLB_NEXTHOP_RANK_YES; pass >= SLB_NEXTHOP_RANK_UNSURE; pass--) {
		for (i = 0; i < links->end; i++)
			if (slb_link_share(links->slot[i], ingress, family, pass))
				slots |= BIT(i);
		if (slots)
			return slots;
		if (slb_nexthop_rank(&ingress->nh, family) >= pass)
			break;
	}
	link = slb_link_usable(links, ingress->slot, family, 0);
	return link ? BIT(link->slot) : 0;
}

/* All links have failed: the best one to try, or NULL. */
static struct slb_link *slb_link_last(const struct slb_links *links, u8 family)
{
	struct slb_link *last = NULL;
	unsigned int i;

	for (i = 0; i < links->end; i++) {
		struct slb_link *link = links->slot[i];

		if (link && slb_nexthop_rank(&link->nh, family) > SLB_NEXTHOP_RANK_NO &&
		    (!last || slb_nexthop_beats(&link->nh, &last->nh, family)))
			last = link;
	}
	return last;
}

/* Draw a link with a rank of at least @pass, by weight; if there is none, a drained one. */
static struct slb_link *slb_link_stand_in(const struct slb_links *links, u8 family, u8 pass,
					  u32 hash)
{
	struct slb_link *link = slb_link_draw(links, NULL, family, pass, hash);
	unsigned int i;

	for (i = 0; !link && i < links->end; i++)
		if (links->slot[i] && slb_nexthop_rank(&links->slot[i]->nh, family) >= pass)
			link = links->slot[i];
	return link;
}

/**
 * slb_link_usable() - a link, or another one while that carries no packets
 * @links: all links
 * @slot: slot of the link
 * @family: address family
 * @hash: the same for all packets of a flow, so that all stay together
 *
 * Local addresses are valid over any link of the balancer. Other links stand in by weight; then
 * drained ones, those in hold-down, and unproven ones. When all have failed, the one that failed
 * last is tried while its device is up: sessions outlive a pause of all links. Context: RCU.
 *
 * Return: a link, or NULL when none carries the family.
 */
struct slb_link *slb_link_usable(const struct slb_links *links, u8 slot, u8 family, u32 hash)
{
	struct slb_link *wanted = links->slot[slot], *link;
	u8 pass;

	if (likely(wanted && slb_nexthop_usable(&wanted->nh, family)))
		return wanted;
	for (pass = SLB_NEXTHOP_RANK_YES; pass >= SLB_NEXTHOP_RANK_UNSURE; pass--) {
		if (wanted && slb_nexthop_rank(&wanted->nh, family) >= pass)
			return wanted;
		link = slb_link_stand_in(links, family, pass, hash);
		if (link)
			return link;
	}
	return slb_link_last(links, family);
}

/*
 * Unregistering the notifier replays NETDEV_UNREGISTER for all devices. They are still there, but
 * no later event will tell when one goes; and a namespace that ends waits for its devices, while
 * the module waits for the namespace. Hooks, neighbours and routes hold devices, so all namespaces
 * stop at that event.
 */
static bool slb_link_deaf;

/*
 * Update the links of a device that has changed; alternative names match, too. Takes a grace period
 * at most and waits for no lock. Context: RTNL.
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
		/* until slb_fast_device(): the link may get another device */
		WRITE_ONCE(link->xdp_on, false);
		changed |= slb_next_hops_device(sn, link, true, going_down);
		moved |= link->nh.ifindex != was;
	}
	if (!changed)
		return;
	/* packets may just have cached a route, which must not outlive the device */
	synchronize_net();
	for (i = 0; i < SLB_LINK_MAX; i++)
		if (links->slot[i])
			slb_next_hops_device_end(links->slot[i]);
	/* before another device gets the link: no packet has passed chains over it */
	if (moved)
		slb_fast_forget(sn);
}

static int slb_link_netdev_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct slb_net *sn = slb_net(dev_net(dev));

	/* a device that really goes meanwhile must be released: somebody waits for it */
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
	case NETDEV_CHANGEUPPER:
	case NETDEV_FEAT_CHANGE:
		/* VLAN devices above it */
		slb_xdp_settle(sn, slb_tracers_any(&sn->tracers));
		return NOTIFY_DONE;
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
 * slb_link_notifier_init() - register the netdevice notifier
 *
 * Return: 0 or an error.
 */
int slb_link_notifier_init(void)
{
	return register_netdevice_notifier(&slb_link_notifier);
}

/**
 * slb_link_notifier_exit() - unregister the netdevice notifier
 *
 * Every namespace stops: nothing else would release a device in time.
 */
void slb_link_notifier_exit(void)
{
	WRITE_ONCE(slb_link_deaf, true);
	unregister_netdevice_notifier(&slb_link_notifier);
}
