/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of the noun check. */
#ifndef SLBCTL_CHECK_H
#define SLBCTL_CHECK_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ctl_object;
struct ctl_record;

/* What happened longer ago than this is no fault of now, in milliseconds. */
#define CTL_CHECK_RECENT	60000

/**
 * struct ctl_check_range - A range of addresses.
 * @len: Bytes of an address, 0 for no range.
 * @first: The first address.
 * @last: The last one.
 */
struct ctl_check_range {
	size_t len;
	uint8_t first[16];
	uint8_t last[16];
};

/**
 * struct ctl_check_link - A link, as both ends see it.
 * @text: What to call it.
 * @owner: Its balancer, or "" on a balancer.
 * @name: Its name.
 * @dev: Its device.
 * @has: Does it have IPv4, IPv6?
 * @own: The ranges here, of IPv4 and IPv6.
 * @far: The ranges of the far end.
 * @state: Its state.
 * @since: Milliseconds since @state changed.
 * @probed: Does this end send probes?
 * @proven: Are they answered?
 * @vips_differ: Has the far end other VIPs?
 * @far_mtu: MTU of the far end, 0 when unknown.
 * @loss_in: Latest loss of probes received, per mille.
 * @loss_out: The same of probes sent.
 * @pool: Least number of local addresses of its families; 0 on a relay.
 * @ports_free: Local ports left for the server that uses the most; UINT64_MAX when not known.
 */
struct ctl_check_link {
	char text[160];
	char owner[64];
	char name[64];
	char dev[IFNAMSIZ];
	bool has[2];
	struct ctl_check_range own[2];
	struct ctl_check_range far[2];
	uint64_t state;
	uint64_t since;
	bool probed;
	bool proven;
	bool vips_differ;
	uint64_t far_mtu;
	uint64_t loss_in;
	uint64_t loss_out;
	uint64_t pool;
	uint64_t ports_free;
};

/**
 * struct ctl_check_digest - Digests that far ends have sent.
 * @first: The first one, or 0.
 * @other: The last one that differs from it, or 0.
 * @link: The link of @first.
 */
struct ctl_check_digest {
	uint64_t first;
	uint64_t other;
	char link[160];
};

/**
 * struct ctl_check - A run of check.
 * @object: The kind of link that it looks at.
 * @drops: The kind of drop reason.
 * @link: The links.
 * @links: Number of @link.
 * @links_up: Number of those that are up.
 * @problems: The number of problems found.
 * @vias: Next hops, IPv4 and IPv6.
 * @hops: Next hops in the first list, or 0.
 * @hops_link: The link of that list.
 * @vips: Number of VIPs.
 * @sessions: Number of sessions.
 * @owners: Number of balancers, or of servers on a balancer.
 * @usable: Number of servers with a weight.
 * @vips_differ: Has a far end other VIPs?
 * @vips_known: Has a far end told which VIPs it has?
 * @key: Of hash keys.
 * @config: Of what relays have configured.
 * @configs_link: Links whose relays have configured different things, or empty.
 */
struct ctl_check {
	const struct ctl_object *object;
	const struct ctl_object *drops;
	struct ctl_check_link *link;
	unsigned int links;
	unsigned int links_up;
	unsigned int problems;
	unsigned int vias[2];
	unsigned int hops;
	char hops_link[80];
	unsigned int vips;
	uint64_t sessions;
	unsigned int owners;
	unsigned int usable;
	bool vips_differ;
	bool vips_known;
	struct ctl_check_digest key;
	struct ctl_check_digest config;
	char configs_link[400];
};

void ctl_found(struct ctl_check *check, bool problem, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
bool ctl_check_relay(const struct ctl_check *check);
void ctl_check_ago(char *text, size_t len, uint64_t ms);

void ctl_check_far_add(struct ctl_check *check, const struct ctl_record *record, const char *text,
		       const char *owner, const char *name, const char *dev);
void ctl_check_hops_add(struct ctl_check *check, const struct ctl_record *record,
			const char *link);
void ctl_check_xdp_add(struct ctl_check *check, const struct ctl_record *record, const char *link,
		       const char *dev);
void ctl_check_xdp_devices(struct ctl_check *check);
void ctl_check_far(struct ctl_check *check);
void ctl_check_ports(struct ctl_check *check, uint64_t ports);
void ctl_check_vips_differ(struct ctl_check *check);
void ctl_check_servers(struct ctl_check *check);
void ctl_check_groups(struct ctl_check *check);
void ctl_check_answers(struct ctl_check *check);
void ctl_check_sync(struct ctl_check *check);
void ctl_check_sync_relay(struct ctl_check *check);
void ctl_check_vips(struct ctl_check *check);
void ctl_check_relay_vips(struct ctl_check *check);
void ctl_check_usable(struct ctl_check *check);
void ctl_check_heirs(struct ctl_check *check);
bool ctl_check_no_vip(struct ctl_check *check, const struct ctl_record *status);
void ctl_check_sessions(struct ctl_check *check);
int ctl_check_drops(struct ctl_check *check, const struct ctl_object *drops);

#endif /* SLBCTL_CHECK_H */
