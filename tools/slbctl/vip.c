// SPDX-License-Identifier: GPL-2.0-only
/* The noun vip on both sides: one body, two tables of attribute numbers. */
#include "nl_gen.h"

#define VIP_COLUMNS(P) \
	{ .id = { P##PROTO } }, \
	{ .form = CTL_FORM_RANGE, .id = { P##ADDR, P##PORT_FIRST, P##PORT_LAST } }

#define VIP_STATS(P) \
	{ .word = "in", .place = CTL_PLACE_OWN, .id = { P##IN } }, \
	{ .word = "out", .place = CTL_PLACE_OWN, .id = { P##OUT } }

/* A word that is shown when it is not the default. */
#define VIP_UNUSUAL(NAME, PRESET, ID) \
	{ .word = NAME, .form = CTL_FORM_UNUSUAL, .preset = PRESET, .id = { SLB_A_VIP_##ID } }

#define VIP_ARGS(P) \
	{ .value = "PROTO", .text = "tcp, udp, sctp, or any for all three.", \
	  .kind = CTL_ARG_PROTO, .id = { P##PROTO } }, \
	{ .value = "ADDR[:PORT[-PORT]]", \
	  .text = "The virtual address. Without a port, the VIP has all ports.", \
	  .kind = CTL_ARG_RANGE, \
	  .id = { P##ADDR, P##PORT_FIRST, P##PORT_LAST } }

static const struct ctl_column vip_columns[] = {
	VIP_COLUMNS(SLB_A_VIP_),
	{ .word = "group", .id = { SLB_A_VIP_GROUP } },
	{ .word = "client-address", .form = CTL_FORM_UNUSUAL, .preset = "group",
	  .id = { SLB_A_VIP_CLIENT_ADDRESS } },
	VIP_UNUSUAL("session-limit", "0", SESSION_LIMIT),
	VIP_UNUSUAL("client-limit", "0", CLIENT_LIMIT),
	VIP_UNUSUAL("rate-limit", "0", RATE_LIMIT),
	VIP_UNUSUAL("refuse", "unreachable", REFUSE),
	VIP_UNUSUAL("tcp-syn-timeout", "0", TCP_SYN_TIMEOUT),
	VIP_UNUSUAL("tcp-established-timeout", "0", TCP_ESTABLISHED_TIMEOUT),
	VIP_UNUSUAL("tcp-fin-timeout", "0", TCP_FIN_TIMEOUT),
	VIP_UNUSUAL("tcp-time-wait-timeout", "0", TCP_TIME_WAIT_TIMEOUT),
	VIP_UNUSUAL("tcp-close-timeout", "0", TCP_CLOSE_TIMEOUT),
	VIP_UNUSUAL("udp-new-timeout", "0", UDP_NEW_TIMEOUT),
	VIP_UNUSUAL("udp-timeout", "0", UDP_TIMEOUT),
	VIP_UNUSUAL("sctp-init-timeout", "0", SCTP_INIT_TIMEOUT),
	VIP_UNUSUAL("sctp-established-timeout", "0", SCTP_ESTABLISHED_TIMEOUT),
	VIP_UNUSUAL("sctp-shutdown-timeout", "0", SCTP_SHUTDOWN_TIMEOUT),
	{ .word = "mark", .form = CTL_FORM_MARK, .preset = "0",
	  .id = { SLB_A_VIP_MARK, SLB_A_VIP_MARK_MASK } },
	VIP_STATS(SLB_A_VIP_),
	{ .word = "sessions", .place = CTL_PLACE_STAT, .id = { SLB_A_VIP_SESSIONS } },
	{ .word = "total", .place = CTL_PLACE_STAT, .id = { SLB_A_VIP_SESSIONS_TOTAL } },
};

static const struct ctl_column relay_vip_columns[] = {
	VIP_COLUMNS(SLB_RELAY_A_VIP_),
	{ .word = "usable", .place = CTL_PLACE_STATE, .id = { SLB_RELAY_A_VIP_USABLE } },
	{ .word = "why", .form = CTL_FORM_QUOTED, .place = CTL_PLACE_STATE,
	  .id = { SLB_RELAY_A_VIP_WHY } },
	VIP_STATS(SLB_RELAY_A_VIP_),
};

static const struct ctl_arg vip_args[] = {
	VIP_ARGS(SLB_A_VIP_),
	{ .word = "group", .value = "NAME", .kind = CTL_ARG_NAME, .required = true,
	  .id = { SLB_A_VIP_GROUP }, .source = &ctl_group },
	CTL_SLB_VIP_ARGS,
};

static const struct ctl_arg relay_vip_args[] = {
	VIP_ARGS(SLB_RELAY_A_VIP_),
};

const struct ctl_object ctl_vip = {
	.name = "vip",
	.family = &ctl_slb,
	.attrs = ctl_slb_vip_attrs,
	.attr_count = CTL_COUNT(ctl_slb_vip_attrs),
	.columns = vip_columns,
	.column_count = CTL_COUNT(vip_columns),
	.op = {
		[CTL_GET] = SLB_CMD_VIP_GET,
		[CTL_ADD] = SLB_CMD_VIP_ADD,
		[CTL_SET] = SLB_CMD_VIP_SET,
		[CTL_DEL] = SLB_CMD_VIP_DEL,
		[CTL_FLUSH] = SLB_CMD_VIP_FLUSH,
		[CTL_ADD_NTF] = SLB_CMD_VIP_ADD_NTF,
		[CTL_SET_NTF] = SLB_CMD_VIP_SET_NTF,
		[CTL_DEL_NTF] = SLB_CMD_VIP_DEL_NTF,
	},
	.ended = SLB_A_VIP_SESSIONS_ENDED,
};

const struct ctl_object ctl_relay_vip = {
	.name = "vip",
	.family = &ctl_relay,
	.attrs = ctl_slb_relay_vip_attrs,
	.attr_count = CTL_COUNT(ctl_slb_relay_vip_attrs),
	.columns = relay_vip_columns,
	.column_count = CTL_COUNT(relay_vip_columns),
	.op = {
		[CTL_GET] = SLB_RELAY_CMD_VIP_GET,
		[CTL_ADD] = SLB_RELAY_CMD_VIP_ADD,
		[CTL_DEL] = SLB_RELAY_CMD_VIP_DEL,
		[CTL_FLUSH] = SLB_RELAY_CMD_VIP_FLUSH,
		[CTL_ADD_NTF] = SLB_RELAY_CMD_VIP_ADD_NTF,
		[CTL_SET_NTF] = SLB_RELAY_CMD_VIP_SET_NTF,
		[CTL_DEL_NTF] = SLB_RELAY_CMD_VIP_DEL_NTF,
	},
};

#define VIP_COMMANDS \
	{ "add", CTL_TAKE_ALL, CTL_ADD, ctl_object_change, "add a virtual IP" }, \
	{ "replace", CTL_TAKE_ALL, CTL_ADD, ctl_object_replace, \
	  "add a virtual IP, or make it what the words say" }, \
	{ "del", CTL_TAKE_KEY, CTL_DEL, ctl_object_change, "delete a virtual IP" }, \
	{ "flush", CTL_TAKE_NOTHING, CTL_FLUSH, ctl_object_change, "delete all virtual IPs" }, \
	{ "show", CTL_TAKE_PART, CTL_GET, ctl_object_show, "show virtual IPs" }

static const struct ctl_command vip_commands[] = {
	VIP_COMMANDS,
	{ "set", CTL_TAKE_SOME, CTL_SET, ctl_object_change, "move a virtual IP to another group" },
};

static const struct ctl_command relay_vip_commands[] = {
	VIP_COMMANDS,
};

const struct ctl_noun ctl_noun_vip = {
	.name = "vip",
	.family = &ctl_slb,
	.object = &ctl_vip,
	.args = vip_args,
	.arg_count = CTL_COUNT(vip_args),
	.views = ctl_views_rate,
	.view_count = CTL_VIEWS_RATE,
	.commands = vip_commands,
	.command_count = CTL_COUNT(vip_commands),
	.after = ctl_port_warn,
	.text = "virtual IPs, each served by a group",
};

const struct ctl_noun ctl_noun_relay_vip = {
	.name = "vip",
	.family = &ctl_relay,
	.object = &ctl_relay_vip,
	.args = relay_vip_args,
	.arg_count = CTL_COUNT(relay_vip_args),
	.views = ctl_views_rate,
	.view_count = CTL_VIEWS_RATE,
	.commands = relay_vip_commands,
	.command_count = CTL_COUNT(relay_vip_commands),
	.after = ctl_port_warn,
	.text = "virtual IPs that this relay steers to balancers",
};
