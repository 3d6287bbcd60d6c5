// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does this balancer lack sessions? After a start, relays do not use it until it has them back
 * from the peers that keep copies of them, or until the kernel waits no longer.
 */
#include "peer.h"

#include "say.h"

#define PERIOD		200	/* milliseconds between questions */
#define PATIENCE	3000	/* for peers that are not connected yet, milliseconds */

bool sy_behind;

static uint64_t since, asked_at;

static void begin(void)
{
	size_t i;

	sy_behind = true;
	since = dm_now();
	dm_say(LOG_NOTICE, "this balancer lacks sessions: waiting for those of its peers");
	for (i = 0; i < sy_peer_count; i++)
		if (sy_peers[i]->greeted && sy_peers[i]->taken && sy_peer_is_heir(sy_peers[i]))
			sy_take_want(sy_peers[i]);
}

/* Return: number of heirs whose sessions are complete, 0 while others may follow. */
static size_t complete(void)
{
	bool patient = dm_now() - since < PATIENCE;
	size_t i, count = 0;

	for (i = 0; i < sy_peer_count; i++) {
		const struct sy_peer *peer = sy_peers[i];

		if (!peer->greeted && !peer->refused && patient)
			return 0;
		if (!peer->greeted || !sy_peer_is_heir(peer))
			continue;
		if (!peer->taken)
			return 0;
		count++;
	}
	return count;
}

/**
 * sy_behind_check() - Ask the kernel whether it lacks sessions, and say when it does not any more.
 */
void sy_behind_check(void)
{
	struct sy_records present;
	size_t heirs;

	if (!sy_self.loaded || !sy_self.wait || dm_now() - asked_at < PERIOD)
		return;
	asked_at = dm_now();
	if (sy_kernel_changes(NULL, &present))
		return;
	if (!present.behind)
		sy_behind = false;
	else if (!sy_behind)
		begin();
	/* while no link works, peers go on serving sessions of this balancer, and tell it */
	heirs = sy_behind && sy_self.up ? complete() : 0;
	if (!heirs || sy_kernel_caught_up())
		return;
	sy_behind = false;
	dm_say(LOG_NOTICE, "the sessions of %zu peers are there, after %llu ms", heirs,
	       (unsigned long long)(dm_now() - since));
}
