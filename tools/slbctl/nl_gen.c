// SPDX-License-Identifier: GPL-2.0-only
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/slb.yaml */
/*	Documentation/netlink/specs/slb_relay.yaml */
/* scripts/regen-tables */

#include "nl_gen.h"

static const char *const slb_feature_names[] = {
	"transactions",
};

static const char *const slb_link_state_names[] = {
	[SLB_LINK_STATE_UP] = "up",
	[SLB_LINK_STATE_NO_DEVICE] = "no-device",
	[SLB_LINK_STATE_ADMIN_DOWN] = "admin-down",
	[SLB_LINK_STATE_NO_CARRIER] = "no-carrier",
	[SLB_LINK_STATE_NO_NEIGHBOR] = "no-neighbor",
	[SLB_LINK_STATE_SILENT] = "silent",
	[SLB_LINK_STATE_UNHEARD] = "unheard",
	[SLB_LINK_STATE_WITHDRAWN] = "withdrawn",
	[SLB_LINK_STATE_HELD] = "held",
	[SLB_LINK_STATE_NO_ADDRESS] = "no-address",
};

static const char *const slb_probe_state_names[] = {
	[SLB_PROBE_STATE_OFF] = "off",
	[SLB_PROBE_STATE_DOWN] = "down",
	[SLB_PROBE_STATE_INIT] = "init",
	[SLB_PROBE_STATE_UP] = "up",
};

static const char *const slb_on_end_names[] = {
	[SLB_ON_END_RESET] = "reset",
	[SLB_ON_END_DROP] = "drop",
};

static const char *const slb_unmatched_names[] = {
	[SLB_UNMATCHED_REJECT] = "reject",
	[SLB_UNMATCHED_DROP] = "drop",
	[SLB_UNMATCHED_ROUTE] = "route",
};

static const char *const slb_session_state_names[] = {
	[SLB_SESSION_STATE_TCP_SYN] = "tcp-syn",
	[SLB_SESSION_STATE_TCP_SYN_ACK] = "tcp-syn-ack",
	[SLB_SESSION_STATE_TCP_ESTABLISHED] = "tcp-established",
	[SLB_SESSION_STATE_TCP_FIN] = "tcp-fin",
	[SLB_SESSION_STATE_TCP_TIME_WAIT] = "tcp-time-wait",
	[SLB_SESSION_STATE_TCP_CLOSE] = "tcp-close",
	[SLB_SESSION_STATE_UDP_NEW] = "udp-new",
	[SLB_SESSION_STATE_UDP] = "udp",
	[SLB_SESSION_STATE_SCTP_INIT] = "sctp-init",
	[SLB_SESSION_STATE_SCTP_ESTABLISHED] = "sctp-established",
	[SLB_SESSION_STATE_SCTP_SHUTDOWN] = "sctp-shutdown",
};

static const char *const slb_scheduler_names[] = {
	"rr",
	"wrr",
	"lc",
	"wlc",
	"sh",
	"mh",
};

