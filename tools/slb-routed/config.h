/* SPDX-License-Identifier: GPL-2.0-only */
/* The file of the daemon: where routes go, and how fast. */
#ifndef ROUTED_CONFIG_H
#define ROUTED_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "lines.h"

/* The highest table that FRR can import; the next ones are those of the host. */
#define RO_TABLE	180
#define RO_PROTOCOL	80
#define RO_DELAY_MAX	600000	/* milliseconds */

/**
 * struct ro_config - What the file says.
 * @table: The routing table.
 * @protocol: Marks our routes, as the protocols of daemons in rt_protos.
 * @local: Keep routes to return ranges, too.
 * @withdraw_after: Milliseconds after which a route goes that is no longer wanted.
 * @announce_after: Milliseconds after which a route comes that is wanted.
 * @given: Bits of the words that were given.
 */
struct ro_config {
	uint32_t table;
	uint32_t protocol;
	bool local;
	uint32_t withdraw_after;
	uint32_t announce_after;
	unsigned int given;
};

int ro_config_read(struct ro_config *config, const char *path, dm_fault *fault);

#endif
