/* SPDX-License-Identifier: GPL-2.0-only */
/* Operations as Linux 6.2 takes them, one entry for do and one for dump, and as 6.1 does. */
#ifndef _SLB_COMPAT_GENETLINK_H
#define _SLB_COMPAT_GENETLINK_H

#include <linux/version.h>
#include_next <net/genetlink.h>
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#include <linux/skbuff.h>

/* Not known to this kernel: the functions below call what runs before and after a request. */
struct genl_split_ops {
	int (*pre_doit)(const struct genl_split_ops *ops, struct sk_buff *skb,
			struct genl_info *info);
	int (*doit)(struct sk_buff *skb, struct genl_info *info);
	void (*post_doit)(const struct genl_split_ops *ops, struct sk_buff *skb,
			  struct genl_info *info);
	int (*start)(struct netlink_callback *cb);
	int (*dumpit)(struct sk_buff *skb, struct netlink_callback *cb);
	int (*done)(struct netlink_callback *cb);
	const struct nla_policy *policy;
	unsigned int maxattr;
	u8 cmd;
	u8 flags;
};

static inline const struct genl_split_ops *
slb_compat_genl_do(const struct genl_split_ops *op, unsigned int count, u8 cmd)
{
	for (; count; op++, count--)
		if (op->cmd == cmd && op->flags & GENL_CMD_CAP_DO)
			return op;
	return NULL;
}

/* The policy of the command may be that of its dump, which takes more. */
static inline int slb_compat_genl_pre(const struct genl_split_ops *op, const struct genl_ops *ops,
				      struct sk_buff *skb, struct genl_info *info)
{
	int err = 0;

	if (op && op->policy && op->policy != ops->policy)
		err = nla_validate(genlmsg_data(info->genlhdr), genlmsg_len(info->genlhdr),
				   op->maxattr, op->policy, info->extack);
	if (!err && op && op->pre_doit)
		err = op->pre_doit(op, skb, info);
	return err;
}

/* In the one source of a module that has its operations */
#define SLB_GENL_COMPAT(split)							\
SLB_COMPAT_TEXTS;								\
static int split##_pre_doit(const struct genl_ops *ops, struct sk_buff *skb,	\
			    struct genl_info *info)				\
{										\
	const struct genl_split_ops *op =					\
		slb_compat_genl_do(split, ARRAY_SIZE(split), ops->cmd);		\
										\
	return slb_compat_genl_pre(op, ops, skb, info);				\
}										\
										\
static void split##_post_doit(const struct genl_ops *ops, struct sk_buff *skb,	\
			      struct genl_info *info)				\
{										\
	const struct genl_split_ops *op =					\
		slb_compat_genl_do(split, ARRAY_SIZE(split), ops->cmd);		\
										\
	if (op && op->post_doit)						\
		op->post_doit(op, skb, info);					\
}

#define SLB_GENL_OPS(split, whole)						\
	.ops = whole, .n_ops = ARRAY_SIZE(whole),				\
	.pre_doit = split##_pre_doit, .post_doit = split##_post_doit
#else
#define SLB_GENL_COMPAT(split)
#define SLB_GENL_OPS(split, whole)						\
	.split_ops = split, .n_split_ops = ARRAY_SIZE(split)
#endif

/*
 * Before 6.8, the start of a dump has no extended ACK for its error text. So on 6.1 the first call
 * of dumpit does its work, before it uses the last of cb->args, which no dump of ours needs.
 */
#define SLB_GENL_FIRST(name)							\
static int name##_first(struct sk_buff *skb, struct netlink_callback *cb)	\
{										\
	long *started = &cb->args[ARRAY_SIZE(cb->args) - 1];			\
	int err = *started ? 0 : name##_start(cb);				\
										\
	*started = 1;								\
	return err ?: name##_dumpit(skb, cb);					\
}

/* Since 6.7, a dump has a struct genl_info. Here it lives as long as the block of the caller. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)
#define genl_info_dump(cb) (&(struct genl_info) {				\
	.snd_seq = (cb)->nlh->nlmsg_seq,					\
	.snd_portid = NETLINK_CB((cb)->skb).portid,				\
	.nlhdr = (struct nlmsghdr *)(cb)->nlh,					\
	.genlhdr = nlmsg_data((cb)->nlh),					\
	.attrs = genl_dumpit_info(cb)->attrs,					\
	._net = { .net = sock_net((cb)->skb->sk) },				\
	.extack = (cb)->extack,							\
})
#endif

#endif /* _SLB_COMPAT_GENETLINK_H */
