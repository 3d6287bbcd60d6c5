/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sessions of the clients of a prefix at a VIP, counted exactly for its client-limit.
 *
 * A session is counted before it is in a table, and no more once it has left the tables, or could
 * not get into them. The note of its request key has the length of the prefix under which it is
 * counted, or 0. So it is taken off where it was added, whatever the length and the limit are by
 * then. The note never changes while the session can be found.
 */
#ifndef _SLB_STATE_CLIENTS_H
#define _SLB_STATE_CLIENTS_H

#include <linux/rhashtable.h>
#include <slb/flow.h>
#include <slb/reason.h>

struct slb_net;
struct slb_vip;

/**
 * struct slb_clients_key - the clients of a prefix, at a VIP
 * @prefix: first address of the prefix, network order
 * @vip: the VIP, which is not freed while it has sessions; only compared
 * @len: length of the prefix, in bits
 */
struct slb_clients_key {
	union nf_inet_addr prefix;
	const struct slb_vip *vip;
	u8 len;
};

/**
 * struct slb_clients - clients that have sessions
 * @node: in slb_clients_net.table
 * @key: who they are
 * @sessions: their number, more than 0 while it is in the table; written under the lock
 * @rcu: frees it
 */
struct slb_clients {
	struct rhash_head node;
	struct slb_clients_key key;
	u32 sessions;
	struct rcu_head rcu;
};

int slb_clients_cache_init(void);
void slb_clients_cache_exit(void);
int slb_clients_init(struct slb_net *sn);
void slb_clients_exit(struct slb_net *sn);
enum slb_drop slb_clients_enter(struct slb_net *sn, const struct slb_vip *vip,
				const struct slb_tuple *flow, u8 len, u32 limit);
void slb_clients_end(struct slb_net *sn, const struct slb_vip *vip, const struct slb_tuple *flow);
u32 slb_clients_sessions(struct slb_net *sn, const struct slb_vip *vip,
			 const struct slb_tuple *flow, u8 len);

/**
 * slb_clients_leave() - count a session no more, if it is counted
 * @sn: namespace
 * @vip: its VIP
 * @flow: its request key, with the note
 *
 * Context: any, RCU.
 */
static __always_inline void slb_clients_leave(struct slb_net *sn, const struct slb_vip *vip,
					      const struct slb_tuple *flow)
{
	if (unlikely(flow->note))
		slb_clients_end(sn, vip, flow);
}

#endif /* _SLB_STATE_CLIENTS_H */