const struct ctl_attr ctl_slb_link_attrs[SLB_A_LINK_MAX + 1] = {
	[SLB_A_LINK_NAME] = { .name = "name", .type = CTL_STRING },
	[SLB_A_LINK_DEV] = { .name = "dev", .type = CTL_DEV },
	[SLB_A_LINK_VIA4] = { .name = "via4", .type = CTL_ADDR },
	[SLB_A_LINK_LOCAL4_FIRST] = { .name = "local4-first", .type = CTL_ADDR },
	[SLB_A_LINK_LOCAL4_LAST] = { .name = "local4-last", .type = CTL_ADDR },
	[SLB_A_LINK_VIA6] = { .name = "via6", .type = CTL_ADDR },
	[SLB_A_LINK_LOCAL6_FIRST] = { .name = "local6-first", .type = CTL_ADDR },
	[SLB_A_LINK_LOCAL6_LAST] = { .name = "local6-last", .type = CTL_ADDR },
	[SLB_A_LINK_WEIGHT] = { .name = "weight", .type = CTL_U32 },
	[SLB_A_LINK_INTERVAL] = { .name = "interval", .type = CTL_U32 },
	[SLB_A_LINK_MISSES] = { .name = "misses", .type = CTL_U32 },
	[SLB_A_LINK_RECOVER] = { .name = "recover", .type = CTL_U32 },
	[SLB_A_LINK_HOLD] = { .name = "hold", .type = CTL_U32 },
	[SLB_A_LINK_SHARED] = { .name = "shared", .type = CTL_BOOL },
	[SLB_A_LINK_STATE] = { .name = "state", .type = CTL_ENUM, .names = slb_link_state_names, .count = CTL_COUNT(slb_link_state_names) },
	[SLB_A_LINK_SINCE] = { .name = "since", .type = CTL_MSEC },
	[SLB_A_LINK_LAST_DOWN] = { .name = "last-down", .type = CTL_ENUM, .names = slb_link_state_names, .count = CTL_COUNT(slb_link_state_names) },
	[SLB_A_LINK_LAST_DOWN_SINCE] = { .name = "last-down-since", .type = CTL_MSEC },
	[SLB_A_LINK_DOWNS] = { .name = "downs", .type = CTL_UINT },
	[SLB_A_LINK_UNREACHABLE4] = { .name = "unreachable4", .type = CTL_BOOL },
	[SLB_A_LINK_UNREACHABLE6] = { .name = "unreachable6", .type = CTL_BOOL },
	[SLB_A_LINK_PROBE] = { .name = "probe", .type = CTL_ENUM, .names = slb_probe_state_names, .count = CTL_COUNT(slb_probe_state_names) },
	[SLB_A_LINK_RTT_US] = { .name = "rtt-us", .type = CTL_U32 },
	[SLB_A_LINK_RTT_MIN_US] = { .name = "rtt-min-us", .type = CTL_U32 },
	[SLB_A_LINK_PROBES_OUT] = { .name = "probes-out", .type = CTL_UINT },
	[SLB_A_LINK_PROBES_IN] = { .name = "probes-in", .type = CTL_UINT },
	[SLB_A_LINK_LOST_OUT] = { .name = "lost-out", .type = CTL_UINT },
	[SLB_A_LINK_LOST_IN] = { .name = "lost-in", .type = CTL_UINT },
	[SLB_A_LINK_FAR4_FIRST] = { .name = "far4-first", .type = CTL_ADDR },
	[SLB_A_LINK_FAR4_LAST] = { .name = "far4-last", .type = CTL_ADDR },
	[SLB_A_LINK_FAR6_FIRST] = { .name = "far6-first", .type = CTL_ADDR },
	[SLB_A_LINK_FAR6_LAST] = { .name = "far6-last", .type = CTL_ADDR },
	[SLB_A_LINK_RANGE_DIFFERS] = { .name = "range-differs", .type = CTL_BOOL },
	[SLB_A_LINK_IFINDEX] = { .name = "ifindex", .type = CTL_U32 },
	[SLB_A_LINK_CLIENT_IN] = { .name = "client-in", .type = CTL_TRAFFIC },
	[SLB_A_LINK_CLIENT_OUT] = { .name = "client-out", .type = CTL_TRAFFIC },
	[SLB_A_LINK_SERVER_OUT] = { .name = "server-out", .type = CTL_TRAFFIC },
	[SLB_A_LINK_SERVER_IN] = { .name = "server-in", .type = CTL_TRAFFIC },
	[SLB_A_LINK_SESSIONS] = { .name = "sessions", .type = CTL_UINT },
	[SLB_A_LINK_PORTS_USED] = { .name = "ports-used", .type = CTL_UINT },
	[SLB_A_LINK_PORTS_FREE] = { .name = "ports-free", .type = CTL_UINT },
	[SLB_A_LINK_PORTS_FAILED] = { .name = "ports-failed", .type = CTL_UINT },
	[SLB_A_LINK_STATE4] = { .name = "state4", .type = CTL_ENUM, .names = slb_link_state_names, .count = CTL_COUNT(slb_link_state_names) },
	[SLB_A_LINK_STATE6] = { .name = "state6", .type = CTL_ENUM, .names = slb_link_state_names, .count = CTL_COUNT(slb_link_state_names) },
	[SLB_A_LINK_FAR_KEY] = { .name = "far-key", .type = CTL_U32 },
	[SLB_A_LINK_KEYS_DIFFER] = { .name = "keys-differ", .type = CTL_BOOL },
	[SLB_A_LINK_SESSIONS_ENDED] = { .name = "sessions-ended", .type = CTL_U32 },
	[SLB_A_LINK_NEW_NAME] = { .name = "new-name", .type = CTL_STRING },
};

const struct ctl_attr ctl_slb_group_attrs[SLB_A_GROUP_MAX + 1] = {
	[SLB_A_GROUP_NAME] = { .name = "name", .type = CTL_STRING },
	[SLB_A_GROUP_SCHEDULER] = { .name = "scheduler", .type = CTL_STRING, .names = slb_scheduler_names, .count = CTL_COUNT(slb_scheduler_names) },
	[SLB_A_GROUP_TABLE_SIZE] = { .name = "table-size", .type = CTL_U32 },
	[SLB_A_GROUP_SERVERS] = { .name = "servers", .type = CTL_U32 },
	[SLB_A_GROUP_USABLE] = { .name = "usable", .type = CTL_U32 },
	[SLB_A_GROUP_VIPS] = { .name = "vips", .type = CTL_U32 },
	[SLB_A_GROUP_SESSIONS_ENDED] = { .name = "sessions-ended", .type = CTL_U32 },
	[SLB_A_GROUP_NEW_NAME] = { .name = "new-name", .type = CTL_STRING },
};

