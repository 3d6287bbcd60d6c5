/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether a target is up or down, from the results of its checks. */
#ifndef HEALTHD_STATE_H
#define HEALTHD_STATE_H

#include <stdbool.h>
#include <stdint.h>

/* The values are those of enum slb_health. */
enum hd_health {
	HD_UNKNOWN,
	HD_UP,
	HD_DOWN,
};

/**
 * enum hd_result - What a check has found.
 * @HD_NOTHING: It cannot say; the target stays what it was.
 * @HD_GOOD: The target works.
 * @HD_BAD: It fails.
 */
enum hd_result {
	HD_NOTHING,
	HD_GOOD,
	HD_BAD,
};

/**
 * struct hd_state - The state of a target.
 * @health: Up or down, or unknown until enough results agree.
 * @streak: Number of latest results that are all good or all bad, and disagree with @health.
 * @last: The latest result that said something.
 */
struct hd_state {
	enum hd_health health;
	enum hd_result last;
	uint32_t streak;
};

void hd_state_init(struct hd_state *state, enum hd_health health);
bool hd_state_result(struct hd_state *state, enum hd_result result, uint32_t rise, uint32_t fall);
bool hd_state_changing(const struct hd_state *state);

#endif
