/* SPDX-License-Identifier: GPL-2.0-only */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/slb.yaml */
/*	Documentation/netlink/specs/slb_relay.yaml */
/* scripts/regen-tables */

#ifndef SLBCTL_NL_GEN_H
#define SLBCTL_NL_GEN_H

#include <linux/slb.h>
#include <linux/slb_relay.h>

#include "ctl.h"

#define CTL_ATTRS_MAX	70	/* size of the largest table */

extern const struct ctl_attr ctl_slb_link_attrs[SLB_A_LINK_MAX + 1];
extern const struct ctl_attr ctl_slb_next_hop_attrs[SLB_A_NEXT_HOP_MAX + 1];
extern const struct ctl_attr ctl_slb_group_attrs[SLB_A_GROUP_MAX + 1];
extern const struct ctl_attr ctl_slb_server_attrs[SLB_A_SERVER_MAX + 1];
extern const struct ctl_attr ctl_slb_vip_attrs[SLB_A_VIP_MAX + 1];
extern const struct ctl_attr ctl_slb_session_attrs[SLB_A_SESSION_MAX + 1];
extern const struct ctl_attr ctl_slb_setting_attrs[SLB_A_SETTING_MAX + 1];
extern const struct ctl_attr ctl_slb_status_attrs[SLB_A_STATUS_MAX + 1];
extern const struct ctl_attr ctl_slb_drop_attrs[SLB_A_DROP_MAX + 1];
extern const struct ctl_attr ctl_slb_txn_attrs[SLB_A_TXN_MAX + 1];
extern const struct ctl_attr ctl_slb_persist_attrs[SLB_A_PERSIST_MAX + 1];
extern const struct ctl_attr ctl_slb_explain_attrs[SLB_A_EXPLAIN_MAX + 1];
extern const struct ctl_attr ctl_slb_trace_attrs[SLB_A_TRACE_MAX + 1];
extern const struct ctl_attr ctl_slb_vip_drop_attrs[SLB_A_VIP_DROP_MAX + 1];
extern const struct ctl_attr ctl_slb_relay_vip_attrs[SLB_RELAY_A_VIP_MAX + 1];
extern const struct ctl_attr ctl_slb_relay_balancer_attrs[SLB_RELAY_A_BALANCER_MAX + 1];
extern const struct ctl_attr ctl_slb_relay_link_attrs[SLB_RELAY_A_LINK_MAX + 1];
extern const struct ctl_attr ctl_slb_relay_flow_attrs[SLB_RELAY_A_FLOW_MAX + 1];
extern const struct ctl_attr ctl_slb_relay_setting_attrs[SLB_RELAY_A_SETTING_MAX + 1];
extern const struct ctl_attr ctl_slb_relay_status_attrs[SLB_RELAY_A_STATUS_MAX + 1];
extern const struct ctl_attr ctl_slb_relay_drop_attrs[SLB_RELAY_A_DROP_MAX + 1];
extern const struct ctl_attr ctl_slb_relay_txn_attrs[SLB_RELAY_A_TXN_MAX + 1];
extern const struct ctl_attr ctl_slb_relay_trace_attrs[SLB_RELAY_A_TRACE_MAX + 1];
extern const struct ctl_attr ctl_slb_relay_vip_drop_attrs[SLB_RELAY_A_VIP_DROP_MAX + 1];
extern const struct ctl_attr ctl_slb_relay_device_attrs[SLB_RELAY_A_DEVICE_MAX + 1];

#define CTL_SLB_LINK_ARGS \
	{ .word = "weight", .value = "N", .kind = CTL_ARG_NUMBER, .min = 0, .max = SLB_WEIGHT_MAX, .id = { SLB_A_LINK_WEIGHT } }, \
	{ .word = "interval", .value = "MS", .kind = CTL_ARG_NUMBER, .min = 0, .max = SLB_INTERVAL_MAX, .id = { SLB_A_LINK_INTERVAL } }, \
	{ .word = "misses", .value = "N", .kind = CTL_ARG_NUMBER, .min = 1, .max = SLB_PROBES_MAX, .id = { SLB_A_LINK_MISSES } }, \
	{ .word = "recover", .value = "N", .kind = CTL_ARG_NUMBER, .min = 1, .max = SLB_PROBES_MAX, .id = { SLB_A_LINK_RECOVER } }, \
	{ .word = "hold", .value = "MS", .kind = CTL_ARG_NUMBER, .min = 0, .max = SLB_HOLD_MAX, .id = { SLB_A_LINK_HOLD } }, \
	{ .word = "shared", .value = "yes|no", .kind = CTL_ARG_BOOL, .id = { SLB_A_LINK_SHARED } }, \
	{ .word = "xdp", .value = "yes|no", .kind = CTL_ARG_BOOL, .id = { SLB_A_LINK_XDP } }

