// SPDX-License-Identifier: GPL-2.0-only
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/slb_relay.yaml */
/* YNL-GEN kernel source */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "nl_gen.h"

#include <slb/module.h>
#include <linux/slb_relay.h>

/* Integer value ranges */
static const struct netlink_range_validation slb_relay_a_balancer_weight_range = {
	.max	= SLB_RELAY_WEIGHT_MAX,
};

static const struct netlink_range_validation slb_relay_a_link_weight_range = {
	.max	= SLB_RELAY_WEIGHT_MAX,
};

static const struct netlink_range_validation slb_relay_a_link_interval_range = {
	.max	= SLB_RELAY_INTERVAL_MAX,
};

static const struct netlink_range_validation slb_relay_a_link_hold_range = {
	.max	= SLB_RELAY_HOLD_MAX,
};

static const struct netlink_range_validation slb_relay_a_setting_flow_limit_range = {
	.max	= SLB_RELAY_FLOW_LIMIT_MAX,
};

static const struct netlink_range_validation slb_relay_a_setting_tcp_syn_timeout_range = {
	.min	= 1ULL,
	.max	= SLB_RELAY_TIMEOUT_MAX,
};

static const struct netlink_range_validation slb_relay_a_setting_tcp_established_timeout_range = {
	.min	= 1ULL,
	.max	= SLB_RELAY_TIMEOUT_MAX,
};

static const struct netlink_range_validation slb_relay_a_setting_tcp_fin_timeout_range = {
	.min	= 1ULL,
	.max	= SLB_RELAY_TIMEOUT_MAX,
};

static const struct netlink_range_validation slb_relay_a_setting_udp_new_timeout_range = {
	.min	= 1ULL,
	.max	= SLB_RELAY_TIMEOUT_MAX,
};

static const struct netlink_range_validation slb_relay_a_setting_udp_timeout_range = {
	.min	= 1ULL,
	.max	= SLB_RELAY_TIMEOUT_MAX,
};

static const struct netlink_range_validation slb_relay_a_setting_sctp_init_timeout_range = {
	.min	= 1ULL,
	.max	= SLB_RELAY_TIMEOUT_MAX,
};

static const struct netlink_range_validation slb_relay_a_setting_sctp_established_timeout_range = {
	.min	= 1ULL,
	.max	= SLB_RELAY_TIMEOUT_MAX,
};

static const struct netlink_range_validation slb_relay_a_setting_sctp_shutdown_timeout_range = {
	.min	= 1ULL,
	.max	= SLB_RELAY_TIMEOUT_MAX,
};

static const struct netlink_range_validation slb_relay_a_setting_dead_after_range = {
	.max	= SLB_RELAY_DEAD_AFTER_MAX,
};

static const struct netlink_range_validation slb_relay_a_setting_reset_rate_range = {
	.max	= 1000000ULL,
};

static const struct netlink_range_validation slb_relay_a_setting_settle_after_range = {
	.max	= SLB_RELAY_SETTLE_AFTER_MAX,
};

static const struct netlink_range_validation slb_relay_a_setting_icmp_rate_range = {
	.max	= 1000000ULL,
};

/* SLB_RELAY_CMD_VIP_GET - do */
static const struct nla_policy slb_relay_vip_get_nl_policy[SLB_RELAY_A_VIP_PORT_LAST + 1] = {
	[SLB_RELAY_A_VIP_PROTO] = { .type = NLA_U8, },
	[SLB_RELAY_A_VIP_ADDR] = { .type = NLA_BINARY, },
	[SLB_RELAY_A_VIP_PORT_FIRST] = { .type = NLA_U16, },
	[SLB_RELAY_A_VIP_PORT_LAST] = { .type = NLA_U16, },
};

/* SLB_RELAY_CMD_VIP_ADD - do */
static const struct nla_policy slb_relay_vip_add_nl_policy[SLB_RELAY_A_VIP_PORT_LAST + 1] = {
	[SLB_RELAY_A_VIP_PROTO] = { .type = NLA_U8, },
	[SLB_RELAY_A_VIP_ADDR] = { .type = NLA_BINARY, },
	[SLB_RELAY_A_VIP_PORT_FIRST] = { .type = NLA_U16, },
	[SLB_RELAY_A_VIP_PORT_LAST] = { .type = NLA_U16, },
};

/* SLB_RELAY_CMD_VIP_DEL - do */
static const struct nla_policy slb_relay_vip_del_nl_policy[SLB_RELAY_A_VIP_PORT_LAST + 1] = {
	[SLB_RELAY_A_VIP_PROTO] = { .type = NLA_U8, },
	[SLB_RELAY_A_VIP_ADDR] = { .type = NLA_BINARY, },
	[SLB_RELAY_A_VIP_PORT_FIRST] = { .type = NLA_U16, },
	[SLB_RELAY_A_VIP_PORT_LAST] = { .type = NLA_U16, },
};

/* SLB_RELAY_CMD_BALANCER_GET - do */
static const struct nla_policy slb_relay_balancer_get_nl_policy[SLB_RELAY_A_BALANCER_NAME + 1] = {
	[SLB_RELAY_A_BALANCER_NAME] = { .type = NLA_NUL_STRING, .len = SLB_RELAY_NAME_LEN, },
};

