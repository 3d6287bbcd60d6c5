// SPDX-License-Identifier: GPL-2.0-only
/* Limits how often the log gets lines of one kind. */
#include "limit.h"

#include "loop.h"
#include "say.h"

#define LINES_MAX	10	/* a minute */
#define PERIOD		60000	/* milliseconds */

/**
 * dm_limit_pass() - May a line be written?
 * @limit: Lines of its kind.
 *
 * Return: Whether it may. How many were left out is written before the first line that may.
 */
bool dm_limit_pass(struct dm_limit *limit)
{
	if (dm_now() - limit->since >= PERIOD) {
		if (limit->count > LINES_MAX)
			dm_say(LOG_WARNING, "%u more lines like the next one were left out",
			       limit->count - LINES_MAX);
		limit->since = dm_now();
		limit->count = 0;
	}
	return limit->count++ < LINES_MAX;
}
