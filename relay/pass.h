/* SPDX-License-Identifier: GPL-2.0-only */
/* Which flows from servers have passed all chains of late: a table that may forget. */
#ifndef _RLY_PASS_H
#define _RLY_PASS_H

#include <linux/jiffies.h>
#include <linux/types.h>

/* Flows from servers have no state on the relay; of so many it is known that they may go fast. */
#define RLY_PASS_WAYS 4
#define RLY_PASS_BUCKETS 32768u
/* A flow that was silent for longer is a new one, in seconds. */
#define RLY_PASS_AGE 60
/* The table is looked through in so many runs, one a second, for what is too old. */
#define RLY_PASS_SWEEPS 64

/**
 * struct rly_passed - prints of flows, each with the second in which it was last seen
 * @rcu: frees it
 * @sweep: which part is looked through next; only by the work that does it
 * @bucket: the low 16 bits of an entry are the time, the others the print; 0 when it is free
 *
 * A print is of 48 bits beside the 15 that choose the bucket, by a secret key: that another flow
 * has the same one is as good as impossible. Entries are written without a lock: of two at once
 * one is lost, and its flow goes the ordinary way once more.
 */
struct rly_passed {
	struct rcu_head rcu;
	u32 sweep;
	u64 bucket[RLY_PASS_BUCKETS][RLY_PASS_WAYS];
};

#define RLY_PASS_TIME 0xffffull

static inline u16 rly_pass_now(void)
{
	return (u32)jiffies / HZ;
}

static inline bool rly_pass_same(u64 entry, u64 print)
{
	return entry && !((entry ^ print) & ~RLY_PASS_TIME);
}

static inline bool rly_pass_old(u64 entry, u16 now)
{
	return (u16)(now - (u16)entry) > RLY_PASS_AGE;
}

/* Unless somebody else has written there meanwhile. */
static inline void rly_pass_swap(u64 *entry, u64 from, u64 to)
{
	if (IS_ENABLED(CONFIG_64BIT))
		cmpxchg(entry, from, to);
	else if (READ_ONCE(*entry) == from)
		WRITE_ONCE(*entry, to);
}

/**
 * rly_pass_print() - what a flow over two devices is known by
 * @hash: its flow hash
 * @iif: index of the device that it comes in by
 * @oif: index of the device that it goes out by
 * @gen: what has passed before another one counts no more
 *
 * Return: the print; its low bits choose the bucket.
 */
static __always_inline u64 rly_pass_print(u64 hash, int iif, int oif, u32 gen)
{
	/* odd factors, so that no two ways have the same bits */
	return hash ^ ((u64)(u32)iif * 0x9e3779b97f4a7c15ull +
		       ((u64)(u32)oif << 32 | gen) * 0xc2b2ae3d27d4eb4full);
}

/**
 * rly_pass_seen() - has the flow of a packet passed of late?
 * @passed: table
 * @print: from rly_pass_print()
 *
 * Context: softirq, RCU.
 *
 * Return: true when it has.
 */
static __always_inline bool rly_pass_seen(struct rly_passed *passed, u64 print)
{
	u64 *bucket = passed->bucket[print & (RLY_PASS_BUCKETS - 1)];
	u16 now = rly_pass_now();
	unsigned int i;

	for (i = 0; i < RLY_PASS_WAYS; i++) {
		u64 entry = READ_ONCE(bucket[i]);

		if (!rly_pass_same(entry, print))
			continue;
		if (unlikely((u16)entry != now)) {
			if (rly_pass_old(entry, now))
				return false;
			rly_pass_swap(&bucket[i], entry, (print & ~RLY_PASS_TIME) | now);
		}
		return true;
	}
	return false;
}

struct rly_passed *rly_pass_create(void);
void rly_pass_note(struct rly_passed *passed, u64 print, bool has);
void rly_pass_sweep(struct rly_passed *passed);

#endif /* _RLY_PASS_H */
