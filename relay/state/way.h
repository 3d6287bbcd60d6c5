/* SPDX-License-Identifier: GPL-2.0-only */
/* The destination of a packet: balancer and link. */
#ifndef _RLY_STATE_WAY_H
#define _RLY_STATE_WAY_H

#include <linux/types.h>

struct rly_flow;
struct rly_link;
struct rly_member;

/**
 * struct rly_way - balancer and link of a packet
 * @member: the balancer
 * @link: one of its links
 * @hash: hash of the flow
 * @flow: its entry in the flow table, or NULL
 * @oif: after rly_xmit(): index of the device that the packet was sent to
 * @passed: after rly_xmit(): the packet has passed all chains
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
