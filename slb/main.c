// SPDX-License-Identifier: GPL-2.0-only
/* The balancer's module: the order of setting up, and the reverse order of taking down. */
#include <linux/module.h>
#include <slb/probe_hook.h>
#include <slb/tracer.h>
#include <slb/txn.h>
#include <slb/version.h>

#include "config/link.h"
#include "net.h"
#include "netlink/nl.h"
#include "packet/xdp.h"
#include "state/clients.h"
#include "state/session.h"

static int __init slb_init(void)
{
	int err = slb_clients_cache_init();

	if (err)
		return err;
	err = slb_session_cache_init();
	if (err)
		goto exit_clients;
	err = slb_net_init();
	if (err)
		goto exit_cache;
	err = slb_xdp_init();
	if (err)
		goto exit_net;
	err = slb_link_notifier_init();
	if (err)
		goto exit_net;
	err = slb_probe_notifier_init();
	if (err)
		goto exit_notifier;
	err = slb_txn_notifier_init();
	if (err)
		goto exit_probe_notifier;
	err = slb_tracer_notifier_init();
	if (err)
		goto exit_txn_notifier;
	err = genl_register_family(&slb_nl_family);
	if (err)
		goto exit_tracer_notifier;
	return 0;
exit_tracer_notifier:
	slb_tracer_notifier_exit();
exit_txn_notifier:
	slb_txn_notifier_exit();
exit_probe_notifier:
	slb_probe_notifier_exit();
exit_notifier:
	slb_link_notifier_exit();
exit_net:
	slb_net_exit();
	rcu_barrier();
exit_cache:
	slb_session_cache_exit();
exit_clients:
	slb_clients_cache_exit();
	return err;
}

static void __exit slb_exit(void)
{
	genl_unregister_family(&slb_nl_family);
	slb_tracer_notifier_exit();
	slb_txn_notifier_exit();
	slb_net_withdraw();
	slb_probe_notifier_exit();
	slb_link_notifier_exit();
	slb_net_exit();
	slb_tracer_exit();
	/* RCU callbacks that free sessions, links and sets are functions of this module */
	rcu_barrier();
	slb_session_cache_exit();
	slb_clients_cache_exit();
}

module_init(slb_init);
module_exit(slb_exit);
MODULE_DESCRIPTION("Server load sharing: balancer");
MODULE_LICENSE("GPL");
MODULE_VERSION(SLB_VERSION);
MODULE_ALIAS_GENL_FAMILY("slb");
