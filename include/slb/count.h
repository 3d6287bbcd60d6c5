/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A number of objects that has a limit. Each CPU counts its own, and adds them to the common number
 * when they are SLB_COUNT_BATCH. Near the limit the parts of all CPUs are summed for each new
 * object. So the limit is exceeded by less than the number of CPUs.
 */
#ifndef _SLB_COUNT_H
#define _SLB_COUNT_H

#include <linux/percpu.h>
#include <linux/seqlock.h>
#include <linux/u64_stats_sync.h>

#define SLB_COUNT_BATCH 32

/**
 * struct slb_count_part - what one CPU has counted
 * @n: objects added minus objects removed, apart from those in struct slb_count; between
 *	-SLB_COUNT_BATCH and SLB_COUNT_BATCH
 * @total: objects added
 * @syncp: for 32-bit readers of @total
 */
struct slb_count_part {
	int n;
	u64_stats_t total;
	struct u64_stats_sync syncp;
};

/**
 * struct slb_count - a number of objects
 * @part: what each CPU has counted
 * @lock: protects the others
 * @n: number of objects, apart from those in @part
 * @limit: the most that there may be
 * @tight: the limit is near; read with READ_ONCE without the lock
 */
struct slb_count {
	struct slb_count_part __percpu *part;
	seqlock_t lock;
	int n;
	u32 limit;
	bool tight;
};

int slb_count_init(struct slb_count *count, u32 limit);
void slb_count_exit(struct slb_count *count);
void slb_count_fold(struct slb_count *count);
void slb_count_limit(struct slb_count *count, u32 limit);
u32 slb_count_read(const struct slb_count *count);
u64 slb_count_total(const struct slb_count *count);

/**
 * slb_count_add() - count an object that is added or removed
 * @count: the number
 * @by: 1 or -1
 *
 * Context: any but hardirq.
 */
static __always_inline void slb_count_add(struct slb_count *count, int by)
{
	int n = this_cpu_add_return(count->part->n, by);

	if (unlikely(n >= SLB_COUNT_BATCH || n <= -SLB_COUNT_BATCH))
		slb_count_fold(count);
}

/**
 * slb_count_began() - count an object that was added in the total, too
 * @count: the number
 *
 * Context: BH disabled.
 */
static __always_inline void slb_count_began(struct slb_count *count)
{
	struct slb_count_part *part = this_cpu_ptr(count->part);

	u64_stats_update_begin(&part->syncp);
	u64_stats_inc(&part->total);
	u64_stats_update_end(&part->syncp);
}

/**
 * slb_count_below() - are there fewer objects than the limit?
 * @count: the number
 *
 * Context: any but hardirq.
 *
 * Return: true when there are.
 */
static __always_inline bool slb_count_below(const struct slb_count *count)
{
	return likely(!READ_ONCE(count->tight)) ||
	       slb_count_read(count) < READ_ONCE(count->limit);
}

#endif /* _SLB_COUNT_H */
