/* SPDX-License-Identifier: GPL-2.0-only */
/* Cache of flows from servers and balancers that have passed all chains lately. */
#ifndef _RLY_PASS_H
#define _RLY_PASS_H

#include <linux/jiffies.h>
#include <linux/types.h>
#include <net/dsfield.h>
#include <net/inet_dscp.h>
#include <net/ip6_fib.h>
#include <net/net_namespace.h>

struct rly_link;
struct rly_vip;

/* Size of the table of flows from servers that may take the fast path. */
#define RLY_REPLY_WAYS 4
#define RLY_REPLY_BUCKETS 32768u
/* A flow that was idle for longer counts as new, in seconds. */
#define RLY_REPLY_AGE 60
/* Number of runs, one per second, in which the table is searched for old entries. */
#define RLY_REPLY_SWEEPS 64

/* Size of the table of flows from balancers that may take the fast path. */
#define RLY_TRAIL_WAYS 4
#define RLY_TRAIL_BUCKETS 16384u

/**
 * struct rly_trail - a flow from a balancer that may take the fast path
 * @print: rly_trail_print() of the flow; 0 when the entry is free
 * @seq: sequence counter: odd while the entry is written
 * @seen: second of the last route lookup
 * @routes: rly_trail_routes() at that time
 * @hop: number of the route in struct rly_hops
 * @link: the link that the flow comes in by
 * @vip: its VIP, or NULL when it comes from a return address
 *
 * @link and @vip hold no reference. @print includes the generation of the configuration, which
 * changes before they are freed: a reader that finds the entry is in an RCU section that began
 * before.
 */
struct rly_trail {
	u64 print;
	u32 seq;
	u32 seen;
	u32 routes;
	u32 hop;
	struct rly_link *link;
	struct rly_vip *vip;
};

/**
 * struct rly_trail_at - result of a lookup
 * @trail: the entry, or NULL
 * @seq: its sequence counter before the lookup read it
 */
struct rly_trail_at {
	struct rly_trail *trail;
	u32 seq;
};

/**
 * struct rly_replies - fingerprints of flows, each with the second of its last packet
 * @rcu: frees it
 * @sweep: the part that rly_reply_sweep() searches next
 * @bucket: the low 16 bits of an entry are the time, the others the fingerprint; 0: free
 * @trail: flows from balancers
 *
 * 63-bit keyed fingerprint: 15 bits select the bucket, 48 are stored. Collisions are negligible.
 * Entries are written without a lock: when two CPUs write one, one update is lost, and its flow
 * takes the ordinary path once more.
 */
struct rly_replies {
	struct rcu_head rcu;
	u32 sweep;
	u64 bucket[RLY_REPLY_BUCKETS][RLY_REPLY_WAYS];
	struct rly_trail trail[RLY_TRAIL_BUCKETS][RLY_TRAIL_WAYS];
};

#define RLY_REPLY_TIME 0xffffull

static inline u16 rly_reply_now(void)
{
	return (u32)jiffies / HZ;
}

static inline bool rly_reply_same(u64 entry, u64 print)
{
	return entry && !((entry ^ print) & ~RLY_REPLY_TIME);
}

static inline bool rly_reply_old(u64 entry, u16 now)
{
	return (u16)(now - (u16)entry) > RLY_REPLY_AGE;
}

/* Update the time, unless another CPU has overwritten the entry. */
static inline void rly_reply_swap(u64 *entry, u64 from, u64 to)
{
	if (IS_ENABLED(CONFIG_64BIT))
		cmpxchg(entry, from, to);
	else if (READ_ONCE(*entry) == from)
		WRITE_ONCE(*entry, to);
}

/**
 * rly_reply_print() - fingerprint of a flow over two devices
 * @hash: its flow hash
 * @iif: index of the device that it comes in by
 * @oif: index of the device that it goes out by
 * @gen: generation of the configuration: marks of an older one are void
 *
 * Return: the print; its low bits choose the bucket.
 */
static __always_inline u64 rly_reply_print(u64 hash, int iif, int oif, u32 gen)
{
	/* odd factors: no two device pairs change the bits in the same way */
	return hash ^ ((u64)(u32)iif * 0x9e3779b97f4a7c15ull +
		       ((u64)(u32)oif << 32 | gen) * 0xc2b2ae3d27d4eb4full);
}