/* SLB_RELAY_CMD_BALANCER_ADD - do */
static const struct nla_policy slb_relay_balancer_add_nl_policy[SLB_RELAY_A_BALANCER_HEIR + 1] = {
	[SLB_RELAY_A_BALANCER_NAME] = { .type = NLA_NUL_STRING, .len = SLB_RELAY_NAME_LEN, },
	[SLB_RELAY_A_BALANCER_WEIGHT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_relay_a_balancer_weight_range),
	[SLB_RELAY_A_BALANCER_HEIR] = { .type = NLA_NUL_STRING, .len = SLB_RELAY_NAME_LEN, },
};

/* SLB_RELAY_CMD_BALANCER_SET - do */
static const struct nla_policy slb_relay_balancer_set_nl_policy[SLB_RELAY_A_BALANCER_HEIR + 1] = {
	[SLB_RELAY_A_BALANCER_NAME] = { .type = NLA_NUL_STRING, .len = SLB_RELAY_NAME_LEN, },
	[SLB_RELAY_A_BALANCER_WEIGHT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_relay_a_balancer_weight_range),
	[SLB_RELAY_A_BALANCER_NEW_NAME] = { .type = NLA_NUL_STRING, .len = SLB_RELAY_NAME_LEN, },
	[SLB_RELAY_A_BALANCER_HEIR] = { .type = NLA_NUL_STRING, .len = SLB_RELAY_NAME_LEN, },
};

/* SLB_RELAY_CMD_BALANCER_DEL - do */
static const struct nla_policy slb_relay_balancer_del_nl_policy[SLB_RELAY_A_BALANCER_NAME + 1] = {
	[SLB_RELAY_A_BALANCER_NAME] = { .type = NLA_NUL_STRING, .len = SLB_RELAY_NAME_LEN, },
};

/* SLB_RELAY_CMD_LINK_GET - do */
static const struct nla_policy slb_relay_link_get_nl_policy[SLB_RELAY_A_LINK_NAME + 1] = {
	[SLB_RELAY_A_LINK_BALANCER] = { .type = NLA_NUL_STRING, .len = SLB_RELAY_NAME_LEN, },
	[SLB_RELAY_A_LINK_NAME] = { .type = NLA_NUL_STRING, .len = SLB_RELAY_NAME_LEN, },
};

/* SLB_RELAY_CMD_LINK_ADD - do */
static const struct nla_policy slb_relay_link_add_nl_policy[SLB_RELAY_A_LINK_XDP + 1] = {
	[SLB_RELAY_A_LINK_BALANCER] = { .type = NLA_NUL_STRING, .len = SLB_RELAY_NAME_LEN, },
	[SLB_RELAY_A_LINK_NAME] = { .type = NLA_NUL_STRING, .len = SLB_RELAY_NAME_LEN, },
	[SLB_RELAY_A_LINK_DEV] = { .type = NLA_NUL_STRING, .len = SLB_RELAY_DEV_LEN, },
	[SLB_RELAY_A_LINK_VIA4] = NLA_POLICY_EXACT_LEN(4),
	[SLB_RELAY_A_LINK_RETURN4_FIRST] = NLA_POLICY_EXACT_LEN(4),
	[SLB_RELAY_A_LINK_RETURN4_LAST] = NLA_POLICY_EXACT_LEN(4),
	[SLB_RELAY_A_LINK_VIA6] = NLA_POLICY_EXACT_LEN(16),
	[SLB_RELAY_A_LINK_RETURN6_FIRST] = NLA_POLICY_EXACT_LEN(16),
	[SLB_RELAY_A_LINK_RETURN6_LAST] = NLA_POLICY_EXACT_LEN(16),
	[SLB_RELAY_A_LINK_WEIGHT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_relay_a_link_weight_range),
	[SLB_RELAY_A_LINK_INTERVAL] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_relay_a_link_interval_range),
	[SLB_RELAY_A_LINK_MISSES] = NLA_POLICY_RANGE(NLA_U32, 1, SLB_RELAY_PROBES_MAX),
	[SLB_RELAY_A_LINK_RECOVER] = NLA_POLICY_RANGE(NLA_U32, 1, SLB_RELAY_PROBES_MAX),
	[SLB_RELAY_A_LINK_HOLD] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_relay_a_link_hold_range),
	[SLB_RELAY_A_LINK_SHARED] = NLA_POLICY_MAX(NLA_U8, 1),
	[SLB_RELAY_A_LINK_XDP] = NLA_POLICY_MAX(NLA_U8, 1),
};

