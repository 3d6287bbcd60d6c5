/* SPDX-License-Identifier: GPL-2.0-only */
/* The snapshot of all balancers and links that the packet path reads; immutable. */
#ifndef _RLY_SET_H
#define _RLY_SET_H

#include <linux/siphash.h>
#include <linux/slb_relay.h>
#include <linux/types.h>
#include <slb/flow.h>
#include "packet/prefilter.h"

struct rly_balancer;
struct rly_link;
struct rly_net;

/*
 * Slots that distribute flows over balancers. Bits 0-15 of a flow's hash select its slot.
 */
#define RLY_SLOTS 65536u
/* Slots that distribute the flows of a balancer over its links: bits 32-43 of the hash. */
#define RLY_LINK_SLOTS 4096u
#define RLY_LINK_SLOT_SHIFT 32

/* Index of a family in arrays. */
static inline unsigned int rly_af(u8 family)
{
	return family == NFPROTO_IPV6;
}

/**
 * struct rly_member - a balancer in a snapshot
 * @link: its links
 * @n_links: number of its links
 * @mtu: smallest MTU of its links that carry packets, in bytes, by family: what a flow can use in
 *       both directions
 * @share: its weight as configured
 * @weight: weight for its share of the slots, by family; 0 when it gets no slot
 * @n_slots: its slots, by family
 * @heir: index in the snapshot of the balancer that takes its flows while it is away, or -1; by
 *	family
 * @away: it was away when the snapshot was built, see rly_steer_away(); by family
 * @n: number of the balancer
 * @name: slb_hrw_name() of the balancer
 * @bare_at: jiffies when it lost its last link
 * @balancer: the balancer; packets read its name only, which a change may tear
 * @table: slot to index in @link, by family
 */
struct rly_member {
	struct rly_link *link[SLB_RELAY_LINK_MAX];
	u32 n_links;
	u32 mtu[2];
	u32 share;
	u32 weight[2];
	u32 n_slots[2];
	s16 heir[2];
	bool away[2];
	u32 n;
	u64 name;
	unsigned long bare_at;
	struct rly_balancer *balancer;
	u8 table[2][RLY_LINK_SLOTS];
};

/**
 * struct rly_return - the return addresses of one link in one family
 * @first: first address, network order
 * @last: last address
 * @member: index of the balancer in the snapshot
 * @link: index of the link among those of the balancer
 */
struct rly_return {
	union nf_inet_addr first;
	union nf_inet_addr last;
	u16 member;
	u16 link;
};

/**
 * struct rly_dev - a device that a link uses
 * @ifindex: its index
 * @link: the link; of several links on one device, the one added first
 */
struct rly_dev {
	int ifindex;
	struct rly_link *link;
};

/**
 * struct rly_snapshot - balancers and links
 * @rcu: frees it
 * @key: key of the flow hash
 * @born: jiffies when it was built
 * @dead_after: rly_flows.dead_after
 * @any: there is a balancer that takes flows, by family
 * @orphans: a balancer with an heir has no slots though it has a weight, by family
 * @n_members: number of balancers
 * @n_devs: number of devices
 * @n_returns: number of return ranges, by family
 * @member: balancers, by ascending number
 * @dev: devices, by ascending index
 * @ret: return ranges, by ascending address, by family
 * @shift: changes since the last snapshot; used during the build only
 * @prefilter: bits of addresses that may be return addresses
 * @prefilter_devs: bit rly_prefilter_dev() of each device that a link uses
 * @slot: slot to index in @member, by family; valid only if @any
 */
struct rly_snapshot {
	struct rcu_head rcu;
	siphash_key_t key;
	unsigned long born;
	const u32 *dead_after;
	bool any[2];
	bool orphans[2];
	u32 n_members;
	u32 n_devs;
	u32 n_returns[2];
	struct rly_member *member;
	struct rly_dev *dev;
	struct rly_return *ret[2];
	struct rly_shift *shift;
	DECLARE_BITMAP(prefilter, SLB_PREFILTER_SIZE);
	DECLARE_BITMAP(prefilter_devs, RLY_PREFILTER_DEVS);
	u16 slot[2][RLY_SLOTS];
};

struct rly_snapshot *rly_snapshot_reserve(struct rly_net *rn);
void rly_snapshot_publish_reserved(struct rly_net *rn, struct rly_snapshot *snap);
int rly_snapshot_publish(struct rly_net *rn);
void rly_snapshot_clear(struct rly_net *rn);
void rly_prefilter_update(struct rly_net *rn);

#endif /* _RLY_SET_H */
