// SPDX-License-Identifier: GPL-2.0-only
/* Snapshots of the usable servers of a group: built, and published as a whole. */
#include <linux/math64.h>
#include <linux/slab.h>
#include <slb/probe_key.h>

#include "config/choose.h"
#include "config/group.h"
#include "config/group_set.h"
#include "config/notify.h"
#include "config/server_use.h"
#include "config/vip.h"
#include "net.h"

/**
 * slb_set_destroy() - free a set, and those for what overflows from it
 * @set: set that no packet reads any more, or NULL
 */
void slb_set_destroy(struct slb_set *set)
{
	while (set) {
		struct slb_set *over = set->over;

		if (set->sched->destroy)
			set->sched->destroy(set);
		kvfree(set);
		set = over;
	}
}

static void slb_set_free_rcu(struct rcu_head *rcu)
{
	slb_set_destroy(container_of(rcu, struct slb_set, rcu));
}

/* Weights of a scaled set: as fine as its sum allows, with room for the products of schedulers. */
static u32 slb_set_scale(const struct slb_set *set)
{
	u32 i, total = 0;

	for (i = 0; i < set->n; i++)
		total += set->entry[i].weight;
	/* there is a server, and at most 4,096 weights of 65,535: neither is 0 */
	return min_t(u32, (1U << 31) / total, SLB_USE_WHOLE);
}

/* Scale the weights. A scheduler that uses weights stands in for one that does not. */
static void slb_set_scale_weights(const struct slb_group *group, struct slb_set *set,
				  const struct slb_use *use)
{
	u32 i, scale, part;

	set->sched = group->conf.sched->ramped;
	for (i = 0; group->conf.sched->even && i < set->n; i++)
		set->entry[i].weight = 1;
	scale = slb_set_scale(set);
	for (i = 0; i < set->n; i++) {
		part = slb_use_part(group, set->entry[i].server, use);
		set->entry[i].weight = max_t(u64, 1, div_u64((u64)set->entry[i].weight * scale *
							     part, SLB_USE_WHOLE));
	}
}

/* Choose the servers of the active tiers, or those of one @tier below them; and their weights. */
static void slb_set_fill(const struct slb_group *group, u32 n, u8 family,
			 const struct slb_use *use, u8 tier, struct slb_set *set)
{
	bool limited = false;
	u32 i;

	set->n = n;
	for (set->n = 0, i = 0; i < n; i++) {
		struct slb_server *server = group->server[i];

		if (server->family != family ||
		    !(tier > use->tier ? slb_use_spare(server, use, tier) :
					 slb_use_serves(server, use)))
			continue;
		limited |= !!server->conf.session_limit;
		set->n++;
		set->entry[set->n - 1].server = server;
		set->entry[set->n - 1].weight = server->conf.weight;
	}
	/* a tier for what overflows may have no server */
	if (use->scaled && set->n)
		slb_set_scale_weights(group, set, use);
	for (i = 0; i < set->n; i++) {
		set->entry[i].before = set->total;
		set->total += set->entry[i].weight;
	}
	set->limited = limited;
	set->pick = limited || set->persist.seconds || set->balance.factor ? slb_choose :
									     set->sched->pick;
}

static struct slb_set *slb_set_build(const struct slb_group *group, u32 n, u8 family,
				     const siphash_key_t *key, const struct slb_use *use, u8 tier)
{
	struct slb_set *set = kvzalloc(struct_size(set, entry, n), GFP_KERNEL);

	if (!set)
		return NULL;
	set->sched = group->conf.sched;
	set->turn = &group->turns->n[family == NFPROTO_IPV6];
	set->key = *key;
	/* not now: see slb_choose_in() */
	set->full = jiffies - 1;
	set->balance.factor = group->conf.balance_factor;
	set->balance.counted = jiffies - 1;
	set->by_source = group->conf.hash == SLB_GROUP_HASH_SOURCE;
	set->persist = (struct slb_set_persist){
		.sn = group->sn, .group = group->id, .seconds = group->conf.persist,
		.len = group->conf.prefix[family == NFPROTO_IPV6],
	};
	slb_set_fill(group, n, family, use, tier, set);
	if (set->n && set->sched->build && set->sched->build(set, group->conf.table_size)) {
		kvfree(set);
		return NULL;
	}
	return set;
}

/*
 * Sets of the tiers below the active ones, each for what overflows from those before. Only a server
 * with a limit can be full.
 */
static int slb_set_overflow(const struct slb_group *group, u32 n, u8 family,
			    const siphash_key_t *key, const struct slb_use *use,
			    struct slb_set *set)
{
	u8 tier;

	for (tier = use->tier + 1; tier <= SLB_SERVER_TIER_MAX && set->limited; tier++) {
		struct slb_set *over = slb_set_build(group, n, family, key, use, tier);

		if (!over)
			return -ENOMEM;
		if (!over->n) {
			slb_set_destroy(over);
			continue;
		}
		set->over = over;
		set = over;
	}
	return 0;
}

static struct slb_set *slb_set_create(const struct slb_group *group, u32 n, u8 family,
				      const siphash_key_t *key, struct slb_use *use)
{
	struct slb_set *set;

	slb_use_judge(group, n, family, use);
	set = slb_set_build(group, n, family, key, use, use->tier);
	if (!set || !group->conf.overflow ||
	    !slb_set_overflow(group, n, family, key, use, set))
		return set;
	slb_set_destroy(set);
	return NULL;
}

