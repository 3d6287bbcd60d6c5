/* SPDX-License-Identifier: GPL-2.0-only */
/* In the place of include/slb/nexthop.h: the state of a link without devices and routes. */
#ifndef _SLB_NEXTHOP_H
#define _SLB_NEXTHOP_H

#include <slb/flow.h>
#include <slb/wire.h>

#define IFNAMSIZ 16

enum slb_nexthop_state {
	SLB_NEXTHOP_UP,
	SLB_NEXTHOP_NO_DEVICE,
};

struct dst_entry;
struct neighbour;

struct slb_egress {
	struct neighbour *neigh;
	u32 mtu;
};

struct slb_nexthop {
	char dev_name[IFNAMSIZ];
	int ifindex;
	u8 state;
	bool has[2];
	u8 rank[2];	/* 0: the best one */
	u8 behind[2];
	u32 says[2];
	unsigned long failed_at[2];
	union nf_inet_addr via[2];
	struct dst_entry *dst[2];
	struct slb_egress *egress;
};

static inline bool slb_nexthop_has(const struct slb_nexthop *nh, u8 family)
{
	return nh->has[family == NFPROTO_IPV6];
}

enum slb_nexthop_rank {
	SLB_NEXTHOP_RANK_NO,
	SLB_NEXTHOP_RANK_FAILED,
	SLB_NEXTHOP_RANK_UNSURE,
	SLB_NEXTHOP_RANK_UNPROVEN,
	SLB_NEXTHOP_RANK_HELD,
	SLB_NEXTHOP_RANK_YES,
};

enum slb_nexthop_behind {
	SLB_NEXTHOP_CURRENT,
	SLB_NEXTHOP_BEHIND,
	SLB_NEXTHOP_RESTARTED,
};

#define SLB_NEXTHOP_HEARD 0x80000000u

/* Questions for ranks until every link has failed, plus 1; 0: none does. */
extern unsigned int sim_ranks_left;

static inline u8 slb_nexthop_rank(const struct slb_nexthop *nh, u8 family)
{
	if (!slb_nexthop_has(nh, family) || nh->state != SLB_NEXTHOP_UP)
		return SLB_NEXTHOP_RANK_NO;
	if (sim_ranks_left > 1)
		sim_ranks_left--;
	if (sim_ranks_left == 1)
		return SLB_NEXTHOP_RANK_FAILED;
	return nh->rank[family == NFPROTO_IPV6] ?: SLB_NEXTHOP_RANK_YES;
}

static inline bool slb_nexthop_usable(const struct slb_nexthop *nh, u8 family)
{
	return slb_nexthop_rank(nh, family) == SLB_NEXTHOP_RANK_YES;
}

static inline bool slb_nexthop_beats(const struct slb_nexthop *a, const struct slb_nexthop *b,
				     u8 family)
{
	return slb_nexthop_rank(a, family) > slb_nexthop_rank(b, family);
}

static inline struct slb_egress *slb_nexthop_egress(const struct slb_nexthop *nh,
						    const struct net *net, u8 family)
{
	return nh->egress;
}

static inline bool slb_nexthop_passable(const struct slb_nexthop *nh, u8 family)
{
	return slb_nexthop_rank(nh, family) >= SLB_NEXTHOP_RANK_UNSURE;
}

/* Nothing is merged. */
static inline struct slb_wire slb_wire(const struct sk_buff *skb)
{
	return (struct slb_wire) { .packets = 1, .bytes = skb->len };
}

#endif /* _SLB_NEXTHOP_H */
