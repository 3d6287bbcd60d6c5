// SPDX-License-Identifier: GPL-2.0-only
/* The noun check: VIPs that cannot work, or that one end of a link lacks. */
#include "check.h"
#include "nl.h"
#include "out.h"
#include "usable.h"

#include <inttypes.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <linux/slb.h>
#include <linux/slb_relay.h>

#define VIP_LEN		128
/* A client waits for an answer since then, in milliseconds. */
#define NOW_WAITS	10000
/* A client that has waited for so long has sent more than one packet, in milliseconds. */
#define LONG_WAIT	2000
/* The time between two looks at a VIP that seems to be silent, in milliseconds. */
#define LOOK_AGAIN	1000
#define WHY_LEN		(VIP_LEN + USABLE_TEXT)
#define NAME_LEN	(SLB_NAME_LEN + 1)

/* The servers of a family that a group has. */
struct family {
	char group[NAME_LEN];
	bool ipv6;
	bool usable;
	char why[WHY_LEN];	/* the first server that gets no new sessions, and why */
};

/* VIPs with the same fault, told by the first one. */
struct fault {
	char group[NAME_LEN];
	bool ipv6;
	char vip[VIP_LEN];
	char why[WHY_LEN];
	unsigned int more;
};

/* A VIP of the relay from which nothing seems to come back. */
struct silent {
	char vip[VIP_LEN];
	uint64_t out;		/* packets to clients so far */
};

struct vips {
	struct ctl_check *check;
	struct usable_groups groups;
	struct family *family;	/* in the order of the dump, in which groups are together */
	size_t families;
	struct fault *fault;	/* groups without a usable server */
	size_t faults;
	bool incomplete;	/* there was no memory for a server */
	struct fault unlinked[2];	/* VIPs of a family that no link has */
	struct silent *silent;	/* in the order of the dump */
	size_t silents;
	size_t looked;		/* number of those that the second dump has passed */
};

static const char *family_name(bool ipv6)
{
	return ipv6 ? "IPv6" : "IPv4";
}

static void vip_text(const struct ctl_record *record, const uint8_t id[4], char *text)
{
	const struct ctl_column addr = { .form = CTL_FORM_RANGE, .id = { id[1], id[2], id[3] } };
	const struct ctl_column proto = { .id = { id[0] } };
	char a[96] = "?", p[24] = "?";

	ctl_column_text(record, &proto, p, sizeof(p));
	ctl_column_text(record, &addr, a, sizeof(a));
	snprintf(text, VIP_LEN, "%s %s", p, a);
}

static bool is_ipv6(const struct nlattr *addr)
{
	return addr && mnl_attr_get_payload_len(addr) == sizeof(struct in6_addr);
}

/* The servers of a family; NULL when there is no memory. */
static struct family *family_of(struct vips *vips, const char *group, bool ipv6)
{
	struct family *family;
	size_t i;

	/* a group has one or two families, the last ones so far */
	for (i = vips->families; i--;) {
		family = &vips->family[i];
		if (strcmp(family->group, group))
			break;
		if (family->ipv6 == ipv6)
			return family;
	}
	family = realloc(vips->family, (vips->families + 1) * sizeof(*family));
	if (!family)
		return NULL;
	vips->family = family;
	family += vips->families++;
	memset(family, 0, sizeof(*family));
	snprintf(family->group, sizeof(family->group), "%s", group);
	family->ipv6 = ipv6;
	return family;
}

static void server(const struct nlmsghdr *nlh, void *data)
{
	static const struct ctl_column host = {
		.form = CTL_FORM_HOST, .id = { SLB_A_SERVER_ADDR, SLB_A_SERVER_PORT } };
	char group[NAME_LEN] = "", addr[VIP_LEN] = "?", why[USABLE_TEXT];
	struct vips *vips = data;
	struct ctl_record record;
	struct family *family;
	bool usable;

	ctl_record_read(&record, &ctl_server, nlh);
	if (!record.tb[SLB_A_SERVER_GROUP])
		return;
	ctl_attr_string(record.tb[SLB_A_SERVER_GROUP], group, sizeof(group));
	usable = !usable_not(&record, usable_find(&vips->groups, group), why);
	vips->check->owners++;
	vips->check->usable += usable;
	family = family_of(vips, group, is_ipv6(record.tb[SLB_A_SERVER_ADDR]));
	if (!family) {
		vips->incomplete = true;
		return;
	}
	family->usable |= usable;
	if (usable || *family->why)
		return;
	ctl_column_text(&record, &host, addr, sizeof(addr));
	snprintf(family->why, sizeof(family->why), ", for example %s: %s", addr, why);
}

