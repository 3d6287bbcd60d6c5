// SPDX-License-Identifier: GPL-2.0-only
/* Probes of the links of balancers: where they come in, and what follows from what they say. */
#include <linux/inetdevice.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <net/addrconf.h>
#include <net/netevent.h>
#include <slb/probe_in.h>

#include "balancer.h"
#include "link.h"
#include "net.h"
#include "notify.h"
#include "set.h"

static unsigned int rly_probe_in(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct rly_net *rn = rly_net(state->net);
	int verdict = slb_probe_hook(&rn->probes, skb, state);

	return verdict == NF_DROP ? rly_drop(rn, skb, SLB_DROP_PROBE) : verdict;
}

static const struct nf_hook_ops rly_probe_ops[] = {
	{
		/* Before the host's filters: whoever adds a link wants it to work. */
		.hook = rly_probe_in,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_LOCAL_IN,
		.priority = NF_IP_PRI_FIRST,
	},
	{
		/* The same for IPv6. */
		.hook = rly_probe_in,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_LOCAL_IN,
		.priority = NF_IP6_PRI_FIRST,
	},
};

/* With the first link: probes are taken, and kept from conntrack on their way in. */
static int rly_probe_hooks_on(struct rly_net *rn)
{
	int err;

	ASSERT_RTNL();
	if (rn->probes.hooked)
		return 0;
	err = rly_hook_register(rn);
	if (err)
		return err;
	err = nf_register_net_hooks(rn->net, rly_probe_ops, ARRAY_SIZE(rly_probe_ops));
	if (err)
		rly_hook_unregister(rn);
	else
		rn->probes.hooked = true;
	return err;
}

/**
 * rly_probe_hooks_off() - see no more probes
 * @rn: namespace; RTNL is held
 */
void rly_probe_hooks_off(struct rly_net *rn)
{
	ASSERT_RTNL();
	if (!rn->probes.hooked)
		return;
	nf_unregister_net_hooks(rn->net, rly_probe_ops, ARRAY_SIZE(rly_probe_ops));
	rn->probes.hooked = false;
	rly_hook_unregister(rn);
}

/**
 * rly_link_follow() - follow a link from now on, or as it is after a change
 * @rn: namespace; RTNL and its lock are held
 * @link: the link, with the liveness that it had before, or without one
 *
 * Return: 0 or an error; then nothing has changed.
 */
int rly_link_follow(struct rly_net *rn, struct rly_link *link)
{
	struct slb_probe_range mine;
	int err;

	if (!link->probe) {
		link->probe = slb_probe_create(&rn->probes);
		if (!link->probe)
			return -ENOMEM;
		err = rly_probe_hooks_on(rn);
		if (err) {
			slb_probe_detach(link->probe);
			link->probe = NULL;
			return err;
		}
	}
	memcpy(mine.first, link->first, sizeof(mine.first));
	memcpy(mine.last, link->last, sizeof(mine.last));
	slb_probe_attach(link->probe, &link->nh, &link->conf, &mine);
	return 0;
}

/**
 * rly_link_unfollow() - no longer follow a link; the balancer is told that it goes
 * @rn: namespace; its lock is held
 * @link: the link; on its way out, and not among those of the namespace any more
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
	rly_probe_hooks_off(rn);
	rtnl_unlock();
}

/* Have the tables of a link's balancer rebuilt if the link is no longer what it was then. */
static bool rly_link_outdated(struct rly_link *link)
{
	const struct rly_link_built now = {
		.ifindex = READ_ONCE(link->nh.ifindex),
		.mtu = READ_ONCE(link->mtu),
		.pass = { READ_ONCE(link->nh.pass[0]), READ_ONCE(link->nh.pass[1]) },
		.state = READ_ONCE(link->nh.state),
	};
	const struct rly_link_built was = link->built;

	link->built = now;
	if (memcmp(was.pass, now.pass, sizeof(was.pass)))
		link->balancer->stale = true;
	else if (was.ifindex == now.ifindex && was.mtu == now.mtu && was.state == now.state)
		return false;
	return true;
}

