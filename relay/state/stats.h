/* SPDX-License-Identifier: GPL-2.0-only */
/* Per-CPU counters of packets and bytes. */
#ifndef _RLY_STATS_H
#define _RLY_STATS_H

#include <linux/u64_stats_sync.h>
#include <slb/nexthop.h>

/* Directions of the traffic of a VIP and of a link. */
enum {
	RLY_VIP_IN,
	RLY_VIP_OUT,
	RLY_VIP_DIRS
};

enum {
	RLY_CLIENT_IN,
	RLY_CLIENT_OUT,
	RLY_SERVER_OUT,
	RLY_SERVER_IN,
	RLY_LINK_DIRS
};

/**
 * struct rly_traffic - counters of one direction on one CPU
 * @packets: packets, as they are on the wire
 * @bytes: their bytes, IP headers included
 * @syncp: sequence counter for 32-bit readers
 */
struct rly_traffic {
	u64_stats_t packets;
	u64_stats_t bytes;
	struct u64_stats_sync syncp;
};

/* Context: softirq. */
static __always_inline void rly_traffic_add(struct rly_traffic __percpu *stats, unsigned int dir,
					    struct slb_wire w)
{
	struct rly_traffic *t = this_cpu_ptr(stats) + dir;

	u64_stats_update_begin(&t->syncp);
	u64_stats_add(&t->packets, w.packets);
	u64_stats_add(&t->bytes, w.bytes);
	u64_stats_update_end(&t->syncp);
}

/* Context: softirq. */
static inline void rly_traffic_packet(struct rly_traffic __percpu *stats, unsigned int dir,
				      const struct sk_buff *skb)
{
	rly_traffic_add(stats, dir, slb_wire(skb));
}

/* Sum the counters of all CPUs. */
static inline void rly_traffic_sum(const struct rly_traffic __percpu *stats, unsigned int dir,
				   u64 *packets, u64 *bytes)
{
	int cpu;

	*packets = 0;
	*bytes = 0;
	for_each_possible_cpu(cpu) {
		const struct rly_traffic *t = per_cpu_ptr(stats, cpu) + dir;
		unsigned int start;
		u64 p, b;

		do {
			start = u64_stats_fetch_begin(&t->syncp);
			p = u64_stats_read(&t->packets);
			b = u64_stats_read(&t->bytes);
		} while (u64_stats_fetch_retry(&t->syncp, start));
		*packets += p;
		*bytes += b;
	}
}

/* Allocate counters of @dirs directions, or return NULL. */
static inline struct rly_traffic __percpu *rly_traffic_alloc(unsigned int dirs)
{
	struct rly_traffic __percpu *stats;
	unsigned int dir;
	int cpu;

	stats = __alloc_percpu_gfp(dirs * sizeof(*stats), __alignof__(*stats), GFP_KERNEL);
	if (!stats)
		return NULL;
	for_each_possible_cpu(cpu)
		for (dir = 0; dir < dirs; dir++)
			u64_stats_init(&(per_cpu_ptr(stats, cpu) + dir)->syncp);
	return stats;
}

#endif /* _RLY_STATS_H */
