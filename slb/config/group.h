/* SPDX-License-Identifier: GPL-2.0-only */
/* Groups of servers, and schedulers. */
#ifndef _SLB_GROUP_H
#define _SLB_GROUP_H

#include <linux/jiffies.h>
#include <linux/refcount.h>
#include <linux/rhashtable.h>
#include <linux/siphash.h>
#include <linux/workqueue.h>
#include <linux/slb.h>
#include <slb/flow.h>
#include "config/sched_gen.h"
#include "state/stats.h"

/* Least jiffies between two builds of a large table. */
#define SLB_GROUP_PAUSE (HZ / 10)

struct netlink_ext_ack;
struct slb_group;
struct slb_net;
struct slb_set;

/* Default of table-size, the slots of mh's table; a prime. */
#define SLB_MH_SIZE_DEFAULT 65537
/* Maximum of table-size: the greatest prime below 2^20. */
#define SLB_MH_SIZE_MAX 1048573

/**
 * struct slb_group_name - the name of a group; a new one replaces it when that changes
 * @node: in the table of groups, while it is the group's
 * @text: the name
 * @group: the group; valid while @node is in the table
 * @ref: references: one of the group, one of each of its servers
 * @rcu: frees it
 */
struct slb_group_name {
	struct rhash_head node;
	char text[SLB_NAME_LEN + 1];
	struct slb_group *group;
	refcount_t ref;
	struct rcu_head rcu;
};

/**
 * struct slb_server_fault - connections that failed in one way
 * @n: their number
 * @last: when the last one did, by slb_server_time(); 0: none has
 */
struct slb_server_fault {
	atomic64_t n;
	unsigned long last;
};

/* The deadline of a server that has none. */
#define SLB_NO_DEADLINE U32_MAX

/**
 * struct slb_server_conf - what the operator wants of a server
 * @weight: share of new sessions; 0 drains
 * @deadline: seconds after which a server that drains ends its sessions, or SLB_NO_DEADLINE
 * @session_limit: most sessions; 0: no limit
 * @state: enum slb_server_state
 * @tier: 0 comes first
 */
struct slb_server_conf {
	u32 weight;
	u32 deadline;
	u32 session_limit;
	u8 state;
	u8 tier;
};

/**
 * struct slb_server_health - what checks say of a server
 * @state: enum slb_health
 * @cut: share of the weight that they withhold, per cent
 * @at: when they last said so, jiffies
 * @since: when @state last changed, by slb_server_time(); 0: never
 * @why: text
 */
struct slb_server_health {
	u8 state;
	u8 cut;
	unsigned long at;
	unsigned long since;
	char why[SLB_HEALTH_WHY_LEN + 1];
};

/**
 * struct slb_server_key - which server of which group
 * @addr: its address, network order
 * @group: slb_group.id
 * @port: its port, network order; 0 keeps the port of the VIP
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 */
struct slb_server_key {
	union nf_inet_addr addr;
	u32 group;
	__be16 port;
	u16 family;
};

/**
 * struct slb_server - a server of a group
 * @addr: its address, network order: with the next three, the key in slb_net.servers, see
 *	struct slb_server_key
 * @group: slb_group.id
 * @port: its port, network order; 0 keeps the port of the VIP
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @node: in slb_net.servers
 * @dead: it is deleted or closed, so its sessions have ended
 * @drained: it takes no new sessions, whatever the others do; written under the lock
 * @reported: the event that it is drained and has no session left was sent
 * @suspect: connections have failed since slb_notify_server_suspect()
 * @suspected: when that was last called, jiffies
 * @conf: what the operator wants; under the lock
 * @health: what checks say; under the lock
 * @avoid: links over which checks do not reach it, a bit for the slot of each; written under the
 *	lock
 * @end_at: when a draining server is closed, jiffies; valid with a deadline
 * @ramp: when its slow start began, by slb_server_time(); 0: it has none
 * @effective: the weight that new sessions see, in thousandths
 * @exact: sessions are counted in @sessions, for a scheduler or a limit that needs their number;
 *	written under the lock
 * @limit: most sessions, or 0; written under the lock
 * @group_name: name of its group; written under the lock, read under RCU
 * @sessions: number of sessions, apart from those in @stats
 * @idle: those that are closed or were refused
 * @answered: when it last answered a new session, by slb_server_time()
 * @refused: connections that it refused
 * @unanswered: connections of whose clients it left two SYNs (or INITs) unanswered
 * @stats: packets, bytes, sessions, and local pairs in use
 * @leaving: in slb_purge.servers once it is deleted, and in slb_purge.graves.servers then
 * @rcu: frees it
 */
struct slb_server {
	union nf_inet_addr addr;
	u32 group;
	__be16 port;
	u16 family;
	struct rhash_head node;
	bool dead;
	bool drained;
	bool reported;
	bool suspect;
	unsigned long suspected;
	struct slb_server_conf conf;
	struct slb_server_health health;
	u32 avoid;
	unsigned long end_at;
	unsigned long ramp;
	u32 effective;
	bool exact;
	u32 limit;
	struct slb_group_name __rcu *group_name;
	atomic_t sessions;
	atomic_t idle;
	unsigned long answered;
	struct slb_server_fault refused;
	struct slb_server_fault unanswered;
	struct slb_traffic __percpu *stats;
	union {
		struct list_head leaving;
		struct rcu_head rcu;
	};
};

