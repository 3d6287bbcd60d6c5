/* SPDX-License-Identifier: GPL-2.0-only */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/slb_relay.yaml */
/* YNL-GEN kernel header */

#ifndef _LINUX_SLB_RELAY_GEN_H
#define _LINUX_SLB_RELAY_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <linux/slb_relay.h>

int slb_relay_nl_check(const struct genl_split_ops *ops, struct sk_buff *skb,
		       struct genl_info *info);
int slb_relay_nl_change_begin(const struct genl_split_ops *ops,
			      struct sk_buff *skb, struct genl_info *info);
void
slb_relay_nl_change_end(const struct genl_split_ops *ops, struct sk_buff *skb,
			struct genl_info *info);
int slb_relay_nl_flow_get_start(struct netlink_callback *cb);
int slb_relay_nl_flow_get_done(struct netlink_callback *cb);

int slb_relay_nl_vip_get_doit(struct sk_buff *skb, struct genl_info *info);
int slb_relay_nl_vip_get_dumpit(struct sk_buff *skb,
				struct netlink_callback *cb);
int slb_relay_nl_vip_add_doit(struct sk_buff *skb, struct genl_info *info);
int slb_relay_nl_vip_del_doit(struct sk_buff *skb, struct genl_info *info);
int slb_relay_nl_vip_flush_doit(struct sk_buff *skb, struct genl_info *info);
int slb_relay_nl_balancer_get_doit(struct sk_buff *skb, struct genl_info *info);
int slb_relay_nl_balancer_get_dumpit(struct sk_buff *skb,
				     struct netlink_callback *cb);
int slb_relay_nl_balancer_add_doit(struct sk_buff *skb, struct genl_info *info);
int slb_relay_nl_balancer_set_doit(struct sk_buff *skb, struct genl_info *info);
int slb_relay_nl_balancer_del_doit(struct sk_buff *skb, struct genl_info *info);
int slb_relay_nl_balancer_flush_doit(struct sk_buff *skb,
				     struct genl_info *info);
int slb_relay_nl_link_get_doit(struct sk_buff *skb, struct genl_info *info);
int slb_relay_nl_link_get_dumpit(struct sk_buff *skb,
				 struct netlink_callback *cb);
int slb_relay_nl_link_add_doit(struct sk_buff *skb, struct genl_info *info);
int slb_relay_nl_link_set_doit(struct sk_buff *skb, struct genl_info *info);
int slb_relay_nl_link_del_doit(struct sk_buff *skb, struct genl_info *info);
int slb_relay_nl_link_flush_doit(struct sk_buff *skb, struct genl_info *info);
int slb_relay_nl_flow_get_doit(struct sk_buff *skb, struct genl_info *info);
int slb_relay_nl_flow_get_dumpit(struct sk_buff *skb,
				 struct netlink_callback *cb);
int slb_relay_nl_setting_set_doit(struct sk_buff *skb, struct genl_info *info);
int slb_relay_nl_status_get_doit(struct sk_buff *skb, struct genl_info *info);
int slb_relay_nl_drop_get_dumpit(struct sk_buff *skb,
				 struct netlink_callback *cb);
int slb_relay_nl_flow_flush_doit(struct sk_buff *skb, struct genl_info *info);
int slb_relay_nl_setting_get_doit(struct sk_buff *skb, struct genl_info *info);
int slb_relay_nl_txn_begin_doit(struct sk_buff *skb, struct genl_info *info);
int slb_relay_nl_txn_stage_doit(struct sk_buff *skb, struct genl_info *info);
int slb_relay_nl_txn_commit_doit(struct sk_buff *skb, struct genl_info *info);
int slb_relay_nl_txn_get_doit(struct sk_buff *skb, struct genl_info *info);
int slb_relay_nl_key_get_doit(struct sk_buff *skb, struct genl_info *info);
int slb_relay_nl_trace_start_doit(struct sk_buff *skb, struct genl_info *info);
int slb_relay_nl_trace_stop_doit(struct sk_buff *skb, struct genl_info *info);
int slb_relay_nl_vip_drop_get_dumpit(struct sk_buff *skb,
				     struct netlink_callback *cb);
int slb_relay_nl_flow_add_doit(struct sk_buff *skb, struct genl_info *info);
int slb_relay_nl_device_get_doit(struct sk_buff *skb, struct genl_info *info);
int slb_relay_nl_device_get_dumpit(struct sk_buff *skb,
				   struct netlink_callback *cb);
int slb_relay_nl_device_add_doit(struct sk_buff *skb, struct genl_info *info);
int slb_relay_nl_device_set_doit(struct sk_buff *skb, struct genl_info *info);
int slb_relay_nl_device_del_doit(struct sk_buff *skb, struct genl_info *info);
int slb_relay_nl_device_flush_doit(struct sk_buff *skb, struct genl_info *info);

enum {
	SLB_RELAY_NLGRP_EVENTS,
};

extern struct genl_family slb_relay_nl_family;

#endif /* _LINUX_SLB_RELAY_GEN_H */
