// SPDX-License-Identifier: GPL-2.0-only
/* Sets of usable servers, as schedulers see them: built, published whole, searched by weight. */
#include <linux/slab.h>

#include "group.h"
#include "net.h"
#include "vip.h"

static const struct slb_sched *const slb_scheds[] = {
	&slb_sched_rr, &slb_sched_wrr, &slb_sched_lc, &slb_sched_wlc, &slb_sched_sh, &slb_sched_mh,
};

/**
 * slb_sched_find() - find a scheduler
 * @name: name
 *
 * Return: the scheduler or NULL.
 */
const struct slb_sched *slb_sched_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(slb_scheds); i++)
		if (!strcmp(slb_scheds[i]->name, name))
			return slb_scheds[i];
	return NULL;
}

/**
 * slb_set_at() - the server on whose stretch of the line of weights a point lies
 * @set: set of servers
 * @point: below @set->total
 *
 * Return: its place in the set.
 */
u32 slb_set_at(const struct slb_set *set, u32 point)
{
	u32 lo = 0, hi = set->n;

	while (hi - lo > 1) {
		u32 mid = lo + (hi - lo) / 2;

		if (set->entry[mid].before <= point)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

static void slb_set_destroy(struct slb_set *set)
{
	if (!set)
		return;
	if (set->sched->destroy)
		set->sched->destroy(set);
	kvfree(set);
}

static void slb_set_free_rcu(struct rcu_head *rcu)
{
	slb_set_destroy(container_of(rcu, struct slb_set, rcu));
}

static struct slb_set *slb_set_create(const struct slb_group *group, u8 family,
				      const siphash_key_t *key)
{
	struct slb_set *set = kvzalloc(struct_size(set, entry, group->n), GFP_KERNEL);
	u32 i;

	if (!set)
		return NULL;
	set->n = group->n;
	set->sched = group->sched;
	set->key = *key;
	for (set->n = 0, i = 0; i < group->n; i++) {
		struct slb_server *server = group->server[i];

		if (server->family != family || !server->weight)
			continue;
		set->n++;
		set->entry[set->n - 1].server = server;
		set->entry[set->n - 1].weight = server->weight;
		set->entry[set->n - 1].before = set->total;
		set->total += server->weight;
	}
	if (set->n && set->sched->build && set->sched->build(set, group->table_size)) {
		kvfree(set);
		return NULL;
	}
	return set;
}

static int slb_group_publish_key(struct slb_net *sn, struct slb_group *group,
				 const siphash_key_t *key)
{
	struct slb_set *set[2], *old[2];
	bool turned = false;
	int i;

	set[0] = slb_set_create(group, NFPROTO_IPV4, key);
	set[1] = slb_set_create(group, NFPROTO_IPV6, key);
	if (!set[0] || !set[1]) {
		slb_set_destroy(set[0]);
		slb_set_destroy(set[1]);
		return -ENOMEM;
	}
	for (i = 0; i < 2; i++) {
		old[i] = slb_dereference(sn, group->set[i]);
		if (old[i])	/* go on with the round where it was */
			atomic64_set(&set[i]->turn, atomic64_read(&old[i]->turn));
		turned |= !set[i]->n != !(old[i] && old[i]->n);
		rcu_assign_pointer(group->set[i], set[i]);
		if (old[i])
			call_rcu(&old[i]->rcu, slb_set_free_rcu);
	}
	if (turned)
		slb_vaddr_refresh(sn);
	return 0;
}

/**
 * slb_group_publish() - let new sessions see the servers of a group as they are now
 * @sn: namespace, lock held
 * @group: group
 *
 * Return: 0, or -ENOMEM with nothing changed.
 */
int slb_group_publish(struct slb_net *sn, struct slb_group *group)
{
	return slb_group_publish_key(sn, group, &sn->settings.hash_key);
}

/**
 * slb_group_rekey() - give the hashing schedulers another key
 * @sn: namespace, lock held
 * @key: new key
 *
 * Return: 0, or -ENOMEM with every group under the key that it had.
 */
int slb_group_rekey(struct slb_net *sn, const siphash_key_t *key)
{
	struct slb_group *group;
	unsigned long id, failed;
	int err = 0;

	xa_for_each(&sn->group_ids, id, group) {
		err = slb_group_publish_key(sn, group, key);
		if (err)
			break;
	}
	if (!err)
		return 0;
	failed = id;
	xa_for_each(&sn->group_ids, id, group) {
		if (id >= failed)
			break;
		slb_group_publish(sn, group);
	}
	return err;
}

/**
 * slb_group_usable() - number of servers that take new sessions
 * @sn: namespace, lock held
 * @group: group
 *
 * Return: their number, of both families.
 */
u32 slb_group_usable(struct slb_net *sn, const struct slb_group *group)
{
	return slb_dereference(sn, group->set[0])->n + slb_dereference(sn, group->set[1])->n;
}
