// SPDX-License-Identifier: GPL-2.0-only
/* The noun check: what the probes of the far ends say of links, compared over all links. */
#include "check.h"
#include "host.h"
#include "out.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include <linux/slb.h>
#include <linux/slb_relay.h>

#define MTU_MIN6	1280
#define LOSS_MAX	10	/* per mille */
#define LOSS_MS		30000	/* the latest loss can be that old, see SLB_PROBE_LOSS_TIME */
#define SETTLE_MS	3000	/* a new link may need that long until probes are answered */
#define SPAN_LEN	(2 * INET6_ADDRSTRLEN)

static const int families[] = { AF_INET, AF_INET6 };

/* Attributes of one kind of link; those of IPv6 follow at the same distance in both kinds. */
struct numbers {
	uint8_t via, first, far, far_mtu, vips, loss_in, loss_out, state, since, last_down;
	uint8_t interval, probe;
};

static const struct numbers balancer_numbers = {
	.via = SLB_A_LINK_VIA4, .first = SLB_A_LINK_LOCAL4_FIRST, .far = SLB_A_LINK_FAR4_FIRST,
	.far_mtu = SLB_A_LINK_FAR_MTU, .vips = SLB_A_LINK_VIPS_DIFFER,
	.loss_in = SLB_A_LINK_LOSS_IN, .loss_out = SLB_A_LINK_LOSS_OUT,
	.state = SLB_A_LINK_STATE, .since = SLB_A_LINK_SINCE,
	.last_down = SLB_A_LINK_LAST_DOWN_SINCE,
	.interval = SLB_A_LINK_INTERVAL, .probe = SLB_A_LINK_PROBE,
};

static const struct numbers relay_numbers = {
	.via = SLB_RELAY_A_LINK_VIA4, .first = SLB_RELAY_A_LINK_RETURN4_FIRST,
	.far = SLB_RELAY_A_LINK_FAR4_FIRST, .far_mtu = SLB_RELAY_A_LINK_FAR_MTU,
	.vips = SLB_RELAY_A_LINK_VIPS_DIFFER, .loss_in = SLB_RELAY_A_LINK_LOSS_IN,
	.loss_out = SLB_RELAY_A_LINK_LOSS_OUT, .state = SLB_RELAY_A_LINK_STATE,
	.since = SLB_RELAY_A_LINK_SINCE, .last_down = SLB_RELAY_A_LINK_LAST_DOWN_SINCE,
	.interval = SLB_RELAY_A_LINK_INTERVAL, .probe = SLB_RELAY_A_LINK_PROBE,
};

_Static_assert(SLB_A_LINK_LOCAL6_FIRST - SLB_A_LINK_LOCAL4_FIRST ==
	       SLB_RELAY_A_LINK_RETURN6_FIRST - SLB_RELAY_A_LINK_RETURN4_FIRST &&
	       SLB_A_LINK_FAR6_FIRST - SLB_A_LINK_FAR4_FIRST ==
	       SLB_RELAY_A_LINK_FAR6_FIRST - SLB_RELAY_A_LINK_FAR4_FIRST &&
	       SLB_A_LINK_VIA6 - SLB_A_LINK_VIA4 == SLB_RELAY_A_LINK_VIA6 - SLB_RELAY_A_LINK_VIA4,
	       "both kinds of link number the families alike");

/* The last address of a range is absent when there is only one. */
static void read_range(const struct ctl_record *record, unsigned int id, unsigned int family,
		       struct ctl_check_range *range)
{
	size_t len = family ? sizeof(struct in6_addr) : sizeof(struct in_addr);
	const struct nlattr *first = record->tb[id], *last = record->tb[id + 1];

	range->len = 0;
	if (!first || mnl_attr_get_payload_len(first) != len)
		return;
	if (!last || mnl_attr_get_payload_len(last) != len)
		last = first;
	range->len = len;
	memcpy(range->first, mnl_attr_get_payload(first), len);
	memcpy(range->last, mnl_attr_get_payload(last), len);
}

