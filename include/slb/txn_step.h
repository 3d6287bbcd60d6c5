/* SPDX-License-Identifier: GPL-2.0-only */
/* The operations of a transaction. */
#ifndef _SLB_TXN_STEP_H
#define _SLB_TXN_STEP_H

#include <linux/list.h>
#include <linux/types.h>

struct genl_family;
struct genl_info;
struct genl_split_ops;
struct nlattr;
struct nlmsghdr;
struct sk_buff;

/* No operation has failed. */
#define SLB_TXN_NONE U32_MAX

/**
 * struct slb_txn_request - an operation as if it had come in a message of its own
 * @op: the operation, or NULL for none
 * @nlh: the message, aligned
 */
struct slb_txn_request {
	const struct genl_split_ops *op;
	struct nlmsghdr *nlh;
};

/**
 * struct slb_txn_step - an operation of a transaction, and what undoes it
 * @list: in the order of the transaction
 * @change: the operation
 * @undo: its opposite
 * @data: both messages
 */
struct slb_txn_step {
	struct list_head list;
	struct slb_txn_request change;
	struct slb_txn_request undo;
	u8 data[] __aligned(8);
};

/**
 * struct slb_txn_result - what came of a transaction
 * @staged: number of its operations
 * @failed: which has failed, from 0, or SLB_TXN_NONE
 * @not_undone: number of operations that could not be undone
 */
struct slb_txn_result {
	u32 staged;
	u32 failed;
	u32 not_undone;
};

/**
 * struct slb_txn_call - what operations need to be carried out
 * @skb: the request to commit
 * @info: the request to commit
 * @attrs: room for attributes, from slb_txn_attrs_alloc()
 */
struct slb_txn_call {
	struct sk_buff *skb;
	struct genl_info *info;
	struct nlattr **attrs;
};

struct slb_txn_step *slb_txn_step_create(struct genl_info *info);
void slb_txn_steps_free(struct list_head *steps);
struct nlattr **slb_txn_attrs_alloc(void);
int slb_txn_steps_run(struct list_head *steps, const struct slb_txn_call *call,
		      struct slb_txn_result *result);
int slb_txn_result_reply(const struct genl_family *family, struct genl_info *info,
			 const struct slb_txn_result *result);

#endif /* _SLB_TXN_STEP_H */
