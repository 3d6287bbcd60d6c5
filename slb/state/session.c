// SPDX-License-Identifier: GPL-2.0-only
/* The session table: each session has two keys, is found under RCU and removed in two phases. */
#include <linux/slab.h>
#include <slb/table.h>

#include "config/group.h"
#include "config/link_pick.h"
#include "config/server.h"
#include "config/vip.h"
#include "state/clients.h"
#include "state/fwmark.h"
#include "state/local.h"
#include "state/room_enter.h"
#include "state/session.h"
#include "state/sync.h"
#include "state/sync_log.h"
#include "trace.h"

/* Table entries that the garbage collector visits in one run: at least so many, or this part. */
#define SLB_GC_MIN 16384
#define SLB_GC_PART 16

static struct kmem_cache *slb_session_cache __ro_after_init;
static struct kmem_cache *slb_session_shifted_cache __ro_after_init;
siphash_key_t slb_session_key __ro_after_init;

/*
 * Counts random draws. Each CPU starts elsewhere, so one flow does not draw the same number on two
 * CPUs.
 */
static DEFINE_PER_CPU(u64, slb_session_drawn);

/*
 * SipHash under a secret key makes the hash. rhashtable's seed only selects which of its bits are
 * used, so that a rehash after a long chain gets other bits.
 */
static u32 slb_session_hash(const void *data, u32 len, u32 seed)
{
	return slb_table_bits(slb_flow_hash(data, &slb_session_key), seed, SLB_SESSION_SEED_MASK);
}

static int slb_session_cmp(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct slb_side *side = obj;

	return !slb_tuple_equal(&side->tuple, arg->key);
}

static const struct rhashtable_params slb_session_params = {
	.head_offset = offsetof(struct slb_side, node),
	.key_offset = offsetof(struct slb_side, tuple),
	.key_len = sizeof(struct slb_tuple),
	.hashfn = slb_session_hash,
	.obj_cmpfn = slb_session_cmp,
	.automatic_shrinking = true,
};

/**
 * slb_session_cache_init() - create the slab caches of sessions and the key of their hash
 *
 * Context: process; early after boot it waits for the random number generator.
 *
 * Return: 0, -ENOMEM, or -ERESTARTSYS when a signal interrupts the wait.
 */
int __init slb_session_cache_init(void)
{
	/* the key never changes, so it must be unpredictable from the start */
	int cpu, err = wait_for_random_bytes();

	if (err)
		return err;
	for_each_possible_cpu(cpu)
		per_cpu(slb_session_drawn, cpu) = get_random_u64();
	get_random_bytes(&slb_session_key, sizeof(slb_session_key));
	slb_session_cache = KMEM_CACHE(slb_session, SLAB_HWCACHE_ALIGN);
	slb_session_shifted_cache = KMEM_CACHE(slb_session_shifted, SLAB_HWCACHE_ALIGN);
	if (slb_session_cache && slb_session_shifted_cache)
		return 0;
	slb_session_cache_exit();
	return -ENOMEM;
}

/**
 * slb_session_cache_exit() - destroy the slab caches of sessions
 *
 * Context: process, after rcu_barrier(): no session waits to be freed.
 */
void slb_session_cache_exit(void)
{
	kmem_cache_destroy(slb_session_shifted_cache);
	kmem_cache_destroy(slb_session_cache);
}

static void slb_session_free(struct slb_session *s)
{
	if (unlikely(test_bit(SLB_SESSION_SHIFTED, &s->flags)))
		kmem_cache_free(slb_session_shifted_cache, slb_session_shifted(s));
	else
		kmem_cache_free(slb_session_cache, s);
}

static void slb_session_free_rcu(struct rcu_head *rcu)
{
	slb_session_free(container_of(rcu, struct slb_session, rcu));
}

static __always_inline bool slb_session_has(const struct rhash_head *he, const void *key)
{
	return slb_tuple_equal(&container_of(he, struct slb_side, node)->tuple, key);
}

/**
 * slb_session_find() - find the session of a packet
 * @sn: namespace
 * @t: the packet's tuple, as it arrived
 * @hash: its flow hash, by slb_session_key
 *
 * Context: RCU.
 *
 * Return: the direction that the packet belongs to, or NULL.
 */
