/* SPDX-License-Identifier: GPL-2.0-only */
/* Devices towards clients and servers that have settings of their own. */
#ifndef _RLY_DEVICE_H
#define _RLY_DEVICE_H

#include <linux/if.h>
#include <linux/slb_relay.h>

struct netlink_ext_ack;
struct rly_net;

/**
 * struct rly_device - settings of a device
 * @name: its name; the device may come and go
 * @n: its number in dumps
 * @xdp: packets that come in by it may be handled at XDP
 *
 * Changed under the configuration lock and RTNL, so either is enough for reading.
 */
struct rly_device {
	char name[IFNAMSIZ];
	u32 n;
	bool xdp;
};

struct rly_device *rly_device_by_name(struct rly_net *rn, const char *name);
struct rly_device *rly_device_add(struct rly_net *rn, const char *name, bool xdp,
				  struct netlink_ext_ack *extack);
void rly_device_set(struct rly_net *rn, struct rly_device *device, bool xdp);
void rly_device_del(struct rly_net *rn, struct rly_device *device);
void rly_device_net_exit(struct rly_net *rn);

#endif /* _RLY_DEVICE_H */
