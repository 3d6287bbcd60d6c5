// SPDX-License-Identifier: GPL-2.0-only
/* The noun relay balancer: a host that runs slb, seen from the relay. */
#include "nl_gen.h"

static const struct ctl_column balancer_columns[] = {
	{ .id = { SLB_RELAY_A_BALANCER_NAME } },
	{ .word = "weight", .preset = "1", .id = { SLB_RELAY_A_BALANCER_WEIGHT } },
	{ .word = "heir", .preset = "auto", .form = CTL_FORM_UNUSUAL,
	  .id = { SLB_RELAY_A_BALANCER_HEIR } },
	{ .word = "name", .place = CTL_PLACE_STATE, .id = { SLB_RELAY_A_BALANCER_NEW_NAME } },
	{ .word = "links", .place = CTL_PLACE_STATE, .id = { SLB_RELAY_A_BALANCER_LINKS } },
	{ .word = "links-up", .place = CTL_PLACE_STATE,
	  .id = { SLB_RELAY_A_BALANCER_LINKS_UP } },
	{ .word = "heir-now", .place = CTL_PLACE_STATE,
	  .id = { SLB_RELAY_A_BALANCER_HEIR_NOW } },
	{ .word = "sync", .place = CTL_PLACE_STATE, .id = { SLB_RELAY_A_BALANCER_SYNC } },
	{ .word = "away4", .place = CTL_PLACE_STATE, .id = { SLB_RELAY_A_BALANCER_AWAY4 } },
	{ .word = "away6", .place = CTL_PLACE_STATE, .id = { SLB_RELAY_A_BALANCER_AWAY6 } },
	{ .word = "slots4", .place = CTL_PLACE_STAT, .always = true,
	  .id = { SLB_RELAY_A_BALANCER_SLOTS4 } },
	{ .word = "slots6", .place = CTL_PLACE_STAT, .always = true,
	  .id = { SLB_RELAY_A_BALANCER_SLOTS6 } },
	{ .word = "away-since", .place = CTL_PLACE_STAT,
	  .id = { SLB_RELAY_A_BALANCER_AWAY_SINCE } },
	{ .word = "heir-flows", .place = CTL_PLACE_STAT, .always = true,
	  .id = { SLB_RELAY_A_BALANCER_HEIR_FLOWS } },
};

static const struct ctl_arg balancer_args[] = {
	{ .value = "NAME", .kind = CTL_ARG_NAME, .id = { SLB_RELAY_A_BALANCER_NAME },
	  .source = &ctl_balancer },
	CTL_SLB_RELAY_BALANCER_ARGS,
	{ .word = "heir", .value = "NAME|auto|none",
	  .text = "Balancer that takes over while it is away (auto: the next one with session sync).",
	  .kind = CTL_ARG_NAME, .source = &ctl_balancer,
	  .id = { SLB_RELAY_A_BALANCER_HEIR } },
	{ .word = "name", .value = "NEW", .text = CTL_RENAMES, .kind = CTL_ARG_NAME,
	  .only_set = true,
	  .id = { SLB_RELAY_A_BALANCER_NEW_NAME } },
};

const struct ctl_object ctl_balancer = {
	.name = "balancer",
	.family = &ctl_relay,
	.attrs = ctl_slb_relay_balancer_attrs,
	.attr_count = CTL_COUNT(ctl_slb_relay_balancer_attrs),
	.columns = balancer_columns,
	.column_count = CTL_COUNT(balancer_columns),
	.op = {
		[CTL_GET] = SLB_RELAY_CMD_BALANCER_GET,
		[CTL_ADD] = SLB_RELAY_CMD_BALANCER_ADD,
		[CTL_SET] = SLB_RELAY_CMD_BALANCER_SET,
		[CTL_DEL] = SLB_RELAY_CMD_BALANCER_DEL,
		[CTL_FLUSH] = SLB_RELAY_CMD_BALANCER_FLUSH,
		[CTL_ADD_NTF] = SLB_RELAY_CMD_BALANCER_ADD_NTF,
		[CTL_SET_NTF] = SLB_RELAY_CMD_BALANCER_SET_NTF,
		[CTL_DEL_NTF] = SLB_RELAY_CMD_BALANCER_DEL_NTF,
	},
	.ended = SLB_RELAY_A_BALANCER_FLOWS_ENDED,
};

static const struct ctl_command balancer_commands[] = {
	{ "add", CTL_TAKE_ALL, CTL_ADD, ctl_object_change, "add a balancer" },
	{ "replace", CTL_TAKE_ALL, CTL_ADD, ctl_object_replace,
	  "add a balancer, or make it what the words say" },
	{ "set", CTL_TAKE_SOME, CTL_SET, ctl_object_change,
	  "change the weight (0 drains), the heir, or the name" },
	{ "del", CTL_TAKE_KEY, CTL_DEL, ctl_object_change, "delete a balancer" },
	{ "flush", CTL_TAKE_NOTHING, CTL_FLUSH, ctl_object_change, "delete all balancers" },
	{ "show", CTL_TAKE_PART, CTL_GET, ctl_object_show, "show balancers" },
};

const struct ctl_noun ctl_noun_balancer = {
	.name = "balancer",
	.family = &ctl_relay,
	.object = &ctl_balancer,
	.args = balancer_args,
	.arg_count = CTL_COUNT(balancer_args),
	.views = ctl_views_rate,
	.view_count = CTL_VIEWS_RATE,
	.commands = balancer_commands,
	.command_count = CTL_COUNT(balancer_commands),
	.after = ctl_xdp_after,
	.text = "hosts that run slb",
};