const struct ctl_attr ctl_slb_server_attrs[SLB_A_SERVER_MAX + 1] = {
	[SLB_A_SERVER_GROUP] = { .name = "group", .type = CTL_STRING },
	[SLB_A_SERVER_ADDR] = { .name = "addr", .type = CTL_ADDR },
	[SLB_A_SERVER_PORT] = { .name = "port", .type = CTL_U16 },
	[SLB_A_SERVER_WEIGHT] = { .name = "weight", .type = CTL_U32 },
	[SLB_A_SERVER_SESSIONS] = { .name = "sessions", .type = CTL_UINT },
	[SLB_A_SERVER_SESSIONS_TOTAL] = { .name = "sessions-total", .type = CTL_UINT },
	[SLB_A_SERVER_IN] = { .name = "in", .type = CTL_TRAFFIC },
	[SLB_A_SERVER_OUT] = { .name = "out", .type = CTL_TRAFFIC },
	[SLB_A_SERVER_SESSIONS_ENDED] = { .name = "sessions-ended", .type = CTL_U32 },
};

const struct ctl_attr ctl_slb_vip_attrs[SLB_A_VIP_MAX + 1] = {
	[SLB_A_VIP_PROTO] = { .name = "proto", .type = CTL_PROTO },
	[SLB_A_VIP_ADDR] = { .name = "addr", .type = CTL_ADDR },
	[SLB_A_VIP_PORT_FIRST] = { .name = "port-first", .type = CTL_U16 },
	[SLB_A_VIP_PORT_LAST] = { .name = "port-last", .type = CTL_U16 },
	[SLB_A_VIP_GROUP] = { .name = "group", .type = CTL_STRING },
	[SLB_A_VIP_SESSIONS] = { .name = "sessions", .type = CTL_UINT },
	[SLB_A_VIP_SESSIONS_TOTAL] = { .name = "sessions-total", .type = CTL_UINT },
	[SLB_A_VIP_IN] = { .name = "in", .type = CTL_TRAFFIC },
	[SLB_A_VIP_OUT] = { .name = "out", .type = CTL_TRAFFIC },
	[SLB_A_VIP_SESSIONS_ENDED] = { .name = "sessions-ended", .type = CTL_U32 },
};

const struct ctl_attr ctl_slb_session_attrs[SLB_A_SESSION_MAX + 1] = {
	[SLB_A_SESSION_PROTO] = { .name = "proto", .type = CTL_PROTO },
	[SLB_A_SESSION_CLIENT] = { .name = "client", .type = CTL_ADDR },
	[SLB_A_SESSION_CLIENT_PORT] = { .name = "client-port", .type = CTL_U16 },
	[SLB_A_SESSION_VIP] = { .name = "vip", .type = CTL_ADDR },
	[SLB_A_SESSION_VIP_PORT] = { .name = "vip-port", .type = CTL_U16 },
	[SLB_A_SESSION_SERVER] = { .name = "server", .type = CTL_ADDR },
	[SLB_A_SESSION_SERVER_PORT] = { .name = "server-port", .type = CTL_U16 },
	[SLB_A_SESSION_LOCAL] = { .name = "local", .type = CTL_ADDR },
	[SLB_A_SESSION_LOCAL_PORT] = { .name = "local-port", .type = CTL_U16 },
	[SLB_A_SESSION_INGRESS_LINK] = { .name = "ingress-link", .type = CTL_STRING },
	[SLB_A_SESSION_RETURN_LINK] = { .name = "return-link", .type = CTL_STRING },
	[SLB_A_SESSION_GROUP] = { .name = "group", .type = CTL_STRING },
	[SLB_A_SESSION_STATE] = { .name = "state", .type = CTL_ENUM, .names = slb_session_state_names, .count = CTL_COUNT(slb_session_state_names) },
	[SLB_A_SESSION_AGE] = { .name = "age", .type = CTL_MSEC },
	[SLB_A_SESSION_EXPIRES] = { .name = "expires", .type = CTL_MSEC },
	[SLB_A_SESSION_IN] = { .name = "in", .type = CTL_TRAFFIC },
	[SLB_A_SESSION_OUT] = { .name = "out", .type = CTL_TRAFFIC },
	[SLB_A_SESSION_COUNT] = { .name = "count", .type = CTL_U32 },
};

