// SPDX-License-Identifier: GPL-2.0-only
/*
 * Persistence: for some time after their last new session, clients of a prefix return to the server
 * that they had, by whichever VIP of its group they come. An entry names the server by its key, so
 * a server may go, and come back, without a walk over the table.
 *
 * Anybody can send first packets from addresses of others. So an entry has a short life until a
 * session of its clients is established, and when the table is full, the oldest of those makes
 * room.
 */
#include <linux/slab.h>
#include <net/ipv6.h>
#include <slb/table.h>

#include "config/choose.h"
#include "config/server.h"
#include "net.h"
#include "state/persist.h"
#include "state/session.h"

/* Seconds between two walks that remove what has expired. */
#define SLB_PERSIST_GC 10

/* Clients choose the keys, so the hash is under a secret one. */
static u64 slb_persist_hash(const struct slb_persist_key *key)
{
	const u32 *word = key->prefix.all;
	struct slb_sip s;

	slb_sip_begin(&s, &slb_session_key);
	slb_sip_word(&s, word[0] | (u64)word[1] << 32);
	slb_sip_word(&s, word[2] | (u64)word[3] << 32);
	slb_sip_word(&s, key->group | (u64)key->family << 32 | (u64)key->len << 48);
	return slb_sip_end(&s);
}

static bool slb_persist_equal(const struct slb_persist_key *a, const struct slb_persist_key *b)
{
	return slb_addr_equal(&a->prefix, &b->prefix) && a->group == b->group &&
	       a->family == b->family && a->len == b->len;
}

static u32 slb_persist_bits(const void *data, u32 len, u32 seed)
{
	return slb_table_bits(slb_persist_hash(data), seed, SLB_SESSION_SEED_MASK);
}

static int slb_persist_cmp(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct slb_persist *p = obj;

	return !slb_persist_equal(&p->key, arg->key);
}

static bool slb_persist_has(const struct rhash_head *he, const void *key)
{
	return slb_persist_equal(&container_of(he, struct slb_persist, node)->key, key);
}

static const struct rhashtable_params slb_persist_params = {
	.head_offset = offsetof(struct slb_persist, node),
	.key_offset = offsetof(struct slb_persist, key),
	.key_len = sizeof(struct slb_persist_key),
	.hashfn = slb_persist_bits,
	.obj_cmpfn = slb_persist_cmp,
	.automatic_shrinking = true,
};

/* Context: RCU. */
static struct slb_persist *slb_persist_find(struct slb_net *sn, const struct slb_persist_key *key)
{
	struct rhash_head *he = slb_table_find(&sn->persists.table, slb_persist_hash(key),
					       SLB_SESSION_SEED_MASK, slb_persist_has, key);

	return he ? container_of(he, struct slb_persist, node) : NULL;
}

/* Take an entry off the list of those that make room. Context: lock of @p, BH off. */
static void slb_persist_unlist(struct slb_net *sn, struct slb_persist *p)
{
	spin_lock(&sn->persists.lock);
	list_del_init(&p->unproven);
	spin_unlock(&sn->persists.lock);
}

/*
 * Remove an entry that matches, unless that has been done. Once it is dead, nobody gives it a
 * server.
 * Return: whether it was removed.
 */
static bool slb_persist_remove(struct slb_net *sn, struct slb_persist *p,
			       bool (*match)(struct slb_net *sn, struct slb_persist *p,
					     const void *arg), const void *arg)
{
	bool gone;

	spin_lock_bh(&p->lock);
	gone = !p->dead && match(sn, p, arg);
	if (gone) {
		p->dead = true;
		slb_persist_unlist(sn, p);
	}
	spin_unlock_bh(&p->lock);
	if (!gone)
		return false;
	rhashtable_remove_fast(&sn->persists.table, &p->node, slb_persist_params);
	kfree_rcu(p, rcu);
	return true;
}

/**
 * slb_persist_purge() - remove all entries that match
 * @sn: namespace
 * @match: called under RCU and the lock of an entry, for some twice; returns true for one that
 *	is to go
 * @arg: for @match
 *
 * Context: process, may sleep.
 *
 * Return: number of entries removed.
 */