static int compare(const void *a, const void *b)
{
	const struct family *x = a, *y = b;
	int by = strcmp(x->group, y->group);

	return by ? by : x->ipv6 - y->ipv6;
}

/* Return: the fault if it is a new one, else NULL. */
static struct fault *count_fault(struct vips *vips, const char *group, bool ipv6, const char *text)
{
	struct fault *fault;
	size_t i;

	for (i = 0; i < vips->faults; i++) {
		fault = &vips->fault[i];
		if (fault->ipv6 == ipv6 && !strcmp(fault->group, group)) {
			fault->more++;
			return NULL;
		}
	}
	fault = realloc(vips->fault, (vips->faults + 1) * sizeof(*fault));
	if (!fault)
		return NULL;
	vips->fault = fault;
	fault += vips->faults++;
	memset(fault, 0, sizeof(*fault));
	snprintf(fault->group, sizeof(fault->group), "%s", group);
	snprintf(fault->vip, sizeof(fault->vip), "%s", text);
	fault->ipv6 = ipv6;
	return fault;
}

/* A VIP whose group has no usable server of its family; @family has the others, or is NULL. */
static void count_unusable(struct vips *vips, const struct family *wanted,
			   const struct family *family, const char *text)
{
	struct fault *fault = count_fault(vips, wanted->group, wanted->ipv6, text);

	if (fault && family)
		snprintf(fault->why, sizeof(fault->why), "%s", family->why);
}

/* Is there a link for the family of a VIP? */
static void check_linked(struct vips *vips, bool ipv6, const char *text)
{
	struct fault *fault = &vips->unlinked[ipv6];

	if (vips->check->vias[ipv6])
		return;
	if (fault->vip[0])
		fault->more++;
	else
		snprintf(fault->vip, sizeof(fault->vip), "%s", text);
}

static void vip(const struct nlmsghdr *nlh, void *data)
{
	static const uint8_t id[] = { SLB_A_VIP_PROTO, SLB_A_VIP_ADDR, SLB_A_VIP_PORT_FIRST,
				      SLB_A_VIP_PORT_LAST };
	struct family wanted = { 0 }, *found;
	struct vips *vips = data;
	struct ctl_record record;
	char text[VIP_LEN];

	ctl_record_read(&record, &ctl_vip, nlh);
	if (!record.tb[SLB_A_VIP_GROUP])
		return;
	vips->check->vips++;
	ctl_attr_string(record.tb[SLB_A_VIP_GROUP], wanted.group, sizeof(wanted.group));
	wanted.ipv6 = is_ipv6(record.tb[SLB_A_VIP_ADDR]);
	found = vips->families ? bsearch(&wanted, vips->family, vips->families, sizeof(wanted),
					 compare) : NULL;
	vip_text(&record, id, text);
	if (!found || !found->usable)
		count_unusable(vips, &wanted, found, text);
	check_linked(vips, wanted.ipv6, text);
}

static void more_text(const struct fault *fault, char *text, size_t len)
{
	text[0] = '\0';
	if (fault->more)
		snprintf(text, len, " and %u more", fault->more);
}

static void report_unlinked(struct ctl_check *check, struct vips *vips, const char *noun)
{
	char more[32];
	unsigned int i;

	for (i = 0; i < 2; i++) {
		const struct fault *fault = &vips->unlinked[i];

		/* without any link the operator has not come that far */
		if (!fault->vip[0] || !check->links)
			continue;
		more_text(fault, more, sizeof(more));
		ctl_found(check, true, "%s %s%s: no link has %s (slbctl %s set)", noun, fault->vip,
			  more, family_name(i), ctl_check_relay(check) ? "relay link" : "link");
	}
}