/* SLB_RELAY_CMD_LINK_SET - do */
static const struct nla_policy slb_relay_link_set_nl_policy[SLB_RELAY_A_LINK_XDP + 1] = {
	[SLB_RELAY_A_LINK_BALANCER] = { .type = NLA_NUL_STRING, .len = SLB_RELAY_NAME_LEN, },
	[SLB_RELAY_A_LINK_NAME] = { .type = NLA_NUL_STRING, .len = SLB_RELAY_NAME_LEN, },
	[SLB_RELAY_A_LINK_DEV] = { .type = NLA_NUL_STRING, .len = SLB_RELAY_DEV_LEN, },
	[SLB_RELAY_A_LINK_VIA4] = NLA_POLICY_EXACT_LEN(4),
	[SLB_RELAY_A_LINK_RETURN4_FIRST] = NLA_POLICY_EXACT_LEN(4),
	[SLB_RELAY_A_LINK_RETURN4_LAST] = NLA_POLICY_EXACT_LEN(4),
	[SLB_RELAY_A_LINK_VIA6] = NLA_POLICY_EXACT_LEN(16),
	[SLB_RELAY_A_LINK_RETURN6_FIRST] = NLA_POLICY_EXACT_LEN(16),
	[SLB_RELAY_A_LINK_RETURN6_LAST] = NLA_POLICY_EXACT_LEN(16),
	[SLB_RELAY_A_LINK_WEIGHT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_relay_a_link_weight_range),
	[SLB_RELAY_A_LINK_INTERVAL] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_relay_a_link_interval_range),
	[SLB_RELAY_A_LINK_MISSES] = NLA_POLICY_RANGE(NLA_U32, 1, SLB_RELAY_PROBES_MAX),
	[SLB_RELAY_A_LINK_RECOVER] = NLA_POLICY_RANGE(NLA_U32, 1, SLB_RELAY_PROBES_MAX),
	[SLB_RELAY_A_LINK_HOLD] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_relay_a_link_hold_range),
	[SLB_RELAY_A_LINK_SHARED] = NLA_POLICY_MAX(NLA_U8, 1),
	[SLB_RELAY_A_LINK_NEW_NAME] = { .type = NLA_NUL_STRING, .len = SLB_RELAY_NAME_LEN, },
	[SLB_RELAY_A_LINK_XDP] = NLA_POLICY_MAX(NLA_U8, 1),
};

/* SLB_RELAY_CMD_LINK_DEL - do */
static const struct nla_policy slb_relay_link_del_nl_policy[SLB_RELAY_A_LINK_NAME + 1] = {
	[SLB_RELAY_A_LINK_BALANCER] = { .type = NLA_NUL_STRING, .len = SLB_RELAY_NAME_LEN, },
	[SLB_RELAY_A_LINK_NAME] = { .type = NLA_NUL_STRING, .len = SLB_RELAY_NAME_LEN, },
};

/* SLB_RELAY_CMD_FLOW_GET - do */
static const struct nla_policy slb_relay_flow_get_do_nl_policy[SLB_RELAY_A_FLOW_VIP_PORT + 1] = {
	[SLB_RELAY_A_FLOW_PROTO] = { .type = NLA_U8, },
	[SLB_RELAY_A_FLOW_CLIENT] = { .type = NLA_BINARY, },
	[SLB_RELAY_A_FLOW_CLIENT_PORT] = { .type = NLA_U16, },
	[SLB_RELAY_A_FLOW_VIP] = { .type = NLA_BINARY, },
	[SLB_RELAY_A_FLOW_VIP_PORT] = { .type = NLA_U16, },
};

/* SLB_RELAY_CMD_FLOW_GET - dump */
static const struct nla_policy slb_relay_flow_get_dump_nl_policy[SLB_RELAY_A_FLOW_EXCEPTION + 1] = {
	[SLB_RELAY_A_FLOW_PROTO] = { .type = NLA_U8, },
	[SLB_RELAY_A_FLOW_CLIENT] = { .type = NLA_BINARY, },
	[SLB_RELAY_A_FLOW_CLIENT_PORT] = { .type = NLA_U16, },
	[SLB_RELAY_A_FLOW_VIP] = { .type = NLA_BINARY, },
	[SLB_RELAY_A_FLOW_VIP_PORT] = { .type = NLA_U16, },
	[SLB_RELAY_A_FLOW_BALANCER] = { .type = NLA_NUL_STRING, .len = SLB_RELAY_NAME_LEN, },
	[SLB_RELAY_A_FLOW_LINK] = { .type = NLA_NUL_STRING, .len = SLB_RELAY_NAME_LEN, },
	[SLB_RELAY_A_FLOW_STATE] = NLA_POLICY_MAX(NLA_U32, 7),
	[SLB_RELAY_A_FLOW_EXCEPTION] = NLA_POLICY_MAX(NLA_U8, 1),
};

/* SLB_RELAY_CMD_SETTING_SET - do */
static const struct nla_policy slb_relay_setting_set_nl_policy[SLB_RELAY_A_SETTING_ANNOUNCE + 1] = {
	[SLB_RELAY_A_SETTING_HASH_KEY] = NLA_POLICY_EXACT_LEN(16),
	[SLB_RELAY_A_SETTING_FLOW_LIMIT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_relay_a_setting_flow_limit_range),
	[SLB_RELAY_A_SETTING_DEAD_RESET] = NLA_POLICY_MAX(NLA_U8, 1),
	[SLB_RELAY_A_SETTING_TCP_SYN_TIMEOUT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_relay_a_setting_tcp_syn_timeout_range),
	[SLB_RELAY_A_SETTING_TCP_ESTABLISHED_TIMEOUT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_relay_a_setting_tcp_established_timeout_range),
	[SLB_RELAY_A_SETTING_TCP_FIN_TIMEOUT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_relay_a_setting_tcp_fin_timeout_range),
	[SLB_RELAY_A_SETTING_UDP_NEW_TIMEOUT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_relay_a_setting_udp_new_timeout_range),
	[SLB_RELAY_A_SETTING_UDP_TIMEOUT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_relay_a_setting_udp_timeout_range),
	[SLB_RELAY_A_SETTING_SCTP_INIT_TIMEOUT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_relay_a_setting_sctp_init_timeout_range),
	[SLB_RELAY_A_SETTING_SCTP_ESTABLISHED_TIMEOUT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_relay_a_setting_sctp_established_timeout_range),
	[SLB_RELAY_A_SETTING_SCTP_SHUTDOWN_TIMEOUT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_relay_a_setting_sctp_shutdown_timeout_range),
	[SLB_RELAY_A_SETTING_FAST_PATH] = NLA_POLICY_MAX(NLA_U8, 1),
	[SLB_RELAY_A_SETTING_DEAD_AFTER] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_relay_a_setting_dead_after_range),
	[SLB_RELAY_A_SETTING_RESET_RATE] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_relay_a_setting_reset_rate_range),
	[SLB_RELAY_A_SETTING_UNMATCHED] = NLA_POLICY_MAX(NLA_U8, 2),
	[SLB_RELAY_A_SETTING_SETTLE_AFTER] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_relay_a_setting_settle_after_range),
	[SLB_RELAY_A_SETTING_ICMP_RATE] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_relay_a_setting_icmp_rate_range),
	[SLB_RELAY_A_SETTING_ANNOUNCE] = NLA_POLICY_MAX(NLA_U8, 1),
};