struct slb_side *slb_session_find(struct slb_net *sn, const struct slb_tuple *t, u64 hash)
{
	struct rhash_head *he = slb_table_find(&sn->sessions, hash, SLB_SESSION_SEED_MASK,
					       slb_session_has, t);

	return he ? container_of(he, struct slb_side, node) : NULL;
}

/* Count a session in the pool of its return link. */
static __always_inline void slb_session_count_pair(struct slb_net *sn, const struct slb_session *s,
						   int by)
{
	const struct slb_links *links = rcu_dereference(sn->links);
	struct slb_link *link = links->slot[s->ret];

	/* an adopted address is in no pool of this balancer */
	if (likely(!(READ_ONCE(s->flags) & BIT(SLB_SESSION_ADOPTED))))
		this_cpu_add(s->server->stats->ports[s->ret], by);
	/* a slot is reused only when all sessions of its former link are gone */
	if (link)
		this_cpu_add(link->acct->stats->sessions, by);
}

/* Return: has the server more sessions than it may have? */
static noinline bool slb_session_count_exact(struct slb_server *server, int by)
{
	u32 limit = READ_ONCE(server->limit);

	return (u32)atomic_add_return(by, &server->sessions) > limit && limit;
}

/*
 * Count a session in its namespace, server, VIP and the pool of its return link. Server and VIP
 * live for as long as it is counted, and then for a grace period. Context: RCU.
 *
 * Return: is it one too many for its server?
 */
static __always_inline bool slb_session_count(struct slb_net *sn, const struct slb_session *s,
					      int by)
{
	struct slb_server *server = s->server;
	bool over = false;

	slb_count_add(&sn->count, by);
	if (unlikely(READ_ONCE(server->exact)))
		over = slb_session_count_exact(server, by);
	else
		this_cpu_add(server->stats->sessions, by);
	this_cpu_add(s->vip->stats->sessions, by);
	slb_session_count_pair(sn, s, by);
	return over;
}

/*
 * Remove both keys from the table and free the session after a grace period. It is counted until no
 * packet can find it any more. Context: RCU.
 */
static void slb_session_bury(struct slb_net *sn, struct slb_session *s)
{
	/* no-op for a key that is gone: only the node that holds a key removes it */
	rhashtable_remove_fast(&sn->sessions, &s->side[SLB_REQUEST].node, slb_session_params);
	rhashtable_remove_fast(&sn->sessions, &s->side[SLB_REPLY].node, slb_session_params);
	/* pairs with slb_traffic_sum(): who sees no session, and then waits, frees server, VIP */
	smp_wmb();
	slb_session_count(sn, s, -1);
	slb_clients_leave(sn, s->vip, &s->side[SLB_REQUEST].tuple);
	call_rcu(&s->rcu, slb_session_free_rcu);
}

/**
 * slb_session_kill() - end a session
 * @sn: namespace
 * @s: session
 * @why: the cause, for the trace
 *
 * Unlinks both keys; packets that hold the session by RCU may still use it. It can be killed while
 * only its first key is in the table. Then the CPU that inserts the second key frees it: it finds
 * SLB_SESSION_OPENED set. The grace period must not begin before that. Context: any, RCU.
 *
 * Return: true when this call ended it.
 */
bool slb_session_kill(struct slb_net *sn, struct slb_session *s, enum slb_end why)
{
	if (test_and_set_bit(SLB_SESSION_DEAD, &s->flags))
		return false;
	trace_slb_session(s, SLB_TRACE_END, why);
	if (unlikely(READ_ONCE(s->flags) & (BIT(SLB_SESSION_STANDBY) | BIT(SLB_SESSION_SYNCED))))
		slb_sync_gone(sn, s);
	slb_room_leave(sn, s);
	if (likely(test_and_set_bit(SLB_SESSION_OPENED, &s->flags)))
		slb_session_bury(sn, s);
	return true;
}

/**
 * slb_session_rehome() - move a session to another return link
 * @sn: namespace
 * @s: session that is not in the table yet
 * @slot: slot of the link
 *
 * Context: softirq, RCU.
 */
void slb_session_rehome(struct slb_net *sn, struct slb_session *s, u8 slot)
{
	slb_session_count_pair(sn, s, -1);
	s->ret = slot;
	slb_session_count_pair(sn, s, 1);
}

/*
 * Insert one key of a session. Return: NULL, the session that has the key already, or an error of
 * the table.
 */
