/* SPDX-License-Identifier: GPL-2.0-only */
/* Counts objects by some of their attributes, in memory for each different value only. */
#ifndef SLBCTL_COUNT_H
#define SLBCTL_COUNT_H

#include "out.h"

/**
 * struct ctl_tally - Counts of objects.
 * @by: What to count by, or NULL to count all together.
 * @total: All objects.
 * @object: Kind of object.
 * @slot: Hash table: places of the values in @arena, counted from 1; 0 is empty.
 * @slots: Size of @slot, a power of 2.
 * @bins: Number of different values.
 * @arena: The values and their counts, in words of 32 bits.
 * @used: Words in use.
 * @room: Words of @arena.
 * @failed: There was no memory.
 */
struct ctl_tally {
	const struct ctl_key *by;
	uint64_t total;
	const struct ctl_object *object;
	uint32_t *slot;
	size_t slots;
	size_t bins;
	uint32_t *arena;
	size_t used;
	size_t room;
	bool failed;
};

void ctl_tally_add(struct ctl_tally *tally, const struct ctl_record *record);
void ctl_tally_free(struct ctl_tally *tally);
int ctl_tally_put(struct ctl_tally *tally, uint32_t limit);

#endif