static uint64_t number_of(const struct ctl_record *record, unsigned int id)
{
	uint64_t value = 0;

	ctl_attr_number(record->tb[id], &value);
	return value;
}

/* Number of addresses of the smaller range: no range has more than 65,536. */
static uint64_t least_addresses(const struct ctl_check_link *link)
{
	uint64_t n, least = 0;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		const struct ctl_check_range *own = &link->own[i];

		if (!own->len)
			continue;
		n = ((uint64_t)(own->last[own->len - 3] - own->first[own->len - 3]) << 16) +
		    (uint64_t)((own->last[own->len - 2] - own->first[own->len - 2]) * 256) +
		    (uint64_t)(own->last[own->len - 1] - own->first[own->len - 1]) + 1;
		if (!least || n < least)
			least = n;
	}
	return least;
}

/**
 * ctl_check_far_add() - Remember a link until all are known.
 * @check: The check.
 * @record: The link.
 * @text: What to call it.
 * @owner: Its balancer, or "" on a balancer.
 * @name: Its name.
 * @dev: Its device.
 */
void ctl_check_far_add(struct ctl_check *check, const struct ctl_record *record, const char *text,
		       const char *owner, const char *name, const char *dev)
{
	const struct numbers *n = ctl_check_relay(check) ? &relay_numbers : &balancer_numbers;
	struct ctl_check_link *link;
	uint64_t down;
	unsigned int i;

	link = realloc(check->link, (check->links + 1) * sizeof(*link));
	if (!link)
		return;
	check->link = link;
	link += check->links++;
	memset(link, 0, sizeof(*link));
	snprintf(link->text, sizeof(link->text), "%s", text);
	snprintf(link->owner, sizeof(link->owner), "%s", owner);
	snprintf(link->name, sizeof(link->name), "%s", name);
	snprintf(link->dev, sizeof(link->dev), "%s", dev);
	for (i = 0; i < 2; i++) {
		unsigned int step = SLB_A_LINK_LOCAL6_FIRST - SLB_A_LINK_LOCAL4_FIRST;

		link->has[i] = record->tb[n->via + i * (SLB_A_LINK_VIA6 - SLB_A_LINK_VIA4)];
		read_range(record, n->first + i * step, i, &link->own[i]);
		step = SLB_A_LINK_FAR6_FIRST - SLB_A_LINK_FAR4_FIRST;
		read_range(record, n->far + i * step, i, &link->far[i]);
	}
	link->state = number_of(record, n->state);
	link->since = number_of(record, n->since);
	link->probed = number_of(record, n->interval);
	link->proven = link->probed && number_of(record, n->probe) == SLB_PROBE_STATE_UP;
	link->far_mtu = number_of(record, n->far_mtu);
	link->vips_differ = number_of(record, n->vips);
	/* probes that were lost while the link was out of use are no loss */
	if (!ctl_attr_number(record->tb[n->last_down], &down) || down > LOSS_MS) {
		link->loss_in = number_of(record, n->loss_in);
		link->loss_out = number_of(record, n->loss_out);
	}
	link->ports_free = UINT64_MAX;
	if (!ctl_check_relay(check)) {
		ctl_attr_number(record->tb[SLB_A_LINK_PORTS_FREE], &link->ports_free);
		link->pool = least_addresses(link);
	}
	check->links_up += link->state == SLB_LINK_STATE_UP;
}

static const char *range_text(char *text, int family, const struct ctl_check_range *range)
{
	char first[INET6_ADDRSTRLEN], last[INET6_ADDRSTRLEN];

	if (!range->len)
		return "none";
	inet_ntop(family, range->first, first, sizeof(first));
	inet_ntop(family, range->last, last, sizeof(last));
	snprintf(text, SPAN_LEN, strcmp(first, last) ? "%s-%s" : "%s", first, last);
	return text;
}

static bool range_equal(const struct ctl_check_range *a, const struct ctl_check_range *b)
{
	return a->len == b->len && !memcmp(a->first, b->first, a->len) &&
	       !memcmp(a->last, b->last, a->len);
}

