// SPDX-License-Identifier: GPL-2.0-only
/* The balancer's state in a network namespace: created and destroyed with the namespace. */
#include <linux/module.h>
#include <linux/random.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <slb/probe_unusable.h>

#include "config/former.h"
#include "config/group.h"
#include "config/link.h"
#include "config/link_probe.h"
#include "config/server.h"
#include "config/server_life.h"
#include "config/vip.h"
#include "config/vip_usable.h"
#include "packet/hook.h"
#include "packet/prefilter.h"
#include "state/client_address.h"
#include "state/clients.h"
#include "state/fast_mark.h"
#include "state/persist.h"
#include "state/purge.h"
#include "state/session.h"
#include "state/sync.h"

unsigned int slb_net_id __read_mostly;

static bool slb_net_fast = true;
module_param_named(fast_path, slb_net_fast, bool, 0444);
MODULE_PARM_DESC(fast_path, "the setting fast-path of new network namespaces (default: yes)");

static void slb_settings_init(struct slb_settings *set)
{
	set->session_limit = 1 << 20;
	set->ports = slb_ports(1024, 65535);
	set->icmp_rate = 1000;
	set->reset_rate = 1000;
	set->on_end = SLB_ON_END_RESET;
	set->unmatched = SLB_UNMATCHED_REJECT;
	set->health_ttl = 60;
	set->sync_after = 1000;
	set->sync_log = 1 << 17;
	set->persist_limit = 1 << 16;
	slb_proto_timeouts(set->timeout, false);
	get_random_bytes(&set->hash_key, sizeof(set->hash_key));
	set->fast_path = slb_net_fast;
}

static int __net_init slb_net_tables_init(struct slb_net *sn)
{
	int err = slb_persist_init(sn);

	if (err)
		return err;
	err = slb_clients_init(sn);
	if (err)
		goto exit_persists;
	err = slb_server_table_init(sn);
	if (err)
		goto exit_clients;
	err = slb_group_table_init(sn);
	if (err)
		goto exit_servers;
	err = slb_vip_table_init(sn);
	if (err)
		goto exit_groups;
	err = slb_session_table_init(sn);
	if (err)
		goto exit_vips;
	return 0;
exit_vips:
	slb_vip_table_exit(sn);
exit_groups:
	slb_group_table_exit(sn);
exit_servers:
	slb_server_table_exit(sn);
exit_clients:
	slb_clients_exit(sn);
exit_persists:
	slb_persist_exit(sn);
	return err;
}

static int __net_init slb_net_enter(struct net *net)
{
	struct slb_net *sn = slb_net(net);
	struct slb_links *links = kzalloc(sizeof(*links), GFP_KERNEL);
	int err = -ENOMEM;

	sn->net = net;
	mutex_init(&sn->lock);
	slb_txn_net_init(&sn->txns);
	slb_settings_init(&sn->settings);
	slb_probe_net_init(&sn->probes, net, SLB_BFD_MORE_BALANCER, slb_probe_work);
	if (!links)
		return err;
	sn->drops = slb_drops_alloc();
	sn->probes.drops = sn->drops;
	sn->addresses = alloc_percpu(struct slb_addresses);
	if (!sn->drops || !sn->addresses)
		goto free_drops;
	INIT_LIST_HEAD(&sn->ports);
	slb_tracers_init(&sn->tracers);
	spin_lock_init(&sn->fast_lock);
	spin_lock_init(&sn->no_vip.lock);
	INIT_WORK(&sn->fast_sweep, slb_fast_sweep);
	slb_purge_init(sn);
	slb_former_init(sn);
	INIT_DELAYED_WORK(&sn->settle, slb_group_settle_work);
	slb_life_init(sn);
	slb_usable_init(sn);
	slb_sync_init(sn);
	err = slb_prefilter_init(sn);
	if (err)
		goto free_drops;
	err = slb_net_tables_init(sn);
	if (err)
		goto exit_near;
	RCU_INIT_POINTER(sn->links, links);
	return 0;
exit_near:
	slb_prefilter_exit(sn);
free_drops:
	free_percpu(sn->addresses);
	free_percpu(sn->drops);
	kfree(links);
	return err;
}

