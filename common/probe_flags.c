// SPDX-License-Identifier: GPL-2.0-only
/* Flags in probes of a balancer: what it says of its sessions. */
#include <slb/probe_flags.h>
#include <slb/probe_timer.h>

/**
 * slb_probe_flags_set() - set the flags that our probes carry
 * @pn: probes of the namespace
 * @flags: bits of enum slb_probe_flag
 *
 * When they change, each link sends a probe at once. The far end of a shared link learns them from
 * the next answer. Context: process or softirq; no lock of a liveness is held.
 */
void slb_probe_flags_set(struct slb_probe_net *pn, u32 flags)
{
	struct slb_probe *p;

	if (READ_ONCE(pn->flags) == flags)
		return;
	WRITE_ONCE(pn->flags, flags);
	rcu_read_lock();
	list_for_each_entry_rcu(p, &pn->all, node) {
		spin_lock_bh(p->lock);
		if (!p->gone && p->on && p->conf.interval) {
			p->send_at = jiffies;
			slb_probe_arm(p);
		}
		spin_unlock_bh(p->lock);
	}
	rcu_read_unlock();
}

/**
 * slb_probe_flags_hear() - note the flags of the far end's last probe
 * @p: liveness of a family; slb_probe_judge() is called next
 * @restarted: the far end has restarted since the last probe, or this is the first one
 *
 * A relay that hears other flags than before rebuilds its tables; they do not depend on unusable
 * VIPs. Context: @p->lock.
 */
void slb_probe_flags_hear(struct slb_probe *p, bool restarted)
{
	u32 says = (ntohl(p->theirs.flags) & ~SLB_PROBE_UNUSABLE) | SLB_NEXTHOP_HEARD;
	u8 behind = p->nh->behind[p->af];

	if (p->pn->mine != SLB_BFD_MORE_RELAY)
		return;
	if (!(says & SLB_PROBE_BEHIND))
		behind = SLB_NEXTHOP_CURRENT;
	else if (restarted)
		behind = SLB_NEXTHOP_RESTARTED;
	else if (behind == SLB_NEXTHOP_CURRENT)
		behind = SLB_NEXTHOP_BEHIND;
	if (says == p->nh->says[p->af] && behind == p->nh->behind[p->af])
		return;
	WRITE_ONCE(p->nh->says[p->af], says);
	WRITE_ONCE(p->nh->behind[p->af], behind);
	mod_delayed_work(system_wq, &p->pn->work, 0);
}
