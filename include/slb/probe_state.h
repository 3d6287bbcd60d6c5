/* SPDX-License-Identifier: GPL-2.0-only */
/* The state of one family of a link, and its rank for the packet path. */
#ifndef _SLB_PROBE_STATE_H
#define _SLB_PROBE_STATE_H

#include <slb/probe.h>

/* Packets use a family in this state. */
static inline bool slb_probe_in_use(u8 state)
{
	return state == SLB_NEXTHOP_UP || state == SLB_NEXTHOP_HELD;
}

/* Has the far end ever answered? Without probes every link counts as proven. */
static inline bool slb_probe_vouched(const struct slb_probe *p)
{
	return !p->conf.interval || p->proven || p->declined;
}

bool slb_probe_set_rank(struct slb_nexthop *nh, unsigned int i, u8 rank);
void slb_probe_judge(struct slb_probe *p);
void slb_probe_look(struct slb_probe *p);

#endif /* _SLB_PROBE_STATE_H */
