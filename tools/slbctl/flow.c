// SPDX-License-Identifier: GPL-2.0-only
/* The noun relay flow: the flow table of the relay, and where it sends a flow. */
#include "nl.h"
#include "nl_gen.h"
#include "out.h"

static const struct ctl_column flow_columns[] = {
	{ .id = { SLB_RELAY_A_FLOW_PROTO } },
	{ .word = "client", .form = CTL_FORM_HOST,
	  .id = { SLB_RELAY_A_FLOW_CLIENT, SLB_RELAY_A_FLOW_CLIENT_PORT } },
	{ .word = "vip", .form = CTL_FORM_HOST,
	  .id = { SLB_RELAY_A_FLOW_VIP, SLB_RELAY_A_FLOW_VIP_PORT } },
	{ .word = "balancer", .id = { SLB_RELAY_A_FLOW_BALANCER } },
	{ .word = "heir", .id = { SLB_RELAY_A_FLOW_HEIR } },
	{ .word = "link", .id = { SLB_RELAY_A_FLOW_LINK } },
	{ .word = "state", .id = { SLB_RELAY_A_FLOW_STATE } },
	{ .word = "expires", .id = { SLB_RELAY_A_FLOW_EXPIRES } },
	{ .word = "exception", .id = { SLB_RELAY_A_FLOW_EXCEPTION } },
	{ .word = "idle", .id = { SLB_RELAY_A_FLOW_IDLE } },
};

static const struct ctl_arg flow_args[] = {
	{ .value = "PROTO", .text = CTL_TRANSPORTS, .kind = CTL_ARG_TRANSPORT,
	  .id = { SLB_RELAY_A_FLOW_PROTO } },
	{ .word = "proto", .value = "PROTO", .text = CTL_TRANSPORTS,
	  .kind = CTL_ARG_TRANSPORT,
	  .id = { SLB_RELAY_A_FLOW_PROTO } },
	{ .word = "client", .value = "ADDR[:PORT]", .text = "Address of the client.",
	  .kind = CTL_ARG_HOST, .required = true,
	  .id = { SLB_RELAY_A_FLOW_CLIENT, SLB_RELAY_A_FLOW_CLIENT_PORT } },
	{ .word = "vip", .value = "ADDR[:PORT]", .kind = CTL_ARG_HOST, .required = true,
	  .source = &ctl_relay_vip, .id = { SLB_RELAY_A_FLOW_VIP, SLB_RELAY_A_FLOW_VIP_PORT } },
	{ .word = "balancer", .value = "NAME", .kind = CTL_ARG_NAME, .source = &ctl_balancer,
	  .id = { SLB_RELAY_A_FLOW_BALANCER } },
	{ .word = "link", .value = "NAME", .kind = CTL_ARG_NAME,
	  .id = { SLB_RELAY_A_FLOW_LINK } },
	{ .word = "state", .value = "NAME", .kind = CTL_ARG_STATE,
	  .id = { SLB_RELAY_A_FLOW_STATE } },
	{ .word = "exception", .value = "yes|no",
	  .text = "Flows that another relay would not find by the hash, or all others.",
	  .kind = CTL_ARG_BOOL, .id = { SLB_RELAY_A_FLOW_EXCEPTION } },
};

static const struct ctl_key flow_keys[] = {
	{ "balancer", { { .id = { SLB_RELAY_A_FLOW_BALANCER } } } },
	{ "link", { { .id = { SLB_RELAY_A_FLOW_BALANCER } },
		    { .id = { SLB_RELAY_A_FLOW_LINK } } } },
	{ "client", { { .id = { SLB_RELAY_A_FLOW_CLIENT } } } },
	{ "vip", { { .id = { SLB_RELAY_A_FLOW_PROTO } },
		   { .form = CTL_FORM_HOST,
		     .id = { SLB_RELAY_A_FLOW_VIP, SLB_RELAY_A_FLOW_VIP_PORT } } } },
	{ "state", { { .id = { SLB_RELAY_A_FLOW_STATE } } } },
};

const struct ctl_object ctl_flow = {
	.name = "flow",
	.family = &ctl_relay,
	.attrs = ctl_slb_relay_flow_attrs,
	.attr_count = CTL_COUNT(ctl_slb_relay_flow_attrs),
	.columns = flow_columns,
	.column_count = CTL_COUNT(flow_columns),
	.op = {
		[CTL_GET] = SLB_RELAY_CMD_FLOW_GET,
		[CTL_FLUSH] = SLB_RELAY_CMD_FLOW_FLUSH,
	},
};

static int flow_check(const struct ctl_call *call, struct ctl_fault *fault)
{
	return ctl_same_family(call, SLB_RELAY_A_FLOW_CLIENT, SLB_RELAY_A_FLOW_VIP, fault);
}

/* Exactly a protocol, both addresses and both ports: show where this flow goes. */
static bool flow_names_one(const struct ctl_request *request)
{
	return ctl_request_find(request, SLB_RELAY_A_FLOW_PROTO, NULL) &&
	       ctl_request_find(request, SLB_RELAY_A_FLOW_CLIENT, NULL) &&
	       ctl_request_find(request, SLB_RELAY_A_FLOW_CLIENT_PORT, NULL) &&
	       ctl_request_find(request, SLB_RELAY_A_FLOW_VIP, NULL) &&
	       ctl_request_find(request, SLB_RELAY_A_FLOW_VIP_PORT, NULL) &&
	       !ctl_request_find(request, SLB_RELAY_A_FLOW_BALANCER, NULL) &&
	       !ctl_request_find(request, SLB_RELAY_A_FLOW_STATE, NULL) &&
	       !ctl_request_find(request, SLB_RELAY_A_FLOW_EXCEPTION, NULL) &&
	       !ctl_request_find(request, SLB_RELAY_A_FLOW_LINK, NULL);
}

static int flow_show(struct ctl_call *call)
{
	int status = ctl_object_begin(call);

	return status ? status : ctl_object_list(call, !call->view.count &&
						       flow_names_one(&call->request));
}

static int flow_forget(struct ctl_call *call)
{
	return ctl_object_counted(call, SLB_RELAY_A_FLOW_COUNT, "flow forgotten", "flows forgotten");
}

static const struct ctl_command flow_commands[] = {
	{ "show", CTL_TAKE_ANY, CTL_GET, flow_show,
	  "show the flows that match, or, of one named in full, where it goes" },
	{ "del", CTL_TAKE_ALL, CTL_FLUSH, flow_forget, "remove matching flows from the table" },
	{ "flush", CTL_TAKE_ANY, CTL_FLUSH, flow_forget,
	  "remove matching flows, or all, from the table" },
};

const struct ctl_noun ctl_noun_flow = {
	.name = "flow",
	.family = &ctl_relay,
	.object = &ctl_flow,
	.args = flow_args,
	.arg_count = CTL_COUNT(flow_args),
	.views = ctl_views_list,
	.view_count = CTL_VIEWS_LIST,
	.keys = flow_keys,
	.key_count = CTL_COUNT(flow_keys),
	.commands = flow_commands,
	.command_count = CTL_COUNT(flow_commands),
	.check = flow_check,
	.text = "the flow table of the relay",
};
