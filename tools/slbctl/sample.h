/* SPDX-License-Identifier: GPL-2.0-only */
/* Samples of the counters of all objects of a kind, and the difference of two of them. */
#ifndef SLBCTL_SAMPLE_H
#define SLBCTL_SAMPLE_H

#include <time.h>

#include "nl.h"
#include "out.h"

#define CTL_METERS_MAX	5	/* four directions, and new sessions */

/**
 * struct ctl_meter - What is counted in one direction.
 * @packets: Packets; or new sessions.
 * @bytes: Bytes.
 */
struct ctl_meter {
	uint64_t packets;
	uint64_t bytes;
};

/**
 * struct ctl_item - An object and its counters.
 * @key: The words that name it.
 * @json: The same as JSON; NULL without -j.
 * @state: Its state, or empty.
 * @current: Its sessions or flows now.
 * @order: Its place in the dump.
 * @meter: Its counters, in the order of ctl_meter_names().
 */
struct ctl_item {
	char *key;
	json_t *json;
	char state[24];
	uint64_t current;
	size_t order;
	struct ctl_meter meter[CTL_METERS_MAX];
};

/**
 * struct ctl_sample - The counters of all objects of a kind at one time.
 * @noun: Their noun.
 * @match: Only objects with the attributes of this request; NULL for all.
 * @item: The objects.
 * @count: Number of them.
 * @time: When they were read, by the monotonic clock.
 * @request: The last request, with its error.
 * @failed: There was no memory.
 */
struct ctl_sample {
	const struct ctl_noun *noun;
	const struct ctl_request *match;
	struct ctl_item *item;
	size_t count;
	struct timespec time;
	struct ctl_request request;
	bool failed;
};

size_t ctl_meter_names(const struct ctl_noun *noun, const char *names[CTL_METERS_MAX]);
int ctl_sample_take(struct ctl_sample *sample);
int ctl_sample_copy(const struct ctl_sample *from, struct ctl_sample *to);
double ctl_sample_diff(struct ctl_sample *now, struct ctl_sample *before);
void ctl_sample_free(struct ctl_sample *sample);

#endif
