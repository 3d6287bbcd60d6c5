/* SPDX-License-Identifier: GPL-2.0-only */
/* Per-CPU counters of VIPs, servers and links: packets and bytes by direction, and sessions. */
#ifndef _SLB_STATS_H
#define _SLB_STATS_H

#include <linux/percpu.h>
#include <linux/skbuff.h>
#include <linux/slb.h>
#include <linux/u64_stats_sync.h>
#include <slb/packet.h>

/* Packets and bytes of a direction. */
struct slb_counter {
	u64_stats_t packets;
	u64_stats_t bytes;
};

/**
 * struct slb_traffic - what one CPU has counted of a VIP, a server or a link
 * @in: received, by direction
 * @total: sessions begun; of a link those with a local address of it
 * @sessions: sessions begun minus sessions ended; a session may end on another CPU, so only the sum
 *	over all CPUs is a number of sessions
 * @syncp: for 32-bit readers
 * @out: of links: sent, by direction
 * @ports: of servers: local pairs taken minus pairs given back, by slot of the return link; as
 *	@sessions
 *
 * VIPs have no memory for the last two.
 */
struct slb_traffic {
	struct slb_counter in[SLB_DIRS];
	u64_stats_t total;
	int sessions;
	struct u64_stats_sync syncp;
	union {
		struct slb_counter out[SLB_DIRS];
		int ports[SLB_LINK_MAX];
	};
};

/* Size of a VIP's counters. */
#define SLB_TRAFFIC_OF_VIP offsetof(struct slb_traffic, out)

/**
 * slb_traffic_alloc() - allocate counters, all 0
 * @size: sizeof(struct slb_traffic), or SLB_TRAFFIC_OF_VIP
 *
 * Context: process.
 *
 * Return: the counters, for free_percpu(), or NULL.
 */
static inline struct slb_traffic __percpu *slb_traffic_alloc(size_t size)
{
	struct slb_traffic __percpu *stats;
	int cpu;

	stats = __alloc_percpu(size, __alignof__(struct slb_traffic));
	if (stats)
		for_each_possible_cpu(cpu)
			u64_stats_init(&per_cpu_ptr(stats, cpu)->syncp);
	return stats;
}

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

/**
 * slb_traffic_total() - sum the sessions begun over all CPUs
 * @stats: per-CPU counters
 *
 * Return: the sum.
 */
static inline u64 slb_traffic_total(struct slb_traffic __percpu *stats)
{
	u64 sum = 0, total;
	int cpu;

	for_each_possible_cpu(cpu) {
		struct slb_traffic *t = per_cpu_ptr(stats, cpu);
		unsigned int start;

		do {
			start = u64_stats_fetch_begin(&t->syncp);
			total = u64_stats_read(&t->total);
		} while (u64_stats_fetch_retry(&t->syncp, start));
		sum += total;
	}
	return sum;
}

/*
 * Sum a member of counters that sessions increment when they begin and decrement when they end,
 * over all CPUs. Once no session begins any more, the sum is never less than what is left: each
 * CPU's part only decreases. So 0 then means none. Pairs with the barrier in slb_session_bury().
 */
#define slb_traffic_sum(stats, member) ({						\
	int __cpu, __sum = 0;								\
											\
	for_each_possible_cpu(__cpu)							\
		__sum += READ_ONCE(per_cpu_ptr(stats, __cpu)->member);			\
	/* see above */									\
	smp_mb();									\
	__sum;										\
})

/**
 * slb_traffic_sessions() - number of sessions that counters have
 * @stats: per-CPU counters of a VIP or a link
 *
 * Return: the number; 0 also when the end of a session was seen and not its beginning.
 */
static inline u32 slb_traffic_sessions(struct slb_traffic __percpu *stats)
{
	return max(slb_traffic_sum(stats, sessions), 0);
}

#endif /* _SLB_STATS_H */
