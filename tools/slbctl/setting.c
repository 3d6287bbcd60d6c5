// SPDX-License-Identifier: GPL-2.0-only
/* The noun setting on both sides: what can be tuned. */
#include "nl_gen.h"

/* Without a default, a configuration that does not name the setting leaves it as it is. */
#define SHOW(ID, name, usual) { .word = name, .preset = usual, .id = { SLB_A_SETTING_##ID } }
#define RELAY_SHOW(ID, name, usual) \
	{ .word = name, .preset = usual, .id = { SLB_RELAY_A_SETTING_##ID } }

static const struct ctl_column setting_columns[] = {
	{ .word = "hash-key", .place = CTL_PLACE_SAVED, .id = { SLB_A_SETTING_HASH_KEY } },
	SHOW(SESSION_LIMIT, "session-limit", "1048576"),
	SHOW(PORT_FIRST, "port-first", "1024"),
	SHOW(PORT_LAST, "port-last", "65535"),
	SHOW(ICMP_RATE, "icmp-rate", "1000"),
	SHOW(TCP_SYN_TIMEOUT, "tcp-syn-timeout", "30"),
	SHOW(TCP_ESTABLISHED_TIMEOUT, "tcp-established-timeout", "7440"),
	SHOW(TCP_FIN_TIMEOUT, "tcp-fin-timeout", "240"),
	SHOW(TCP_TIME_WAIT_TIMEOUT, "tcp-time-wait-timeout", "90"),
	SHOW(TCP_CLOSE_TIMEOUT, "tcp-close-timeout", "10"),
	SHOW(UDP_NEW_TIMEOUT, "udp-new-timeout", "30"),
	SHOW(UDP_TIMEOUT, "udp-timeout", "300"),
	SHOW(SCTP_INIT_TIMEOUT, "sctp-init-timeout", "30"),
	SHOW(SCTP_ESTABLISHED_TIMEOUT, "sctp-established-timeout", "7440"),
	SHOW(SCTP_SHUTDOWN_TIMEOUT, "sctp-shutdown-timeout", "30"),
	SHOW(FAST_PATH, "fast-path", NULL),
	SHOW(ON_END, "on-end", "reset"),
	SHOW(RESET_RATE, "reset-rate", "1000"),
	SHOW(UNMATCHED, "unmatched", "reject"),
	SHOW(HEALTH_TTL, "health-ttl", "60"),
	SHOW(PROXY_EVERY, "proxy-every", "no"),
	SHOW(PROXY_CHECKSUM, "proxy-checksum", "no"),
	SHOW(SYNC_WAIT, "sync-wait", "0"),
	SHOW(SYNC_AFTER, "sync-after", "1000"),
	SHOW(SYNC_LOG, "sync-log", "131072"),
	SHOW(PERSIST_LIMIT, "persist-limit", "65536"),
};

static const struct ctl_arg setting_args[] = {
	CTL_SLB_SETTING_ARGS,
};

static const struct ctl_column relay_setting_columns[] = {
	{ .word = "hash-key", .place = CTL_PLACE_SAVED, .id = { SLB_RELAY_A_SETTING_HASH_KEY } },
	RELAY_SHOW(FLOW_LIMIT, "flow-limit", "262144"),
	RELAY_SHOW(DEAD_RESET, "dead-reset", "yes"),
	RELAY_SHOW(TCP_SYN_TIMEOUT, "tcp-syn-timeout", "30"),
	RELAY_SHOW(TCP_ESTABLISHED_TIMEOUT, "tcp-established-timeout", "7440"),
	RELAY_SHOW(TCP_FIN_TIMEOUT, "tcp-fin-timeout", "240"),
	RELAY_SHOW(UDP_NEW_TIMEOUT, "udp-new-timeout", "30"),
	RELAY_SHOW(UDP_TIMEOUT, "udp-timeout", "300"),
	RELAY_SHOW(SCTP_INIT_TIMEOUT, "sctp-init-timeout", "30"),
	RELAY_SHOW(SCTP_ESTABLISHED_TIMEOUT, "sctp-established-timeout", "7440"),
	RELAY_SHOW(SCTP_SHUTDOWN_TIMEOUT, "sctp-shutdown-timeout", "30"),
	RELAY_SHOW(FAST_PATH, "fast-path", NULL),
	RELAY_SHOW(DEAD_AFTER, "dead-after", "3000"),
	RELAY_SHOW(RESET_RATE, "reset-rate", "1000"),
	RELAY_SHOW(UNMATCHED, "unmatched", "reject"),
	RELAY_SHOW(SETTLE_AFTER, "settle-after", "60000"),
	RELAY_SHOW(ICMP_RATE, "icmp-rate", "1000"),
	RELAY_SHOW(ANNOUNCE, "announce", "yes"),
};

static const struct ctl_arg relay_setting_args[] = {
	CTL_SLB_RELAY_SETTING_ARGS,
};

const struct ctl_object ctl_setting = {
	.name = "setting",
	.family = &ctl_slb,
	.attrs = ctl_slb_setting_attrs,
	.attr_count = CTL_COUNT(ctl_slb_setting_attrs),
	.columns = setting_columns,
	.column_count = CTL_COUNT(setting_columns),
	.listing = true,
	.op = {
		[CTL_GET] = SLB_CMD_SETTING_GET,
		[CTL_SET] = SLB_CMD_SETTING_SET,
		[CTL_SET_NTF] = SLB_CMD_SETTING_SET_NTF,
	},
};

const struct ctl_object ctl_relay_setting = {
	.name = "setting",
	.family = &ctl_relay,
	.attrs = ctl_slb_relay_setting_attrs,
	.attr_count = CTL_COUNT(ctl_slb_relay_setting_attrs),
	.columns = relay_setting_columns,
	.column_count = CTL_COUNT(relay_setting_columns),
	.listing = true,
	.op = {
		[CTL_GET] = SLB_RELAY_CMD_SETTING_GET,
		[CTL_SET] = SLB_RELAY_CMD_SETTING_SET,
		[CTL_SET_NTF] = SLB_RELAY_CMD_SETTING_SET_NTF,
	},
};

/* The hash key, which a request of its own asks for. */
const struct ctl_object ctl_key = {
	.name = "setting",
	.family = &ctl_slb,
	.attrs = ctl_slb_setting_attrs,
	.attr_count = CTL_COUNT(ctl_slb_setting_attrs),
	.columns = setting_columns,
	.column_count = CTL_COUNT(setting_columns),
	.listing = true,
	.op = { [CTL_GET] = SLB_CMD_KEY_GET },
};

const struct ctl_object ctl_relay_key = {
	.name = "setting",
	.family = &ctl_relay,
	.attrs = ctl_slb_relay_setting_attrs,
	.attr_count = CTL_COUNT(ctl_slb_relay_setting_attrs),
	.columns = relay_setting_columns,
	.column_count = CTL_COUNT(relay_setting_columns),
	.listing = true,
	.op = { [CTL_GET] = SLB_RELAY_CMD_KEY_GET },
};

static const struct ctl_command setting_commands[] = {
	{ "set", CTL_TAKE_SOME, CTL_SET, ctl_object_change, "change the given settings" },
	{ "show", CTL_TAKE_NAMES, CTL_GET, ctl_object_show,
	  "show the settings, or those that are named" },
};

const struct ctl_noun ctl_noun_setting = {
	.name = "setting",
	.family = &ctl_slb,
	.object = &ctl_setting,
	.args = setting_args,
	.arg_count = CTL_COUNT(setting_args),
	.commands = setting_commands,
	.command_count = CTL_COUNT(setting_commands),
	.text = "tunable settings",
};

const struct ctl_noun ctl_noun_relay_setting = {
	.name = "setting",
	.family = &ctl_relay,
	.object = &ctl_relay_setting,
	.args = relay_setting_args,
	.arg_count = CTL_COUNT(relay_setting_args),
	.commands = setting_commands,
	.command_count = CTL_COUNT(setting_commands),
	.text = "tunable settings",
};
