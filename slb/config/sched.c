// SPDX-License-Identifier: GPL-2.0-only
/* The list of schedulers, and the search by weight that several of them use. */
#include <linux/string.h>

#include "config/sched.h"

#define SLB_SCHED_POINTER(name) (&slb_sched_##name)

static const struct slb_sched *const slb_scheds[] = { SLB_SCHEDS(SLB_SCHED_POINTER) };

/**
 * slb_sched_find() - find a scheduler
 * @name: name
 *
 * Return: the scheduler or NULL.
 */
const struct slb_sched *slb_sched_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(slb_scheds); i++)
		if (!strcmp(slb_scheds[i]->name, name))
			return slb_scheds[i];
	return NULL;
}

/**
 * slb_set_at() - find the server to which a point on the line of weights belongs
 * @set: set of servers, whose weights are laid end to end on a line
 * @point: below @set->total
 *
 * Return: the server's index in the set.
 */
u32 slb_set_at(const struct slb_set *set, u32 point)
{
	u32 lo = 0, hi = set->n;

	while (hi - lo > 1) {
		u32 mid = lo + (hi - lo) / 2;

		if (set->entry[mid].before <= point)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}
