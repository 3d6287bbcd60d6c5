// SPDX-License-Identifier: GPL-2.0-only
/* The log of sessions that other balancers must learn of. */
#include <linux/log2.h>
#include <linux/slab.h>

#include "state/sync_log.h"

/**
 * slb_sync_log_new() - allocate a log
 * @entries: its size
 *
 * Return: the log, for slb_sync_log_use() or kvfree(); or NULL.
 */
struct slb_sync_log *slb_sync_log_new(u32 entries)
{
	struct slb_sync_log *log;

	entries = roundup_pow_of_two(entries);
	log = kvzalloc(struct_size(log, ring, entries), GFP_KERNEL);
	if (log)
		log->mask = entries - 1;
	return log;
}

/**
 * slb_sync_log_use() - begin another log, or none
 * @sn: namespace; its lock is held
 * @log: the log, or NULL
 *
 * Positions of the new log are above those of the old one, so that the reader notices the gap.
 */
void slb_sync_log_use(struct slb_net *sn, struct slb_sync_log *log)
{
	struct slb_sync_log *old = slb_dereference(sn, sn->sync.log);

	if (old)
		sn->sync.logged = atomic64_read(&old->head) + 1;
	if (log) {
		log->first = sn->sync.logged;
		atomic64_set(&log->head, log->first);
	}
	rcu_assign_pointer(sn->sync.log, log);
	if (old)
		kvfree_rcu(old, rcu);
}

/**
 * slb_sync_log_write() - append an entry
 * @log: the log
 * @reply: reply key of the session
 * @ended: it has ended
 *
 * The oldest entry is overwritten. Context: BH disabled, RCU.
 */
void slb_sync_log_write(struct slb_sync_log *log, const struct slb_tuple *reply, bool ended)
{
	u64 at = atomic64_fetch_inc(&log->head);
	struct slb_sync_entry *e = &log->ring[at & log->mask];

	WRITE_ONCE(e->seq, 0);
	/* pairs with slb_sync_log_read(): a reader that sees the new contents sees no old number */
	smp_wmb();
	e->when = (u32)jiffies;
	e->ended = ended;
	e->reply = *reply;
	/* pairs with slb_sync_log_read() */
	smp_store_release(&e->seq, at + 1);
}

/**
 * slb_sync_log_read() - read an entry
 * @log: the log
 * @at: its position, below @log->head
 * @entry: filled
 *
 * Return: false when it is being written or was overwritten.
 */
bool slb_sync_log_read(const struct slb_sync_log *log, u64 at, struct slb_sync_entry *entry)
{
	const struct slb_sync_entry *e = &log->ring[at & log->mask];

	/* pairs with slb_sync_log_write() */
	if (smp_load_acquire(&e->seq) != at + 1)
		return false;
	*entry = *e;
	/* pairs with slb_sync_log_write() */
	smp_rmb();
	return READ_ONCE(e->seq) == at + 1;
}

/**
 * slb_sync_log_young() - find the first entry that is younger than an age
 * @log: the log
 * @age: jiffies
 *
 * Context: RCU or the configuration lock.
 *
 * Return: its position; without one, that of the next entry.
 */
u64 slb_sync_log_young(const struct slb_sync_log *log, u32 age)
{
	u64 hi = atomic64_read(&log->head);
	u64 lo = hi - log->first > log->mask ? hi - log->mask : log->first;
	struct slb_sync_entry entry;

	while (lo < hi) {
		u64 at = lo + (hi - lo) / 2;

		/* one that is being written is young; a reader notices one that was overwritten */
		if (slb_sync_log_read(log, at, &entry) &&
		    (s32)((u32)jiffies - entry.when) >= (s32)age)
			lo = at + 1;
		else
			hi = at;
	}
	return lo;
}
