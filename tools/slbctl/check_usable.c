// SPDX-License-Identifier: GPL-2.0-only
/* The noun check: VIPs to which no route is announced, and why. */
#include "check.h"
#include "nl.h"
#include "out.h"

#include <inttypes.h>
#include <linux/slb_relay.h>

/* VIPs that are not usable, told by the first one. */
struct unusable {
	char vip[160];
	char why[64];
	unsigned int more;
};

static void vip(const struct nlmsghdr *nlh, void *data)
{
	static const struct ctl_column addr = { .form = CTL_FORM_RANGE,
		.id = { SLB_RELAY_A_VIP_ADDR, SLB_RELAY_A_VIP_PORT_FIRST,
			SLB_RELAY_A_VIP_PORT_LAST } };
	static const struct ctl_column proto = { .id = { SLB_RELAY_A_VIP_PROTO } };
	struct unusable *unusable = data;
	char a[96] = "?", p[24] = "?";
	struct ctl_record record;
	uint64_t usable = 1;

	ctl_record_read(&record, &ctl_relay_vip, nlh);
	ctl_attr_number(record.tb[SLB_RELAY_A_VIP_USABLE], &usable);
	if (usable)
		return;
	if (*unusable->vip) {
		unusable->more++;
		return;
	}
	ctl_column_text(&record, &proto, p, sizeof(p));
	ctl_column_text(&record, &addr, a, sizeof(a));
	snprintf(unusable->vip, sizeof(unusable->vip), "%s %s", p, a);
	if (record.tb[SLB_RELAY_A_VIP_WHY])
		ctl_attr_string(record.tb[SLB_RELAY_A_VIP_WHY], unusable->why,
				sizeof(unusable->why));
}

static void setting(const struct nlmsghdr *nlh, void *data)
{
	struct ctl_record record;

	ctl_record_read(&record, &ctl_relay_setting, nlh);
	ctl_attr_number(record.tb[SLB_RELAY_A_SETTING_ANNOUNCE], data);
}

/**
 * ctl_check_usable() - Report VIPs that are not usable, and a relay that announces nothing.
 * @check: The check of a relay.
 *
 * Without links that are up, those are the problem. Without an answer from the kernel it reports
 * nothing.
 */
void ctl_check_usable(struct ctl_check *check)
{
	struct unusable unusable = { "", "", 0 };
	struct ctl_request request;
	uint64_t announce = 1;
	char more[32] = "";

	ctl_request_init(&request, &ctl_relay_setting, CTL_GET);
	if (!ctl_nl_call(&request, setting, &announce) && !announce)
		ctl_found(check, false,
			  "announce is no: slb-routed withdraws all routes (slbctl relay setting set announce yes)");
	ctl_request_init(&request, &ctl_relay_vip, CTL_GET);
	if (!check->links_up || ctl_nl_dump(&request, vip, &unusable) || !*unusable.vip)
		return;
	if (unusable.more)
		snprintf(more, sizeof(more), " and %u more", unusable.more);
	ctl_found(check, true,
		  "relay vip %s%s: not usable, and no route to it is announced: %s (slbctl check on the balancers)",
		  unusable.vip, more, unusable.why);
}
