// SPDX-License-Identifier: GPL-2.0-only
/* The noun drop on both sides: reasons for which packets are dropped, each with its count. */
#include "explain.h"

#include <inttypes.h>
#include <string.h>

const struct ctl_object ctl_drop = {
	.name = "drop",
	.family = &ctl_slb,
	.attrs = ctl_slb_drop_attrs,
	.attr_count = CTL_COUNT(ctl_slb_drop_attrs),
	.op = { [CTL_GET] = SLB_CMD_DROP_GET },
};

const struct ctl_object ctl_relay_drop = {
	.name = "drop",
	.family = &ctl_relay,
	.attrs = ctl_slb_relay_drop_attrs,
	.attr_count = CTL_COUNT(ctl_slb_relay_drop_attrs),
	.op = { [CTL_GET] = SLB_RELAY_CMD_DROP_GET },
};

_Static_assert((int)SLB_A_DROP_NAME == (int)SLB_RELAY_A_DROP_NAME &&
	       (int)SLB_A_DROP_TEXT == (int)SLB_RELAY_A_DROP_TEXT &&
	       (int)SLB_A_DROP_PACKETS == (int)SLB_RELAY_A_DROP_PACKETS &&
	       (int)SLB_A_DROP_SKB_REASON == (int)SLB_RELAY_A_DROP_SKB_REASON &&
	       (int)SLB_A_DROP_SINCE == (int)SLB_RELAY_A_DROP_SINCE &&
	       (int)SLB_A_DROP_PORT == (int)SLB_RELAY_A_DROP_PORT,
	       "both families number the attributes of a drop alike");

static const struct ctl_object vip_drop = {
	.name = "drop",
	.family = &ctl_slb,
	.attrs = ctl_slb_vip_drop_attrs,
	.attr_count = CTL_COUNT(ctl_slb_vip_drop_attrs),
	.op = { [CTL_GET] = SLB_CMD_VIP_DROP_GET },
};

static const struct ctl_object relay_vip_drop = {
	.name = "drop",
	.family = &ctl_relay,
	.attrs = ctl_slb_relay_vip_drop_attrs,
	.attr_count = CTL_COUNT(ctl_slb_relay_vip_drop_attrs),
	.op = { [CTL_GET] = SLB_RELAY_CMD_VIP_DROP_GET },
};

_Static_assert((int)SLB_A_VIP_DROP_PROTO == (int)SLB_RELAY_A_VIP_DROP_PROTO &&
	       (int)SLB_A_VIP_DROP_PACKETS == (int)SLB_RELAY_A_VIP_DROP_PACKETS,
	       "both families number the attributes of a VIP's drop alike");

/**
 * struct drops - What is shown.
 * @call: The command.
 * @vips: With -s: for each VIP and reason, how many packets were dropped.
 */
struct drops {
	const struct ctl_call *call;
	struct explain_answer vips;
};

/* When the last packet was dropped, and where it went. */
static void last_text(const struct ctl_record *record, char *text, size_t len)
{
	const struct ctl_column host = { .form = CTL_FORM_HOST,
					 .id = { SLB_A_DROP_ADDR, SLB_A_DROP_PORT } };
	const struct ctl_column since = { .id = { SLB_A_DROP_SINCE } };
	const struct ctl_column proto = { .id = { SLB_A_DROP_PROTO } };
	const struct ctl_column source = { .id = { SLB_A_DROP_SOURCE } };
	const struct ctl_column dev = { .id = { SLB_A_DROP_DEV } };
	char s[32], d[64], p[24], a[64], h[80];
	size_t used;

	text[0] = '\0';
	if (!ctl_column_text(record, &since, s, sizeof(s)))
		return;
	snprintf(text, len, " Last %s ago", s);
	used = strlen(text);
	if (ctl_column_text(record, &dev, d, sizeof(d)))
		snprintf(text + used, len - used, ", dev %s", d);
	used = strlen(text);
	if (ctl_column_text(record, &host, h, sizeof(h)) &&
	    ctl_column_text(record, &source, a, sizeof(a)) &&
	    ctl_column_text(record, &proto, p, sizeof(p)))
		snprintf(text + used, len - used, ", %s %s to %s", p, a, h);
}

