/* SPDX-License-Identifier: GPL-2.0-only */
/* Weighted rendezvous hashing: assign a slot to one of several named members. */
#ifndef _SLB_HRW_H
#define _SLB_HRW_H

#ifdef __KERNEL__
#include <linux/bitops.h>
#include <linux/math64.h>
#include <linux/siphash.h>
#include <linux/string.h>
#include <linux/types.h>
#endif

/*
 * Each member draws a number for the slot from a keyed hash of its name and the slot; as u in
 * (0, 1], -log2(u) / weight is exponentially distributed, and the member with the smallest value
 * gets the slot. So members get slots in proportion to their weights. When a member is added,
 * removed or reweighted, only the slots that it gains or loses move. The order of members does not
 * matter.
 */

/* Largest value of slb_hrw_neglog2(). */
#define SLB_HRW_LOG_MAX (32u << 24)

/**
 * slb_hrw_neglog2() - the negative binary logarithm of (@h + 1) / 2^32
 * @h: any number
 *
 * By repeated squaring, one bit at a time. Decreases monotonically with @h.
 *
 * Return: in units of 2^-24.
 */
static inline u32 slb_hrw_neglog2(u32 h)
{
	u64 x = (u64)h + 1;
	int msb = fls64(x) - 1;
	u32 bit, log = (u32)msb << 24;

	/* fixed point number in [1, 2) with 31 fractional bits */
	x = msb > 31 ? x >> (msb - 31) : x << (31 - msb);
	for (bit = 1u << 23; bit; bit >>= 1) {
		x = x * x >> 31;
		if (x >> 32) {
			x >>= 1;
			log |= bit;
		}
	}
	return SLB_HRW_LOG_MAX - log;
}

/**
 * slb_hrw_name() - hash the name of a member
 * @name: its name
 * @key: secret, the same on all hosts that must agree
 *
 * Return: the hash, for slb_hrw_draw().
 */
static inline u64 slb_hrw_name(const char *name, const siphash_key_t *key)
{
	return siphash(name, strlen(name), key);
}

/**
 * slb_hrw_draw() - the number that a member draws for a slot
 * @name: slb_hrw_name() of the member
 * @slot: number of the slot
 * @key: as for slb_hrw_name()
 *
 * Return: the number.
 */
static inline u64 slb_hrw_draw(u64 name, u32 slot, const siphash_key_t *key)
{
	return siphash_2u64(name, slot, key);
}

static inline u64 slb_hrw_score(u64 draw, u32 weight)
{
	return div_u64((u64)slb_hrw_neglog2(draw >> 32) << 32, weight);
}

/**
 * slb_hrw_beats() - does member a get the slot rather than member b?
 * @draw_a: slb_hrw_draw() of a
 * @weight_a: weight of a, at least 1
 * @draw_b: slb_hrw_draw() of b
 * @weight_b: weight of b, at least 1
 *
 * Return: true when a gets it.
 */
static inline bool slb_hrw_beats(u64 draw_a, u32 weight_a, u64 draw_b, u32 weight_b)
{
	u64 a, b;

	/* equal weights: the larger draw wins, no logarithm is needed */
	if (weight_a == weight_b)
		return draw_a > draw_b;
	a = slb_hrw_score(draw_a, weight_a);
	b = slb_hrw_score(draw_b, weight_b);
	return a != b ? a < b : draw_a > draw_b;
}

#endif /* _SLB_HRW_H */
