// SPDX-License-Identifier: GPL-2.0-only
/* A number of objects that has a limit: counted by each CPU, exact near the limit. */
#include <slb/count.h>

/*
 * While this is false, the number is below the limit, whatever CPUs have not added yet: each of
 * them adds less than twice SLB_COUNT_BATCH before it comes here again. Context: the lock.
 */
static void slb_count_judge(struct slb_count *count)
{
	s64 unknown = 4LL * SLB_COUNT_BATCH * num_possible_cpus();

	WRITE_ONCE(count->tight, count->n + unknown >= count->limit);
}

/**
 * slb_count_init() - allocate the counters of a number, all 0
 * @count: the number
 * @limit: the most that there may be
 *
 * Return: 0 or -ENOMEM.
 */
int slb_count_init(struct slb_count *count, u32 limit)
{
	int cpu;

	count->part = alloc_percpu(struct slb_count_part);
	if (!count->part)
		return -ENOMEM;
	for_each_possible_cpu(cpu)
		u64_stats_init(&per_cpu_ptr(count->part, cpu)->syncp);
	seqlock_init(&count->lock);
	slb_count_limit(count, limit);
	return 0;
}

/**
 * slb_count_exit() - free the counters of a number
 * @count: the number
 */
void slb_count_exit(struct slb_count *count)
{
	free_percpu(count->part);
}

/**
 * slb_count_fold() - add the objects of this CPU to the common number
 * @count: the number
 *
 * Readers that come in between try again, so they do not miss them. Context: any but hardirq.
 */
void slb_count_fold(struct slb_count *count)
{
	write_seqlock_bh(&count->lock);
	WRITE_ONCE(count->n, count->n + this_cpu_xchg(count->part->n, 0));
	slb_count_judge(count);
	write_sequnlock_bh(&count->lock);
}

/**
 * slb_count_limit() - change the limit
 * @count: the number
 * @limit: the most that there may be
 */
void slb_count_limit(struct slb_count *count, u32 limit)
{
	write_seqlock_bh(&count->lock);
	WRITE_ONCE(count->limit, limit);
	slb_count_judge(count);
	write_sequnlock_bh(&count->lock);
}

/**
 * slb_count_read() - sum the objects over all CPUs
 * @count: the number
 *
 * Context: any but hardirq.
 *
 * Return: their number.
 */
u32 slb_count_read(const struct slb_count *count)
{
	unsigned int seq;
	int cpu, n;

	do {
		seq = read_seqbegin(&count->lock);
		n = READ_ONCE(count->n);
		for_each_possible_cpu(cpu)
			n += READ_ONCE(per_cpu_ptr(count->part, cpu)->n);
	} while (read_seqretry(&count->lock, seq));
	/* an object may have been removed on another CPU than it was added by, meanwhile */
	return max(n, 0);
}

/**
 * slb_count_total() - sum the objects added so far over all CPUs
 * @count: the number
 *
 * Return: their number.
 */
u64 slb_count_total(const struct slb_count *count)
{
	u64 sum = 0, total;
	unsigned int start;
	int cpu;

	for_each_possible_cpu(cpu) {
		const struct slb_count_part *part = per_cpu_ptr(count->part, cpu);

		do {
			start = u64_stats_fetch_begin(&part->syncp);
			total = u64_stats_read(&part->total);
		} while (u64_stats_fetch_retry(&part->syncp, start));
		sum += total;
	}
	return sum;
}
