// SPDX-License-Identifier: GPL-2.0-only
/* The firewall mark of a VIP has changed: its sessions follow. */
#include <linux/rtnetlink.h>

#include "net.h"
#include "state/fast_mark.h"
#include "state/fwmark.h"
#include "state/session.h"

/* A command waits for the walk if there are no more sessions than that. */
#define SLB_FWMARK_SMALL 65536

/* Give a session the flag that its VIP wants. The value itself is read for each packet. */
static bool slb_fwmark_one(struct slb_net *sn, struct slb_session *s, const void *arg)
{
	if (slb_fwmark_flags(s->vip))
		set_bit(SLB_SESSION_FWMARKED, &s->flags);
	else
		clear_bit(SLB_SESSION_FWMARKED, &s->flags);
	return false;
}

/**
 * slb_fwmark_work() - make sessions follow the firewall marks of their VIPs
 * @work: that of the namespace
 *
 * All of them must pass the chains again, which may look at the mark.
 */
void slb_fwmark_work(struct work_struct *work)
{
	struct slb_net *sn = container_of(work, struct slb_net, fwmark);

	slb_session_walk(sn, slb_fwmark_one, NULL);
	/* packets may have seen the former flag, and be about to note that they have passed */
	synchronize_net();
	rtnl_lock();
	slb_fast_forget(sn);
	rtnl_unlock();
}

/**
 * slb_fwmark_changed() - the firewall mark of a VIP has changed
 * @sn: namespace, lock held
 * @vip: the VIP, with its new policy
 *
 * Its packets have the new mark when this returns, if there are at most SLB_FWMARK_SMALL sessions.
 * Otherwise those of sessions that had none, or that lose it, follow a moment later. Context:
 * process.
 */
void slb_fwmark_changed(struct slb_net *sn, const struct slb_vip *vip)
{
	lockdep_assert_held(&sn->lock);
	/* packets that saw the former policy have created their sessions then */
	synchronize_net();
	if (!slb_traffic_sessions(vip->stats))
		return;
	queue_work(system_unbound_wq, &sn->fwmark);
	if (slb_count_read(&sn->count) <= SLB_FWMARK_SMALL)
		flush_work(&sn->fwmark);
}