const struct ctl_attr ctl_slb_setting_attrs[SLB_A_SETTING_MAX + 1] = {
	[SLB_A_SETTING_SESSION_LIMIT] = { .name = "session-limit", .type = CTL_U32 },
	[SLB_A_SETTING_PORT_FIRST] = { .name = "port-first", .type = CTL_U16 },
	[SLB_A_SETTING_PORT_LAST] = { .name = "port-last", .type = CTL_U16 },
	[SLB_A_SETTING_HASH_KEY] = { .name = "hash-key", .type = CTL_SECRET },
	[SLB_A_SETTING_ICMP_RATE] = { .name = "icmp-rate", .type = CTL_U32 },
	[SLB_A_SETTING_TCP_SYN_TIMEOUT] = { .name = "tcp-syn-timeout", .type = CTL_U32 },
	[SLB_A_SETTING_TCP_ESTABLISHED_TIMEOUT] = { .name = "tcp-established-timeout", .type = CTL_U32 },
	[SLB_A_SETTING_TCP_FIN_TIMEOUT] = { .name = "tcp-fin-timeout", .type = CTL_U32 },
	[SLB_A_SETTING_TCP_TIME_WAIT_TIMEOUT] = { .name = "tcp-time-wait-timeout", .type = CTL_U32 },
	[SLB_A_SETTING_TCP_CLOSE_TIMEOUT] = { .name = "tcp-close-timeout", .type = CTL_U32 },
	[SLB_A_SETTING_UDP_NEW_TIMEOUT] = { .name = "udp-new-timeout", .type = CTL_U32 },
	[SLB_A_SETTING_UDP_TIMEOUT] = { .name = "udp-timeout", .type = CTL_U32 },
	[SLB_A_SETTING_SCTP_INIT_TIMEOUT] = { .name = "sctp-init-timeout", .type = CTL_U32 },
	[SLB_A_SETTING_SCTP_ESTABLISHED_TIMEOUT] = { .name = "sctp-established-timeout", .type = CTL_U32 },
	[SLB_A_SETTING_SCTP_SHUTDOWN_TIMEOUT] = { .name = "sctp-shutdown-timeout", .type = CTL_U32 },
	[SLB_A_SETTING_FAST_PATH] = { .name = "fast-path", .type = CTL_BOOL },
	[SLB_A_SETTING_ON_END] = { .name = "on-end", .type = CTL_ENUM, .names = slb_on_end_names, .count = CTL_COUNT(slb_on_end_names) },
	[SLB_A_SETTING_RESET_RATE] = { .name = "reset-rate", .type = CTL_U32 },
	[SLB_A_SETTING_UNMATCHED] = { .name = "unmatched", .type = CTL_ENUM, .names = slb_unmatched_names, .count = CTL_COUNT(slb_unmatched_names) },
};

const struct ctl_attr ctl_slb_status_attrs[SLB_A_STATUS_MAX + 1] = {
	[SLB_A_STATUS_SESSIONS] = { .name = "sessions", .type = CTL_UINT },
	[SLB_A_STATUS_SESSIONS_TOTAL] = { .name = "sessions-total", .type = CTL_UINT },
	[SLB_A_STATUS_SESSIONS_EXPIRED] = { .name = "sessions-expired", .type = CTL_UINT },
	[SLB_A_STATUS_SESSIONS_REFUSED] = { .name = "sessions-refused", .type = CTL_UINT },
	[SLB_A_STATUS_VIPS] = { .name = "vips", .type = CTL_U32 },
	[SLB_A_STATUS_GROUPS] = { .name = "groups", .type = CTL_U32 },
	[SLB_A_STATUS_SERVERS] = { .name = "servers", .type = CTL_U32 },
	[SLB_A_STATUS_LINKS] = { .name = "links", .type = CTL_U32 },
	[SLB_A_STATUS_SESSIONS_YIELDED] = { .name = "sessions-yielded", .type = CTL_UINT },
	[SLB_A_STATUS_RESETS] = { .name = "resets", .type = CTL_UINT },
	[SLB_A_STATUS_RESETS_LIMITED] = { .name = "resets-limited", .type = CTL_UINT },
	[SLB_A_STATUS_GENERATION] = { .name = "generation", .type = CTL_U32 },
	[SLB_A_STATUS_VERSION] = { .name = "version", .type = CTL_STRING },
	[SLB_A_STATUS_FEATURES] = { .name = "features", .type = CTL_FLAGS, .names = slb_feature_names, .count = CTL_COUNT(slb_feature_names) },
	[SLB_A_STATUS_ADDRESSES_KEPT] = { .name = "addresses-kept", .type = CTL_U32 },
	[SLB_A_STATUS_ADDRESSES_FORGOTTEN] = { .name = "addresses-forgotten", .type = CTL_UINT },
};

const struct ctl_attr ctl_slb_drop_attrs[SLB_A_DROP_MAX + 1] = {
	[SLB_A_DROP_ID] = { .name = "id", .type = CTL_U32 },
	[SLB_A_DROP_NAME] = { .name = "name", .type = CTL_STRING },
	[SLB_A_DROP_TEXT] = { .name = "text", .type = CTL_STRING },
	[SLB_A_DROP_PACKETS] = { .name = "packets", .type = CTL_UINT },
	[SLB_A_DROP_SKB_REASON] = { .name = "skb-reason", .type = CTL_STRING },
};