/**
 * rly_probe_work() - build what depends on the state of links, and tell of their transitions
 * @work: that of the namespace
 */
void rly_probe_work(struct work_struct *work)
{
	struct rly_net *rn = container_of(to_delayed_work(work), struct rly_net, probes.work);
	struct slb_probe_event event;
	bool outdated;
	struct rly_link *link;
	unsigned long n;

	mutex_lock(&rn->lock);
	outdated = rn->outdated;
	rn->outdated = false;
	xa_for_each(&rn->links, n, link)
		outdated |= rly_link_outdated(link);
	/* at the end of the namespace links have gone before this work, and the set with them */
	if (outdated && rn->n_links) {
		/* without memory the packet path still passes over what is down: it looks itself */
		rn->outdated = rly_set_publish(rn);
		if (rn->outdated) {
			net_warn_ratelimited("relay: out of memory, links that came up are not used yet\n");
			queue_delayed_work(system_wq, &rn->probes.work, HZ);
		}
		rly_net_changed(rn);
	}
	xa_for_each(&rn->links, n, link) {
		while (link->probe && slb_probe_untold(link->probe, &event)) {
			rly_notify_link_event(rn, link, &event);
			rly_notify_balancer(rn, link->balancer, RLY_CHANGED);
		}
	}
	mutex_unlock(&rn->lock);
}

static int rly_probe_netevent(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct neighbour *neigh = ptr;

	if (event == NETEVENT_NEIGH_UPDATE) {
		struct rly_net *rn = rly_net(dev_net(neigh->dev));

		slb_probe_neigh_event(&rn->probes, neigh);
		rly_neigh_event(&rn->neighs, neigh);
	}
	return NOTIFY_DONE;
}

static int rly_probe_inetaddr(struct notifier_block *nb, unsigned long event, void *ptr)
{
	const struct in_ifaddr *ifa = ptr;

	slb_probe_addr4_event(&rly_net(dev_net(ifa->ifa_dev->dev))->probes, ifa);
	return NOTIFY_DONE;
}

static int rly_probe_inet6addr(struct notifier_block *nb, unsigned long event, void *ptr)
{
	const struct inet6_ifaddr *ifa = ptr;

	slb_probe_addr6_event(&rly_net(dev_net(ifa->idev->dev))->probes, ifa);
	return NOTIFY_DONE;
}

static struct notifier_block rly_probe_notifier = {
	.notifier_call = rly_probe_netevent,
};

static struct notifier_block rly_probe_addr4_notifier = {
	.notifier_call = rly_probe_inetaddr,
};

static struct notifier_block rly_probe_addr6_notifier = {
	.notifier_call = rly_probe_inet6addr,
};

/**
 * rly_probe_notifier_init() - register the notifiers of neighbours and addresses
 *
 * Return: 0 or an error.
 */
int rly_probe_notifier_init(void)
{
	int err = register_netevent_notifier(&rly_probe_notifier);

	if (err)
		return err;
	err = register_inetaddr_notifier(&rly_probe_addr4_notifier);
	if (err)
		goto unregister_netevent;
	err = register_inet6addr_notifier(&rly_probe_addr6_notifier);
	if (err)
		goto unregister_addr4;
	return 0;
unregister_addr4:
	unregister_inetaddr_notifier(&rly_probe_addr4_notifier);
unregister_netevent:
	unregister_netevent_notifier(&rly_probe_notifier);
	return err;
}

/**
 * rly_probe_notifier_exit() - no longer follow them
 *
 * On return none of them is running: the chains wait for a grace period or for their lock.
 */
void rly_probe_notifier_exit(void)
{
	unregister_inet6addr_notifier(&rly_probe_addr6_notifier);
	unregister_inetaddr_notifier(&rly_probe_addr4_notifier);
	unregister_netevent_notifier(&rly_probe_notifier);
}