static __always_inline struct slb_session *slb_session_enter(struct slb_net *sn,
							     struct slb_side *side, u64 hash)
{
	struct rhash_head *he = slb_table_insert(&sn->sessions, hash, SLB_SESSION_SEED_MASK,
						 slb_session_has, &side->tuple, &side->node);

	if (likely(!he) || IS_ERR(he))
		return ERR_CAST(he);
	return slb_side_session(container_of(he, struct slb_side, node));
}

/* slb_session_insert(), inlined; and of IPv4 also the hash. */
static __always_inline struct slb_session *slb_session_enter_reply(struct slb_net *sn,
								   struct slb_session *s)
{
	struct slb_side *side = &s->side[SLB_REPLY];
	const struct slb_tuple *t = &side->tuple;

	return slb_session_enter(sn, side, likely(t->family == NFPROTO_IPV4) ?
				 slb_hash_ipv4(slb_tuple_addrs4(t), slb_tuple_rest(t),
					       &slb_session_key) :
				 slb_flow_hash(t, &slb_session_key));
}

/**
 * slb_session_insert() - insert the reply key of a session
 * @sn: namespace
 * @s: session with its reply tuple set
 *
 * Context: softirq, RCU.
 *
 * Return: NULL, the session that has the key already, or ERR_PTR() when the table cannot take it.
 */
struct slb_session *slb_session_insert(struct slb_net *sn, struct slb_session *s)
{
	return slb_session_enter_reply(sn, s);
}

/* The client has left the session: give it a closed state with a short timeout. */
static void slb_session_retire(struct slb_net *sn, struct slb_session *s)
{
	u8 proto = slb_session_proto(s);
	u32 next;

	switch (slb_session_tier(s, READ_ONCE(s->progress))) {
	case SLB_TIER_RESET:
	case SLB_TIER_CLOSED:
		return;
	case SLB_TIER_HALF_OPEN:
		next = slb_proto_broken(proto);
		break;
	default:
		next = slb_proto_closed(proto);
	}
	WRITE_ONCE(s->used, (u32)jiffies);
	/* orders the time before the state, as in slb_session_advance() */
	(void)xchg(&s->progress, (u16)next);
	slb_room_update(sn, s);
}

/**
 * slb_session_supersede() - let the client of a closing session begin another
 * @sn: namespace
 * @s: session
 *
 * The client's key becomes free at once. The server's key stays until the session expires: the
 * server may still be in TIME_WAIT, so no other session may get the local port. Context: softirq,
 * RCU.
 */
void slb_session_supersede(struct slb_net *sn, struct slb_session *s)
{
	if (test_and_set_bit(SLB_SESSION_SUPERSEDED, &s->flags))
		return;
	slb_session_retire(sn, s);
	rhashtable_remove_fast(&sn->sessions, &s->side[SLB_REQUEST].node, slb_session_params);
}

/* The memory of a session with these flags; nothing but the part of shifted ones is set. */
static struct slb_session *slb_session_memory(unsigned long flags)
{
	struct slb_session_shifted *shifted;

	if (likely(!(flags & BIT(SLB_SESSION_SHIFTED))))
		return kmem_cache_alloc(slb_session_cache, GFP_ATOMIC | __GFP_NOWARN);
	shifted = kmem_cache_alloc(slb_session_shifted_cache, GFP_ATOMIC | __GFP_NOWARN);
	if (!shifted)
		return NULL;
	shifted->first = 0;
	shifted->asked = 0;
	shifted->known = false;
	shifted->sent = 0;
	shifted->told = false;
	shifted->heard = false;
	shifted->refused = false;
	shifted->forgiven = 0;
	shifted->scale = 0;
	shifted->acked = 0;
	return &shifted->s;
}

static __always_inline struct slb_session *
slb_session_alloc(struct slb_vip *vip, const struct slb_group *group,
		  const struct slb_tuple *flow, unsigned long flags, enum slb_drop *why)
{
	struct slb_server *server = slb_server_pick(group, flow);
	struct slb_session *s;

	if (unlikely(!server)) {
		*why = slb_server_any(group, flow->family) ? SLB_DROP_SERVER_FULL :
							     SLB_DROP_NO_SERVER;
		return NULL;
	}
	s = slb_session_memory(flags);
	if (!s) {
		*why = SLB_DROP_NO_MEMORY;
		return NULL;
	}
	s->server = server;
	s->vip = vip;
	s->flags = flags;
	return s;
}

