/* SPDX-License-Identifier: GPL-2.0-only */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/slb.yaml */
/* YNL-GEN kernel header */

#ifndef _LINUX_SLB_GEN_H
#define _LINUX_SLB_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <linux/slb.h>

int slb_nl_check(const struct genl_split_ops *ops, struct sk_buff *skb,
		 struct genl_info *info);
int slb_nl_change_begin(const struct genl_split_ops *ops, struct sk_buff *skb,
			struct genl_info *info);
void
slb_nl_change_end(const struct genl_split_ops *ops, struct sk_buff *skb,
		  struct genl_info *info);
int slb_nl_session_get_start(struct netlink_callback *cb);
int slb_nl_sync_get_start(struct netlink_callback *cb);
int slb_nl_persist_get_start(struct netlink_callback *cb);
int slb_nl_session_get_done(struct netlink_callback *cb);
int slb_nl_sync_get_done(struct netlink_callback *cb);
int slb_nl_persist_get_done(struct netlink_callback *cb);

int slb_nl_link_get_doit(struct sk_buff *skb, struct genl_info *info);
int slb_nl_link_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int slb_nl_link_add_doit(struct sk_buff *skb, struct genl_info *info);
int slb_nl_link_set_doit(struct sk_buff *skb, struct genl_info *info);
int slb_nl_link_del_doit(struct sk_buff *skb, struct genl_info *info);
int slb_nl_link_flush_doit(struct sk_buff *skb, struct genl_info *info);
int slb_nl_group_get_doit(struct sk_buff *skb, struct genl_info *info);
int slb_nl_group_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int slb_nl_group_add_doit(struct sk_buff *skb, struct genl_info *info);
int slb_nl_group_set_doit(struct sk_buff *skb, struct genl_info *info);
int slb_nl_group_del_doit(struct sk_buff *skb, struct genl_info *info);
int slb_nl_group_flush_doit(struct sk_buff *skb, struct genl_info *info);
int slb_nl_server_get_doit(struct sk_buff *skb, struct genl_info *info);
int slb_nl_server_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int slb_nl_server_add_doit(struct sk_buff *skb, struct genl_info *info);
int slb_nl_server_set_doit(struct sk_buff *skb, struct genl_info *info);
int slb_nl_server_del_doit(struct sk_buff *skb, struct genl_info *info);
int slb_nl_server_flush_doit(struct sk_buff *skb, struct genl_info *info);
int slb_nl_vip_get_doit(struct sk_buff *skb, struct genl_info *info);
int slb_nl_vip_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int slb_nl_vip_add_doit(struct sk_buff *skb, struct genl_info *info);
int slb_nl_vip_set_doit(struct sk_buff *skb, struct genl_info *info);
int slb_nl_vip_del_doit(struct sk_buff *skb, struct genl_info *info);
int slb_nl_vip_flush_doit(struct sk_buff *skb, struct genl_info *info);
int slb_nl_session_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int slb_nl_session_flush_doit(struct sk_buff *skb, struct genl_info *info);
int slb_nl_setting_get_doit(struct sk_buff *skb, struct genl_info *info);
int slb_nl_setting_set_doit(struct sk_buff *skb, struct genl_info *info);
int slb_nl_status_get_doit(struct sk_buff *skb, struct genl_info *info);
int slb_nl_drop_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int slb_nl_txn_begin_doit(struct sk_buff *skb, struct genl_info *info);
int slb_nl_txn_stage_doit(struct sk_buff *skb, struct genl_info *info);
int slb_nl_txn_commit_doit(struct sk_buff *skb, struct genl_info *info);
int slb_nl_txn_get_doit(struct sk_buff *skb, struct genl_info *info);
int slb_nl_key_get_doit(struct sk_buff *skb, struct genl_info *info);
int slb_nl_explain_get_doit(struct sk_buff *skb, struct genl_info *info);
int slb_nl_trace_start_doit(struct sk_buff *skb, struct genl_info *info);
int slb_nl_trace_stop_doit(struct sk_buff *skb, struct genl_info *info);
int slb_nl_vip_drop_get_dumpit(struct sk_buff *skb,
			       struct netlink_callback *cb);
int slb_nl_health_set_doit(struct sk_buff *skb, struct genl_info *info);
int slb_nl_sync_get_doit(struct sk_buff *skb, struct genl_info *info);
int slb_nl_sync_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int slb_nl_sync_add_doit(struct sk_buff *skb, struct genl_info *info);
int slb_nl_sync_feed_doit(struct sk_buff *skb, struct genl_info *info);
int slb_nl_sync_set_doit(struct sk_buff *skb, struct genl_info *info);
int slb_nl_persist_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int slb_nl_persist_flush_doit(struct sk_buff *skb, struct genl_info *info);

enum {
	SLB_NLGRP_EVENTS,
};

extern struct genl_family slb_nl_family;

#endif /* _LINUX_SLB_GEN_H */
