// SPDX-License-Identifier: GPL-2.0-only
/* Netlink: transactions, which common/txn.c carries out. */
#include <slb/module.h>
#include <slb/txn.h>

#include "net.h"
#include "netlink/nl.h"
#include "state/purge.h"

/**
 * slb_module_txns() - the module's transactions in a namespace
 * @net: the namespace
 *
 * Return: them.
 */
struct slb_txns *slb_module_txns(const struct net *net)
{
	return &slb_net(net)->txns;
}

/* Runs before every operation that changes the configuration. */
int slb_nl_change_begin(const struct genl_split_ops *op, struct sk_buff *skb,
			struct genl_info *info)
{
	return slb_txn_change_begin(info);
}

/* Let go of what requests have deleted: all of a transaction in one grace period. */
static void slb_nl_settle(struct slb_net *sn)
{
	u32 was, due;

	mutex_lock(&sn->lock);
	was = sn->purge.due;
	due = slb_purge_settle(sn);
	mutex_unlock(&sn->lock);
	if (due != was)
		slb_purge_wait_small(sn, due);
}

/* Runs after it. */
void slb_nl_change_end(const struct genl_split_ops *op, struct sk_buff *skb, struct genl_info *info)
{
	slb_nl_settle(slb_net(genl_info_net(info)));
	slb_txn_change_end(info);
}

int slb_nl_txn_begin_doit(struct sk_buff *skb, struct genl_info *info)
{
	return slb_txn_begin(info);
}

int slb_nl_txn_stage_doit(struct sk_buff *skb, struct genl_info *info)
{
	return slb_txn_stage(info);
}

int slb_nl_txn_commit_doit(struct sk_buff *skb, struct genl_info *info)
{
	int err = slb_txn_commit(skb, info);

	slb_nl_settle(slb_net(genl_info_net(info)));
	return err;
}

int slb_nl_txn_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return slb_txn_get(&slb_nl_family, info);
}