#define CTL_SLB_GROUP_ARGS \
	{ .word = "scheduler", .value = "NAME", .kind = CTL_ARG_WORD, .id = { SLB_A_GROUP_SCHEDULER } }, \
	{ .word = "table-size", .value = "PRIME", .kind = CTL_ARG_NUMBER, .min = 2, .max = UINT32_MAX, .id = { SLB_A_GROUP_TABLE_SIZE } }, \
	{ .word = "min-healthy", .value = "N|N%", .kind = CTL_ARG_SHARE, .min = 0, .max = SLB_SERVER_MAX, .id = { SLB_A_GROUP_MIN_HEALTHY, SLB_A_GROUP_MIN_HEALTHY_PERCENT } }, \
	{ .word = "when-none", .value = "refuse|all", .kind = CTL_ARG_CHOICE, .id = { SLB_A_GROUP_WHEN_NONE } }, \
	{ .word = "tier-min", .value = "N|N%", .kind = CTL_ARG_SHARE, .min = 0, .max = SLB_SERVER_MAX, .id = { SLB_A_GROUP_TIER_MIN, SLB_A_GROUP_TIER_MIN_PERCENT } }, \
	{ .word = "slow-start", .value = "SECONDS", .kind = CTL_ARG_NUMBER, .min = 0, .max = SLB_SLOW_START_MAX, .id = { SLB_A_GROUP_SLOW_START } }, \
	{ .word = "client-address", .value = "none|proxy-v2|toa", .kind = CTL_ARG_CHOICE, .id = { SLB_A_GROUP_CLIENT_ADDRESS } }, \
	{ .word = "hash", .value = "flow|source", .kind = CTL_ARG_CHOICE, .id = { SLB_A_GROUP_HASH } }, \
	{ .word = "overflow", .value = "yes|no", .kind = CTL_ARG_BOOL, .id = { SLB_A_GROUP_OVERFLOW } }, \
	{ .word = "persist", .value = "SECONDS", .kind = CTL_ARG_NUMBER, .min = 0, .max = SLB_TIMEOUT_MAX, .id = { SLB_A_GROUP_PERSIST } }, \
	{ .word = "prefix4", .value = "N", .kind = CTL_ARG_NUMBER, .min = 1, .max = 32, .id = { SLB_A_GROUP_PREFIX4 } }, \
	{ .word = "prefix6", .value = "N", .kind = CTL_ARG_NUMBER, .min = 1, .max = 128, .id = { SLB_A_GROUP_PREFIX6 } }, \
	{ .word = "hash-balance-factor", .value = "N", .kind = CTL_ARG_NUMBER, .min = 0, .max = 1000, .id = { SLB_A_GROUP_HASH_BALANCE_FACTOR } }

#define CTL_SLB_SERVER_ARGS \
	{ .word = "weight", .value = "N", .kind = CTL_ARG_NUMBER, .min = 0, .max = SLB_WEIGHT_MAX, .id = { SLB_A_SERVER_WEIGHT } }, \
	{ .word = "state", .value = "up|drain|maint", .kind = CTL_ARG_CHOICE, .id = { SLB_A_SERVER_STATE } }, \
	{ .word = "deadline", .value = "SECONDS", .kind = CTL_ARG_NUMBER, .min = 0, .max = SLB_TIMEOUT_MAX, .id = { SLB_A_SERVER_DEADLINE } }, \
	{ .word = "tier", .value = "N", .kind = CTL_ARG_NUMBER, .min = 0, .max = SLB_SERVER_TIER_MAX, .id = { SLB_A_SERVER_TIER } }, \
	{ .word = "session-limit", .value = "N", .kind = CTL_ARG_NUMBER, .min = 0, .max = SLB_SESSION_LIMIT_MAX, .id = { SLB_A_SERVER_SESSION_LIMIT } }

