/* SPDX-License-Identifier: GPL-2.0-only */
/* Dropped packets, counted by reason. */
#ifndef _SLB_DROP_H
#define _SLB_DROP_H

#include <linux/percpu.h>
#include <linux/skbuff.h>
#include <slb/reason.h>

struct slb_tuple;

/**
 * struct slb_drops - packets dropped on one CPU, by reason, and resets that answered some of them
 * @n: counters, by enum slb_drop
 * @resets: resets sent by the balancer
 * @resets_limited: resets that the rate limit suppressed there
 */
struct slb_drops {
	u64 n[SLB_DROP_MAX];
	u64 resets;
	u64 resets_limited;
};

unsigned int slb_drop(struct slb_drops __percpu *drops, struct sk_buff *skb, enum slb_drop why);
void slb_drop_freed(struct slb_drops __percpu *drops, const struct slb_tuple *t, enum slb_drop why);
void slb_drop_sent(struct slb_drops __percpu *drops, struct sk_buff *skb, const struct slb_tuple *t,
		   enum slb_sent sent);
const char *slb_drop_name(enum slb_drop why);
const char *slb_drop_text(enum slb_drop why);
const char *slb_drop_skb_name(enum slb_drop why);
u64 slb_drop_count(struct slb_drops __percpu *drops, enum slb_drop why);

#endif /* _SLB_DROP_H */
