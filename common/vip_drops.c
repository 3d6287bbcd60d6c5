// SPDX-License-Identifier: GPL-2.0-only
/* Dropped packets of one VIP, counted by reason. */
#include <linux/slab.h>
#include <slb/drop.h>
#include <slb/vip_drops.h>

/**
 * slb_vip_dropped() - count a dropped packet of a VIP
 * @drops: the VIP's counters; NULL there until the first drop. Whoever frees the VIP frees them
 * @why: the reason; SLB_OK is not counted
 *
 * Without memory for the counters the packet is counted in the totals only. Context: softirq, RCU.
 */
void slb_vip_dropped(struct slb_vip_drops **drops, enum slb_drop why)
{
	struct slb_vip_drops *mine = READ_ONCE(*drops), *other;

	if (!why)
		return;
	if (!mine) {
		mine = kzalloc(sizeof(*mine), GFP_ATOMIC | __GFP_NOWARN);
		if (!mine)
			return;
		other = cmpxchg(drops, NULL, mine);
		if (other) {
			kfree(mine);
			mine = other;
		}
	}
	atomic64_inc(&mine->n[why]);
}

/**
 * slb_drop_of_vip() - drop a packet of a VIP
 * @all: counters of the namespace
 * @drops: those of the VIP, as for slb_vip_dropped()
 * @skb: the packet; freed
 * @why: the reason, not SLB_OK
 *
 * Context: softirq, RCU.
 *
 * Return: NF_STOLEN, for a hook to return.
 */
unsigned int slb_drop_of_vip(struct slb_drops __percpu *all, struct slb_vip_drops **drops,
			     struct sk_buff *skb, enum slb_drop why)
{
	slb_vip_dropped(drops, why);
	return slb_drop(all, skb, why);
}
