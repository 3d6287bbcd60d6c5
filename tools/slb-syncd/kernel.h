/* SPDX-License-Identifier: GPL-2.0-only */
/* The module slb or relay: its sessions or flows, and what it says of this host. */
#ifndef SYNCD_KERNEL_H
#define SYNCD_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/slb_sync.h>

#include "message.h"
#include "range.h"

/**
 * enum sy_refusal - Why the kernel did not take a record.
 * @SY_RANGE: Its local address is neither an own nor an adopted one.
 * @SY_VIP: There is no such VIP.
 * @SY_SERVER: There is no such server.
 * @SY_KEY: Another session has its key.
 * @SY_LIMIT: There are too many sessions.
 * @SY_INVALID: It makes no sense.
 * @SY_REFUSALS: Number of them.
 */
enum sy_refusal {
	SY_RANGE,
	SY_VIP,
	SY_SERVER,
	SY_KEY,
	SY_LIMIT,
	SY_INVALID,
	SY_REFUSALS,
};

extern const char *const sy_refusal_names[SY_REFUSALS];

/**
 * struct sy_taken - What the kernel did with records.
 * @added: New sessions.
 * @updated: Sessions that were there.
 * @ended: Sessions that have ended.
 * @refused: Records that were refused.
 */
struct sy_taken {
	uint64_t added;
	uint64_t updated;
	uint64_t ended;
	uint64_t refused[SY_REFUSALS];
};

/**
 * struct sy_records - Records of the kernel.
 * @record: They; valid until the next request.
 * @count: Number of them.
 * @next: Of changes: the position behind them.
 * @lost: Of changes: entries of the log that were overwritten before they were read.
 * @behind: Of changes: the balancer lacks sessions.
 * @done: Of all sessions: these were the last ones.
 */
struct sy_records {
	const struct slb_sync_record *record;
	size_t count;
	uint64_t next;
	uint64_t lost;
	bool behind;
	bool done;
};

/**
 * struct sy_self - What the kernel says of this balancer.
 * @loaded: The module is there.
 * @up: A link carries packets.
 * @wait: The setting sync-wait, in seconds; 0: sync is off. On a relay it is always on.
 * @vips_id: Digest of the VIPs.
 * @own: The local addresses.
 * @adopted: Local addresses of others that it may serve.
 */
struct sy_self {
	bool loaded;
	bool up;
	uint32_t wait;
	uint32_t vips_id;
	struct sy_ranges own;
	struct sy_ranges adopted;
};

extern struct sy_self sy_self;

struct sy_dump;
struct nlmsghdr;

/* Takes a message of an answer. */
typedef void sy_reader(const struct nlmsghdr *nlh, void *data);

const char *sy_kernel_module(void);
int sy_kernel_open(enum sy_role role, void (*changed)(void), void (*heard)(void));
int sy_kernel_changes(const uint64_t *after, struct sy_records *to);
int sy_kernel_add(const struct slb_sync_record *record, size_t count, uint32_t mark,
		  struct sy_taken *to);
int sy_kernel_feed(const struct sy_ranges *ranges, const uint32_t *mark, uint32_t *swept);
int sy_kernel_caught_up(void);
struct sy_dump *sy_dump_open(void);
int sy_dump_read(struct sy_dump *dump, struct sy_records *to);
void sy_dump_close(struct sy_dump *dump);

/* what flows.c needs of kernel.c */
struct nlmsghdr *sy_kernel_begin(char *place, uint8_t command, uint16_t flags);
int sy_kernel_send(const void *data, size_t len, size_t messages,
		   void (*answered)(int code, void *data), void *to);
struct sy_dump *sy_dump_begin(const struct nlmsghdr *nlh);
int sy_dump_next(struct sy_dump *dump, sy_reader *read, void *data);

/* flows.c: the flows of the module relay */
struct sy_dump *sy_flows_open(void);
int sy_flows_read(struct sy_dump *dump, const struct sy_flow **flow, size_t *count);
int sy_flows_add(const struct sy_flow *flow, size_t count, struct sy_taken *to);

#endif
