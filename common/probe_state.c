// SPDX-License-Identifier: GPL-2.0-only
/* The state of one family of a link, and its rank for the packet path. */
#include <slb/nexthops.h>
#include <slb/probe_source.h>
#include <slb/probe_state.h>
#include <slb/trace.h>

static void slb_probe_enter(struct slb_probe *p, u8 state)
{
	struct slb_probe_event *event = &p->event[p->n_events++ % SLB_PROBE_EVENTS];
	bool was_used = slb_probe_in_use(p->state);

	trace_slb_link(p->nh, p->af, p->state, state);
	p->since = ktime_get_boottime_ns();
	event->state = state;
	event->when = p->since;
	if (was_used && !slb_probe_in_use(state)) {
		p->why = state;
		p->why_at = p->since;
		p->downs++;
	}
	p->state = state;
	p->was_up |= state == SLB_NEXTHOP_UP;
}

/* The state of the link without hold-down: usable, or why not. */
static u8 slb_probe_verdict(const struct slb_probe *p)
{
	if (p->nh->state != SLB_NEXTHOP_UP)
		return p->nh->state;
	if (p->bare)
		return SLB_NEXTHOP_NO_ADDRESS;
	if (p->failed != SLB_NEXTHOP_UP)
		return p->failed;
	return p->lost ? SLB_NEXTHOP_NO_NEIGHBOR : SLB_NEXTHOP_UP;
}

/* Apply the hold-down to @state: a link that comes back is held first. */
static u8 slb_probe_hold(struct slb_probe *p, u8 state)
{
	if (state != SLB_NEXTHOP_UP) {
		p->holding = false;
		return state;
	}
	if (p->was_up && p->conf.hold && p->state != SLB_NEXTHOP_UP &&
	    p->state != SLB_NEXTHOP_HELD) {
		p->holding = true;
		p->hold_until = jiffies + msecs_to_jiffies(p->conf.hold);
	}
	if (p->holding && time_before(jiffies, p->hold_until))
		return SLB_NEXTHOP_HELD;
	p->holding = false;
	return SLB_NEXTHOP_UP;
}

/*
 * A family in which the far end has never answered cannot fail by itself: the far end may be an
 * older version, which sends probes in one family only. It is as good as the other family.
 */
static u8 slb_probe_hope(const struct slb_probe *p)
{
	const struct slb_probe *twin = p->twin;

	if (twin->on && twin->proven && !slb_probe_in_use(twin->state))
		return SLB_NEXTHOP_RANK_FAILED;
	return p->state == SLB_NEXTHOP_UP ? SLB_NEXTHOP_RANK_UNPROVEN : SLB_NEXTHOP_RANK_UNSURE;
}

/*
 * The rank of the family by its state. A balancer that has withdrawn a link takes no packets over
 * it; a relay may still route them. Context: @p->lock.
 */
static u8 slb_probe_rank(const struct slb_probe *p)
{
	if (!p->on || p->nh->state != SLB_NEXTHOP_UP ||
	    (p->state == SLB_NEXTHOP_WITHDRAWN && p->pn->mine == SLB_BFD_MORE_RELAY))
		return SLB_NEXTHOP_RANK_NO;
	if (!slb_probe_in_use(p->state))
		return SLB_NEXTHOP_RANK_FAILED;
	if (!slb_probe_vouched(p))
		return slb_probe_hope(p);
	/* not the best rank, so that all packets to it meet the question who has its sessions */
	if (p->nh->behind[p->af] != SLB_NEXTHOP_CURRENT)
		return SLB_NEXTHOP_RANK_HELD;
	return p->state == SLB_NEXTHOP_UP ? SLB_NEXTHOP_RANK_YES : SLB_NEXTHOP_RANK_HELD;
}

/**
 * slb_probe_set_rank() - set the rank of a family of a link
 * @nh: this end of the link
 * @i: family: 0 IPv4, 1 IPv6
 * @rank: enum slb_nexthop_rank
 *
 * Context: the lock of the link's liveness.
 *
 * Return: true when it has changed.
 */
bool slb_probe_set_rank(struct slb_nexthop *nh, unsigned int i, u8 rank)
{
	if (rank == nh->rank[i])
		return false;
	if (rank < SLB_NEXTHOP_RANK_UNSURE && nh->rank[i] >= SLB_NEXTHOP_RANK_UNSURE)
		WRITE_ONCE(nh->failed_at[i], jiffies);
	WRITE_ONCE(nh->rank[i], rank);
	if (nh->all)
		slb_nexthops_sum(nh->all, i);
	return true;
}

/**
 * slb_probe_judge() - compute state and rank of a family
 * @p: its liveness
 *
 * Schedules the module's work when something has changed. Context: @p->lock.
 */
void slb_probe_judge(struct slb_probe *p)
{
	u8 state = slb_probe_hold(p, slb_probe_verdict(p));
	struct slb_probe *twin = p->twin;
	bool changed = state != p->state;

	if (p->gone)
		return;
	if (changed)
		slb_probe_enter(p, state);
	changed |= slb_probe_set_rank(p->nh, p->af, slb_probe_rank(p));
	/* an unproven family fails with the other one, see slb_probe_hope() */
	if (twin->on && !slb_probe_vouched(twin))
		changed |= slb_probe_set_rank(p->nh, twin->af, slb_probe_rank(twin));
	if (changed)
		mod_delayed_work(system_wq, &p->pn->work, 0);
}

/**
 * slb_probe_look() - find out whether there is an address to send from
 * @p: liveness of a family
 *
 * Context: @p->lock, RCU.
 */
void slb_probe_look(struct slb_probe *p)
{
	const union nf_inet_addr *via = &p->nh->via[p->af];
	bool was = p->bare;

	/* without probes no address is needed: a router can forward without one */
	p->bare = p->nh->state == SLB_NEXTHOP_UP &&
		  !(p->af ? slb_probe_sends6(p->pn->net, p->nh->ifindex, &p->self.in6,
					     p->conf.interval) :
			    slb_probe_sends4(p->pn->net, p->nh->ifindex, p->self.ip, via->ip,
					     p->conf.interval));
	/* the far end may have waited for this */
	if (was && !p->bare)
		p->send_at = jiffies;
}
