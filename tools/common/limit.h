/* SPDX-License-Identifier: GPL-2.0-only */
/* Limits how often the log gets lines of one kind. */
#ifndef COMMON_LIMIT_H
#define COMMON_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct dm_limit - Lines of one kind in the current minute.
 * @since: When the minute began, in milliseconds of dm_now().
 * @count: How many there were, with those that were left out.
 */
struct dm_limit {
	uint64_t since;
	unsigned int count;
};

bool dm_limit_pass(struct dm_limit *limit);

#endif
