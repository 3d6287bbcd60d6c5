// SPDX-License-Identifier: GPL-2.0-only
/* Hooks that receive probes, and notifiers of neighbours and addresses. */
#include <linux/inetdevice.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/rtnetlink.h>
#include <net/addrconf.h>
#include <net/netevent.h>
#include <slb/drop.h>
#include <slb/module.h>
#include <slb/probe_event.h>
#include <slb/probe_hook.h>
#include <slb/probe_receive.h>

static unsigned int slb_probe_in(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct slb_probe_net *pn = slb_module_probes(state->net);
	enum slb_drop why = SLB_DROP_PROBE;
	int verdict = slb_probe_hook(pn, skb, state, &why);

	return verdict == NF_DROP ? slb_drop(pn->drops, skb, why) : verdict;
}

static const struct nf_hook_ops slb_probe_ops[] = {
	{
		/* Before the host's filters: a link must work without rules for it. */
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

/* The module's own hooks keep probes from conntrack on their way in. Context: RTNL held. */
static int slb_probe_hooks_on(struct slb_probe_net *pn)
{
	int err;

	ASSERT_RTNL();
	if (pn->hooked)
		return 0;
	err = slb_module_hook(pn->net);
	if (err)
		return err;
	err = nf_register_net_hooks(pn->net, slb_probe_ops, ARRAY_SIZE(slb_probe_ops));
	if (err)
		slb_module_unhook(pn->net);
	else
		pn->hooked = true;
	return err;
}

/**
 * slb_probe_hooks_off() - receive no more probes
 * @pn: probes of the namespace
 *
 * Context: RTNL held; may be called again.
 */
void slb_probe_hooks_off(struct slb_probe_net *pn)
{
	ASSERT_RTNL();
	if (!pn->hooked)
		return;
	nf_unregister_net_hooks(pn->net, slb_probe_ops, ARRAY_SIZE(slb_probe_ops));
	pn->hooked = false;
	slb_module_unhook(pn->net);
}

/**
 * slb_probe_follow() - start the probes of a link, or continue them after a change
 * @pn: probes of the namespace
 * @probe: the liveness that the link had before, or NULL; filled
 * @nh: this end of the link, see slb_probe_attach()
 * @conf: settings
 * @mine: our range
 *
 * Context: RTNL and the configuration lock are held.
 *
 * Return: 0 or an error; then nothing has changed. A link that has a liveness cannot fail.
 */
int slb_probe_follow(struct slb_probe_net *pn, struct slb_probe **probe, struct slb_nexthop *nh,
		     const struct slb_probe_conf *conf, const struct slb_probe_range *mine)
{
	int err;

	if (!*probe) {
		*probe = slb_probe_create(pn);
		if (!*probe)
			return -ENOMEM;
		err = slb_probe_hooks_on(pn);
		if (err) {
			slb_probe_detach(*probe);
			*probe = NULL;
			return err;
		}
	}
	slb_probe_attach(*probe, nh, conf, mine);
	return 0;
}

static int slb_probe_netevent(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct neighbour *neigh = ptr;

	if (event == NETEVENT_NEIGH_UPDATE)
		slb_probe_neigh_event(slb_module_probes(dev_net(neigh->dev)), neigh);
	return NOTIFY_DONE;
}

static int slb_probe_inetaddr(struct notifier_block *nb, unsigned long event, void *ptr)
{
	const struct in_ifaddr *ifa = ptr;

	slb_probe_addr4_event(slb_module_probes(dev_net(ifa->ifa_dev->dev)), ifa);
	return NOTIFY_DONE;
}

static int slb_probe_inet6addr(struct notifier_block *nb, unsigned long event, void *ptr)
{
	const struct inet6_ifaddr *ifa = ptr;

	slb_probe_addr6_event(slb_module_probes(dev_net(ifa->idev->dev)), ifa);
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
 * On return no hook is running: the chains wait for a grace period or for their lock.
 */
void slb_probe_notifier_exit(void)
{
	unregister_inet6addr_notifier(&slb_probe_addr6_notifier);
	unregister_inetaddr_notifier(&slb_probe_addr4_notifier);
	unregister_netevent_notifier(&slb_probe_notifier);
}
