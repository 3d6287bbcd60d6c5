// SPDX-License-Identifier: GPL-2.0-only
/* Groups of servers, by name. */
#include <linux/slab.h>

#include "config/group.h"
#include "config/group_set.h"
#include "config/server.h"
#include "config/server_life.h"
#include "config/server_use.h"
#include "net.h"
#include "state/persist.h"
#include "state/purge.h"

static const struct rhashtable_params slb_group_params = {
	.head_offset = offsetof(struct slb_group_name, node),
	.key_offset = offsetof(struct slb_group_name, text),
	.key_len = SLB_NAME_LEN + 1,
	.automatic_shrinking = true,
};

/**
 * slb_group_name_put() - release a reference
 * @name: name of a group
 *
 * Context: any.
 */
void slb_group_name_put(struct slb_group_name *name)
{
	if (refcount_dec_and_test(&name->ref))
		kfree_rcu(name, rcu);
}

/* Enter a name of a group into the table. Return: the name, with one reference, or an ERR_PTR(). */
static struct slb_group_name *slb_group_name_add(struct slb_net *sn, struct slb_group *group,
						 const char *text)
{
	struct slb_group_name *name = kzalloc(sizeof(*name), GFP_KERNEL);
	int err;

	if (!name)
		return ERR_PTR(-ENOMEM);
	strscpy(name->text, text, sizeof(name->text));
	name->group = group;
	refcount_set(&name->ref, 1);
	err = rhashtable_insert_fast(&sn->groups, &name->node, slb_group_params);
	if (!err)
		return name;
	kfree(name);
	return ERR_PTR(err);
}

/* Take it out. Servers that are deleted may keep it. */
static void slb_group_name_del(struct slb_net *sn, struct slb_group_name *name)
{
	rhashtable_remove_fast(&sn->groups, &name->node, slb_group_params);
	slb_group_name_put(name);
}

/**
 * slb_group_table_init() - create the table of groups of a namespace
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

	for (i = 0; i < 2; i++)
		slb_set_destroy(rcu_dereference_raw(group->set[i]));
	free_percpu(group->turns);
	kfree(group->server);
	kfree(group);
}

static void slb_group_table_free(void *ptr, void *arg)
{
	struct slb_group_name *name = ptr;
	struct slb_group *group = name->group;
	u32 i;

	for (i = 0; i < group->n; i++)
		slb_server_free(group->server[i]);
	slb_group_name_put(name);
	slb_group_free_rcu(&group->rcu);
}

/**
 * slb_group_table_exit() - free all groups at the end of the namespace
 * @sn: namespace
 *
 * No session and no VIP is left, so no packet reads them.
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
	struct slb_group_name *found;

	strscpy(key, name, sizeof(key));
	found = rhashtable_lookup_fast(&sn->groups, key, slb_group_params);
	return found ? found->group : NULL;
}

/*
 * CPUs begin with different servers: when each of them has a few sessions to place, the first
 * servers of the group do not get more than others.
 */
static struct slb_turns __percpu *slb_turns_alloc(void)
{
	struct slb_turns __percpu *turns = alloc_percpu(struct slb_turns);
	unsigned int i = 0;
	int cpu;

	if (!turns)
		return NULL;
	for_each_possible_cpu(cpu) {
		per_cpu_ptr(turns, cpu)->n[0] = i;
		per_cpu_ptr(turns, cpu)->n[1] = i++;
	}
	return turns;
}

/* Does the choice of a server depend on the sessions of all? */
static bool slb_group_conf_counts(const struct slb_group_conf *conf)
{
	return conf->sched->counts || conf->balance_factor;
}

/**
 * slb_group_add() - add a group without servers
 * @sn: namespace, lock held
 * @name: name, not in use
 * @conf: what the operator wants, checked
 *
 * Return: 0 or -ENOMEM with nothing changed.
 */