/**
 * ctl_check_vips() - Report VIPs without a usable server or a link of their family.
 * @check: The check of a balancer.
 *
 * Without an answer from the kernel it reports nothing.
 */
void ctl_check_vips(struct ctl_check *check)
{
	struct vips vips = { .check = check };
	struct ctl_request request;
	char more[32];
	size_t i;

	if (usable_read(&vips.groups))
		goto out;
	ctl_request_init(&request, &ctl_server, CTL_GET);
	/* of a list that is not whole, a missing server says nothing */
	if (ctl_nl_dump(&request, server, &vips) || vips.incomplete)
		goto out;
	if (vips.families)
		qsort(vips.family, vips.families, sizeof(*vips.family), compare);
	ctl_request_init(&request, &ctl_vip, CTL_GET);
	ctl_nl_dump(&request, vip, &vips);
	for (i = 0; i < vips.faults; i++) {
		const struct fault *fault = &vips.fault[i];

		more_text(fault, more, sizeof(more));
		ctl_found(check, true,
			  "vip %s%s: group %s has no usable %s server%s (slbctl server show %s)",
			  fault->vip, more, fault->group, family_name(fault->ipv6), fault->why,
			  fault->group);
	}
	report_unlinked(check, &vips, "vip");
out:
	usable_free(&vips.groups);
	free(vips.family);
	free(vips.fault);
}

/* Does each packet of a VIP want an answer? Datagrams may go one way. */
static bool wants_answer(const struct ctl_record *record)
{
	uint64_t proto = 0;

	ctl_attr_number(record->tb[SLB_RELAY_A_VIP_PROTO], &proto);
	return proto == IPPROTO_TCP || proto == IPPROTO_SCTP;
}

/* Do clients of the VIP wait for an answer? */
static bool waits(const struct ctl_record *record, uint64_t *out)
{
	uint64_t in, bytes, waited = 0, since = 0;

	if (!record->tb[SLB_RELAY_A_VIP_IN] || !record->tb[SLB_RELAY_A_VIP_OUT] ||
	    !ctl_attr_number(record->tb[SLB_RELAY_A_VIP_NO_ANSWER], &waited) ||
	    !ctl_attr_number(record->tb[SLB_RELAY_A_VIP_NO_ANSWER_SINCE], &since))
		return false;
	ctl_attr_traffic(record->tb[SLB_RELAY_A_VIP_IN], &in, &bytes);
	ctl_attr_traffic(record->tb[SLB_RELAY_A_VIP_OUT], out, &bytes);
	return since <= NOW_WAITS && (waited >= LONG_WAIT || !*out) && wants_answer(record);
}

static void relay_vip_text(const struct ctl_record *record, char *text)
{
	static const uint8_t id[] = { SLB_RELAY_A_VIP_PROTO, SLB_RELAY_A_VIP_ADDR,
				      SLB_RELAY_A_VIP_PORT_FIRST, SLB_RELAY_A_VIP_PORT_LAST };

	vip_text(record, id, text);
}

static void relay_vip(const struct nlmsghdr *nlh, void *data)
{
	struct vips *vips = data;
	struct ctl_record record;
	struct silent *silent;
	char text[VIP_LEN];
	uint64_t out;

	ctl_record_read(&record, &ctl_relay_vip, nlh);
	vips->check->vips++;
	relay_vip_text(&record, text);
	check_linked(vips, is_ipv6(record.tb[SLB_RELAY_A_VIP_ADDR]), text);
	if (!waits(&record, &out))
		return;
	silent = realloc(vips->silent, (vips->silents + 1) * sizeof(*silent));
	if (!silent)
		return;
	vips->silent = silent;
	silent += vips->silents++;
	memcpy(silent->vip, text, sizeof(silent->vip));
	silent->out = out;
}

