/* SPDX-License-Identifier: GPL-2.0-only */
/* Dropped packets, counted by reason. */
#ifndef _SLB_DROP_H
#define _SLB_DROP_H

#include <linux/netfilter.h>
#include <linux/percpu.h>
#include <linux/seqlock.h>
#include <linux/skbuff.h>
#include <slb/reason.h>

struct slb_tuple;

/**
 * struct slb_drop_last - about the last packet that was dropped for a reason
 * @when: jiffies, never 0; 0: none was dropped
 * @ifindex: device that it came in by, or 0 when not known
 * @source: source address, network order; valid with @family
 * @addr: destination address
 * @port: destination port, host order, or 0
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6; 0: the addresses are not known
 * @proto: IANA number of the protocol
 */
struct slb_drop_last {
	unsigned long when;
	int ifindex;
	union nf_inet_addr source;
	union nf_inet_addr addr;
	u16 port;
	u8 family;
	u8 proto;
};

/**
 * struct slb_drops - packets dropped on one CPU, by reason, and resets that answered some of them
 * @n: counters, by enum slb_drop
 * @resets: resets sent by the balancer
 * @resets_limited: resets that the rate limit suppressed there
 * @seq: lets readers find a whole @last
 * @last: by enum slb_drop, at most one in a tick
 */
struct slb_drops {
	u64 n[SLB_DROP_MAX];
	u64 resets;
	u64 resets_limited;
	seqcount_t seq;
	struct slb_drop_last last[SLB_DROP_MAX];
};

struct slb_drops __percpu *slb_drops_alloc(void);
void slb_drop_last(struct slb_drops __percpu *drops, enum slb_drop why,
		   struct slb_drop_last *last);

unsigned int slb_drop(struct slb_drops __percpu *drops, struct sk_buff *skb, enum slb_drop why);
void slb_drop_freed(struct slb_drops __percpu *drops, const struct slb_tuple *t, enum slb_drop why);
void slb_drop_sent(struct slb_drops __percpu *drops, struct sk_buff *skb, const struct slb_tuple *t,
		   enum slb_sent sent);
const char *slb_drop_name(enum slb_drop why);
const char *slb_drop_text(enum slb_drop why);
const char *slb_drop_skb_name(enum slb_drop why);
u64 slb_drop_count(struct slb_drops __percpu *drops, enum slb_drop why);

#endif /* _SLB_DROP_H */
