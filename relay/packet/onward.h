/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets from balancers to clients and servers. */
#ifndef _RLY_ONWARD_H
#define _RLY_ONWARD_H

#include <linux/skbuff.h>
#include <slb/parse.h>

struct rly_link;
struct rly_net;
struct rly_return;
struct rly_snapshot;
struct rly_trail_at;
struct rly_vip;

/**
 * struct rly_onward - a packet from a balancer
 * @p: its parsed headers; with ports and TCP flags unless it is a fragment or not @sound
 * @snap: balancers and links
 * @link: the link that it came in by
 * @ret: the return range of its source; NULL when the source is a virtual address
 * @vip: its VIP, or NULL
 * @dir: RLY_CLIENT_OUT or RLY_SERVER_OUT
 * @gen: rly_net.seq, read before @snap was looked at
 * @sound: it could be parsed
 */
struct rly_onward {
	struct slb_pkt *p;
	const struct rly_snapshot *snap;
	struct rly_link *link;
	const struct rly_return *ret;
	struct rly_vip *vip;
	unsigned int dir;
	u32 gen;
	bool sound;
};

unsigned int rly_onward(struct rly_net *rn, struct sk_buff *skb, const struct rly_onward *o);
bool rly_onward_again(struct rly_net *rn, struct sk_buff *skb, const struct rly_snapshot *snap,
		      u64 print,
		      struct rly_trail_at at);

#endif /* _RLY_ONWARD_H */
