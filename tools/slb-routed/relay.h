/* SPDX-License-Identifier: GPL-2.0-only */
/* The module relay: which prefixes it wants to be announced. */
#ifndef ROUTED_RELAY_H
#define ROUTED_RELAY_H

#include "prefix.h"

/**
 * struct ro_relay - What the kernel says of this relay.
 * @loaded: The module is there.
 * @announce: The setting announce.
 * @up: A link carries packets: [0] IPv4, [1] IPv6.
 * @vips: Number of VIPs.
 * @wants: VIPs and return ranges, in order.
 */
struct ro_relay {
	bool loaded;
	bool announce;
	bool up[2];
	size_t vips;
	struct ro_wants wants;
};

int ro_relay_open(void (*changed)(const struct ro_relay *relay));
void ro_relay_again(bool local);

#endif
