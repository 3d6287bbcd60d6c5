// SPDX-License-Identifier: GPL-2.0-only
/* The noun group: a named set of servers with a scheduler. */
#include "nl_gen.h"

static const struct ctl_column group_columns[] = {
	{ .id = { SLB_A_GROUP_NAME } },
	{ .word = "scheduler", .preset = "rr", .id = { SLB_A_GROUP_SCHEDULER } },
	{ .word = "table-size", .form = CTL_FORM_NONZERO, .id = { SLB_A_GROUP_TABLE_SIZE } },
	{ .word = "min-healthy", .form = CTL_FORM_SHARE, .preset = "1",
	  .id = { SLB_A_GROUP_MIN_HEALTHY, SLB_A_GROUP_MIN_HEALTHY_PERCENT } },
	{ .word = "when-none", .form = CTL_FORM_UNUSUAL, .preset = "refuse",
	  .id = { SLB_A_GROUP_WHEN_NONE } },
	{ .word = "tier-min", .form = CTL_FORM_SHARE, .preset = "1",
	  .id = { SLB_A_GROUP_TIER_MIN, SLB_A_GROUP_TIER_MIN_PERCENT } },
	{ .word = "slow-start", .form = CTL_FORM_UNUSUAL, .preset = "0",
	  .id = { SLB_A_GROUP_SLOW_START } },
	{ .word = "client-address", .form = CTL_FORM_UNUSUAL, .preset = "none",
	  .id = { SLB_A_GROUP_CLIENT_ADDRESS } },
	{ .word = "hash", .form = CTL_FORM_UNUSUAL, .preset = "flow", .id = { SLB_A_GROUP_HASH } },
	{ .word = "overflow", .form = CTL_FORM_UNUSUAL, .preset = "no",
	  .id = { SLB_A_GROUP_OVERFLOW } },
	{ .word = "persist", .form = CTL_FORM_UNUSUAL, .preset = "0",
	  .id = { SLB_A_GROUP_PERSIST } },
	{ .word = "prefix4", .form = CTL_FORM_UNUSUAL, .preset = "32",
	  .id = { SLB_A_GROUP_PREFIX4 } },
	{ .word = "prefix6", .form = CTL_FORM_UNUSUAL, .preset = "64",
	  .id = { SLB_A_GROUP_PREFIX6 } },
	{ .word = "hash-balance-factor", .form = CTL_FORM_UNUSUAL, .preset = "0",
	  .id = { SLB_A_GROUP_HASH_BALANCE_FACTOR } },
	{ .word = "servers", .place = CTL_PLACE_STATE, .id = { SLB_A_GROUP_SERVERS } },
	{ .word = "usable", .place = CTL_PLACE_STATE, .id = { SLB_A_GROUP_USABLE } },
	{ .word = "name", .place = CTL_PLACE_STATE, .id = { SLB_A_GROUP_NEW_NAME } },
	{ .word = "vips", .place = CTL_PLACE_STATE, .id = { SLB_A_GROUP_VIPS } },
	{ .word = "healthy", .place = CTL_PLACE_STATE, .id = { SLB_A_GROUP_HEALTHY } },
	{ .word = "active-tier", .place = CTL_PLACE_STATE, .id = { SLB_A_GROUP_ACTIVE_TIER } },
};

static const struct ctl_arg group_args[] = {
	{ .value = "NAME", .kind = CTL_ARG_NAME, .id = { SLB_A_GROUP_NAME }, .source = &ctl_group },
	CTL_SLB_GROUP_ARGS,
	{ .word = "name", .value = "NEW", .text = CTL_RENAMES, .kind = CTL_ARG_NAME,
	  .only_set = true,
	  .id = { SLB_A_GROUP_NEW_NAME } },
};

const struct ctl_object ctl_group = {
	.name = "group",
	.family = &ctl_slb,
	.attrs = ctl_slb_group_attrs,
	.attr_count = CTL_COUNT(ctl_slb_group_attrs),
	.columns = group_columns,
	.column_count = CTL_COUNT(group_columns),
	.op = {
		[CTL_GET] = SLB_CMD_GROUP_GET,
		[CTL_ADD] = SLB_CMD_GROUP_ADD,
		[CTL_SET] = SLB_CMD_GROUP_SET,
		[CTL_DEL] = SLB_CMD_GROUP_DEL,
		[CTL_FLUSH] = SLB_CMD_GROUP_FLUSH,
		[CTL_ADD_NTF] = SLB_CMD_GROUP_ADD_NTF,
		[CTL_SET_NTF] = SLB_CMD_GROUP_SET_NTF,
		[CTL_DEL_NTF] = SLB_CMD_GROUP_DEL_NTF,
	},
	.ended = SLB_A_GROUP_SESSIONS_ENDED,
};

static const struct ctl_command group_commands[] = {
	{ "add", CTL_TAKE_ALL, CTL_ADD, ctl_object_change, "add a group" },
	{ "replace", CTL_TAKE_ALL, CTL_ADD, ctl_object_replace,
	  "add a group, or make it what the words say" },
	{ "set", CTL_TAKE_SOME, CTL_SET, ctl_object_change, "change the given attributes" },
	{ "del", CTL_TAKE_KEY, CTL_DEL, ctl_object_change, "delete a group" },
	{ "flush", CTL_TAKE_NOTHING, CTL_FLUSH, ctl_object_change, "delete all groups" },
	{ "show", CTL_TAKE_PART, CTL_GET, ctl_object_show, "show groups" },
};

const struct ctl_noun ctl_noun_group = {
	.name = "group",
	.family = &ctl_slb,
	.object = &ctl_group,
	.args = group_args,
	.arg_count = CTL_COUNT(group_args),
	.commands = group_commands,
	.command_count = CTL_COUNT(group_commands),
	.text = "sets of servers, each with a scheduler",
};
