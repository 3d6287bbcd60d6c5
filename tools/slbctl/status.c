// SPDX-License-Identifier: GPL-2.0-only
/* The noun status on both sides: totals of the namespace. */
#include "nl.h"
#include "nl_gen.h"

#define SHOW(P, ID, name) { .word = name, .id = { P##ID } }

static const struct ctl_column status_columns[] = {
	SHOW(SLB_A_STATUS_, SESSIONS, "sessions"),
	SHOW(SLB_A_STATUS_, SESSIONS_TOTAL, "sessions-total"),
	SHOW(SLB_A_STATUS_, SESSIONS_EXPIRED, "sessions-expired"),
	SHOW(SLB_A_STATUS_, SESSIONS_REFUSED, "sessions-refused"),
	SHOW(SLB_A_STATUS_, VIPS, "vips"),
	SHOW(SLB_A_STATUS_, GROUPS, "groups"),
	SHOW(SLB_A_STATUS_, SERVERS, "servers"),
	SHOW(SLB_A_STATUS_, LINKS, "links"),
	SHOW(SLB_A_STATUS_, SESSIONS_YIELDED, "sessions-yielded"),
	SHOW(SLB_A_STATUS_, RESETS, "resets"),
	SHOW(SLB_A_STATUS_, RESETS_LIMITED, "resets-limited"),
	SHOW(SLB_A_STATUS_, GENERATION, "generation"),
};

static const struct ctl_column relay_status_columns[] = {
	SHOW(SLB_RELAY_A_STATUS_, VIPS, "vips"),
	SHOW(SLB_RELAY_A_STATUS_, BALANCERS, "balancers"),
	SHOW(SLB_RELAY_A_STATUS_, LINKS, "links"),
	SHOW(SLB_RELAY_A_STATUS_, SLOTS, "slots"),
	SHOW(SLB_RELAY_A_STATUS_, KEY_RANDOM, "key-random"),
	SHOW(SLB_RELAY_A_STATUS_, FLOWS, "flows"),
	SHOW(SLB_RELAY_A_STATUS_, FLOW_LIMIT, "flow-limit"),
	SHOW(SLB_RELAY_A_STATUS_, FLOWS_TOTAL, "flows-total"),
	SHOW(SLB_RELAY_A_STATUS_, FLOWS_EXPIRED, "flows-expired"),
	SHOW(SLB_RELAY_A_STATUS_, FLOWS_EVICTED, "flows-evicted"),
	SHOW(SLB_RELAY_A_STATUS_, FLOWS_REFUSED, "flows-refused"),
	SHOW(SLB_RELAY_A_STATUS_, FLOWS_LOST, "flows-lost"),
	SHOW(SLB_RELAY_A_STATUS_, GENERATION, "generation"),
};

const struct ctl_object ctl_status = {
	.name = "status",
	.family = &ctl_slb,
	.attrs = ctl_slb_status_attrs,
	.attr_count = CTL_COUNT(ctl_slb_status_attrs),
	.columns = status_columns,
	.column_count = CTL_COUNT(status_columns),
	.listing = true,
	.op = { [CTL_GET] = SLB_CMD_STATUS_GET },
};

bool ctl_unsettled;

/**
 * ctl_settle() - Let the kernel finish what it put off while servers were changed.
 *
 * It builds a large table for many changes together, but before any other request.
 */
void ctl_settle(void)
{
	struct ctl_request request;

	if (!ctl_unsettled)
		return;
	ctl_unsettled = false;
	ctl_request_init(&request, &ctl_status, CTL_GET);
	ctl_nl_call(&request, NULL, NULL);
}

const struct ctl_object ctl_relay_status = {
	.name = "status",
	.family = &ctl_relay,
	.attrs = ctl_slb_relay_status_attrs,
	.attr_count = CTL_COUNT(ctl_slb_relay_status_attrs),
	.columns = relay_status_columns,
	.column_count = CTL_COUNT(relay_status_columns),
	.listing = true,
	.op = { [CTL_GET] = SLB_RELAY_CMD_STATUS_GET },
};

static const struct ctl_command status_commands[] = {
	{ "show", CTL_TAKE_NOTHING, CTL_GET, ctl_object_show, "show the totals" },
};

const struct ctl_noun ctl_noun_status = {
	.name = "status",
	.family = &ctl_slb,
	.object = &ctl_status,
	.commands = status_commands,
	.command_count = CTL_COUNT(status_commands),
	.text = "totals of the balancer",
};

const struct ctl_noun ctl_noun_relay_status = {
	.name = "status",
	.family = &ctl_relay,
	.object = &ctl_relay_status,
	.commands = status_commands,
	.command_count = CTL_COUNT(status_commands),
	.text = "totals of the relay",
};