int slb_group_add(struct slb_net *sn, const char *name, const struct slb_group_conf *conf)
{
	struct slb_group *group = kzalloc(sizeof(*group), GFP_KERNEL);
	int err = -ENOMEM;

	if (!group)
		return -ENOMEM;
	group->turns = slb_turns_alloc();
	if (!group->turns)
		goto free;
	group->sn = sn;
	group->conf = *conf;
	group->exact = slb_group_conf_counts(conf);
	group->built = jiffies - SLB_GROUP_PAUSE;
	INIT_LIST_HEAD(&group->vip_list);
	err = slb_group_publish(sn, group);
	if (err)
		goto free;
	err = xa_alloc_cyclic(&sn->group_ids, &group->id, group, xa_limit_31b, &sn->group_id,
			      GFP_KERNEL);
	if (err < 0)
		goto free;
	group->name = slb_group_name_add(sn, group, name);
	err = PTR_ERR_OR_ZERO(group->name);
	if (err)
		goto erase;
	sn->n_groups++;
	sn->n_keyed += conf->sched->keyed;
	slb_group_tell_key(sn);
	slb_net_changed(sn);
	return 0;
erase:
	xa_erase(&sn->group_ids, group->id);
free:
	slb_group_free_rcu(&group->rcu);
	return err;
}

/* Where are the sessions of its servers counted from now on? */
static void slb_group_exact(struct slb_group *group, bool exact)
{
	u32 i;

	group->exact = exact;
	for (i = 0; i < group->n; i++)
		WRITE_ONCE(group->server[i]->exact, exact);
}

/*
 * Count the sessions of its servers in one place, as the next scheduler or a limit needs. After the
 * grace period nobody changes the per-CPU counters.
 */
static void slb_group_count(struct slb_group *group)
{
	u32 i;
	int cpu;

	slb_group_exact(group, true);
	synchronize_net();
	for (i = 0; i < group->n; i++) {
		struct slb_server *server = group->server[i];

		for_each_possible_cpu(cpu) {
			int *part = &per_cpu_ptr(server->stats, cpu)->sessions;

			atomic_add(*part, &server->sessions);
			*part = 0;
		}
	}
}

/* Does a server of the group have a limit of its sessions? */
static bool slb_group_limited(const struct slb_group *group)
{
	u32 i;

	for (i = 0; i < group->n; i++)
		if (group->server[i]->conf.session_limit)
			return true;
	return false;
}

/**
 * slb_group_counts() - count the sessions of the servers of a group as they need
 * @group: group, lock held
 * @limit: one of its servers is about to get a limit
 *
 * Context: process, may sleep.
 */
void slb_group_counts(struct slb_group *group, bool limit)
{
	if (slb_group_conf_counts(&group->conf) || limit || slb_group_limited(group)) {
		if (!group->exact)
			slb_group_count(group);
	} else {
		slb_group_exact(group, false);
	}
}

/**
 * slb_group_set() - change a group
 * @sn: namespace, lock held
 * @group: group
 * @conf: what the operator wants, checked
 *
 * Return: 0 or -ENOMEM with nothing changed. Sessions stay where they are. Context: process, may
 * sleep.
 */
int slb_group_set(struct slb_net *sn, struct slb_group *group, const struct slb_group_conf *conf)
{
	struct slb_group_conf old = group->conf;
	int err;

	/* before a packet sees the scheduler */
	if (slb_group_conf_counts(conf) && !group->exact)
		slb_group_count(group);
	group->conf = *conf;
	err = slb_group_publish(sn, group);
	if (err)
		group->conf = old;
	slb_group_counts(group, false);
	if (err)
		return err;
	sn->n_keyed += conf->sched->keyed - old.sched->keyed;
	slb_group_tell_key(sn);
	slb_net_changed(sn);
	if (old.persist && (!conf->persist || memcmp(old.prefix, conf->prefix, sizeof(old.prefix))))
		slb_persist_forget(sn);
	slb_life_start(sn);
	return 0;
}

/**
 * slb_group_rename() - change the name of a group
 * @sn: namespace, lock held
 * @group: group
 * @text: its new name, not in use
 *
 * VIPs know the group, and sessions their server: none of them notices. Lists of sessions read the
 * name of a server's group without the lock, and see the old or the new one.
 *
 * Return: 0, or an error with nothing changed.
 */
