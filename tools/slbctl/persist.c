// SPDX-License-Identifier: GPL-2.0-only
/* The noun persist: clients of a prefix, and the server to which they return. */
#include "nl.h"
#include "nl_gen.h"
#include "out.h"

static const struct ctl_column persist_columns[] = {
	{ .word = "group", .id = { SLB_A_PERSIST_GROUP } },
	{ .word = "client", .id = { SLB_A_PERSIST_CLIENT } },
	{ .word = "prefix-length", .id = { SLB_A_PERSIST_PREFIX_LENGTH } },
	{ .word = "server", .form = CTL_FORM_HOST,
	  .id = { SLB_A_PERSIST_SERVER, SLB_A_PERSIST_SERVER_PORT } },
	{ .word = "expires", .id = { SLB_A_PERSIST_EXPIRES } },
};

static const struct ctl_arg persist_args[] = {
	{ .word = "group", .value = "NAME", .kind = CTL_ARG_NAME, .required = true,
	  .source = &ctl_group, .id = { SLB_A_PERSIST_GROUP } },
	{ .word = "client", .value = "ADDR", .text = "Address of one of the clients.",
	  .kind = CTL_ARG_HOST, .required = true, .id = { SLB_A_PERSIST_CLIENT } },
};

static const struct ctl_object ctl_persist = {
	.name = "persist",
	.family = &ctl_slb,
	.attrs = ctl_slb_persist_attrs,
	.attr_count = CTL_COUNT(ctl_slb_persist_attrs),
	.columns = persist_columns,
	.column_count = CTL_COUNT(persist_columns),
	.op = {
		[CTL_GET] = SLB_CMD_PERSIST_GET,
		[CTL_FLUSH] = SLB_CMD_PERSIST_FLUSH,
	},
};

static int persist_end(struct ctl_call *call)
{
	return ctl_object_counted(call, SLB_A_PERSIST_COUNT, "forgotten", "forgotten");
}

static const struct ctl_command persist_commands[] = {
	{ "show", CTL_TAKE_ANY, CTL_GET, ctl_object_show, "show clients that return to a server" },
	{ "del", CTL_TAKE_ALL, CTL_FLUSH, persist_end, "forget a client and its neighbours" },
	{ "flush", CTL_TAKE_ANY, CTL_FLUSH, persist_end, "forget all that match" },
};

const struct ctl_noun ctl_noun_persist = {
	.name = "persist",
	.family = &ctl_slb,
	.object = &ctl_persist,
	.args = persist_args,
	.arg_count = CTL_COUNT(persist_args),
	.commands = persist_commands,
	.command_count = CTL_COUNT(persist_commands),
	.also = true,
	.text = "clients that return to their server",
};
