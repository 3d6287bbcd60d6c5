// SPDX-License-Identifier: GPL-2.0-only
/* Servers of a group: add, change, drain, delete, and the choice of one for a new session. */
#include <linux/slab.h>

#include "config/group.h"
#include "config/group_set.h"
#include "config/notify.h"
#include "config/server.h"
#include "config/server_life.h"
#include "net.h"
#include "state/purge.h"
#include "state/session.h"

/* The leading part of a server is its key. */
static_assert(offsetof(struct slb_server, group) == offsetof(struct slb_server_key, group));
static_assert(offsetof(struct slb_server, port) == offsetof(struct slb_server_key, port));
static_assert(offsetof(struct slb_server, family) == offsetof(struct slb_server_key, family));

static const struct rhashtable_params slb_server_params = {
	.head_offset = offsetof(struct slb_server, node),
	.key_offset = offsetof(struct slb_server, addr),
	.key_len = sizeof(struct slb_server_key),
	.automatic_shrinking = true,
};

/**
 * slb_server_table_init() - create the table of servers of a namespace
 * @sn: namespace
 *
 * Return: 0 or -ENOMEM.
 */
int slb_server_table_init(struct slb_net *sn)
{
	return rhashtable_init(&sn->servers, &slb_server_params);
}

/**
 * slb_server_table_exit() - free the table at the end of the namespace
 * @sn: namespace
 *
 * Servers that are left in it are those of groups, and are freed after it.
 */
void slb_server_table_exit(struct slb_net *sn)
{
	rhashtable_destroy(&sn->servers);
}

/**
 * slb_server_find() - find a server of a group
 * @sn: namespace, lock held
 * @group: group
 * @addr: address, network order
 * @port: port, network order, or 0
 * @family: address family
 *
 * Return: the server or NULL.
 */
struct slb_server *slb_server_find(struct slb_net *sn, const struct slb_group *group,
				   const union nf_inet_addr *addr, __be16 port, u8 family)
{
	const struct slb_server_key key = {
		.addr = *addr, .group = group->id, .port = port, .family = family,
	};

	lockdep_assert_held(&sn->lock);
	return rhashtable_lookup_fast(&sn->servers, &key, slb_server_params);
}

/**
 * slb_server_live() - find a server that is not deleted
 * @sn: namespace
 * @key: the server
 *
 * A deleted server leaves the table a grace period before it is freed. Context: RCU.
 *
 * Return: the server or NULL.
 */
struct slb_server *slb_server_live(struct slb_net *sn, const struct slb_server_key *key)
{
	struct slb_server *server = rhashtable_lookup(&sn->servers, key, slb_server_params);

	return server && !READ_ONCE(server->dead) ? server : NULL;
}

static struct slb_server *slb_server_create(const struct slb_group *group)
{
	struct slb_server *server = kzalloc(sizeof(*server), GFP_KERNEL);

	if (!server)
		return NULL;
	server->stats = slb_traffic_alloc(sizeof(struct slb_traffic));
	if (!server->stats) {
		kfree(server);
		return NULL;
	}
	/* publishing the group clears @drained; the event of the addition tells of a drained one */
	server->drained = true;
	server->reported = true;
	server->group = group->id;
	refcount_inc(&group->name->ref);
	RCU_INIT_POINTER(server->group_name, group->name);
	return server;
}

static void slb_server_free_rcu(struct rcu_head *rcu)
{
	struct slb_server *server = container_of(rcu, struct slb_server, rcu);

	slb_group_name_put(rcu_dereference_protected(server->group_name, true));
	free_percpu(server->stats);
	kfree(server);
}

/**
 * slb_server_free() - free a server after a grace period
 * @server: server, in no set and no group, that no session counts at
 *
 * Context: any.
 */
void slb_server_free(struct slb_server *server)
{
	call_rcu(&server->rcu, slb_server_free_rcu);
}

/* Enter a server into the table and into its group. Return: 0 or -ENOMEM with nothing changed. */
static int slb_server_enter(struct slb_net *sn, struct slb_group *group, struct slb_server *server)
{
	int err = rhashtable_insert_fast(&sn->servers, &server->node, slb_server_params);

	if (err)
		return -ENOMEM;
	group->server[group->n++] = server;
	err = slb_group_change(sn, group);
	if (!err)
		return 0;
	group->n--;
	rhashtable_remove_fast(&sn->servers, &server->node, slb_server_params);
	return err;
}

/**
 * slb_server_add() - add a server to a group
 * @sn: namespace, lock held
 * @group: group
 * @addr: address, network order
 * @port: port, network order, or 0 to keep that of the VIP
 * @family: address family
 * @conf: what the operator wants
 *
 * Return: 0 or -ENOMEM with nothing changed.
 */
int slb_server_add(struct slb_net *sn, struct slb_group *group, const union nf_inet_addr *addr,
		   __be16 port, u8 family, const struct slb_server_conf *conf)
{
	struct slb_server **grown, *server;
	int err;

	/* krealloc() rounds up to its size classes, so this is no copy each time */
	grown = krealloc_array(group->server, group->n + 1, sizeof(*grown), GFP_KERNEL);
	if (!grown)
		return -ENOMEM;
	group->server = grown;
	server = slb_server_create(group);
	if (!server)
		return -ENOMEM;
	server->addr = *addr;
	server->port = port;
	server->family = family;
	server->conf = *conf;
	server->limit = conf->session_limit;
	if (server->limit)
		slb_group_counts(group, true);
	server->exact = group->exact;
	err = slb_server_enter(sn, group, server);
	if (err) {
		slb_group_counts(group, false);
		slb_server_free(server);
		return err;
	}
	sn->n_servers++;
	slb_net_changed(sn);
	slb_life_drain(sn, server);
	return 0;
}

