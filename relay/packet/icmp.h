/* SPDX-License-Identifier: GPL-2.0-only */
/* ICMP errors of the relay. */
#ifndef _RLY_ICMP_H
#define _RLY_ICMP_H

#include <linux/skbuff.h>
#include <slb/icmp.h>

struct dst_entry;
struct rly_net;
struct rly_onward;

void rly_icmp_send(struct sk_buff *skb, u8 family, struct dst_entry *dst, enum slb_drop why,
		   unsigned int mtu);
void rly_icmp_balancer(struct rly_net *rn, const struct sk_buff *skb, const struct rly_onward *o,
		       struct slb_icmp *e);

#endif /* _RLY_ICMP_H */
