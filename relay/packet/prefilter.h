/* SPDX-License-Identifier: GPL-2.0-only */
/* Bloom filter of virtual addresses: a clear bit proves that an address is not one. */
#ifndef _RLY_FILTER_H
#define _RLY_FILTER_H

#include <linux/bitmap.h>
#include <linux/hash.h>
#include <slb/flow.h>

#define RLY_FILTER_ORDER 14
#define RLY_FILTER_SIZE (1u << RLY_FILTER_ORDER)

/* Number of bits for devices, a power of two. */
#define RLY_PREFILTER_DEVS 64

static __always_inline unsigned int rly_prefilter_dev(int ifindex)
{
	return ifindex & (RLY_PREFILTER_DEVS - 1);
}

/**
 * struct rly_filter - a bit for each hash of an address
 * @rcu: frees it
 * @bits: set when an address has that hash; read without a lock
 * @count: number of addresses by hash; stays at U16_MAX once there. Under the configuration lock.
 * @prefilter: the same by slb_prefilter_hash(); under the configuration lock
 * @prefilter_count: as @count, by slb_prefilter_hash(); under the configuration lock
 */
struct rly_filter {
	struct rcu_head rcu;
	DECLARE_BITMAP(bits, RLY_FILTER_SIZE);
	DECLARE_BITMAP(prefilter, SLB_PREFILTER_SIZE);
	u16 count[RLY_FILTER_SIZE];
	u16 prefilter_count[SLB_PREFILTER_SIZE];
};

/* For both families: unused words of an IPv4 address are zero. */
static inline u32 rly_addr_fold(const union nf_inet_addr *addr)
{
	return addr->all[0] ^ addr->all[1] ^ addr->all[2] ^ addr->all[3];
}

/* May the filter contain an address with this rly_addr_fold()? */
static inline bool rly_filter_may(const struct rly_filter *f, u32 fold)
{
	return test_bit(hash_32(fold, RLY_FILTER_ORDER), f->bits);
}

static inline bool rly_filter_hit(const struct rly_filter *f, const union nf_inet_addr *addr)
{
	return rly_filter_may(f, rly_addr_fold(addr));
}

static inline void rly_filter_up(unsigned long *bits, u16 *count, u32 h)
{
	if (count[h] < U16_MAX)
		count[h]++;
	set_bit(h, bits);
}

static inline void rly_filter_down(unsigned long *bits, u16 *count, u32 h)
{
	if (count[h] < U16_MAX && !--count[h])
		clear_bit(h, bits);
}

static inline void rly_filter_add(struct rly_filter *f, const union nf_inet_addr *addr, u8 family)
{
	rly_filter_up(f->bits, f->count, hash_32(rly_addr_fold(addr), RLY_FILTER_ORDER));
	rly_filter_up(f->prefilter, f->prefilter_count, slb_prefilter_hash(addr, family));
}

static inline void rly_filter_del(struct rly_filter *f, const union nf_inet_addr *addr, u8 family)
{
	rly_filter_down(f->bits, f->count, hash_32(rly_addr_fold(addr), RLY_FILTER_ORDER));
	rly_filter_down(f->prefilter, f->prefilter_count, slb_prefilter_hash(addr, family));
}

#endif /* _RLY_FILTER_H */
