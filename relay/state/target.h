/* SPDX-License-Identifier: GPL-2.0-only */
/* The target of a packet: balancer and link. */
#ifndef _RLY_STATE_TARGET_H
#define _RLY_STATE_TARGET_H

#include <linux/types.h>

struct rly_flow;
struct rly_link;
struct rly_member;

/**
 * struct rly_target - the balancer that a packet is steered to, and the link that it takes
 * @member: the balancer
 * @link: one of its links
 * @hash: hash of the flow
 * @flow: its entry in the flow table, or NULL
 * @oif: after rly_xmit(): index of the device that the packet was sent to
 * @passed: after rly_xmit(): the packet has passed all chains
 */
struct rly_target {
	const struct rly_member *member;
	struct rly_link *link;
	u64 hash;
	struct rly_flow *flow;
	int oif;
	bool passed;
};

#endif /* _RLY_STATE_TARGET_H */
