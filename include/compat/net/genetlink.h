/* SPDX-License-Identifier: GPL-2.0-only */
/* Operations as Linux 6.2 takes them, one entry for do and one for dump, and as 6.1 does. */
#ifndef _SLB_COMPAT_GENETLINK_H
#define _SLB_COMPAT_GENETLINK_H

#include <linux/version.h>
#include_next <net/genetlink.h>
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
/* Not known to this kernel: tables of them compile, and are thrown away. */
struct genl_split_ops {
	int (*pre_doit)(const struct genl_split_ops *ops, struct sk_buff *skb,
			struct genl_info *info);
	int (*doit)(struct sk_buff *skb, struct genl_info *info);
	int (*start)(struct netlink_callback *cb);
	int (*dumpit)(struct sk_buff *skb, struct netlink_callback *cb);
	int (*done)(struct netlink_callback *cb);
	const struct nla_policy *policy;
	unsigned int maxattr;
	u8 cmd;
	u8 flags;
};

/* What generic netlink calls before a request, in terms of the function that it calls since 6.2. */
#define SLB_GENL_CHECK(check)							\
static int check##_whole(const struct genl_ops *ops, struct sk_buff *skb,	\
			 struct genl_info *info)				\
{										\
	return check(NULL, skb, info);						\
}

#define SLB_GENL_OPS(split, whole, check)					\
	.ops = whole, .n_ops = ARRAY_SIZE(whole), .pre_doit = check##_whole
#else
#define SLB_GENL_CHECK(check)
#define SLB_GENL_OPS(split, whole, check)					\
	.split_ops = split, .n_split_ops = ARRAY_SIZE(split)
#endif

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