static void put_text(const struct ctl_record *record, uint64_t packets)
{
	const struct ctl_attr *attrs = record->object->attrs;
	char name[64] = "?", text[256] = "", kernel[64] = "", last[192];

	if (record->tb[SLB_A_DROP_NAME])
		ctl_attr_text(&attrs[SLB_A_DROP_NAME], record->tb[SLB_A_DROP_NAME], name,
			      sizeof(name));
	if (record->tb[SLB_A_DROP_TEXT])
		ctl_attr_text(&attrs[SLB_A_DROP_TEXT], record->tb[SLB_A_DROP_TEXT], text,
			      sizeof(text));
	if (ctl_options.stats && record->tb[SLB_A_DROP_SKB_REASON])
		ctl_attr_text(&attrs[SLB_A_DROP_SKB_REASON], record->tb[SLB_A_DROP_SKB_REASON],
			      kernel, sizeof(kernel));
	last_text(record, last, sizeof(last));
	printf("%-24s %12" PRIu64 "  %s%s%s%s%s\n", name, packets, text, *kernel ? " [" : "",
	       kernel, *kernel ? "]" : "", last);
}

static const struct ctl_object *vip_object(const struct drops *drops)
{
	return drops->call->noun->object == &ctl_drop ? &vip_drop : &relay_vip_drop;
}

/* The VIPs of a reason, as lines of text or as a list in JSON. */
static void put_vips(const struct drops *drops, const char *reason, json_t *json)
{
	char name[EXPLAIN_TEXT], proto[EXPLAIN_TEXT], vip[EXPLAIN_TEXT];
	json_t *list = json ? json_array() : NULL, *one;
	struct ctl_record record;
	uint64_t packets = 0;
	size_t i;

	for (i = 0; i < drops->vips.count; i++) {
		ctl_record_read(&record, vip_object(drops), drops->vips.message[i]);
		if (!explain_text(&record, SLB_A_VIP_DROP_NAME, name) || strcmp(name, reason) ||
		    !explain_text(&record, SLB_A_VIP_DROP_PROTO, proto) ||
		    !explain_host(&record, SLB_A_VIP_DROP_ADDR, SLB_A_VIP_DROP_PORT_FIRST,
				  SLB_A_VIP_DROP_PORT_LAST, vip))
			continue;
		if (json) {
			one = ctl_out_json(&record, true);
			json_object_del(one, "name");
			json_array_append_new(list, one);
			continue;
		}
		ctl_attr_number(record.tb[SLB_A_VIP_DROP_PACKETS], &packets);
		printf("    vip %-4s %-40s %12" PRIu64 "\n", proto, vip, packets);
	}
	if (json)
		json_object_set_new(json, "vips", list);
}

static void drop_message(const struct nlmsghdr *nlh, void *data)
{
	const struct drops *drops = data;
	struct ctl_record record;
	char name[EXPLAIN_TEXT];
	uint64_t packets = 0;
	json_t *json;

	ctl_record_read(&record, drops->call->noun->object, nlh);
	ctl_attr_number(record.tb[SLB_A_DROP_PACKETS], &packets);
	if ((!packets && !ctl_options.stats) || !explain_text(&record, SLB_A_DROP_NAME, name))
		return;
	json = ctl_options.json ? ctl_out_json(&record, ctl_options.stats) : NULL;
	if (!json)
		put_text(&record, packets);
	if (ctl_options.stats)
		put_vips(drops, name, json);
	if (json)
		ctl_out_element(json);
}

/* A module that does not know the operation has no counters of VIPs. */
static void drop_vips(struct drops *drops)
{
	struct ctl_request request;

	ctl_request_init(&request, vip_object(drops), CTL_GET);
	if (ctl_options.stats)
		ctl_nl_dump(&request, explain_keep, &drops->vips);
}

static int drop_show(struct ctl_call *call)
{
	struct drops drops = { .call = call };
	int status = ctl_object_begin(call);

	if (status)
		return status;
	drop_vips(&drops);
	ctl_out_begin();
	status = ctl_nl_dump(&call->request, drop_message, &drops);
	ctl_out_end();
	explain_free(&drops.vips);
	return ctl_object_end(&call->request, status);
}

static const struct ctl_command drop_commands[] = {
	{ "show", CTL_TAKE_NOTHING, CTL_GET, drop_show,
	  "show the reasons that dropped packets; all with -s" },
};

const struct ctl_noun ctl_noun_drop = {
	.name = "drop",
	.family = &ctl_slb,
	.object = &ctl_drop,
	.commands = drop_commands,
	.command_count = CTL_COUNT(drop_commands),
	.text = "why packets were dropped",
};

const struct ctl_noun ctl_noun_relay_drop = {
	.name = "drop",
	.family = &ctl_relay,
	.object = &ctl_relay_drop,
	.commands = drop_commands,
	.command_count = CTL_COUNT(drop_commands),
	.text = "why packets were dropped",
};
