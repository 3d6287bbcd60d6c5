/* SPDX-License-Identifier: GPL-2.0-only */
/* Persistence: clients of a prefix return to their server. */
#ifndef _SLB_STATE_PERSIST_H
#define _SLB_STATE_PERSIST_H

#include <linux/jiffies.h>
#include <linux/rhashtable.h>
#include <linux/spinlock.h>

#include "config/group.h"
#include "net.h"

struct slb_session;

/**
 * struct slb_persist_key - the clients of a prefix, in a group
 * @prefix: first address of the prefix, network order
 * @group: slb_group.id
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @len: length of the prefix, in bits
 */
struct slb_persist_key {
	union nf_inet_addr prefix;
	u32 group;
	u16 family;
	u16 len;
};

/**
 * struct slb_persist - the server of these clients
 * @node: in slb_persists.table
 * @key: who they are
 * @lock: protects the rest
 * @server: its address, network order
 * @port: its port, network order, or 0
 * @used: when their last session began, jiffies
 * @life: how long after that they return, jiffies
 * @dead: it is no longer in the table
 * @proven: a session of theirs was established, so they exist
 * @unproven: in slb_persists.unproven while they may not exist, under the lock of that
 * @rcu: frees it
 */
struct slb_persist {
	struct rhash_head node;
	struct slb_persist_key key;
	spinlock_t lock;
	union nf_inet_addr server;
	__be16 port;
	u32 used;
	u32 life;
	bool dead;
	bool proven;
	struct list_head unproven;
	struct rcu_head rcu;
};

void slb_persist_established(struct slb_net *sn, const struct slb_session *s);

/**
 * slb_persist_prove() - a session is established: its client exists
 * @sn: namespace
 * @s: session
 *
 * Context: softirq, RCU.
 */
static inline void slb_persist_prove(struct slb_net *sn, const struct slb_session *s)
{
	if (unlikely(atomic_read(&sn->persists.table.nelems)))
		slb_persist_established(sn, s);
}

int slb_persist_init(struct slb_net *sn);
void slb_persist_exit(struct slb_net *sn);
struct slb_server *slb_persist_recall(struct slb_set *set, const struct slb_tuple *flow, bool peek);
struct slb_server *slb_persist_note(struct slb_set *set, const struct slb_tuple *flow,
				    struct slb_server *server);
struct slb_server *slb_persist_server(struct slb_net *sn, const struct slb_persist *p);
bool slb_persist_over(struct slb_net *sn, const struct slb_persist *p);
u32 slb_persist_purge(struct slb_net *sn,
		      bool (*match)(struct slb_net *sn, struct slb_persist *p, const void *arg),
		      const void *arg);
void slb_persist_forget(struct slb_net *sn);

#endif /* _SLB_STATE_PERSIST_H */