/**
 * slb_server_set() - change a server
 * @sn: namespace, lock held
 * @group: its group
 * @server: server
 * @conf: what the operator wants
 * @again: its deadline counts from now on
 *
 * A server that is to end its sessions is closed: slb_purge_settle() follows.
 *
 * Return: 0 or -ENOMEM with nothing changed.
 */
int slb_server_set(struct slb_net *sn, struct slb_group *group, struct slb_server *server,
		   const struct slb_server_conf *conf, bool again)
{
	struct slb_server_conf old = server->conf;
	int err;

	/* before a packet sees the limit */
	if (conf->session_limit)
		slb_group_counts(group, true);
	else
		WRITE_ONCE(server->limit, 0);
	server->conf = *conf;
	/* a set that does not look for full servers must not meet one */
	err = !conf->session_limit != !old.session_limit ? slb_group_publish(sn, group) :
							   slb_group_change(sn, group);
	if (err) {
		server->conf = old;
		WRITE_ONCE(server->limit, old.session_limit);
		slb_group_counts(group, false);
		return err;
	}
	WRITE_ONCE(server->limit, conf->session_limit);
	if (old.session_limit && !conf->session_limit)
		slb_group_counts(group, false);
	slb_net_changed(sn);
	if (again)
		slb_life_drain(sn, server);
	else
		slb_life_start(sn);
	return 0;
}

/* Mark a server as deleted: packets take its sessions for ended. */
static void slb_server_kill(struct slb_net *sn, struct slb_server *server)
{
	slb_purge_begin(sn);
	WRITE_ONCE(server->dead, true);
}

/* A server has left its group: nobody finds it any more. */
static void slb_server_gone(struct slb_net *sn, struct slb_server *server)
{
	rhashtable_remove_fast(&sn->servers, &server->node, slb_server_params);
	slb_net_changed(sn);
	sn->n_servers--;
	slb_notify_server_del(sn, server);
}

/* A grace period after slb_server_kill(). */
static void slb_server_retire(struct slb_net *sn, struct slb_server *server)
{
	slb_server_gone(sn, server);
	slb_purge_bury_server(sn, server);
}

/**
 * slb_server_del() - delete a server and end its sessions
 * @sn: namespace, lock held
 * @group: its group
 * @server: server
 *
 * slb_purge_settle() follows.
 *
 * Return: 0 or -ENOMEM with nothing changed.
 */
int slb_server_del(struct slb_net *sn, struct slb_group *group, struct slb_server *server)
{
	u32 i, last = group->n - 1;
	int err;

	for (i = 0; group->server[i] != server; i++)
		;
	memmove(&group->server[i], &group->server[i + 1], (last - i) * sizeof(server));
	group->n--;
	err = slb_group_publish(sn, group);
	if (err) {
		memmove(&group->server[i + 1], &group->server[i], (last - i) * sizeof(server));
		group->server[i] = server;
		group->n++;
		return err;
	}
	slb_group_counts(group, false);
	slb_server_gone(sn, server);
	slb_purge_server(sn, server);
	return 0;
}

/**
 * slb_server_doom() - end the sessions of all servers of a group, the first phase of removal
 * @sn: namespace, lock held
 * @group: group; packets no longer find the group or its servers
 */
void slb_server_doom(struct slb_net *sn, struct slb_group *group)
{
	u32 i;

	for (i = 0; i < group->n; i++)
		slb_server_kill(sn, group->server[i]);
}

/**
 * slb_server_sessions() - count the sessions of the servers of a group, or of all groups
 * @sn: namespace, lock held
 * @which: the group, or NULL for all
 *
 * Return: their number; packets change it meanwhile.
 */
u32 slb_server_sessions(struct slb_net *sn, const struct slb_group *which)
{
	const struct slb_group *group;
	unsigned long id;
	u32 i, n = 0;

	xa_for_each(&sn->group_ids, id, group)
		for (i = 0; (!which || group == which) && i < group->n; i++)
			n += slb_server_count(group->server[i]);
	return n;
}

/**
 * slb_server_bury() - free the servers, a grace period and slb_purge_start() after the first phase
 * @sn: namespace, lock held
 * @group: group
 */
void slb_server_bury(struct slb_net *sn, struct slb_group *group)
{
	u32 i, n = group->n;

	group->n = 0;
	for (i = 0; i < n; i++)
		slb_server_retire(sn, group->server[i]);
	slb_group_counts(group, false);
}

/**
 * slb_server_flush() - delete all servers of a group, or of all groups
 * @sn: namespace, lock held
 * @which: the group, or NULL for all
 *
 * Return: 0 or -ENOMEM with nothing changed.
 */
int slb_server_flush(struct slb_net *sn, struct slb_group *which)
{
	struct slb_group *group;
	unsigned long id;
	int err;

	if (which ? !which->n : !sn->n_servers)
		return 0;
	err = slb_group_drain(sn, which);
	if (err)
		return err;
	xa_for_each(&sn->group_ids, id, group)
		if (!which || group == which)
			slb_server_doom(sn, group);
	synchronize_net();
	slb_purge_start(sn, slb_server_sessions(sn, which));
	xa_for_each(&sn->group_ids, id, group)
		if (!which || group == which)
			slb_server_bury(sn, group);
	return 0;
}

/**
 * slb_server_any() - does a group have a server for a new session?
 * @group: group of the VIP
 * @family: address family
 *
 * Context: RCU.
 *
 * Return: true when it has.
 */
bool slb_server_any(const struct slb_group *group, u8 family)
{
	const struct slb_set *set = rcu_dereference(group->set[family == NFPROTO_IPV6]);

	return set && set->n;
}
