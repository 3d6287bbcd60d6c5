/* SPDX-License-Identifier: GPL-2.0-only */
/* What each module provides to the shared sources in common/, which are compiled into both. */
#ifndef _SLB_MODULE_H
#define _SLB_MODULE_H

#include <linux/types.h>

struct genl_split_ops;
struct net;
struct net_device;
struct slb_nexthop;
struct slb_probe_net;
struct slb_tracers;
struct slb_txns;

/**
 * slb_module_probes() - the module's probes in a namespace
 * @net: the namespace
 *
 * Context: RCU or RTNL.
 *
 * Return: them, never NULL.
 */
struct slb_probe_net *slb_module_probes(const struct net *net);

/**
 * slb_module_hook() - register the module's hooks of the ordinary path if they are not registered
 * @net: namespace
 *
 * Context: RTNL held.
 *
 * Return: 0 or an error.
 */
int slb_module_hook(struct net *net);

/**
 * slb_module_unhook() - unregister the hooks when nothing needs them
 * @net: namespace
 *
 * Context: RTNL held.
 */
void slb_module_unhook(struct net *net);

/**
 * slb_module_txns() - the module's transactions in a namespace
 * @net: the namespace
 *
 * Return: them, never NULL.
 */
struct slb_txns *slb_module_txns(const struct net *net);

/**
 * slb_module_ops() - the module's generic netlink operations
 * @count: set to the number of them
 *
 * Return: the table.
 */
const struct genl_split_ops *slb_module_ops(unsigned int *count);

/**
 * slb_module_nexthop() - find the link that uses a device
 * @dev: the device
 *
 * Context: RCU.
 *
 * Return: this end of the link, or NULL.
 */
const struct slb_nexthop *slb_module_nexthop(const struct net_device *dev);

/**
 * slb_module_link_text() - the name of a link in traces
 * @text: set to it, SLB_TRACE_LINK bytes
 * @nh: this end of the link
 *
 * Context: RCU, or the lock of the link's liveness.
 */
void slb_module_link_text(char *text, const struct slb_nexthop *nh);

/**
 * slb_module_tracers() - the module's tracers in a namespace
 * @net: the namespace
 *
 * Return: them, never NULL.
 */
struct slb_tracers *slb_module_tracers(const struct net *net);

/**
 * slb_module_trace() - exchange the module's hooks with those that look for packets to trace
 * @net: the namespace
 * @on: true to look for them, false to stop that
 *
 * Stopping may fail for want of memory, silently: packets are then looked at although nobody
 * traces, until that works. Context: RTNL held.
 *
 * Return: 0, or an error with nothing changed.
 */
int slb_module_trace(struct net *net, bool on);

/**
 * slb_module_trace_attach() - listen to the tracepoints that the module alone has
 *
 * Context: RTNL held.
 *
 * Return: 0 or an error.
 */
int slb_module_trace_attach(void);

/**
 * slb_module_trace_detach() - the opposite
 *
 * Context: RTNL held.
 */
void slb_module_trace_detach(void);

#endif /* _SLB_MODULE_H */
