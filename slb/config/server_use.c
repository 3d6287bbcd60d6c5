// SPDX-License-Identifier: GPL-2.0-only
/* Which servers of a group take new sessions, by state, health, tier and slow start. */
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

/**
 * slb_use_goes_on() - does the slow start of a server go on? If not, forget when it began
 * @group: its group, lock held, published
 * @server: server
 *
 * So a slow start that is configured later does not concern servers that are up, and jiffies that
 * wrap do not begin one.
 *
 * Return: true when its weight has to grow further.
 */
bool slb_use_goes_on(const struct slb_group *group, struct slb_server *server)
{
	if (server->drained)
		return false;
	if (slb_use_ramps(group, server))
		return true;
	server->ramp = 0;
	return false;
}

/* How long has the slow start of a server lasted, in jiffies? */
static unsigned long slb_use_age(const struct slb_server *server)
{
	return server->drained ? 0 : jiffies - server->ramp;
}

/**
 * struct slb_use_tier - the servers of a tier that the operator wants to serve
 * @all: servers, wanted or not
 * @wanted: those that are wanted
 * @sound: those of them that checks let serve
 * @slow: wanted ones in their slow start: [1] those that are sound
 * @cut: sound ones of whose weight checks withhold a part
 */
struct slb_use_tier {
	u32 all;
	u32 wanted;
	u32 sound;
	u32 slow[2];
	u32 cut;
};

/* Count the servers of a family. A single walk: each change of a large group takes it. */
static void slb_use_count(const struct slb_group *group, u32 n, u8 family, struct slb_use *use,
			  struct slb_use_tier *tiers)
{
	u32 i;

	for (i = 0; i < n; i++) {
		const struct slb_server *server = group->server[i];
		struct slb_use_tier *tier = &tiers[server->conf.tier];
		bool sound, slow;

		if (server->family != family)
			continue;
		tier->all++;
		if (!slb_use_wanted(server))
			continue;
		sound = slb_use_sound(server);
		slow = slb_use_ramps(group, server);
		use->wanted++;
		use->healthy += server->health.state != SLB_HEALTH_DOWN;
		tier->wanted++;
		tier->sound += sound;
		tier->slow[0] += slow;
		tier->slow[1] += slow && sound;
		tier->cut += sound && server->health.cut;
	}
}

/* Are enough servers healthy? */
static void slb_use_judge_health(const struct slb_group *group, struct slb_use *use)
{
	use->trust = true;
	if (use->healthy >= slb_share_of(&group->conf.min_healthy, use->wanted))
		return;
	use->trust = group->conf.when_none == SLB_WHEN_NONE_REFUSE;
	use->refuse = use->trust;
}

/*
 * The highest tier that is needed: each lower one has servers, but too few that are usable. A slow
 * start is of no use unless another server can take more.
 */
static void slb_use_judge_tiers(const struct slb_group *group, const struct slb_use_tier *tiers,
				struct slb_use *use)
{
	u32 i, able, serving = 0, slow = 0, cut = 0;

	for (i = 0; i <= SLB_SERVER_TIER_MAX; i++) {
		able = use->trust ? tiers[i].sound : tiers[i].wanted;
		if (able)
			use->tier = i;
		serving += able;
		slow += tiers[i].slow[use->trust];
		cut += use->trust ? tiers[i].cut : 0;
		if (able && able >= slb_share_of(&group->conf.tier_min, tiers[i].all))
			break;
	}
	use->even = slow == serving;
	/* there is nothing to scale when no server serves */
	use->scaled = group->conf.sched->ramped && !use->refuse && (cut || (slow && !use->even));
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
	struct slb_use_tier tiers[SLB_SERVER_TIER_MAX + 1] = {};

	*use = (struct slb_use){};
	slb_use_count(group, n, family, use, tiers);
	slb_use_judge_health(group, use);
	slb_use_judge_tiers(group, tiers, use);
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

/**
 * slb_use_spare() - would a server take new sessions if a tier that is not active were?
 * @server: server
 * @use: from slb_use_judge()
 * @tier: the tier
 *
 * Return: true when it would.
 */
bool slb_use_spare(const struct slb_server *server, const struct slb_use *use, u8 tier)
{
	return !use->refuse && server->conf.tier == tier && slb_use_able(server, use);
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
	/* the event about the change itself shows that the server has no session */
	server->reported = drained && !slb_server_count(server);
	WRITE_ONCE(server->drained, drained);
}

/**
 * slb_use_update() - note which servers take no new sessions, whatever the others do
 * @group: their group, lock held
 * @use: from slb_use_judge(), by family
 *
 * Servers of a tier that is not active are not drained: flows that they have stay as they are.
 */
void slb_use_update(const struct slb_group *group, const struct slb_use use[2])
{
	u32 i;

	for (i = 0; i < group->n; i++) {
		struct slb_server *server = group->server[i];

		slb_use_turn(server, !slb_use_able(server, &use[server->family == NFPROTO_IPV6]));
	}
}
