/* SPDX-License-Identifier: GPL-2.0-only */
/* Integers of either width, of Linux 6.7, and ranges that are constant, of 6.6. */
#ifndef _SLB_COMPAT_NET_NETLINK_H
#define _SLB_COMPAT_NET_NETLINK_H

#include <linux/version.h>
#include_next <net/netlink.h>
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)
#undef NLA_POLICY_FULL_RANGE
#define NLA_POLICY_FULL_RANGE(tp, _range) {				\
	.type = NLA_ENSURE_UINT_OR_BINARY_TYPE(tp),			\
	.validation_type = NLA_VALIDATE_RANGE_PTR,			\
	.range = (struct netlink_range_validation *)(_range),		\
}

static inline int nla_put_uint(struct sk_buff *skb, int attrtype, u64 value)
{
	if (value == (u32)value)
		return nla_put_u32(skb, attrtype, value);
	return nla_put(skb, attrtype, sizeof(value), &value);
}
#endif

#endif /* _SLB_COMPAT_NET_NETLINK_H */
