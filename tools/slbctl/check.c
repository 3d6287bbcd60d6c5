// SPDX-License-Identifier: GPL-2.0-only
/* The noun check on both sides: faults of the host that would stop packets. */
#include "check.h"
#include "host.h"
#include "nl.h"
#include "out.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/slb.h>
#include <linux/slb_relay.h>

#define LINKS_WANTED	2	/* the return link is never the ingress link */

static void put(const char *level, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

static void put(const char *level, const char *format, va_list args)
{
	char text[512], escaped[1024];

	vsnprintf(text, sizeof(text), format, args);
	ctl_escape(text, escaped, sizeof(escaped));
	if (ctl_options.json)
		ctl_out_element(json_pack("{s:s, s:o}", "level", level,
					  "text", ctl_json_text(text)));
	else
		printf("%s: %s\n", level, escaped);
}

/**
 * ctl_found() - Report a fault.
 * @check: The check.
 * @problem: True for a problem, false for a note.
 * @format: As printf().
 */
void ctl_found(struct ctl_check *check, bool problem, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	put(problem ? "problem" : "note", format, args);
	va_end(args);
	check->problems += problem;
}

static void well(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void well(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	put("ok", format, args);
	va_end(args);
}

/**
 * ctl_check_relay() - Is it a check of a relay?
 * @check: The check.
 *
 * Return: Whether it is, and not that of a balancer.
 */
bool ctl_check_relay(const struct ctl_check *check)
{
	return check->object == &ctl_relay_link;
}

/**
 * ctl_check_ago() - A time that has passed, as text.
 * @text: Where to put it.
 * @len: Bytes of @text.
 * @ms: Milliseconds.
 */
void ctl_check_ago(char *text, size_t len, uint64_t ms)
{
	snprintf(text, len, "%" PRIu64 ".%" PRIu64 " s", ms / 1000, ms % 1000 / 100);
}

/* Return: the number in /proc/sys/net/NAME, or -1. */
static int sysctl_read(const char *format, const char *dev)
{
	char path[128];
	int value = -1;
	FILE *file;

	strcpy(path, "/proc/sys/net/");
	snprintf(path + strlen(path), sizeof(path) - strlen(path), format, dev);
	file = fopen(path, "re");
	if (!file)
		return -1;
	if (fscanf(file, "%d", &value) != 1)
		value = -1;
	fclose(file);
	return value;
}

static void check_state(struct ctl_check *check, const char *link, const char *dev, uint64_t state)
{
	switch (state) {
	case SLB_LINK_STATE_UP:
		break;
	case SLB_LINK_STATE_NO_DEVICE:
		ctl_found(check, true, "%s: device %s does not exist", link, dev);
		break;
	case SLB_LINK_STATE_ADMIN_DOWN:
		ctl_found(check, true, "%s: device %s is down (ip link set %s up)", link, dev, dev);
		break;
	case SLB_LINK_STATE_NO_CARRIER:
		ctl_found(check, true, "%s: device %s has no carrier", link, dev);
		break;
	case SLB_LINK_STATE_NO_NEIGHBOR:
		ctl_found(check, true, "%s: the next hop (via) does not answer on %s", link, dev);
		break;
	case SLB_LINK_STATE_SILENT:
		ctl_found(check, true, "%s: no probes arrive from the far end", link);
		break;
	case SLB_LINK_STATE_UNHEARD:
		ctl_found(check, true, "%s: the far end receives no probes from here", link);
		break;
	case SLB_LINK_STATE_WITHDRAWN:
		ctl_found(check, true, "%s: the far end has taken the link out of use", link);
		break;
	case SLB_LINK_STATE_HELD:
		ctl_found(check, false, "%s: is up again, and still in hold-down", link);
		break;
	case SLB_LINK_STATE_NO_ADDRESS:
		ctl_found(check, true, "%s: this host has no address for it (ip address show dev %s)",
			  link, dev);
		break;
	default:
		ctl_found(check, true, "%s: is in state %" PRIu64, link, state);
		break;
	}
}

/* While one family of a link is out of use, the kernel sends the state of that family, too. */
static void check_families(struct ctl_check *check, const struct ctl_record *record,
			   const char *link, const char *dev, unsigned int state4)
{
	char family[200];
	uint64_t state;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		if (!record->tb[state4 + i])
			continue;
		state = 0;
		ctl_attr_number(record->tb[state4 + i], &state);
		snprintf(family, sizeof(family), "IPv%c of %s", i ? '6' : '4', link);
		check_state(check, family, dev, state);
	}
}

/* The module refuses an ipvlan device, but a device may appear after its link was added. */
static void check_device(struct ctl_check *check, const char *link, const char *dev)
{
	if (ctl_host_is_ipvlan(dev))
		ctl_found(check, true,
			  "%s: %s is an ipvlan device, which receives only packets to its own addresses (use macvlan)",
			  link, dev);
	if (ctl_host_has_lro(dev))
		ctl_found(check, true,
			  "%s: LRO is on: %s merges packets in a way that cannot be forwarded (ethtool -K %s lro off)",
			  link, dev, dev);
}

/* The next hop and the range of a link in one family, in network order; NULL: it has none. */
struct addresses {
	const void *via;
	const void *first;
	const void *last;
};

static const void *address_at(const struct ctl_record *record, unsigned int id, int family)
{
	size_t len = family == AF_INET ? sizeof(struct in_addr) : sizeof(struct in6_addr);
	const struct nlattr *attr = record->tb[id];

	return attr && mnl_attr_get_payload_len(attr) == len ? mnl_attr_get_payload(attr) : NULL;
}

static void check_range(struct ctl_check *check, const struct addresses *addrs, int family,
			const char *link, const char *dev, bool own_is_problem, const char *what)
{
	char where[INET6_ADDRSTRLEN + IFNAMSIZ + 8];

	if (ctl_host_owns(family, addrs->first, addrs->last, where, sizeof(where)))
		ctl_found(check, own_is_problem, "%s: this host itself has %s: %s", link, where,
			  what);
	else if (ctl_host_other_subnet(dev, family, addrs->first, addrs->last, where,
				       sizeof(where)))
		ctl_found(check, true,
			  "%s: %s overlaps the range: its hosts lose packets (use other addresses for the link)",
			  link, where);
}

static void check_via(struct ctl_check *check, const struct addresses *addrs, int family,
		      const char *link, const char *dev)
{
	char where[INET6_ADDRSTRLEN + IFNAMSIZ + 8], text[INET6_ADDRSTRLEN];

	if (ctl_host_owns(family, addrs->via, addrs->via, where, sizeof(where)))
		ctl_found(check, true, "%s: the next hop (via) is an address of this host: %s",
			  link, where);
	else if (!ctl_host_reaches(dev, family, addrs->via))
		ctl_found(check, false, "%s: the next hop (via) %s is in no subnet of %s", link,
			  inet_ntop(family, addrs->via, text, sizeof(text)), dev);
}

/*
 * Addresses may have been added to the host after the link. @via, @first: attributes of IPv4; the
 * distance to those of IPv6 is the same for both kinds of link.
 */
static void check_addresses(struct ctl_check *check, const struct ctl_record *record,
			    const char *link, const char *dev, unsigned int via,
			    unsigned int first, const char *what)
{
	static const int families[] = { AF_INET, AF_INET6 };
	unsigned int i;

	for (i = 0; i < CTL_COUNT(families); i++) {
		unsigned int from = first + i * (SLB_A_LINK_LOCAL6_FIRST - SLB_A_LINK_LOCAL4_FIRST);
		struct addresses addrs = {
			.via = address_at(record, via + i * (SLB_A_LINK_VIA6 - SLB_A_LINK_VIA4),
					  families[i]),
			.first = address_at(record, from, families[i]),
			.last = address_at(record, from + 1, families[i]),
		};

		if (addrs.first && addrs.last)
			check_range(check, &addrs, families[i], link, dev,
				    ctl_check_relay(check), what);
		if (addrs.via)
			check_via(check, &addrs, families[i], link, dev);
	}
}

/*
 * Compare the digests that the far ends of links have sent. @attr: attribute of the digest; the
 * next attribute says that several came on this link. True: they differ, and @where names the
 * links.
 */
static bool digest_differs(struct ctl_check_digest *digest, const struct ctl_record *record,
			   const char *link, unsigned int attr, char *where, size_t len)
{
	uint64_t value = 0, differ = 0;

	if (record->tb[attr])
		ctl_attr_number(record->tb[attr], &value);
	if (record->tb[attr + 1])
		ctl_attr_number(record->tb[attr + 1], &differ);
	snprintf(where, len, "%s", link);
	if (value && !digest->first) {
		digest->first = value;
		snprintf(digest->link, sizeof(digest->link), "%s", link);
	} else if (value && value != digest->first && value != digest->other && !differ) {
		digest->other = value;
		snprintf(where, len, "%s and %s", digest->link, link);
		return true;
	}
	return differ;
}

/* All relays need the same key, and so do all balancers. @far_key: attribute of the digest. */
static void check_keys(struct ctl_check *check, const struct ctl_record *record, const char *link,
		       unsigned int far_key, const char *who, const char *word)
{
	char where[400];

	if (digest_differs(&check->key, record, link, far_key, where, sizeof(where)))
		ctl_found(check, true, "%s: %s there have different keys (slbctl %s set hash-key)",
			  where, who, word);
}

/* Relays that share the traffic must do the same with it. Other VIPs are reported elsewhere. */
static void check_configs(struct ctl_check *check)
{
	if (*check->configs_link && !check->vips_differ)
		ctl_found(check, false,
			  "%s: the relays there have different VIPs, balancers, links or weights: compare config-id (slbctl relay status)",
			  check->configs_link);
}

/* Every next hop is a neighbour: packets are dropped if the neighbour table is full. */
static void check_neighbours(struct ctl_check *check)
{
	static const int families[] = { AF_INET, AF_INET6 };
	unsigned int i;
	uint32_t limit;

	for (i = 0; i < CTL_COUNT(families); i++) {
		limit = check->vias[i] ? ctl_host_neighbour_limit(families[i]) : 0;
		if (limit && check->vias[i] > limit / 2)
			ctl_found(check, check->vias[i] >= limit,
				  "net.ipv%d.neigh.default.gc_thresh3 is %" PRIu32
				  ", and links have %u next hops: the neighbour table may be too small for them",
				  i ? 6 : 4, limit, check->vias[i]);
	}
}

/* SYNPROXY answers clients itself, and then has no route to a virtual address. */
static void check_synproxy(struct ctl_check *check)
{
	uint64_t syns = ctl_host_synproxy();

	if (syns)
		ctl_found(check, false,
			  "SYNPROXY has taken %" PRIu64
			  " SYNs: its connections do not reach VIPs; exclude VIPs from its rules",
			  syns);
}

/*
 * An IPv6 next hop is out of reach after a device was taken down and up, unless it keeps its
 * addresses.
 */
static void check_keep(struct ctl_check *check, const char *link, const char *dev)
{
	if (sysctl_read("ipv6/conf/%s/keep_addr_on_down", "all") > 0 ||
	    sysctl_read("ipv6/conf/%s/keep_addr_on_down", dev) != 0)
		return;
	ctl_found(check, false,
		  "%s: net.ipv6.conf.%s.keep_addr_on_down is 0: the device loses its IPv6 addresses when it is set down",
		  link, dev);
}

static void text_of(const struct ctl_record *record, uint8_t id, char *text, size_t len)
{
	text[0] = '\0';
	if (record->tb[id])
		ctl_attr_string(record->tb[id], text, len);
}

static void balancer_link(const struct nlmsghdr *nlh, void *data)
{
	char name[64], link[80], dev[IFNAMSIZ], where[400];
	struct ctl_check *check = data;
	struct ctl_record record;
	uint64_t state = 0;

	ctl_record_read(&record, check->object, nlh);
	text_of(&record, SLB_A_LINK_NAME, name, sizeof(name));
	text_of(&record, SLB_A_LINK_DEV, dev, sizeof(dev));
	ctl_attr_number(record.tb[SLB_A_LINK_STATE], &state);
	snprintf(link, sizeof(link), "link %s", name);
	ctl_check_far_add(check, &record, link, "", name, dev);
	check_state(check, link, dev, state);
	check_device(check, link, dev);
	check_addresses(check, &record, link, dev, SLB_A_LINK_VIA4, SLB_A_LINK_LOCAL4_FIRST,
			"it keeps packets that belong to no session");
	check_families(check, &record, link, dev, SLB_A_LINK_STATE4);
	check_keys(check, &record, link, SLB_A_LINK_FAR_KEY, "the relays", "relay setting");
	if (digest_differs(&check->config, &record, link, SLB_A_LINK_FAR_CONFIG, where,
			   sizeof(where)))
		snprintf(check->configs_link, sizeof(check->configs_link), "%s", where);
	ctl_check_hops_add(check, &record, link);
	ctl_check_xdp_add(check, &record, link, dev);
	if (record.tb[SLB_A_LINK_VIA6])
		check_keep(check, link, dev);
}

static void relay_link(const struct nlmsghdr *nlh, void *data)
{
	char balancer[64], name[64], link[160], dev[IFNAMSIZ];
	struct ctl_check *check = data;
	struct ctl_record record;
	uint64_t state = 0;

	ctl_record_read(&record, check->object, nlh);
	text_of(&record, SLB_RELAY_A_LINK_BALANCER, balancer, sizeof(balancer));
	text_of(&record, SLB_RELAY_A_LINK_NAME, name, sizeof(name));
	text_of(&record, SLB_RELAY_A_LINK_DEV, dev, sizeof(dev));
	ctl_attr_number(record.tb[SLB_RELAY_A_LINK_STATE], &state);
	snprintf(link, sizeof(link), "relay link %s %s", balancer, name);
	ctl_check_far_add(check, &record, link, balancer, name, dev);
	check_state(check, link, dev, state);
	check_device(check, link, dev);
	check_addresses(check, &record, link, dev, SLB_RELAY_A_LINK_VIA4,
			SLB_RELAY_A_LINK_RETURN4_FIRST, "all packets to it go to the balancer");
	check_families(check, &record, link, dev, SLB_RELAY_A_LINK_STATE4);
	check_keys(check, &record, link, SLB_RELAY_A_LINK_FAR_KEY, "the balancers", "setting");
	ctl_check_xdp_add(check, &record, link, dev);
	check->vias[0] += !!record.tb[SLB_RELAY_A_LINK_VIA4];
	check->vias[1] += !!record.tb[SLB_RELAY_A_LINK_VIA6];
	if (record.tb[SLB_RELAY_A_LINK_VIA6])
		check_keep(check, link, dev);
}

/* All is well: say what was looked at. */
static void report_well(const struct ctl_check *check)
{
	char counts[96];

	if (ctl_check_relay(check))
		snprintf(counts, sizeof(counts), "balancers %u", check->owners);
	else
		snprintf(counts, sizeof(counts), "servers usable %u of %u", check->usable,
			 check->owners);
	well("links up %u of %u, VIPs %u, %s", check->links_up, check->links, check->vips, counts);
}

static int run_check(struct ctl_call *call, const struct ctl_object *object, ctl_message *message,
		     int (*rest)(struct ctl_check *check))
{
	struct ctl_check check = { .object = object };
	int status = ctl_object_begin(call);

	if (status)
		return status;
	ctl_request_init(&call->request, object, CTL_GET);
	ctl_out_begin();
	status = ctl_nl_dump(&call->request, message, &check);
	if (status >= 0 && !ctl_options.dry_run) {
		ctl_check_far(&check);
		status = rest(&check);
		if (status >= 0 && !check.problems)
			report_well(&check);
	}
	free(check.link);
	ctl_out_end();
	status = ctl_object_end(&call->request, status);
	if (status)
		return status;
	return check.problems ? CTL_EXIT_WORDS : CTL_EXIT_OK;
}

static void check_version(struct ctl_check *check, const struct ctl_record *record)
{
	char text[512];

	if (ctl_version_differs(record, text, sizeof(text)))
		ctl_found(check, true, "%s", text);
}

static void balancer_status(const struct nlmsghdr *nlh, void *data)
{
	struct ctl_check *check = data;
	struct ctl_record record;

	ctl_record_read(&record, &ctl_status, nlh);
	check_version(check, &record);
	ctl_attr_number(record.tb[SLB_A_STATUS_SESSIONS], &check->sessions);
	if (!ctl_check_no_vip(check, &record))
		ctl_check_vips_differ(check);
}

static int balancer_rest(struct ctl_check *check)
{
	struct ctl_request request;

	ctl_request_init(&request, &ctl_status, CTL_GET);
	/* without an answer report nothing: the links have been read */
	ctl_nl_call(&request, balancer_status, check);
	check_configs(check);
	ctl_xdp_tidy(&ctl_slb);
	ctl_check_sessions(check);
	if (check->links && check->links < LINKS_WANTED)
		ctl_found(check, false, "there is only one link: the return link cannot differ from the ingress link");
	check_neighbours(check);
	ctl_check_servers(check);
	ctl_check_vips(check);
	ctl_check_groups(check);
	ctl_check_answers(check);
	ctl_check_sync(check);
	return ctl_check_drops(check, ctl_noun_drop.object);
}

static void relay_status(const struct nlmsghdr *nlh, void *data)
{
	uint64_t balancers = 0, key_random = 0;
	struct ctl_check *check = data;
	struct ctl_record record;

	ctl_record_read(&record, &ctl_relay_status, nlh);
	check_version(check, &record);
	ctl_attr_number(record.tb[SLB_RELAY_A_STATUS_BALANCERS], &balancers);
	check->owners = (unsigned int)balancers;
	ctl_attr_number(record.tb[SLB_RELAY_A_STATUS_KEY_RANDOM], &key_random);
	if (balancers > 1 && key_random)
		ctl_found(check, true,
			  "the hash key is random: after a restart flows go to other balancers; set a permanent key: relay setting set hash-key HEX");
}

static int relay_rest(struct ctl_check *check)
{
	struct ctl_request request;

	ctl_request_init(&request, &ctl_relay_status, CTL_GET);
	/* without an answer report nothing: the links have been read */
	ctl_nl_call(&request, relay_status, check);
	if (check->vias[0] && sysctl_read("ipv4/%s", "ip_forward") != 1)
		ctl_found(check, true, "net.ipv4.ip_forward is not 1: this host forwards no IPv4");
	if (check->vias[1] && sysctl_read("ipv6/conf/%s/forwarding", "all") != 1)
		ctl_found(check, true,
			  "net.ipv6.conf.all.forwarding is not 1: this host forwards no IPv6");
	check_neighbours(check);
	check_synproxy(check);
	ctl_xdp_tidy(&ctl_relay);
	ctl_check_xdp_devices(check);
	ctl_check_relay_vips(check);
	ctl_check_usable(check);
	ctl_check_heirs(check);
	ctl_check_sync_relay(check);
	return ctl_check_drops(check, ctl_noun_relay_drop.object);
}

static int check_balancer(struct ctl_call *call)
{
	return run_check(call, &ctl_link, balancer_link, balancer_rest);
}

static int check_relay(struct ctl_call *call)
{
	return run_check(call, &ctl_relay_link, relay_link, relay_rest);
}

static const struct ctl_command check_commands[] = {
	{ "show", CTL_TAKE_NOTHING, CTL_GET, check_balancer, "report what would drop packets" },
};

static const struct ctl_command relay_check_commands[] = {
	{ "show", CTL_TAKE_NOTHING, CTL_GET, check_relay, "report what would drop packets" },
};

const struct ctl_noun ctl_noun_check = {
	.name = "check",
	.family = &ctl_slb,
	.object = &ctl_link,
	.commands = check_commands,
	.command_count = CTL_COUNT(check_commands),
	.text = "faults of this host that would stop packets",
};

const struct ctl_noun ctl_noun_relay_check = {
	.name = "check",
	.family = &ctl_relay,
	.object = &ctl_relay_link,
	.commands = relay_check_commands,
	.command_count = CTL_COUNT(relay_check_commands),
	.text = "faults of this host that would stop packets",
};