u32 slb_persist_purge(struct slb_net *sn,
		      bool (*match)(struct slb_net *sn, struct slb_persist *p, const void *arg),
		      const void *arg)
{
	struct rhashtable_iter iter;
	struct slb_persist *p;
	u32 seen = 0, n = 0;

	rhashtable_walk_enter(&sn->persists.table, &iter);
	slb_session_walk_start(&iter);
	while ((p = rhashtable_walk_next(&iter))) {
		/* -EAGAIN: a resize restarts the walk */
		if (!IS_ERR(p))
			n += slb_persist_remove(sn, p, match, arg);
		if (++seen % 1024 == 0) {
			rhashtable_walk_stop(&iter);
			cond_resched();
			slb_session_walk_start(&iter);
		}
	}
	rhashtable_walk_stop(&iter);
	rhashtable_walk_exit(&iter);
	return n;
}

static bool slb_persist_expired(const struct slb_persist *p)
{
	return (s32)((u32)jiffies - p->used) >= (s32)p->life;
}

/**
 * slb_persist_over() - has an entry no use any more?
 * @sn: namespace
 * @p: entry; its lock is held
 *
 * Its time has passed, its group is gone, or the clients of that no longer return, or not by this
 * prefix. Context: RCU.
 *
 * Return: true when it can go.
 */
bool slb_persist_over(struct slb_net *sn, const struct slb_persist *p)
{
	const struct slb_group *group = xa_load(&sn->group_ids, p->key.group);
	const struct slb_set *set;

	if (slb_persist_expired(p) || !group)
		return true;
	set = rcu_dereference(group->set[p->key.family == NFPROTO_IPV6]);
	return !set->persist.seconds || set->persist.len != p->key.len;
}

static bool slb_persist_is_over(struct slb_net *sn, struct slb_persist *p, const void *arg)
{
	return slb_persist_over(sn, p);
}

static void slb_persist_gc(struct work_struct *work)
{
	struct slb_net *sn = container_of(to_delayed_work(work), struct slb_net, persists.gc);

	slb_persist_purge(sn, slb_persist_is_over, NULL);
	if (atomic_read(&sn->persists.table.nelems))
		queue_delayed_work(system_power_efficient_wq, &sn->persists.gc,
				   SLB_PERSIST_GC * HZ);
}

/**
 * slb_persist_forget() - remove the entries of groups that no longer use them
 * @sn: namespace
 *
 * Later, as the table may be large: see slb_persist_over(). Packets that still use the former set
 * of a group may add more until then; the next walk removes those. Context: any.
 */
void slb_persist_forget(struct slb_net *sn)
{
	if (atomic_read(&sn->persists.table.nelems))
		mod_delayed_work(system_power_efficient_wq, &sn->persists.gc, 0);
}

static struct slb_persist_key slb_persist_key(const struct slb_set *set,
					      const struct slb_tuple *flow)
{
	struct slb_persist_key key = {
		.group = set->persist.group, .family = flow->family, .len = set->persist.len,
	};

	if (flow->family == NFPROTO_IPV4)
		key.prefix.ip = flow->src.ip & inet_make_mask(key.len);
	else
		ipv6_addr_prefix(&key.prefix.in6, &flow->src.in6, key.len);
	return key;
}

/**
 * slb_persist_server() - the server of an entry
 * @sn: namespace
 * @p: entry; its lock is held
 *
 * Context: RCU.
 *
 * Return: the server, or NULL when it does not exist any more.
 */
struct slb_server *slb_persist_server(struct slb_net *sn, const struct slb_persist *p)
{
	const struct slb_server_key key = {
		.addr = p->server, .group = p->key.group, .port = p->port, .family = p->key.family,
	};

	lockdep_assert_held(&p->lock);
	return slb_server_live(sn, &key);
}

/* The server to which the clients of an entry return, or NULL. Context: lock of @p, RCU. */
static struct slb_server *slb_persist_usable(struct slb_net *sn, const struct slb_persist *p)
{
	struct slb_server *server;

	if (slb_persist_expired(p))
		return NULL;
	server = slb_persist_server(sn, p);
	return server && !slb_server_drained(server) && !slb_server_full(server) ? server : NULL;
}

