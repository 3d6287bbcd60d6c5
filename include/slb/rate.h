/* SPDX-License-Identifier: GPL-2.0-only */
/* A budget a second for what is sent in answer to packets. */
#ifndef _SLB_RATE_H
#define _SLB_RATE_H

#include <linux/atomic.h>
#include <linux/jiffies.h>

/* ICMP errors. Each class has a budget of its own: a flood of one never silences the other. */
enum slb_icmp_class {
	SLB_ICMP_MTU,	/* without these, connections hang */
	SLB_ICMP_OTHER,
	SLB_ICMP_CLASSES
};

/**
 * struct slb_rate - what has been spent in a second
 * @second: the second for which @spent counts
 * @spent: how much was asked for in it
 */
struct slb_rate {
	u32 second;
	atomic_t spent;
};

/**
 * slb_rate_allows() - may one more be sent in this second?
 * @rate: the budget
 * @limit: how many a second
 *
 * Two CPUs that begin a second at once may grant one too many. Context: any.
 *
 * Return: true when it may.
 */
static inline bool slb_rate_allows(struct slb_rate *rate, u32 limit)
{
	u32 second = (u32)(jiffies / HZ);

	if (READ_ONCE(rate->second) != second) {
		WRITE_ONCE(rate->second, second);
		atomic_set(&rate->spent, 0);
	}
	/* no counting beyond the limit: the counter must not wrap */
	return (u32)atomic_read(&rate->spent) < limit &&
	       (u32)atomic_inc_return(&rate->spent) <= limit;
}

#endif /* _SLB_RATE_H */
