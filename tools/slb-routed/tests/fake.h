/* SPDX-License-Identifier: GPL-2.0-only */
/* A simulated kernel for tests: a relay and a routing table, in a file that daemon and test map. */
#ifndef ROUTED_FAKE_H
#define ROUTED_FAKE_H

#include <stdint.h>

#define FAKE_VIPS	4096
#define FAKE_ROUTES	8192

/**
 * struct fake_vip - A VIP.
 * @len: Bytes of its address.
 * @usable: It is usable.
 * @addr: The address.
 */
struct fake_vip {
	uint8_t len;
	uint8_t usable;
	uint8_t addr[16];
};

/**
 * struct fake_route - A route.
 * @family: Of the destination; 0: there is none.
 * @len: Length of its prefix.
 * @protocol: Who made it.
 * @type: Its type.
 * @table: Its table.
 * @addr: The destination.
 */
struct fake_route {
	uint8_t family;
	uint8_t len;
	uint8_t protocol;
	uint8_t type;
	uint32_t table;
	uint8_t addr[16];
};

/**
 * struct fake - The kernel.
 * @unloaded: There is no module.
 * @announce: The setting.
 * @down: No link works.
 * @refuses: An errno for each change of a route.
 * @interrupted: So many dumps of VIPs are marked as changed meanwhile.
 * @lost: The next event is that events were lost.
 * @vips: Number of @vip.
 * @adds: Routes that were added.
 * @dels: Routes that were deleted.
 * @dumps: Dumps of VIPs.
 * @first: The return range, IPv4.
 * @last: Its last address.
 * @vip: VIPs.
 * @route: Routes.
 */
struct fake {
	uint32_t unloaded;
	uint32_t announce;
	uint32_t down;
	uint32_t refuses;
	uint32_t interrupted;
	uint32_t lost;
	uint32_t vips;
	uint32_t adds;
	uint32_t dels;
	uint32_t dumps;
	uint8_t first[4];
	uint8_t last[4];
	struct fake_vip vip[FAKE_VIPS];
	struct fake_route route[FAKE_ROUTES];
};

#endif