/**
 * slb_net_halt() - stop handling packets and release all devices
 * @sn: namespace; no request changes it any more
 *
 * The netdevice notifier calls this, so it neither waits for the configuration lock nor walks a
 * table: slb_net_stop() does the rest. Context: RTNL held; may be called again.
 */
void slb_net_halt(struct slb_net *sn)
{
	ASSERT_RTNL();
	if (sn->halted)
		return;
	sn->halted = true;
	slb_link_withdraw(sn);
	slb_hook_off(sn);
	slb_tracers_end(sn->net);
	synchronize_net();
	slb_link_forget(sn);
}

/* Stop packets and configuration first; a grace period follows. */
static void __net_exit slb_net_stop(struct net *net)
{
	struct slb_net *sn = slb_net(net);

	rtnl_lock();
	slb_net_halt(sn);
	rtnl_unlock();
	mutex_lock(&sn->lock);
	slb_vip_flush(sn, false);
	slb_former_flush(sn);
	slb_link_detach(sn);
	mutex_unlock(&sn->lock);
	slb_life_exit(sn);
	slb_usable_exit(sn);
	cancel_delayed_work_sync(&sn->settle);
	cancel_delayed_work_sync(&sn->forget);
	/* no VIP is left, so this ends all sessions */
	slb_purge_exit(sn);
	cancel_delayed_work_sync(&sn->probes.work);
	cancel_delayed_work_sync(&sn->sync.wait);
	cancel_work_sync(&sn->fwmark);
	cancel_work_sync(&sn->fast_sweep);
}

static void __net_exit slb_net_leave(struct net *net)
{
	struct slb_net *sn = slb_net(net);
	struct slb_links *links = rcu_dereference_raw(sn->links);
	unsigned int i;

	slb_txn_net_exit(&sn->txns);
	slb_session_table_exit(sn);
	slb_sync_exit(sn);
	slb_probe_unusable_exit(&sn->probes);
	slb_vip_table_exit(sn);
	slb_clients_exit(sn);
	slb_persist_exit(sn);
	slb_server_table_exit(sn);
	slb_group_table_exit(sn);
	slb_prefilter_exit(sn);
	RCU_INIT_POINTER(sn->links, NULL);
	for (i = 0; i < SLB_LINK_MAX; i++)
		if (links->slot[i])
			slb_link_destroy(links->slot[i]);
	kfree(links);
	free_percpu(sn->addresses);
	free_percpu(sn->drops);
}

static struct pernet_operations slb_net_ops = {
	.init = slb_net_enter,
	.pre_exit = slb_net_stop,
	.exit = slb_net_leave,
	.id = &slb_net_id,
	.size = sizeof(struct slb_net),
};

/**
 * slb_net_init() - register for all namespaces, present and future
 *
 * Return: 0 or an error.
 */
int __init slb_net_init(void)
{
	return register_pernet_subsys(&slb_net_ops);
}

/**
 * slb_net_withdraw() - tell all relays by probes that the links go, before anything stops
 *
 * Context: process; no request changes the configuration any more.
 */
void slb_net_withdraw(void)
{
	struct net *net;

	rtnl_lock();
	down_read(&net_rwsem);
	for_each_net(net)
		slb_link_withdraw(slb_net(net));
	up_read(&net_rwsem);
	rtnl_unlock();
	/* still handle packets that are on their way */
	synchronize_net();
}

/**
 * slb_net_exit() - unregister from all namespaces
 *
 * On return no hook is left, and all sessions wait for RCU: call rcu_barrier().
 */
void slb_net_exit(void)
{
	unregister_pernet_subsys(&slb_net_ops);
}
