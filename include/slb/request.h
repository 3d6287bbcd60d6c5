/* SPDX-License-Identifier: GPL-2.0-only */
/* What must be so of every netlink request with attributes, beyond what its policy can say. */
#ifndef _SLB_REQUEST_H
#define _SLB_REQUEST_H

#include <net/genetlink.h>

/**
 * slb_request_check() - refuse a request that says a thing twice, or in the other byte order
 * @info: the request; its policy has been checked
 *
 * The parser would take the last of two values, and values as they are: a request to delete two
 * objects must not delete one of them.
 *
 * Return: 0 or -EINVAL, and the sender is told which attribute it is.
 */
static inline int slb_request_check(const struct genl_info *info)
{
	const struct nlattr *attr;
	u64 seen = 0;
	int left;

	nla_for_each_attr(attr, genlmsg_data(info->genlhdr), genlmsg_len(info->genlhdr), left) {
		if (attr->nla_type & NLA_F_NET_BYTEORDER) {
			NL_SET_ERR_MSG_ATTR(info->extack, attr,
					    "attributes are in the byte order of the host");
			return -EINVAL;
		}
		if (seen & BIT_ULL(nla_type(attr))) {
			NL_SET_ERR_MSG_ATTR(info->extack, attr, "an attribute is given twice");
			return -EINVAL;
		}
		seen |= BIT_ULL(nla_type(attr));
	}
	return 0;
}

#endif /* _SLB_REQUEST_H */
