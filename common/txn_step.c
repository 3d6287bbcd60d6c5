// SPDX-License-Identifier: GPL-2.0-only
/* Operations of a transaction: checked and copied when they are staged, then run or undone. */
#include <linux/delay.h>
#include <linux/mm.h>
#include <linux/net.h>
#include <linux/slab.h>
#include <linux/slb.h>
#include <net/genetlink.h>
#include <slb/module.h>
#include <slb/nl_request.h>
#include <slb/txn_step.h>

/* How often undoing an operation is tried, and the pause between, in milliseconds. */
#define SLB_TXN_UNDO_TRIES	100
#define SLB_TXN_UNDO_PAUSE	20

/* Does an operation change the configuration? Those that do wait for commits before and after. */
static bool slb_txn_changes(const struct genl_split_ops *op)
{
	return op->flags & GENL_CMD_CAP_DO && op->post_doit;
}

/* The operation that an attribute names. Return: NULL with a text. */
static const struct genl_split_ops *slb_txn_op(struct genl_info *info, int attr)
{
	u8 cmd = nla_get_u8(info->attrs[attr]);
	const struct genl_split_ops *op;
	unsigned int left;

	for (op = slb_module_ops(&left); left; op++, left--)
		if (op->cmd == cmd && slb_txn_changes(op))
			return op;
	NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[attr],
			    "a transaction has only operations that change the configuration");
	return NULL;
}

/* Check the attributes of an operation as the core does for one in a message of its own. */
static int slb_txn_check(const struct genl_split_ops *op, const struct nlattr *request,
			 struct genl_info *info)
{
	const struct nlattr *head;
	int err;

	if (!request)
		return 0;
	head = nla_data(request);
	if (!op->maxattr)
		return slb_nl_no_list(nla_len(request), info->extack);
	err = nla_validate(head, nla_len(request), op->maxattr, op->policy, info->extack);
	return err ?: slb_nl_check_list(head, nla_len(request), info->extack);
}

/* Read an operation and its attributes. Return: 0, or -EINVAL with a text. */
static int slb_txn_parse(struct genl_info *info, int op_attr, int request_attr,
			 struct slb_txn_request *request)
{
	request->op = slb_txn_op(info, op_attr);
	if (!request->op)
		return -EINVAL;
	return slb_txn_check(request->op, info->attrs[request_attr], info);
}

static size_t slb_txn_size(const struct nlattr *request)
{
	return NLMSG_ALIGN(nlmsg_msg_size(GENL_HDRLEN + (request ? nla_len(request) : 0)));
}

/* Write an operation as a message. Return: what follows it. */
static void *slb_txn_copy(struct slb_txn_request *request, void *data, const struct nlattr *attrs,
			  const struct genl_info *info)
{
	int len = attrs ? nla_len(attrs) : 0;
	struct genlmsghdr *genlhdr;

	request->nlh = data;
	*request->nlh = *info->nlhdr;
	request->nlh->nlmsg_len = nlmsg_msg_size(GENL_HDRLEN + len);
	/* operations of a transaction do not answer */
	request->nlh->nlmsg_flags &= ~NLM_F_ECHO;
	genlhdr = nlmsg_data(request->nlh);
	*genlhdr = *info->genlhdr;
	genlhdr->cmd = request->op->cmd;
	if (len)
		memcpy(genlmsg_data(genlhdr), nla_data(attrs), len);
	return data + slb_txn_size(attrs);
}

/**
 * slb_txn_step_create() - check and copy what a request wants to be staged
 * @info: the request
 *
 * Return: the step, or an ERR_PTR(): -EINVAL with a text, or -ENOMEM.
 */
struct slb_txn_step *slb_txn_step_create(struct genl_info *info)
{
	const struct nlattr *request = info->attrs[SLB_A_TXN_REQUEST];
	const struct nlattr *back = info->attrs[SLB_A_TXN_UNDO_REQUEST];
	struct slb_txn_request change = {}, undo = {};
	struct slb_txn_step *step;
	size_t size;
	int err;

	err = slb_nl_missing(info, SLB_A_TXN_OP, "the operation");
	if (!err)
		err = slb_txn_parse(info, SLB_A_TXN_OP, SLB_A_TXN_REQUEST, &change);
	if (!err && back)
		err = slb_nl_missing(info, SLB_A_TXN_UNDO_OP, "the operation that undoes it");
	if (!err && info->attrs[SLB_A_TXN_UNDO_OP])
		err = slb_txn_parse(info, SLB_A_TXN_UNDO_OP, SLB_A_TXN_UNDO_REQUEST, &undo);
	if (err)
		return ERR_PTR(err);
	size = slb_txn_size(request) + (undo.op ? slb_txn_size(back) : 0);
	step = kvzalloc(struct_size(step, data, size), GFP_KERNEL_ACCOUNT);
	if (!step)
		return ERR_PTR(-ENOMEM);
	step->change.op = change.op;
	step->undo.op = undo.op;
	slb_txn_copy(&step->change, step->data, request, info);
	if (undo.op)
		slb_txn_copy(&step->undo, step->data + slb_txn_size(request), back, info);
	return step;
}

