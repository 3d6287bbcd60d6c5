// SPDX-License-Identifier: GPL-2.0-only
/* Scheduler p2c: of two servers drawn by weight, the one with fewer sessions by weight. */
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/percpu.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "config/group.h"
#include "config/sched.h"

/* An odd number near 2^64 divided by the golden ratio: its multiples are spread evenly. */
#define SLB_P2C_STEP 0x9e3779b97f4a7c15ULL

/* A random number plus the number of draws on this CPU, in steps. */
static DEFINE_PER_CPU(u64, slb_p2c_drawn);

/* CPUs begin at numbers that nobody outside knows. */
static void slb_p2c_seed(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		if (!per_cpu(slb_p2c_drawn, cpu))
			per_cpu(slb_p2c_drawn, cpu) = get_random_u64();
}

/*
 * Draw in O(1) (the alias method): each server has a slot of the same size. Its own part of it is
 * @before of its entry, in units of 2^-32 of a slot; the rest of the slot belongs to its alias in
 * @table, a server with more than a slot.
 *
 * Shares are kept in units of @total-th parts of a slot: entry i has weight * n of them, and a slot
 * has @total. @part holds what entries have left; @table first lists those with less than a slot
 * from its begin, and the others from its end.
 */
static void slb_p2c_fill(struct slb_set *set, u64 *part)
{
	u32 i, few = 0, many = set->n, n = set->n;
	u16 *list = set->table + n;

	for (i = 0; i < n; i++) {
		part[i] = (u64)set->entry[i].weight * n;
		if (part[i] < set->total)
			list[few++] = i;
		else
			list[--many] = i;
	}
	while (few && many < n) {
		u32 poor = list[--few], rich = list[many];

		set->entry[poor].before = div_u64(part[poor] << 32, set->total);
		set->table[poor] = rich;
		part[rich] -= set->total - part[poor];
		if (part[rich] < set->total) {
			many++;
			list[few++] = rich;
		}
	}
	/* each of the others has just its slot */
	for (; many < n; many++)
		set->table[list[many]] = list[many];
}

static int slb_p2c_build(struct slb_set *set, u32 table_size)
{
	u64 *part = kvmalloc_array(set->n, sizeof(*part), GFP_KERNEL);

	set->table = kvmalloc_array(set->n, 2 * sizeof(*set->table), GFP_KERNEL);
	if (!part || !set->table) {
		kvfree(set->table);
		kvfree(part);
		return -ENOMEM;
	}
	slb_p2c_fill(set, part);
	kvfree(part);
	slb_p2c_seed();
	return 0;
}

static void slb_p2c_destroy(struct slb_set *set)
{
	kvfree(set->table);
}

/* Spread the bits of a number (the finalizer of SplitMix64). */
static __always_inline u64 slb_p2c_mix(u64 x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
	return x ^ x >> 31;
}

/* The server of a random number. */
static __always_inline u32 slb_p2c_at(const struct slb_set *set, u64 random)
{
	u32 slot = reciprocal_scale(random >> 32, set->n);

	return (u32)random < set->entry[slot].before ? slot : set->table[slot];
}

/* Sessions of a server, the new one included; closed and refused ones do not count. */
static __always_inline u64 slb_p2c_load(const struct slb_server *server)
{
	u32 all = atomic_read(&server->sessions);

	return (u64)all - min_t(u32, atomic_read(&server->idle), all) + 1;
}

static struct slb_server *slb_p2c_pick(struct slb_set *set, const struct slb_tuple *flow)
{
	u64 drawn = this_cpu_add_return(slb_p2c_drawn, SLB_P2C_STEP);
	const struct slb_set_entry *a = &set->entry[slb_p2c_at(set, slb_p2c_mix(drawn))];
	const struct slb_set_entry *b = &set->entry[slb_p2c_at(set, slb_p2c_mix(~drawn))];

	/* two that are the same would be no choice */
	if (a == b && ++b == set->entry + set->n)
		b = set->entry;
	return slb_p2c_load(a->server) * b->weight <= slb_p2c_load(b->server) * a->weight ?
	       a->server : b->server;
}

const struct slb_sched slb_sched_p2c = {
	.name = "p2c",
	.counts = true,
	.ramped = &slb_sched_p2c,
	.build = slb_p2c_build,
	.destroy = slb_p2c_destroy,
	.pick = slb_p2c_pick,
};
