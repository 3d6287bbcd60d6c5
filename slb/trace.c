// SPDX-License-Identifier: GPL-2.0-only
/* The balancer's tracepoints, and the names in them. */
#include <slb/module.h>
#include <slb/nexthops.h>

#include "config/link.h"
#include "config/server.h"
#include "config/vip.h"
#include "net.h"
#include "state/session.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

/**
 * slb_module_nexthop() - find the link that uses a device
 * @dev: the device
 *
 * Context: RCU.
 *
 * Return: this end of the link, or NULL.
 */
const struct slb_nexthop *slb_module_nexthop(const struct net_device *dev)
{
	const struct slb_net *sn = slb_net(dev_net(dev));
	const struct slb_link *link = slb_link_by_ifindex(rcu_dereference(sn->links), dev->ifindex);

	return link ? &link->nh : NULL;
}

/**
 * slb_module_link_text() - the name of a link in traces
 * @text: set to it, SLB_TRACE_LINK bytes
 * @nh: this end of the link, or one of its next hops
 */
void slb_module_link_text(char *text, const struct slb_nexthop *nh)
{
	if (nh->all)
		nh = nh->all->link;
	strscpy(text, container_of(nh, struct slb_link, nh)->name, SLB_TRACE_LINK);
}

/**
 * slb_trace_event_name() - what happens to a session, in traces
 * @event: what happens
 *
 * Return: a word.
 */
const char *slb_trace_event_name(enum slb_trace_event event)
{
	switch (event) {
	case SLB_TRACE_NEW:
		return "new";
	case SLB_TRACE_ESTABLISHED:
		return "established";
	default:
		return "end";
	}
}

/* A session that expires may have been closed before. */
static const char *slb_trace_expired_name(const struct slb_session *s)
{
	if (test_bit(SLB_SESSION_SUPERSEDED, &s->flags))
		return "superseded";
	switch (slb_session_tier(s, READ_ONCE(s->progress))) {
	case SLB_TIER_RESET:
		return "reset";
	case SLB_TIER_CLOSED:
		return "closed";
	default:
		return "expired";
	}
}

/**
 * slb_trace_end_name() - why a session ends, in traces
 * @s: the session
 * @why: the cause
 *
 * Return: a word, or "-" for a session that does not end.
 */
const char *slb_trace_end_name(const struct slb_session *s, enum slb_end why)
{
	switch (why) {
	case SLB_END_EXPIRED:
		return slb_trace_expired_name(s);
	case SLB_END_YIELDED:
		return "yielded";
	case SLB_END_FLUSHED:
		return "flushed";
	case SLB_END_SYNCED:
		return "ended-elsewhere";
	case SLB_END_DELETED:
		if (READ_ONCE(s->vip->dead))
			return "vip-deleted";
		if (!READ_ONCE(s->server->dead))
			return "link-deleted";
		return READ_ONCE(s->server->conf.state) == SLB_SERVER_STATE_UP ? "server-deleted" :
										 "server-closed";
	default:
		return "-";
	}
}
