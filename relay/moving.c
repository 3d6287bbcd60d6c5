// SPDX-License-Identifier: GPL-2.0-only
/* What is to be known of slots that change hands from one set to the next. */
#include <linux/jiffies.h>
#include <linux/mm.h>

#include "moving.h"
#include "net.h"

/* In which terms do both sets speak of the same slot? */
static bool rly_moving_comparable(const struct rly_set *new, const struct rly_set *old,
				  unsigned int af)
{
	return old && old->known[af] && new->known[af] &&
	       !memcmp(&old->key, &new->key, sizeof(new->key));
}

static u16 rly_moving_now(const u16 *now, u16 was)
{
	return was == RLY_NOBODY ? RLY_NOBODY : now[was];
}

/*
 * A slot that moves again before the time is over has its first home still: what began at its
 * second one is known flow by flow. Return: does the slot move?
 */
static bool rly_moving_slot(struct rly_moving *moving, const struct rly_set *new,
			    const struct rly_set *old, const u16 *now, unsigned int af, u32 slot)
{
	u16 last = rly_moving_now(now, old->slot[af][slot]);
	bool moves = last != RLY_NOBODY && last != new->slot[af][slot];
	unsigned int kind;

	for (kind = 0; kind < RLY_KINDS; kind++) {
		u16 home = RLY_NOBODY;

		if (old->moving && !rly_moving_over(old->moving, kind))
			home = rly_moving_now(now, old->moving->home[kind][af][slot]);
		if (moves && home == RLY_NOBODY)
			home = last;
		moving->home[kind][af][slot] = home;
	}
	if (moves || (old->moving && test_bit(slot, old->moving->track[af])))
		__set_bit(slot, moving->track[af]);
	return moves;
}

/* Return: does any slot move? */
static bool rly_moving_fill(struct rly_moving *moving, const struct rly_set *new,
			    const struct rly_set *old, unsigned int af)
{
	u16 now[SLB_RELAY_BALANCER_MAX];
	bool moves = false;
	u32 slot;

	if (!rly_moving_comparable(new, old, af))
		return false;
	rly_set_translate(new, old, now);
	for (slot = 0; slot < RLY_SLOTS; slot++)
		moves |= rly_moving_slot(moving, new, old, now, af, slot);
	return moves;
}

/* Is there anything to note? The cheap answer, before any memory is taken. */
static bool rly_moving_needed(const struct rly_set *new, const struct rly_set *old)
{
	unsigned int af;

	if (old && old->moving)
		return true;
	for (af = 0; af < 2; af++) {
		u16 now[SLB_RELAY_BALANCER_MAX];
		u32 slot;

		if (!rly_moving_comparable(new, old, af))
			continue;
		rly_set_translate(new, old, now);
		for (slot = 0; slot < RLY_SLOTS; slot++) {
			u16 last = rly_moving_now(now, old->slot[af][slot]);

			if (last != RLY_NOBODY && last != new->slot[af][slot])
				return true;
		}
	}
	return false;
}

/* Flows seen by now; and those of the last move, which may have been silent since. */
static void rly_moving_collect(struct rly_net *rn, struct rly_moving *moving,
			       const struct rly_set *old)
{
	const struct rly_seen *seen;
	unsigned int i;
	size_t word;

	for (i = 0; i < ARRAY_SIZE(rn->seen); i++) {
		seen = rly_dereference(rn, rn->seen[i]);
		for (word = 0; seen && word < BITS_TO_LONGS(RLY_SEEN_SIZE); word++)
			moving->seen[word] |= READ_ONCE(seen->bits[word]);
	}
	if (!old->moving || rly_moving_over(old->moving, RLY_WITHOUT_BEGINNING))
		return;
	for (word = 0; word < BITS_TO_LONGS(RLY_SEEN_SIZE); word++)
		moving->seen[word] |= old->moving->seen[word];
}

/**
 * rly_moving_build() - note which slots change hands
 * @rn: namespace; its lock is held
 * @new: set that is to be published; gets what is noted
 * @old: the one before, or NULL
 *
 * Nothing is noted while no flow may be remembered: then the hash alone counts. Nor when the key of the hash changes: then flows are other slots', and all go new
 * ways.
 *
 * Return: 0 or -ENOMEM.
 */
int rly_moving_build(struct rly_net *rn, struct rly_set *new, const struct rly_set *old)
{
	struct rly_moving *moving;
	bool moves;

	if (!READ_ONCE(rn->flow_limit) || !rly_moving_needed(new, old))
		return 0;
	moving = kvzalloc(sizeof(*moving), GFP_KERNEL);
	if (!moving)
		return -ENOMEM;
	moves = rly_moving_fill(moving, new, old, 0);
	moves |= rly_moving_fill(moving, new, old, 1);
	if (moves) {
		moving->since = jiffies;
		rly_moving_collect(rn, moving, old);
	} else {
		moving->since = old->moving->since;
		memcpy(moving->seen, old->moving->seen, sizeof(moving->seen));
	}
	new->moving = moving;
	return 0;
}
