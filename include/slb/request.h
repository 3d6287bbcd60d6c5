/* SPDX-License-Identifier: GPL-2.0-only */
/* Checks of netlink requests that a policy cannot express. */
#ifndef _SLB_REQUEST_H
#define _SLB_REQUEST_H

#include <net/genetlink.h>

/**
 * slb_request_check() - refuse a repeated attribute or one in the wrong byte order
 * @info: the request; its policy has been checked
 *
 * The parser would silently use the last of two values: a request to delete two objects would
 * delete one of them.
 *
 * Return: 0, or -EINVAL and the extended ACK names the attribute.
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
