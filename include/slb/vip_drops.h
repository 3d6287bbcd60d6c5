/* SPDX-License-Identifier: GPL-2.0-only */
/* Dropped packets of one VIP, counted by reason. */
#ifndef _SLB_VIP_DROPS_H
#define _SLB_VIP_DROPS_H

#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <linux/types.h>
#include <slb/reason.h>

struct slb_drops;

/**
 * struct slb_vip_drops - dropped packets of a VIP
 * @n: their number, by enum slb_drop
 */
struct slb_vip_drops {
	atomic64_t n[SLB_DROP_MAX];
};

void slb_vip_dropped(struct slb_vip_drops **drops, enum slb_drop why);
unsigned int slb_drop_of_vip(struct slb_drops __percpu *all, struct slb_vip_drops **drops,
			     struct sk_buff *skb, enum slb_drop why);

/* The number of packets of a VIP that were dropped for a reason; @drops may be NULL. */
static inline u64 slb_vip_drops_count(const struct slb_vip_drops *drops, enum slb_drop why)
{
	return drops ? atomic64_read(&drops->n[why]) : 0;
}

/* The drop reason of a packet that was not sent, or SLB_OK. */
static inline enum slb_drop slb_sent_drop(enum slb_sent sent)
{
	return sent == SLB_SENT_CHAIN ? SLB_DROP_CHAIN :
	       sent == SLB_SENT_POLICY ? SLB_DROP_POLICY : SLB_OK;
}

#endif /* _SLB_VIP_DROPS_H */
