/* SPDX-License-Identifier: GPL-2.0-only */
/* The ingress hook of devices: registered and unregistered as devices come and go. */
#ifndef _SLB_INGRESS_H
#define _SLB_INGRESS_H

#include <linux/list.h>
#include <linux/netdevice.h>
#include <linux/net.h>
#include <linux/netfilter.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

/**
 * struct slb_port - a device with our hook
 * @owner: state of the module in the namespace
 * @ops: the hook; its private argument is the port
 * @list: on the ports of the namespace; under RTNL
 * @tracker: of the reference to the device
 * @rcu: frees it
 */
struct slb_port {
	void *owner;
	struct nf_hook_ops ops;
	struct list_head list;
	netdevice_tracker tracker;
	struct rcu_head rcu;
};

/**
 * slb_port_find() - find the port of a device
 * @ports: ports of the namespace
 * @dev: the device
 *
 * Context: RTNL held.
 *
 * Return: the port or NULL.
 */
static inline struct slb_port *slb_port_find(const struct list_head *ports,
					     const struct net_device *dev)
{
	struct slb_port *port;

	ASSERT_RTNL();
	list_for_each_entry(port, ports, list)
		if (port->ops.dev == dev)
			return port;
	return NULL;
}

/**
 * slb_port_add() - register the ingress hook of a device that does not have it
 * @ports: ports of the namespace
 * @dev: the device
 * @hook: called for each packet that the device receives, after all other ingress hooks, so that
 *        no rule of nftables' netdev family is bypassed
 * @owner: state of the module in the namespace
 *
 * The port holds the device until the hook is unregistered. Context: RTNL held.
 *
 * Return: 0 or an error.
 */
static inline int slb_port_add(struct list_head *ports, struct net_device *dev, nf_hookfn *hook,
			       void *owner)
{
	struct slb_port *port = kzalloc(sizeof(*port), GFP_KERNEL);
	int err;

	ASSERT_RTNL();
	if (!port)
		return -ENOMEM;
	port->owner = owner;
	port->ops.hook = hook;
	port->ops.priv = port;
	port->ops.dev = dev;
	port->ops.pf = NFPROTO_NETDEV;
	port->ops.hooknum = NF_NETDEV_INGRESS;
	port->ops.priority = INT_MAX;
	err = nf_register_net_hook(dev_net(dev), &port->ops);
	if (err) {
		net_warn_ratelimited("%s: no fast path: error %d\n", dev->name, err);
		kfree(port);
		return err;
	}
	netdev_hold(dev, &port->tracker, GFP_KERNEL);
	list_add(&port->list, ports);
	return 0;
}

/**
 * slb_port_del() - unregister the hook; packets may be in it for a grace period
 * @port: the port; freed after the grace period
 *
 * Context: RTNL held.
 */
static inline void slb_port_del(struct slb_port *port)
{
	ASSERT_RTNL();
	list_del(&port->list);
	nf_unregister_net_hook(dev_net(port->ops.dev), &port->ops);
	netdev_put(port->ops.dev, &port->tracker);
	kfree_rcu(port, rcu);
}

/**
 * slb_ports_exchange() - let the hooks of all devices call another function
 * @ports: ports of the namespace
 * @hook: the function, see slb_port_add()
 *
 * The new hook of a device is registered before the old one is unregistered. Context: RTNL held.
 *
 * Return: 0 or an error: then some devices have the old hook.
 */
static inline int slb_ports_exchange(struct list_head *ports, nf_hookfn *hook)
{
	struct slb_port *port, *next;
	int err;

	ASSERT_RTNL();
	/* new ones come before those that are still to be visited */
	list_for_each_entry_safe(port, next, ports, list) {
		if (port->ops.hook == hook)
			continue;
		err = slb_port_add(ports, port->ops.dev, hook, port->owner);
		if (err)
			return err;
		slb_port_del(port);
	}
	return 0;
}

/* Unregister it from all devices. Context: RTNL held. */
static inline void slb_ports_flush(struct list_head *ports)
{
	struct slb_port *port, *next;

	list_for_each_entry_safe(port, next, ports, list)
		slb_port_del(port);
}

#endif /* _SLB_INGRESS_H */
