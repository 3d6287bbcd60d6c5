// SPDX-License-Identifier: GPL-2.0-only
/* The noun drop on both sides: reasons for which packets are dropped, each with its count. */
#include "nl.h"
#include "nl_gen.h"
#include "out.h"

#include <inttypes.h>

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
	       (int)SLB_A_DROP_SKB_REASON == (int)SLB_RELAY_A_DROP_SKB_REASON,
	       "both families number the attributes of a drop alike");

static void put_text(const struct ctl_record *record, uint64_t packets)
{
	const struct ctl_attr *attrs = record->object->attrs;
	char name[64] = "?", text[256] = "", kernel[64] = "";

	if (record->tb[SLB_A_DROP_NAME])
		ctl_attr_text(&attrs[SLB_A_DROP_NAME], record->tb[SLB_A_DROP_NAME], name,
			      sizeof(name));
	if (record->tb[SLB_A_DROP_TEXT])
		ctl_attr_text(&attrs[SLB_A_DROP_TEXT], record->tb[SLB_A_DROP_TEXT], text,
			      sizeof(text));
	if (ctl_options.stats && record->tb[SLB_A_DROP_SKB_REASON])
		ctl_attr_text(&attrs[SLB_A_DROP_SKB_REASON], record->tb[SLB_A_DROP_SKB_REASON],
			      kernel, sizeof(kernel));
	printf("%-24s %12" PRIu64 "  %s%s%s%s\n", name, packets, text, *kernel ? " [" : "",
	       kernel, *kernel ? "]" : "");
}

static void drop_message(const struct nlmsghdr *nlh, void *data)
{
	const struct ctl_call *call = data;
	struct ctl_record record;
	uint64_t packets = 0;

	ctl_record_read(&record, call->noun->object, nlh);
	ctl_attr_number(record.tb[SLB_A_DROP_PACKETS], &packets);
	if (!packets && !ctl_options.stats)
		return;
	if (ctl_options.json)
		ctl_out_record(&record);
	else
		put_text(&record, packets);
}

static int drop_show(struct ctl_call *call)
{
	int status = ctl_object_begin(call);

	if (status)
		return status;
	ctl_out_begin();
	status = ctl_nl_dump(&call->request, drop_message, call);
	ctl_out_end();
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
