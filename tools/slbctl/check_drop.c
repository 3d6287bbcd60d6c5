// SPDX-License-Identifier: GPL-2.0-only
/* The noun check: limits that are reached, and drops whose cause is a fault. */
#include "check.h"
#include "nl.h"
#include "out.h"

#include <inttypes.h>
#include <string.h>

#include <linux/slb.h>

/* A far end whose address is wrong here sends a probe each second, or more. */
#define PROBES_RECENT	2000

/* Drops that a fault causes, and the cure. Only this table reports these faults. */
static const struct {
	const char *name;
	bool problem;
	uint64_t recent;	/* milliseconds after which it is a matter of the past */
	const char *text;
} faults[] = {
	{ "chain", true, CTL_CHECK_RECENT,
	  "FORWARD or POSTROUTING dropped packets of flows: see the rules (nft list ruleset)" },
	{ "policy", true, CTL_CHECK_RECENT,
	  "IPsec policies dropped packets of flows: see ip xfrm policy" },
	{ "session-limit", true, CTL_CHECK_RECENT,
	  "new flows were refused at the limit: raise it (slbctl setting set session-limit)" },
	{ "no-port", true, CTL_CHECK_RECENT,
	  "new flows were refused for want of a local port: add local addresses to links" },
	{ "no-route", true, CTL_CHECK_RECENT,
	  "there was no route to a client or server: see ip route" },
	{ "lro", true, CTL_CHECK_RECENT,
	  "a device merged packets in a way that cannot be forwarded: ethtool -K DEV lro off" },
	{ "probe-source", false, PROBES_RECENT,
	  "probes came in from an address that is the next hop (via) of no link on that device" },
	{ "unmatched", false, CTL_CHECK_RECENT,
	  "packets came to a virtual address, but to a port that no VIP has" },
	{ "spoofed", false, CTL_CHECK_RECENT,
	  "packets on a balancer's link had a source that is not that balancer's" },
};

/* Where the last packet went. */
static void target_text(const struct ctl_record *record, char *text, size_t len)
{
	const struct ctl_column host = { .form = CTL_FORM_HOST,
					 .id = { SLB_A_DROP_ADDR, SLB_A_DROP_PORT } };
	const struct ctl_column proto = { .id = { SLB_A_DROP_PROTO } };
	const struct ctl_column source = { .id = { SLB_A_DROP_SOURCE } };
	const struct ctl_column dev = { .id = { SLB_A_DROP_DEV } };
	char h[80], a[64], p[24], d[40];

	text[0] = '\0';
	if (!ctl_column_text(record, &host, h, sizeof(h)) ||
	    !ctl_column_text(record, &source, a, sizeof(a)) ||
	    !ctl_column_text(record, &proto, p, sizeof(p)))
		return;
	if (ctl_column_text(record, &dev, d, sizeof(d)))
		snprintf(text, len, ", on %s, %s from %s to %s", d, p, a, h);
	else
		snprintf(text, len, ", %s from %s to %s", p, a, h);
}

static void drop(const struct nlmsghdr *nlh, void *data)
{
	char name[64] = "", ago[32], target[256];
	uint64_t packets = 0, since = 0;
	struct ctl_check *check = data;
	struct ctl_record record;
	size_t i;

	ctl_record_read(&record, check->drops, nlh);
	if (!record.tb[SLB_A_DROP_NAME] ||
	    !ctl_attr_number(record.tb[SLB_A_DROP_SINCE], &since))
		return;
	ctl_attr_string(record.tb[SLB_A_DROP_NAME], name, sizeof(name));
	ctl_attr_number(record.tb[SLB_A_DROP_PACKETS], &packets);
	ctl_check_ago(ago, sizeof(ago), since);
	target_text(&record, target, sizeof(target));
	for (i = 0; i < CTL_COUNT(faults); i++)
		if (!strcmp(name, faults[i].name) && since <= faults[i].recent)
			ctl_found(check, faults[i].problem,
				  "%s: %" PRIu64 " so far, the last %s ago%s", faults[i].text,
				  packets, ago, target);
}

/**
 * ctl_check_drops() - Report drops of the last minute that a fault causes.
 * @check: The check.
 * @drops: The kind of drop reason.
 *
 * Return: As ctl_nl_dump().
 */
int ctl_check_drops(struct ctl_check *check, const struct ctl_object *drops)
{
	struct ctl_request request;

	check->drops = drops;
	ctl_request_init(&request, drops, CTL_GET);
	return ctl_nl_dump(&request, drop, check);
}

struct limits {
	uint64_t sessions;
	uint64_t ports;	/* of one local address */
};

static void settings(const struct nlmsghdr *nlh, void *data)
{
	uint64_t first = 0, last = 0;
	struct limits *limits = data;
	struct ctl_record record;

	ctl_record_read(&record, &ctl_setting, nlh);
	ctl_attr_number(record.tb[SLB_A_SETTING_SESSION_LIMIT], &limits->sessions);
	ctl_attr_number(record.tb[SLB_A_SETTING_PORT_FIRST], &first);
	ctl_attr_number(record.tb[SLB_A_SETTING_PORT_LAST], &last);
	limits->ports = last - first + 1;
}

/**
 * ctl_check_sessions() - Report that the sessions come near to their limit.
 * @check: The check of a balancer; its sessions are known.
 */
void ctl_check_sessions(struct ctl_check *check)
{
	struct limits limits = { 0 };
	struct ctl_request request;

	ctl_request_init(&request, &ctl_setting, CTL_GET);
	ctl_nl_call(&request, settings, &limits);
	if (limits.sessions && check->sessions * 10 >= limits.sessions * 9)
		ctl_found(check, true, "%" PRIu64 " sessions, and the limit is %" PRIu64
			  ": raise it (slbctl setting set session-limit)", check->sessions,
			  limits.sessions);
	ctl_check_ports(check, limits.ports);
}
