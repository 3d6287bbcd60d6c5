// SPDX-License-Identifier: GPL-2.0-only
/* The liveness of the links of balancers, and what follows from it. */
#include <linux/rtnetlink.h>
#include <slb/module.h>
#include <slb/probe_hook.h>
#include <slb/probe_view.h>

#include "config/balancer.h"
#include "config/heir.h"
#include "config/link.h"
#include "config/link_probe.h"
#include "config/notify.h"
#include "config/snapshot.h"
#include "config/usable.h"
#include "net.h"

/**
 * slb_module_probes() - the module's probes in a namespace
 * @net: the namespace
 *
 * Return: them.
 */
struct slb_probe_net *slb_module_probes(const struct net *net)
{
	return &rly_net(net)->probes;
}

/**
 * rly_link_follow() - follow a link with probes, or update them after a change
 * @rn: namespace; RTNL and its lock are held
 * @link: the link, with the liveness that it had before, or without one
 *
 * Return: 0 or an error; then nothing has changed.
 */
int rly_link_follow(struct rly_net *rn, struct rly_link *link)
{
	const struct slb_probe_range mine = {
		.first = { link->first[0], link->first[1] },
		.last = { link->last[0], link->last[1] },
	};

	return slb_probe_follow(&rn->probes, &link->probe, &link->nh, &link->conf, &mine);
}

/**
 * rly_link_unfollow() - no longer follow a link; the balancer is told that it goes
 * @rn: namespace; its lock is held
 * @link: the link, which is no longer in the namespace
 *
 * Context: takes RTNL with the last link.
 */
void rly_link_unfollow(struct rly_net *rn, struct rly_link *link)
{
	if (!link->probe)
		return;
	slb_probe_detach(link->probe);
	link->probe = NULL;
	if (!list_empty(&rn->probes.all))
		return;
	rtnl_lock();
	slb_probe_hooks_off(&rn->probes);
	rtnl_unlock();
}

/* Have the tables of a link's balancer rebuilt if the link has changed since the last build. */
static bool rly_link_outdated(struct rly_link *link)
{
	const struct rly_link_built now = {
		.ifindex = READ_ONCE(link->nh.ifindex),
		.mtu = READ_ONCE(link->mtu),
		.rank = { READ_ONCE(link->nh.rank[0]), READ_ONCE(link->nh.rank[1]) },
		.state = READ_ONCE(link->nh.state),
		.behind = { READ_ONCE(link->nh.behind[0]), READ_ONCE(link->nh.behind[1]) },
		.says = { READ_ONCE(link->nh.says[0]), READ_ONCE(link->nh.says[1]) },
	};
	const struct rly_link_built was = link->built;

	link->built = now;
	if (memcmp(was.rank, now.rank, sizeof(was.rank)))
		link->balancer->stale = true;
	else if (was.ifindex == now.ifindex && was.mtu == now.mtu && was.state == now.state &&
		 !memcmp(was.behind, now.behind, sizeof(was.behind)) &&
		 !memcmp(was.says, now.says, sizeof(was.says)))
		return false;
	return true;
}

/**
 * rly_probe_work() - rebuild the tables that depend on the state of links, and send events
 * @work: that of the namespace
 */
void rly_probe_work(struct work_struct *work)
{
	struct rly_net *rn = container_of(to_delayed_work(work), struct rly_net, probes.work);
	unsigned long n, next = RLY_AWAY_NEVER;
	struct slb_probe_event event;
	struct rly_balancer *b;
	struct rly_link *link;
	bool outdated;

	mutex_lock(&rn->lock);
	outdated = rn->outdated | rly_away_update(rn, &next);
	rn->outdated = false;
	xa_for_each(&rn->links, n, link)
		outdated |= rly_link_outdated(link);
	/* at the end of the namespace, links and the snapshot have gone before this work */
	if (outdated && rn->n_links) {
		/*
		 * without memory: the packet path checks links itself and skips those that are down
		 */
		rn->outdated = rly_snapshot_publish(rn);
		if (rn->outdated) {
			net_warn_ratelimited("relay: out of memory, links that came up are not used yet\n");
			next = min_t(unsigned long, next, HZ);
		}
		rly_net_moved(rn);
	}
	rly_usable_update(rn);
	if (next != RLY_AWAY_NEVER && rn->n_links)
		queue_delayed_work(system_wq, &rn->probes.work, next);
	xa_for_each(&rn->links, n, link) {
		while (link->probe && slb_probe_untold(link->probe, &event)) {
			rly_notify_link_event(rn, link, &event);
			rly_notify_balancer(rn, link->balancer, RLY_CHANGED);
		}
	}
	xa_for_each(&rn->balancers, n, b) {
		if (b->away_changed)
			rly_notify_balancer(rn, b, RLY_CHANGED);
		b->away_changed = false;
	}
	mutex_unlock(&rn->lock);
}

/**
 * rly_away_look() - find out soon which balancers are away: something has changed
 * @rn: namespace; its lock is held
 */
void rly_away_look(struct rly_net *rn)
{
	mod_delayed_work(system_wq, &rn->probes.work, 0);
}