/* The server of a session, in the key of its replies. */
static __always_inline void slb_session_serve(struct slb_session *s, __be16 port)
{
	s->side[SLB_REPLY].tuple.src = s->server->addr;
	s->side[SLB_REPLY].tuple.sport = s->server->port ? s->server->port : port;
}

/* Set the other members: the slab does not zero its memory. */
static void slb_session_fill(struct slb_session *s, const struct slb_link *ingress,
			     const struct slb_link *ret, const struct slb_tuple *flow)
{
	struct slb_tuple *request = &s->side[SLB_REQUEST].tuple;
	struct slb_tuple *reply = &s->side[SLB_REPLY].tuple;
	enum slb_dir dir;

	for (dir = 0; dir < SLB_DIRS; dir++) {
		s->side[dir].packets = 0;
		s->side[dir].bytes = 0;
		s->fast[dir] = 0;
	}
	*request = *flow;
	request->tag = SLB_REQUEST;
	slb_session_serve(s, flow->dport);
	reply->dst = (union nf_inet_addr){};
	reply->proto = flow->proto;
	reply->family = flow->family;
	reply->tag = SLB_REPLY;
	s->ingress = ingress->slot;
	s->ret = ret->slot;
	s->room_of = raw_smp_processor_id() % SLB_ROOMS;
	s->born = slb_session_now();
	s->used = (u32)jiffies;
	s->expected = 0;
	INIT_LIST_HEAD(&s->room);
	s->progress = slb_proto_first(flow->proto);
}

/* Count a session that has begun. Context: softirq. */
#define slb_session_count_total(counts) do {						\
	typeof(*(counts)) *__t = this_cpu_ptr(counts);					\
											\
	u64_stats_update_begin(&__t->syncp);						\
	u64_stats_inc(&__t->total);							\
	u64_stats_update_end(&__t->syncp);						\
} while (0)

/* How often a session looks for a server that no other CPU fills in the same moment. */
#define SLB_SESSION_TRIES 8

/*
 * The server of a new session has just become full: choose another one. The session is counted.
 * Return: false when there is none; then it is not counted.
 */
static noinline bool slb_session_move(struct slb_net *sn, struct slb_session *s)
{
	const struct slb_group *group = rcu_dereference(s->vip->group);
	const struct slb_tuple *flow = &s->side[SLB_REQUEST].tuple;
	struct slb_server *server;
	unsigned int i;

	for (i = 0; i < SLB_SESSION_TRIES; i++) {
		slb_session_count(sn, s, -1);
		server = slb_server_pick(group, flow);
		if (!server)
			return false;
		s->server = server;
		slb_session_serve(s, flow->dport);
		if (!slb_session_count(sn, s, 1))
			return true;
	}
	slb_session_count(sn, s, -1);
	return false;
}

/* Free a session that is in no table, and not counted except among those of its clients. */
static noinline void slb_session_discard(struct slb_net *sn, struct slb_session *s)
{
	slb_clients_leave(sn, s->vip, &s->side[SLB_REQUEST].tuple);
	slb_session_free(s);
}

/*
 * Insert both keys, or none. Two CPUs may handle first packets of one flow: one of them wins. Once
 * the first key is in the table, a flush can find and end the session.
 */