#define CTL_SLB_VIP_ARGS \
	{ .word = "client-address", .value = "group|none|proxy-v2|toa", .kind = CTL_ARG_CHOICE, .id = { SLB_A_VIP_CLIENT_ADDRESS } }, \
	{ .word = "session-limit", .value = "N", .kind = CTL_ARG_NUMBER, .min = 0, .max = SLB_SESSION_LIMIT_MAX, .id = { SLB_A_VIP_SESSION_LIMIT } }, \
	{ .word = "rate-limit", .value = "N", .kind = CTL_ARG_NUMBER, .min = 0, .max = 1000000, .id = { SLB_A_VIP_RATE_LIMIT } }, \
	{ .word = "refuse", .value = "unreachable|reset|drop", .kind = CTL_ARG_CHOICE, .id = { SLB_A_VIP_REFUSE } }, \
	{ .word = "tcp-syn-timeout", .value = "SECONDS", .kind = CTL_ARG_NUMBER, .min = 0, .max = SLB_TIMEOUT_MAX, .id = { SLB_A_VIP_TCP_SYN_TIMEOUT } }, \
	{ .word = "tcp-established-timeout", .value = "SECONDS", .kind = CTL_ARG_NUMBER, .min = 0, .max = SLB_TIMEOUT_MAX, .id = { SLB_A_VIP_TCP_ESTABLISHED_TIMEOUT } }, \
	{ .word = "tcp-fin-timeout", .value = "SECONDS", .kind = CTL_ARG_NUMBER, .min = 0, .max = SLB_TIMEOUT_MAX, .id = { SLB_A_VIP_TCP_FIN_TIMEOUT } }, \
	{ .word = "tcp-time-wait-timeout", .value = "SECONDS", .kind = CTL_ARG_NUMBER, .min = 0, .max = SLB_TIMEOUT_MAX, .id = { SLB_A_VIP_TCP_TIME_WAIT_TIMEOUT } }, \
	{ .word = "tcp-close-timeout", .value = "SECONDS", .kind = CTL_ARG_NUMBER, .min = 0, .max = SLB_TIMEOUT_MAX, .id = { SLB_A_VIP_TCP_CLOSE_TIMEOUT } }, \
	{ .word = "udp-new-timeout", .value = "SECONDS", .kind = CTL_ARG_NUMBER, .min = 0, .max = SLB_TIMEOUT_MAX, .id = { SLB_A_VIP_UDP_NEW_TIMEOUT } }, \
	{ .word = "udp-timeout", .value = "SECONDS", .kind = CTL_ARG_NUMBER, .min = 0, .max = SLB_TIMEOUT_MAX, .id = { SLB_A_VIP_UDP_TIMEOUT } }, \
	{ .word = "sctp-init-timeout", .value = "SECONDS", .kind = CTL_ARG_NUMBER, .min = 0, .max = SLB_TIMEOUT_MAX, .id = { SLB_A_VIP_SCTP_INIT_TIMEOUT } }, \
	{ .word = "sctp-established-timeout", .value = "SECONDS", .kind = CTL_ARG_NUMBER, .min = 0, .max = SLB_TIMEOUT_MAX, .id = { SLB_A_VIP_SCTP_ESTABLISHED_TIMEOUT } }, \
	{ .word = "sctp-shutdown-timeout", .value = "SECONDS", .kind = CTL_ARG_NUMBER, .min = 0, .max = SLB_TIMEOUT_MAX, .id = { SLB_A_VIP_SCTP_SHUTDOWN_TIMEOUT } }, \
	{ .word = "client-limit", .value = "N", .kind = CTL_ARG_NUMBER, .min = 0, .max = SLB_SESSION_LIMIT_MAX, .id = { SLB_A_VIP_CLIENT_LIMIT } }, \
	{ .word = "mark", .value = "V[/M]", .kind = CTL_ARG_MARK, .id = { SLB_A_VIP_MARK, SLB_A_VIP_MARK_MASK } }

