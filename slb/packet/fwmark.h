/* SPDX-License-Identifier: GPL-2.0-only */
/* Firewall marks of packets, and the links that rules of policy routing choose by them. */
#ifndef _SLB_PACKET_FWMARK_H
#define _SLB_PACKET_FWMARK_H

#include "packet/ctx.h"
#include "state/fwmark.h"

struct slb_link *slb_fwmark_link(const struct slb_net *sn, const struct sk_buff *skb,
				 const struct slb_session *s, enum slb_dir dir,
				 struct slb_link *out);

/* Give a packet the mark of its session. Context: RCU. */
static inline void slb_fwmark_set(struct sk_buff *skb, const struct slb_session *s)
{
	skb->mark = slb_policy_mark(rcu_dereference(s->vip->policy), skb->mark);
}

#endif /* _SLB_PACKET_FWMARK_H */
