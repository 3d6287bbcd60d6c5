/* SPDX-License-Identifier: GPL-2.0-only */
/* Per-CPU counters of packets and bytes, by direction. */
#ifndef _SLB_STATS_H
#define _SLB_STATS_H

#include <linux/percpu.h>
#include <linux/skbuff.h>
#include <linux/u64_stats_sync.h>
#include <slb/packet.h>

/**
 * struct slb_traffic - packets and bytes that came in and went out
 * @in: received, by direction
 * @out: sent, by direction
 * @syncp: for 32-bit readers
 *
 * VIPs and servers use only @in.
 */
struct slb_traffic {
	struct {
		u64_stats_t packets;
		u64_stats_t bytes;
	} in[SLB_DIRS], out[SLB_DIRS];
	struct u64_stats_sync syncp;
};

/**
 * struct slb_sum - a counter read over all CPUs
 * @packets: packets, as they are on the wire
 * @bytes: their bytes, IP headers included
 */
struct slb_sum {
	u64 packets;
	u64 bytes;
};

/**
 * slb_traffic_read() - sum a counter over all CPUs
 * @stats: per-CPU counters
 * @out: sent, else received
 * @dir: direction
 *
 * Return: the sum.
 */
static inline struct slb_sum slb_traffic_read(struct slb_traffic __percpu *stats, bool out,
					      enum slb_dir dir)
{
	struct slb_sum sum = {};
	int cpu;

	for_each_possible_cpu(cpu) {
		struct slb_traffic *t = per_cpu_ptr(stats, cpu);
		unsigned int start;
		u64 packets, bytes;

		do {
			start = u64_stats_fetch_begin(&t->syncp);
			packets = u64_stats_read(out ? &t->out[dir].packets : &t->in[dir].packets);
			bytes = u64_stats_read(out ? &t->out[dir].bytes : &t->in[dir].bytes);
		} while (u64_stats_fetch_retry(&t->syncp, start));
		sum.packets += packets;
		sum.bytes += bytes;
	}
	return sum;
}

#endif /* _SLB_STATS_H */
