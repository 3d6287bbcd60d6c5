// SPDX-License-Identifier: GPL-2.0-only
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/slb.yaml */
/* YNL-GEN kernel source */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "nl_gen.h"

#include <slb/module.h>
#include <linux/slb.h>

/* Integer value ranges */
static const struct netlink_range_validation slb_a_link_weight_range = {
	.max	= SLB_WEIGHT_MAX,
};

static const struct netlink_range_validation slb_a_link_interval_range = {
	.max	= SLB_INTERVAL_MAX,
};

static const struct netlink_range_validation slb_a_link_hold_range = {
	.max	= SLB_HOLD_MAX,
};

static const struct netlink_range_validation slb_a_group_slow_start_range = {
	.max	= SLB_SLOW_START_MAX,
};

static const struct netlink_range_validation slb_a_group_persist_range = {
	.max	= SLB_TIMEOUT_MAX,
};

static const struct netlink_range_validation slb_a_server_weight_range = {
	.max	= SLB_WEIGHT_MAX,
};

static const struct netlink_range_validation slb_a_server_deadline_range = {
	.max	= SLB_TIMEOUT_MAX,
};

static const struct netlink_range_validation slb_a_server_session_limit_range = {
	.max	= SLB_SESSION_LIMIT_MAX,
};

static const struct netlink_range_validation slb_a_vip_session_limit_range = {
	.max	= SLB_SESSION_LIMIT_MAX,
};

static const struct netlink_range_validation slb_a_vip_rate_limit_range = {
	.max	= 1000000ULL,
};

static const struct netlink_range_validation slb_a_vip_tcp_syn_timeout_range = {
	.max	= SLB_TIMEOUT_MAX,
};

static const struct netlink_range_validation slb_a_vip_tcp_established_timeout_range = {
	.max	= SLB_TIMEOUT_MAX,
};

static const struct netlink_range_validation slb_a_vip_tcp_fin_timeout_range = {
	.max	= SLB_TIMEOUT_MAX,
};

static const struct netlink_range_validation slb_a_vip_tcp_time_wait_timeout_range = {
	.max	= SLB_TIMEOUT_MAX,
};

static const struct netlink_range_validation slb_a_vip_tcp_close_timeout_range = {
	.max	= SLB_TIMEOUT_MAX,
};

static const struct netlink_range_validation slb_a_vip_udp_new_timeout_range = {
	.max	= SLB_TIMEOUT_MAX,
};

static const struct netlink_range_validation slb_a_vip_udp_timeout_range = {
	.max	= SLB_TIMEOUT_MAX,
};

static const struct netlink_range_validation slb_a_vip_sctp_init_timeout_range = {
	.max	= SLB_TIMEOUT_MAX,
};

static const struct netlink_range_validation slb_a_vip_sctp_established_timeout_range = {
	.max	= SLB_TIMEOUT_MAX,
};

static const struct netlink_range_validation slb_a_vip_sctp_shutdown_timeout_range = {
	.max	= SLB_TIMEOUT_MAX,
};

static const struct netlink_range_validation slb_a_vip_client_limit_range = {
	.max	= SLB_SESSION_LIMIT_MAX,
};

static const struct netlink_range_validation slb_a_setting_session_limit_range = {
	.min	= 1ULL,
	.max	= SLB_SESSION_LIMIT_MAX,
};

static const struct netlink_range_validation slb_a_setting_icmp_rate_range = {
	.max	= 1000000ULL,
};

static const struct netlink_range_validation slb_a_setting_tcp_syn_timeout_range = {
	.min	= 1ULL,
	.max	= SLB_TIMEOUT_MAX,
};

static const struct netlink_range_validation slb_a_setting_tcp_established_timeout_range = {
	.min	= 1ULL,
	.max	= SLB_TIMEOUT_MAX,
};

static const struct netlink_range_validation slb_a_setting_tcp_fin_timeout_range = {
	.min	= 1ULL,
	.max	= SLB_TIMEOUT_MAX,
};

static const struct netlink_range_validation slb_a_setting_tcp_time_wait_timeout_range = {
	.min	= 1ULL,
	.max	= SLB_TIMEOUT_MAX,
};

static const struct netlink_range_validation slb_a_setting_tcp_close_timeout_range = {
	.min	= 1ULL,
	.max	= SLB_TIMEOUT_MAX,
};

static const struct netlink_range_validation slb_a_setting_udp_new_timeout_range = {
	.min	= 1ULL,
	.max	= SLB_TIMEOUT_MAX,
};

static const struct netlink_range_validation slb_a_setting_udp_timeout_range = {
	.min	= 1ULL,
	.max	= SLB_TIMEOUT_MAX,
};

static const struct netlink_range_validation slb_a_setting_sctp_init_timeout_range = {
	.min	= 1ULL,
	.max	= SLB_TIMEOUT_MAX,
};

static const struct netlink_range_validation slb_a_setting_sctp_established_timeout_range = {
	.min	= 1ULL,
	.max	= SLB_TIMEOUT_MAX,
};

static const struct netlink_range_validation slb_a_setting_sctp_shutdown_timeout_range = {
	.min	= 1ULL,
	.max	= SLB_TIMEOUT_MAX,
};

static const struct netlink_range_validation slb_a_setting_reset_rate_range = {
	.max	= 1000000ULL,
};

static const struct netlink_range_validation slb_a_setting_health_ttl_range = {
	.min	= 1ULL,
	.max	= SLB_TIMEOUT_MAX,
};

static const struct netlink_range_validation slb_a_setting_sync_after_range = {
	.max	= SLB_SYNC_AFTER_MAX,
};

static const struct netlink_range_validation slb_a_setting_sync_log_range = {
	.min	= SLB_SYNC_LOG_MIN,
	.max	= SLB_SYNC_LOG_MAX,
};

static const struct netlink_range_validation slb_a_setting_persist_limit_range = {
	.max	= SLB_SESSION_LIMIT_MAX,
};

/* SLB_CMD_LINK_GET - do */
static const struct nla_policy slb_link_get_nl_policy[SLB_A_LINK_NAME + 1] = {
	[SLB_A_LINK_NAME] = { .type = NLA_NUL_STRING, .len = SLB_NAME_LEN, },
};