/* SLB_RELAY_CMD_FLOW_FLUSH - do */
static const struct nla_policy slb_relay_flow_flush_nl_policy[SLB_RELAY_A_FLOW_EXCEPTION + 1] = {
	[SLB_RELAY_A_FLOW_PROTO] = { .type = NLA_U8, },
	[SLB_RELAY_A_FLOW_CLIENT] = { .type = NLA_BINARY, },
	[SLB_RELAY_A_FLOW_CLIENT_PORT] = { .type = NLA_U16, },
	[SLB_RELAY_A_FLOW_VIP] = { .type = NLA_BINARY, },
	[SLB_RELAY_A_FLOW_VIP_PORT] = { .type = NLA_U16, },
	[SLB_RELAY_A_FLOW_BALANCER] = { .type = NLA_NUL_STRING, .len = SLB_RELAY_NAME_LEN, },
	[SLB_RELAY_A_FLOW_LINK] = { .type = NLA_NUL_STRING, .len = SLB_RELAY_NAME_LEN, },
	[SLB_RELAY_A_FLOW_STATE] = NLA_POLICY_MAX(NLA_U32, 7),
	[SLB_RELAY_A_FLOW_EXCEPTION] = NLA_POLICY_MAX(NLA_U8, 1),
};

/* SLB_RELAY_CMD_TXN_STAGE - do */
static const struct nla_policy slb_relay_txn_stage_nl_policy[SLB_RELAY_A_TXN_UNDO_REQUEST + 1] = {
	[SLB_RELAY_A_TXN_OP] = { .type = NLA_U8, },
	[SLB_RELAY_A_TXN_REQUEST] = { .type = NLA_NESTED, },
	[SLB_RELAY_A_TXN_UNDO_OP] = { .type = NLA_U8, },
	[SLB_RELAY_A_TXN_UNDO_REQUEST] = { .type = NLA_NESTED, },
};

/* SLB_RELAY_CMD_TXN_COMMIT - do */
static const struct nla_policy slb_relay_txn_commit_nl_policy[SLB_RELAY_A_TXN_GENERATION + 1] = {
	[SLB_RELAY_A_TXN_GENERATION] = { .type = NLA_U32, },
};

/* SLB_RELAY_CMD_TRACE_START - do */
static const struct nla_policy slb_relay_trace_start_nl_policy[SLB_RELAY_A_TRACE_ANY + 1] = {
	[SLB_RELAY_A_TRACE_PROTO] = { .type = NLA_U8, },
	[SLB_RELAY_A_TRACE_CLIENT] = { .type = NLA_BINARY, },
	[SLB_RELAY_A_TRACE_CLIENT_PREFIX] = NLA_POLICY_MAX(NLA_U8, 128),
	[SLB_RELAY_A_TRACE_CLIENT_PORT] = { .type = NLA_U16, },
	[SLB_RELAY_A_TRACE_VIP] = { .type = NLA_BINARY, },
	[SLB_RELAY_A_TRACE_VIP_PORT] = { .type = NLA_U16, },
	[SLB_RELAY_A_TRACE_SERVER] = { .type = NLA_BINARY, },
	[SLB_RELAY_A_TRACE_SERVER_PORT] = { .type = NLA_U16, },
	[SLB_RELAY_A_TRACE_REASON] = { .type = NLA_NUL_STRING, .len = SLB_RELAY_NAME_LEN, },
	[SLB_RELAY_A_TRACE_ANY] = NLA_POLICY_MAX(NLA_U8, 1),
};

/* SLB_RELAY_CMD_FLOW_ADD - do */
static const struct nla_policy slb_relay_flow_add_nl_policy[SLB_RELAY_A_FLOW_IDLE + 1] = {
	[SLB_RELAY_A_FLOW_PROTO] = { .type = NLA_U8, },
	[SLB_RELAY_A_FLOW_CLIENT] = { .type = NLA_BINARY, },
	[SLB_RELAY_A_FLOW_CLIENT_PORT] = { .type = NLA_U16, },
	[SLB_RELAY_A_FLOW_VIP] = { .type = NLA_BINARY, },
	[SLB_RELAY_A_FLOW_VIP_PORT] = { .type = NLA_U16, },
	[SLB_RELAY_A_FLOW_BALANCER] = { .type = NLA_NUL_STRING, .len = SLB_RELAY_NAME_LEN, },
	[SLB_RELAY_A_FLOW_STATE] = NLA_POLICY_MAX(NLA_U32, 7),
	[SLB_RELAY_A_FLOW_IDLE] = { .type = NLA_U32, },
};

