// SPDX-License-Identifier: GPL-2.0-only
/* The devices with the hook of the fast path, and the setting that switches it on and off. */
#include <linux/rtnetlink.h>
#include <slb/ingress.h>

#include "config/link.h"
#include "net.h"
#include "packet/fast.h"
#include "packet/fast_hook.h"
#include "packet/tracing.h"
#include "packet/xdp.h"
#include "state/fast_mark.h"
#include "state/session.h"

/**
 * slb_fast_hook_of() - the function that ingress hooks call
 * @traced: some packets are traced
 *
 * Return: the function.
 */
nf_hookfn *slb_fast_hook_of(bool traced)
{
	return traced ? slb_tracing_ingress : slb_fast_hook;
}

/**
 * slb_fast_device() - register or unregister the ingress hook of a device
 * @sn: namespace; RTNL is held
 * @dev: the device
 * @gone: the device is about to go
 *
 * Only devices of links have the hook.
 *
 * Return: 0, or an error: then all packets of the device take the ordinary path.
 */
int slb_fast_device(struct slb_net *sn, struct net_device *dev, bool gone)
{
	const struct slb_links *links = rtnl_dereference(sn->links);
	struct slb_port *port = slb_port_find(&sn->ports, dev);
	bool wanted = !gone && sn->settings.fast_path && sn->hooked &&
		      slb_link_by_ifindex(links, dev->ifindex);

	slb_xdp_settle(sn, slb_tracers_any(&sn->tracers));
	if (port && !wanted)
		slb_port_del(port);
	if (port || !wanted)
		return 0;
	return slb_port_add(&sn->ports, dev, slb_fast_hook_of(slb_tracers_any(&sn->tracers)), sn);
}

/**
 * slb_fast_sync() - slb_fast_device() for all devices of a namespace
 * @sn: namespace; RTNL is held
 *
 * Return: 0 or an error.
 */
int slb_fast_sync(struct slb_net *sn)
{
	struct net_device *dev;
	int err = 0;

	for_each_netdev(sn->net, dev)
		err = slb_fast_device(sn, dev, false) ?: err;
	return err;
}

/**
 * slb_fast_set() - switch the fast path on or off
 * @sn: namespace; its lock is held
 * @on: on or off
 *
 * After it is switched on, every flow must pass the chains again: their rules may have changed.
 *
 * Return: 0, or an error with nothing changed. Switching off does not fail.
 */
int slb_fast_set(struct slb_net *sn, bool on)
{
	int err;

	rtnl_lock();
	WRITE_ONCE(sn->settings.fast_path, on);
	err = slb_fast_sync(sn);
	if (err || !on) {
		WRITE_ONCE(sn->settings.fast_path, false);
		slb_fast_sync(sn);
	}
	rtnl_unlock();
	if (!err && on)
		return 0;
	synchronize_net();
	slb_fast_forget(sn);
	return err;
}