/* SLB_CMD_LINK_ADD - do */
static const struct nla_policy slb_link_add_nl_policy[SLB_A_LINK_XDP + 1] = {
	[SLB_A_LINK_NAME] = { .type = NLA_NUL_STRING, .len = SLB_NAME_LEN, },
	[SLB_A_LINK_DEV] = { .type = NLA_NUL_STRING, .len = SLB_DEV_LEN, },
	[SLB_A_LINK_VIA4] = NLA_POLICY_EXACT_LEN(4),
	[SLB_A_LINK_LOCAL4_FIRST] = NLA_POLICY_EXACT_LEN(4),
	[SLB_A_LINK_LOCAL4_LAST] = NLA_POLICY_EXACT_LEN(4),
	[SLB_A_LINK_VIA6] = NLA_POLICY_EXACT_LEN(16),
	[SLB_A_LINK_LOCAL6_FIRST] = NLA_POLICY_EXACT_LEN(16),
	[SLB_A_LINK_LOCAL6_LAST] = NLA_POLICY_EXACT_LEN(16),
	[SLB_A_LINK_WEIGHT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_link_weight_range),
	[SLB_A_LINK_INTERVAL] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_link_interval_range),
	[SLB_A_LINK_MISSES] = NLA_POLICY_RANGE(NLA_U32, 1, SLB_PROBES_MAX),
	[SLB_A_LINK_RECOVER] = NLA_POLICY_RANGE(NLA_U32, 1, SLB_PROBES_MAX),
	[SLB_A_LINK_HOLD] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_link_hold_range),
	[SLB_A_LINK_SHARED] = NLA_POLICY_MAX(NLA_U8, 1),
	[SLB_A_LINK_HOST4] = NLA_POLICY_EXACT_LEN(4),
	[SLB_A_LINK_HOST6] = NLA_POLICY_EXACT_LEN(16),
	[SLB_A_LINK_ADOPT4_FIRST] = NLA_POLICY_EXACT_LEN(4),
	[SLB_A_LINK_ADOPT4_LAST] = NLA_POLICY_EXACT_LEN(4),
	[SLB_A_LINK_ADOPT6_FIRST] = NLA_POLICY_EXACT_LEN(16),
	[SLB_A_LINK_ADOPT6_LAST] = NLA_POLICY_EXACT_LEN(16),
	[SLB_A_LINK_VIA4_MORE] = { .type = NLA_BINARY, },
	[SLB_A_LINK_VIA6_MORE] = { .type = NLA_BINARY, },
	[SLB_A_LINK_XDP] = NLA_POLICY_MAX(NLA_U8, 1),
};

/* SLB_CMD_LINK_SET - do */
static const struct nla_policy slb_link_set_nl_policy[SLB_A_LINK_XDP + 1] = {
	[SLB_A_LINK_NAME] = { .type = NLA_NUL_STRING, .len = SLB_NAME_LEN, },
	[SLB_A_LINK_DEV] = { .type = NLA_NUL_STRING, .len = SLB_DEV_LEN, },
	[SLB_A_LINK_VIA4] = NLA_POLICY_EXACT_LEN(4),
	[SLB_A_LINK_LOCAL4_FIRST] = NLA_POLICY_EXACT_LEN(4),
	[SLB_A_LINK_LOCAL4_LAST] = NLA_POLICY_EXACT_LEN(4),
	[SLB_A_LINK_VIA6] = NLA_POLICY_EXACT_LEN(16),
	[SLB_A_LINK_LOCAL6_FIRST] = NLA_POLICY_EXACT_LEN(16),
	[SLB_A_LINK_LOCAL6_LAST] = NLA_POLICY_EXACT_LEN(16),
	[SLB_A_LINK_WEIGHT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_link_weight_range),
	[SLB_A_LINK_INTERVAL] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_link_interval_range),
	[SLB_A_LINK_MISSES] = NLA_POLICY_RANGE(NLA_U32, 1, SLB_PROBES_MAX),
	[SLB_A_LINK_RECOVER] = NLA_POLICY_RANGE(NLA_U32, 1, SLB_PROBES_MAX),
	[SLB_A_LINK_HOLD] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_link_hold_range),
	[SLB_A_LINK_SHARED] = NLA_POLICY_MAX(NLA_U8, 1),
	[SLB_A_LINK_NEW_NAME] = { .type = NLA_NUL_STRING, .len = SLB_NAME_LEN, },
	[SLB_A_LINK_HOST4] = NLA_POLICY_EXACT_LEN(4),
	[SLB_A_LINK_HOST6] = NLA_POLICY_EXACT_LEN(16),
	[SLB_A_LINK_ADOPT4_FIRST] = NLA_POLICY_EXACT_LEN(4),
	[SLB_A_LINK_ADOPT4_LAST] = NLA_POLICY_EXACT_LEN(4),
	[SLB_A_LINK_ADOPT6_FIRST] = NLA_POLICY_EXACT_LEN(16),
	[SLB_A_LINK_ADOPT6_LAST] = NLA_POLICY_EXACT_LEN(16),
	[SLB_A_LINK_VIA4_MORE] = { .type = NLA_BINARY, },
	[SLB_A_LINK_VIA6_MORE] = { .type = NLA_BINARY, },
	[SLB_A_LINK_XDP] = NLA_POLICY_MAX(NLA_U8, 1),
};

/* SLB_CMD_LINK_DEL - do */
static const struct nla_policy slb_link_del_nl_policy[SLB_A_LINK_NAME + 1] = {
	[SLB_A_LINK_NAME] = { .type = NLA_NUL_STRING, .len = SLB_NAME_LEN, },
};

/* SLB_CMD_GROUP_GET - do */
static const struct nla_policy slb_group_get_nl_policy[SLB_A_GROUP_NAME + 1] = {
	[SLB_A_GROUP_NAME] = { .type = NLA_NUL_STRING, .len = SLB_NAME_LEN, },
};

/* SLB_CMD_GROUP_ADD - do */
static const struct nla_policy slb_group_add_nl_policy[SLB_A_GROUP_HASH_BALANCE_FACTOR + 1] = {
	[SLB_A_GROUP_NAME] = { .type = NLA_NUL_STRING, .len = SLB_NAME_LEN, },
	[SLB_A_GROUP_SCHEDULER] = { .type = NLA_NUL_STRING, .len = SLB_NAME_LEN, },
	[SLB_A_GROUP_TABLE_SIZE] = { .type = NLA_U32, },
	[SLB_A_GROUP_MIN_HEALTHY] = NLA_POLICY_MAX(NLA_U32, SLB_SERVER_MAX),
	[SLB_A_GROUP_MIN_HEALTHY_PERCENT] = NLA_POLICY_MAX(NLA_U32, 100),
	[SLB_A_GROUP_WHEN_NONE] = NLA_POLICY_MAX(NLA_U8, 1),
	[SLB_A_GROUP_TIER_MIN] = NLA_POLICY_MAX(NLA_U32, SLB_SERVER_MAX),
	[SLB_A_GROUP_TIER_MIN_PERCENT] = NLA_POLICY_MAX(NLA_U32, 100),
	[SLB_A_GROUP_SLOW_START] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_group_slow_start_range),
	[SLB_A_GROUP_CLIENT_ADDRESS] = NLA_POLICY_MAX(NLA_U8, 2),
	[SLB_A_GROUP_HASH] = NLA_POLICY_MAX(NLA_U8, 1),
	[SLB_A_GROUP_OVERFLOW] = NLA_POLICY_MAX(NLA_U8, 1),
	[SLB_A_GROUP_PERSIST] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_group_persist_range),
	[SLB_A_GROUP_PREFIX4] = NLA_POLICY_RANGE(NLA_U32, 1, 32),
	[SLB_A_GROUP_PREFIX6] = NLA_POLICY_RANGE(NLA_U32, 1, 128),
	[SLB_A_GROUP_HASH_BALANCE_FACTOR] = NLA_POLICY_MAX(NLA_U32, 1000),
};

