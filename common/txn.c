// SPDX-License-Identifier: GPL-2.0-only
/* Transactions of sockets: opened, filled with operations, given up when the socket is closed. */
#include <linux/netlink.h>
#include <linux/notifier.h>
#include <linux/slab.h>
#include <linux/slb.h>
#include <net/genetlink.h>
#include <slb/module.h>
#include <slb/nl_request.h>
#include <slb/txn.h>
#include <slb/txn_step.h>

/**
 * struct slb_txn - what is known of a socket that has opened a transaction
 * @list: in slb_txns.sockets, until the socket is closed
 * @portid: address of the socket
 * @open: the transaction is open, else it was committed
 * @steps: struct slb_txn_step, in the order in which they were staged
 * @result: number of steps, and the result of the last commit
 */
struct slb_txn {
	struct list_head list;
	u32 portid;
	bool open;
	struct list_head steps;
	struct slb_txn_result result;
};

/**
 * slb_txn_net_init() - initialize the transactions of a namespace
 * @txns: transactions
 */
void slb_txn_net_init(struct slb_txns *txns)
{
	init_rwsem(&txns->commit);
	mutex_init(&txns->lock);
	INIT_LIST_HEAD(&txns->sockets);
	txns->generation = 1;
}

/* Context: lock held. */
static void slb_txn_free(struct slb_txn *txn)
{
	list_del(&txn->list);
	slb_txn_steps_free(&txn->steps);
	kfree(txn);
}

/**
 * slb_txn_net_exit() - give up all transactions of a namespace
 * @txns: transactions
 *
 * Context: process; no request comes any more, and slb_txn_notifier_exit() was called unless all
 * sockets of the namespace are closed.
 */
void slb_txn_net_exit(struct slb_txns *txns)
{
	struct slb_txn *txn, *next;

	mutex_lock(&txns->lock);
	list_for_each_entry_safe(txn, next, &txns->sockets, list)
		slb_txn_free(txn);
	mutex_unlock(&txns->lock);
}

/* Context: lock held. */
static struct slb_txn *slb_txn_find(struct slb_txns *txns, u32 portid)
{
	struct slb_txn *txn;

	list_for_each_entry(txn, &txns->sockets, list)
		if (txn->portid == portid)
			return txn;
	return NULL;
}

/*
 * A socket was closed. Its address may belong to another socket already, whose transaction is then
 * given up too: its next request is refused.
 */
static int slb_txn_netlink_event(struct notifier_block *nb, unsigned long event, void *data)
{
	const struct netlink_notify *closed = data;
	struct slb_txns *txns;
	struct slb_txn *txn;

	if (event != NETLINK_URELEASE || closed->protocol != NETLINK_GENERIC)
		return NOTIFY_DONE;
	txns = slb_module_txns(closed->net);
	/* what this socket has begun is in the list: its requests have ended */
	if (list_empty_careful(&txns->sockets))
		return NOTIFY_DONE;
	mutex_lock(&txns->lock);
	txn = slb_txn_find(txns, closed->portid);
	if (txn)
		slb_txn_free(txn);
	mutex_unlock(&txns->lock);
	return NOTIFY_DONE;
}

static struct notifier_block slb_txn_notifier = {
	.notifier_call = slb_txn_netlink_event,
};

/**
 * slb_txn_notifier_init() - give up transactions of sockets that are closed, from now on
 *
 * Return: 0 or an error.
 */
int slb_txn_notifier_init(void)
{
	return netlink_register_notifier(&slb_txn_notifier);
}

/**
 * slb_txn_notifier_exit() - the opposite; on return no such event is handled any more
 */
void slb_txn_notifier_exit(void)
{
	netlink_unregister_notifier(&slb_txn_notifier);
}

/**
 * slb_txn_enter() - wait for a commit, and keep the next one out
 * @txns: transactions of the namespace
 *
 * Context: process; neither the configuration lock nor RTNL is held.
 *
 * Return: 0, or -EINTR when the process was killed.
 */
int slb_txn_enter(struct slb_txns *txns)
{
	return down_read_killable(&txns->commit);
}

/**
 * slb_txn_leave() - let commits in again
 * @txns: transactions of the namespace
 */
void slb_txn_leave(struct slb_txns *txns)
{
	up_read(&txns->commit);
}

/**
 * slb_txn_change_begin() - check the attributes of a change, and keep commits out
 * @info: the request
 *
 * Return: 0, or an error; slb_txn_change_end() must follow only after 0.
 */
int slb_txn_change_begin(struct genl_info *info)
{
	return slb_nl_check_attrs(info) ?:
	       slb_txn_enter(slb_module_txns(genl_info_net(info)));
}

/**
 * slb_txn_change_end() - after a change of the configuration
 * @info: the request
 */
void slb_txn_change_end(struct genl_info *info)
{
	slb_txn_leave(slb_module_txns(genl_info_net(info)));
}

static struct slb_txn *slb_txn_create(struct slb_txns *txns, u32 portid)
{
	struct slb_txn *txn = kzalloc(sizeof(*txn), GFP_KERNEL_ACCOUNT);

	if (!txn)
		return NULL;
	txn->portid = portid;
	INIT_LIST_HEAD(&txn->steps);
	list_add(&txn->list, &txns->sockets);
	return txn;
}

