// SPDX-License-Identifier: GPL-2.0-only
/* The noun status on both sides: totals of the namespace. */
#include "nl.h"
#include "nl_gen.h"
#include "out.h"

#include <inttypes.h>
#include <string.h>

#include <slb/version.h>

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
	SHOW(SLB_A_STATUS_, VERSION, "version"),
	SHOW(SLB_A_STATUS_, FEATURES, "features"),
	SHOW(SLB_A_STATUS_, ADDRESSES_KEPT, "addresses-kept"),
	SHOW(SLB_A_STATUS_, ADDRESSES_FORGOTTEN, "addresses-forgotten"),
	SHOW(SLB_A_STATUS_, KEY_ID, "key-id"),
	SHOW(SLB_A_STATUS_, VIPS_ID, "vips-id"),
	SHOW(SLB_A_STATUS_, NO_VIP_LINK, "no-vip-link"),
	SHOW(SLB_A_STATUS_, NO_VIP_PROTO, "no-vip-proto"),
	SHOW(SLB_A_STATUS_, NO_VIP_ADDR, "no-vip-addr"),
	SHOW(SLB_A_STATUS_, NO_VIP_PORT, "no-vip-port"),
	SHOW(SLB_A_STATUS_, NO_VIP_SINCE, "no-vip-since"),
	SHOW(SLB_A_STATUS_, CLIENT_ADDRESS_SENT, "client-address-sent"),
	SHOW(SLB_A_STATUS_, CLIENT_ADDRESS_AGAIN, "client-address-again"),
	SHOW(SLB_A_STATUS_, CLIENT_ADDRESS_NO_ROOM, "client-address-no-room"),
	SHOW(SLB_A_STATUS_, CLIENT_ADDRESS_FORGED, "client-address-forged"),
	SHOW(SLB_A_STATUS_, SYNC_BEHIND, "sync-behind"),
	SHOW(SLB_A_STATUS_, SYNC_STANDBY, "sync-standby"),
	SHOW(SLB_A_STATUS_, SYNC_LOGGED, "sync-logged"),
	SHOW(SLB_A_STATUS_, SYNC_LOST, "sync-lost"),
	SHOW(SLB_A_STATUS_, SYNC_ADDED, "sync-added"),
	SHOW(SLB_A_STATUS_, SYNC_UPDATED, "sync-updated"),
	SHOW(SLB_A_STATUS_, SYNC_ENDED, "sync-ended"),
	SHOW(SLB_A_STATUS_, SYNC_REFUSED_RANGE, "sync-refused-range"),
	SHOW(SLB_A_STATUS_, SYNC_REFUSED_VIP, "sync-refused-vip"),
	SHOW(SLB_A_STATUS_, SYNC_REFUSED_SERVER, "sync-refused-server"),
	SHOW(SLB_A_STATUS_, SYNC_REFUSED_KEY, "sync-refused-key"),
	SHOW(SLB_A_STATUS_, SYNC_REFUSED_LIMIT, "sync-refused-limit"),
	SHOW(SLB_A_STATUS_, SYNC_REFUSED_INVALID, "sync-refused-invalid"),
	SHOW(SLB_A_STATUS_, SYNC_FORGOTTEN, "sync-forgotten"),
	SHOW(SLB_A_STATUS_, VIPS_UNUSABLE, "vips-unusable"),
	SHOW(SLB_A_STATUS_, VIPS_UNTOLD, "vips-untold"),
	SHOW(SLB_A_STATUS_, PERSISTS, "persists"),
	SHOW(SLB_A_STATUS_, PERSISTS_REFUSED, "persists-refused"),
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
	SHOW(SLB_RELAY_A_STATUS_, VERSION, "version"),
	SHOW(SLB_RELAY_A_STATUS_, FEATURES, "features"),
	SHOW(SLB_RELAY_A_STATUS_, KEY_ID, "key-id"),
	SHOW(SLB_RELAY_A_STATUS_, VIPS_ID, "vips-id"),
	SHOW(SLB_RELAY_A_STATUS_, CONFIG_ID, "config-id"),
	SHOW(SLB_RELAY_A_STATUS_, VIP_SETS, "vip-sets"),
	SHOW(SLB_RELAY_A_STATUS_, VIP_SETS_REFUSED, "vip-sets-refused"),
	SHOW(SLB_RELAY_A_STATUS_, VIP_SETS_UNSOUND, "vip-sets-unsound"),
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

/**
 * ctl_version_differs() - Compare the version of a module with that of slbctl.
 * @record: The module's status.
 * @text: Where to put what is wrong and what helps; unescaped.
 * @len: Bytes of @text.
 *
 * Return: Whether they differ.
 */