/* Free the sets that were built for a group and not published. */
static void slb_group_unprepare(struct slb_group *group)
{
	slb_set_destroy(group->next[0]);
	slb_set_destroy(group->next[1]);
	group->next[0] = NULL;
	group->next[1] = NULL;
}

/* Build the sets of the first @n servers of a group. Everything that can fail is done here. */
static int slb_group_prepare(struct slb_group *group, u32 n, const siphash_key_t *key)
{
	group->next[0] = slb_set_create(group, n, NFPROTO_IPV4, key, &group->use[0]);
	group->next[1] = slb_set_create(group, n, NFPROTO_IPV6, key, &group->use[1]);
	if (group->next[0] && group->next[1])
		return 0;
	slb_group_unprepare(group);
	return -ENOMEM;
}

/* The weight of a server as new sessions see it from now on. */
static void slb_group_note(const struct slb_group *group, struct slb_server *server)
{
	const struct slb_use *use = &group->use[server->family == NFPROTO_IPV6];

	server->effective = 0;
	if (slb_use_serves(server, use))
		server->effective = server->conf.weight * slb_use_part(group, server, use);
}

/* Note what the new sets mean for each server and the active tier, and if a slow start goes on. */
static void slb_group_learn(struct slb_net *sn, struct slb_group *group)
{
	u8 tier = max(group->use[0].tier, group->use[1].tier), was = group->tier;
	u32 i;

	slb_use_update(group, group->use);
	group->ramping = false;
	for (i = 0; i < group->n; i++) {
		slb_group_note(group, group->server[i]);
		group->ramping |= slb_use_goes_on(group, group->server[i]);
	}
	group->stepped = jiffies;
	group->tier = tier;
	if (tier != was)
		slb_notify_group_tier(sn, group);
}

/* Publish them. Virtual addresses learn whether a family has a usable server. */
static void slb_group_swap(struct slb_net *sn, struct slb_group *group)
{
	struct slb_set *old, *new;
	int i;

	sn->n_stale -= group->stale;
	group->stale = false;

	for (i = 0; i < 2; i++) {
		new = group->next[i];
		old = slb_dereference(sn, group->set[i]);
		rcu_assign_pointer(group->set[i], new);
		group->next[i] = NULL;
		if (!new->n != !(old && old->n))
			slb_vaddr_turn(sn, group, i ? NFPROTO_IPV6 : NFPROTO_IPV4, new->n ? 1 : -1);
		if (old)
			call_rcu(&old->rcu, slb_set_free_rcu);
	}
	slb_group_learn(sn, group);
}

/**
 * slb_group_publish() - publish the present servers of a group to new sessions
 * @sn: namespace, lock held
 * @group: group
 *
 * Return: 0, or -ENOMEM with nothing changed.
 */
int slb_group_publish(struct slb_net *sn, struct slb_group *group)
{
	int err = slb_group_prepare(group, group->n, &sn->settings.hash_key);

	if (err)
		return err;
	slb_group_swap(sn, group);
	return 0;
}

/* Publish all groups, each with at most its first @n servers. On failure publish none. */
static int slb_group_publish_all(struct slb_net *sn, const siphash_key_t *key, u32 n)
{
	struct slb_group *group;
	unsigned long id;
	int err = 0;

	xa_for_each(&sn->group_ids, id, group) {
		err = slb_group_prepare(group, min(n, group->n), key);
		if (err)
			break;
	}
	xa_for_each(&sn->group_ids, id, group) {
		if (err)
			slb_group_unprepare(group);
		else
			slb_group_swap(sn, group);
	}
	return err;
}

/**
 * slb_group_rekey() - change the key of the hashing schedulers
 * @sn: namespace, lock held
 * @key: new key
 *
 * Return: 0, or -ENOMEM and every group keeps its key.
 */
int slb_group_rekey(struct slb_net *sn, const siphash_key_t *key)
{
	return slb_group_publish_all(sn, key, U32_MAX);
}

/**
 * slb_group_tell_key() - set the digest of the hash key that probes carry
 * @sn: namespace, lock held; key or schedulers have changed
 *
 * Relays compare the digests of balancers. Probes carry none while no group uses the key.
 */
void slb_group_tell_key(struct slb_net *sn)
{
	slb_probe_key_set(&sn->probes, sn->n_keyed ? &sn->settings.hash_key : NULL);
}

/**
 * slb_group_drain() - publish empty sets: new sessions find no server in a group, or in any
 * @sn: namespace, lock held
 * @which: the group, or NULL for all
 *
 * Return: 0, or -ENOMEM with nothing changed.
 */
int slb_group_drain(struct slb_net *sn, struct slb_group *which)
{
	int err;

	if (!which)
		return slb_group_publish_all(sn, &sn->settings.hash_key, 0);
	err = slb_group_prepare(which, 0, &sn->settings.hash_key);
	if (!err)
		slb_group_swap(sn, which);
	return err;
}

/**
 * slb_group_usable() - count the servers that take new sessions
 * @sn: namespace, lock held
 * @group: group
 *
 * Return: their number, of both families.
 */
u32 slb_group_usable(struct slb_net *sn, const struct slb_group *group)
{
	if (!group->n)	/* without servers its sets may be stale */
		return 0;
	return slb_dereference(sn, group->set[0])->n + slb_dereference(sn, group->set[1])->n;
}