/* SLB_RELAY_CMD_DEVICE_GET - do */
static const struct nla_policy slb_relay_device_get_nl_policy[SLB_RELAY_A_DEVICE_DEV + 1] = {
	[SLB_RELAY_A_DEVICE_DEV] = { .type = NLA_NUL_STRING, .len = SLB_RELAY_DEV_LEN, },
};

/* SLB_RELAY_CMD_DEVICE_ADD - do */
static const struct nla_policy slb_relay_device_add_nl_policy[SLB_RELAY_A_DEVICE_XDP + 1] = {
	[SLB_RELAY_A_DEVICE_DEV] = { .type = NLA_NUL_STRING, .len = SLB_RELAY_DEV_LEN, },
	[SLB_RELAY_A_DEVICE_XDP] = NLA_POLICY_MAX(NLA_U8, 1),
};

/* SLB_RELAY_CMD_DEVICE_SET - do */
static const struct nla_policy slb_relay_device_set_nl_policy[SLB_RELAY_A_DEVICE_XDP + 1] = {
	[SLB_RELAY_A_DEVICE_DEV] = { .type = NLA_NUL_STRING, .len = SLB_RELAY_DEV_LEN, },
	[SLB_RELAY_A_DEVICE_XDP] = NLA_POLICY_MAX(NLA_U8, 1),
};

/* SLB_RELAY_CMD_DEVICE_DEL - do */
static const struct nla_policy slb_relay_device_del_nl_policy[SLB_RELAY_A_DEVICE_DEV + 1] = {
	[SLB_RELAY_A_DEVICE_DEV] = { .type = NLA_NUL_STRING, .len = SLB_RELAY_DEV_LEN, },
};