/* SLB_CMD_GROUP_SET - do */
static const struct nla_policy slb_group_set_nl_policy[SLB_A_GROUP_HASH_BALANCE_FACTOR + 1] = {
	[SLB_A_GROUP_NAME] = { .type = NLA_NUL_STRING, .len = SLB_NAME_LEN, },
	[SLB_A_GROUP_SCHEDULER] = { .type = NLA_NUL_STRING, .len = SLB_NAME_LEN, },
	[SLB_A_GROUP_TABLE_SIZE] = { .type = NLA_U32, },
	[SLB_A_GROUP_NEW_NAME] = { .type = NLA_NUL_STRING, .len = SLB_NAME_LEN, },
	[SLB_A_GROUP_MIN_HEALTHY] = NLA_POLICY_MAX(NLA_U32, SLB_SERVER_MAX),
	[SLB_A_GROUP_MIN_HEALTHY_PERCENT] = NLA_POLICY_MAX(NLA_U32, 100),
	[SLB_A_GROUP_WHEN_NONE] = NLA_POLICY_MAX(NLA_U8, 1),
	[SLB_A_GROUP_TIER_MIN] = NLA_POLICY_MAX(NLA_U32, SLB_SERVER_MAX),
	[SLB_A_GROUP_TIER_MIN_PERCENT] = NLA_POLICY_MAX(NLA_U32, 100),
	[SLB_A_GROUP_SLOW_START] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_group_slow_start_range),
	[SLB_A_GROUP_CLIENT_ADDRESS] = NLA_POLICY_MAX(NLA_U8, 2),
	[SLB_A_GROUP_HASH] = NLA_POLICY_MAX(NLA_U8, 1),
	[SLB_A_GROUP_OVERFLOW] = NLA_POLICY_MAX(NLA_U8, 1),
	[SLB_A_GROUP_PERSIST] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_group_persist_range),
	[SLB_A_GROUP_PREFIX4] = NLA_POLICY_RANGE(NLA_U32, 1, 32),
	[SLB_A_GROUP_PREFIX6] = NLA_POLICY_RANGE(NLA_U32, 1, 128),
	[SLB_A_GROUP_HASH_BALANCE_FACTOR] = NLA_POLICY_MAX(NLA_U32, 1000),
};

/* SLB_CMD_GROUP_DEL - do */
static const struct nla_policy slb_group_del_nl_policy[SLB_A_GROUP_NAME + 1] = {
	[SLB_A_GROUP_NAME] = { .type = NLA_NUL_STRING, .len = SLB_NAME_LEN, },
};

/* SLB_CMD_SERVER_GET - do */
static const struct nla_policy slb_server_get_nl_policy[SLB_A_SERVER_PORT + 1] = {
	[SLB_A_SERVER_GROUP] = { .type = NLA_NUL_STRING, .len = SLB_NAME_LEN, },
	[SLB_A_SERVER_ADDR] = { .type = NLA_BINARY, },
	[SLB_A_SERVER_PORT] = { .type = NLA_U16, },
};

/* SLB_CMD_SERVER_ADD - do */
static const struct nla_policy slb_server_add_nl_policy[SLB_A_SERVER_SESSION_LIMIT + 1] = {
	[SLB_A_SERVER_GROUP] = { .type = NLA_NUL_STRING, .len = SLB_NAME_LEN, },
	[SLB_A_SERVER_ADDR] = { .type = NLA_BINARY, },
	[SLB_A_SERVER_PORT] = { .type = NLA_U16, },
	[SLB_A_SERVER_WEIGHT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_server_weight_range),
	[SLB_A_SERVER_STATE] = NLA_POLICY_MAX(NLA_U8, 2),
	[SLB_A_SERVER_DEADLINE] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_server_deadline_range),
	[SLB_A_SERVER_TIER] = NLA_POLICY_MAX(NLA_U32, SLB_SERVER_TIER_MAX),
	[SLB_A_SERVER_SESSION_LIMIT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_server_session_limit_range),
};

/* SLB_CMD_SERVER_SET - do */
static const struct nla_policy slb_server_set_nl_policy[SLB_A_SERVER_SESSION_LIMIT + 1] = {
	[SLB_A_SERVER_GROUP] = { .type = NLA_NUL_STRING, .len = SLB_NAME_LEN, },
	[SLB_A_SERVER_ADDR] = { .type = NLA_BINARY, },
	[SLB_A_SERVER_PORT] = { .type = NLA_U16, },
	[SLB_A_SERVER_WEIGHT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_server_weight_range),
	[SLB_A_SERVER_STATE] = NLA_POLICY_MAX(NLA_U8, 2),
	[SLB_A_SERVER_DEADLINE] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_server_deadline_range),
	[SLB_A_SERVER_TIER] = NLA_POLICY_MAX(NLA_U32, SLB_SERVER_TIER_MAX),
	[SLB_A_SERVER_SESSION_LIMIT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_server_session_limit_range),
};

/* SLB_CMD_SERVER_DEL - do */
static const struct nla_policy slb_server_del_nl_policy[SLB_A_SERVER_PORT + 1] = {
	[SLB_A_SERVER_GROUP] = { .type = NLA_NUL_STRING, .len = SLB_NAME_LEN, },
	[SLB_A_SERVER_ADDR] = { .type = NLA_BINARY, },
	[SLB_A_SERVER_PORT] = { .type = NLA_U16, },
};

/* SLB_CMD_SERVER_FLUSH - do */
static const struct nla_policy slb_server_flush_nl_policy[SLB_A_SERVER_GROUP + 1] = {
	[SLB_A_SERVER_GROUP] = { .type = NLA_NUL_STRING, .len = SLB_NAME_LEN, },
};

/* SLB_CMD_VIP_GET - do */
static const struct nla_policy slb_vip_get_nl_policy[SLB_A_VIP_PORT_LAST + 1] = {
	[SLB_A_VIP_PROTO] = { .type = NLA_U8, },
	[SLB_A_VIP_ADDR] = { .type = NLA_BINARY, },
	[SLB_A_VIP_PORT_FIRST] = { .type = NLA_U16, },
	[SLB_A_VIP_PORT_LAST] = { .type = NLA_U16, },
};

/* SLB_CMD_VIP_ADD - do */
static const struct nla_policy slb_vip_add_nl_policy[SLB_A_VIP_MARK_MASK + 1] = {
	[SLB_A_VIP_PROTO] = { .type = NLA_U8, },
	[SLB_A_VIP_ADDR] = { .type = NLA_BINARY, },
	[SLB_A_VIP_PORT_FIRST] = { .type = NLA_U16, },
	[SLB_A_VIP_PORT_LAST] = { .type = NLA_U16, },
	[SLB_A_VIP_GROUP] = { .type = NLA_NUL_STRING, .len = SLB_NAME_LEN, },
	[SLB_A_VIP_CLIENT_ADDRESS] = NLA_POLICY_MAX(NLA_U8, 3),
	[SLB_A_VIP_SESSION_LIMIT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_vip_session_limit_range),
	[SLB_A_VIP_RATE_LIMIT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_vip_rate_limit_range),
	[SLB_A_VIP_REFUSE] = NLA_POLICY_MAX(NLA_U8, 2),
	[SLB_A_VIP_TCP_SYN_TIMEOUT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_vip_tcp_syn_timeout_range),
	[SLB_A_VIP_TCP_ESTABLISHED_TIMEOUT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_vip_tcp_established_timeout_range),
	[SLB_A_VIP_TCP_FIN_TIMEOUT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_vip_tcp_fin_timeout_range),
	[SLB_A_VIP_TCP_TIME_WAIT_TIMEOUT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_vip_tcp_time_wait_timeout_range),
	[SLB_A_VIP_TCP_CLOSE_TIMEOUT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_vip_tcp_close_timeout_range),
	[SLB_A_VIP_UDP_NEW_TIMEOUT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_vip_udp_new_timeout_range),
	[SLB_A_VIP_UDP_TIMEOUT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_vip_udp_timeout_range),
	[SLB_A_VIP_SCTP_INIT_TIMEOUT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_vip_sctp_init_timeout_range),
	[SLB_A_VIP_SCTP_ESTABLISHED_TIMEOUT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_vip_sctp_established_timeout_range),
	[SLB_A_VIP_SCTP_SHUTDOWN_TIMEOUT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_vip_sctp_shutdown_timeout_range),
	[SLB_A_VIP_CLIENT_LIMIT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_vip_client_limit_range),
	[SLB_A_VIP_MARK] = { .type = NLA_U32, },
	[SLB_A_VIP_MARK_MASK] = { .type = NLA_U32, },
};

