// SPDX-License-Identifier: GPL-2.0-only
/* The relay's state in a network namespace: created and destroyed with the namespace. */
#include <linux/module.h>
#include <linux/random.h>
#include <linux/rtnetlink.h>
#include <linux/unaligned.h>
#include <slb/probe_key.h>
#include <slb/probe_unusable.h>

#include "config/balancer.h"
#include "config/device.h"
#include "config/digest.h"
#include "config/link.h"
#include "config/link_probe.h"
#include "config/snapshot.h"
#include "config/vip.h"
#include "net.h"
#include "packet/hook.h"
#include "packet/unanswered.h"
#include "packet/vip_match.h"
#include "state/flow.h"

static bool rly_net_fast = true;
module_param_named(fast_path, rly_net_fast, bool, 0444);
MODULE_PARM_DESC(fast_path, "the setting fast-path of new network namespaces (default: yes)");

/* Default of settle-after, in milliseconds. */
#define RLY_NET_SETTLE_AFTER 60000

unsigned int rly_net_id;

static int __net_init rly_net_start(struct net *net)
{
	struct rly_net *rn = rly_net(net);
	int err;

	rn->net = net;
	mutex_init(&rn->lock);
	slb_txn_net_init(&rn->txns);
	slb_probe_net_init(&rn->probes, net, SLB_BFD_MORE_RELAY, rly_probe_work);
	rly_hop_net_init(&rn->hops);
	rly_neigh_net_init(&rn->neighs, rly_unanswered_work);
	rn->icmp_rate = 1000;
	rn->announce = true;
	rn->seq = 1;
	rn->next_vip = 1;
	rn->next_balancer = 1;
	rn->next_link = 1;
	rn->next_device = 1;
	xa_init_flags(&rn->vips, XA_FLAGS_ALLOC1);
	xa_init_flags(&rn->balancers, XA_FLAGS_ALLOC1);
	xa_init_flags(&rn->links, XA_FLAGS_ALLOC1);
	xa_init_flags(&rn->devices, XA_FLAGS_ALLOC1);
	get_random_bytes(&rn->key, sizeof(rn->key));
	rn->key_random = true;
	slb_probe_key_set(&rn->probes, &rn->key);
	rly_digest_update(rn);
	rn->reset_rate = 1000;
	rn->unmatched = SLB_RELAY_UNMATCHED_REJECT;
	rn->added = jiffies;
	rn->settle_after = RLY_NET_SETTLE_AFTER;
	rn->fast_path = rly_net_fast;
	INIT_LIST_HEAD(&rn->ports);
	slb_tracers_init(&rn->tracers);
	INIT_LIST_HEAD(&rn->former);
	/* as if the last deletion was long ago */
	rn->deleted = jiffies - LONG_MAX / 2;
	rn->drops = slb_drops_alloc();
	rn->probes.drops = rn->drops;
	if (!rn->drops)
		return -ENOMEM;
	err = rly_vip_net_init(rn);
	if (err)
		goto err_drops;
	err = rly_flow_net_init(rn);
	if (err)
		goto err_vip;
	return 0;

err_vip:
	rly_vip_net_exit(rn);
err_drops:
	free_percpu(rn->drops);
	return err;
}

/**
 * rly_net_halt() - stop handling packets and release all devices
 * @rn: namespace; no request changes it any more
 *
 * Packets first, then links: their cached routes hold devices, for which the kernel waits next. The
 * netdevice notifier calls this, so it must not wait for the configuration lock: rly_net_stop()
 * does the rest. Context: RTNL held; may be called again.
 */
void rly_net_halt(struct rly_net *rn)
{
	ASSERT_RTNL();
	if (rn->halted)
		return;
	rn->halted = true;
	rly_link_withdraw(rn);
	rly_hook_off(rn);
	slb_tracers_end(rn->net);
	synchronize_net();
	rly_hop_close(&rn->hops);
	rly_link_forget(rn);
}

static void __net_exit rly_net_stop(struct net *net)
{
	struct rly_net *rn = rly_net(net);

	rtnl_lock();
	rly_net_halt(rn);
	rtnl_unlock();
	mutex_lock(&rn->lock);
	rly_link_flush(rn);
	mutex_unlock(&rn->lock);
	cancel_delayed_work_sync(&rn->probes.work);
	rly_neigh_net_stop(&rn->neighs);
	rly_flow_net_stop(rn);
}

/* After a grace period. */
static void __net_exit rly_net_end(struct list_head *nets)
{
	struct net *net;

	list_for_each_entry(net, nets, exit_list) {
		struct rly_net *rn = rly_net(net);

		slb_txn_net_exit(&rn->txns);
		rly_flow_net_exit(rn);
		slb_probe_unusable_exit(&rn->probes);
		rly_vip_net_exit(rn);
		rly_balancer_net_exit(rn);
		rly_device_net_exit(rn);
		free_percpu(rn->drops);
	}
	/* links that were just deleted hold routes, which must not outlive the namespace */
	rcu_barrier();
}

/**
 * rly_net_rekey() - change the key of the flow hash
 * @rn: namespace; its lock is held
 * @bytes: 16 bytes, the same for relays of either byte order
 *
 * All flows go where the new hash says.
 *
 * Return: 0, or -ENOMEM with nothing changed.
 */
int rly_net_rekey(struct rly_net *rn, const u8 *bytes)
{
	siphash_key_t was = rn->key;
	int err = 0;

	lockdep_assert_held(&rn->lock);
	rn->key.key[0] = get_unaligned_le64(bytes);
	rn->key.key[1] = get_unaligned_le64(bytes + sizeof(u64));
	if (!memcmp(&was, &rn->key, sizeof(was)))
		return 0;
	rly_balancer_rekeyed(rn);
	if (rly_dereference(rn, rn->snapshot))
		err = rly_snapshot_publish(rn);
	if (err) {
		rn->key = was;
		rly_balancer_rekeyed(rn);
	} else {
		rn->key_random = false;
		slb_probe_key_set(&rn->probes, &rn->key);
		/* flows are stored under hashes of the old key */
		rly_flow_clear(&rn->flows);
		rly_net_changed(rn);
	}
	return err;
}

static struct pernet_operations rly_net_ops = {
	.init = rly_net_start,
	.pre_exit = rly_net_stop,
	.exit_batch = rly_net_end,
	.id = &rly_net_id,
	.size = sizeof(struct rly_net),
};

/**
 * rly_net_init() - register for all namespaces, present and future
 *
 * Return: 0 or an error.
 */
int rly_net_init(void)
{
	return register_pernet_subsys(&rly_net_ops);
}

/**
 * rly_net_withdraw() - tell all balancers by probes that the links go, before anything stops
 *
 * Context: process; no request changes the configuration any more.
 */
void rly_net_withdraw(void)
{
	struct net *net;

	rtnl_lock();
	down_read(&net_rwsem);
	for_each_net(net)
		rly_link_withdraw(rly_net(net));
	up_read(&net_rwsem);
	rtnl_unlock();
	/* still handle packets that are on their way */
	synchronize_net();
}

/**
 * rly_net_exit() - unregister from all namespaces
 *
 * On return no packet is in this module, and all its RCU callbacks have run.
 */
void rly_net_exit(void)
{
	unregister_pernet_subsys(&rly_net_ops);
	rcu_barrier();
}
