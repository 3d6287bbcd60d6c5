/* SPDX-License-Identifier: GPL-2.0-only */
/* The file of the daemon: this host, where it listens, and its peers. */
#ifndef SYNCD_CONFIG_H
#define SYNCD_CONFIG_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lines.h"

#define SY_NAME_LEN	32	/* bytes of a name, with its end */
#define SY_LISTEN_MAX	4
#define SY_PEERS_MAX	16
#define SY_PORT		3784

/**
 * struct sy_address - An address where connections are accepted.
 * @addr: The address.
 * @port: The port, host order.
 * @dev: The device; empty: the one that has the address.
 */
struct sy_address {
	struct ctl_addr addr;
	uint16_t port;
	char dev[IFNAMSIZ];
};

/**
 * struct sy_node - A peer.
 * @name: Its name.
 * @addr: Its address.
 * @port: Its port, host order.
 * @line: Its line in the file.
 */
struct sy_node {
	char name[SY_NAME_LEN];
	struct ctl_addr addr;
	uint16_t port;
	unsigned int line;
};

/**
 * enum sy_role - What this host does, and its peers, too.
 * @SY_BALANCER: It has sessions, of the module slb.
 * @SY_RELAY: It has flows, of the module relay.
 */
enum sy_role {
	SY_BALANCER,
	SY_RELAY,
};

/**
 * struct sy_config - What the file says.
 * @name: The name of this host.
 * @role: What it does.
 * @plain: Devices need not be of WireGuard.
 * @given: Bits of words that may be given once.
 * @listen: Where connections are accepted.
 * @listens: Number of @listen.
 * @peer: The peers.
 * @peers: Number of @peer.
 */
struct sy_config {
	char name[SY_NAME_LEN];
	enum sy_role role;
	bool plain;
	unsigned int given;
	struct sy_address listen[SY_LISTEN_MAX];
	size_t listens;
	struct sy_node peer[SY_PEERS_MAX];
	size_t peers;
};

int sy_config_read(struct sy_config *config, const char *path, dm_fault *fault);
bool sy_addr_equal(const struct ctl_addr *one, const struct ctl_addr *other);

#endif