/* SLB_CMD_VIP_SET - do */
static const struct nla_policy slb_vip_set_nl_policy[SLB_A_VIP_MARK_MASK + 1] = {
	[SLB_A_VIP_PROTO] = { .type = NLA_U8, },
	[SLB_A_VIP_ADDR] = { .type = NLA_BINARY, },
	[SLB_A_VIP_PORT_FIRST] = { .type = NLA_U16, },
	[SLB_A_VIP_PORT_LAST] = { .type = NLA_U16, },
	[SLB_A_VIP_GROUP] = { .type = NLA_NUL_STRING, .len = SLB_NAME_LEN, },
	[SLB_A_VIP_CLIENT_ADDRESS] = NLA_POLICY_MAX(NLA_U8, 3),
	[SLB_A_VIP_SESSION_LIMIT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_vip_session_limit_range),
	[SLB_A_VIP_RATE_LIMIT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_vip_rate_limit_range),
	[SLB_A_VIP_REFUSE] = NLA_POLICY_MAX(NLA_U8, 2),
	[SLB_A_VIP_TCP_SYN_TIMEOUT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_vip_tcp_syn_timeout_range),
	[SLB_A_VIP_TCP_ESTABLISHED_TIMEOUT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_vip_tcp_established_timeout_range),
	[SLB_A_VIP_TCP_FIN_TIMEOUT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_vip_tcp_fin_timeout_range),
	[SLB_A_VIP_TCP_TIME_WAIT_TIMEOUT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_vip_tcp_time_wait_timeout_range),
	[SLB_A_VIP_TCP_CLOSE_TIMEOUT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_vip_tcp_close_timeout_range),
	[SLB_A_VIP_UDP_NEW_TIMEOUT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_vip_udp_new_timeout_range),
	[SLB_A_VIP_UDP_TIMEOUT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_vip_udp_timeout_range),
	[SLB_A_VIP_SCTP_INIT_TIMEOUT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_vip_sctp_init_timeout_range),
	[SLB_A_VIP_SCTP_ESTABLISHED_TIMEOUT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_vip_sctp_established_timeout_range),
	[SLB_A_VIP_SCTP_SHUTDOWN_TIMEOUT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_vip_sctp_shutdown_timeout_range),
	[SLB_A_VIP_CLIENT_LIMIT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_vip_client_limit_range),
	[SLB_A_VIP_MARK] = { .type = NLA_U32, },
	[SLB_A_VIP_MARK_MASK] = { .type = NLA_U32, },
};

/* SLB_CMD_VIP_DEL - do */
static const struct nla_policy slb_vip_del_nl_policy[SLB_A_VIP_PORT_LAST + 1] = {
	[SLB_A_VIP_PROTO] = { .type = NLA_U8, },
	[SLB_A_VIP_ADDR] = { .type = NLA_BINARY, },
	[SLB_A_VIP_PORT_FIRST] = { .type = NLA_U16, },
	[SLB_A_VIP_PORT_LAST] = { .type = NLA_U16, },
};

/* SLB_CMD_SESSION_GET - dump */
static const struct nla_policy slb_session_get_nl_policy[SLB_A_SESSION_STATE + 1] = {
	[SLB_A_SESSION_PROTO] = { .type = NLA_U8, },
	[SLB_A_SESSION_CLIENT] = { .type = NLA_BINARY, },
	[SLB_A_SESSION_CLIENT_PORT] = { .type = NLA_U16, },
	[SLB_A_SESSION_VIP] = { .type = NLA_BINARY, },
	[SLB_A_SESSION_VIP_PORT] = { .type = NLA_U16, },
	[SLB_A_SESSION_SERVER] = { .type = NLA_BINARY, },
	[SLB_A_SESSION_SERVER_PORT] = { .type = NLA_U16, },
	[SLB_A_SESSION_LOCAL] = { .type = NLA_BINARY, },
	[SLB_A_SESSION_LOCAL_PORT] = { .type = NLA_U16, },
	[SLB_A_SESSION_RETURN_LINK] = { .type = NLA_NUL_STRING, .len = SLB_NAME_LEN, },
	[SLB_A_SESSION_GROUP] = { .type = NLA_NUL_STRING, .len = SLB_NAME_LEN, },
	[SLB_A_SESSION_STATE] = NLA_POLICY_MAX(NLA_U32, 10),
};

/* SLB_CMD_SESSION_FLUSH - do */
static const struct nla_policy slb_session_flush_nl_policy[SLB_A_SESSION_STATE + 1] = {
	[SLB_A_SESSION_PROTO] = { .type = NLA_U8, },
	[SLB_A_SESSION_CLIENT] = { .type = NLA_BINARY, },
	[SLB_A_SESSION_CLIENT_PORT] = { .type = NLA_U16, },
	[SLB_A_SESSION_VIP] = { .type = NLA_BINARY, },
	[SLB_A_SESSION_VIP_PORT] = { .type = NLA_U16, },
	[SLB_A_SESSION_SERVER] = { .type = NLA_BINARY, },
	[SLB_A_SESSION_SERVER_PORT] = { .type = NLA_U16, },
	[SLB_A_SESSION_LOCAL] = { .type = NLA_BINARY, },
	[SLB_A_SESSION_LOCAL_PORT] = { .type = NLA_U16, },
	[SLB_A_SESSION_RETURN_LINK] = { .type = NLA_NUL_STRING, .len = SLB_NAME_LEN, },
	[SLB_A_SESSION_GROUP] = { .type = NLA_NUL_STRING, .len = SLB_NAME_LEN, },
	[SLB_A_SESSION_STATE] = NLA_POLICY_MAX(NLA_U32, 10),
};

