// SPDX-License-Identifier: GPL-2.0-only
/*
 * How many sessions the clients of a prefix have. The table needs no limit of its own: each entry
 * has a session, and session-limit bounds those. Entries are found and changed, come and go under
 * the lock that their hash selects. So none is used that is about to go, and no number is too high.
 */
#include <linux/slab.h>
#include <net/ipv6.h>
#include <slb/table.h>

#include "net.h"
#include "state/clients.h"
#include "state/session.h"

static struct kmem_cache *slb_clients_cache __ro_after_init;

/* Clients choose the keys, so the hash is under a secret one. */
static u64 slb_clients_hash(const struct slb_clients_key *key)
{
	const u32 *word = key->prefix.all;
	struct slb_sip s;

	slb_sip_begin(&s, &slb_session_key);
	slb_sip_word(&s, word[0] | (u64)word[1] << 32);
	slb_sip_word(&s, word[2] | (u64)word[3] << 32);
	slb_sip_word(&s, (uintptr_t)key->vip);
	return slb_sip_end(&s);
}

static bool slb_clients_equal(const struct slb_clients_key *a, const struct slb_clients_key *b)
{
	return slb_addr_equal(&a->prefix, &b->prefix) && a->vip == b->vip && a->len == b->len;
}

static u32 slb_clients_bits(const void *data, u32 len, u32 seed)
{
	return slb_table_bits(slb_clients_hash(data), seed, SLB_SESSION_SEED_MASK);
}

static int slb_clients_cmp(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct slb_clients *c = obj;

	return !slb_clients_equal(&c->key, arg->key);
}

static const struct rhashtable_params slb_clients_params = {
	.head_offset = offsetof(struct slb_clients, node),
	.key_offset = offsetof(struct slb_clients, key),
	.key_len = sizeof(struct slb_clients_key),
	.hashfn = slb_clients_bits,
	.obj_cmpfn = slb_clients_cmp,
	.automatic_shrinking = true,
};

/**
 * slb_clients_cache_init() - create the slab cache of clients that have sessions
 *
 * Return: 0 or -ENOMEM.
 */
int __init slb_clients_cache_init(void)
{
	slb_clients_cache = KMEM_CACHE(slb_clients, SLAB_HWCACHE_ALIGN);
	return slb_clients_cache ? 0 : -ENOMEM;
}

/**
 * slb_clients_cache_exit() - destroy the slab cache
 *
 * Context: process, after rcu_barrier(): no object waits to be freed.
 */
void slb_clients_cache_exit(void)
{
	kmem_cache_destroy(slb_clients_cache);
}

/**
 * slb_clients_init() - create the table of a namespace
 * @sn: namespace
 *
 * Return: 0 or -ENOMEM.
 */
int slb_clients_init(struct slb_net *sn)
{
	unsigned int i;

	for (i = 0; i < SLB_CLIENTS_LOCKS; i++)
		spin_lock_init(&sn->clients.locks[i].lock);
	return rhashtable_init(&sn->clients.table, &slb_clients_params);
}

/**
 * slb_clients_exit() - destroy the table at the end of the namespace
 * @sn: namespace; it has no session any more
 */
void slb_clients_exit(struct slb_net *sn)
{
	WARN_ON_ONCE(atomic_read(&sn->clients.table.nelems));
	rhashtable_destroy(&sn->clients.table);
}

static struct slb_clients_key slb_clients_key(const struct slb_vip *vip,
					      const struct slb_tuple *flow, u8 len)
{
	struct slb_clients_key key = { .vip = vip, .len = len };

	if (flow->family == NFPROTO_IPV4)
		key.prefix.ip = flow->src.ip & inet_make_mask(len);
	else
		ipv6_addr_prefix(&key.prefix.in6, &flow->src.in6, len);
	return key;
}

/* The lock of the clients with a hash. */
static spinlock_t *slb_clients_lock(struct slb_net *sn, u64 hash)
{
	return &sn->clients.locks[hash >> 32 & (SLB_CLIENTS_LOCKS - 1)].lock;
}

static bool slb_clients_has(const struct rhash_head *he, const void *key)
{
	return slb_clients_equal(&container_of(he, struct slb_clients, node)->key, key);
}

