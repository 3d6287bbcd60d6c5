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
