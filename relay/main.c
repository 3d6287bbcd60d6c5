// SPDX-License-Identifier: GPL-2.0-only
/* The relay's module: the order of setting up, and the reverse order of taking down. */
#include <linux/module.h>
#include <slb/probe_hook.h>
#include <slb/tracer.h>
#include <slb/txn.h>
#include <slb/version.h>

#include "config/balancer.h"
#include "config/link.h"
#include "config/vip.h"
#include "net.h"
#include "netlink/nl_gen.h"
#include "packet/xdp.h"
#include "state/flow.h"
#include "state/neigh.h"

/* What the objects of all namespaces share. */
static int __init rly_objects_init(void)
{
	int err = rly_vip_init();

	if (err)
		return err;
	err = rly_balancer_init();
	if (err)
		goto err_vip;
	err = rly_link_init();
	if (err)
		goto err_balancer;
	err = rly_flow_init();
	if (err)
		goto err_link;
	return 0;

err_link:
	rly_link_exit();
err_balancer:
	rly_balancer_exit();
err_vip:
	rly_vip_exit();
	return err;
}

static void rly_objects_exit(void)
{
	rly_flow_exit();
	rly_link_exit();
	rly_balancer_exit();
	rly_vip_exit();
}

static int __init rly_init(void)
{
	int err = rly_objects_init();

	if (err)
		return err;
	err = rly_net_init();
	if (err)
		goto err_objects;
	err = rly_link_notifier_init();
	if (err)
		goto err_net;
	err = slb_probe_notifier_init();
	if (err)
		goto err_notifier;
	err = rly_neigh_init();
	if (err)
		goto err_probe_notifier;
	err = slb_txn_notifier_init();
	if (err)
		goto err_neigh;
	err = slb_tracer_notifier_init();
	if (err)
		goto err_txn_notifier;
	err = rly_xdp_init();
	if (err)
		goto err_tracer_notifier;
	err = genl_register_family(&slb_relay_nl_family);
	if (err)
		goto err_tracer_notifier;
	return 0;

err_tracer_notifier:
	slb_tracer_notifier_exit();
err_txn_notifier:
	slb_txn_notifier_exit();
err_neigh:
	rly_neigh_exit();
err_probe_notifier:
	slb_probe_notifier_exit();
err_notifier:
	rly_link_notifier_exit();
err_net:
	rly_net_exit();
err_objects:
	rly_objects_exit();
	return err;
}

static void __exit rly_exit(void)
{
	genl_unregister_family(&slb_relay_nl_family);
	slb_tracer_notifier_exit();
	slb_txn_notifier_exit();
	rly_net_withdraw();
	rly_neigh_exit();
	slb_probe_notifier_exit();
	rly_link_notifier_exit();
	/* unregister the hooks, wait for a grace period, then free the objects */
	rly_net_exit();
	slb_tracer_exit();
	rly_objects_exit();
}

module_init(rly_init);
module_exit(rly_exit);
MODULE_LICENSE("GPL");
MODULE_VERSION(SLB_VERSION);
MODULE_DESCRIPTION("Server load sharing: steers packets to balancers and back");
MODULE_ALIAS_GENL_FAMILY("slb_relay");