/* SLB_CMD_SETTING_SET - do */
static const struct nla_policy slb_setting_set_nl_policy[SLB_A_SETTING_PERSIST_LIMIT + 1] = {
	[SLB_A_SETTING_SESSION_LIMIT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_setting_session_limit_range),
	[SLB_A_SETTING_PORT_FIRST] = NLA_POLICY_MIN(NLA_U16, 1),
	[SLB_A_SETTING_PORT_LAST] = NLA_POLICY_MIN(NLA_U16, 1),
	[SLB_A_SETTING_HASH_KEY] = NLA_POLICY_EXACT_LEN(16),
	[SLB_A_SETTING_ICMP_RATE] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_setting_icmp_rate_range),
	[SLB_A_SETTING_TCP_SYN_TIMEOUT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_setting_tcp_syn_timeout_range),
	[SLB_A_SETTING_TCP_ESTABLISHED_TIMEOUT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_setting_tcp_established_timeout_range),
	[SLB_A_SETTING_TCP_FIN_TIMEOUT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_setting_tcp_fin_timeout_range),
	[SLB_A_SETTING_TCP_TIME_WAIT_TIMEOUT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_setting_tcp_time_wait_timeout_range),
	[SLB_A_SETTING_TCP_CLOSE_TIMEOUT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_setting_tcp_close_timeout_range),
	[SLB_A_SETTING_UDP_NEW_TIMEOUT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_setting_udp_new_timeout_range),
	[SLB_A_SETTING_UDP_TIMEOUT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_setting_udp_timeout_range),
	[SLB_A_SETTING_SCTP_INIT_TIMEOUT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_setting_sctp_init_timeout_range),
	[SLB_A_SETTING_SCTP_ESTABLISHED_TIMEOUT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_setting_sctp_established_timeout_range),
	[SLB_A_SETTING_SCTP_SHUTDOWN_TIMEOUT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_setting_sctp_shutdown_timeout_range),
	[SLB_A_SETTING_FAST_PATH] = NLA_POLICY_MAX(NLA_U8, 1),
	[SLB_A_SETTING_ON_END] = NLA_POLICY_MAX(NLA_U8, 1),
	[SLB_A_SETTING_RESET_RATE] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_setting_reset_rate_range),
	[SLB_A_SETTING_UNMATCHED] = NLA_POLICY_MAX(NLA_U8, 2),
	[SLB_A_SETTING_HEALTH_TTL] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_setting_health_ttl_range),
	[SLB_A_SETTING_PROXY_EVERY] = NLA_POLICY_MAX(NLA_U8, 1),
	[SLB_A_SETTING_PROXY_CHECKSUM] = NLA_POLICY_MAX(NLA_U8, 1),
	[SLB_A_SETTING_SYNC_WAIT] = NLA_POLICY_MAX(NLA_U32, SLB_SYNC_WAIT_MAX),
	[SLB_A_SETTING_SYNC_AFTER] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_setting_sync_after_range),
	[SLB_A_SETTING_SYNC_LOG] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_setting_sync_log_range),
	[SLB_A_SETTING_PERSIST_LIMIT] = NLA_POLICY_FULL_RANGE(NLA_U32, &slb_a_setting_persist_limit_range),
};

/* SLB_CMD_TXN_STAGE - do */
static const struct nla_policy slb_txn_stage_nl_policy[SLB_A_TXN_UNDO_REQUEST + 1] = {
	[SLB_A_TXN_OP] = { .type = NLA_U8, },
	[SLB_A_TXN_REQUEST] = { .type = NLA_NESTED, },
	[SLB_A_TXN_UNDO_OP] = { .type = NLA_U8, },
	[SLB_A_TXN_UNDO_REQUEST] = { .type = NLA_NESTED, },
};

/* SLB_CMD_TXN_COMMIT - do */
static const struct nla_policy slb_txn_commit_nl_policy[SLB_A_TXN_GENERATION + 1] = {
	[SLB_A_TXN_GENERATION] = { .type = NLA_U32, },
};

/* SLB_CMD_EXPLAIN_GET - do */
static const struct nla_policy slb_explain_get_nl_policy[SLB_A_EXPLAIN_INGRESS_LINK + 1] = {
	[SLB_A_EXPLAIN_PROTO] = { .type = NLA_U8, },
	[SLB_A_EXPLAIN_CLIENT] = { .type = NLA_BINARY, },
	[SLB_A_EXPLAIN_CLIENT_PORT] = { .type = NLA_U16, },
	[SLB_A_EXPLAIN_VIP] = { .type = NLA_BINARY, },
	[SLB_A_EXPLAIN_VIP_PORT] = { .type = NLA_U16, },
	[SLB_A_EXPLAIN_INGRESS_LINK] = { .type = NLA_NUL_STRING, .len = SLB_NAME_LEN, },
};

/* SLB_CMD_TRACE_START - do */
static const struct nla_policy slb_trace_start_nl_policy[SLB_A_TRACE_ANY + 1] = {
	[SLB_A_TRACE_PROTO] = { .type = NLA_U8, },
	[SLB_A_TRACE_CLIENT] = { .type = NLA_BINARY, },
	[SLB_A_TRACE_CLIENT_PREFIX] = NLA_POLICY_MAX(NLA_U8, 128),
	[SLB_A_TRACE_CLIENT_PORT] = { .type = NLA_U16, },
	[SLB_A_TRACE_VIP] = { .type = NLA_BINARY, },
	[SLB_A_TRACE_VIP_PORT] = { .type = NLA_U16, },
	[SLB_A_TRACE_SERVER] = { .type = NLA_BINARY, },
	[SLB_A_TRACE_SERVER_PORT] = { .type = NLA_U16, },
	[SLB_A_TRACE_REASON] = { .type = NLA_NUL_STRING, .len = SLB_NAME_LEN, },
	[SLB_A_TRACE_ANY] = NLA_POLICY_MAX(NLA_U8, 1),
};

/* SLB_CMD_HEALTH_SET - do */
static const struct nla_policy slb_health_set_nl_policy[SLB_A_SERVER_LINK + 1] = {
	[SLB_A_SERVER_GROUP] = { .type = NLA_NUL_STRING, .len = SLB_NAME_LEN, },
	[SLB_A_SERVER_ADDR] = { .type = NLA_BINARY, },
	[SLB_A_SERVER_PORT] = { .type = NLA_U16, },
	[SLB_A_SERVER_HEALTH] = NLA_POLICY_MAX(NLA_U8, 2),
	[SLB_A_SERVER_HEALTH_WHY] = { .type = NLA_NUL_STRING, .len = SLB_HEALTH_WHY_LEN, },
	[SLB_A_SERVER_HEALTH_PERCENT] = NLA_POLICY_MAX(NLA_U32, 100),
	[SLB_A_SERVER_LINK] = { .type = NLA_NUL_STRING, .len = SLB_NAME_LEN, },
};

/* SLB_CMD_SYNC_GET - do */
static const struct nla_policy slb_sync_get_nl_policy[SLB_A_SYNC_AFTER + 1] = {
	[SLB_A_SYNC_AFTER] = { .type = NLA_U64, },
};

/* SLB_CMD_SYNC_ADD - do */
static const struct nla_policy slb_sync_add_nl_policy[SLB_A_SYNC_EPOCH + 1] = {
	[SLB_A_SYNC_RECORDS] = { .type = NLA_BINARY, },
	[SLB_A_SYNC_EPOCH] = { .type = NLA_U32, },
};

/* SLB_CMD_SYNC_FEED - do */
static const struct nla_policy slb_sync_feed_nl_policy[SLB_A_SYNC_EPOCH + 1] = {
	[SLB_A_SYNC_RANGES] = { .type = NLA_BINARY, },
	[SLB_A_SYNC_EPOCH] = { .type = NLA_U32, },
};

/* SLB_CMD_SYNC_SET - do */
static const struct nla_policy slb_sync_set_nl_policy[SLB_A_SYNC_BEHIND + 1] = {
	[SLB_A_SYNC_BEHIND] = NLA_POLICY_MAX(NLA_U8, 1),
};

