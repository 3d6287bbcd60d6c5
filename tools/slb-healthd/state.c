// SPDX-License-Identifier: GPL-2.0-only
/* Whether a target is up or down: it changes when enough results in a row say so. */
#include "state.h"

/**
 * hd_state_init() - Begin with what is known of a target.
 * @state: The state.
 * @health: What it was said to be before.
 */
void hd_state_init(struct hd_state *state, enum hd_health health)
{
	state->health = health;
	state->last = HD_NOTHING;
	state->streak = 0;
}

/**
 * hd_state_result() - Take the result of a check.
 * @state: The state.
 * @result: The result.
 * @rise: Good results in a row that make a target up.
 * @fall: Bad results in a row that make it down.
 *
 * Return: Whether the health has changed.
 */
bool hd_state_result(struct hd_state *state, enum hd_result result, uint32_t rise, uint32_t fall)
{
	enum hd_health wanted = result == HD_GOOD ? HD_UP : HD_DOWN;

	if (result == HD_NOTHING)
		return false;
	if (result != state->last)
		state->streak = 0;
	state->last = result;
	if (wanted == state->health) {
		state->streak = 0;
		return false;
	}
	if (++state->streak < (result == HD_GOOD ? rise : fall))
		return false;
	state->health = wanted;
	state->streak = 0;
	return true;
}

/**
 * hd_state_changing() - Do the latest results disagree with the health?
 * @state: The state.
 *
 * Return: Whether it may change soon, so that it is worth looking more often.
 */
bool hd_state_changing(const struct hd_state *state)
{
	return state->streak || state->health == HD_UNKNOWN;
}