/**
 * struct slb_sched - a scheduler
 * @name: name
 * @keyed: @pick depends on the hash key
 * @slow: @build takes long: one build may serve several changes
 * @even: it does not use weights
 * @counts: @pick needs slb_server.sessions
 * @least: @pick looks at all servers, and takes that with the least sessions
 * @ramped: the scheduler that stands in while weights of servers are scaled; NULL: they never are
 * @build: prepares a new set for @pick, in process context; may be NULL
 * @destroy: undoes @build; may be NULL
 * @pick: chooses one of the n > 0 servers of a set, in softirq; @flow is the request key
 * @peek: tells which one @pick would choose now, without taking the turn; NULL: @pick takes none
 */
struct slb_sched {
	const char *name;
	bool keyed;
	bool slow;
	bool even;
	bool counts;
	bool least;
	const struct slb_sched *ramped;
	int (*build)(struct slb_set *set, u32 table_size);
	void (*destroy)(struct slb_set *set);
	struct slb_server *(*pick)(struct slb_set *set, const struct slb_tuple *flow);
	struct slb_server *(*peek)(struct slb_set *set, const struct slb_tuple *flow);
};

/**
 * struct slb_set_entry - a server in a set
 * @server: the server, without a reference: the set is replaced before its servers are freed
 * @weight: its weight, more than 0
 * @before: sum of the weights of the entries before it
 */
struct slb_set_entry {
	struct slb_server *server;
	u32 weight;
	u32 before;
};

/**
 * struct slb_set_persist - what persistence needs to know in a set
 * @sn: namespace
 * @group: slb_group.id
 * @seconds: how long clients return to their server; 0: they do not
 * @len: length of the prefix of clients, in bits
 */
struct slb_set_persist {
	struct slb_net *sn;
	u32 group;
	u32 seconds;
	u8 len;
};

/**
 * struct slb_set_balance - how far a hash may load the servers of a set
 * @factor: most sessions of a server, in per cent of the mean by weight; 0: as many as the hash
 *	gives it
 * @quota: most sessions by thousandth of weight, in units of 2^-SLB_QUOTA_SHIFT
 * @counted: when @quota was computed, jiffies
 * @above: servers found above it since then
 */
struct slb_set_balance {
	u32 factor;
	u32 above;
	u64 quota;
	unsigned long counted;
};

/**
 * struct slb_set - snapshot of the usable servers of a group and family
 * @rcu: frees it
 * @sched: scheduler
 * @pick: chooses a server, in softirq: that of @sched, or slb_choose()
 * @over: servers of the next tier, for sessions that find all servers of this set full, or NULL
 * @full: jiffies when all servers of this set were seen full; valid while one has a limit
 * @persist: clients that return to their server
 * @limited: a server has a limit, so it may be full
 * @by_source: mh hashes the address of the client only
 * @balance: see slb_choose_above()
 * @key: key of the hashing schedulers
 * @turn: that of its group and family
 * @total: sum of the weights
 * @stride: step of wrr, coprime to @total
 * @table: lookup table of mh: indexes into @entry
 * @table_size: slots of @table
 * @n: number of servers
 * @entry: the servers, each with a weight above 0
 */
struct slb_set {
	struct rcu_head rcu;
	const struct slb_sched *sched;
	struct slb_server *(*pick)(struct slb_set *set, const struct slb_tuple *flow);
	struct slb_set *over;
	unsigned long full;
	struct slb_set_persist persist;
	bool limited;
	bool by_source;
	struct slb_set_balance balance;
	siphash_key_t key;
	u32 __percpu *turn;
	u32 total;
	u32 stride;
	u16 *table;
	u32 table_size;
	u32 n;
	struct slb_set_entry entry[] __counted_by(n);
};

/**
 * struct slb_share - some of the servers
 * @n: their number, or their share in per cent
 * @percent: it is a share
 */
struct slb_share {
	u32 n;
	bool percent;
};

/**
 * struct slb_group_conf - what the operator wants of a group
 * @sched: scheduler
 * @table_size: slots of mh's table
 * @min_healthy: healthy servers that it needs, see @when_none
 * @tier_min: usable servers that a tier needs; 0 counts as 1
 * @slow_start: seconds during which the weight of a server that comes up grows; 0: none
 * @when_none: enum slb_when_none: what becomes of new sessions below @min_healthy
 * @persist: seconds for which clients return to their server after a new session; 0: they do not
 * @prefix: length of the prefix of clients that return together, and have a limit together, by
 *	family, in bits
 * @hash: enum slb_group_hash: what mh hashes
 * @overflow: the next tier takes new sessions when all servers of a tier are full
 * @client_address: enum slb_client_address of new sessions; read with READ_ONCE in softirq
 * @balance_factor: of the hashing schedulers: see struct slb_set_balance
 */
