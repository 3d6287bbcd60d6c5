/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a packet goes. */
#ifndef _RLY_STATE_WAY_H
#define _RLY_STATE_WAY_H

#include <linux/types.h>

struct rly_flow;
struct rly_link;
struct rly_member;

/**
 * struct rly_way - where a packet goes
 * @member: the balancer
 * @link: one of its links
 * @hash: hash of the flow
 * @flow: what is known of the flow, if it was known before, or NULL
 * @oif: after rly_xmit(): index of the device that the packet was sent to
 * @passed: likewise: the packet has passed all chains
 */
struct rly_way {
	const struct rly_member *member;
	struct rly_link *link;
	u64 hash;
	struct rly_flow *flow;
	int oif;
	bool passed;
};

#endif /* _RLY_STATE_WAY_H */