#define CTL_SLB_SETTING_ARGS \
	{ .word = "session-limit", .value = "N", .kind = CTL_ARG_NUMBER, .min = 1, .max = SLB_SESSION_LIMIT_MAX, .id = { SLB_A_SETTING_SESSION_LIMIT } }, \
	{ .word = "port-first", .value = "PORT", .kind = CTL_ARG_SHORT, .min = 1, .max = UINT16_MAX, .id = { SLB_A_SETTING_PORT_FIRST } }, \
	{ .word = "port-last", .value = "PORT", .kind = CTL_ARG_SHORT, .min = 1, .max = UINT16_MAX, .id = { SLB_A_SETTING_PORT_LAST } }, \
	{ .word = "hash-key", .value = "HEX", .kind = CTL_ARG_KEY, .id = { SLB_A_SETTING_HASH_KEY } }, \
	{ .word = "icmp-rate", .value = "N", .kind = CTL_ARG_NUMBER, .min = 0, .max = 1000000, .id = { SLB_A_SETTING_ICMP_RATE } }, \
	{ .word = "tcp-syn-timeout", .value = "SECONDS", .kind = CTL_ARG_NUMBER, .min = 1, .max = SLB_TIMEOUT_MAX, .id = { SLB_A_SETTING_TCP_SYN_TIMEOUT } }, \
	{ .word = "tcp-established-timeout", .value = "SECONDS", .kind = CTL_ARG_NUMBER, .min = 1, .max = SLB_TIMEOUT_MAX, .id = { SLB_A_SETTING_TCP_ESTABLISHED_TIMEOUT } }, \
	{ .word = "tcp-fin-timeout", .value = "SECONDS", .kind = CTL_ARG_NUMBER, .min = 1, .max = SLB_TIMEOUT_MAX, .id = { SLB_A_SETTING_TCP_FIN_TIMEOUT } }, \
	{ .word = "tcp-time-wait-timeout", .value = "SECONDS", .kind = CTL_ARG_NUMBER, .min = 1, .max = SLB_TIMEOUT_MAX, .id = { SLB_A_SETTING_TCP_TIME_WAIT_TIMEOUT } }, \
	{ .word = "tcp-close-timeout", .value = "SECONDS", .kind = CTL_ARG_NUMBER, .min = 1, .max = SLB_TIMEOUT_MAX, .id = { SLB_A_SETTING_TCP_CLOSE_TIMEOUT } }, \
	{ .word = "udp-new-timeout", .value = "SECONDS", .kind = CTL_ARG_NUMBER, .min = 1, .max = SLB_TIMEOUT_MAX, .id = { SLB_A_SETTING_UDP_NEW_TIMEOUT } }, \
	{ .word = "udp-timeout", .value = "SECONDS", .kind = CTL_ARG_NUMBER, .min = 1, .max = SLB_TIMEOUT_MAX, .id = { SLB_A_SETTING_UDP_TIMEOUT } }, \
	{ .word = "sctp-init-timeout", .value = "SECONDS", .kind = CTL_ARG_NUMBER, .min = 1, .max = SLB_TIMEOUT_MAX, .id = { SLB_A_SETTING_SCTP_INIT_TIMEOUT } }, \
	{ .word = "sctp-established-timeout", .value = "SECONDS", .kind = CTL_ARG_NUMBER, .min = 1, .max = SLB_TIMEOUT_MAX, .id = { SLB_A_SETTING_SCTP_ESTABLISHED_TIMEOUT } }, \
	{ .word = "sctp-shutdown-timeout", .value = "SECONDS", .kind = CTL_ARG_NUMBER, .min = 1, .max = SLB_TIMEOUT_MAX, .id = { SLB_A_SETTING_SCTP_SHUTDOWN_TIMEOUT } }, \
	{ .word = "fast-path", .value = "yes|no", .kind = CTL_ARG_BOOL, .id = { SLB_A_SETTING_FAST_PATH } }, \
	{ .word = "on-end", .value = "reset|drop", .kind = CTL_ARG_CHOICE, .id = { SLB_A_SETTING_ON_END } }, \
	{ .word = "reset-rate", .value = "N", .kind = CTL_ARG_NUMBER, .min = 0, .max = 1000000, .id = { SLB_A_SETTING_RESET_RATE } }, \
	{ .word = "unmatched", .value = "reject|drop|route", .kind = CTL_ARG_CHOICE, .id = { SLB_A_SETTING_UNMATCHED } }, \
	{ .word = "health-ttl", .value = "SECONDS", .kind = CTL_ARG_NUMBER, .min = 1, .max = SLB_TIMEOUT_MAX, .id = { SLB_A_SETTING_HEALTH_TTL } }, \
	{ .word = "proxy-every", .value = "yes|no", .kind = CTL_ARG_BOOL, .id = { SLB_A_SETTING_PROXY_EVERY } }, \
	{ .word = "proxy-checksum", .value = "yes|no", .kind = CTL_ARG_BOOL, .id = { SLB_A_SETTING_PROXY_CHECKSUM } }, \
	{ .word = "sync-wait", .value = "SECONDS", .kind = CTL_ARG_NUMBER, .min = 0, .max = SLB_SYNC_WAIT_MAX, .id = { SLB_A_SETTING_SYNC_WAIT } }, \
	{ .word = "sync-after", .value = "MS", .kind = CTL_ARG_NUMBER, .min = 0, .max = SLB_SYNC_AFTER_MAX, .id = { SLB_A_SETTING_SYNC_AFTER } }, \
	{ .word = "sync-log", .value = "N", .kind = CTL_ARG_NUMBER, .min = SLB_SYNC_LOG_MIN, .max = SLB_SYNC_LOG_MAX, .id = { SLB_A_SETTING_SYNC_LOG } }, \
	{ .word = "persist-limit", .value = "N", .kind = CTL_ARG_NUMBER, .min = 0, .max = SLB_SESSION_LIMIT_MAX, .id = { SLB_A_SETTING_PERSIST_LIMIT } }

