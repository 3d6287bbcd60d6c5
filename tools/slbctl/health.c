// SPDX-License-Identifier: GPL-2.0-only
/* The noun health: what checks say of servers. */
#include "nl.h"
#include "nl_gen.h"

#define BIT(id)	(1ULL << (id))

/* What JSON has of a server here. */
#define SHOWN \
	(BIT(SLB_A_SERVER_GROUP) | BIT(SLB_A_SERVER_ADDR) | BIT(SLB_A_SERVER_PORT) | \
	 BIT(SLB_A_SERVER_HEALTH) | BIT(SLB_A_SERVER_HEALTH_WHY) | \
	 BIT(SLB_A_SERVER_HEALTH_SINCE) | BIT(SLB_A_SERVER_HEALTH_PERCENT) | \
	 BIT(SLB_A_SERVER_EFFECTIVE_WEIGHT) | BIT(SLB_A_SERVER_LINK_DOWN))

static const struct ctl_column health_columns[] = {
	{ .id = { SLB_A_SERVER_GROUP } },
	{ .form = CTL_FORM_HOST, .id = { SLB_A_SERVER_ADDR, SLB_A_SERVER_PORT } },
	{ .word = "health", .id = { SLB_A_SERVER_HEALTH } },
	{ .word = "why", .form = CTL_FORM_QUOTED, .id = { SLB_A_SERVER_HEALTH_WHY } },
	{ .word = "since", .id = { SLB_A_SERVER_HEALTH_SINCE } },
	{ .word = "percent", .form = CTL_FORM_UNUSUAL, .preset = "100",
	  .id = { SLB_A_SERVER_HEALTH_PERCENT } },
	{ .word = "effective-weight", .id = { SLB_A_SERVER_EFFECTIVE_WEIGHT } },
	{ .word = "link-down", .id = { SLB_A_SERVER_LINK_DOWN } },
};

static const struct ctl_object ctl_health = {
	.name = "server",
	.set_name = "health",
	.family = &ctl_slb,
	.attrs = ctl_slb_server_attrs,
	.attr_count = CTL_COUNT(ctl_slb_server_attrs),
	.columns = health_columns,
	.column_count = CTL_COUNT(health_columns),
	.op = {
		[CTL_GET] = SLB_CMD_SERVER_GET,
		[CTL_SET] = SLB_CMD_HEALTH_SET,
	},
};

static const struct ctl_arg health_args[] = {
	{ .value = "GROUP", .kind = CTL_ARG_NAME, .id = { SLB_A_SERVER_GROUP },
	  .source = &ctl_group },
	{ .value = "ADDR[:PORT]", .text = "Address of the server.", .kind = CTL_ARG_HOST,
	  .source = &ctl_health, .id = { SLB_A_SERVER_ADDR, SLB_A_SERVER_PORT } },
	{ .value = "up|down|unknown", .text = "What a check has found.", .kind = CTL_ARG_CHOICE,
	  .only_set = true, .id = { SLB_A_SERVER_HEALTH } },
	{ .word = "why", .value = "TEXT", .text = "Why the server has this health.",
	  .kind = CTL_ARG_TEXT, .max = SLB_HEALTH_WHY_LEN, .id = { SLB_A_SERVER_HEALTH_WHY } },
	{ .word = "percent", .value = "N", .kind = CTL_ARG_NUMBER, .max = 100,
	  .id = { SLB_A_SERVER_HEALTH_PERCENT } },
	{ .word = "link", .value = "NAME", .kind = CTL_ARG_NAME, .source = &ctl_link,
	  .id = { SLB_A_SERVER_LINK } },
};

static bool given(const struct ctl_call *call, uint8_t id)
{
	return ctl_request_find(&call->request, id, NULL);
}

static int health_check(const struct ctl_call *call, struct ctl_fault *fault)
{
	if (!given(call, SLB_A_SERVER_LINK) || (!given(call, SLB_A_SERVER_HEALTH_WHY) &&
						!given(call, SLB_A_SERVER_HEALTH_PERCENT)))
		return 0;
	return ctl_fault_set(fault, "\"link\" goes with neither \"why\" nor \"percent\"");
}

static int health_show(struct ctl_call *call)
{
	call->names = SHOWN;
	return ctl_object_show(call);
}

/* As for servers that are changed: see ctl_settle(). */
static void changed(const struct ctl_call *call)
{
	(void)call;
	ctl_unsettled = true;
}

static const struct ctl_command health_commands[] = {
	{ "set", CTL_TAKE_ALL, CTL_SET, ctl_object_change, "say what a check has found" },
	{ "show", CTL_TAKE_PART, CTL_GET, health_show, "show what checks say of servers" },
};

const struct ctl_noun ctl_noun_health = {
	.name = "health",
	.family = &ctl_slb,
	.object = &ctl_health,
	.args = health_args,
	.arg_count = CTL_COUNT(health_args),
	.commands = health_commands,
	.command_count = CTL_COUNT(health_commands),
	.check = health_check,
	.after = changed,
	.text = "what checks say of servers",
};
