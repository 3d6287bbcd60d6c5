/* SPDX-License-Identifier: GPL-2.0-only */
/* A simulated kernel for tests: its sessions lie in a file that the daemon and the test map. */
#ifndef SYNCD_FAKE_H
#define SYNCD_FAKE_H

#include <stdint.h>

#include "range.h"

#define FAKE_LOG	2048		/* entries of the log of changes */
#define FAKE_PORTS	65536

/**
 * enum fake_table - Whose sessions they are.
 * @FAKE_OWN: Those of local addresses of this balancer.
 * @FAKE_ADOPTED: Those of the balancer that it adopts.
 * @FAKE_TABLES: Number of them.
 */
enum fake_table {
	FAKE_OWN,
	FAKE_ADOPTED,
	FAKE_TABLES,
};

/**
 * struct fake_session - A session; its place in the table is its local port.
 * @used: There is one.
 * @standby: It came from another balancer.
 * @mark: Of the latest record that named it.
 * @record: It.
 */
struct fake_session {
	uint8_t used;
	uint8_t standby;
	uint32_t mark;
	struct slb_sync_record record;
};

/**
 * struct fake - The kernel.
 * @wait: The setting sync-wait.
 * @unloaded: There is no module.
 * @behind: It lacks sessions.
 * @down: No link works.
 * @refuses: sync-add fails as a whole.
 * @vips_id: Digest of the VIPs.
 * @next: Position of the next entry of the log, from 1.
 * @fed: Number of requests that say that the peer lives.
 * @swept: Sessions that ended so.
 * @bulks: Dumps that were begun.
 * @own: The local addresses.
 * @adopted: Those of the other balancer.
 * @log: What has changed.
 * @session: The sessions.
 */
struct fake {
	uint32_t wait;
	uint32_t unloaded;
	uint32_t behind;
	uint32_t down;
	uint32_t refuses;
	uint32_t vips_id;
	uint64_t next;
	uint64_t fed;
	uint64_t swept;
	uint64_t bulks;
	struct slb_sync_range own;
	struct slb_sync_range adopted;
	struct slb_sync_record log[FAKE_LOG];
	struct fake_session session[FAKE_TABLES][FAKE_PORTS];
};

#endif
