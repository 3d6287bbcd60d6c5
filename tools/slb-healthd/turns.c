// SPDX-License-Identifier: GPL-2.0-only
/* When targets are checked: the links of a server take turns while all of them agree. */
#include <stdlib.h>
#include <sys/socket.h>

#include "target.h"

/**
 * enum pace - How often the targets of a ring are checked.
 * @TURNS: One of them each interval, in turn.
 * @EACH: Each of them each interval.
 * @FAST: Each of them each fast-interval.
 */
enum pace {
	TURNS,
	EACH,
	FAST,
};

/* Up to a tenth more or less, so that the checks of many balancers do not meet. */
static uint32_t jitter(uint32_t interval)
{
	uint32_t tenth = interval / 10;

	return interval - tenth + (tenth ? (uint32_t)random() % (2 * tenth + 1) : 0);
}

/* Checks over a link that is down say nothing about the server. */
static bool link_is_up(const struct hd_target *target)
{
	return !target->link || target->link->up[target->addr.family == AF_INET6];
}

static enum pace ring_pace(const struct hd_target *any)
{
	const struct hd_target *target = any, *first = NULL;
	enum pace pace = TURNS;

	do {
		if (!link_is_up(target) || target->unsaid)
			pace = EACH;
		else if (hd_state_changing(&target->state))
			return FAST;
		else if (!first)
			first = target;
		else if (target->state.health != first->state.health ||
			 target->share != first->share)
			pace = EACH;
		target = target->sibling;
	} while (target != any);
	return pace;
}

static void plan_after(struct hd_target *target, const struct hd_target *last, bool fast)
{
	const struct hd_check *check = target->check;
	uint32_t interval = fast ? check->fast_interval : check->interval;

	target->hurried = fast;
	hd_target_plan(target, last->started + jitter(interval));
}

/* Those that waited for their turn, or have time, are checked at once. */
static void all_planned(struct hd_target *target, bool fast)
{
	struct hd_target *other;

	plan_after(target, target,
		   (fast && link_is_up(target)) || hd_state_changing(&target->state));
	for (other = target->sibling; other != target; other = other->sibling)
		if (!other->timer.place || (fast && link_is_up(other) && !other->hurried))
			hd_target_look(other);
}

/* Which other target of the ring is planned first? Or NULL. @running: does one of them run? */
static struct hd_target *planned_first(const struct hd_target *target, bool *running)
{
	struct hd_target *other, *found = NULL;

	*running = false;
	for (other = target->sibling; other != target; other = other->sibling) {
		if (other->running)
			*running = true;
		else if (other->timer.place && (!found || other->timer.at < found->timer.at))
			found = other;
	}
	return found;
}

/* Only one target of the ring is planned from now on, unless one runs: that plans the next one. */
static void take_turns(struct hd_target *target)
{
	struct hd_target *other, *next;
	bool running;

	dm_timer_stop(&target->timer);
	next = planned_first(target, &running);
	for (other = target->sibling; other != target; other = other->sibling)
		if (!other->running && other != next)
			dm_timer_stop(&other->timer);
	if (!running && !next)
		plan_after(target->sibling, target, false);
}

/**
 * hd_turns_wait() - Do others wait for the end of a check, as it is the turn of its target?
 * @target: The target.
 *
 * Return: Whether one of them is not planned.
 */
bool hd_turns_wait(const struct hd_target *target)
{
	const struct hd_target *other;

	for (other = target->sibling; other != target; other = other->sibling)
		if (!other->running && !other->timer.place)
			return true;
	return false;
}

/**
 * hd_turns_late() - A check has no answer for a while: do not wait for its end.
 * @target: Its target.
 */
void hd_turns_late(struct hd_target *target)
{
	struct hd_target *other;

	for (other = target->sibling; other != target; other = other->sibling)
		if (!other->running && !other->timer.place)
			hd_target_look(other);
}

/**
 * hd_turns_next() - A check has ended: plan those that follow.
 * @target: Its target, with the result.
 */
void hd_turns_next(struct hd_target *target)
{
	enum pace pace = ring_pace(target);

	if (pace == TURNS)
		take_turns(target);
	else
		all_planned(target, pace == FAST);
}

/**
 * hd_turns_join() - Let a new target take turns with another one.
 * @target: The new one.
 * @other: One that differs by its link only, or NULL.
 */
void hd_turns_join(struct hd_target *target, struct hd_target *other)
{
	target->sibling = other ? other->sibling : target;
	if (other)
		other->sibling = target;
}

/**
 * hd_turns_leave() - A target ends: another one takes its turn.
 * @target: The target; its timer can still be set.
 */
void hd_turns_leave(struct hd_target *target)
{
	struct hd_target *next = target->sibling, *before = next;
	bool running;

	if (next == target)
		return;
	if (!planned_first(target, &running) && !running)
		hd_target_plan(next, target->running ? dm_now() : target->timer.at);
	while (before->sibling != target)
		before = before->sibling;
	before->sibling = next;
	target->sibling = target;
}