/* Another link of the same balancer whose range here is that of the far end. */
static const struct ctl_check_link *whose(const struct ctl_check *check,
					  const struct ctl_check_link *link, unsigned int i)
{
	unsigned int k;

	for (k = 0; link->far[i].len && k < check->links; k++) {
		const struct ctl_check_link *other = &check->link[k];

		if (other != link && !strcmp(other->owner, link->owner) &&
		    range_equal(&other->own[i], &link->far[i]))
			return other;
	}
	return NULL;
}

/* The address before or after one. */
static void neighbour(uint8_t *addr, size_t len, int step)
{
	uint8_t over = step > 0 ? 0 : UINT8_MAX;

	while (len--) {
		addr[len] = (uint8_t)(addr[len] + step);
		if (addr[len] != over)
			return;
	}
}

/* Local addresses that the relay does not send to the balancer: its replies are lost. */
static void lost_text(const struct ctl_check_range *local, const struct ctl_check_range *known,
		      int family, char *text, size_t len)
{
	struct ctl_check_range lost = *local;
	char span[SPAN_LEN];

	text[0] = '\0';
	if (!local->len)
		return;
	if (known->len && memcmp(local->first, known->last, local->len) <= 0 &&
	    memcmp(local->last, known->first, local->len) >= 0) {
		if (memcmp(local->last, known->last, local->len) > 0) {
			memcpy(lost.first, known->last, local->len);
			neighbour(lost.first, local->len, 1);
		} else if (memcmp(local->first, known->first, local->len) < 0) {
			memcpy(lost.last, known->first, local->len);
			neighbour(lost.last, local->len, -1);
		} else {
			return;
		}
	}
	snprintf(text, len, ": replies to %s are lost", range_text(span, family, &lost));
}

static void check_range(struct ctl_check *check, const struct ctl_check_link *link,
			unsigned int i)
{
	const struct ctl_check_range *own = &link->own[i], *far = &link->far[i];
	bool relay = ctl_check_relay(check);
	const char *where = relay ? "at the balancer" : "at the relay";
	const struct ctl_check_link *other;
	char here[SPAN_LEN], there[SPAN_LEN], lost[SPAN_LEN + 32];

	if (range_equal(own, far))
		return;
	other = whose(check, link, i);
	/* two links that are swapped have one cause */
	if (other && other < link && whose(check, other, i) == link)
		return;
	if (other) {
		ctl_found(check, true,
			  "%s: its range is %s here, but %s %s, which is that of %s here: are the ranges or the devices swapped?",
			  link->text, range_text(here, families[i], own),
			  range_text(there, families[i], far), where, other->text);
		return;
	}
	lost_text(relay ? far : own, relay ? own : far, families[i], lost, sizeof(lost));
	ctl_found(check, true, "%s: its range is %s here, but %s %s%s", link->text,
		  range_text(here, families[i], own), range_text(there, families[i], far), where,
		  lost);
}

/* Return: whether a problem was found. */
static bool check_mtu(struct ctl_check *check, const struct ctl_check_link *link)
{
	int mtu = ctl_host_mtu(link->dev);

	if (!mtu)
		return false;
	if (mtu < MTU_MIN6 && link->has[1]) {
		ctl_found(check, true, "%s: MTU %d of device %s is below %d: it carries no IPv6",
			  link->text, mtu, link->dev, MTU_MIN6);
		return true;
	}
	if (!link->far_mtu || link->far_mtu == (uint64_t)mtu)
		return false;
	ctl_found(check, true, "%s: device %s has MTU %d, but that of the far end has %" PRIu64
		  ": large packets are lost", link->text, link->dev, mtu, link->far_mtu);
	return true;
}

static void check_loss(struct ctl_check *check, const struct ctl_check_link *link)
{
	if (link->loss_in <= LOSS_MAX && link->loss_out <= LOSS_MAX)
		return;
	ctl_found(check, true,
		  "%s: lately %" PRIu64 ".%" PRIu64 " %% of the probes that it received were lost, and %"
		  PRIu64 ".%" PRIu64 " %% of those sent", link->text, link->loss_in / 10,
		  link->loss_in % 10, link->loss_out / 10, link->loss_out % 10);
}

