// SPDX-License-Identifier: GPL-2.0-only
/* Why a flow gets no server: each server of the group, and what is against it. */
#include "explain.h"
#include "usable.h"

#include <string.h>

#define LINES_MAX	16	/* more servers are counted only */

/* The servers of one family of a group that get no new sessions. */
struct against {
	const struct usable_group *group;
	char name[EXPLAIN_TEXT];
	size_t len;		/* of their addresses */
	json_t *list;		/* NULL for text */
	unsigned int count;
};

static void put_server(struct against *against, const char *server, const char *why)
{
	char escaped[USABLE_TEXT * 6];

	against->count++;
	if (against->list) {
		json_array_append_new(against->list, json_pack("{s:s,s:s}", "server", server,
							       "why", why));
		return;
	}
	ctl_escape(why, escaped, sizeof(escaped));
	if (against->count <= LINES_MAX)
		printf("    server %s gets no new sessions: %s\n", server, escaped);
}

static void server_message(const struct nlmsghdr *nlh, void *data)
{
	char group[EXPLAIN_TEXT], server[EXPLAIN_TEXT], why[USABLE_TEXT];
	struct against *against = data;
	struct ctl_record record;
	const struct nlattr *addr;

	ctl_record_read(&record, &ctl_server, nlh);
	addr = record.tb[SLB_A_SERVER_ADDR];
	if (!addr || mnl_attr_get_payload_len(addr) != against->len ||
	    !explain_text(&record, SLB_A_SERVER_GROUP, group) || strcmp(group, against->name))
		return;
	if (explain_host(&record, SLB_A_SERVER_ADDR, SLB_A_SERVER_PORT, 0, server) &&
	    usable_not(&record, against->group, why))
		put_server(against, server, why);
}

/**
 * explain_servers() - Say why the servers of a flow's group get no new sessions.
 * @record: The explanation; it has no server.
 * @json: Where to put them as a list "unusable", or NULL for text.
 *
 * Without an answer from the kernel, or when each server could be used, it says nothing.
 */
void explain_servers(const struct ctl_record *record, json_t *json)
{
	struct against against = { .list = json ? json_array() : NULL };
	struct usable_groups groups;
	struct ctl_request request;

	against.len = mnl_attr_get_payload_len(record->tb[SLB_A_EXPLAIN_VIP]);
	if (explain_text(record, SLB_A_EXPLAIN_GROUP, against.name) && !usable_read(&groups)) {
		against.group = usable_find(&groups, against.name);
		ctl_request_init(&request, &ctl_server, CTL_GET);
		ctl_nl_dump(&request, server_message, &against);
		usable_free(&groups);
	}
	if (json)
		json_object_set_new(json, "unusable", against.list);
	else if (against.count > LINES_MAX)
		printf("    %u more servers get no new sessions\n", against.count - LINES_MAX);
}
