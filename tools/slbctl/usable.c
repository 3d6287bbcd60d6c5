// SPDX-License-Identifier: GPL-2.0-only
/* Why servers get no new sessions, for check and explain. */
#include "usable.h"
#include "nl.h"

#include <inttypes.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

static uint64_t number(const struct ctl_record *record, unsigned int id, uint64_t absent)
{
	uint64_t value;

	return ctl_attr_number(record->tb[id], &value) ? value : absent;
}

static bool is_ipv6(const struct ctl_record *server)
{
	const struct nlattr *addr = server->tb[SLB_A_SERVER_ADDR];

	return addr && mnl_attr_get_payload_len(addr) == sizeof(struct in6_addr);
}

static void read_group(const struct ctl_record *record, struct usable_group *group)
{
	memset(group, 0, sizeof(*group));
	ctl_attr_string(record->tb[SLB_A_GROUP_NAME], group->name, sizeof(group->name));
	group->vips = number(record, SLB_A_GROUP_VIPS, 0);
	group->percent = record->tb[SLB_A_GROUP_MIN_HEALTHY_PERCENT];
	group->least = number(record, group->percent ? SLB_A_GROUP_MIN_HEALTHY_PERCENT :
						       SLB_A_GROUP_MIN_HEALTHY, 1);
	group->all = number(record, SLB_A_GROUP_WHEN_NONE, SLB_WHEN_NONE_REFUSE) ==
		     SLB_WHEN_NONE_ALL;
}

static void group_message(const struct nlmsghdr *nlh, void *data)
{
	struct usable_groups *groups = data;
	struct usable_group *group;
	struct ctl_record record;

	ctl_record_read(&record, &ctl_group, nlh);
	if (!record.tb[SLB_A_GROUP_NAME])
		return;
	group = realloc(groups->group, (groups->count + 1) * sizeof(*group));
	if (!group)
		return;
	groups->group = group;
	read_group(&record, &group[groups->count++]);
}

/* Does the operator want the server to take new sessions? */
static bool wanted(const struct ctl_record *server)
{
	return number(server, SLB_A_SERVER_WEIGHT, 1) &&
	       number(server, SLB_A_SERVER_STATE, SLB_SERVER_STATE_UP) == SLB_SERVER_STATE_UP;
}

static bool is_down(const struct ctl_record *server)
{
	return number(server, SLB_A_SERVER_HEALTH, SLB_HEALTH_UNKNOWN) == SLB_HEALTH_DOWN;
}

static void server_message(const struct nlmsghdr *nlh, void *data)
{
	char name[SLB_NAME_LEN + 1];
	struct usable_group *group;
	struct ctl_record record;

	ctl_record_read(&record, &ctl_server, nlh);
	if (!record.tb[SLB_A_SERVER_GROUP] || !wanted(&record))
		return;
	ctl_attr_string(record.tb[SLB_A_SERVER_GROUP], name, sizeof(name));
	group = (struct usable_group *)usable_find(data, name);
	if (!group)
		return;
	group->wanted[is_ipv6(&record)]++;
	group->healthy[is_ipv6(&record)] += !is_down(&record);
}

static int by_name(const void *one, const void *other)
{
	const struct usable_group *a = one, *b = other;

	return strcmp(a->name, b->name);
}

/**
 * usable_free() - Forget the groups.
 * @groups: The groups.
 */
void usable_free(struct usable_groups *groups)
{
	free(groups->group);
	memset(groups, 0, sizeof(*groups));
}

/**
 * usable_read() - Ask for all groups and servers.
 * @groups: Where to put the groups; to be freed by usable_free().
 *
 * Return: What ctl_nl_dump() returns; there are none unless it is 0.
 */
