// SPDX-License-Identifier: GPL-2.0-only
/* The noun relay device: settings of a device towards clients and servers. */
#include "nl_gen.h"

static const struct ctl_column device_columns[] = {
	{ .id = { SLB_RELAY_A_DEVICE_DEV } },
	{ .word = "xdp", .preset = "no", .id = { SLB_RELAY_A_DEVICE_XDP } },
	{ .word = "xdp-on", .place = CTL_PLACE_STATE, .id = { SLB_RELAY_A_DEVICE_XDP_ON } },
	{ .word = "ifindex", .place = CTL_PLACE_STAT, .always = true,
	  .id = { SLB_RELAY_A_DEVICE_IFINDEX } },
};

static const struct ctl_arg device_args[] = {
	{ .value = "DEV", .kind = CTL_ARG_DEV, .id = { SLB_RELAY_A_DEVICE_DEV } },
	CTL_SLB_RELAY_DEVICE_ARGS,
};

const struct ctl_object ctl_device = {
	.name = "device",
	.family = &ctl_relay,
	.attrs = ctl_slb_relay_device_attrs,
	.attr_count = CTL_COUNT(ctl_slb_relay_device_attrs),
	.columns = device_columns,
	.column_count = CTL_COUNT(device_columns),
	.op = {
		[CTL_GET] = SLB_RELAY_CMD_DEVICE_GET,
		[CTL_ADD] = SLB_RELAY_CMD_DEVICE_ADD,
		[CTL_SET] = SLB_RELAY_CMD_DEVICE_SET,
		[CTL_DEL] = SLB_RELAY_CMD_DEVICE_DEL,
		[CTL_FLUSH] = SLB_RELAY_CMD_DEVICE_FLUSH,
		[CTL_ADD_NTF] = SLB_RELAY_CMD_DEVICE_ADD_NTF,
		[CTL_SET_NTF] = SLB_RELAY_CMD_DEVICE_SET_NTF,
		[CTL_DEL_NTF] = SLB_RELAY_CMD_DEVICE_DEL_NTF,
	},
};

static const struct ctl_command device_commands[] = {
	{ "add", CTL_TAKE_ALL, CTL_ADD, ctl_object_change, "add settings of a device" },
	{ "replace", CTL_TAKE_ALL, CTL_ADD, ctl_object_replace,
	  "add them, or make them what the words say" },
	{ "set", CTL_TAKE_SOME, CTL_SET, ctl_object_change, "change the given settings" },
	{ "del", CTL_TAKE_KEY, CTL_DEL, ctl_object_change, "delete the settings of a device" },
	{ "flush", CTL_TAKE_NOTHING, CTL_FLUSH, ctl_object_change,
	  "delete the settings of all devices" },
	{ "show", CTL_TAKE_PART, CTL_GET, ctl_object_show, "show them" },
};

const struct ctl_noun ctl_noun_device = {
	.name = "device",
	.family = &ctl_relay,
	.object = &ctl_device,
	.args = device_args,
	.arg_count = CTL_COUNT(device_args),
	.commands = device_commands,
	.command_count = CTL_COUNT(device_commands),
	.before = ctl_xdp_begin,
	.after = ctl_xdp_after,
	.text = "devices towards clients and servers",
};
