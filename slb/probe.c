// SPDX-License-Identifier: GPL-2.0-only
/* Probes of the balancer's links: where they come in, and what follows from what they say. */
#include <linux/inetdevice.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <net/addrconf.h>
#include <net/netevent.h>
#include <slb/probe_in.h>

#include "link.h"
#include "net.h"
#include "nl.h"

static unsigned int slb_probe_in(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct slb_net *sn = slb_net(state->net);
	int verdict = slb_probe_hook(&sn->probes, skb, state);

	return verdict == NF_DROP ? slb_drop(sn, skb, SLB_DROP_PROBE) : verdict;
}

static const struct nf_hook_ops slb_probe_ops[] = {
	{
		/* Before the host's filters: whoever adds a link wants it to work. */
		.hook = slb_probe_in,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_LOCAL_IN,
		.priority = NF_IP_PRI_FIRST,
	},
	{
		/* The same for IPv6. */
		.hook = slb_probe_in,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_LOCAL_IN,
		.priority = NF_IP6_PRI_FIRST,
	},
};

/* With the first link: probes are taken, and kept from conntrack on their way in. */
static int slb_probe_hooks_on(struct slb_net *sn)
{
	int err;

	ASSERT_RTNL();
	if (sn->probes.hooked)
		return 0;
	err = slb_hook_register(sn);
	if (err)
		return err;
	err = nf_register_net_hooks(sn->net, slb_probe_ops, ARRAY_SIZE(slb_probe_ops));
	if (err)
		slb_hook_unregister(sn);
	else
		sn->probes.hooked = true;
	return err;
}

/**
 * slb_probe_hooks_off() - see no more probes
 * @sn: namespace; RTNL is held
 */
void slb_probe_hooks_off(struct slb_net *sn)
{
	ASSERT_RTNL();
	if (!sn->probes.hooked)
		return;
	nf_unregister_net_hooks(sn->net, slb_probe_ops, ARRAY_SIZE(slb_probe_ops));
	sn->probes.hooked = false;
	slb_hook_unregister(sn);
}

/**
 * slb_link_follow() - follow a link from now on, or as it is after a change
 * @sn: namespace; RTNL and its lock are held
 * @link: the link, with the liveness that it had before, or without one
 *
 * Return: 0 or an error; then nothing has changed.
 */
int slb_link_follow(struct slb_net *sn, struct slb_link *link)
{
	struct slb_probe_range mine;
	int err;

	if (!link->probe) {
		link->probe = slb_probe_create(&sn->probes);
		if (!link->probe)
			return -ENOMEM;
		err = slb_probe_hooks_on(sn);
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
 * slb_link_unfollow() - no longer follow a link; the relay is told that it goes
 * @sn: namespace; RTNL and its lock are held
 * @link: the link; on its way out
 */
void slb_link_unfollow(struct slb_net *sn, struct slb_link *link)
{
	if (!link->probe)
		return;
	slb_probe_detach(link->probe);
	link->probe = NULL;
	if (list_empty(&sn->probes.all))
		slb_probe_hooks_off(sn);
}

/**
 * slb_probe_work() - tell of the transitions of links
 * @work: that of the namespace
 */
void slb_probe_work(struct work_struct *work)
{
	struct slb_net *sn = container_of(to_delayed_work(work), struct slb_net, probes.work);
	const struct slb_links *links;
	struct slb_probe_event event;
	unsigned int i;

	mutex_lock(&sn->lock);
	links = slb_dereference(sn, sn->links);
	for (i = 0; i < SLB_LINK_MAX; i++) {
		struct slb_link *link = links->slot[i];

		while (link && link->probe && slb_probe_untold(link->probe, &event))
			slb_nl_link_notify_event(sn, link, &event);
	}
	mutex_unlock(&sn->lock);
}

static int slb_probe_netevent(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct neighbour *neigh = ptr;

	if (event == NETEVENT_NEIGH_UPDATE)
		slb_probe_neigh_event(&slb_net(dev_net(neigh->dev))->probes, neigh);
	return NOTIFY_DONE;
}

static int slb_probe_inetaddr(struct notifier_block *nb, unsigned long event, void *ptr)
{
	const struct in_ifaddr *ifa = ptr;

	slb_probe_addr4_event(&slb_net(dev_net(ifa->ifa_dev->dev))->probes, ifa);
	return NOTIFY_DONE;
}

static int slb_probe_inet6addr(struct notifier_block *nb, unsigned long event, void *ptr)
{
	const struct inet6_ifaddr *ifa = ptr;

	slb_probe_addr6_event(&slb_net(dev_net(ifa->idev->dev))->probes, ifa);
	return NOTIFY_DONE;
}

static struct notifier_block slb_probe_notifier = {
	.notifier_call = slb_probe_netevent,
};

static struct notifier_block slb_probe_addr4_notifier = {
	.notifier_call = slb_probe_inetaddr,
};

static struct notifier_block slb_probe_addr6_notifier = {
	.notifier_call = slb_probe_inet6addr,
};

/**
 * slb_probe_notifier_init() - register the notifiers of neighbours and addresses
 *
 * Return: 0 or an error.
 */
int slb_probe_notifier_init(void)
{
	int err = register_netevent_notifier(&slb_probe_notifier);

	if (err)
		return err;
	err = register_inetaddr_notifier(&slb_probe_addr4_notifier);
	if (err)
		goto unregister_netevent;
	err = register_inet6addr_notifier(&slb_probe_addr6_notifier);
	if (err)
		goto unregister_addr4;
	return 0;
unregister_addr4:
	unregister_inetaddr_notifier(&slb_probe_addr4_notifier);
unregister_netevent:
	unregister_netevent_notifier(&slb_probe_notifier);
	return err;
}

/**
 * slb_probe_notifier_exit() - no longer follow them
 *
 * On return none of them is running: the chains wait for a grace period or for their lock.
 */
void slb_probe_notifier_exit(void)
{
	unregister_inet6addr_notifier(&slb_probe_addr6_notifier);
	unregister_inetaddr_notifier(&slb_probe_addr4_notifier);
	unregister_netevent_notifier(&slb_probe_notifier);
}
