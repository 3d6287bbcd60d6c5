// SPDX-License-Identifier: GPL-2.0-only
/* The noun check: groups with few healthy servers, and servers in a doubtful state. */
#include "check.h"
#include "nl.h"
#include "out.h"
#include "usable.h"

#include <inttypes.h>
#include <linux/slb.h>

#define LINES_MAX	8	/* more servers are counted only */
#define SERVER_LEN	128

/* What is found of servers. */
struct servers {
	struct ctl_check *check;
	unsigned int found;
};

/* A group that no VIP uses makes no difference. When its sessions are refused, its VIPs say why. */
static void check_group(struct ctl_check *check, const struct usable_group *group)
{
	char text[USABLE_TEXT];
	unsigned int ipv6;

	for (ipv6 = 0; ipv6 < USABLE_FAMILIES; ipv6++) {
		if (!group->vips || !group->all || !group->wanted[ipv6] || !usable_few(group, ipv6))
			continue;
		usable_few_text(group, ipv6, text);
		ctl_found(check, false, "group %s: %s: health is ignored (slbctl health show %s)",
			  group->name, text, group->name);
	}
}

static void server_text(const struct ctl_record *record, char *text)
{
	const struct ctl_column host = { .form = CTL_FORM_HOST,
					 .id = { SLB_A_SERVER_ADDR, SLB_A_SERVER_PORT } };
	const struct ctl_column group_name = { .id = { SLB_A_SERVER_GROUP } };
	char h[80] = "?", g[40] = "?";

	ctl_column_text(record, &group_name, g, sizeof(g));
	ctl_column_text(record, &host, h, sizeof(h));
	snprintf(text, SERVER_LEN, "server %s %s", g, h);
}

/* Checks reach a server over some links only. When it is down, that is what matters. */
static bool lacks_links(const struct ctl_record *record, char *links, size_t len)
{
	const struct ctl_column column = { .id = { SLB_A_SERVER_LINK_DOWN } };
	uint64_t health = SLB_HEALTH_UNKNOWN;

	ctl_attr_number(record->tb[SLB_A_SERVER_HEALTH], &health);
	return health != SLB_HEALTH_DOWN && ctl_column_text(record, &column, links, len);
}

/* How many sessions a server has that should have ended. */
static uint64_t overdue(const struct ctl_record *record)
{
	uint64_t state = SLB_SERVER_STATE_UP, left = 0, sessions = 0, deadline;

	ctl_attr_number(record->tb[SLB_A_SERVER_STATE], &state);
	ctl_attr_number(record->tb[SLB_A_SERVER_DEADLINE_LEFT], &left);
	ctl_attr_number(record->tb[SLB_A_SERVER_SESSIONS], &sessions);
	if (state != SLB_SERVER_STATE_DRAIN || left ||
	    !ctl_attr_number(record->tb[SLB_A_SERVER_DEADLINE], &deadline))
		return 0;
	return sessions;
}

static void server(const struct nlmsghdr *nlh, void *data)
{
	char text[SERVER_LEN], links[USABLE_TEXT];
	struct servers *servers = data;
	struct ctl_record record;
	uint64_t sessions;

	ctl_record_read(&record, &ctl_server, nlh);
	sessions = overdue(&record);
	server_text(&record, text);
	if (sessions && servers->found++ < LINES_MAX)
		ctl_found(servers->check, false,
			  "%s: its deadline is over, and it still has %" PRIu64 " sessions (slbctl server set ... state maint ends them)",
			  text, sessions);
	if (lacks_links(&record, links, sizeof(links)) && servers->found++ < LINES_MAX)
		ctl_found(servers->check, false,
			  "%s: checks do not reach it over link %s: its sessions return over the other links",
			  text, links);
}

/**
 * ctl_check_groups() - Report groups with few healthy servers, and servers in a doubtful state.
 * @check: The check of a balancer.
 *
 * Without an answer from the kernel it reports nothing.
 */
void ctl_check_groups(struct ctl_check *check)
{
	struct servers servers = { .check = check };
	struct usable_groups groups;
	struct ctl_request request;
	size_t i;

	if (!usable_read(&groups))
		for (i = 0; i < groups.count; i++)
			check_group(check, &groups.group[i]);
	usable_free(&groups);
	ctl_request_init(&request, &ctl_server, CTL_GET);
	ctl_nl_dump(&request, server, &servers);
	if (servers.found > LINES_MAX)
		ctl_found(check, false, "%u more servers are past their deadline, or out of reach over a link",
			  servers.found - LINES_MAX);
}