/**
 * slb_txn_begin() - open a transaction of the socket
 * @info: the request
 *
 * Return: 0, -EBUSY when it has one, or -ENOMEM.
 */
int slb_txn_begin(struct genl_info *info)
{
	struct slb_txns *txns = slb_module_txns(genl_info_net(info));
	int err = slb_nl_no_attrs(info);
	struct slb_txn *txn;

	if (err)
		return err;
	mutex_lock(&txns->lock);
	txn = slb_txn_find(txns, info->snd_portid);
	if (!txn)
		txn = slb_txn_create(txns, info->snd_portid);
	if (!txn) {
		err = -ENOMEM;
	} else if (txn->open) {
		NL_SET_ERR_MSG(info->extack, "the socket has a transaction already");
		err = -EBUSY;
	} else {
		txn->open = true;
		txn->result = (struct slb_txn_result){ .failed = SLB_TXN_NONE };
	}
	mutex_unlock(&txns->lock);
	return err;
}

/* The open transaction of the socket. Context: lock held. Return: NULL with a text. */
static struct slb_txn *slb_txn_open(struct slb_txns *txns, struct genl_info *info)
{
	struct slb_txn *txn = slb_txn_find(txns, info->snd_portid);

	if (txn && txn->open)
		return txn;
	NL_SET_ERR_MSG(info->extack, "the socket has no transaction");
	return NULL;
}

/**
 * slb_txn_stage() - add an operation to the transaction of the socket
 * @info: the request
 *
 * Return: 0 or an error, with nothing changed.
 */
int slb_txn_stage(struct genl_info *info)
{
	struct slb_txns *txns = slb_module_txns(genl_info_net(info));
	struct slb_txn_step *step;
	struct slb_txn *txn;
	int err = -ENOENT;

	mutex_lock(&txns->lock);
	txn = slb_txn_open(txns, info);
	if (txn) {
		step = slb_txn_step_create(info);
		err = PTR_ERR_OR_ZERO(step);
		if (!err) {
			list_add_tail(&step->list, &txn->steps);
			txn->result.staged++;
		}
	}
	mutex_unlock(&txns->lock);
	return err;
}

/* Carry out steps, unless the configuration has changed since the request's generation. */
static int slb_txn_apply(struct slb_txns *txns, struct list_head *steps,
			 const struct slb_txn_call *call, struct slb_txn_result *result)
{
	const struct nlattr *generation = call->info->attrs[SLB_A_TXN_GENERATION];
	int err = down_write_killable(&txns->commit);

	if (err)
		return err;
	/* all who change it hold the semaphore */
	if (generation && nla_get_u32(generation) != READ_ONCE(txns->generation)) {
		NL_SET_ERR_MSG_ATTR(call->info->extack, generation,
				    "the configuration has changed since it was read");
		err = -EAGAIN;
	} else {
		err = slb_txn_steps_run(steps, call, result);
	}
	up_write(&txns->commit);
	return err;
}

/**
 * slb_txn_commit() - carry out the transaction of the socket, which is then over
 * @skb: the request
 * @info: the request
 *
 * Return: 0, -ENOENT without a transaction, -EAGAIN when the configuration has changed, or the
 * error of the operation that has failed.
 */
int slb_txn_commit(struct sk_buff *skb, struct genl_info *info)
{
	struct slb_txn_result result = { .failed = SLB_TXN_NONE };
	struct slb_txns *txns = slb_module_txns(genl_info_net(info));
	struct slb_txn_call call = { .skb = skb, .info = info };
	struct slb_txn *txn;
	LIST_HEAD(steps);
	int err;

	mutex_lock(&txns->lock);
	txn = slb_txn_open(txns, info);
	if (txn) {
		txn->open = false;
		result.staged = txn->result.staged;
		list_splice_init(&txn->steps, &steps);
	}
	mutex_unlock(&txns->lock);
	if (!txn)
		return -ENOENT;

	call.attrs = slb_txn_attrs_alloc();
	err = call.attrs ? slb_txn_apply(txns, &steps, &call, &result) : -ENOMEM;
	kfree(call.attrs);
	slb_txn_steps_free(&steps);

	mutex_lock(&txns->lock);
	/* gone when another socket with the same address was closed, see slb_txn_netlink_event() */
	txn = slb_txn_find(txns, info->snd_portid);
	if (txn && !txn->open)
		txn->result = result;
	mutex_unlock(&txns->lock);
	return err;
}

/**
 * slb_txn_get() - tell what the transaction of the socket has, or what came of its last one
 * @family: the family
 * @info: the request
 *
 * Return: 0 or an error.
 */
int slb_txn_get(const struct genl_family *family, struct genl_info *info)
{
	struct slb_txns *txns = slb_module_txns(genl_info_net(info));
	struct slb_txn_result result;
	int err = slb_nl_no_attrs(info);
	struct slb_txn *txn;

	if (err)
		return err;
	mutex_lock(&txns->lock);
	txn = slb_txn_find(txns, info->snd_portid);
	if (txn)
		result = txn->result;
	mutex_unlock(&txns->lock);
	if (!txn) {
		NL_SET_ERR_MSG(info->extack, "the socket has had no transaction");
		return -ENOENT;
	}
	return slb_txn_result_reply(family, info, &result);
}
