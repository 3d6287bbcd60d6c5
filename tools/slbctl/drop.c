// SPDX-License-Identifier: GPL-2.0-only
/* The noun drop on both sides: reasons for which packets are dropped, each with its count. */
#include "nl.h"
#include "nl_gen.h"
#include "out.h"

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
