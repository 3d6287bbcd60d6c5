// SPDX-License-Identifier: GPL-2.0-only
/* The liveness of the balancer's links, and what follows from it. */
#include <slb/module.h>
#include <slb/probe_hook.h>
#include <slb/probe_view.h>

#include "config/link.h"
#include "config/link_probe.h"
#include "config/next_hops.h"
#include "config/notify.h"
#include "net.h"
#include "state/sync.h"

/**
 * slb_module_probes() - the module's probes in a namespace
 * @net: the namespace
 *
 * Return: them.
 */
struct slb_probe_net *slb_module_probes(const struct net *net)
{
	return &slb_net(net)->probes;
}

/**
 * slb_link_follow() - follow a link with probes, or update them after a change
 * @sn: namespace; RTNL and its lock are held
 * @link: the link, with the liveness that it had before, or without one
 *
 * Return: 0 or an error; then nothing has changed.
 */
int slb_link_follow(struct slb_net *sn, struct slb_link *link)
{
	const struct slb_probe_range mine = {
		.first = { link->first[0], link->first[1] },
		.last = { link->last[0], link->last[1] },
	};

	return slb_next_hops_follow(sn, link, &mine);
}

/**
 * slb_link_unfollow() - no longer follow a link; the relay is told that it goes
 * @sn: namespace; RTNL and its lock are held
 * @link: the link; on its way out
 */
void slb_link_unfollow(struct slb_net *sn, struct slb_link *link)
{
	slb_next_hops_detach(link);
	if (list_empty(&sn->probes.all))
		slb_probe_hooks_off(&sn->probes);
}

/* Send events about the transitions of each next hop. */
static void slb_link_tell(struct slb_net *sn, struct slb_link *link)
{
	struct slb_probe_event event;
	unsigned int k;

	for (k = 0; k < slb_next_hops(link); k++) {
		struct slb_probe *probe = *slb_next_hop_probe(link, k);

		while (probe && slb_probe_untold(probe, &event))
			slb_notify_link_event(sn, link, k, &event);
	}
}

/**
 * slb_probe_work() - send events about the transitions of links
 * @work: that of the namespace
 */
void slb_probe_work(struct work_struct *work)
{
	struct slb_net *sn = container_of(to_delayed_work(work), struct slb_net, probes.work);
	const struct slb_links *links;
	unsigned int i;

	mutex_lock(&sn->lock);
	links = slb_dereference(sn, sn->links);
	for (i = 0; i < SLB_LINK_MAX; i++)
		if (links->slot[i])
			slb_link_tell(sn, links->slot[i]);
	slb_sync_links(sn);
	mutex_unlock(&sn->lock);
}
