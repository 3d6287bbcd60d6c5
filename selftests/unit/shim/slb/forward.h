/* SPDX-License-Identifier: GPL-2.0-only */
/* In the place of include/slb/forward.h: every packet may be forwarded. */
#ifndef _SLB_FORWARD_H
#define _SLB_FORWARD_H

#include <slb/reason.h>

struct dst_entry;
struct net;

static inline enum slb_drop slb_forward_check(const struct sk_buff *skb,
					      const union nf_inet_addr *src, u8 family)
{
	return SLB_OK;
}

/* What tests do with a packet that is sent, and the MTU of every route. */
extern enum slb_sent (*sim_forward)(struct net *net, struct sk_buff *skb, u8 family,
				    struct dst_entry *dst);
extern unsigned int sim_mtu;

static inline enum slb_sent slb_forward_send(struct net *net, struct sk_buff *skb, u8 family,
					     struct dst_entry *dst)
{
	return sim_forward(net, skb, family, dst);
}

static inline unsigned int slb_forward_mtu(const struct dst_entry *dst, u8 family)
{
	return sim_mtu;
}

#endif /* _SLB_FORWARD_H */
