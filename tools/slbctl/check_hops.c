// SPDX-License-Identifier: GPL-2.0-only
/* The noun check: links with several next hops. */
#include "check.h"
#include "out.h"

#include <arpa/inet.h>
#include <string.h>

#include <linux/slb.h>

/* What is found of the next hops of a link. */
struct hops {
	struct ctl_check *check;
	const struct ctl_attr *attrs;	/* of a next hop */
	const char *link;
	unsigned int count;
	unsigned int up;
	bool tell;	/* of those that are not up; else only count */
};

static uint64_t number_in(const struct nlattr *nest, uint16_t id)
{
	const struct nlattr *attr;
	uint64_t value = 0;

	mnl_attr_for_each_nested(attr, nest)
		if (mnl_attr_get_type(attr) == id)
			ctl_attr_number(attr, &value);
	return value;
}

/* Its addresses. */
static void hop_text(const struct hops *hops, const struct nlattr *nest, char *text, size_t len)
{
	const struct nlattr *attr;
	char addr[INET6_ADDRSTRLEN];
	size_t used = 0;

	text[0] = '\0';
	mnl_attr_for_each_nested(attr, nest) {
		uint16_t id = mnl_attr_get_type(attr);

		if ((id != SLB_A_NEXT_HOP_VIA4 && id != SLB_A_NEXT_HOP_VIA6) || used >= len)
			continue;
		ctl_attr_text(&hops->attrs[id], attr, addr, sizeof(addr));
		used += (size_t)snprintf(text + used, len - used, "%s%s", used ? " and " : "",
					 addr);
	}
}

static void visit_hop(const struct nlattr *nest, void *data)
{
	struct hops *hops = data;
	uint64_t state = number_in(nest, SLB_A_NEXT_HOP_STATE);
	const struct ctl_attr *desc = &hops->attrs[SLB_A_NEXT_HOP_STATE];
	char text[3 * INET6_ADDRSTRLEN];

	if (!hops->tell) {
		hops->count++;
		hops->up += state == SLB_LINK_STATE_UP;
		return;
	}
	if (state == SLB_LINK_STATE_UP)
		return;
	hop_text(hops, nest, text, sizeof(text));
	ctl_found(hops->check, state != SLB_LINK_STATE_HELD,
		  "%s: next hop %s is %s: %u of %u next hops take packets", hops->link, text,
		  state < desc->count ? desc->names[state] : "in an unknown state", hops->up,
		  hops->count);
}

/* Number of next hops in a family. @more: attribute of those after the first one. */
static unsigned int count_vias(const struct ctl_record *record, unsigned int first,
			       unsigned int more, unsigned int len)
{
	const struct nlattr *list = record->tb[more];

	return record->tb[first] ? 1 + (list ? mnl_attr_get_payload_len(list) / len : 0) : 0;
}

/* Each relay is a next hop of each link: so all lists that are there have the same length. */
static void check_lengths(struct ctl_check *check, const char *link, const unsigned int *count)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		if (!count[i])
			continue;
		if (!check->hops) {
			check->hops = count[i];
			snprintf(check->hops_link, sizeof(check->hops_link), "%s", link);
		}
		if (count[i] == check->hops)
			continue;
		ctl_found(check, true,
			  "%s: it has %u next hops (via) of IPv%d, but %s has %u: the n-th of each list must be the n-th relay",
			  link, count[i], i ? 6 : 4, check->hops_link, check->hops);
		return;
	}
}

/**
 * ctl_check_hops_add() - Report next hops of a balancer's link that take no packets.
 * @check: The check.
 * @record: The link.
 * @link: What to call it.
 */
void ctl_check_hops_add(struct ctl_check *check, const struct ctl_record *record, const char *link)
{
	unsigned int count[] = {
		count_vias(record, SLB_A_LINK_VIA4, SLB_A_LINK_VIA4_MORE, 4),
		count_vias(record, SLB_A_LINK_VIA6, SLB_A_LINK_VIA6_MORE, 16),
	};
	struct hops hops = {
		.check = check, .link = link,
		.attrs = record->object->attrs[SLB_A_LINK_NEXT_HOP].nest,
	};

	check->vias[0] += count[0];
	check->vias[1] += count[1];
	check_lengths(check, link, count);
	ctl_record_list(record, SLB_A_LINK_NEXT_HOP, visit_hop, &hops);
	hops.tell = true;
	/* a link without any has its own line */
	if (hops.up)
		ctl_record_list(record, SLB_A_LINK_NEXT_HOP, visit_hop, &hops);
}