/**
 * rly_reply_seen() - has the flow of a packet passed all chains lately?
 * @replies: table
 * @print: from rly_reply_print()
 *
 * Context: softirq, RCU.
 *
 * Return: true when it has.
 */
static __always_inline bool rly_reply_seen(struct rly_replies *replies, u64 print)
{
	u64 *bucket = replies->bucket[print & (RLY_REPLY_BUCKETS - 1)];
	u16 now = rly_reply_now();
	unsigned int i;

	for (i = 0; i < RLY_REPLY_WAYS; i++) {
		u64 entry = READ_ONCE(bucket[i]);

		if (!rly_reply_same(entry, print))
			continue;
		if (unlikely((u16)entry != now)) {
			if (rly_reply_old(entry, now))
				return false;
			rly_reply_swap(&bucket[i], entry, (print & ~RLY_REPLY_TIME) | now);
		}
		return true;
	}
	return false;
}

static inline u32 rly_trail_now(void)
{
	return (u32)(jiffies / HZ);
}

/**
 * rly_trail_routes() - generation of routes, rules, devices and IPsec policies
 * @net: namespace
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6, a constant
 *
 * The kernel does not change the generation of IPv6 when a route is deleted, so the number of
 * deleted routes is added.
 *
 * Context: RCU; for IPv6, a packet of this family has passed the stack before.
 *
 * Return: a number that changes with each of these.
 */
static __always_inline u32 rly_trail_routes(const struct net *net, u8 family)
{
	if (family == NFPROTO_IPV4)
		return rt_genid_ipv4(net);
	return rt_genid_ipv6(net) + READ_ONCE(net->ipv6.rt6_stats->fib_discarded_routes);
}

/**
 * rly_trail_print() - fingerprint of a flow from a balancer
 * @hash: its flow hash
 * @iif: index of the device that it comes in by
 * @mark: mark of its packets
 * @l3: the IP header of a packet of it
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6, a constant
 * @gen: generation of the configuration
 *
 * Covers everything that a route lookup depends on, except the flow label.
 *
 * Return: 64 bits, never 0; the low bits select the bucket.
 */
static __always_inline u64 rly_trail_print(u64 hash, int iif, u32 mark, const void *l3, u8 family,
					   u32 gen)
{
	u8 dscp = family == NFPROTO_IPV4 ? ipv4_get_dsfield(l3) : ipv6_get_dsfield(l3);
	u64 print = rly_reply_print(hash, iif, dscp & INET_DSCP_MASK, gen);

	return (print ^ (u64)mark * 0xd6e8feb86659fd93ull) | 1ull << 63;
}

/**
 * rly_trail_find() - look up a flow from a balancer
 * @replies: table
 * @print: from rly_trail_print()
 *
 * Values read from the entry are valid if rly_trail_still() is true afterwards. Context: softirq,
 * RCU.
 *
 * Return: the entry, or one with @trail NULL.
 */
static __always_inline struct rly_trail_at rly_trail_find(struct rly_replies *replies, u64 print)
{
	struct rly_trail *trail = replies->trail[print & (RLY_TRAIL_BUCKETS - 1)];
	unsigned int i;
	u32 seq;

	for (i = 0; i < RLY_TRAIL_WAYS; i++, trail++) {
		/* pairs with rly_trail_write_end() */
		seq = smp_load_acquire(&trail->seq);
		if (likely(READ_ONCE(trail->print) == print))
			return (struct rly_trail_at){ .trail = trail, .seq = seq };
	}
	return (struct rly_trail_at){};
}

/* Is the entry unchanged since the lookup? */
static __always_inline bool rly_trail_still(const struct rly_trail_at *at)
{
	/* pairs with rly_trail_write_begin() */
	smp_rmb();
	return likely(!(at->seq & 1) && READ_ONCE(at->trail->seq) == at->seq);
}

struct rly_replies *rly_reply_create(void);
void rly_trail_note(struct rly_replies *replies, u64 print, const struct rly_trail *what);
void rly_trail_forget(struct rly_replies *replies, u64 print);
void rly_reply_note(struct rly_replies *replies, u64 print, bool has);
void rly_reply_sweep(struct rly_replies *replies);

#endif /* _RLY_PASS_H */