const struct ctl_attr ctl_slb_txn_attrs[SLB_A_TXN_MAX + 1] = {
	[SLB_A_TXN_OP] = { .name = "op", .type = CTL_U8 },
	[SLB_A_TXN_UNDO_OP] = { .name = "undo-op", .type = CTL_U8 },
	[SLB_A_TXN_GENERATION] = { .name = "generation", .type = CTL_U32 },
	[SLB_A_TXN_STAGED] = { .name = "staged", .type = CTL_U32 },
	[SLB_A_TXN_FAILED] = { .name = "failed", .type = CTL_U32 },
	[SLB_A_TXN_NOT_UNDONE] = { .name = "not-undone", .type = CTL_U32 },
};

static const char *const slb_relay_feature_names[] = {
	"transactions",
};

static const char *const slb_relay_link_state_names[] = {
	[SLB_RELAY_LINK_STATE_UP] = "up",
	[SLB_RELAY_LINK_STATE_NO_DEVICE] = "no-device",
	[SLB_RELAY_LINK_STATE_ADMIN_DOWN] = "admin-down",
	[SLB_RELAY_LINK_STATE_NO_CARRIER] = "no-carrier",
	[SLB_RELAY_LINK_STATE_NO_NEIGHBOR] = "no-neighbor",
	[SLB_RELAY_LINK_STATE_SILENT] = "silent",
	[SLB_RELAY_LINK_STATE_UNHEARD] = "unheard",
	[SLB_RELAY_LINK_STATE_WITHDRAWN] = "withdrawn",
	[SLB_RELAY_LINK_STATE_HELD] = "held",
	[SLB_RELAY_LINK_STATE_NO_ADDRESS] = "no-address",
};

static const char *const slb_relay_probe_state_names[] = {
	[SLB_RELAY_PROBE_STATE_OFF] = "off",
	[SLB_RELAY_PROBE_STATE_DOWN] = "down",
	[SLB_RELAY_PROBE_STATE_INIT] = "init",
	[SLB_RELAY_PROBE_STATE_UP] = "up",
};

static const char *const slb_relay_unmatched_names[] = {
	[SLB_RELAY_UNMATCHED_REJECT] = "reject",
	[SLB_RELAY_UNMATCHED_DROP] = "drop",
	[SLB_RELAY_UNMATCHED_ROUTE] = "route",
};

static const char *const slb_relay_flow_state_names[] = {
	[SLB_RELAY_FLOW_STATE_TCP_SYN] = "tcp-syn",
	[SLB_RELAY_FLOW_STATE_UDP_NEW] = "udp-new",
	[SLB_RELAY_FLOW_STATE_SCTP_INIT] = "sctp-init",
	[SLB_RELAY_FLOW_STATE_TCP_FIN] = "tcp-fin",
	[SLB_RELAY_FLOW_STATE_SCTP_SHUTDOWN] = "sctp-shutdown",
	[SLB_RELAY_FLOW_STATE_TCP_ESTABLISHED] = "tcp-established",
	[SLB_RELAY_FLOW_STATE_UDP] = "udp",
	[SLB_RELAY_FLOW_STATE_SCTP_ESTABLISHED] = "sctp-established",
};

const struct ctl_attr ctl_slb_relay_vip_attrs[SLB_RELAY_A_VIP_MAX + 1] = {
	[SLB_RELAY_A_VIP_PROTO] = { .name = "proto", .type = CTL_PROTO },
	[SLB_RELAY_A_VIP_ADDR] = { .name = "addr", .type = CTL_ADDR },
	[SLB_RELAY_A_VIP_PORT_FIRST] = { .name = "port-first", .type = CTL_U16 },
	[SLB_RELAY_A_VIP_PORT_LAST] = { .name = "port-last", .type = CTL_U16 },
	[SLB_RELAY_A_VIP_IN] = { .name = "in", .type = CTL_TRAFFIC },
	[SLB_RELAY_A_VIP_OUT] = { .name = "out", .type = CTL_TRAFFIC },
};

