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

/**
 * struct slb_server - a server of a group
 * @addr: its address, network order
 * @port: its port, network order; 0 keeps the port of the VIP
 * @family: NFPROTO_IPV4 or NFPROTO_IPV6
 * @dead: it is deleted, so its sessions have ended
 * @weight: share of new sessions; 0 drains; written under the lock
 * @ref: references: one of its group, one of each session
 * @group_name: name of its group; written under the lock, read under RCU
 * @sessions: number of sessions
 * @total: sessions created so far
 * @answered: when it last answered a new session, by slb_server_time()
 * @refused: connections that it refused
 * @unanswered: connections of whose clients it left two SYNs (or INITs) unanswered
 * @ports: local pairs in use, by slot of the return link
 * @stats: packets and bytes
 * @leaving: in slb_purge.servers once it is deleted
 */
struct slb_server {
	union nf_inet_addr addr;
	__be16 port;
	u8 family;
	bool dead;
	u32 weight;
	refcount_t ref;
	struct slb_group_name __rcu *group_name;
	atomic_t sessions;
	atomic64_t total;
	unsigned long answered;
	struct slb_server_fault refused;
	struct slb_server_fault unanswered;
	atomic_t ports[SLB_LINK_MAX];
	struct slb_traffic __percpu *stats;
	struct list_head leaving;
};

/**
 * struct slb_sched - a scheduler
 * @name: name
 * @keyed: @pick depends on the hash key
 * @slow: @build takes long: one build may serve several changes
 * @build: prepares a new set for @pick, in process context; may be NULL
 * @destroy: undoes @build; may be NULL
 * @pick: chooses one of the n > 0 servers of a set, in softirq; @flow is the request key
 * @peek: tells which one @pick would choose now, without taking the turn; NULL: @pick takes none
 */
struct slb_sched {
	const char *name;
	bool keyed;
	bool slow;
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
 * struct slb_set - snapshot of the usable servers of a group and family
 * @rcu: frees it
 * @sched: scheduler
 * @key: key of the hashing schedulers
 * @turn: number of choices so far; rr and wrr
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
	siphash_key_t key;
	atomic64_t turn;
	u32 total;
	u32 stride;
	u16 *table;
	u32 table_size;
	u32 n;
	struct slb_set_entry entry[] __counted_by(n);
};

/**
 * struct slb_group - a named set of servers
 * @name: its name, in the table of groups
 * @id: number, for dumps
 * @sched: scheduler
 * @table_size: slots of mh's table
 * @vips: number of VIPs that use it
 * @vip_list: those VIPs
 * @stale: @set differs from @server; see slb_group_change()
 * @built: jiffies when slb_group_change() or slb_group_settle() last built @set
 * @n: number of servers
 * @server: all servers, in the order of addition
 * @set: usable servers, by family: [0] IPv4, [1] IPv6
 * @next: the sets that will replace @set, while they are built
 * @rcu: frees it
 *
 * All but @set is protected by the configuration lock.
 */
struct slb_group {
	struct slb_group_name *name;
	u32 id;
	const struct slb_sched *sched;
	u32 table_size;
	u32 vips;
	struct list_head vip_list;
	bool stale;
	unsigned long built;
	u32 n;
	struct slb_server **server;
	struct slb_set __rcu *set[2];
	struct slb_set *next[2];
	struct rcu_head rcu;
};

/* The present time: jiffies, but not 0, which means never. */
static inline unsigned long slb_server_time(void)
{
	return jiffies ?: 1;
}

/* A connection to a server failed. Context: any. */
static inline void slb_server_failed(struct slb_server_fault *fault)
{
	atomic64_inc(&fault->n);
	WRITE_ONCE(fault->last, slb_server_time());
}

/* A server has answered a new session. Seldom writes, as all CPUs share it. Context: any. */
static inline void slb_server_answers(struct slb_server *server)
{
	unsigned long last = READ_ONCE(server->answered);

	if (!last || jiffies - last > HZ / 4)
		WRITE_ONCE(server->answered, slb_server_time());
}

/* Is a server drained, so that it gets no new sessions? Context: any. */
static inline bool slb_server_drained(const struct slb_server *server)
{
	return !READ_ONCE(server->weight);
}

#define SLB_SCHED_OBJECT(name) slb_sched_##name
extern const struct slb_sched
	SLB_SCHEDS(SLB_SCHED_OBJECT);

int slb_group_table_init(struct slb_net *sn);
void slb_group_table_exit(struct slb_net *sn);
struct slb_group *slb_group_find(struct slb_net *sn, const char *name);
void slb_group_name_put(struct slb_group_name *name);
int slb_group_rename(struct slb_net *sn, struct slb_group *group, const char *text);
int slb_group_add(struct slb_net *sn, const char *name, const struct slb_sched *sched,
		  u32 table_size);
int slb_group_set(struct slb_net *sn, struct slb_group *group, const struct slb_sched *sched,
		  u32 table_size);
void slb_group_del(struct slb_net *sn, struct slb_group *group);
int slb_group_change(struct slb_net *sn, struct slb_group *group);
void slb_group_settle(struct slb_net *sn);
void slb_group_settle_work(struct work_struct *work);

#endif /* _SLB_GROUP_H */
