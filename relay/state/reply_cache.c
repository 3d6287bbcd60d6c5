// SPDX-License-Identifier: GPL-2.0-only
/* Marks of flows from servers and balancers that have passed all chains. */
#include <linux/mm.h>
#include <linux/slab.h>

#include "state/reply_cache.h"

/**
 * rly_reply_create() - allocate an empty table
 *
 * Return: the table, for kvfree(), or NULL.
 */
struct rly_replies *rly_reply_create(void)
{
	return kvzalloc(sizeof(struct rly_replies), GFP_KERNEL);
}

/* Find the entry of a fingerprint, or one to overwrite: a free one or the oldest. */
static u64 *rly_reply_entry(struct rly_replies *replies, u64 print, u16 now)
{
	u64 *bucket = replies->bucket[print & (RLY_REPLY_BUCKETS - 1)];
	u64 *oldest = &bucket[0];
	unsigned int i;

	for (i = 0; i < RLY_REPLY_WAYS; i++) {
		u64 entry = READ_ONCE(bucket[i]), old = READ_ONCE(*oldest);

		if (rly_reply_same(entry, print))
			return &bucket[i];
		if (old && (!entry || (u16)(now - (u16)entry) > (u16)(now - (u16)old)))
			oldest = &bucket[i];
	}
	return oldest;
}

/**
 * rly_reply_note() - note a packet from a server that took the ordinary path
 * @replies: table
 * @print: from rly_reply_print()
 * @has: it has passed all chains; otherwise remove the mark
 *
 * Context: softirq, RCU.
 */
void rly_reply_note(struct rly_replies *replies, u64 print, bool has)
{
	u16 now = rly_reply_now();
	u64 *entry = rly_reply_entry(replies, print, now);

	if (has)
		WRITE_ONCE(*entry, (print & ~RLY_REPLY_TIME) | now);
	else if (rly_reply_same(READ_ONCE(*entry), print))
		WRITE_ONCE(*entry, 0);
}

/*
 * Begin to write an entry. False when another CPU writes it: then skip the update, and the next
 * packet takes the ordinary path once more.
 */
static bool rly_trail_write_begin(struct rly_trail *trail, u32 *seq)
{
	*seq = READ_ONCE(trail->seq);
	/* cmpxchg() is a full barrier: a reader of the new values sees the odd number */
	return !(*seq & 1) && cmpxchg(&trail->seq, *seq, *seq + 1) == *seq;
}

static void rly_trail_write_end(struct rly_trail *trail, u32 seq)
{
	/* pairs with rly_trail_find() */
	smp_store_release(&trail->seq, seq + 2);
}

/* Find the entry of a flow, or one to overwrite: a free one or the oldest. */
static struct rly_trail *rly_trail_slot(struct rly_replies *replies, u64 print, u32 now)
{
	struct rly_trail *bucket = replies->trail[print & (RLY_TRAIL_BUCKETS - 1)];
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
 * rly_trail_note() - note that a packet from a balancer has passed all chains
 * @replies: table
 * @print: from rly_trail_print()
 * @what: its route, link and VIP; print, sequence and time are not read
 *
 * Context: softirq, RCU.
 */
void rly_trail_note(struct rly_replies *replies, u64 print, const struct rly_trail *what)
{
	u32 now = rly_trail_now(), seq;
	struct rly_trail *trail = rly_trail_slot(replies, print, now);

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
 * rly_trail_forget() - remove the mark of a flow: a packet of it has not passed all chains
 * @replies: table
 * @print: from rly_trail_print()
 *
 * Context: softirq, RCU.
 */
void rly_trail_forget(struct rly_replies *replies, u64 print)
{
	struct rly_trail *bucket = replies->trail[print & (RLY_TRAIL_BUCKETS - 1)];
	unsigned int i;
	u32 seq;

	/* two CPUs may have inserted it twice at the same time */
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
 * rly_reply_sweep() - remove old entries from a part of the table
 * @replies: table
 *
 * Called once a second: the 16-bit time in an entry must not wrap.
 */
void rly_reply_sweep(struct rly_replies *replies)
{
	u32 n = RLY_REPLY_BUCKETS / RLY_REPLY_SWEEPS, from = replies->sweep * n, i, k;
	u16 now = rly_reply_now();

	for (i = from; i < from + n; i++)
		for (k = 0; k < RLY_REPLY_WAYS; k++) {
			u64 entry = READ_ONCE(replies->bucket[i][k]);

			if (entry && rly_reply_old(entry, now))
				rly_reply_swap(&replies->bucket[i][k], entry, 0);
		}
	replies->sweep = (replies->sweep + 1) % RLY_REPLY_SWEEPS;
}
