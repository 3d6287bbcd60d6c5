/* SPDX-License-Identifier: GPL-2.0-only */
/* Ranges of local addresses. */
#ifndef SYNCD_RANGE_H
#define SYNCD_RANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/slb_sync.h>

#define SY_RANGES_MAX	16	/* IPv4 and IPv6 of each of 8 links */

/**
 * struct sy_ranges - Ranges of addresses.
 * @count: Number of @range.
 * @range: The ranges.
 */
struct sy_ranges {
	size_t count;
	struct slb_sync_range range[SY_RANGES_MAX];
};

bool sy_range_valid(const struct slb_sync_range *range);
bool sy_ranges_have(const struct sy_ranges *ranges, uint8_t family, const void *addr);
bool sy_ranges_meet(const struct sy_ranges *one, const struct sy_ranges *other);
bool sy_ranges_equal(const struct sy_ranges *one, const struct sy_ranges *other);
bool sy_range_covered(const struct slb_sync_range *range, const struct sy_ranges *const *by,
		      size_t count);
const char *sy_range_text(const struct slb_sync_range *range, char *text, size_t len);

#endif
