// SPDX-License-Identifier: GPL-2.0-only
/* The noun server: a host that answers for the virtual IPs of its group. */
#include "nl_gen.h"

static const struct ctl_column server_columns[] = {
	{ .id = { SLB_A_SERVER_GROUP } },
	{ .form = CTL_FORM_HOST, .id = { SLB_A_SERVER_ADDR, SLB_A_SERVER_PORT } },
	{ .word = "weight", .preset = "1", .id = { SLB_A_SERVER_WEIGHT } },
	{ .word = "tier", .form = CTL_FORM_UNUSUAL, .preset = "0", .id = { SLB_A_SERVER_TIER } },
	{ .word = "state", .form = CTL_FORM_UNUSUAL, .preset = "up", .id = { SLB_A_SERVER_STATE } },
	{ .word = "deadline", .preset = "", .joined = true, .id = { SLB_A_SERVER_DEADLINE } },
	{ .word = "session-limit", .form = CTL_FORM_UNUSUAL, .preset = "0",
	  .id = { SLB_A_SERVER_SESSION_LIMIT } },
	{ .word = "health", .form = CTL_FORM_UNUSUAL, .preset = "unknown", .place = CTL_PLACE_STATE,
	  .id = { SLB_A_SERVER_HEALTH } },
	{ .word = "health-why", .form = CTL_FORM_QUOTED, .place = CTL_PLACE_STATE,
	  .id = { SLB_A_SERVER_HEALTH_WHY } },
	{ .word = "link-down", .place = CTL_PLACE_STATE, .id = { SLB_A_SERVER_LINK_DOWN } },
	{ .word = "drained", .place = CTL_PLACE_STATE, .id = { SLB_A_SERVER_DRAINED } },
	{ .word = "deadline-left", .place = CTL_PLACE_STATE, .id = { SLB_A_SERVER_DEADLINE_LEFT } },
	{ .word = "effective-weight", .place = CTL_PLACE_STAT,
	  .id = { SLB_A_SERVER_EFFECTIVE_WEIGHT } },
	{ .word = "health-since", .place = CTL_PLACE_STAT, .id = { SLB_A_SERVER_HEALTH_SINCE } },
	{ .word = "health-percent", .form = CTL_FORM_UNUSUAL, .preset = "100",
	  .place = CTL_PLACE_STAT, .id = { SLB_A_SERVER_HEALTH_PERCENT } },
	{ .word = "sessions", .place = CTL_PLACE_STAT, .id = { SLB_A_SERVER_SESSIONS } },
	{ .word = "sessions-closed", .place = CTL_PLACE_STAT,
	  .id = { SLB_A_SERVER_SESSIONS_CLOSED } },
	{ .word = "total", .place = CTL_PLACE_STAT, .id = { SLB_A_SERVER_SESSIONS_TOTAL } },
	{ .word = "answered-since", .place = CTL_PLACE_STAT,
	  .id = { SLB_A_SERVER_ANSWERED_SINCE } },
	{ .word = "refused", .place = CTL_PLACE_STAT, .id = { SLB_A_SERVER_REFUSED } },
	{ .word = "refused-since", .place = CTL_PLACE_STAT, .id = { SLB_A_SERVER_REFUSED_SINCE } },
	{ .word = "unanswered", .place = CTL_PLACE_STAT, .id = { SLB_A_SERVER_UNANSWERED } },
	{ .word = "unanswered-since", .place = CTL_PLACE_STAT,
	  .id = { SLB_A_SERVER_UNANSWERED_SINCE } },
	{ .word = "in", .place = CTL_PLACE_OWN, .id = { SLB_A_SERVER_IN } },
	{ .word = "out", .place = CTL_PLACE_OWN, .id = { SLB_A_SERVER_OUT } },
};

static const struct ctl_arg server_args[] = {
	{ .value = "GROUP", .kind = CTL_ARG_NAME, .id = { SLB_A_SERVER_GROUP },
	  .source = &ctl_group },
	{ .value = "ADDR[:PORT]",
	  .text = "Address of the server. Without a port, packets keep the port of the VIP.",
	  .kind = CTL_ARG_HOST, .source = &ctl_server,
	  .id = { SLB_A_SERVER_ADDR, SLB_A_SERVER_PORT } },
	CTL_SLB_SERVER_ARGS,
};

const struct ctl_object ctl_server = {
	.name = "server",
	.family = &ctl_slb,
	.attrs = ctl_slb_server_attrs,
	.attr_count = CTL_COUNT(ctl_slb_server_attrs),
	.columns = server_columns,
	.column_count = CTL_COUNT(server_columns),
	.op = {
		[CTL_GET] = SLB_CMD_SERVER_GET,
		[CTL_ADD] = SLB_CMD_SERVER_ADD,
		[CTL_SET] = SLB_CMD_SERVER_SET,
		[CTL_DEL] = SLB_CMD_SERVER_DEL,
		[CTL_FLUSH] = SLB_CMD_SERVER_FLUSH,
		[CTL_ADD_NTF] = SLB_CMD_SERVER_ADD_NTF,
		[CTL_SET_NTF] = SLB_CMD_SERVER_SET_NTF,
		[CTL_DEL_NTF] = SLB_CMD_SERVER_DEL_NTF,
		[CTL_SUSPECT_NTF] = SLB_CMD_SERVER_SUSPECT_NTF,
	},
	.ended = SLB_A_SERVER_SESSIONS_ENDED,
};

/* A deadline alone is that of a server that drains already: the kernel knows. */
static int server_check(const struct ctl_call *call, struct ctl_fault *fault)
{
	const uint8_t *state = ctl_request_find(&call->request, SLB_A_SERVER_STATE, NULL);

	if (!ctl_request_find(&call->request, SLB_A_SERVER_DEADLINE, NULL) ||
	    (state ? *state == SLB_SERVER_STATE_DRAIN : call->command->verb == CTL_SET))
		return 0;
	return ctl_fault_set(fault, "\"deadline\" needs \"state drain\"");
}

/* The kernel may build a large table for many changes together: see ctl_settle(). */
static void changed(const struct ctl_call *call)
{
	ctl_unsettled = true;
	ctl_port_warn(call);
}

static const struct ctl_command server_commands[] = {
	{ "add", CTL_TAKE_ALL, CTL_ADD, ctl_object_change, "add a server to a group" },
	{ "replace", CTL_TAKE_ALL, CTL_ADD, ctl_object_replace,
	  "add a server, or make it what the words say" },
	{ "set", CTL_TAKE_SOME, CTL_SET, ctl_object_change, "change the given attributes" },
	{ "del", CTL_TAKE_KEY, CTL_DEL, ctl_object_change, "delete a server" },
	{ "flush", CTL_TAKE_OWNER, CTL_FLUSH, ctl_object_change,
	  "delete all servers, or those of a group" },
	{ "show", CTL_TAKE_PART, CTL_GET, ctl_object_show, "show servers" },
};

const struct ctl_noun ctl_noun_server = {
	.name = "server",
	.family = &ctl_slb,
	.object = &ctl_server,
	.args = server_args,
	.arg_count = CTL_COUNT(server_args),
	.views = ctl_views_rate,
	.view_count = CTL_VIEWS_RATE,
	.commands = server_commands,
	.command_count = CTL_COUNT(server_commands),
	.check = server_check,
	.after = changed,
	.text = "servers of the groups",
};