static __always_inline enum slb_drop
slb_session_publish(struct slb_net *sn, const struct slb_links *links,
		    const struct slb_link *ingress, struct slb_session *s, u64 hash, u32 random,
		    bool special, struct slb_session **winner)
{
	struct slb_session *other;
	enum slb_drop why;
	int err;

	/* before the insert: the end of the session decrements the counters */
	if (unlikely(slb_session_count(sn, s, 1)) && !slb_session_move(sn, s)) {
		slb_session_discard(sn, s);
		return SLB_DROP_SERVER_FULL;
	}
	if (special) {
		why = slb_policy_admits(s->vip);
		if (why) {
			slb_session_count(sn, s, -1);
			slb_session_discard(sn, s);
			return why;
		}
	}
	err = slb_local_assign(sn, links, ingress, s, random, slb_session_enter_reply);
	if (unlikely(err)) {
		slb_session_count(sn, s, -1);
		slb_session_discard(sn, s);
		return err == -EADDRNOTAVAIL ? SLB_DROP_NO_PORT : SLB_DROP_NO_MEMORY;
	}
	other = slb_session_enter(sn, &s->side[SLB_REQUEST], hash);
	if (likely(!other)) {
		slb_room_enter(sn, s);
		/* a connection is told when it is established */
		if (slb_proto_has(slb_session_proto(s), SLB_PROTO_DATAGRAMS))
			slb_sync_note(sn, s);
		slb_session_count_total(s->server->stats);
		slb_session_count_total(s->vip->stats);
		slb_session_count_total(links->slot[s->ret]->acct->stats);
		slb_count_began(&sn->count);
		trace_slb_session(s, SLB_TRACE_NEW, SLB_END_NONE);
		*winner = s;
	} else {
		slb_session_kill(sn, s, SLB_END_UNUSED);
		if (!IS_ERR(other))
			*winner = other;
	}
	/* killed while we inserted the second key: remove it and free the session */
	if (unlikely(test_and_set_bit(SLB_SESSION_OPENED, &s->flags)))
		slb_session_bury(sn, s);
	return *winner ? SLB_OK : SLB_DROP_NO_MEMORY;
}

/*
 * The steps of a new session. Server and return link are chosen independently (claims a and b2).
 * @flags: for slb_session.flags; @special: the VIP may have a policy, and the session is counted as
 * the note of @flow says, no more when NULL is returned. Both are constants in one copy.
 */
static __always_inline struct slb_session *
slb_session_create(struct slb_net *sn, const struct slb_links *links,
		   const struct slb_link *ingress, struct slb_vip *vip,
		   const struct slb_group *group, const struct slb_tuple *flow, u64 hash,
		   unsigned long flags, bool special, enum slb_drop *why)
{
	struct slb_session *s, *winner = NULL;
	u64 random = slb_hash_draw(hash, this_cpu_inc_return(slb_session_drawn),
				   &slb_session_key);
	struct slb_link *ret = slb_link_pick(links, ingress, flow->family, (u32)random);

	if (!ret)
		*why = SLB_DROP_NO_LINK;
	s = ret ? slb_session_alloc(vip, group, flow, flags, why) : NULL;
	if (!s) {
		if (special)
			slb_clients_leave(sn, vip, flow);
		return NULL;
	}
	if (unlikely(READ_ONCE(s->server->avoid) & BIT(ret->slot)))
		ret = slb_link_around(links, ret, ingress, flow->family,
				      READ_ONCE(s->server->avoid), (u32)random);
	slb_session_fill(s, ingress, ret, flow);
	*why = slb_session_publish(sn, links, ingress, s, hash, random >> 32, special,
				   &winner);
	if (winner && !delayed_work_pending(&sn->gc))
		queue_delayed_work(system_power_efficient_wq, &sn->gc, HZ);
	return winner;
}

/* The same for a VIP with a policy, or whose servers learn clients' addresses. */
static noinline struct slb_session *
slb_session_create_special(struct slb_net *sn, const struct slb_links *links,
			   const struct slb_link *ingress, struct slb_vip *vip,
			   const struct slb_group *group, const struct slb_tuple *flow, u64 hash,
			   enum slb_drop *why)
{
	u8 mode = slb_vip_client_address(vip, group);
	struct slb_tuple counted = *flow;

	*why = slb_policy_refuses(vip) ?: slb_policy_counts(sn, vip, group, &counted, false);
	if (*why)
		return NULL;
	return slb_session_create(sn, links, ingress, vip, group, &counted, hash,
				  slb_session_flags(sn, vip, mode, flow), true, why);
}

/**
 * slb_session_new() - create the session of a new flow
 * @sn: namespace
 * @links: all links
 * @ingress: link on which the packet came in
 * @vip: VIP that it is aimed at
 * @flow: key of the packet
 * @hash: its flow hash, by slb_session_key
 * @why: set to the drop reason when NULL is returned
 *
 * Context: softirq, RCU.
 *
 * Return: the new session, the one that another CPU created first, or NULL.
 */