/* The second look: has nothing gone to clients since the first one? */
static void relay_vip_again(const struct nlmsghdr *nlh, void *data)
{
	struct vips *vips = data;
	struct ctl_record record;
	char text[VIP_LEN];
	uint64_t out;
	size_t i;

	ctl_record_read(&record, &ctl_relay_vip, nlh);
	if (!waits(&record, &out))
		return;
	relay_vip_text(&record, text);
	for (i = vips->looked; i < vips->silents; i++) {
		if (strcmp(vips->silent[i].vip, text))
			continue;
		vips->looked = i + 1;
		if (vips->silent[i].out == out)
			count_fault(vips, "", false, text);
		return;
	}
}

/* An answer may be on its way, or be noted late: look again. */
static void look_again(struct vips *vips)
{
	const struct timespec pause = { .tv_sec = LOOK_AGAIN / 1000 };
	struct ctl_request request;

	nanosleep(&pause, NULL);
	ctl_request_init(&request, &ctl_relay_vip, CTL_GET);
	ctl_nl_dump(&request, relay_vip_again, vips);
}

/* What the balancers' probes say is the likelier reason. */
static void report_silent(struct ctl_check *check, struct vips *vips)
{
	char more[32];
	size_t i;

	if (vips->silents)
		look_again(vips);
	for (i = 0; i < vips->faults; i++) {
		more_text(&vips->fault[i], more, sizeof(more));
		if (check->vips_differ)
			ctl_found(check, true,
				  "relay vip %s%s: packets came, but no answer did, and balancers have other VIPs than this relay: compare slbctl vip there with slbctl relay vip here",
				  vips->fault[i].vip, more);
		else
			ctl_found(check, true,
				  "relay vip %s%s: packets came, but no answer did: see slbctl check on the balancers; do the servers answer, and do they route the return ranges to this host?",
				  vips->fault[i].vip, more);
	}
	if (!vips->faults)
		ctl_check_vips_differ(check);
}

/**
 * ctl_check_relay_vips() - Report VIPs that cannot work.
 * @check: The check of a relay; its links are known.
 *
 * Without an answer from the kernel it reports nothing.
 */
void ctl_check_relay_vips(struct ctl_check *check)
{
	struct vips vips = { .check = check };
	struct ctl_request request;

	ctl_request_init(&request, &ctl_relay_vip, CTL_GET);
	ctl_nl_dump(&request, relay_vip, &vips);
	if (check->vips && !check->owners)
		ctl_found(check, true,
			  "there are %u VIPs but no balancer: their packets are dropped (slbctl relay balancer add)",
			  check->vips);
	else if (check->vips && !check->links)
		ctl_found(check, true,
			  "there are %u VIPs but no link to a balancer: their packets are dropped (slbctl relay link add)",
			  check->vips);
	else if (check->links_up)
		report_silent(check, &vips);
	report_unlinked(check, &vips, "relay vip");
	free(vips.silent);
	free(vips.fault);
}

/**
 * ctl_check_no_vip() - Report a packet from the relay to an address that is no VIP here.
 * @check: The check of a balancer; its links are known.
 * @status: The totals, which have the last one.
 *
 * When the relay has the same VIPs, the packet was not for one of them.
 *
 * Return: Whether there was one lately.
 */
bool ctl_check_no_vip(struct ctl_check *check, const struct ctl_record *status)
{
	static const uint8_t id[] = { SLB_A_STATUS_NO_VIP_PROTO, SLB_A_STATUS_NO_VIP_ADDR,
				      SLB_A_STATUS_NO_VIP_PORT, 0 };
	char text[VIP_LEN], link[NAME_LEN] = "", ago[32];
	uint64_t since = 0;

	/* this host may be a router for others, too */
	if (check->vips_known && !check->vips_differ)
		return false;
	if (!status->tb[SLB_A_STATUS_NO_VIP_LINK] ||
	    !ctl_attr_number(status->tb[SLB_A_STATUS_NO_VIP_SINCE], &since) ||
	    since > CTL_CHECK_RECENT)
		return false;
	vip_text(status, id, text);
	ctl_attr_string(status->tb[SLB_A_STATUS_NO_VIP_LINK], link, sizeof(link));
	ctl_check_ago(ago, sizeof(ago), since);
	ctl_found(check, true,
		  "link %s: packets come in for %s, which is no VIP here, the last %s ago (slbctl vip add %s group NAME)",
		  link, text, ago, text);
	return true;
}
