/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of the noun check. */
#ifndef SLBCTL_CHECK_H
#define SLBCTL_CHECK_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * struct ctl_check - a run of check
 * @object: the kind of link that it looks at
 * @drops: the kind of drop reason
 * @links: the number of links
 * @problems: the number of problems found
 * @ipv4: has a link IPv4?
 * @ipv6: has a link IPv6?
 * @vias: next hops, IPv4 and IPv6
 * @mtu: of the first link's device, 0 when unknown
 * @mtu_dev: that device
 * @key: digest of the first far end that has sent one
 * @other_key: of the last one that differs from it
 * @key_link: the link of @key
 */
struct ctl_check {
	const struct ctl_object *object;
	const struct ctl_object *drops;
	unsigned int links;
	unsigned int problems;
	bool ipv4;
	bool ipv6;
	unsigned int vias[2];
	int mtu;
	char mtu_dev[IFNAMSIZ];
	uint64_t key;
	uint64_t other_key;
	char key_link[160];
};

void ctl_found(struct ctl_check *check, bool problem, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void ctl_check_servers(struct ctl_check *check);

#endif /* SLBCTL_CHECK_H */