/* Are the probes of another link of the same balancer answered? */
static bool other_is_proven(const struct ctl_check *check, const struct ctl_check_link *link)
{
	unsigned int k;

	for (k = 0; k < check->links; k++)
		if (check->link[k].proven && !strcmp(check->link[k].owner, link->owner))
			return true;
	return false;
}

static void check_probe(struct ctl_check *check, const struct ctl_check_link *link)
{
	/* any other state has its own line */
	if (!link->probed || link->proven || link->state != SLB_LINK_STATE_UP)
		return;
	if (link->since >= SETTLE_MS && other_is_proven(check, link))
		ctl_found(check, true,
			  "%s: the far end answers no probes on %s, but does so on another link: is this the right device and next hop?",
			  link->text, link->dev);
	else
		ctl_found(check, false,
			  "%s: probes are not answered (yet): silent loss would not be detected",
			  link->text);
}

/* MTUs of this host's links that differ are a fault of one of them, unless both ends agree. */
static void check_mtus(struct ctl_check *check)
{
	const struct ctl_check_link *link, *first = NULL;
	int mtu, mtu_first = 0;
	unsigned int i;

	for (i = 0; i < check->links; i++) {
		link = &check->link[i];
		mtu = ctl_host_mtu(link->dev);
		if (!mtu)
			continue;
		if (first && mtu != mtu_first) {
			ctl_found(check, false, "%s: device %s has MTU %d but %s has %d",
				  link->text, link->dev, mtu, first->dev, mtu_first);
			return;
		}
		if (!first)
			mtu_first = mtu;
		first = first ? first : link;
	}
}

/**
 * ctl_check_far() - Report what the far ends of all links say.
 * @check: The check; its links are known.
 */
void ctl_check_far(struct ctl_check *check)
{
	bool mtu = false;
	unsigned int i, k;

	for (i = 0; i < check->links; i++) {
		const struct ctl_check_link *link = &check->link[i];

		check_probe(check, link);
		for (k = 0; k < 2 && (link->far[0].len || link->far[1].len); k++)
			check_range(check, link, k);
		mtu |= check_mtu(check, link);
		check_loss(check, link);
		check->vips_differ |= link->vips_differ;
		/* both came with the same version of the probes */
		check->vips_known |= link->far_mtu;
	}
	if (!mtu && !ctl_check_relay(check))
		check_mtus(check);
}

/**
 * ctl_check_vips_differ() - Report far ends that have other VIPs, unless the reason is known.
 * @check: The check.
 */
void ctl_check_vips_differ(struct ctl_check *check)
{
	const char *last = "";
	unsigned int i;

	for (i = 0; i < check->links; i++) {
		const struct ctl_check_link *link = &check->link[i];

		if (!link->vips_differ || (i && !strcmp(last, link->owner)))
			continue;
		last = link->owner;
		if (ctl_check_relay(check))
			ctl_found(check, true,
				  "balancer %s has other VIPs than this relay: compare slbctl vip there with slbctl relay vip here",
				  link->owner);
		else
			ctl_found(check, true,
				  "%s: the relay has other VIPs than this balancer: compare slbctl relay vip there with slbctl vip here",
				  link->text);
	}
}

/**
 * ctl_check_ports() - Report links whose local ports come to an end.
 * @check: The check of a balancer; its links are known.
 * @ports: Ports of one local address, 0 when not known.
 */
void ctl_check_ports(struct ctl_check *check, uint64_t ports)
{
	unsigned int i;

	for (i = 0; i < check->links; i++) {
		const struct ctl_check_link *link = &check->link[i];
		uint64_t pool = link->pool * ports;

		if (!pool || link->ports_free > pool / 10)
			continue;
		ctl_found(check, true,
			  "%s: %" PRIu64 " of %" PRIu64
			  " local ports are left for one of the servers: give the link more local addresses",
			  link->text, link->ports_free, pool);
	}
}