const struct ctl_attr ctl_slb_relay_balancer_attrs[SLB_RELAY_A_BALANCER_MAX + 1] = {
	[SLB_RELAY_A_BALANCER_NAME] = { .name = "name", .type = CTL_STRING },
	[SLB_RELAY_A_BALANCER_WEIGHT] = { .name = "weight", .type = CTL_U32 },
	[SLB_RELAY_A_BALANCER_LINKS] = { .name = "links", .type = CTL_U32 },
	[SLB_RELAY_A_BALANCER_LINKS_UP] = { .name = "links-up", .type = CTL_U32 },
	[SLB_RELAY_A_BALANCER_SLOTS4] = { .name = "slots4", .type = CTL_U32 },
	[SLB_RELAY_A_BALANCER_SLOTS6] = { .name = "slots6", .type = CTL_U32 },
	[SLB_RELAY_A_BALANCER_FLOWS_ENDED] = { .name = "flows-ended", .type = CTL_U32 },
	[SLB_RELAY_A_BALANCER_NEW_NAME] = { .name = "new-name", .type = CTL_STRING },
};

const struct ctl_attr ctl_slb_relay_link_attrs[SLB_RELAY_A_LINK_MAX + 1] = {
	[SLB_RELAY_A_LINK_BALANCER] = { .name = "balancer", .type = CTL_STRING },
	[SLB_RELAY_A_LINK_NAME] = { .name = "name", .type = CTL_STRING },
	[SLB_RELAY_A_LINK_DEV] = { .name = "dev", .type = CTL_DEV },
	[SLB_RELAY_A_LINK_VIA4] = { .name = "via4", .type = CTL_ADDR },
	[SLB_RELAY_A_LINK_RETURN4_FIRST] = { .name = "return4-first", .type = CTL_ADDR },
	[SLB_RELAY_A_LINK_RETURN4_LAST] = { .name = "return4-last", .type = CTL_ADDR },
	[SLB_RELAY_A_LINK_VIA6] = { .name = "via6", .type = CTL_ADDR },
	[SLB_RELAY_A_LINK_RETURN6_FIRST] = { .name = "return6-first", .type = CTL_ADDR },
	[SLB_RELAY_A_LINK_RETURN6_LAST] = { .name = "return6-last", .type = CTL_ADDR },
	[SLB_RELAY_A_LINK_WEIGHT] = { .name = "weight", .type = CTL_U32 },
	[SLB_RELAY_A_LINK_INTERVAL] = { .name = "interval", .type = CTL_U32 },
	[SLB_RELAY_A_LINK_MISSES] = { .name = "misses", .type = CTL_U32 },
	[SLB_RELAY_A_LINK_RECOVER] = { .name = "recover", .type = CTL_U32 },
	[SLB_RELAY_A_LINK_HOLD] = { .name = "hold", .type = CTL_U32 },
	[SLB_RELAY_A_LINK_SHARED] = { .name = "shared", .type = CTL_BOOL },
	[SLB_RELAY_A_LINK_STATE] = { .name = "state", .type = CTL_ENUM, .names = slb_relay_link_state_names, .count = CTL_COUNT(slb_relay_link_state_names) },
	[SLB_RELAY_A_LINK_SINCE] = { .name = "since", .type = CTL_MSEC },
	[SLB_RELAY_A_LINK_LAST_DOWN] = { .name = "last-down", .type = CTL_ENUM, .names = slb_relay_link_state_names, .count = CTL_COUNT(slb_relay_link_state_names) },
	[SLB_RELAY_A_LINK_LAST_DOWN_SINCE] = { .name = "last-down-since", .type = CTL_MSEC },
	[SLB_RELAY_A_LINK_DOWNS] = { .name = "downs", .type = CTL_UINT },
	[SLB_RELAY_A_LINK_UNREACHABLE4] = { .name = "unreachable4", .type = CTL_BOOL },
	[SLB_RELAY_A_LINK_UNREACHABLE6] = { .name = "unreachable6", .type = CTL_BOOL },
	[SLB_RELAY_A_LINK_PROBE] = { .name = "probe", .type = CTL_ENUM, .names = slb_relay_probe_state_names, .count = CTL_COUNT(slb_relay_probe_state_names) },
	[SLB_RELAY_A_LINK_RTT_US] = { .name = "rtt-us", .type = CTL_U32 },
	[SLB_RELAY_A_LINK_RTT_MIN_US] = { .name = "rtt-min-us", .type = CTL_U32 },
	[SLB_RELAY_A_LINK_PROBES_OUT] = { .name = "probes-out", .type = CTL_UINT },
	[SLB_RELAY_A_LINK_PROBES_IN] = { .name = "probes-in", .type = CTL_UINT },
	[SLB_RELAY_A_LINK_LOST_OUT] = { .name = "lost-out", .type = CTL_UINT },
	[SLB_RELAY_A_LINK_LOST_IN] = { .name = "lost-in", .type = CTL_UINT },
	[SLB_RELAY_A_LINK_FAR4_FIRST] = { .name = "far4-first", .type = CTL_ADDR },
	[SLB_RELAY_A_LINK_FAR4_LAST] = { .name = "far4-last", .type = CTL_ADDR },
	[SLB_RELAY_A_LINK_FAR6_FIRST] = { .name = "far6-first", .type = CTL_ADDR },
	[SLB_RELAY_A_LINK_FAR6_LAST] = { .name = "far6-last", .type = CTL_ADDR },
	[SLB_RELAY_A_LINK_RANGE_DIFFERS] = { .name = "range-differs", .type = CTL_BOOL },
	[SLB_RELAY_A_LINK_IFINDEX] = { .name = "ifindex", .type = CTL_U32 },
	[SLB_RELAY_A_LINK_CLIENT_IN] = { .name = "client-in", .type = CTL_TRAFFIC },
	[SLB_RELAY_A_LINK_CLIENT_OUT] = { .name = "client-out", .type = CTL_TRAFFIC },
	[SLB_RELAY_A_LINK_SERVER_OUT] = { .name = "server-out", .type = CTL_TRAFFIC },
	[SLB_RELAY_A_LINK_SERVER_IN] = { .name = "server-in", .type = CTL_TRAFFIC },
	[SLB_RELAY_A_LINK_FLOWS] = { .name = "flows", .type = CTL_UINT },
	[SLB_RELAY_A_LINK_STATE4] = { .name = "state4", .type = CTL_ENUM, .names = slb_relay_link_state_names, .count = CTL_COUNT(slb_relay_link_state_names) },
	[SLB_RELAY_A_LINK_STATE6] = { .name = "state6", .type = CTL_ENUM, .names = slb_relay_link_state_names, .count = CTL_COUNT(slb_relay_link_state_names) },
	[SLB_RELAY_A_LINK_FAR_KEY] = { .name = "far-key", .type = CTL_U32 },
	[SLB_RELAY_A_LINK_KEYS_DIFFER] = { .name = "keys-differ", .type = CTL_BOOL },
	[SLB_RELAY_A_LINK_FLOWS_ENDED] = { .name = "flows-ended", .type = CTL_U32 },
	[SLB_RELAY_A_LINK_NEW_NAME] = { .name = "new-name", .type = CTL_STRING },
};