/**
 * slb_txn_steps_free() - free the operations of a transaction
 * @steps: list of them; empty on return
 *
 * Context: process.
 */
void slb_txn_steps_free(struct list_head *steps)
{
	struct slb_txn_step *step, *next;

	list_for_each_entry_safe(step, next, steps, list) {
		list_del(&step->list);
		kvfree(step);
		cond_resched();
	}
}

/**
 * slb_txn_attrs_alloc() - room for the attributes of any operation that can be staged
 *
 * Return: the array, for kfree(), or NULL without memory.
 */
struct nlattr **slb_txn_attrs_alloc(void)
{
	const struct genl_split_ops *op;
	unsigned int left, max = 0;

	for (op = slb_module_ops(&left); left; op++, left--)
		if (slb_txn_changes(op))
			max = max(max, op->maxattr);
	return kcalloc(max + 1, sizeof(struct nlattr *), GFP_KERNEL);
}

/* Carry out an operation. */
static int slb_txn_do(const struct slb_txn_call *call, const struct slb_txn_request *request,
		      struct netlink_ext_ack *extack)
{
	const struct genl_split_ops *op = request->op;
	struct genl_info info = *call->info;
	int err;

	info.nlhdr = request->nlh;
	info.genlhdr = nlmsg_data(request->nlh);
	info.attrs = op->maxattr ? call->attrs : NULL;
	info.extack = extack;
	if (op->maxattr) {
		err = nla_parse(call->attrs, op->maxattr, genlmsg_data(info.genlhdr),
				genlmsg_len(info.genlhdr), op->policy, extack);
		if (err)
			return err;
	}
	return op->doit(call->skb, &info);
}

/*
 * Undo a step, or the configuration is not as it was. So it is tried again without memory, and when
 * the sender was killed: then an operation that waits for a purge fails until that has ended.
 */
static int slb_txn_undo(const struct slb_txn_call *call, const struct slb_txn_step *step)
{
	struct netlink_ext_ack extack = {};
	unsigned int tries = 0;
	int err;

	if (!step->undo.op)
		return 0;
	for (;;) {
		err = slb_txn_do(call, &step->undo, &extack);
		if ((err != -ENOMEM && err != -EINTR) || ++tries == SLB_TXN_UNDO_TRIES)
			break;
		msleep(SLB_TXN_UNDO_PAUSE);
	}
	if (err)
		net_warn_ratelimited("%s: operation %u of a transaction that failed cannot be undone: error %d %s\n",
				     KBUILD_MODNAME, step->change.op->cmd, err, extack._msg ?: "");
	return err;
}

/* Drop what an extended ACK says, except a text: it points into a copy. */
static void slb_txn_forget(struct netlink_ext_ack *extack)
{
	if (!extack)
		return;
	extack->bad_attr = NULL;
	extack->policy = NULL;
	extack->miss_nest = NULL;
	extack->miss_type = 0;
}

/**
 * slb_txn_steps_run() - carry out operations in order, or none
 * @steps: list of them
 * @call: the request to do it
 * @result: set to what came of it
 *
 * When one fails, those before it are undone, the last one first. Context: no other request changes
 * the configuration meanwhile.
 *
 * Return: 0 or the error of the operation that failed, with its text.
 */
int slb_txn_steps_run(struct list_head *steps, const struct slb_txn_call *call,
		      struct slb_txn_result *result)
{
	struct netlink_ext_ack *extack = call->info->extack;
	struct slb_txn_step *step;
	const char *warning;
	u32 done = 0;
	int err = 0;

	list_for_each_entry(step, steps, list) {
		/* report the last warning, or the error alone */
		warning = extack ? extack->_msg : NULL;
		if (extack)
			extack->_msg = NULL;
		err = slb_txn_do(call, &step->change, extack);
		slb_txn_forget(extack);
		if (err)
			break;
		if (extack && !extack->_msg)
			extack->_msg = warning;
		done++;
		cond_resched();
	}
	if (!err)
		return 0;
	result->failed = done;
	list_for_each_entry_continue_reverse(step, steps, list) {
		result->not_undone += !!slb_txn_undo(call, step);
		cond_resched();
	}
	return err;
}

/**
 * slb_txn_result_reply() - tell what came of a transaction
 * @family: the family
 * @info: the request
 * @result: what came of it
 *
 * Return: 0 or an error.
 */
int slb_txn_result_reply(const struct genl_family *family, struct genl_info *info,
			 const struct slb_txn_result *result)
{
	struct sk_buff *msg = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	void *hdr;

	if (!msg)
		return -ENOMEM;
	hdr = genlmsg_put_reply(msg, info, family, 0, info->genlhdr->cmd);
	if (!hdr || nla_put_u32(msg, SLB_A_TXN_STAGED, result->staged) ||
	    (result->failed != SLB_TXN_NONE &&
	     nla_put_u32(msg, SLB_A_TXN_FAILED, result->failed)) ||
	    (result->not_undone &&
	     nla_put_u32(msg, SLB_A_TXN_NOT_UNDONE, result->not_undone))) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}
