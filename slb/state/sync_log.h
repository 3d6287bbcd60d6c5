/* SPDX-License-Identifier: GPL-2.0-only */
/* The log of sessions that other balancers must learn of: a ring of keys, read by slb-syncd. */
#ifndef _SLB_STATE_SYNC_LOG_H
#define _SLB_STATE_SYNC_LOG_H

#include <linux/rcupdate.h>
#include <slb/flow.h>
#include "net.h"
#include "state/session.h"

/**
 * struct slb_sync_entry - a session that has begun, changed or ended
 * @seq: position in the log plus one; 0 while the entry is written
 * @when: jiffies
 * @ended: it has ended
 * @reply: its reply key
 */
struct slb_sync_entry {
	u64 seq;
	u32 when;
	bool ended;
	struct slb_tuple reply;
};

/**
 * struct slb_sync_log - the log of a namespace
 * @rcu: frees it
 * @head: position of the next entry
 * @first: position of the first entry
 * @mask: number of entries minus one
 * @ring: the entries
 */
struct slb_sync_log {
	struct rcu_head rcu;
	atomic64_t head;
	u64 first;
	u32 mask;
	struct slb_sync_entry ring[];
};

struct slb_sync_log *slb_sync_log_new(u32 entries);
void slb_sync_log_use(struct slb_net *sn, struct slb_sync_log *log);
void slb_sync_log_write(struct slb_sync_log *log, const struct slb_tuple *reply, bool ended);
u64 slb_sync_log_young(const struct slb_sync_log *log, u32 age);
bool slb_sync_log_read(const struct slb_sync_log *log, u64 at, struct slb_sync_entry *entry);

/*
 * A session has begun or changed. Its entry waits until it is as old as the setting says; until it
 * is read, further changes need no other one. Context: softirq, RCU.
 */
static inline void slb_sync_note(struct slb_net *sn, struct slb_session *s)
{
	struct slb_sync_log *log = rcu_dereference(sn->sync.log);

	if (unlikely(log) && !test_and_set_bit(SLB_SESSION_SYNC_DUE, &s->flags))
		slb_sync_log_write(log, &s->side[SLB_REPLY].tuple, false);
}

#endif /* _SLB_STATE_SYNC_LOG_H */
