/* SPDX-License-Identifier: GPL-2.0-only */
/* A limit per second for packets that are sent in answer to others. */
#ifndef _SLB_RATE_H
#define _SLB_RATE_H

#include <linux/atomic.h>
#include <linux/jiffies.h>

/* Classes of ICMP errors. Each has its own budget: a flood of one does not starve another. */
enum slb_icmp_class {
	SLB_ICMP_MTU,	/* without these, connections hang */
	SLB_ICMP_OTHER,
	SLB_ICMP_CLASSES
};

/**
 * struct slb_rate - the budget of a second
 * @second: the second that @spent belongs to
 * @spent: requests in that second
 */
struct slb_rate {
	u32 second;
	atomic_t spent;
};

/**
 * slb_rate_allows() - may one more packet be sent in this second?
 * @rate: the budget
 * @limit: most packets per second
 *
 * Two CPUs that start a second at the same time may allow one too many. Context: any.
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
	/* do not count beyond the limit, so that the counter does not wrap */
	return (u32)atomic_read(&rate->spent) < limit &&
	       (u32)atomic_inc_return(&rate->spent) <= limit;
}

#endif /* _SLB_RATE_H */