int slb_group_rename(struct slb_net *sn, struct slb_group *group, const char *text)
{
	struct slb_group_name *name = slb_group_name_add(sn, group, text), *old = group->name;
	u32 i;

	if (IS_ERR(name))
		return PTR_ERR(name);
	group->name = name;
	for (i = 0; i < group->n; i++) {
		refcount_inc(&name->ref);
		rcu_assign_pointer(group->server[i]->group_name, name);
		slb_group_name_put(old);
	}
	slb_group_name_del(sn, old);
	slb_net_changed(sn);
	return 0;
}

/**
 * slb_group_del() - delete a group
 * @sn: namespace, lock held
 * @group: group without servers that no VIP uses
 */
void slb_group_del(struct slb_net *sn, struct slb_group *group)
{
	if (group->conf.persist)
		slb_persist_forget(sn);
	slb_group_name_del(sn, group->name);
	xa_erase(&sn->group_ids, group->id);
	sn->n_groups--;
	sn->n_keyed -= group->conf.sched->keyed;
	slb_group_tell_key(sn);
	sn->n_stale -= group->stale;
	slb_net_changed(sn);
	/* a packet may still read its set: it saw the VIP before that moved to another group */
	call_rcu(&group->rcu, slb_group_free_rcu);
}

static int slb_group_build(struct slb_net *sn, struct slb_group *group)
{
	int err = slb_group_publish(sn, group);

	group->built = jiffies;
	return err;
}

/* Build its sets when the pause ends. */
static void slb_group_postpone(struct slb_net *sn, struct slb_group *group)
{
	sn->n_stale += !group->stale;
	group->stale = true;
	queue_delayed_work(system_unbound_wq, &sn->settle, SLB_GROUP_PAUSE);
}

/**
 * slb_group_change() - publish a group, or postpone that when changes come in quick succession
 * @sn: namespace, lock held
 * @group: group
 *
 * A small table is built at once, and a large one if the last build is old enough. Otherwise one
 * build serves several changes: when the pause ends, or before the next request of another kind.
 * Until then new sessions see the former set.
 *
 * Return: 0, or -ENOMEM with nothing changed.
 */
int slb_group_change(struct slb_net *sn, struct slb_group *group)
{
	if (!group->conf.sched->slow)
		return slb_group_publish(sn, group);
	if (time_after_eq(jiffies, group->built + SLB_GROUP_PAUSE))
		return slb_group_build(sn, group);
	slb_use_judge(group, group->n, NFPROTO_IPV4, &group->use[0]);
	slb_use_judge(group, group->n, NFPROTO_IPV6, &group->use[1]);
	slb_use_update(group, group->use);
	slb_group_postpone(sn, group);
	return 0;
}

/**
 * slb_group_refresh() - publish a group whose servers have changed by themselves
 * @sn: namespace, lock held
 * @group: group
 *
 * Without memory it is tried again later.
 */
void slb_group_refresh(struct slb_net *sn, struct slb_group *group)
{
	if (slb_group_change(sn, group))
		slb_group_postpone(sn, group);
}

/**
 * slb_group_settle() - build the sets that slb_group_change() has postponed
 * @sn: namespace, lock held
 *
 * Without memory it is tried again later.
 */
void slb_group_settle(struct slb_net *sn)
{
	struct slb_group *group;
	unsigned long id;

	if (likely(!sn->n_stale))
		return;
	xa_for_each(&sn->group_ids, id, group)
		if (group->stale && slb_group_build(sn, group))
			queue_delayed_work(system_unbound_wq, &sn->settle, SLB_GROUP_PAUSE);
}

/**
 * slb_group_settle_work() - slb_group_settle() when the pause ends
 * @work: work of the namespace
 */
void slb_group_settle_work(struct work_struct *work)
{
	struct slb_net *sn = container_of(to_delayed_work(work), struct slb_net, settle);

	mutex_lock(&sn->lock);
	slb_group_settle(sn);
	/* servers that were closed while their group could not be published */
	slb_purge_settle(sn);
	mutex_unlock(&sn->lock);
}