/*
 * Clients of an entry begin a session at its server. Until one is established, the entry need not
 * outlive them. Context: lock of @p.
 */
static void slb_persist_renew(struct slb_persist *p, const struct slb_set *set, u8 proto)
{
	const struct slb_settings *settings = &set->persist.sn->settings;
	u32 seconds = set->persist.seconds;

	if (!p->proven)
		seconds = min(seconds, READ_ONCE(settings->timeout[slb_proto_first(proto)]));
	WRITE_ONCE(p->used, (u32)jiffies);
	WRITE_ONCE(p->life, seconds * HZ);
}

/**
 * slb_persist_recall() - find the server to which the client of a new session returns
 * @set: servers of the group
 * @flow: request key
 * @peek: only look; the time of the entry goes on
 *
 * It need not be in @set: a server of another tier keeps its clients. Context: softirq, RCU.
 *
 * Return: the server, or NULL when there is none, or it takes no sessions.
 */
struct slb_server *slb_persist_recall(struct slb_set *set, const struct slb_tuple *flow, bool peek)
{
	const struct slb_persist_key key = slb_persist_key(set, flow);
	struct slb_net *sn = set->persist.sn;
	struct slb_persist *p = slb_persist_find(sn, &key);
	struct slb_server *server;

	if (!p)
		return NULL;
	spin_lock_bh(&p->lock);
	server = slb_persist_usable(sn, p);
	if (server && !peek)
		slb_persist_renew(p, set, flow->proto);
	spin_unlock_bh(&p->lock);
	return server;
}

static bool slb_persist_full(const struct slb_net *sn)
{
	return (u32)atomic_read(&sn->persists.table.nelems) >=
	       READ_ONCE(sn->settings.persist_limit);
}

static bool slb_persist_is_unproven(struct slb_net *sn, struct slb_persist *p, const void *arg)
{
	return !p->proven;
}

/*
 * Forget the client that has waited longest for an established session. It is taken off the list
 * first, so each CPU finds another one. Context: softirq, RCU.
 */
static void slb_persist_make_room(struct slb_net *sn)
{
	struct slb_persist *p;

	spin_lock_bh(&sn->persists.lock);
	p = list_first_entry_or_null(&sn->persists.unproven, struct slb_persist, unproven);
	if (p)
		list_del_init(&p->unproven);
	spin_unlock_bh(&sn->persists.lock);
	if (p && slb_persist_remove(sn, p, slb_persist_is_unproven, NULL))
		atomic64_inc(&sn->persists.refused);
}

/* A new entry; or the one that another CPU has inserted; or NULL. */
static struct slb_persist *slb_persist_add(const struct slb_set *set,
					   const struct slb_persist_key *key,
					   const struct slb_server *server)
{
	struct slb_net *sn = set->persist.sn;
	struct slb_persist *p, *other;

	if (slb_persist_full(sn))
		slb_persist_make_room(sn);
	if (slb_persist_full(sn))
		return NULL;
	p = kzalloc(sizeof(*p), GFP_ATOMIC | __GFP_NOWARN);
	if (!p)
		return NULL;
	p->key = *key;
	p->server = server->addr;
	p->port = server->port;
	p->used = (u32)jiffies;
	/* until slb_persist_decide() sets it, the entry is valid, and then that is renewed */
	p->life = HZ;
	INIT_LIST_HEAD(&p->unproven);
	spin_lock_init(&p->lock);
	other = rhashtable_lookup_get_insert_fast(&sn->persists.table, &p->node,
						  slb_persist_params);
	if (other) {
		kfree(p);
		return IS_ERR(other) ? NULL : other;
	}
	if (!delayed_work_pending(&sn->persists.gc))
		queue_delayed_work(system_power_efficient_wq, &sn->persists.gc,
				   SLB_PERSIST_GC * HZ);
	return p;
}

/* An entry gets a server. One that has expired may be of other clients. Context: lock of @p. */
static void slb_persist_assign(struct slb_persist *p, const struct slb_server *server)
{
	p->server = server->addr;
	p->port = server->port;
	if (slb_persist_expired(p))
		p->proven = false;
}

