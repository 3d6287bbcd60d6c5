// SPDX-License-Identifier: GPL-2.0-only
/* The noun setting on both sides: what can be tuned. */
#include "nl_gen.h"

#define ICMP_RATE_MAX	1000000	/* errors a second, of the specification */

#define RESET_RATE_MAX	1000000	/* resets per second; the kernel has the same limit */

/* Without a default, a configuration that does not name the setting leaves it as it is. */
#define SHOW(ID, name, usual) { .word = name, .preset = usual, .id = { SLB_A_SETTING_##ID } }
#define TIMEOUT_ARG(ID, name) \
	{ .word = name, .value = "SECONDS", .kind = CTL_ARG_NUMBER, .min = 1, \
	  .max = SLB_TIMEOUT_MAX, .id = { SLB_A_SETTING_##ID } }
#define RELAY_SHOW(ID, name, usual) \
	{ .word = name, .preset = usual, .id = { SLB_RELAY_A_SETTING_##ID } }
#define RELAY_TIMEOUT_ARG(ID, name) \
	{ .word = name, .value = "SECONDS", .kind = CTL_ARG_NUMBER, .min = 1, \
	  .max = SLB_RELAY_TIMEOUT_MAX, .id = { SLB_RELAY_A_SETTING_##ID } }

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
};

static const struct ctl_arg setting_args[] = {
	{ .word = "session-limit", .value = "N", .kind = CTL_ARG_NUMBER, .min = 1,
	  .max = SLB_SESSION_LIMIT_MAX, .id = { SLB_A_SETTING_SESSION_LIMIT } },
	{ .word = "port-first", .value = "PORT", .kind = CTL_ARG_SHORT, .min = 1,
	  .max = UINT16_MAX, .id = { SLB_A_SETTING_PORT_FIRST } },
	{ .word = "port-last", .value = "PORT", .kind = CTL_ARG_SHORT, .min = 1,
	  .max = UINT16_MAX, .id = { SLB_A_SETTING_PORT_LAST } },
	{ .word = "hash-key", .value = "HEX", .kind = CTL_ARG_KEY,
	  .id = { SLB_A_SETTING_HASH_KEY } },
	{ .word = "icmp-rate", .value = "N", .kind = CTL_ARG_NUMBER, .max = ICMP_RATE_MAX,
	  .id = { SLB_A_SETTING_ICMP_RATE } },
	TIMEOUT_ARG(TCP_SYN_TIMEOUT, "tcp-syn-timeout"),
	TIMEOUT_ARG(TCP_ESTABLISHED_TIMEOUT, "tcp-established-timeout"),
	TIMEOUT_ARG(TCP_FIN_TIMEOUT, "tcp-fin-timeout"),
	TIMEOUT_ARG(TCP_TIME_WAIT_TIMEOUT, "tcp-time-wait-timeout"),
	TIMEOUT_ARG(TCP_CLOSE_TIMEOUT, "tcp-close-timeout"),
	TIMEOUT_ARG(UDP_NEW_TIMEOUT, "udp-new-timeout"),
	TIMEOUT_ARG(UDP_TIMEOUT, "udp-timeout"),
	TIMEOUT_ARG(SCTP_INIT_TIMEOUT, "sctp-init-timeout"),
	TIMEOUT_ARG(SCTP_ESTABLISHED_TIMEOUT, "sctp-established-timeout"),
	TIMEOUT_ARG(SCTP_SHUTDOWN_TIMEOUT, "sctp-shutdown-timeout"),
	{ .word = "fast-path", .value = "yes|no", .kind = CTL_ARG_BOOL,
	  .id = { SLB_A_SETTING_FAST_PATH } },
	{ .word = "on-end", .value = "reset|drop", .kind = CTL_ARG_CHOICE,
	  .id = { SLB_A_SETTING_ON_END } },
	{ .word = "reset-rate", .value = "N", .kind = CTL_ARG_NUMBER, .max = RESET_RATE_MAX,
	  .id = { SLB_A_SETTING_RESET_RATE } },
	{ .word = "unmatched", .value = "reject|drop|route", .kind = CTL_ARG_CHOICE,
	  .id = { SLB_A_SETTING_UNMATCHED } },
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
};

static const struct ctl_arg relay_setting_args[] = {
	{ .word = "hash-key", .value = "HEX", .kind = CTL_ARG_KEY,
	  .id = { SLB_RELAY_A_SETTING_HASH_KEY } },
	{ .word = "flow-limit", .value = "N", .kind = CTL_ARG_NUMBER,
	  .max = SLB_RELAY_FLOW_LIMIT_MAX, .id = { SLB_RELAY_A_SETTING_FLOW_LIMIT } },
	{ .word = "dead-after", .value = "MS", .kind = CTL_ARG_NUMBER,
	  .max = SLB_RELAY_DEAD_AFTER_MAX, .id = { SLB_RELAY_A_SETTING_DEAD_AFTER } },
	{ .word = "settle-after", .value = "MS", .kind = CTL_ARG_NUMBER,
	  .max = SLB_RELAY_SETTLE_AFTER_MAX, .id = { SLB_RELAY_A_SETTING_SETTLE_AFTER } },
	{ .word = "dead-reset", .value = "yes|no", .kind = CTL_ARG_BOOL,
	  .id = { SLB_RELAY_A_SETTING_DEAD_RESET } },
	RELAY_TIMEOUT_ARG(TCP_SYN_TIMEOUT, "tcp-syn-timeout"),
	RELAY_TIMEOUT_ARG(TCP_ESTABLISHED_TIMEOUT, "tcp-established-timeout"),
	RELAY_TIMEOUT_ARG(TCP_FIN_TIMEOUT, "tcp-fin-timeout"),
	RELAY_TIMEOUT_ARG(UDP_NEW_TIMEOUT, "udp-new-timeout"),
	RELAY_TIMEOUT_ARG(UDP_TIMEOUT, "udp-timeout"),
	RELAY_TIMEOUT_ARG(SCTP_INIT_TIMEOUT, "sctp-init-timeout"),
	RELAY_TIMEOUT_ARG(SCTP_ESTABLISHED_TIMEOUT, "sctp-established-timeout"),
	RELAY_TIMEOUT_ARG(SCTP_SHUTDOWN_TIMEOUT, "sctp-shutdown-timeout"),
	{ .word = "fast-path", .value = "yes|no", .kind = CTL_ARG_BOOL,
	  .id = { SLB_RELAY_A_SETTING_FAST_PATH } },
	{ .word = "icmp-rate", .value = "N", .kind = CTL_ARG_NUMBER, .max = ICMP_RATE_MAX,
	  .id = { SLB_RELAY_A_SETTING_ICMP_RATE } },
	{ .word = "reset-rate", .value = "N", .kind = CTL_ARG_NUMBER, .max = RESET_RATE_MAX,
	  .id = { SLB_RELAY_A_SETTING_RESET_RATE } },
	{ .word = "unmatched", .value = "reject|drop|route", .kind = CTL_ARG_CHOICE,
	  .id = { SLB_RELAY_A_SETTING_UNMATCHED } },
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
	{ "show", CTL_TAKE_NOTHING, CTL_GET, ctl_object_show, "show the settings" },
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
