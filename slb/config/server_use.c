// SPDX-License-Identifier: GPL-2.0-only
/* Which servers of a group take new sessions: state, health, tiers and slow start. */
#include <linux/math64.h>

#include "config/server_use.h"

/* Does the operator want the server to take new sessions? */
static bool slb_use_wanted(const struct slb_server *server)
{
	return server->conf.weight && server->conf.state == SLB_SERVER_STATE_UP;
}

/* Do the checks let it take new sessions? */
static bool slb_use_sound(const struct slb_server *server)
{
	return server->health.state != SLB_HEALTH_DOWN && server->health.cut < 100;
}

/* Would it take new sessions if its tier were active and enough others were healthy? */
static bool slb_use_able(const struct slb_server *server, const struct slb_use *use)
{
	return slb_use_wanted(server) && (!use->trust || slb_use_sound(server));
}

/* How many of @all are meant? A share is rounded up. */
static u32 slb_share_of(const struct slb_share *share, u32 all)
{
	return share->percent ? DIV_ROUND_UP(all * share->n, 100) : share->n;
}

/* Are enough servers healthy? */
static void slb_use_judge_health(const struct slb_group *group, u32 n, u8 family,
				 struct slb_use *use)
{
	u32 i, wanted = 0;

	for (i = 0; i < n; i++) {
		const struct slb_server *server = group->server[i];

		if (server->family != family || !slb_use_wanted(server))
			continue;
		wanted++;
		use->healthy += server->health.state != SLB_HEALTH_DOWN;
	}
	if (use->healthy >= slb_share_of(&group->conf.min_healthy, wanted))
		return;
	use->trust = group->conf.when_none == SLB_WHEN_NONE_REFUSE;
	use->refuse = use->trust;
}

/* The highest tier that is needed: each lower one has servers, but too few that are usable. */
static void slb_use_judge_tier(const struct slb_group *group, u32 n, u8 family,
			       struct slb_use *use)
{
	u32 all[SLB_SERVER_TIER_MAX + 1] = {}, able[SLB_SERVER_TIER_MAX + 1] = {};
	u32 i, tier, least;

	for (i = 0; i < n; i++) {
		const struct slb_server *server = group->server[i];

		if (server->family != family)
			continue;
		all[server->conf.tier]++;
		able[server->conf.tier] += slb_use_able(server, use);
	}
	for (tier = 0; tier <= SLB_SERVER_TIER_MAX; tier++) {
		if (able[tier])
			use->tier = tier;
		least = slb_share_of(&group->conf.tier_min, all[tier]);
		if (able[tier] && able[tier] >= least)
			break;
	}
}

/**
 * slb_use_ramps() - is a server in its slow start, or about to begin it?
 * @group: its group, lock held
 * @server: server that serves
 *
 * It begins when slb_use_update() follows: that can no longer fail.
 *
 * Return: true while its weight grows.
 */
bool slb_use_ramps(const struct slb_group *group, const struct slb_server *server)
{
	if (!group->conf.slow_start)
		return false;
	return server->drained ||
	       (server->ramp && time_before(jiffies, server->ramp + group->conf.slow_start * HZ));
}

/* How long has the slow start of a server lasted, in jiffies? */
static unsigned long slb_use_age(const struct slb_server *server)
{
	return server->drained ? 0 : jiffies - server->ramp;
}

/**
 * slb_use_serves() - does a server take new sessions?
 * @server: server
 * @use: from slb_use_judge()
 *
 * Return: true when it does.
 */
bool slb_use_serves(const struct slb_server *server, const struct slb_use *use)
{
	return !use->refuse && server->conf.tier <= use->tier && slb_use_able(server, use);
}

/* A slow start is no use when there is no other server that could take more. */
static void slb_use_judge_parts(const struct slb_group *group, u32 n, u8 family,
				struct slb_use *use)
{
	bool ramps = false;
	u32 i;

	use->even = true;
	for (i = 0; i < n; i++) {
		const struct slb_server *server = group->server[i];

		if (server->family != family || !slb_use_serves(server, use))
			continue;
		if (slb_use_ramps(group, server))
			ramps = true;
		else
			use->even = false;
		use->scaled |= use->trust && server->health.cut;
	}
	use->scaled |= ramps && !use->even;
	if (!group->conf.sched->ramped)
		use->scaled = false;
}

/**
 * slb_use_judge() - how are the servers of one family used?
 * @group: their group, lock held
 * @n: number of servers to look at, the first ones
 * @family: address family
 * @use: to be filled
 */
void slb_use_judge(const struct slb_group *group, u32 n, u8 family, struct slb_use *use)
{
	*use = (struct slb_use){ .trust = true };
	slb_use_judge_health(group, n, family, use);
	slb_use_judge_tier(group, n, family, use);
	slb_use_judge_parts(group, n, family, use);
}

/**
 * slb_use_healthy() - count the servers that could serve and that no check calls down
 * @group: group, lock held
 *
 * Return: their number, of both families.
 */
u32 slb_use_healthy(const struct slb_group *group)
{
	u32 i, n = 0;

	for (i = 0; i < group->n; i++)
		n += slb_use_wanted(group->server[i]) &&
		     group->server[i]->health.state != SLB_HEALTH_DOWN;
	return n;
}

/**
 * slb_use_part() - the part of its weight that new sessions see of a server
 * @group: its group, lock held
 * @server: server that serves
 * @use: from slb_use_judge()
 *
 * Return: the part, in thousandths of the weight: 1 to SLB_USE_WHOLE.
 */
u32 slb_use_part(const struct slb_group *group, const struct slb_server *server,
		 const struct slb_use *use)
{
	u32 part = SLB_USE_WHOLE;

	if (!use->scaled)
		return part;
	if (use->trust)
		part = part * (100 - server->health.cut) / 100;
	if (!use->even && slb_use_ramps(group, server))
		part = div_u64((u64)part * slb_use_age(server), group->conf.slow_start * HZ);
	return max_t(u32, part, 1);
}

/* A server that takes new sessions again begins its slow start. */
static void slb_use_turn(struct slb_server *server, bool drained)
{
	if (server->drained == drained)
		return;
	server->ramp = drained ? 0 : slb_server_time();
	/* the event of the change itself shows that it has no session */
	server->told = drained && !atomic_read(&server->sessions);
	WRITE_ONCE(server->drained, drained);
}

/**
 * slb_use_update() - note which servers take no new sessions, whatever the others do
 * @group: their group, lock held; servers or their health have changed
 *
 * Servers of a tier that is not active are not drained: flows that they have stay as they are.
 */
void slb_use_update(struct slb_group *group)
{
	struct slb_use use[2];
	u32 i;

	slb_use_judge(group, group->n, NFPROTO_IPV4, &use[0]);
	slb_use_judge(group, group->n, NFPROTO_IPV6, &use[1]);
	for (i = 0; i < group->n; i++) {
		struct slb_server *server = group->server[i];

		slb_use_turn(server, !slb_use_able(server, &use[server->family == NFPROTO_IPV6]));
	}
}