#define CTL_SLB_RELAY_BALANCER_ARGS \
	{ .word = "weight", .value = "N", .kind = CTL_ARG_NUMBER, .min = 0, .max = SLB_RELAY_WEIGHT_MAX, .id = { SLB_RELAY_A_BALANCER_WEIGHT } }

#define CTL_SLB_RELAY_LINK_ARGS \
	{ .word = "weight", .value = "N", .kind = CTL_ARG_NUMBER, .min = 0, .max = SLB_RELAY_WEIGHT_MAX, .id = { SLB_RELAY_A_LINK_WEIGHT } }, \
	{ .word = "interval", .value = "MS", .kind = CTL_ARG_NUMBER, .min = 0, .max = SLB_RELAY_INTERVAL_MAX, .id = { SLB_RELAY_A_LINK_INTERVAL } }, \
	{ .word = "misses", .value = "N", .kind = CTL_ARG_NUMBER, .min = 1, .max = SLB_RELAY_PROBES_MAX, .id = { SLB_RELAY_A_LINK_MISSES } }, \
	{ .word = "recover", .value = "N", .kind = CTL_ARG_NUMBER, .min = 1, .max = SLB_RELAY_PROBES_MAX, .id = { SLB_RELAY_A_LINK_RECOVER } }, \
	{ .word = "hold", .value = "MS", .kind = CTL_ARG_NUMBER, .min = 0, .max = SLB_RELAY_HOLD_MAX, .id = { SLB_RELAY_A_LINK_HOLD } }, \
	{ .word = "shared", .value = "yes|no", .kind = CTL_ARG_BOOL, .id = { SLB_RELAY_A_LINK_SHARED } }, \
	{ .word = "xdp", .value = "yes|no", .kind = CTL_ARG_BOOL, .id = { SLB_RELAY_A_LINK_XDP } }

#define CTL_SLB_RELAY_FLOW_ARGS \
	{ .word = "client-port", .value = "PORT", .kind = CTL_ARG_SHORT, .min = 0, .max = UINT16_MAX, .id = { SLB_RELAY_A_FLOW_CLIENT_PORT } }, \
	{ .word = "vip-port", .value = "PORT", .kind = CTL_ARG_SHORT, .min = 0, .max = UINT16_MAX, .id = { SLB_RELAY_A_FLOW_VIP_PORT } }, \
	{ .word = "state", .value = "tcp-syn|udp-new|sctp-init|tcp-fin|sctp-shutdown|tcp-established|udp|sctp-established", .kind = CTL_ARG_CHOICE, .id = { SLB_RELAY_A_FLOW_STATE } }, \
	{ .word = "idle", .value = "MS", .kind = CTL_ARG_NUMBER, .min = 0, .max = UINT32_MAX, .id = { SLB_RELAY_A_FLOW_IDLE } }

