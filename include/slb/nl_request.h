/* SPDX-License-Identifier: GPL-2.0-only */
/* Readers of request attributes, with the same errors and texts in both modules. */
#ifndef _SLB_NL_REQUEST_H
#define _SLB_NL_REQUEST_H

#include <linux/netfilter.h>
#include <net/genetlink.h>

int slb_nl_check_list(const struct nlattr *head, int len, struct netlink_ext_ack *extack);
int slb_nl_check_attrs(const struct genl_info *info);
int slb_nl_no_list(int len, struct netlink_ext_ack *extack);
int slb_nl_no_attrs(const struct genl_info *info);
int slb_nl_missing(struct genl_info *info, int attr, const char *what);
int slb_nl_changes(struct genl_info *info, int first, int last);
const char *slb_nl_name(struct genl_info *info, int attr, const char *what);
const char *slb_nl_new_name(struct genl_info *info, int attr, int first, int last,
			    const char *what);
int slb_nl_addr(struct genl_info *info, int attr, const char *what, union nf_inet_addr *addr,
		u8 *family);

#endif /* _SLB_NL_REQUEST_H */