/* The next to make room after all others that wait. Context: lock of @p. */
static void slb_persist_list(struct slb_net *sn, struct slb_persist *p)
{
	if (p->proven)
		return;
	spin_lock(&sn->persists.lock);
	list_move_tail(&p->unproven, &sn->persists.unproven);
	spin_unlock(&sn->persists.lock);
}

/* The server of an entry: the one that it has, or else @server from now on; NULL: it is dead. */
static struct slb_server *slb_persist_decide(const struct slb_set *set, struct slb_persist *p,
					     struct slb_server *server, u8 proto)
{
	struct slb_net *sn = set->persist.sn;
	struct slb_server *first = NULL;

	spin_lock_bh(&p->lock);
	if (p->dead) {
		server = NULL;
	} else {
		first = slb_persist_usable(sn, p);
		if (!first)
			slb_persist_assign(p, server);
		slb_persist_renew(p, set, proto);
		slb_persist_list(sn, p);
	}
	spin_unlock_bh(&p->lock);
	return first ?: server;
}

/**
 * slb_persist_note() - note the server of the client of a new session
 * @set: servers of the group
 * @flow: request key
 * @server: what the scheduler has chosen
 *
 * Another CPU may handle the first sessions of the same clients: one of the two servers counts for
 * both. Without room or memory for an entry, which is counted, the session gets its server, and the
 * next one may get another. Context: softirq, RCU.
 *
 * Return: the server of the session.
 */
struct slb_server *slb_persist_note(struct slb_set *set, const struct slb_tuple *flow,
				    struct slb_server *server)
{
	const struct slb_persist_key key = slb_persist_key(set, flow);
	struct slb_net *sn = set->persist.sn;
	struct slb_persist *p;
	struct slb_server *decided;

	p = slb_persist_find(sn, &key) ?:
	    slb_persist_add(set, &key, server);
	decided = p ? slb_persist_decide(set, p, server, flow->proto) : NULL;
	if (decided)
		return decided;
	atomic64_inc(&sn->persists.refused);
	return server;
}

/**
 * slb_persist_established() - let the client of an established session return
 * @sn: namespace
 * @s: session
 *
 * See slb_persist_prove(). Nothing happens when the client has another server by now, or its VIP
 * another group. Context: softirq, RCU.
 */
void slb_persist_established(struct slb_net *sn, const struct slb_session *s)
{
	const struct slb_tuple *flow = &s->side[SLB_REQUEST].tuple;
	const struct slb_group *group = rcu_dereference(s->vip->group);
	const struct slb_set *set = rcu_dereference(group->set[flow->family == NFPROTO_IPV6]);
	struct slb_persist_key key;
	struct slb_persist *p;

	if (!set->persist.seconds)
		return;
	key = slb_persist_key(set, flow);
	p = slb_persist_find(sn, &key);
	if (!p)
		return;
	spin_lock_bh(&p->lock);
	if (!p->dead && slb_persist_server(sn, p) == s->server) {
		p->proven = true;
		slb_persist_unlist(sn, p);
		slb_persist_renew(p, set, flow->proto);
	}
	spin_unlock_bh(&p->lock);
}

/**
 * slb_persist_init() - create the table of a namespace
 * @sn: namespace
 *
 * Return: 0 or -ENOMEM.
 */
int slb_persist_init(struct slb_net *sn)
{
	spin_lock_init(&sn->persists.lock);
	INIT_LIST_HEAD(&sn->persists.unproven);
	INIT_DELAYED_WORK(&sn->persists.gc, slb_persist_gc);
	return rhashtable_init(&sn->persists.table, &slb_persist_params);
}

static void slb_persist_free(void *ptr, void *arg)
{
	kfree(ptr);
}

/**
 * slb_persist_exit() - free the table at the end of the namespace
 * @sn: namespace; no packet uses it any more
 */
void slb_persist_exit(struct slb_net *sn)
{
	cancel_delayed_work_sync(&sn->persists.gc);
	rhashtable_free_and_destroy(&sn->persists.table, slb_persist_free, NULL);
}
