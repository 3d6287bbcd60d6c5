// SPDX-License-Identifier: GPL-2.0-only
/* Devices towards clients and servers: add, change, delete. Devices of links need no entry here. */
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "config/device.h"
#include "net.h"
#include "packet/xdp.h"

/**
 * rly_device_by_name() - find the settings of a device
 * @rn: namespace; its lock is held
 * @name: name of the device
 *
 * Return: them or NULL.
 */
struct rly_device *rly_device_by_name(struct rly_net *rn, const char *name)
{
	struct rly_device *device;
	unsigned long n;

	lockdep_assert_held(&rn->lock);
	xa_for_each(&rn->devices, n, device)
		if (!strcmp(device->name, name))
			return device;
	return NULL;
}

/**
 * rly_device_add() - add settings of a device
 * @rn: namespace; its lock is held
 * @name: name of the device, which need not exist
 * @xdp: packets that come in by it may be handled at XDP
 * @extack: says when there are some already, or too many
 *
 * Return: them or an ERR_PTR().
 */
struct rly_device *rly_device_add(struct rly_net *rn, const char *name, bool xdp,
				  struct netlink_ext_ack *extack)
{
	struct rly_device *device;
	int err;

	if (rly_device_by_name(rn, name)) {
		NL_SET_ERR_MSG_FMT(extack, "device %s already exists", name);
		return ERR_PTR(-EEXIST);
	}
	if (rn->n_devices >= SLB_RELAY_DEVICE_MAX) {
		NL_SET_ERR_MSG_FMT(extack, "a relay has at most %d devices with settings",
				   SLB_RELAY_DEVICE_MAX);
		return ERR_PTR(-ENOSPC);
	}
	device = kzalloc(sizeof(*device), GFP_KERNEL);
	if (!device)
		return ERR_PTR(-ENOMEM);
	strscpy(device->name, name, sizeof(device->name));
	device->xdp = xdp;
	rtnl_lock();
	err = xa_alloc_cyclic(&rn->devices, &device->n, device, xa_limit_31b, &rn->next_device,
			      GFP_KERNEL);
	if (err >= 0)
		rly_xdp_changed(rn);
	rtnl_unlock();
	if (err < 0) {
		kfree(device);
		return ERR_PTR(err);
	}
	rn->n_devices++;
	slb_txn_changed(&rn->txns);
	return device;
}

/**
 * rly_device_set() - change the settings of a device
 * @rn: namespace; its lock is held
 * @device: its settings
 * @xdp: as for rly_device_add()
 */
void rly_device_set(struct rly_net *rn, struct rly_device *device, bool xdp)
{
	lockdep_assert_held(&rn->lock);
	rtnl_lock();
	device->xdp = xdp;
	rly_xdp_changed(rn);
	rtnl_unlock();
	slb_txn_changed(&rn->txns);
}

/**
 * rly_device_del() - delete the settings of a device
 * @rn: namespace; its lock is held
 * @device: the settings; the caller frees them
 */
void rly_device_del(struct rly_net *rn, struct rly_device *device)
{
	lockdep_assert_held(&rn->lock);
	rtnl_lock();
	xa_erase(&rn->devices, device->n);
	rly_xdp_changed(rn);
	rtnl_unlock();
	rn->n_devices--;
	slb_txn_changed(&rn->txns);
}

/**
 * rly_device_net_exit() - free the settings of all devices
 * @rn: namespace, at its end: no request and no event of a device comes any more
 */
void rly_device_net_exit(struct rly_net *rn)
{
	struct rly_device *device;
	unsigned long n;

	xa_for_each(&rn->devices, n, device)
		kfree(device);
	xa_destroy(&rn->devices);
}