struct slb_group_conf {
	const struct slb_sched *sched;
	u32 table_size;
	struct slb_share min_healthy;
	struct slb_share tier_min;
	u32 slow_start;
	u32 persist;
	u8 prefix[2];
	u8 when_none;
	u8 hash;
	bool overflow;
	u8 client_address;
	u32 balance_factor;
};

/**
 * struct slb_use - how the servers of one family are used, see server_use.c
 * @wanted: number of servers that the operator wants to take new sessions
 * @healthy: those of them that no check calls down
 * @trust: health counts, else all wanted servers serve
 * @refuse: too few are healthy: new sessions are refused
 * @tier: highest tier that takes new sessions
 * @scaled: a server gets a part of its weight
 * @even: all servers that serve are in their slow start, so none is scaled for it
 */
struct slb_use {
	u32 wanted;
	u32 healthy;
	bool trust;
	bool refuse;
	u8 tier;
	bool scaled;
	bool even;
};

/**
 * struct slb_turns - choices of rr and wrr on one CPU
 * @n: their number, by family
 */
struct slb_turns {
	u32 n[2];
};

/**
 * struct slb_group - a named set of servers
 * @sn: its namespace
 * @name: its name, in the table of groups
 * @id: number, for dumps, and in the keys of servers
 * @conf: what the operator wants
 * @vips: number of VIPs that use it
 * @vip_list: those VIPs
 * @stale: @set differs from @server; see slb_group_change()
 * @built: jiffies when slb_group_change() or slb_group_settle() last built @set
 * @n: number of servers
 * @server: all servers, in the order of addition
 * @tier: highest tier that takes new sessions
 * @ramping: a server is in its slow start
 * @stepped: when the weights of those servers were last set, jiffies
 * @exact: sessions of its servers are counted exactly, see slb_group_count()
 * @turns: number of choices of rr and wrr on each CPU, by family; CPUs begin at different numbers
 * @set: usable servers, by family: [0] IPv4, [1] IPv6
 * @next: the sets that will replace @set, while they are built
 * @use: how their servers are used
 * @rcu: frees it
 *
 * All but @set is protected by the configuration lock.
 */
struct slb_group {
	struct slb_net *sn;
	struct slb_group_name *name;
	u32 id;
	struct slb_group_conf conf;
	u32 vips;
	struct list_head vip_list;
	bool stale;
	unsigned long built;
	u32 n;
	struct slb_server **server;
	u8 tier;
	bool ramping;
	unsigned long stepped;
	bool exact;
	struct slb_turns __percpu *turns;
	struct slb_set __rcu *set[2];
	struct slb_set *next[2];
	struct slb_use use[2];
	struct rcu_head rcu;
};

/* The present time: jiffies, but not 0, which means never. */
static inline unsigned long slb_server_time(void)
{
	return jiffies ?: 1;
}

/* A server has answered a new session. Seldom writes, as all CPUs share it. Context: any. */
static inline void slb_server_answers(struct slb_server *server)
{
	unsigned long last = READ_ONCE(server->answered);

	if (!last || jiffies - last > HZ / 4)
		WRITE_ONCE(server->answered, slb_server_time());
}

/**
 * slb_server_count() - number of sessions of a server
 * @server: server
 *
 * Right in a moment in which no session begins or ends; under the configuration lock, also while
 * the scheduler changes. Context: any.
 *
 * Return: the number.
 */
static inline u32 slb_server_count(const struct slb_server *server)
{
	return max(atomic_read(&server->sessions) + slb_traffic_sum(server->stats, sessions), 0);
}

/**
 * slb_server_ports() - local pairs of a link that sessions of a server use
 * @server: server
 * @slot: slot of the link
 *
 * Return: their number.
 */
static inline u32 slb_server_ports(const struct slb_server *server, u8 slot)
{
	return max(slb_traffic_sum(server->stats, ports[slot]), 0);
}

/* Is a server drained, so that it gets no new sessions? Context: any. */
static inline bool slb_server_drained(const struct slb_server *server)
{
	return READ_ONCE(server->drained);
}

#define SLB_SCHED_OBJECT(name) slb_sched_##name
extern const struct slb_sched
	SLB_SCHEDS(SLB_SCHED_OBJECT);

int slb_group_table_init(struct slb_net *sn);
void slb_group_table_exit(struct slb_net *sn);
struct slb_group *slb_group_find(struct slb_net *sn, const char *name);
void slb_group_name_put(struct slb_group_name *name);
int slb_group_rename(struct slb_net *sn, struct slb_group *group, const char *text);
int slb_group_add(struct slb_net *sn, const char *name, const struct slb_group_conf *conf);
int slb_group_set(struct slb_net *sn, struct slb_group *group, const struct slb_group_conf *conf);
void slb_group_del(struct slb_net *sn, struct slb_group *group);
int slb_group_change(struct slb_net *sn, struct slb_group *group);
void slb_group_counts(struct slb_group *group, bool limit);
void slb_group_refresh(struct slb_net *sn, struct slb_group *group);
void slb_group_settle(struct slb_net *sn);
void slb_group_settle_work(struct work_struct *work);

#endif /* _SLB_GROUP_H */