#define CTL_SLB_RELAY_SETTING_ARGS \
	{ .word = "hash-key", .value = "HEX", .kind = CTL_ARG_KEY, .id = { SLB_RELAY_A_SETTING_HASH_KEY } }, \
	{ .word = "flow-limit", .value = "N", .kind = CTL_ARG_NUMBER, .min = 0, .max = SLB_RELAY_FLOW_LIMIT_MAX, .id = { SLB_RELAY_A_SETTING_FLOW_LIMIT } }, \
	{ .word = "dead-reset", .value = "yes|no", .kind = CTL_ARG_BOOL, .id = { SLB_RELAY_A_SETTING_DEAD_RESET } }, \
	{ .word = "tcp-syn-timeout", .value = "SECONDS", .kind = CTL_ARG_NUMBER, .min = 1, .max = SLB_RELAY_TIMEOUT_MAX, .id = { SLB_RELAY_A_SETTING_TCP_SYN_TIMEOUT } }, \
	{ .word = "tcp-established-timeout", .value = "SECONDS", .kind = CTL_ARG_NUMBER, .min = 1, .max = SLB_RELAY_TIMEOUT_MAX, .id = { SLB_RELAY_A_SETTING_TCP_ESTABLISHED_TIMEOUT } }, \
	{ .word = "tcp-fin-timeout", .value = "SECONDS", .kind = CTL_ARG_NUMBER, .min = 1, .max = SLB_RELAY_TIMEOUT_MAX, .id = { SLB_RELAY_A_SETTING_TCP_FIN_TIMEOUT } }, \
	{ .word = "udp-new-timeout", .value = "SECONDS", .kind = CTL_ARG_NUMBER, .min = 1, .max = SLB_RELAY_TIMEOUT_MAX, .id = { SLB_RELAY_A_SETTING_UDP_NEW_TIMEOUT } }, \
	{ .word = "udp-timeout", .value = "SECONDS", .kind = CTL_ARG_NUMBER, .min = 1, .max = SLB_RELAY_TIMEOUT_MAX, .id = { SLB_RELAY_A_SETTING_UDP_TIMEOUT } }, \
	{ .word = "sctp-init-timeout", .value = "SECONDS", .kind = CTL_ARG_NUMBER, .min = 1, .max = SLB_RELAY_TIMEOUT_MAX, .id = { SLB_RELAY_A_SETTING_SCTP_INIT_TIMEOUT } }, \
	{ .word = "sctp-established-timeout", .value = "SECONDS", .kind = CTL_ARG_NUMBER, .min = 1, .max = SLB_RELAY_TIMEOUT_MAX, .id = { SLB_RELAY_A_SETTING_SCTP_ESTABLISHED_TIMEOUT } }, \
	{ .word = "sctp-shutdown-timeout", .value = "SECONDS", .kind = CTL_ARG_NUMBER, .min = 1, .max = SLB_RELAY_TIMEOUT_MAX, .id = { SLB_RELAY_A_SETTING_SCTP_SHUTDOWN_TIMEOUT } }, \
	{ .word = "fast-path", .value = "yes|no", .kind = CTL_ARG_BOOL, .id = { SLB_RELAY_A_SETTING_FAST_PATH } }, \
	{ .word = "dead-after", .value = "MS", .kind = CTL_ARG_NUMBER, .min = 0, .max = SLB_RELAY_DEAD_AFTER_MAX, .id = { SLB_RELAY_A_SETTING_DEAD_AFTER } }, \
	{ .word = "reset-rate", .value = "N", .kind = CTL_ARG_NUMBER, .min = 0, .max = 1000000, .id = { SLB_RELAY_A_SETTING_RESET_RATE } }, \
	{ .word = "unmatched", .value = "reject|drop|route", .kind = CTL_ARG_CHOICE, .id = { SLB_RELAY_A_SETTING_UNMATCHED } }, \
	{ .word = "settle-after", .value = "MS", .kind = CTL_ARG_NUMBER, .min = 0, .max = SLB_RELAY_SETTLE_AFTER_MAX, .id = { SLB_RELAY_A_SETTING_SETTLE_AFTER } }, \
	{ .word = "icmp-rate", .value = "N", .kind = CTL_ARG_NUMBER, .min = 0, .max = 1000000, .id = { SLB_RELAY_A_SETTING_ICMP_RATE } }, \
	{ .word = "announce", .value = "yes|no", .kind = CTL_ARG_BOOL, .id = { SLB_RELAY_A_SETTING_ANNOUNCE } }

#define CTL_SLB_RELAY_DEVICE_ARGS \
	{ .word = "xdp", .value = "yes|no", .kind = CTL_ARG_BOOL, .id = { SLB_RELAY_A_DEVICE_XDP } }

#endif /* SLBCTL_NL_GEN_H */
