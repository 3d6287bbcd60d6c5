// SPDX-License-Identifier: GPL-2.0-only
/* Groups of servers, by name. */
#include <linux/slab.h>

#include "group.h"
#include "net.h"

static const struct rhashtable_params slb_group_params = {
	.head_offset = offsetof(struct slb_group, node),
	.key_offset = offsetof(struct slb_group, name),
	.key_len = SLB_NAME_LEN + 1,
	.automatic_shrinking = true,
};

/**
 * slb_group_table_init() - a namespace begins without groups
 * @sn: namespace
 *
 * Return: 0 or -ENOMEM.
 */
int slb_group_table_init(struct slb_net *sn)
{
	xa_init_flags(&sn->group_ids, XA_FLAGS_ALLOC1);
	return rhashtable_init(&sn->groups, &slb_group_params);
}

static void slb_group_free_rcu(struct rcu_head *rcu)
{
	struct slb_group *group = container_of(rcu, struct slb_group, rcu);
	unsigned int i;

	for (i = 0; i < 2; i++) {
		struct slb_set *set = rcu_dereference_raw(group->set[i]);

		if (set && set->sched->destroy)
			set->sched->destroy(set);
		kvfree(set);
	}
	kfree(group->server);
	kfree(group);
}

static void slb_group_table_free(void *ptr, void *arg)
{
	struct slb_group *group = ptr;
	u32 i;

	for (i = 0; i < group->n; i++)
		slb_server_put(group->server[i]);
	slb_group_free_rcu(&group->rcu);
}

/**
 * slb_group_table_exit() - free all groups at the end of the namespace
 * @sn: namespace
 *
 * No session and no VIP is left, nobody looks any more.
 */
void slb_group_table_exit(struct slb_net *sn)
{
	rhashtable_free_and_destroy(&sn->groups, slb_group_table_free, NULL);
	xa_destroy(&sn->group_ids);
}

/**
 * slb_group_find() - find a group
 * @sn: namespace, lock held
 * @name: name
 *
 * Return: the group or NULL.
 */
struct slb_group *slb_group_find(struct slb_net *sn, const char *name)
{
	char key[SLB_NAME_LEN + 1] = {};

	strscpy(key, name, sizeof(key));
	return rhashtable_lookup_fast(&sn->groups, key, slb_group_params);
}

/**
 * slb_group_add() - add a group without servers
 * @sn: namespace, lock held
 * @name: name, not in use
 * @sched: scheduler
 * @table_size: slots of mh's table, a prime
 *
 * Return: 0 or -ENOMEM with nothing changed.
 */
int slb_group_add(struct slb_net *sn, const char *name, const struct slb_sched *sched,
		  u32 table_size)
{
	struct slb_group *group = kzalloc(sizeof(*group), GFP_KERNEL);
	int err;

	if (!group)
		return -ENOMEM;
	strscpy(group->name, name, sizeof(group->name));
	group->sched = sched;
	group->table_size = table_size;
	err = slb_group_publish(sn, group);
	if (err)
		goto free;
	err = xa_alloc(&sn->group_ids, &group->id, group, xa_limit_31b, GFP_KERNEL);
	if (err)
		goto free;
	err = rhashtable_insert_fast(&sn->groups, &group->node, slb_group_params);
	if (err)
		goto erase;
	sn->n_groups++;
	return 0;
erase:
	xa_erase(&sn->group_ids, group->id);
free:
	slb_group_free_rcu(&group->rcu);
	return err;
}

/**
 * slb_group_set() - change the scheduler of a group
 * @sn: namespace, lock held
 * @group: group
 * @sched: scheduler
 * @table_size: slots of mh's table, a prime
 *
 * Return: 0 or -ENOMEM with nothing changed. Sessions stay where they are.
 */
int slb_group_set(struct slb_net *sn, struct slb_group *group, const struct slb_sched *sched,
		  u32 table_size)
{
	const struct slb_sched *old_sched = group->sched;
	u32 old_size = group->table_size;
	int err;

	group->sched = sched;
	group->table_size = table_size;
	err = slb_group_publish(sn, group);
	if (err) {
		group->sched = old_sched;
		group->table_size = old_size;
	}
	return err;
}

/**
 * slb_group_del() - delete a group
 * @sn: namespace, lock held
 * @group: group without servers that no VIP uses
 */
void slb_group_del(struct slb_net *sn, struct slb_group *group)
{
	rhashtable_remove_fast(&sn->groups, &group->node, slb_group_params);
	xa_erase(&sn->group_ids, group->id);
	sn->n_groups--;
	/* a packet may have found it by a VIP that was moved to another group, and reads its set */
	call_rcu(&group->rcu, slb_group_free_rcu);
}