/* Ops table for slb_relay */
static const struct genl_split_ops slb_relay_nl_ops[] = {
	{
		.cmd		= SLB_RELAY_CMD_VIP_GET,
		.pre_doit	= slb_relay_nl_check,
		.doit		= slb_relay_nl_vip_get_doit,
		.policy		= slb_relay_vip_get_nl_policy,
		.maxattr	= SLB_RELAY_A_VIP_PORT_LAST,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd	= SLB_RELAY_CMD_VIP_GET,
		.dumpit	= slb_relay_nl_vip_get_dumpit,
		.flags	= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= SLB_RELAY_CMD_VIP_ADD,
		.pre_doit	= slb_relay_nl_change_begin,
		.doit		= slb_relay_nl_vip_add_doit,
		.post_doit	= slb_relay_nl_change_end,
		.policy		= slb_relay_vip_add_nl_policy,
		.maxattr	= SLB_RELAY_A_VIP_PORT_LAST,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SLB_RELAY_CMD_VIP_DEL,
		.pre_doit	= slb_relay_nl_change_begin,
		.doit		= slb_relay_nl_vip_del_doit,
		.post_doit	= slb_relay_nl_change_end,
		.policy		= slb_relay_vip_del_nl_policy,
		.maxattr	= SLB_RELAY_A_VIP_PORT_LAST,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SLB_RELAY_CMD_VIP_FLUSH,
		.pre_doit	= slb_relay_nl_change_begin,
		.doit		= slb_relay_nl_vip_flush_doit,
		.post_doit	= slb_relay_nl_change_end,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SLB_RELAY_CMD_BALANCER_GET,
		.pre_doit	= slb_relay_nl_check,
		.doit		= slb_relay_nl_balancer_get_doit,
		.policy		= slb_relay_balancer_get_nl_policy,
		.maxattr	= SLB_RELAY_A_BALANCER_NAME,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd	= SLB_RELAY_CMD_BALANCER_GET,
		.dumpit	= slb_relay_nl_balancer_get_dumpit,
		.flags	= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= SLB_RELAY_CMD_BALANCER_ADD,
		.pre_doit	= slb_relay_nl_change_begin,
		.doit		= slb_relay_nl_balancer_add_doit,
		.post_doit	= slb_relay_nl_change_end,
		.policy		= slb_relay_balancer_add_nl_policy,
		.maxattr	= SLB_RELAY_A_BALANCER_HEIR,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SLB_RELAY_CMD_BALANCER_SET,
		.pre_doit	= slb_relay_nl_change_begin,
		.doit		= slb_relay_nl_balancer_set_doit,
		.post_doit	= slb_relay_nl_change_end,
		.policy		= slb_relay_balancer_set_nl_policy,
		.maxattr	= SLB_RELAY_A_BALANCER_HEIR,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SLB_RELAY_CMD_BALANCER_DEL,
		.pre_doit	= slb_relay_nl_change_begin,
		.doit		= slb_relay_nl_balancer_del_doit,
		.post_doit	= slb_relay_nl_change_end,
		.policy		= slb_relay_balancer_del_nl_policy,
		.maxattr	= SLB_RELAY_A_BALANCER_NAME,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SLB_RELAY_CMD_BALANCER_FLUSH,
		.pre_doit	= slb_relay_nl_change_begin,
		.doit		= slb_relay_nl_balancer_flush_doit,
		.post_doit	= slb_relay_nl_change_end,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SLB_RELAY_CMD_LINK_GET,
		.pre_doit	= slb_relay_nl_check,
		.doit		= slb_relay_nl_link_get_doit,
		.policy		= slb_relay_link_get_nl_policy,
		.maxattr	= SLB_RELAY_A_LINK_NAME,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd	= SLB_RELAY_CMD_LINK_GET,
		.dumpit	= slb_relay_nl_link_get_dumpit,
		.flags	= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= SLB_RELAY_CMD_LINK_ADD,
		.pre_doit	= slb_relay_nl_change_begin,
		.doit		= slb_relay_nl_link_add_doit,
		.post_doit	= slb_relay_nl_change_end,
		.policy		= slb_relay_link_add_nl_policy,
		.maxattr	= SLB_RELAY_A_LINK_XDP,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SLB_RELAY_CMD_LINK_SET,
		.pre_doit	= slb_relay_nl_change_begin,
		.doit		= slb_relay_nl_link_set_doit,
		.post_doit	= slb_relay_nl_change_end,
		.policy		= slb_relay_link_set_nl_policy,
		.maxattr	= SLB_RELAY_A_LINK_XDP,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SLB_RELAY_CMD_LINK_DEL,
		.pre_doit	= slb_relay_nl_change_begin,
		.doit		= slb_relay_nl_link_del_doit,
		.post_doit	= slb_relay_nl_change_end,
		.policy		= slb_relay_link_del_nl_policy,
		.maxattr	= SLB_RELAY_A_LINK_NAME,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SLB_RELAY_CMD_LINK_FLUSH,
		.pre_doit	= slb_relay_nl_change_begin,
		.doit		= slb_relay_nl_link_flush_doit,
		.post_doit	= slb_relay_nl_change_end,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SLB_RELAY_CMD_FLOW_GET,
		.pre_doit	= slb_relay_nl_check,
		.doit		= slb_relay_nl_flow_get_doit,
		.policy		= slb_relay_flow_get_do_nl_policy,
		.maxattr	= SLB_RELAY_A_FLOW_VIP_PORT,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SLB_RELAY_CMD_FLOW_GET,
		.start		= slb_relay_nl_flow_get_start,
		.dumpit		= slb_relay_nl_flow_get_dumpit,
		.done		= slb_relay_nl_flow_get_done,
		.policy		= slb_relay_flow_get_dump_nl_policy,
		.maxattr	= SLB_RELAY_A_FLOW_EXCEPTION,
		.flags		= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= SLB_RELAY_CMD_SETTING_SET,
		.pre_doit	= slb_relay_nl_change_begin,
		.doit		= slb_relay_nl_setting_set_doit,
		.post_doit	= slb_relay_nl_change_end,
		.policy		= slb_relay_setting_set_nl_policy,
		.maxattr	= SLB_RELAY_A_SETTING_ANNOUNCE,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd	= SLB_RELAY_CMD_STATUS_GET,
		.doit	= slb_relay_nl_status_get_doit,
		.flags	= GENL_CMD_CAP_DO,
	},
	{
		.cmd	= SLB_RELAY_CMD_DROP_GET,
		.dumpit	= slb_relay_nl_drop_get_dumpit,
		.flags	= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= SLB_RELAY_CMD_FLOW_FLUSH,
		.pre_doit	= slb_relay_nl_check,
		.doit		= slb_relay_nl_flow_flush_doit,
		.policy		= slb_relay_flow_flush_nl_policy,
		.maxattr	= SLB_RELAY_A_FLOW_EXCEPTION,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd	= SLB_RELAY_CMD_SETTING_GET,
		.doit	= slb_relay_nl_setting_get_doit,
		.flags	= GENL_CMD_CAP_DO,
	},
	{
		.cmd	= SLB_RELAY_CMD_TXN_BEGIN,
		.doit	= slb_relay_nl_txn_begin_doit,
		.flags	= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SLB_RELAY_CMD_TXN_STAGE,
		.pre_doit	= slb_relay_nl_check,
		.doit		= slb_relay_nl_txn_stage_doit,
		.policy		= slb_relay_txn_stage_nl_policy,
		.maxattr	= SLB_RELAY_A_TXN_UNDO_REQUEST,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SLB_RELAY_CMD_TXN_COMMIT,
		.pre_doit	= slb_relay_nl_check,
		.doit		= slb_relay_nl_txn_commit_doit,
		.policy		= slb_relay_txn_commit_nl_policy,
		.maxattr	= SLB_RELAY_A_TXN_GENERATION,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd	= SLB_RELAY_CMD_TXN_GET,
		.doit	= slb_relay_nl_txn_get_doit,
		.flags	= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd	= SLB_RELAY_CMD_KEY_GET,
		.doit	= slb_relay_nl_key_get_doit,
		.flags	= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SLB_RELAY_CMD_TRACE_START,
		.pre_doit	= slb_relay_nl_check,
		.doit		= slb_relay_nl_trace_start_doit,
		.policy		= slb_relay_trace_start_nl_policy,
		.maxattr	= SLB_RELAY_A_TRACE_ANY,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd	= SLB_RELAY_CMD_TRACE_STOP,
		.doit	= slb_relay_nl_trace_stop_doit,
		.flags	= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd	= SLB_RELAY_CMD_VIP_DROP_GET,
		.dumpit	= slb_relay_nl_vip_drop_get_dumpit,
		.flags	= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= SLB_RELAY_CMD_FLOW_ADD,
		.pre_doit	= slb_relay_nl_check,
		.doit		= slb_relay_nl_flow_add_doit,
		.policy		= slb_relay_flow_add_nl_policy,
		.maxattr	= SLB_RELAY_A_FLOW_IDLE,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SLB_RELAY_CMD_DEVICE_GET,
		.pre_doit	= slb_relay_nl_check,
		.doit		= slb_relay_nl_device_get_doit,
		.policy		= slb_relay_device_get_nl_policy,
		.maxattr	= SLB_RELAY_A_DEVICE_DEV,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd	= SLB_RELAY_CMD_DEVICE_GET,
		.dumpit	= slb_relay_nl_device_get_dumpit,
		.flags	= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= SLB_RELAY_CMD_DEVICE_ADD,
		.pre_doit	= slb_relay_nl_change_begin,
		.doit		= slb_relay_nl_device_add_doit,
		.post_doit	= slb_relay_nl_change_end,
		.policy		= slb_relay_device_add_nl_policy,
		.maxattr	= SLB_RELAY_A_DEVICE_XDP,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SLB_RELAY_CMD_DEVICE_SET,
		.pre_doit	= slb_relay_nl_change_begin,
		.doit		= slb_relay_nl_device_set_doit,
		.post_doit	= slb_relay_nl_change_end,
		.policy		= slb_relay_device_set_nl_policy,
		.maxattr	= SLB_RELAY_A_DEVICE_XDP,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SLB_RELAY_CMD_DEVICE_DEL,
		.pre_doit	= slb_relay_nl_change_begin,
		.doit		= slb_relay_nl_device_del_doit,
		.post_doit	= slb_relay_nl_change_end,
		.policy		= slb_relay_device_del_nl_policy,
		.maxattr	= SLB_RELAY_A_DEVICE_DEV,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SLB_RELAY_CMD_DEVICE_FLUSH,
		.pre_doit	= slb_relay_nl_change_begin,
		.doit		= slb_relay_nl_device_flush_doit,
		.post_doit	= slb_relay_nl_change_end,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
};

/* The same for kernels before 6.2 */
SLB_GENL_COMPAT(slb_relay_nl_ops)
SLB_GENL_FIRST(slb_relay_nl_flow_get)
static const struct genl_ops slb_relay_nl_whole_ops[] __maybe_unused = {
	{
		.cmd		= SLB_RELAY_CMD_VIP_GET,
		.doit		= slb_relay_nl_vip_get_doit,
		.policy		= slb_relay_vip_get_nl_policy,
		.maxattr	= SLB_RELAY_A_VIP_PORT_LAST,
		.dumpit		= slb_relay_nl_vip_get_dumpit,
	},
	{
		.cmd		= SLB_RELAY_CMD_VIP_ADD,
		.doit		= slb_relay_nl_vip_add_doit,
		.policy		= slb_relay_vip_add_nl_policy,
		.maxattr	= SLB_RELAY_A_VIP_PORT_LAST,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLB_RELAY_CMD_VIP_DEL,
		.doit		= slb_relay_nl_vip_del_doit,
		.policy		= slb_relay_vip_del_nl_policy,
		.maxattr	= SLB_RELAY_A_VIP_PORT_LAST,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLB_RELAY_CMD_VIP_FLUSH,
		.doit		= slb_relay_nl_vip_flush_doit,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLB_RELAY_CMD_BALANCER_GET,
		.doit		= slb_relay_nl_balancer_get_doit,
		.policy		= slb_relay_balancer_get_nl_policy,
		.maxattr	= SLB_RELAY_A_BALANCER_NAME,
		.dumpit		= slb_relay_nl_balancer_get_dumpit,
	},
	{
		.cmd		= SLB_RELAY_CMD_BALANCER_ADD,
		.doit		= slb_relay_nl_balancer_add_doit,
		.policy		= slb_relay_balancer_add_nl_policy,
		.maxattr	= SLB_RELAY_A_BALANCER_HEIR,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLB_RELAY_CMD_BALANCER_SET,
		.doit		= slb_relay_nl_balancer_set_doit,
		.policy		= slb_relay_balancer_set_nl_policy,
		.maxattr	= SLB_RELAY_A_BALANCER_HEIR,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLB_RELAY_CMD_BALANCER_DEL,
		.doit		= slb_relay_nl_balancer_del_doit,
		.policy		= slb_relay_balancer_del_nl_policy,
		.maxattr	= SLB_RELAY_A_BALANCER_NAME,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLB_RELAY_CMD_BALANCER_FLUSH,
		.doit		= slb_relay_nl_balancer_flush_doit,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLB_RELAY_CMD_LINK_GET,
		.doit		= slb_relay_nl_link_get_doit,
		.policy		= slb_relay_link_get_nl_policy,
		.maxattr	= SLB_RELAY_A_LINK_NAME,
		.dumpit		= slb_relay_nl_link_get_dumpit,
	},
	{
		.cmd		= SLB_RELAY_CMD_LINK_ADD,
		.doit		= slb_relay_nl_link_add_doit,
		.policy		= slb_relay_link_add_nl_policy,
		.maxattr	= SLB_RELAY_A_LINK_XDP,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLB_RELAY_CMD_LINK_SET,
		.doit		= slb_relay_nl_link_set_doit,
		.policy		= slb_relay_link_set_nl_policy,
		.maxattr	= SLB_RELAY_A_LINK_XDP,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLB_RELAY_CMD_LINK_DEL,
		.doit		= slb_relay_nl_link_del_doit,
		.policy		= slb_relay_link_del_nl_policy,
		.maxattr	= SLB_RELAY_A_LINK_NAME,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLB_RELAY_CMD_LINK_FLUSH,
		.doit		= slb_relay_nl_link_flush_doit,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLB_RELAY_CMD_FLOW_GET,
		.doit		= slb_relay_nl_flow_get_doit,
		.policy		= slb_relay_flow_get_dump_nl_policy,
		.maxattr	= SLB_RELAY_A_FLOW_EXCEPTION,
		.dumpit		= slb_relay_nl_flow_get_first,
		.done		= slb_relay_nl_flow_get_done,
	},
	{
		.cmd		= SLB_RELAY_CMD_SETTING_SET,
		.doit		= slb_relay_nl_setting_set_doit,
		.policy		= slb_relay_setting_set_nl_policy,
		.maxattr	= SLB_RELAY_A_SETTING_ANNOUNCE,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLB_RELAY_CMD_STATUS_GET,
		.doit		= slb_relay_nl_status_get_doit,
	},
	{
		.cmd		= SLB_RELAY_CMD_DROP_GET,
		.dumpit		= slb_relay_nl_drop_get_dumpit,
	},
	{
		.cmd		= SLB_RELAY_CMD_FLOW_FLUSH,
		.doit		= slb_relay_nl_flow_flush_doit,
		.policy		= slb_relay_flow_flush_nl_policy,
		.maxattr	= SLB_RELAY_A_FLOW_EXCEPTION,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLB_RELAY_CMD_SETTING_GET,
		.doit		= slb_relay_nl_setting_get_doit,
	},
	{
		.cmd		= SLB_RELAY_CMD_TXN_BEGIN,
		.doit		= slb_relay_nl_txn_begin_doit,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLB_RELAY_CMD_TXN_STAGE,
		.doit		= slb_relay_nl_txn_stage_doit,
		.policy		= slb_relay_txn_stage_nl_policy,
		.maxattr	= SLB_RELAY_A_TXN_UNDO_REQUEST,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLB_RELAY_CMD_TXN_COMMIT,
		.doit		= slb_relay_nl_txn_commit_doit,
		.policy		= slb_relay_txn_commit_nl_policy,
		.maxattr	= SLB_RELAY_A_TXN_GENERATION,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLB_RELAY_CMD_TXN_GET,
		.doit		= slb_relay_nl_txn_get_doit,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLB_RELAY_CMD_KEY_GET,
		.doit		= slb_relay_nl_key_get_doit,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLB_RELAY_CMD_TRACE_START,
		.doit		= slb_relay_nl_trace_start_doit,
		.policy		= slb_relay_trace_start_nl_policy,
		.maxattr	= SLB_RELAY_A_TRACE_ANY,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLB_RELAY_CMD_TRACE_STOP,
		.doit		= slb_relay_nl_trace_stop_doit,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLB_RELAY_CMD_VIP_DROP_GET,
		.dumpit		= slb_relay_nl_vip_drop_get_dumpit,
	},
	{
		.cmd		= SLB_RELAY_CMD_FLOW_ADD,
		.doit		= slb_relay_nl_flow_add_doit,
		.policy		= slb_relay_flow_add_nl_policy,
		.maxattr	= SLB_RELAY_A_FLOW_IDLE,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLB_RELAY_CMD_DEVICE_GET,
		.doit		= slb_relay_nl_device_get_doit,
		.policy		= slb_relay_device_get_nl_policy,
		.maxattr	= SLB_RELAY_A_DEVICE_DEV,
		.dumpit		= slb_relay_nl_device_get_dumpit,
	},
	{
		.cmd		= SLB_RELAY_CMD_DEVICE_ADD,
		.doit		= slb_relay_nl_device_add_doit,
		.policy		= slb_relay_device_add_nl_policy,
		.maxattr	= SLB_RELAY_A_DEVICE_XDP,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLB_RELAY_CMD_DEVICE_SET,
		.doit		= slb_relay_nl_device_set_doit,
		.policy		= slb_relay_device_set_nl_policy,
		.maxattr	= SLB_RELAY_A_DEVICE_XDP,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLB_RELAY_CMD_DEVICE_DEL,
		.doit		= slb_relay_nl_device_del_doit,
		.policy		= slb_relay_device_del_nl_policy,
		.maxattr	= SLB_RELAY_A_DEVICE_DEV,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLB_RELAY_CMD_DEVICE_FLUSH,
		.doit		= slb_relay_nl_device_flush_doit,
		.flags		= GENL_ADMIN_PERM,
	},
};

const struct genl_split_ops *slb_module_ops(unsigned int *count)
{
	*count = ARRAY_SIZE(slb_relay_nl_ops);
	return slb_relay_nl_ops;
}

static const struct genl_multicast_group slb_relay_nl_mcgrps[] = {
	[SLB_RELAY_NLGRP_EVENTS] = { "events", },
};

struct genl_family slb_relay_nl_family __ro_after_init = {
	.name		= SLB_RELAY_FAMILY_NAME,
	.version	= SLB_RELAY_FAMILY_VERSION,
	.netnsok	= true,
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	SLB_GENL_OPS(slb_relay_nl_ops, slb_relay_nl_whole_ops),
	.mcgrps		= slb_relay_nl_mcgrps,
	.n_mcgrps	= ARRAY_SIZE(slb_relay_nl_mcgrps),
};