const struct ctl_attr ctl_slb_relay_flow_attrs[SLB_RELAY_A_FLOW_MAX + 1] = {
	[SLB_RELAY_A_FLOW_PROTO] = { .name = "proto", .type = CTL_PROTO },
	[SLB_RELAY_A_FLOW_CLIENT] = { .name = "client", .type = CTL_ADDR },
	[SLB_RELAY_A_FLOW_CLIENT_PORT] = { .name = "client-port", .type = CTL_U16 },
	[SLB_RELAY_A_FLOW_VIP] = { .name = "vip", .type = CTL_ADDR },
	[SLB_RELAY_A_FLOW_VIP_PORT] = { .name = "vip-port", .type = CTL_U16 },
	[SLB_RELAY_A_FLOW_BALANCER] = { .name = "balancer", .type = CTL_STRING },
	[SLB_RELAY_A_FLOW_LINK] = { .name = "link", .type = CTL_STRING },
	[SLB_RELAY_A_FLOW_STATE] = { .name = "state", .type = CTL_ENUM, .names = slb_relay_flow_state_names, .count = CTL_COUNT(slb_relay_flow_state_names) },
	[SLB_RELAY_A_FLOW_EXPIRES] = { .name = "expires", .type = CTL_MSEC },
	[SLB_RELAY_A_FLOW_COUNT] = { .name = "count", .type = CTL_U32 },
};

const struct ctl_attr ctl_slb_relay_setting_attrs[SLB_RELAY_A_SETTING_MAX + 1] = {
	[SLB_RELAY_A_SETTING_HASH_KEY] = { .name = "hash-key", .type = CTL_SECRET },
	[SLB_RELAY_A_SETTING_FLOW_LIMIT] = { .name = "flow-limit", .type = CTL_U32 },
	[SLB_RELAY_A_SETTING_DEAD_RESET] = { .name = "dead-reset", .type = CTL_BOOL },
	[SLB_RELAY_A_SETTING_TCP_SYN_TIMEOUT] = { .name = "tcp-syn-timeout", .type = CTL_U32 },
	[SLB_RELAY_A_SETTING_TCP_ESTABLISHED_TIMEOUT] = { .name = "tcp-established-timeout", .type = CTL_U32 },
	[SLB_RELAY_A_SETTING_TCP_FIN_TIMEOUT] = { .name = "tcp-fin-timeout", .type = CTL_U32 },
	[SLB_RELAY_A_SETTING_UDP_NEW_TIMEOUT] = { .name = "udp-new-timeout", .type = CTL_U32 },
	[SLB_RELAY_A_SETTING_UDP_TIMEOUT] = { .name = "udp-timeout", .type = CTL_U32 },
	[SLB_RELAY_A_SETTING_SCTP_INIT_TIMEOUT] = { .name = "sctp-init-timeout", .type = CTL_U32 },
	[SLB_RELAY_A_SETTING_SCTP_ESTABLISHED_TIMEOUT] = { .name = "sctp-established-timeout", .type = CTL_U32 },
	[SLB_RELAY_A_SETTING_SCTP_SHUTDOWN_TIMEOUT] = { .name = "sctp-shutdown-timeout", .type = CTL_U32 },
	[SLB_RELAY_A_SETTING_FAST_PATH] = { .name = "fast-path", .type = CTL_BOOL },
	[SLB_RELAY_A_SETTING_DEAD_AFTER] = { .name = "dead-after", .type = CTL_U32 },
	[SLB_RELAY_A_SETTING_RESET_RATE] = { .name = "reset-rate", .type = CTL_U32 },
	[SLB_RELAY_A_SETTING_UNMATCHED] = { .name = "unmatched", .type = CTL_ENUM, .names = slb_relay_unmatched_names, .count = CTL_COUNT(slb_relay_unmatched_names) },
	[SLB_RELAY_A_SETTING_SETTLE_AFTER] = { .name = "settle-after", .type = CTL_U32 },
	[SLB_RELAY_A_SETTING_ICMP_RATE] = { .name = "icmp-rate", .type = CTL_U32 },
};

