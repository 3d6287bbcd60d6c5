// SPDX-License-Identifier: GPL-2.0-only
/* The noun relay flow: asks the relay where it sends a flow. */
#include "ctl.h"

#include <linux/slb_relay.h>

static const struct ctl_attr flow_attrs[] = {
	[SLB_RELAY_A_FLOW_PROTO] = { .name = "proto", .type = CTL_PROTO },
	[SLB_RELAY_A_FLOW_CLIENT] = { .name = "client", .type = CTL_ADDR },
	[SLB_RELAY_A_FLOW_CLIENT_PORT] = { .name = "client-port", .type = CTL_U16 },
	[SLB_RELAY_A_FLOW_VIP] = { .name = "vip", .type = CTL_ADDR },
	[SLB_RELAY_A_FLOW_VIP_PORT] = { .name = "vip-port", .type = CTL_U16 },
	[SLB_RELAY_A_FLOW_BALANCER] = { .name = "balancer", .type = CTL_STRING },
	[SLB_RELAY_A_FLOW_LINK] = { .name = "link", .type = CTL_STRING },
};

static const struct ctl_column flow_columns[] = {
	{ .id = { SLB_RELAY_A_FLOW_PROTO } },
	{ .word = "client", .form = CTL_FORM_HOST,
	  .id = { SLB_RELAY_A_FLOW_CLIENT, SLB_RELAY_A_FLOW_CLIENT_PORT } },
	{ .word = "vip", .form = CTL_FORM_HOST,
	  .id = { SLB_RELAY_A_FLOW_VIP, SLB_RELAY_A_FLOW_VIP_PORT } },
	{ .word = "balancer", .id = { SLB_RELAY_A_FLOW_BALANCER } },
	{ .word = "link", .id = { SLB_RELAY_A_FLOW_LINK } },
};

static const struct ctl_arg flow_args[] = {
	{ .value = "PROTO", .kind = CTL_ARG_TRANSPORT, .id = { SLB_RELAY_A_FLOW_PROTO } },
	{ .word = "client", .value = "ADDR:PORT", .kind = CTL_ARG_HOSTPORT, .required = true,
	  .id = { SLB_RELAY_A_FLOW_CLIENT, SLB_RELAY_A_FLOW_CLIENT_PORT } },
	{ .word = "vip", .value = "ADDR:PORT", .kind = CTL_ARG_HOSTPORT, .required = true,
	  .id = { SLB_RELAY_A_FLOW_VIP, SLB_RELAY_A_FLOW_VIP_PORT } },
};

static const struct ctl_object ctl_flow = {
	.name = "flow",
	.family = &ctl_relay,
	.attrs = flow_attrs,
	.attr_count = CTL_COUNT(flow_attrs),
	.columns = flow_columns,
	.column_count = CTL_COUNT(flow_columns),
	.op = { [CTL_GET] = SLB_RELAY_CMD_FLOW_GET },
};

static int flow_check(const struct ctl_call *call, struct ctl_fault *fault)
{
	return ctl_same_family(call, SLB_RELAY_A_FLOW_CLIENT, SLB_RELAY_A_FLOW_VIP, fault);
}

static const struct ctl_command flow_commands[] = {
	{ "show", CTL_TAKE_ALL, CTL_GET, ctl_object_show, "tell where the relay sends a flow" },
};

const struct ctl_noun ctl_noun_flow = {
	.name = "flow",
	.family = &ctl_relay,
	.object = &ctl_flow,
	.args = flow_args,
	.arg_count = CTL_COUNT(flow_args),
	.commands = flow_commands,
	.command_count = CTL_COUNT(flow_commands),
	.check = flow_check,
	.text = "where the relay sends a flow",
};
