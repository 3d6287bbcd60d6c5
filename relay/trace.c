// SPDX-License-Identifier: GPL-2.0-only
/* The relay's tracepoints, and the names in them. */
#include <slb/module.h>

#include "config/balancer.h"
#include "config/link.h"
#include "config/snapshot.h"
#include "net.h"
#include "packet/steer.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

/**
 * slb_module_nexthop() - find the link that uses a device
 * @dev: the device
 *
 * Balancers may share a device: then it is the link that was added first. Context: RCU.
 *
 * Return: this end of the link, or NULL.
 */
const struct slb_nexthop *slb_module_nexthop(const struct net_device *dev)
{
	const struct rly_snapshot *snap = rcu_dereference(rly_net(dev_net(dev))->snapshot);
	const struct rly_link *link = snap ? rly_steer_ingress(snap, dev->ifindex) : NULL;

	return link ? &link->nh : NULL;
}

/**
 * slb_module_link_text() - the name of a link in traces: balancer/link
 * @text: set to it, SLB_TRACE_LINK bytes
 * @nh: this end of the link
 */
void slb_module_link_text(char *text, const struct slb_nexthop *nh)
{
	const struct rly_link *link = container_of(nh, struct rly_link, nh);

	snprintf(text, SLB_TRACE_LINK, "%s/%s", link->balancer->name, link->name);
}

/**
 * rly_trace_target() - the names of a balancer and its link
 * @balancer: set to the name of the balancer, SLB_RELAY_NAME_LEN + 1 bytes
 * @link: set to the name of the link, SLB_RELAY_NAME_LEN + 1 bytes
 * @away: set to the name of the balancer whose heir it is, as much room; or to "-"
 * @target: all of them
 *
 * Context: RCU.
 */
void rly_trace_target(char *balancer, char *link, char *away, const struct rly_target *target)
{
	strscpy(balancer, target->member->balancer->name, SLB_RELAY_NAME_LEN + 1);
	strscpy(link, target->link->name, SLB_RELAY_NAME_LEN + 1);
	strscpy(away, target->absent ? target->absent->balancer->name : "-",
		SLB_RELAY_NAME_LEN + 1);
}

/**
 * rly_trace_how() - how a balancer was found, in traces
 * @how: how
 *
 * Return: a word.
 */
const char *rly_trace_how(enum rly_how how)
{
	static const char *const names[] = {
		[RLY_HOW_HASH] = "hash",
		[RLY_HOW_FLOW] = "known-flow",
		[RLY_HOW_ADDRESS] = "address",
		[RLY_HOW_HEIR] = "heir",
		[RLY_HOW_FALLBACK] = "fallback",
	};

	return names[how];
}