const struct ctl_attr ctl_slb_relay_status_attrs[SLB_RELAY_A_STATUS_MAX + 1] = {
	[SLB_RELAY_A_STATUS_VIPS] = { .name = "vips", .type = CTL_U32 },
	[SLB_RELAY_A_STATUS_BALANCERS] = { .name = "balancers", .type = CTL_U32 },
	[SLB_RELAY_A_STATUS_LINKS] = { .name = "links", .type = CTL_U32 },
	[SLB_RELAY_A_STATUS_SLOTS] = { .name = "slots", .type = CTL_U32 },
	[SLB_RELAY_A_STATUS_KEY_RANDOM] = { .name = "key-random", .type = CTL_BOOL },
	[SLB_RELAY_A_STATUS_FLOWS] = { .name = "flows", .type = CTL_U32 },
	[SLB_RELAY_A_STATUS_FLOW_LIMIT] = { .name = "flow-limit", .type = CTL_U32 },
	[SLB_RELAY_A_STATUS_FLOWS_TOTAL] = { .name = "flows-total", .type = CTL_UINT },
	[SLB_RELAY_A_STATUS_FLOWS_EXPIRED] = { .name = "flows-expired", .type = CTL_UINT },
	[SLB_RELAY_A_STATUS_FLOWS_EVICTED] = { .name = "flows-evicted", .type = CTL_UINT },
	[SLB_RELAY_A_STATUS_FLOWS_REFUSED] = { .name = "flows-refused", .type = CTL_UINT },
	[SLB_RELAY_A_STATUS_FLOWS_LOST] = { .name = "flows-lost", .type = CTL_UINT },
	[SLB_RELAY_A_STATUS_GENERATION] = { .name = "generation", .type = CTL_U32 },
	[SLB_RELAY_A_STATUS_VERSION] = { .name = "version", .type = CTL_STRING },
	[SLB_RELAY_A_STATUS_FEATURES] = { .name = "features", .type = CTL_FLAGS, .names = slb_relay_feature_names, .count = CTL_COUNT(slb_relay_feature_names) },
};

const struct ctl_attr ctl_slb_relay_drop_attrs[SLB_RELAY_A_DROP_MAX + 1] = {
	[SLB_RELAY_A_DROP_ID] = { .name = "id", .type = CTL_U32 },
	[SLB_RELAY_A_DROP_NAME] = { .name = "name", .type = CTL_STRING },
	[SLB_RELAY_A_DROP_TEXT] = { .name = "text", .type = CTL_STRING },
	[SLB_RELAY_A_DROP_PACKETS] = { .name = "packets", .type = CTL_UINT },
	[SLB_RELAY_A_DROP_SKB_REASON] = { .name = "skb-reason", .type = CTL_STRING },
};

const struct ctl_attr ctl_slb_relay_txn_attrs[SLB_RELAY_A_TXN_MAX + 1] = {
	[SLB_RELAY_A_TXN_OP] = { .name = "op", .type = CTL_U8 },
	[SLB_RELAY_A_TXN_UNDO_OP] = { .name = "undo-op", .type = CTL_U8 },
	[SLB_RELAY_A_TXN_GENERATION] = { .name = "generation", .type = CTL_U32 },
	[SLB_RELAY_A_TXN_STAGED] = { .name = "staged", .type = CTL_U32 },
	[SLB_RELAY_A_TXN_FAILED] = { .name = "failed", .type = CTL_U32 },
	[SLB_RELAY_A_TXN_NOT_UNDONE] = { .name = "not-undone", .type = CTL_U32 },
};
