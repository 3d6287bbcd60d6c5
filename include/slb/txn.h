/* SPDX-License-Identifier: GPL-2.0-only */
/* Transactions: several changes of the configuration, carried out all or not at all. */
#ifndef _SLB_TXN_H
#define _SLB_TXN_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>

struct genl_family;
struct genl_info;
struct sk_buff;

/**
 * struct slb_txns - transactions of a network namespace
 * @commit: held for writing by a commit, for reading by every other change. Outside of the
 *	configuration lock and of RTNL
 * @lock: protects @sockets
 * @sockets: struct slb_txn of each socket that has opened a transaction
 * @generation: counts changes of the configuration, never 0; under the configuration lock
 */
struct slb_txns {
	struct rw_semaphore commit;
	struct mutex lock;
	struct list_head sockets;
	u32 generation;
};

/* Count a change of the configuration. Context: configuration lock held. */
static inline void slb_txn_changed(struct slb_txns *txns)
{
	WRITE_ONCE(txns->generation, txns->generation + 1 ?: 1);
}

void slb_txn_net_init(struct slb_txns *txns);
void slb_txn_net_exit(struct slb_txns *txns);
int slb_txn_notifier_init(void);
void slb_txn_notifier_exit(void);

int slb_txn_enter(struct slb_txns *txns);
void slb_txn_leave(struct slb_txns *txns);
int slb_txn_change_begin(struct genl_info *info);
void slb_txn_change_end(struct genl_info *info);

int slb_txn_begin(struct genl_info *info);
int slb_txn_stage(struct genl_info *info);
int slb_txn_commit(struct sk_buff *skb, struct genl_info *info);
int slb_txn_get(const struct genl_family *family, struct genl_info *info);

#endif /* _SLB_TXN_H */