/* Context: RCU; under the lock it is the last word. */
static struct slb_clients *slb_clients_find(struct slb_net *sn, const struct slb_clients_key *key,
					    u64 hash)
{
	struct rhash_head *he = slb_table_find(&sn->clients.table, hash, SLB_SESSION_SEED_MASK,
					       slb_clients_has, key);

	return he ? container_of(he, struct slb_clients, node) : NULL;
}

/* The first session of its clients. Return: false without memory. Context: lock. */
static bool slb_clients_add(struct slb_net *sn, const struct slb_clients_key *key, u64 hash)
{
	struct slb_clients *c = kmem_cache_alloc(slb_clients_cache, GFP_ATOMIC | __GFP_NOWARN);

	if (!c)
		return false;
	c->key = *key;
	c->sessions = 1;
	/* under the lock nobody else inserts the key: this is an error, if anything */
	if (!slb_table_insert(&sn->clients.table, hash, SLB_SESSION_SEED_MASK, slb_clients_has,
			      &c->key, &c->node))
		return true;
	kmem_cache_free(slb_clients_cache, c);
	return false;
}

/* slb_clients_enter(), under the lock. */
static enum slb_drop slb_clients_count(struct slb_net *sn, const struct slb_clients_key *key,
				       u64 hash, u32 limit)
{
	struct slb_clients *c = slb_clients_find(sn, key, hash);

	if (!c)
		return slb_clients_add(sn, key, hash) ? SLB_OK : SLB_DROP_NO_MEMORY;
	if (c->sessions >= limit)
		return SLB_DROP_CLIENT_LIMIT;
	WRITE_ONCE(c->sessions, c->sessions + 1);
	return SLB_OK;
}

/**
 * slb_clients_enter() - count a session that is in no table yet
 * @sn: namespace
 * @vip: its VIP
 * @flow: its request key
 * @len: length of the prefix of its clients, in bits
 * @limit: how many sessions they may have, at least 1
 *
 * Context: softirq or BH disabled, RCU.
 *
 * Return: SLB_OK; SLB_DROP_CLIENT_LIMIT or SLB_DROP_NO_MEMORY, and it is not counted.
 */
enum slb_drop slb_clients_enter(struct slb_net *sn, const struct slb_vip *vip,
				const struct slb_tuple *flow, u8 len, u32 limit)
{
	const struct slb_clients_key key = slb_clients_key(vip, flow, len);
	u64 hash = slb_clients_hash(&key);
	spinlock_t *lock = slb_clients_lock(sn, hash);
	enum slb_drop why;

	spin_lock(lock);
	why = slb_clients_count(sn, &key, hash, limit);
	spin_unlock(lock);
	return why;
}

static void slb_clients_free_rcu(struct rcu_head *rcu)
{
	kmem_cache_free(slb_clients_cache, container_of(rcu, struct slb_clients, rcu));
}

/**
 * slb_clients_end() - undo slb_clients_enter()
 * @sn: namespace
 * @vip: as there; it may wait for a grace period to be freed
 * @flow: as there; its note is the length of the prefix
 *
 * Context: any, RCU.
 */
void slb_clients_end(struct slb_net *sn, const struct slb_vip *vip, const struct slb_tuple *flow)
{
	const struct slb_clients_key key = slb_clients_key(vip, flow, flow->note);
	u64 hash = slb_clients_hash(&key);
	spinlock_t *lock = slb_clients_lock(sn, hash);
	struct slb_clients *c;

	spin_lock_bh(lock);
	c = slb_clients_find(sn, &key, hash);
	if (!WARN_ON_ONCE(!c)) {
		WRITE_ONCE(c->sessions, c->sessions - 1);
		if (!c->sessions) {
			rhashtable_remove_fast(&sn->clients.table, &c->node, slb_clients_params);
			call_rcu(&c->rcu, slb_clients_free_rcu);
		}
	}
	spin_unlock_bh(lock);
}

/**
 * slb_clients_sessions() - how many sessions of a VIP do the clients of a prefix have?
 * @sn: namespace
 * @vip: VIP
 * @flow: request key of one of them
 * @len: length of the prefix, in bits
 *
 * Context: RCU.
 *
 * Return: their number, of those that are counted.
 */
u32 slb_clients_sessions(struct slb_net *sn, const struct slb_vip *vip,
			 const struct slb_tuple *flow, u8 len)
{
	const struct slb_clients_key key = slb_clients_key(vip, flow, len);
	const struct slb_clients *c = slb_clients_find(sn, &key, slb_clients_hash(&key));

	return c ? READ_ONCE(c->sessions) : 0;
}