int usable_read(struct usable_groups *groups)
{
	struct ctl_request request;
	int result;

	memset(groups, 0, sizeof(*groups));
	ctl_request_init(&request, &ctl_group, CTL_GET);
	result = ctl_nl_dump(&request, group_message, groups);
	if (groups->count)
		qsort(groups->group, groups->count, sizeof(*groups->group), by_name);
	ctl_request_init(&request, &ctl_server, CTL_GET);
	if (!result)
		result = ctl_nl_dump(&request, server_message, groups);
	if (result)
		usable_free(groups);
	return result;
}

/**
 * usable_find() - Find a group.
 * @groups: The groups.
 * @name: Its name.
 *
 * Return: The group, or NULL.
 */
const struct usable_group *usable_find(const struct usable_groups *groups, const char *name)
{
	struct usable_group key = { 0 };

	if (!groups->count)
		return NULL;
	snprintf(key.name, sizeof(key.name), "%s", name);
	return bsearch(&key, groups->group, groups->count, sizeof(key), by_name);
}

/**
 * usable_few() - Are too few servers of a group healthy?
 * @group: The group.
 * @ipv6: Of IPv6, or of IPv4.
 *
 * Return: Whether they are fewer than min-healthy.
 */
bool usable_few(const struct usable_group *group, bool ipv6)
{
	if (group->percent)
		return group->healthy[ipv6] * 100 < group->least * group->wanted[ipv6];
	return group->healthy[ipv6] < group->least;
}

/**
 * usable_few_text() - How many servers of a group are healthy.
 * @group: The group.
 * @ipv6: Of IPv6, or of IPv4.
 * @text: Where to put it: USABLE_TEXT bytes.
 */
void usable_few_text(const struct usable_group *group, bool ipv6, char *text)
{
	snprintf(text, USABLE_TEXT,
		 "%" PRIu64 " of %" PRIu64 " %s servers are healthy, and min-healthy is %" PRIu64 "%s",
		 group->healthy[ipv6], group->wanted[ipv6], ipv6 ? "IPv6" : "IPv4", group->least,
		 group->percent ? "%" : "");
}

static void health_text(const struct ctl_record *server, char *why)
{
	char text[USABLE_TEXT / 2] = "";

	if (server->tb[SLB_A_SERVER_HEALTH_WHY])
		ctl_attr_string(server->tb[SLB_A_SERVER_HEALTH_WHY], text, sizeof(text));
	snprintf(why, USABLE_TEXT, "health down%s%s", *text ? ": " : "", text);
}

/**
 * usable_not() - Why does a server get no new sessions?
 * @server: The server.
 * @group: Its group, or NULL when it is not known.
 * @why: Where to put the reason, unescaped: USABLE_TEXT bytes.
 *
 * Return: Whether it gets none.
 */
bool usable_not(const struct ctl_record *server, const struct usable_group *group, char *why)
{
	uint64_t state = number(server, SLB_A_SERVER_STATE, SLB_SERVER_STATE_UP);
	bool ipv6 = is_ipv6(server), few = group && usable_few(group, ipv6);

	*why = '\0';
	if (number(server, SLB_A_SERVER_EFFECTIVE_WEIGHT, 0))
		return false;
	if (state != SLB_SERVER_STATE_UP)
		snprintf(why, USABLE_TEXT, "state %s",
			 state == SLB_SERVER_STATE_DRAIN ? "drain" : "maint");
	else if (!wanted(server))
		snprintf(why, USABLE_TEXT, "weight 0");
	else if (few && !group->all && group->healthy[ipv6])
		usable_few_text(group, ipv6, why);
	else if (is_down(server) && !(few && group->all))
		health_text(server, why);
	else if (!number(server, SLB_A_SERVER_HEALTH_PERCENT, 100))
		snprintf(why, USABLE_TEXT, "health-percent 0");
	else if (server->tb[SLB_A_SERVER_EFFECTIVE_WEIGHT])
		snprintf(why, USABLE_TEXT, "tier %" PRIu64 " is not active",
			 number(server, SLB_A_SERVER_TIER, 0));
	return *why;
}
