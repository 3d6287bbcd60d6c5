/* SPDX-License-Identifier: GPL-2.0-only */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/slb.yaml */
/*	Documentation/netlink/specs/slb_relay.yaml */
/* scripts/regen-slbctl */

#ifndef SLBCTL_NL_GEN_H
#define SLBCTL_NL_GEN_H

#include <linux/slb.h>
#include <linux/slb_relay.h>

#include "ctl.h"

#define CTL_ATTRS_MAX	47	/* size of the largest table */

extern const struct ctl_attr ctl_slb_link_attrs[SLB_A_LINK_MAX + 1];
extern const struct ctl_attr ctl_slb_group_attrs[SLB_A_GROUP_MAX + 1];
extern const struct ctl_attr ctl_slb_server_attrs[SLB_A_SERVER_MAX + 1];
extern const struct ctl_attr ctl_slb_vip_attrs[SLB_A_VIP_MAX + 1];
extern const struct ctl_attr ctl_slb_session_attrs[SLB_A_SESSION_MAX + 1];
extern const struct ctl_attr ctl_slb_setting_attrs[SLB_A_SETTING_MAX + 1];
extern const struct ctl_attr ctl_slb_status_attrs[SLB_A_STATUS_MAX + 1];
extern const struct ctl_attr ctl_slb_drop_attrs[SLB_A_DROP_MAX + 1];
extern const struct ctl_attr ctl_slb_txn_attrs[SLB_A_TXN_MAX + 1];
extern const struct ctl_attr ctl_slb_relay_vip_attrs[SLB_RELAY_A_VIP_MAX + 1];
extern const struct ctl_attr ctl_slb_relay_balancer_attrs[SLB_RELAY_A_BALANCER_MAX + 1];
extern const struct ctl_attr ctl_slb_relay_link_attrs[SLB_RELAY_A_LINK_MAX + 1];
extern const struct ctl_attr ctl_slb_relay_flow_attrs[SLB_RELAY_A_FLOW_MAX + 1];
extern const struct ctl_attr ctl_slb_relay_setting_attrs[SLB_RELAY_A_SETTING_MAX + 1];
extern const struct ctl_attr ctl_slb_relay_status_attrs[SLB_RELAY_A_STATUS_MAX + 1];
extern const struct ctl_attr ctl_slb_relay_drop_attrs[SLB_RELAY_A_DROP_MAX + 1];
extern const struct ctl_attr ctl_slb_relay_txn_attrs[SLB_RELAY_A_TXN_MAX + 1];

#endif /* SLBCTL_NL_GEN_H */
