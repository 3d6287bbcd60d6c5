/* SPDX-License-Identifier: GPL-2.0-only */
/* Why servers get no new sessions. */
#ifndef SLBCTL_USABLE_H
#define SLBCTL_USABLE_H

#include "out.h"

#define USABLE_TEXT	256	/* bytes of a reason */
#define USABLE_FAMILIES	2	/* IPv4 and IPv6 */

/**
 * struct usable_group - What a group says about the use of its servers.
 * @name: Its name.
 * @vips: Number of VIPs that use it.
 * @least: So many servers must be healthy, or so many per cent.
 * @percent: @least is per cent.
 * @all: If fewer are, health is ignored.
 * @wanted: Number of servers that the operator wants to serve, by family.
 * @healthy: Number of those that checks do not call down.
 */
struct usable_group {
	char name[SLB_NAME_LEN + 1];
	uint64_t vips;
	uint64_t least;
	bool percent;
	bool all;
	uint64_t wanted[USABLE_FAMILIES];
	uint64_t healthy[USABLE_FAMILIES];
};

/**
 * struct usable_groups - All groups.
 * @group: The groups, sorted by name.
 * @count: Number of @group.
 */
struct usable_groups {
	struct usable_group *group;
	size_t count;
};

int usable_read(struct usable_groups *groups);
const struct usable_group *usable_find(const struct usable_groups *groups, const char *name);
void usable_free(struct usable_groups *groups);
bool usable_few(const struct usable_group *group, bool ipv6);
void usable_few_text(const struct usable_group *group, bool ipv6, char *text);
bool usable_not(const struct ctl_record *server, const struct usable_group *group, char *why);

#endif
