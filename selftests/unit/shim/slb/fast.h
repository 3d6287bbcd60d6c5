/* SPDX-License-Identifier: GPL-2.0-only */
/* In the place of include/slb/fast.h: how packets are sent, without devices. */
#ifndef _SLB_FAST_H
#define _SLB_FAST_H

#include <slb/nexthop.h>
#include <slb/reason.h>

struct neighbour {
	unsigned int sent;
};

struct dst_entry {
	u8 unused;
};

static inline bool slb_fast_fits(const struct sk_buff *skb, const struct slb_egress *egress,
				 u32 mtu)
{
	return skb->len <= mtu;
}

/* The packet always moves, so that a pointer into it that was kept is found out. */
static inline bool slb_fast_writable(struct sk_buff *skb, unsigned int len)
{
	return !skb_ensure_writable(skb, min(len, skb_headlen(skb)));
}

static inline void slb_fast_send(struct sk_buff *skb, u8 family, struct dst_entry *dst,
				 struct neighbour *neigh)
{
	neigh->sent++;
}

static inline bool slb_fast_has_ipv6(const struct net_device *dev)
{
	return true;
}

/* All chains let everything pass. */
static inline enum slb_sent slb_fast_ask(struct net *net, struct sk_buff *skb, u8 family,
					 struct dst_entry *dst, struct neighbour *neigh, u32 mtu)
{
	neigh->sent++;
	return SLB_SENT_PASSED;
}

#endif /* _SLB_FAST_H */