bool ctl_version_differs(const struct ctl_record *record, char *text, size_t len)
{
	bool relay = record->object == &ctl_relay_status;
	const struct nlattr *attr =
		record->tb[relay ? SLB_RELAY_A_STATUS_VERSION : SLB_A_STATUS_VERSION];
	char version[64] = "unknown";

	if (attr)
		ctl_attr_string(attr, version, sizeof(version));
	if (!strcmp(version, SLB_VERSION))
		return false;
	snprintf(text, len,
		 "the version of module %s is %s, that of slbctl is %s: install the same, then unload and load the module",
		 record->object->family->module, version, SLB_VERSION);
	return true;
}

static void compare_version(const struct nlmsghdr *nlh, void *data)
{
	const struct ctl_object *object = data;
	struct ctl_record record;
	char text[512];

	ctl_record_read(&record, object, nlh);
	if (ctl_version_differs(&record, text, sizeof(text)))
		ctl_say("warning: %s", text);
}

/* What a person wants to see beside the totals. */
struct beside {
	const struct ctl_object *status, *link, *setting;
	uint8_t used, links, link_state, limit;	/* attributes */
	uint64_t links_up, most;
};

static const struct beside beside_slb = {
	.status = &ctl_status, .link = &ctl_link, .setting = &ctl_setting,
	.used = SLB_A_STATUS_SESSIONS, .links = SLB_A_STATUS_LINKS,
	.link_state = SLB_A_LINK_STATE, .limit = SLB_A_SETTING_SESSION_LIMIT,
};

static const struct beside beside_relay = {
	.status = &ctl_relay_status, .link = &ctl_relay_link, .setting = &ctl_relay_setting,
	.used = SLB_RELAY_A_STATUS_FLOWS, .links = SLB_RELAY_A_STATUS_LINKS,
	.link_state = SLB_RELAY_A_LINK_STATE, .limit = SLB_RELAY_A_SETTING_FLOW_LIMIT,
};

static void count_up(const struct nlmsghdr *nlh, void *data)
{
	struct beside *beside = data;
	struct ctl_record record;
	char text[32];

	ctl_record_read(&record, beside->link, nlh);
	if (!record.tb[beside->link_state])
		return;
	ctl_attr_text(&beside->link->attrs[beside->link_state], record.tb[beside->link_state],
		      text, sizeof(text));
	beside->links_up += !strcmp(text, "up");
}

static void read_limit(const struct nlmsghdr *nlh, void *data)
{
	struct beside *beside = data;
	struct ctl_record record;

	ctl_record_read(&record, beside->setting, nlh);
	ctl_attr_number(record.tb[beside->limit], &beside->most);
}

static void put_totals(const struct nlmsghdr *nlh, void *data)
{
	const struct beside *beside = data;
	struct ctl_record record;
	char text[512];
	size_t i;

	ctl_record_read(&record, beside->status, nlh);
	for (i = 0; i < beside->status->column_count; i++) {
		const struct ctl_column *column = &beside->status->columns[i];

		if (!ctl_column_text(&record, column, text, sizeof(text)))
			continue;
		printf("%-*s", CTL_LISTING_WIDTH, column->word);
		if (column->id[0] == beside->used && beside->most)
			printf("%s of %" PRIu64 "\n", text, beside->most);
		else if (column->id[0] == beside->links)
			printf("%" PRIu64 " of %s up\n", beside->links_up, text);
		else
			puts(text);
	}
}

/* For a person: limits beside the values. */
static int show_beside(const struct ctl_call *call)
{
	struct beside beside = call->noun->object == &ctl_status ? beside_slb : beside_relay;
	struct ctl_request request;
	int result;

	ctl_request_init(&request, beside.link, CTL_GET);
	result = ctl_nl_dump(&request, count_up, &beside);
	if (result >= 0) {
		ctl_request_init(&request, beside.setting, CTL_GET);
		result = ctl_nl_call(&request, read_limit, &beside);
	}
	if (result >= 0) {
		ctl_request_init(&request, beside.status, CTL_GET);
		result = ctl_nl_call(&request, put_totals, &beside);
	}
	return ctl_object_end(&request, result);
}

static int status_show(struct ctl_call *call)
{
	int status;

	if (ctl_out_terminal() && !ctl_options.dry_run) {
		status = ctl_object_begin(call);
		if (!status)
			status = show_beside(call);
	} else {
		status = ctl_object_show(call);
	}
	if (status || ctl_options.dry_run)
		return status;
	return ctl_object_end(&call->request, ctl_nl_call(&call->request, compare_version,
							  (void *)call->noun->object));
}

static const struct ctl_command status_commands[] = {
	{ "show", CTL_TAKE_NOTHING, CTL_GET, status_show, "show the totals" },
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
