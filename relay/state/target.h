/* SPDX-License-Identifier: GPL-2.0-only */
/* The target of a packet: balancer and link. */
#ifndef _RLY_STATE_TARGET_H
#define _RLY_STATE_TARGET_H

#include <linux/types.h>

struct rly_flow;
struct rly_link;
struct rly_member;

/**
 * enum rly_how - how the balancer or the link of a packet was found
 * @RLY_HOW_HASH: by the hash of an unknown flow
 * @RLY_HOW_FLOW: by the entry of a known flow
 * @RLY_HOW_ADDRESS: by the return address
 * @RLY_HOW_HEIR: by flow or address, but its balancer is away: its heir
 * @RLY_HOW_FALLBACK: the one that hash, flow or address name cannot be reached or has not got it
 */
enum rly_how {
	RLY_HOW_HASH,
	RLY_HOW_FLOW,
	RLY_HOW_ADDRESS,
	RLY_HOW_HEIR,
	RLY_HOW_FALLBACK,
};

/**
 * struct rly_target - the balancer that a packet is steered to, and the link that it takes
 * @member: the balancer
 * @absent: the balancer that is away, and whose heir @member is; usually NULL
 * @link: one of the links of @member
 * @hash: hash of the flow
 * @how: how they were found, enum rly_how; for the trace
 * @flow: its entry in the flow table, or NULL
 * @oif: after rly_xmit(): index of the device that the packet was sent to
 * @passed: after rly_xmit(): the packet has passed all chains
 */
struct rly_target {
	const struct rly_member *member;
	const struct rly_member *absent;
	struct rly_link *link;
	u64 hash;
	struct rly_flow *flow;
	int oif;
	bool passed;
	u8 how;
};

#endif /* _RLY_STATE_TARGET_H */
