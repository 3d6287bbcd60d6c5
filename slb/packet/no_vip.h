/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets from the relay to addresses that are no VIPs: the operator has forgotten one here. */
#ifndef _SLB_NO_VIP_H
#define _SLB_NO_VIP_H

#include <linux/jiffies.h>
#include "net.h"

void slb_no_vip_note(struct slb_net *sn, const struct sk_buff *skb,
		     const struct nf_hook_state *state);
bool slb_no_vip_read(struct slb_net *sn, struct slb_no_vip *found);

/*
 * Look at a packet that is neither for a VIP nor for a local address, unless one was looked at in
 * this tick: a router's packets are many. Context: softirq, RCU.
 */
static __always_inline void slb_no_vip_look(struct slb_net *sn, const struct sk_buff *skb,
					    const struct nf_hook_state *state)
{
	if (unlikely(READ_ONCE(sn->no_vip.tick) != (u32)jiffies))
		slb_no_vip_note(sn, skb, state);
}

#endif /* _SLB_NO_VIP_H */
