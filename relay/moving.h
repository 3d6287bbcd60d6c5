/* SPDX-License-Identifier: GPL-2.0-only */
/* Slots that have changed hands: who had them before, and so has the flows that began before. */
#ifndef _RLY_MOVING_H
#define _RLY_MOVING_H

#include <linux/bitmap.h>
#include <linux/jiffies.h>
#include "set.h"

/*
 * Bits of what is remembered of flows that have no beginning to be seen; bits 44-63 of the flow
 * hash.
 */
#define RLY_SEEN_SIZE (1u << 20)
#define RLY_SEEN_SHIFT 44

/*
 * How long flows may be silent and go on: as long as a balancer keeps their sessions by default. In
 * jiffies.
 */
#define RLY_OPEN_TIME (7440 * HZ)
#define RLY_SEEN_TIME (300 * HZ)

/**
 * struct rly_seen - flows without a beginning (UDP) that were seen of late
 * @rcu: frees it
 * @bits: by flow hash
 */
struct rly_seen {
	struct rcu_head rcu;
	DECLARE_BITMAP(bits, RLY_SEEN_SIZE);
};

/* Flows with a beginning to be seen (TCP, SCTP), and those without (UDP). */
enum {
	RLY_WITH_BEGINNING,
	RLY_WITHOUT_BEGINNING,
	RLY_KINDS
};

/**
 * struct rly_moving - slots that have changed hands
 * @rcu: frees it
 * @since: jiffies when the last one did
 * @track: slots of which flows are known one by one, by family
 * @home: slot to index in rly_set.member of who has the flows of it that are not known, by kind of
 *        flow and family; RLY_NOBODY where that is whoever has the slot
 * @seen: flows without a beginning that were there when slots changed hands
 */
struct rly_moving {
	struct rcu_head rcu;
	unsigned long since;
	DECLARE_BITMAP(track[2], RLY_SLOTS);
	u16 home[RLY_KINDS][2][RLY_SLOTS];
	DECLARE_BITMAP(seen, RLY_SEEN_SIZE);
};

/* How long after a move flows that are not known may be old ones, in jiffies. */
static inline unsigned long rly_moving_time(unsigned int kind)
{
	return kind == RLY_WITH_BEGINNING ? RLY_OPEN_TIME : RLY_SEEN_TIME;
}

/* Is that time over? */
static inline bool rly_moving_over(const struct rly_moving *moving, unsigned int kind)
{
	return time_after(jiffies, moving->since + rly_moving_time(kind));
}

static inline u32 rly_seen_bit(u64 hash)
{
	return hash >> RLY_SEEN_SHIFT & (RLY_SEEN_SIZE - 1);
}

int rly_moving_build(struct rly_net *rn, struct rly_set *new, const struct rly_set *old);

#endif /* _RLY_MOVING_H */