struct slb_session *slb_session_new(struct slb_net *sn, const struct slb_links *links,
				    const struct slb_link *ingress, struct slb_vip *vip,
				    const struct slb_tuple *flow, u64 hash, enum slb_drop *why)
{
	const struct slb_group *group = rcu_dereference(vip->group);

	*why = SLB_OK;
	if (unlikely(!slb_room_has(sn))) {
		*why = SLB_DROP_SESSION_LIMIT;
		return NULL;
	}
	if (unlikely(READ_ONCE(vip->special) | READ_ONCE(group->conf.client_address)))
		return slb_session_create_special(sn, links, ingress, vip, group, flow, hash, why);
	return slb_session_create(sn, links, ingress, vip, group, flow, hash, 0, false, why);
}

/* The session of a copy, in no table yet, and counted; or NULL. */
static struct slb_session *slb_session_copied(struct slb_net *sn, const struct slb_session_copy *c)
{
	struct slb_session *s = slb_session_memory(c->flags);
	enum slb_dir dir;

	if (!s)
		return NULL;
	s->server = c->server;
	s->vip = c->vip;
	s->flags = c->flags;
	for (dir = 0; dir < SLB_DIRS; dir++) {
		s->side[dir].tuple = c->tuple[dir];
		s->side[dir].packets = 0;
		s->side[dir].bytes = 0;
		s->fast[dir] = 0;
	}
	s->progress = c->progress;
	s->ingress = c->ingress;
	s->ret = c->ret;
	s->room_of = raw_smp_processor_id() % SLB_ROOMS;
	s->born = c->born;
	s->used = c->used;
	s->expected = c->epoch;
	slb_session_shift(s, &c->shift);
	INIT_LIST_HEAD(&s->room);
	slb_session_count(sn, s, 1);
	return s;
}

/**
 * slb_session_restore() - insert a session that another balancer has, or had
 * @sn: namespace; its lock is held
 * @c: what it consists of; counted as the note of its request key says, no more on an error
 *
 * Context: BH disabled, RCU.
 *
 * Return: the session; ERR_PTR(-EEXIST) when another one has a key of it, or another error of the
 * table.
 */
struct slb_session *slb_session_restore(struct slb_net *sn, const struct slb_session_copy *c)
{
	struct slb_session *s = slb_session_copied(sn, c), *other;
	struct slb_side *request;

	if (!s) {
		slb_clients_leave(sn, c->vip, &c->tuple[SLB_REQUEST]);
		return ERR_PTR(-ENOMEM);
	}
	other = slb_session_insert(sn, s);
	if (other) {
		slb_session_count(sn, s, -1);
		slb_session_discard(sn, s);
		return IS_ERR(other) ? other : ERR_PTR(-EEXIST);
	}
	/* the end of the session decrements it */
	if (test_bit(SLB_SESSION_STANDBY, &s->flags))
		atomic_inc(&sn->sync.standby);
	request = &s->side[SLB_REQUEST];
	other = slb_session_enter(sn, request, slb_flow_hash(&request->tuple, &slb_session_key));
	if (other)
		slb_session_kill(sn, s, SLB_END_UNUSED);
	else
		slb_room_enter(sn, s);
	if (test_and_set_bit(SLB_SESSION_OPENED, &s->flags))
		slb_session_bury(sn, s);
	if (other)
		return IS_ERR(other) ? other : ERR_PTR(-EEXIST);
	if (!delayed_work_pending(&sn->gc))
		queue_delayed_work(system_power_efficient_wq, &sn->gc, HZ);
	return s;
}

/**
 * slb_session_walk_start() - begin a walk, or resume it after a pause
 * @iter: the walk
 *
 * rhashtable resumes by position in the chain; sessions that left the chain meanwhile would make it
 * skip others. So restart the chain: seeing a session twice does no harm. Context: enters RCU.
 */
void slb_session_walk_start(struct rhashtable_iter *iter) __acquires(RCU)
{
	iter->p = NULL;
	iter->skip = 0;
	rhashtable_walk_start(iter);
}

/* Let others have the CPU. */
static void slb_session_walk_pause(struct rhashtable_iter *iter) __must_hold(RCU)
{
	rhashtable_walk_stop(iter);
	cond_resched();
	slb_session_walk_start(iter);
}

/**
 * slb_session_walk() - visit every session
 * @sn: namespace
 * @visit: called for each session under RCU, for some twice
 * @arg: for @visit
 *
 * Context: process, may sleep.
 *
 * Return: number of sessions for which @visit returned true.
 */
