// SPDX-License-Identifier: GPL-2.0-only
/* The noun session: the state of one flow on the balancer. */
#include "nl.h"
#include "nl_gen.h"
#include "out.h"

static const struct ctl_column session_columns[] = {
	{ .word = "proto", .id = { SLB_A_SESSION_PROTO } },
	{ .word = "client", .form = CTL_FORM_HOST,
	  .id = { SLB_A_SESSION_CLIENT, SLB_A_SESSION_CLIENT_PORT } },
	{ .word = "vip", .form = CTL_FORM_HOST,
	  .id = { SLB_A_SESSION_VIP, SLB_A_SESSION_VIP_PORT } },
	{ .word = "server", .form = CTL_FORM_HOST,
	  .id = { SLB_A_SESSION_SERVER, SLB_A_SESSION_SERVER_PORT } },
	{ .word = "local", .form = CTL_FORM_HOST, .minor = true,
	  .id = { SLB_A_SESSION_LOCAL, SLB_A_SESSION_LOCAL_PORT } },
	{ .word = "link", .minor = true, .id = { SLB_A_SESSION_RETURN_LINK } },
	{ .word = "group", .minor = true, .id = { SLB_A_SESSION_GROUP } },
	{ .word = "ingress", .minor = true, .id = { SLB_A_SESSION_INGRESS_LINK } },
	{ .word = "state", .id = { SLB_A_SESSION_STATE } },
	{ .word = "age", .id = { SLB_A_SESSION_AGE } },
	{ .word = "expires", .id = { SLB_A_SESSION_EXPIRES } },
	{ .word = "client-address", .minor = true, .id = { SLB_A_SESSION_CLIENT_ADDRESS } },
	{ .word = "in", .place = CTL_PLACE_OWN, .id = { SLB_A_SESSION_IN } },
	{ .word = "out", .place = CTL_PLACE_OWN, .id = { SLB_A_SESSION_OUT } },
};

static const struct ctl_arg session_args[] = {
	{ .value = "PROTO", .text = CTL_TRANSPORTS, .kind = CTL_ARG_TRANSPORT,
	  .id = { SLB_A_SESSION_PROTO } },
	{ .word = "proto", .value = "PROTO", .text = CTL_TRANSPORTS,
	  .kind = CTL_ARG_TRANSPORT,
	  .id = { SLB_A_SESSION_PROTO } },
	{ .word = "client", .value = "ADDR[:PORT]", .text = "Address of the client.",
	  .kind = CTL_ARG_HOST, .required = true,
	  .id = { SLB_A_SESSION_CLIENT, SLB_A_SESSION_CLIENT_PORT } },
	{ .word = "vip", .value = "ADDR[:PORT]", .kind = CTL_ARG_HOST, .required = true,
	  .source = &ctl_vip, .id = { SLB_A_SESSION_VIP, SLB_A_SESSION_VIP_PORT } },
	{ .word = "server", .value = "ADDR[:PORT]", .kind = CTL_ARG_HOST, .source = &ctl_server,
	  .id = { SLB_A_SESSION_SERVER, SLB_A_SESSION_SERVER_PORT } },
	{ .word = "local", .value = "ADDR[:PORT]", .kind = CTL_ARG_HOST,
	  .id = { SLB_A_SESSION_LOCAL, SLB_A_SESSION_LOCAL_PORT } },
	{ .word = "link", .value = "NAME", .kind = CTL_ARG_NAME, .source = &ctl_link,
	  .id = { SLB_A_SESSION_RETURN_LINK } },
	{ .word = "group", .value = "NAME", .kind = CTL_ARG_NAME, .source = &ctl_group,
	  .id = { SLB_A_SESSION_GROUP } },
	{ .word = "state", .value = "NAME", .kind = CTL_ARG_STATE, .id = { SLB_A_SESSION_STATE } },
};

static const struct ctl_key session_keys[] = {
	{ "server", { { .form = CTL_FORM_HOST,
			.id = { SLB_A_SESSION_SERVER, SLB_A_SESSION_SERVER_PORT } } } },
	{ "client", { { .id = { SLB_A_SESSION_CLIENT } } } },
	{ "vip", { { .id = { SLB_A_SESSION_PROTO } },
		   { .form = CTL_FORM_HOST,
		     .id = { SLB_A_SESSION_VIP, SLB_A_SESSION_VIP_PORT } } } },
	{ "group", { { .id = { SLB_A_SESSION_GROUP } } } },
	{ "link", { { .id = { SLB_A_SESSION_RETURN_LINK } } } },
	{ "state", { { .id = { SLB_A_SESSION_STATE } } } },
};

static const struct ctl_object ctl_session = {
	.name = "session",
	.family = &ctl_slb,
	.attrs = ctl_slb_session_attrs,
	.attr_count = CTL_COUNT(ctl_slb_session_attrs),
	.columns = session_columns,
	.column_count = CTL_COUNT(session_columns),
	.op = {
		[CTL_GET] = SLB_CMD_SESSION_GET,
		[CTL_FLUSH] = SLB_CMD_SESSION_FLUSH,
	},
};

static int session_check(const struct ctl_call *call, struct ctl_fault *fault)
{
	if (ctl_same_family(call, SLB_A_SESSION_CLIENT, SLB_A_SESSION_VIP, fault))
		return -1;
	return ctl_same_family(call, SLB_A_SESSION_SERVER, SLB_A_SESSION_LOCAL, fault);
}

static int session_end(struct ctl_call *call)
{
	return ctl_object_counted(call, SLB_A_SESSION_COUNT, "session ended", "sessions ended");
}

static const struct ctl_command session_commands[] = {
	{ "show", CTL_TAKE_ANY, CTL_GET, ctl_object_show, "show matching sessions" },
	{ "del", CTL_TAKE_ALL, CTL_FLUSH, session_end, "end matching sessions" },
	{ "flush", CTL_TAKE_ANY, CTL_FLUSH, session_end, "end matching sessions, or all" },
};

const struct ctl_noun ctl_noun_session = {
	.name = "session",
	.family = &ctl_slb,
	.object = &ctl_session,
	.args = session_args,
	.arg_count = CTL_COUNT(session_args),
	.views = ctl_views_list,
	.view_count = CTL_VIEWS_LIST,
	.keys = session_keys,
	.key_count = CTL_COUNT(session_keys),
	.commands = session_commands,
	.command_count = CTL_COUNT(session_commands),
	.check = session_check,
	.text = "sessions, clients that return, copies elsewhere",
};