/* SLB_CMD_PERSIST_GET - dump */
static const struct nla_policy slb_persist_get_nl_policy[SLB_A_PERSIST_CLIENT + 1] = {
	[SLB_A_PERSIST_GROUP] = { .type = NLA_NUL_STRING, .len = SLB_NAME_LEN, },
	[SLB_A_PERSIST_CLIENT] = { .type = NLA_BINARY, },
};

/* SLB_CMD_PERSIST_FLUSH - do */
static const struct nla_policy slb_persist_flush_nl_policy[SLB_A_PERSIST_CLIENT + 1] = {
	[SLB_A_PERSIST_GROUP] = { .type = NLA_NUL_STRING, .len = SLB_NAME_LEN, },
	[SLB_A_PERSIST_CLIENT] = { .type = NLA_BINARY, },
};

/* Ops table for slb */
static const struct genl_split_ops slb_nl_ops[] = {
	{
		.cmd		= SLB_CMD_LINK_GET,
		.pre_doit	= slb_nl_check,
		.doit		= slb_nl_link_get_doit,
		.policy		= slb_link_get_nl_policy,
		.maxattr	= SLB_A_LINK_NAME,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd	= SLB_CMD_LINK_GET,
		.dumpit	= slb_nl_link_get_dumpit,
		.flags	= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= SLB_CMD_LINK_ADD,
		.pre_doit	= slb_nl_change_begin,
		.doit		= slb_nl_link_add_doit,
		.post_doit	= slb_nl_change_end,
		.policy		= slb_link_add_nl_policy,
		.maxattr	= SLB_A_LINK_XDP,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SLB_CMD_LINK_SET,
		.pre_doit	= slb_nl_change_begin,
		.doit		= slb_nl_link_set_doit,
		.post_doit	= slb_nl_change_end,
		.policy		= slb_link_set_nl_policy,
		.maxattr	= SLB_A_LINK_XDP,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SLB_CMD_LINK_DEL,
		.pre_doit	= slb_nl_change_begin,
		.doit		= slb_nl_link_del_doit,
		.post_doit	= slb_nl_change_end,
		.policy		= slb_link_del_nl_policy,
		.maxattr	= SLB_A_LINK_NAME,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SLB_CMD_LINK_FLUSH,
		.pre_doit	= slb_nl_change_begin,
		.doit		= slb_nl_link_flush_doit,
		.post_doit	= slb_nl_change_end,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SLB_CMD_GROUP_GET,
		.pre_doit	= slb_nl_check,
		.doit		= slb_nl_group_get_doit,
		.policy		= slb_group_get_nl_policy,
		.maxattr	= SLB_A_GROUP_NAME,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd	= SLB_CMD_GROUP_GET,
		.dumpit	= slb_nl_group_get_dumpit,
		.flags	= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= SLB_CMD_GROUP_ADD,
		.pre_doit	= slb_nl_change_begin,
		.doit		= slb_nl_group_add_doit,
		.post_doit	= slb_nl_change_end,
		.policy		= slb_group_add_nl_policy,
		.maxattr	= SLB_A_GROUP_HASH_BALANCE_FACTOR,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SLB_CMD_GROUP_SET,
		.pre_doit	= slb_nl_change_begin,
		.doit		= slb_nl_group_set_doit,
		.post_doit	= slb_nl_change_end,
		.policy		= slb_group_set_nl_policy,
		.maxattr	= SLB_A_GROUP_HASH_BALANCE_FACTOR,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SLB_CMD_GROUP_DEL,
		.pre_doit	= slb_nl_change_begin,
		.doit		= slb_nl_group_del_doit,
		.post_doit	= slb_nl_change_end,
		.policy		= slb_group_del_nl_policy,
		.maxattr	= SLB_A_GROUP_NAME,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SLB_CMD_GROUP_FLUSH,
		.pre_doit	= slb_nl_change_begin,
		.doit		= slb_nl_group_flush_doit,
		.post_doit	= slb_nl_change_end,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SLB_CMD_SERVER_GET,
		.pre_doit	= slb_nl_check,
		.doit		= slb_nl_server_get_doit,
		.policy		= slb_server_get_nl_policy,
		.maxattr	= SLB_A_SERVER_PORT,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd	= SLB_CMD_SERVER_GET,
		.dumpit	= slb_nl_server_get_dumpit,
		.flags	= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= SLB_CMD_SERVER_ADD,
		.pre_doit	= slb_nl_change_begin,
		.doit		= slb_nl_server_add_doit,
		.post_doit	= slb_nl_change_end,
		.policy		= slb_server_add_nl_policy,
		.maxattr	= SLB_A_SERVER_SESSION_LIMIT,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SLB_CMD_SERVER_SET,
		.pre_doit	= slb_nl_change_begin,
		.doit		= slb_nl_server_set_doit,
		.post_doit	= slb_nl_change_end,
		.policy		= slb_server_set_nl_policy,
		.maxattr	= SLB_A_SERVER_SESSION_LIMIT,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SLB_CMD_SERVER_DEL,
		.pre_doit	= slb_nl_change_begin,
		.doit		= slb_nl_server_del_doit,
		.post_doit	= slb_nl_change_end,
		.policy		= slb_server_del_nl_policy,
		.maxattr	= SLB_A_SERVER_PORT,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SLB_CMD_SERVER_FLUSH,
		.pre_doit	= slb_nl_change_begin,
		.doit		= slb_nl_server_flush_doit,
		.post_doit	= slb_nl_change_end,
		.policy		= slb_server_flush_nl_policy,
		.maxattr	= SLB_A_SERVER_GROUP,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SLB_CMD_VIP_GET,
		.pre_doit	= slb_nl_check,
		.doit		= slb_nl_vip_get_doit,
		.policy		= slb_vip_get_nl_policy,
		.maxattr	= SLB_A_VIP_PORT_LAST,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd	= SLB_CMD_VIP_GET,
		.dumpit	= slb_nl_vip_get_dumpit,
		.flags	= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= SLB_CMD_VIP_ADD,
		.pre_doit	= slb_nl_change_begin,
		.doit		= slb_nl_vip_add_doit,
		.post_doit	= slb_nl_change_end,
		.policy		= slb_vip_add_nl_policy,
		.maxattr	= SLB_A_VIP_MARK_MASK,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SLB_CMD_VIP_SET,
		.pre_doit	= slb_nl_change_begin,
		.doit		= slb_nl_vip_set_doit,
		.post_doit	= slb_nl_change_end,
		.policy		= slb_vip_set_nl_policy,
		.maxattr	= SLB_A_VIP_MARK_MASK,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SLB_CMD_VIP_DEL,
		.pre_doit	= slb_nl_change_begin,
		.doit		= slb_nl_vip_del_doit,
		.post_doit	= slb_nl_change_end,
		.policy		= slb_vip_del_nl_policy,
		.maxattr	= SLB_A_VIP_PORT_LAST,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SLB_CMD_VIP_FLUSH,
		.pre_doit	= slb_nl_change_begin,
		.doit		= slb_nl_vip_flush_doit,
		.post_doit	= slb_nl_change_end,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SLB_CMD_SESSION_GET,
		.start		= slb_nl_session_get_start,
		.dumpit		= slb_nl_session_get_dumpit,
		.done		= slb_nl_session_get_done,
		.policy		= slb_session_get_nl_policy,
		.maxattr	= SLB_A_SESSION_STATE,
		.flags		= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= SLB_CMD_SESSION_FLUSH,
		.pre_doit	= slb_nl_check,
		.doit		= slb_nl_session_flush_doit,
		.policy		= slb_session_flush_nl_policy,
		.maxattr	= SLB_A_SESSION_STATE,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd	= SLB_CMD_SETTING_GET,
		.doit	= slb_nl_setting_get_doit,
		.flags	= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SLB_CMD_SETTING_SET,
		.pre_doit	= slb_nl_change_begin,
		.doit		= slb_nl_setting_set_doit,
		.post_doit	= slb_nl_change_end,
		.policy		= slb_setting_set_nl_policy,
		.maxattr	= SLB_A_SETTING_PERSIST_LIMIT,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd	= SLB_CMD_STATUS_GET,
		.doit	= slb_nl_status_get_doit,
		.flags	= GENL_CMD_CAP_DO,
	},
	{
		.cmd	= SLB_CMD_DROP_GET,
		.dumpit	= slb_nl_drop_get_dumpit,
		.flags	= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd	= SLB_CMD_TXN_BEGIN,
		.doit	= slb_nl_txn_begin_doit,
		.flags	= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SLB_CMD_TXN_STAGE,
		.pre_doit	= slb_nl_check,
		.doit		= slb_nl_txn_stage_doit,
		.policy		= slb_txn_stage_nl_policy,
		.maxattr	= SLB_A_TXN_UNDO_REQUEST,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SLB_CMD_TXN_COMMIT,
		.pre_doit	= slb_nl_check,
		.doit		= slb_nl_txn_commit_doit,
		.policy		= slb_txn_commit_nl_policy,
		.maxattr	= SLB_A_TXN_GENERATION,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd	= SLB_CMD_TXN_GET,
		.doit	= slb_nl_txn_get_doit,
		.flags	= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd	= SLB_CMD_KEY_GET,
		.doit	= slb_nl_key_get_doit,
		.flags	= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SLB_CMD_EXPLAIN_GET,
		.pre_doit	= slb_nl_check,
		.doit		= slb_nl_explain_get_doit,
		.policy		= slb_explain_get_nl_policy,
		.maxattr	= SLB_A_EXPLAIN_INGRESS_LINK,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SLB_CMD_TRACE_START,
		.pre_doit	= slb_nl_check,
		.doit		= slb_nl_trace_start_doit,
		.policy		= slb_trace_start_nl_policy,
		.maxattr	= SLB_A_TRACE_ANY,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd	= SLB_CMD_TRACE_STOP,
		.doit	= slb_nl_trace_stop_doit,
		.flags	= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd	= SLB_CMD_VIP_DROP_GET,
		.dumpit	= slb_nl_vip_drop_get_dumpit,
		.flags	= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= SLB_CMD_HEALTH_SET,
		.pre_doit	= slb_nl_check,
		.doit		= slb_nl_health_set_doit,
		.policy		= slb_health_set_nl_policy,
		.maxattr	= SLB_A_SERVER_LINK,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SLB_CMD_SYNC_GET,
		.pre_doit	= slb_nl_check,
		.doit		= slb_nl_sync_get_doit,
		.policy		= slb_sync_get_nl_policy,
		.maxattr	= SLB_A_SYNC_AFTER,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd	= SLB_CMD_SYNC_GET,
		.start	= slb_nl_sync_get_start,
		.dumpit	= slb_nl_sync_get_dumpit,
		.done	= slb_nl_sync_get_done,
		.flags	= GENL_ADMIN_PERM | GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= SLB_CMD_SYNC_ADD,
		.pre_doit	= slb_nl_check,
		.doit		= slb_nl_sync_add_doit,
		.policy		= slb_sync_add_nl_policy,
		.maxattr	= SLB_A_SYNC_EPOCH,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SLB_CMD_SYNC_FEED,
		.pre_doit	= slb_nl_check,
		.doit		= slb_nl_sync_feed_doit,
		.policy		= slb_sync_feed_nl_policy,
		.maxattr	= SLB_A_SYNC_EPOCH,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SLB_CMD_SYNC_SET,
		.pre_doit	= slb_nl_check,
		.doit		= slb_nl_sync_set_doit,
		.policy		= slb_sync_set_nl_policy,
		.maxattr	= SLB_A_SYNC_BEHIND,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= SLB_CMD_PERSIST_GET,
		.start		= slb_nl_persist_get_start,
		.dumpit		= slb_nl_persist_get_dumpit,
		.done		= slb_nl_persist_get_done,
		.policy		= slb_persist_get_nl_policy,
		.maxattr	= SLB_A_PERSIST_CLIENT,
		.flags		= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= SLB_CMD_PERSIST_FLUSH,
		.pre_doit	= slb_nl_check,
		.doit		= slb_nl_persist_flush_doit,
		.policy		= slb_persist_flush_nl_policy,
		.maxattr	= SLB_A_PERSIST_CLIENT,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
};

/* The same for kernels before 6.2 */
SLB_GENL_COMPAT(slb_nl_ops)
SLB_GENL_FIRST(slb_nl_session_get)
SLB_GENL_FIRST(slb_nl_sync_get)
SLB_GENL_FIRST(slb_nl_persist_get)
static const struct genl_ops slb_nl_whole_ops[] __maybe_unused = {
	{
		.cmd		= SLB_CMD_LINK_GET,
		.doit		= slb_nl_link_get_doit,
		.policy		= slb_link_get_nl_policy,
		.maxattr	= SLB_A_LINK_NAME,
		.dumpit		= slb_nl_link_get_dumpit,
	},
	{
		.cmd		= SLB_CMD_LINK_ADD,
		.doit		= slb_nl_link_add_doit,
		.policy		= slb_link_add_nl_policy,
		.maxattr	= SLB_A_LINK_XDP,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLB_CMD_LINK_SET,
		.doit		= slb_nl_link_set_doit,
		.policy		= slb_link_set_nl_policy,
		.maxattr	= SLB_A_LINK_XDP,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLB_CMD_LINK_DEL,
		.doit		= slb_nl_link_del_doit,
		.policy		= slb_link_del_nl_policy,
		.maxattr	= SLB_A_LINK_NAME,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLB_CMD_LINK_FLUSH,
		.doit		= slb_nl_link_flush_doit,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLB_CMD_GROUP_GET,
		.doit		= slb_nl_group_get_doit,
		.policy		= slb_group_get_nl_policy,
		.maxattr	= SLB_A_GROUP_NAME,
		.dumpit		= slb_nl_group_get_dumpit,
	},
	{
		.cmd		= SLB_CMD_GROUP_ADD,
		.doit		= slb_nl_group_add_doit,
		.policy		= slb_group_add_nl_policy,
		.maxattr	= SLB_A_GROUP_HASH_BALANCE_FACTOR,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLB_CMD_GROUP_SET,
		.doit		= slb_nl_group_set_doit,
		.policy		= slb_group_set_nl_policy,
		.maxattr	= SLB_A_GROUP_HASH_BALANCE_FACTOR,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLB_CMD_GROUP_DEL,
		.doit		= slb_nl_group_del_doit,
		.policy		= slb_group_del_nl_policy,
		.maxattr	= SLB_A_GROUP_NAME,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLB_CMD_GROUP_FLUSH,
		.doit		= slb_nl_group_flush_doit,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLB_CMD_SERVER_GET,
		.doit		= slb_nl_server_get_doit,
		.policy		= slb_server_get_nl_policy,
		.maxattr	= SLB_A_SERVER_PORT,
		.dumpit		= slb_nl_server_get_dumpit,
	},
	{
		.cmd		= SLB_CMD_SERVER_ADD,
		.doit		= slb_nl_server_add_doit,
		.policy		= slb_server_add_nl_policy,
		.maxattr	= SLB_A_SERVER_SESSION_LIMIT,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLB_CMD_SERVER_SET,
		.doit		= slb_nl_server_set_doit,
		.policy		= slb_server_set_nl_policy,
		.maxattr	= SLB_A_SERVER_SESSION_LIMIT,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLB_CMD_SERVER_DEL,
		.doit		= slb_nl_server_del_doit,
		.policy		= slb_server_del_nl_policy,
		.maxattr	= SLB_A_SERVER_PORT,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLB_CMD_SERVER_FLUSH,
		.doit		= slb_nl_server_flush_doit,
		.policy		= slb_server_flush_nl_policy,
		.maxattr	= SLB_A_SERVER_GROUP,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLB_CMD_VIP_GET,
		.doit		= slb_nl_vip_get_doit,
		.policy		= slb_vip_get_nl_policy,
		.maxattr	= SLB_A_VIP_PORT_LAST,
		.dumpit		= slb_nl_vip_get_dumpit,
	},
	{
		.cmd		= SLB_CMD_VIP_ADD,
		.doit		= slb_nl_vip_add_doit,
		.policy		= slb_vip_add_nl_policy,
		.maxattr	= SLB_A_VIP_MARK_MASK,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLB_CMD_VIP_SET,
		.doit		= slb_nl_vip_set_doit,
		.policy		= slb_vip_set_nl_policy,
		.maxattr	= SLB_A_VIP_MARK_MASK,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLB_CMD_VIP_DEL,
		.doit		= slb_nl_vip_del_doit,
		.policy		= slb_vip_del_nl_policy,
		.maxattr	= SLB_A_VIP_PORT_LAST,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLB_CMD_VIP_FLUSH,
		.doit		= slb_nl_vip_flush_doit,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLB_CMD_SESSION_GET,
		.dumpit		= slb_nl_session_get_first,
		.done		= slb_nl_session_get_done,
		.policy		= slb_session_get_nl_policy,
		.maxattr	= SLB_A_SESSION_STATE,
	},
	{
		.cmd		= SLB_CMD_SESSION_FLUSH,
		.doit		= slb_nl_session_flush_doit,
		.policy		= slb_session_flush_nl_policy,
		.maxattr	= SLB_A_SESSION_STATE,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLB_CMD_SETTING_GET,
		.doit		= slb_nl_setting_get_doit,
	},
	{
		.cmd		= SLB_CMD_SETTING_SET,
		.doit		= slb_nl_setting_set_doit,
		.policy		= slb_setting_set_nl_policy,
		.maxattr	= SLB_A_SETTING_PERSIST_LIMIT,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLB_CMD_STATUS_GET,
		.doit		= slb_nl_status_get_doit,
	},
	{
		.cmd		= SLB_CMD_DROP_GET,
		.dumpit		= slb_nl_drop_get_dumpit,
	},
	{
		.cmd		= SLB_CMD_TXN_BEGIN,
		.doit		= slb_nl_txn_begin_doit,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLB_CMD_TXN_STAGE,
		.doit		= slb_nl_txn_stage_doit,
		.policy		= slb_txn_stage_nl_policy,
		.maxattr	= SLB_A_TXN_UNDO_REQUEST,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLB_CMD_TXN_COMMIT,
		.doit		= slb_nl_txn_commit_doit,
		.policy		= slb_txn_commit_nl_policy,
		.maxattr	= SLB_A_TXN_GENERATION,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLB_CMD_TXN_GET,
		.doit		= slb_nl_txn_get_doit,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLB_CMD_KEY_GET,
		.doit		= slb_nl_key_get_doit,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLB_CMD_EXPLAIN_GET,
		.doit		= slb_nl_explain_get_doit,
		.policy		= slb_explain_get_nl_policy,
		.maxattr	= SLB_A_EXPLAIN_INGRESS_LINK,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLB_CMD_TRACE_START,
		.doit		= slb_nl_trace_start_doit,
		.policy		= slb_trace_start_nl_policy,
		.maxattr	= SLB_A_TRACE_ANY,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLB_CMD_TRACE_STOP,
		.doit		= slb_nl_trace_stop_doit,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLB_CMD_VIP_DROP_GET,
		.dumpit		= slb_nl_vip_drop_get_dumpit,
	},
	{
		.cmd		= SLB_CMD_HEALTH_SET,
		.doit		= slb_nl_health_set_doit,
		.policy		= slb_health_set_nl_policy,
		.maxattr	= SLB_A_SERVER_LINK,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLB_CMD_SYNC_GET,
		.doit		= slb_nl_sync_get_doit,
		.policy		= slb_sync_get_nl_policy,
		.maxattr	= SLB_A_SYNC_AFTER,
		.flags		= GENL_ADMIN_PERM,
		.dumpit		= slb_nl_sync_get_first,
		.done		= slb_nl_sync_get_done,
	},
	{
		.cmd		= SLB_CMD_SYNC_ADD,
		.doit		= slb_nl_sync_add_doit,
		.policy		= slb_sync_add_nl_policy,
		.maxattr	= SLB_A_SYNC_EPOCH,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLB_CMD_SYNC_FEED,
		.doit		= slb_nl_sync_feed_doit,
		.policy		= slb_sync_feed_nl_policy,
		.maxattr	= SLB_A_SYNC_EPOCH,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLB_CMD_SYNC_SET,
		.doit		= slb_nl_sync_set_doit,
		.policy		= slb_sync_set_nl_policy,
		.maxattr	= SLB_A_SYNC_BEHIND,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= SLB_CMD_PERSIST_GET,
		.dumpit		= slb_nl_persist_get_first,
		.done		= slb_nl_persist_get_done,
		.policy		= slb_persist_get_nl_policy,
		.maxattr	= SLB_A_PERSIST_CLIENT,
	},
	{
		.cmd		= SLB_CMD_PERSIST_FLUSH,
		.doit		= slb_nl_persist_flush_doit,
		.policy		= slb_persist_flush_nl_policy,
		.maxattr	= SLB_A_PERSIST_CLIENT,
		.flags		= GENL_ADMIN_PERM,
	},
};

const struct genl_split_ops *slb_module_ops(unsigned int *count)
{
	*count = ARRAY_SIZE(slb_nl_ops);
	return slb_nl_ops;
}

static const struct genl_multicast_group slb_nl_mcgrps[] = {
	[SLB_NLGRP_EVENTS] = { "events", },
};

struct genl_family slb_nl_family __ro_after_init = {
	.name		= SLB_FAMILY_NAME,
	.version	= SLB_FAMILY_VERSION,
	.netnsok	= true,
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	SLB_GENL_OPS(slb_nl_ops, slb_nl_whole_ops),
	.mcgrps		= slb_nl_mcgrps,
	.n_mcgrps	= ARRAY_SIZE(slb_nl_mcgrps),
};
