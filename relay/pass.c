// SPDX-License-Identifier: GPL-2.0-only
/* Flows from servers that have passed all chains: remembered, and forgotten when silent. */
#include <linux/mm.h>
#include <linux/slab.h>

#include "pass.h"

/**
 * rly_pass_create() - a table without flows
 *
 * Return: the table, for kvfree(), or NULL.
 */
struct rly_passed *rly_pass_create(void)
{
	return kvzalloc(sizeof(struct rly_passed), GFP_KERNEL);
}

/* The entry of a print, or one to be written over: a free one, or that which is silent longest. */
static u64 *rly_pass_entry(struct rly_passed *passed, u64 print, u16 now)
{
	u64 *bucket = passed->bucket[print & (RLY_PASS_BUCKETS - 1)];
	u64 *oldest = &bucket[0];
	unsigned int i;

	for (i = 0; i < RLY_PASS_WAYS; i++) {
		u64 entry = READ_ONCE(bucket[i]), old = READ_ONCE(*oldest);

		if (rly_pass_same(entry, print))
			return &bucket[i];
		if (old && (!entry || (u16)(now - (u16)entry) > (u16)(now - (u16)old)))
			oldest = &bucket[i];
	}
	return oldest;
}

/**
 * rly_pass_note() - a packet of a flow has gone the ordinary way
 * @passed: table
 * @print: from rly_pass_print()
 * @has: it has passed all chains; else the next one is to ask them again, too
 *
 * Context: softirq, RCU.
 */
void rly_pass_note(struct rly_passed *passed, u64 print, bool has)
{
	u16 now = rly_pass_now();
	u64 *entry = rly_pass_entry(passed, print, now);

	if (has)
		WRITE_ONCE(*entry, (print & ~RLY_PASS_TIME) | now);
	else if (rly_pass_same(READ_ONCE(*entry), print))
		WRITE_ONCE(*entry, 0);
}

/*
 * Begin to write to an entry. False when another CPU does: then this one does without, as the next
 * packet takes the ordinary path once more.
 */
static bool rly_trail_write_begin(struct rly_trail *trail, u32 *seq)
{
	*seq = READ_ONCE(trail->seq);
	/* a full barrier: who sees what is written sees the odd number */
	return !(*seq & 1) && cmpxchg(&trail->seq, *seq, *seq + 1) == *seq;
}

static void rly_trail_write_end(struct rly_trail *trail, u32 seq)
{
	/* pairs with rly_trail_find() */
	smp_store_release(&trail->seq, seq + 2);
}

/* The entry of a flow, or one to be overwritten: a free one, or the one seen longest ago. */
static struct rly_trail *rly_trail_slot(struct rly_passed *passed, u64 print, u32 now)
{
	struct rly_trail *bucket = passed->trail[print & (RLY_TRAIL_BUCKETS - 1)];
	struct rly_trail *oldest = NULL;
	unsigned int i;

	for (i = 0; i < RLY_TRAIL_WAYS; i++) {
		struct rly_trail *trail = &bucket[i];
		u64 has = READ_ONCE(trail->print);

		if (has == print)
			return trail;
		if (!oldest || (READ_ONCE(oldest->print) &&
				(!has || now - READ_ONCE(trail->seen) >
					 now - READ_ONCE(oldest->seen))))
			oldest = trail;
	}
	return oldest;
}

/**
 * rly_trail_note() - a packet from a balancer has passed all chains on its way
 * @passed: table
 * @print: from rly_trail_print()
 * @what: its way; print, sequence and time do not matter
 *
 * Context: softirq, RCU.
 */
void rly_trail_note(struct rly_passed *passed, u64 print, const struct rly_trail *what)
{
	u32 now = rly_trail_now(), seq;
	struct rly_trail *trail = rly_trail_slot(passed, print, now);

	if (!rly_trail_write_begin(trail, &seq))
		return;
	WRITE_ONCE(trail->print, print);
	WRITE_ONCE(trail->seen, now);
	WRITE_ONCE(trail->routes, what->routes);
	WRITE_ONCE(trail->hop, what->hop);
	WRITE_ONCE(trail->link, what->link);
	WRITE_ONCE(trail->vip, what->vip);
	rly_trail_write_end(trail, seq);
}

/**
 * rly_trail_forget() - a packet from a balancer has not passed: the next one asks all chains, too
 * @passed: table
 * @print: from rly_trail_print()
 *
 * Context: softirq, RCU.
 */
void rly_trail_forget(struct rly_passed *passed, u64 print)
{
	struct rly_trail *bucket = passed->trail[print & (RLY_TRAIL_BUCKETS - 1)];
	unsigned int i;
	u32 seq;

	/* two CPUs that wrote at once may have entered it twice */
	for (i = 0; i < RLY_TRAIL_WAYS; i++) {
		if (READ_ONCE(bucket[i].print) != print ||
		    !rly_trail_write_begin(&bucket[i], &seq))
			continue;
		if (READ_ONCE(bucket[i].print) == print)
			WRITE_ONCE(bucket[i].print, 0);
		rly_trail_write_end(&bucket[i], seq);
	}
}

/**
 * rly_pass_sweep() - forget what is too old in a part of the table
 * @passed: table
 *
 * Called once a second: the time in an entry is of 16 bits, and must not come round.
 */
void rly_pass_sweep(struct rly_passed *passed)
{
	u32 n = RLY_PASS_BUCKETS / RLY_PASS_SWEEPS, from = passed->sweep * n, i, k;
	u16 now = rly_pass_now();

	for (i = from; i < from + n; i++)
		for (k = 0; k < RLY_PASS_WAYS; k++) {
			u64 entry = READ_ONCE(passed->bucket[i][k]);

			if (entry && rly_pass_old(entry, now))
				rly_pass_swap(&passed->bucket[i][k], entry, 0);
		}
	passed->sweep = (passed->sweep + 1) % RLY_PASS_SWEEPS;
}