u32 slb_session_walk(struct slb_net *sn,
		     bool (*visit)(struct slb_net *sn, struct slb_session *s, const void *arg),
		     const void *arg)
{
	struct rhashtable_iter iter;
	struct slb_side *side;
	u32 seen = 0, n = 0;

	rhashtable_walk_enter(&sn->sessions, &iter);
	slb_session_walk_start(&iter);
	while ((side = rhashtable_walk_next(&iter))) {
		/* -EAGAIN: a resize restarts the walk */
		if (!IS_ERR(side) && side->tuple.tag == SLB_REPLY)
			n += visit(sn, slb_side_session(side), arg);
		if (++seen % 1024 == 0)
			slb_session_walk_pause(&iter);
	}
	rhashtable_walk_stop(&iter);
	rhashtable_walk_exit(&iter);
	return n;
}

/* Selects the sessions that slb_session_purge() ends. */
struct slb_session_filter {
	bool (*match)(const struct slb_session *s, const void *arg);
	const void *arg;
};

static bool slb_session_purge_one(struct slb_net *sn, struct slb_session *s, const void *arg)
{
	const struct slb_session_filter *filter = arg;

	return filter->match(s, filter->arg) &&
	       slb_session_kill(sn, s, SLB_END_FLUSHED);
}

/**
 * slb_session_purge() - end all sessions that match
 * @sn: namespace
 * @match: returns true for a session that is to end
 * @arg: for @match
 *
 * Context: process, may sleep.
 *
 * Return: number of sessions ended.
 */
u32 slb_session_purge(struct slb_net *sn,
		      bool (*match)(const struct slb_session *s, const void *arg), const void *arg)
{
	const struct slb_session_filter filter = { .match = match, .arg = arg };

	return slb_session_walk(sn, slb_session_purge_one, &filter);
}

/* End expired sessions, a part of the table each run: all of it in about SLB_GC_PART seconds. */
static void slb_session_gc(struct work_struct *work)
{
	struct slb_net *sn = container_of(to_delayed_work(work), struct slb_net, gc);
	u32 budget = max_t(u32, SLB_GC_MIN, 2 * slb_count_read(&sn->count) / SLB_GC_PART);
	struct slb_side *side;

	slb_session_walk_start(&sn->gc_iter);
	while (budget--) {
		side = rhashtable_walk_next(&sn->gc_iter);
		if (!side)
			break;
		if (!IS_ERR(side) && side->tuple.tag == SLB_REPLY &&
		    slb_session_expired(sn, slb_side_session(side)) &&
		    slb_session_kill(sn, slb_side_session(side), SLB_END_EXPIRED))
			atomic64_inc(&sn->expired);
		if (budget % 1024 == 0)
			slb_session_walk_pause(&sn->gc_iter);
	}
	rhashtable_walk_stop(&sn->gc_iter);
	if (!side) {
		rhashtable_walk_exit(&sn->gc_iter);
		rhashtable_walk_enter(&sn->sessions, &sn->gc_iter);
	}
	if (slb_count_read(&sn->count))
		queue_delayed_work(system_power_efficient_wq, &sn->gc, HZ);
}

/**
 * slb_session_table_init() - create the session table of a namespace
 * @sn: namespace
 *
 * Return: 0 or -ENOMEM.
 */
int slb_session_table_init(struct slb_net *sn)
{
	int err = slb_count_init(&sn->count, sn->settings.session_limit);

	if (err)
		return err;
	err = rhashtable_init(&sn->sessions, &slb_session_params);
	if (err) {
		slb_count_exit(&sn->count);
		return err;
	}
	slb_room_init(sn);
	INIT_DELAYED_WORK(&sn->gc, slb_session_gc);
	rhashtable_walk_enter(&sn->sessions, &sn->gc_iter);
	return 0;
}

/**
 * slb_session_table_exit() - destroy the session table of a namespace
 * @sn: namespace
 *
 * Context: process; the hooks are unregistered, a grace period has passed, no session is left.
 */
void slb_session_table_exit(struct slb_net *sn)
{
	cancel_delayed_work_sync(&sn->gc);
	rhashtable_walk_exit(&sn->gc_iter);
	WARN_ON_ONCE(slb_count_read(&sn->count));
	rhashtable_destroy(&sn->sessions);
	slb_count_exit(&sn->count);
}
